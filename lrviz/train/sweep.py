"""The sweep's scene: one training, two of its settings varied over a map, several seeds in every cell."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast, get_args

import numpy as np
from pydantic import Field, ValidationError, model_validator
from pydantic_core.core_schema import ErrorType

from lrviz.optimizers import Adam, Momentum
from lrviz.schedules import Constant, Cosine
from lrviz.spec import Knob, Spec, cached, kind_of, problem_of, refuse
from lrviz.train.axes import Axis, Beside
from lrviz.train.axis import AxisSpec, Value, draft_of, finished
from lrviz.train.kinds import Alone, ByNorm, ByOptimizer, ByPenalty, ByScaling, BySchedule, ByStages
from lrviz.train.models import MLP
from lrviz.train.quantities import ByBatchSize, ByDecay, ByDropout, ByRate, ByRows, BySeed, ByWarmup, ByWidth
from lrviz.train.tasks import Diabetes, Digits
from lrviz.train.training import Training, data_of
from lrviz.train.work import seconds_of

BY_KIND = Field(discriminator="kind")
BUILT_IN = frozenset(get_args(ErrorType))
"""What pydantic itself refuses; the other codes are ours, each with a sentence that fits."""
MOST_NETS = 4_096
MOST_MAPS = 3
MOST_SECONDS = 240.0
"""What a sweep may compute, by its own estimate."""
BY_ITSELF = 6.0
"""Seconds of computing up to which a sweep starts by itself."""
Settings = tuple[tuple[AxisSpec, Value], ...]
Measure = Literal["loss_val", "accuracy_val", "loss", "accuracy"]
Side = Literal["across", "up", "beside"]
SIDES: tuple[Side, Side, Side] = ("across", "up", "beside")
MEASURES: tuple[Measure, ...] = ("loss_val", "accuracy_val", "loss", "accuracy")
BASE = Training(task=Digits(subset=300), model=MLP(width=24, activation="relu"), steps=300, batch_size=16)


class SweepScene(Spec):
    """A training, what is varied from left to right, from bottom to top and side by side, and how many seeds.

    `budget`: whether every net makes the training's number of updates, or as many passes over its rows as that is.
    `measure` and `tolerance` are how it is looked at: what is drawn, and the share of the best one's gain over knowing
    nothing that a run may miss and still count as good.
    """

    kind: Literal["sweep"] = "sweep"
    training: Training = BASE
    across: Annotated[Axis, BY_KIND] = ByRate()
    up: Annotated[Axis, BY_KIND] = ByOptimizer()
    beside: Annotated[Beside, BY_KIND] = Alone()
    seeds: Annotated[int, Field(ge=1, le=20), Knob(1, 10)] = 5
    budget: Literal["updates", "epochs"] = "updates"
    measure: Measure = "loss_val"
    tolerance: Annotated[float, Field(ge=0, le=1), Knob(0, 0.5)] = 0.1

    @model_validator(mode="after")
    def _fits(self) -> "SweepScene":
        self._check_axes()
        if self.budget == "epochs" and not isinstance(self.training.schedule, Constant):
            raise refuse("own_length", "budget")
        if self.measure.startswith("accuracy") and not data_of(self.training.task).classes:
            raise refuse("no_accuracy", "measure")
        if self.nets > MOST_NETS:
            raise refuse("too_many_nets", "seeds", "across", "up", "beside", nets=self.nets, most=MOST_NETS)
        if (seconds := self.seconds) > MOST_SECONDS:
            given = {"seconds": round(seconds), "most": round(MOST_SECONDS)}
            raise refuse("sweep_too_long", "seeds", "across", "up", "beside", **given)
        return self

    def _check_axes(self) -> None:
        """Refuse axes of the same thing, and what the training has not got."""
        axes = {side: getattr(self, side) for side in SIDES}
        for name, axis in axes.items():
            if error := axis.misfit(self.training, name):
                raise error
        if len({kind_of(axis) for axis in axes.values()}) < len(axes):
            raise refuse("same_axis", "up", "across", "beside")
        if len(self.beside()) > MOST_MAPS:
            raise refuse("too_many_maps", "beside", most=MOST_MAPS)

    @property
    def idle(self) -> frozenset[str]:
        return frozenset({"seeds"} if any(isinstance(axis, BySeed) for axis in (self.across, self.up)) else ())

    # ------------------------------------------------------------------------------------------------- its nets

    @property
    def work(self) -> "SweepScene":
        """The scene without how it is looked at: what decides its numbers."""
        return self.but(measure="loss_val", tolerance=0.1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many maps there are, how many rows of cells in each, and how many cells in a row."""
        return len(self.beside()), len(self.up()), len(self.across())

    @property
    def cells(self) -> tuple[Training, ...]:
        """Every cell's training with its first seed: map by map, row by row from the bottom, from the left."""
        return _cells(*cast(Any, (self.training, self.across, self.up, self.beside, self.budget)))

    @property
    def each(self) -> int:
        """How many nets there are in a cell."""
        return 1 if "seeds" in self.idle else self.seeds

    @property
    def nets(self) -> int:
        """How many nets there are."""
        return int(np.prod(self.shape)) * self.each

    def trainings(self) -> list[Training]:
        """Return every net's training, those of a cell one after another."""
        seeds = range(self.each)
        return [cell.but(seed=cell.seed + i) if i else cell for cell in self.cells for i in seeds]

    @property
    def seconds(self) -> float:
        """About how long it computes on one core."""
        return self.each * _seconds(*cast(Any, (self.training, self.across, self.up, self.beside, self.budget)))

    @property
    def values(self) -> tuple[tuple[Value, ...], tuple[Value, ...], tuple[Value, ...]]:
        """What stands side by side, the values from bottom to top, and those from left to right."""
        return self.beside(), self.up(), self.across()

    # -------------------------------------------------------------------------------------------------- changes

    @property
    def varied(self) -> frozenset[str]:
        """The fields of the training that are varied."""
        return frozenset(getattr(self, side).sets for side in SIDES) - {""}

    def swapped(self) -> "SweepScene":
        """Return the sweep with its axes exchanged."""
        return self.but(across=self.up, up=self.across)

    def varying(self, side: Side, axis: AxisSpec) -> "SweepScene":
        """Return the sweep that varies something else at one place; what another place varies trades with it."""
        for other in SIDES:
            if other != side and kind_of(getattr(self, other)) == kind_of(axis):
                return self.but(**{side: getattr(self, other), other: getattr(self, side)})
        if side == "beside" and len(axis()) > MOST_MAPS:
            axis = axis.but(values=axis()[:2])
        return self.but(**{side: axis})

    def on(self, training: Training) -> "SweepScene":
        """Return the sweep of another training; a measure that it does not have becomes the loss."""
        known = data_of(training.task).classes or not self.measure.startswith("accuracy")
        return self.but(training=training, measure=self.measure if known else "loss_val")


@cached(64)
def _cells(training: Training, across: AxisSpec, up: AxisSpec, beside: AxisSpec, budget: str) -> tuple[Training, ...]:
    axes, early = (beside, up, across), _Early(training, budget)
    try:
        return tuple(
            _cell(early, tuple(zip(axes, (b, u, a), strict=True))) for b in beside() for u in up() for a in across()
        )
    except ValidationError as error:
        found = problem_of(error, "", "")
        if found.code in BUILT_IN:  # some number left what is valid: the axes' doing, whatever pydantic says of it
            raise refuse("cell_impossible", "across", "up", "beside") from None
        raise refuse(found.code, "across", "up", "beside", **found.values) from None
    except (ValueError, OverflowError):
        raise refuse("cell_impossible", "across", "up", "beside") from None


def _cell(early: "_Early", settings: Settings) -> Training:
    made = early(tuple(one for one in settings if not one[0].timed or isinstance(one[0], ByStages)))
    schedule = made.schedule
    for axis, value in sorted((one for one in settings if one[0].timed), key=lambda one: one[0].timed):
        schedule = axis.rates(schedule, made, value)
    return made if schedule == made.schedule else made.but(schedule=schedule)


class _Early:
    """Trainings with the settings that do not act on the schedule, each made once."""

    def __init__(self, training: Training, budget: str) -> None:
        self.training, self.draft = training, draft_of(training)
        self.epochs = max(1, round(training.steps / training.steps_per_epoch)) if budget == "epochs" else 0
        self.made: dict[Settings, Training] = {}

    def __call__(self, settings: Settings) -> Training:
        if settings not in self.made:
            self.made[settings] = self._make(settings)
        return self.made[settings]

    def _make(self, settings: Settings) -> Training:
        draft = self.draft.copy()
        for axis, value in sorted(settings, key=lambda one: isinstance(one[0], ByPenalty)):  # it moves what others set
            axis.put(draft, value)
        made = finished(self.training, draft)
        return made.but(steps=made.epochs.updates(self.epochs)) if self.epochs else made


@cached(64)
def _seconds(training: Training, across: AxisSpec, up: AxisSpec, beside: AxisSpec, budget: str) -> float:
    return sum(seconds_of(one) for one in _cells(training, across, up, beside, budget))


PRESETS: Mapping[str, SweepScene] = {
    "optimizers": SweepScene(),
    "schedules": SweepScene(
        training=BASE.but(optimizer=Momentum()), across=ByRate(low=1e-3, high=1.0, count=13), up=BySchedule(), seeds=5
    ),
    "warmup": SweepScene(
        training=BASE.but(
            model=MLP(depth=6, width=24, activation="relu", init="he"),
            optimizer=Adam(),
            schedule=Cosine(lr=0.01, T_max=300),
        ),
        across=ByRate(low=1e-3, high=0.1, count=13),
        up=ByWarmup(),
    ),
    "batch_scaling": SweepScene(
        training=Training(task=Digits(subset=512), model=MLP(depth=1, width=32), batch_size=32, steps=128),
        across=ByRate(low=2**-11, high=4.0, count=14),
        up=ByBatchSize(),
        beside=ByOptimizer(values=("sgd", "adam")),
        seeds=2,
        budget="epochs",
    ),
    "decay_or_grow": SweepScene(
        training=Training(
            task=Digits(subset=512),
            model=MLP(width=24, activation="relu"),
            optimizer=Momentum(),
            batch_size=8,
            steps=1280,
        ),
        across=ByRate(low=1e-3, high=0.5, count=13),
        up=ByStages(),
        budget="epochs",
    ),
    "dropout": SweepScene(
        training=BASE.but(
            task=Digits(label_noise=0.1),
            model=MLP(width=48, activation="relu"),
            optimizer=Adam(),
            schedule=Constant(lr=0.003),
            batch_size=32,
            steps=400,
        ),
        across=ByDropout(high=0.8, count=9),
        up=ByRows(low=50, high=800),
        tolerance=0.03,
    ),
    "batch_norm": SweepScene(
        training=BASE.but(model=MLP(depth=4, width=24, activation="relu"), batch_size=20),
        across=ByRate(low=2**-9, high=16.0, count=14),
        up=ByNorm(),
    ),
    "penalties": SweepScene(
        training=BASE.but(
            task=Digits(subset=100, label_noise=0.2),
            model=MLP(width=48, activation="relu"),
            optimizer=Adam(),
            schedule=Constant(lr=0.003),
            batch_size=25,
            steps=400,
        ),
        across=ByDecay(),
        up=ByPenalty(),
    ),
    "mup": SweepScene(
        training=Training(
            task=Diabetes(subset=64), model=MLP(activation="relu"), optimizer=Adam(), batch_size=0, steps=40
        ),
        across=ByRate(low=2**-12, high=2**-2, count=11),
        up=ByWidth(),
        beside=ByScaling(),
        seeds=2,
        measure="loss",
    ),
}
"""The ready-made experiments, one click each."""
