"""The range test: one sweep of the rate from far too small to far too large, and what each known rule reads off it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.optimizers import SGD, Adam, Momentum
from lrviz.schedules import Constant
from lrviz.schedules.ramps import RangeTest
from lrviz.schedules.rate import at_rate_or_none
from lrviz.spec import Knob, Spec, refuse
from lrviz.train.models import CNN, MLP
from lrviz.train.numbers import unpacked
from lrviz.train.suggestions import RULES, Average, Indices, Rule, smoothed, stopped
from lrviz.train.tasks import Digits, Spirals
from lrviz.train.training import Training, data_of

Array = np.ndarray[Any, np.dtype[np.float64]]
LONGEST_SWEEP = 1_000
MOST_RUNS = 16


class FinderScene(Spec):
    """What is trained, the sweep, how its losses are smoothed, when a finder stops, what it leaves out, how many seeds.

    The training's own schedule and length are not used by the sweep: they are what "train with it" goes on with.
    """

    kind: Literal["finder"] = "finder"
    training: Training = Training(
        task=Digits(), model=MLP(depth=1, width=64), optimizer=Momentum(), schedule=Constant(lr=0.03), batch_size=128
    )
    test: RangeTest = RangeTest(start_lr=1e-5, end_lr=10.0, num_iter=200)
    smoothing: Annotated[float, Field(ge=0, lt=1), Knob(0, 0.99)] = 0.9
    average: Average = "corrected"
    stop: Annotated[float, Field(ge=0, le=1e6), Knob(0, 10)] = 4.0
    skip_start: Annotated[int, Field(ge=0, le=LONGEST_SWEEP), Knob(0, 50)] = 10
    skip_end: Annotated[int, Field(ge=0, le=LONGEST_SWEEP), Knob(0, 50)] = 5
    runs: Annotated[int, Field(ge=1, le=MOST_RUNS), Knob(1, MOST_RUNS)] = 8

    @model_validator(mode="after")
    def _short(self) -> "FinderScene":
        if self.test.num_iter > LONGEST_SWEEP:
            raise refuse("range_test_too_long", "test", most=LONGEST_SWEEP, count=self.test.num_iter)
        return self

    @property
    def untrained(self) -> float:
        """About what a net that knows nothing loses: log of the classes, or the mean square of what is to be said."""
        data = data_of(self.training.task)
        if not data.classes:
            return float(np.mean(data.y**2))
        return float(np.log(data.classes)) if self.training.criterion == "cross_entropy" else 1 / data.classes

    @property
    def trainings(self) -> tuple[Training, ...]:
        """The sweeps, one a seed: the first has the training's own."""
        swept = self.training.but(schedule=self.test, steps=self.test.num_iter)
        return tuple(swept.but(seed=(swept.seed + r) % 2**31) for r in range(self.runs))

    def trained_at(self, rate: float) -> Training | None:
        """Return the training to go on with at a suggested rate; None where its schedule has no such rate."""
        schedule = at_rate_or_none(self.training.schedule, float(f"{rate:.3g}"))
        return None if schedule is None else self.training.but(schedule=schedule)


@dataclass(frozen=True)
class Sweep:
    """A scene and the losses of its sweeps, (T, R); fewer than T where all runs broke off."""

    scene: FinderScene
    losses: Array

    @cached_property
    def rates(self) -> Array:
        """The rate of every update, (T,)."""
        return self.scene.test.table(self.scene.test.num_iter)[: len(self.losses)]

    @cached_property
    def smooth(self) -> Array:
        """The smoothed losses, (T, R)."""
        return smoothed(self.losses, self.scene.smoothing, self.scene.average)

    @cached_property
    def stops(self) -> Indices:
        """The update after which a finder would have stopped, (R,); -1 where it would not."""
        return stopped(self.smooth, self.scene.stop)

    @cached_property
    def ends(self) -> Indices:
        """How many updates count: up to the stop, and none that is not finite, (R,)."""
        broken = ~np.isfinite(self.smooth)
        finite = np.where(broken.any(axis=0), broken.argmax(axis=0), len(self.losses))
        return np.minimum(np.where(self.stops < 0, len(self.losses), self.stops + 1), finite)

    def read(self, run: int) -> slice:
        """Return the updates of a run that the rules look at."""
        begin = self.scene.skip_start
        return slice(begin, max(begin, int(self.ends[run]) - self.scene.skip_end))

    @cached_property
    def suggestions(self) -> Mapping[Rule, Array]:
        """The rate each rule suggests on each run, (R,); NaN where it has too little to go by."""
        read = [self.read(run) for run in range(self.smooth.shape[1])]
        return {
            name: np.array([rule(self.rates[part], self.smooth[part, run]) for run, part in enumerate(read)])
            for name, rule in RULES.items()
        }

    @cached_property
    def lowest_at(self) -> int:
        """The update after which the first run's smoothed loss is lowest, of those that count."""
        counted = self.smooth[: max(int(self.ends[0]), 1), 0]
        return int(np.nanargmin(counted)) if np.isfinite(counted).any() else 0

    @property
    def lowest(self) -> float:
        """That loss."""
        return float(self.smooth[self.lowest_at, 0])

    @property
    def too_few(self) -> bool:
        """Whether what is left of the first run after the stop and the skips is too little for the rules."""
        part = self.read(0)
        return part.stop - part.start < 2

    def loss_at(self, rate: float, run: int = 0) -> float:
        """Return the smoothed loss at a rate, between updates along a line over log rate; NaN outside the sweep."""
        if not self.rates[0] <= rate <= self.rates[-1]:
            return np.nan
        return float(np.interp(np.log10(rate), np.log10(self.rates), self.smooth[:, run]))

    def spread(self, rule: Rule) -> float:
        """Return by what factor the rates that a rule suggests on the seeds differ; NaN where fewer than two do."""
        found = self.suggestions[rule][np.isfinite(self.suggestions[rule])]
        return float(found.max() / found.min()) if len(found) > 1 else np.nan


def sweep_of(scene: FinderScene, events: Sequence[Mapping[str, Any]]) -> Sweep:
    """Put a sweep together from what its job told."""
    return Sweep(scene, np.concatenate([unpacked(event["losses"]) for event in events]).astype(np.float64))


@dataclass(frozen=True)
class Smoothing:
    """One update's smoothing in numbers: the mean before it, its loss, the mean after it, and what is shown of that."""

    before: float
    loss: float
    mean: float
    shown: float


def smoothing_at(sweep: Sweep, t: int) -> Smoothing:
    """Work the smoothing of the first run's update t out, step by step."""
    beta, corrected = sweep.scene.smoothing, sweep.scene.average == "corrected"
    before = float(sweep.smooth[t - 1, 0]) if t else 0.0
    before *= (1 - beta**t) if corrected else 1.0
    loss, shown = float(sweep.losses[t, 0]), float(sweep.smooth[t, 0])
    return Smoothing(before, loss, shown * (1 - beta ** (t + 1)) if corrected else shown, shown)


_NET = MLP(depth=1, width=32, activation="relu")
_FASTAI = RangeTest(start_lr=1e-7, end_lr=10.0, num_iter=100)

PRESETS: Mapping[str, FinderScene] = {
    "digits": FinderScene(),
    "fastai": FinderScene(test=_FASTAI, smoothing=0.98),
    "torch_lr_finder": FinderScene(test=_FASTAI, smoothing=0.95, average="first_value", stop=5.0),
    "lightning": FinderScene(test=RangeTest(start_lr=1e-8, end_lr=1.0, num_iter=100), smoothing=0.98, skip_end=1),
    "linear": FinderScene(test=RangeTest(start_lr=1e-4, end_lr=3.0, num_iter=100, scale="linear"), smoothing=0.8),
    "adam": FinderScene(
        training=FinderScene().training.but(optimizer=Adam(), schedule=Constant(lr=0.001)),
        test=RangeTest(start_lr=1e-6, end_lr=1.0, num_iter=200),
    ),
    "noisy": FinderScene(training=Training(task=Digits(), model=_NET, batch_size=4), smoothing=0.8),
    "spirals": FinderScene(
        training=Training(task=Spirals(), model=MLP(depth=2, width=32), optimizer=Adam(), schedule=Constant(lr=0.01)),
        test=RangeTest(start_lr=1e-5, end_lr=1.0, num_iter=400),
    ),
    "cnn": FinderScene(
        training=Training(task=Digits(), model=CNN(norm="batch"), optimizer=SGD()), runs=3
    ),
}  # fmt: skip
"""The worked examples, one click each."""
