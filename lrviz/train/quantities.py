"""Axes of numbers: rate, batch size, width, depth, dropout, decay, rows, warmup, seed."""

from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field
from pydantic_core import PydanticCustomError

from lrviz.schedules import Schedule, Warmup
from lrviz.schedules.rate import at_rate, rate_of
from lrviz.spec import Knob, refuse
from lrviz.train.axis import AxisSpec, Scale, Value, without_hidden
from lrviz.train.models import CNN, MLP, HiddenWidth
from lrviz.train.spanning import spanning
from lrviz.train.tasks import MOST_POINTS
from lrviz.train.training import Training

Count = Annotated[int, Field(ge=2, le=33), Knob(2, 25)]
"""How many values there are."""
RateEnd = Annotated[float, Field(ge=1e-8, le=1e3), Knob(1e-5, 10, "log")]
Strength = Annotated[float, Field(gt=0, le=10), Knob(1e-6, 10, "log")]
Share = Annotated[float, Field(ge=0, le=0.95), Knob(0, 0.9)]
Rows = Annotated[int, Field(ge=2, le=MOST_POINTS), Knob(10, 1_300, "log")]
BatchSize = Annotated[int, Field(ge=1, le=MOST_POINTS), Knob(1, 512, "log")]
Depth = Annotated[int, Field(ge=0, le=6), Knob(0, 6)]


class ByRate(AxisSpec):
    """The learning rate: all rates of the schedule are scaled so that the one its knob sets has this value."""

    kind: Literal["by_rate"] = "by_rate"
    scale: ClassVar[Scale] = "log"
    timed: ClassVar[int] = 4
    low: RateEnd = 1e-4
    high: RateEnd = 10.0
    count: Count = 21

    def rates(self, schedule: Schedule, training: Training, value: Value) -> Schedule:
        return at_rate(schedule, float(value))


class ByBatchSize(AxisSpec):
    """The number of rows in a batch."""

    kind: Literal["by_batch_size"] = "by_batch_size"
    sets: ClassVar[str] = "batch_size"
    scale: ClassVar[Scale] = "log"
    low: BatchSize = 1
    high: BatchSize = 256
    count: Count = 9


class ByWidth(AxisSpec):
    """The number of units in every hidden layer."""

    kind: Literal["by_width"] = "by_width"
    sets: ClassVar[str] = "model.width"
    scale: ClassVar[Scale] = "log"
    low: HiddenWidth = 16
    high: HiddenWidth = 256
    count: Count = 5

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        return without_hidden(training, *fields)


class ByDepth(AxisSpec):
    """The number of hidden layers."""

    kind: Literal["by_depth"] = "by_depth"
    sets: ClassVar[str] = "model.depth"
    scale: ClassVar[Scale] = "linear"
    low: Depth = 0
    high: Depth = 6

    def __call__(self) -> tuple[Value, ...]:
        return tuple(range(self.low, self.high + 1))

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        return None if isinstance(training.model, MLP) else without_hidden(training, *fields)


class ByDropout(AxisSpec):
    """The probability with which a unit is left out of an update."""

    kind: Literal["by_dropout"] = "by_dropout"
    sets: ClassVar[str] = "model.dropout"
    scale: ClassVar[Scale] = "linear"
    low: Share = 0.0
    high: Share = 0.9
    count: Count = 10

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        return None if isinstance(training.model, CNN) else without_hidden(training, *fields)


class ByDecay(AxisSpec):
    """The strength with which weights are drawn to zero: decoupled, unless an axis of penalties says otherwise."""

    kind: Literal["by_decay"] = "by_decay"
    sets: ClassVar[str] = "weight_decay"
    scale: ClassVar[Scale] = "log"
    low: Strength = 1e-5
    high: Strength = 10.0
    count: Count = 13


class ByRows(AxisSpec):
    """The number of rows that are trained on."""

    kind: Literal["by_rows"] = "by_rows"
    sets: ClassVar[str] = "task.subset"
    scale: ClassVar[Scale] = "log"
    low: Rows = 50
    high: Rows = 1_000
    count: Count = 5

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        known = "subset" in type(training.task).model_fields
        return None if known else refuse("axis_needs_subset", *fields)


class ByWarmup(AxisSpec):
    """The share of the updates in which the rate rises, in a line; the schedule takes up the rest of them."""

    kind: Literal["by_warmup"] = "by_warmup"
    scale: ClassVar[Scale] = "linear"
    timed: ClassVar[int] = 3
    low: Share = 0.0
    high: Share = 0.4
    count: Count = 5

    def rates(self, schedule: Schedule, training: Training, value: Value) -> Schedule:
        rise = round(float(value) * training.steps)
        inner = schedule.then if isinstance(schedule, Warmup) else schedule
        rest = cast(Any, spanning(type(inner), rate_of(inner), training.steps - rise))
        return Warmup(steps=rise, then=rest) if rise else rest


class BySeed(AxisSpec):
    """The seed of first weights, order of rows and dropout, from 0 on."""

    kind: Literal["by_seed"] = "by_seed"
    sets: ClassVar[str] = "seed"
    scale: ClassVar[Scale] = "linear"
    count: Count = 10

    def __call__(self) -> tuple[Value, ...]:
        return tuple(range(self.count))
