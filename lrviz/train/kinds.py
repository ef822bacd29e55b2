"""Axes of kinds: schedule, optimizer, normalization, penalty, scaling, stages."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic_core import PydanticCustomError

from lrviz.optimizers import rule_kinds
from lrviz.schedules import Constant, Schedule, Step, schedule_kinds
from lrviz.schedules.rate import rate_of
from lrviz.spec import Knob, kind_of
from lrviz.train.axis import AxisSpec, Draft, Value, without_hidden
from lrviz.train.models import NormName, ScalingName
from lrviz.train.spanning import spanning
from lrviz.train.training import Training

ScheduleName = Literal["constant", "step", "linear", "exponential", "cosine", "one_cycle", "wsd"]
RuleName = Literal[
    "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "amsgrad", "adamw", "nadam", "lion", "sign"
]
PenaltyName = Literal["l1", "l2", "decoupled"]
StageName = Literal["constant", "decay", "grow"]
Several = Field(min_length=1, max_length=8)


class BySchedule(AxisSpec):
    """The schedule's kind: each goes over the whole of the run, from or up to the same rate."""

    kind: Literal["by_schedule"] = "by_schedule"
    sets: ClassVar[str] = "schedule"
    timed: ClassVar[int] = 2
    values: Annotated[tuple[ScheduleName, ...], Several] = ("constant", "step", "cosine", "one_cycle")

    def rates(self, schedule: Schedule, training: Training, value: Value) -> Schedule:
        return spanning(schedule_kinds()[str(value)], rate_of(schedule), training.steps)


class ByOptimizer(AxisSpec):
    """The optimizer's kind, each with its usual settings; the training's own keeps those it has."""

    kind: Literal["by_optimizer"] = "by_optimizer"
    sets: ClassVar[str] = "optimizer"
    values: Annotated[tuple[RuleName, ...], Several] = ("sgd", "momentum", "adagrad", "rmsprop", "adam", "lion")

    def put(self, draft: Draft, value: Value) -> None:
        if value != kind_of(draft.fields["optimizer"]):
            draft.fields["optimizer"] = rule_kinds()[str(value)]()


class ByNorm(AxisSpec):
    """What normalizes the hidden layers."""

    kind: Literal["by_norm"] = "by_norm"
    sets: ClassVar[str] = "model.norm"
    values: Annotated[tuple[NormName, ...], Several] = ("none", "batch", "layer")

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        return without_hidden(training, *fields)


class ByPenalty(AxisSpec):
    """What draws weights to zero: the strength of decay goes there, and nowhere else."""

    kind: Literal["by_penalty"] = "by_penalty"
    values: Annotated[tuple[PenaltyName, ...], Several] = ("l1", "l2", "decoupled")

    def put(self, draft: Draft, value: Value) -> None:
        strength = draft.fields["weight_decay"]
        draft.fields |= {"l1": 0.0, "l2": 0.0, "weight_decay": 0.0}
        draft.fields["weight_decay" if value == "decoupled" else str(value)] = strength


class ByScaling(AxisSpec):
    """How first weights and rates follow the width, which counts in the model's base_width."""

    kind: Literal["by_scaling"] = "by_scaling"
    sets: ClassVar[str] = "model.scaling"
    values: Annotated[tuple[ScalingName, ...], Several] = ("standard", "mup")

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        return without_hidden(training, *fields)


class ByStages(AxisSpec):
    """What happens every `every` epochs: nothing, the rate falls by the factor, or the batch grows by it."""

    kind: Literal["by_stages"] = "by_stages"
    sets: ClassVar[str] = "batch_growth"
    timed: ClassVar[int] = 1
    values: Annotated[tuple[StageName, ...], Several] = ("constant", "decay", "grow")
    factor: Annotated[float, Field(gt=1, le=64), Knob(1.5, 8)] = 2.0
    every: Annotated[int, Field(ge=1, le=1_000), Knob(1, 50)] = 4

    def put(self, draft: Draft, value: Value) -> None:
        growth = self.factor if value == "grow" else 1.0
        draft.fields |= {"batch_growth": growth, "growth_epochs": self.every}

    def rates(self, schedule: Schedule, training: Training, value: Value) -> Schedule:
        rate = rate_of(schedule)
        if value != "decay":
            return Constant(lr=rate)
        return Step(lr=rate, step_size=self.every * training.steps_per_epoch, gamma=1 / self.factor)


class Alone(AxisSpec):
    """Nothing more is varied."""

    kind: Literal["alone"] = "alone"
