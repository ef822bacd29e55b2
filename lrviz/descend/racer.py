"""One optimizer with its settings and its schedule: what a lesson lets run over a surface."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lrviz.descend.autopsy import Autopsy, rounded_down
from lrviz.descend.engine import Array, Runs
from lrviz.optimizers import SGD, Named, Optimizer, RuleSpec
from lrviz.schedules import Constant, Schedule
from lrviz.schedules.free import Formula
from lrviz.schedules.rate import at_rate, rate_of
from lrviz.spec import Knob, Name, Spec, refuse
from lrviz.surfaces import SurfaceSpec

MAX_RACERS = 8
BY_KIND = Field(discriminator="kind")
Clip = Annotated[float, Field(ge=0, le=1e9), Knob(0, 10)]
"""The longest gradient a rule gets to see; 0 leaves all of them whole."""
Place = Annotated[float | None, Field(ge=-1e6, le=1e6)]
"""One coordinate of a start; None takes the surface's own."""


HOME_SLOTS = {"sgd": 0, "momentum": 1, "rmsprop": 2, "adam": 3, "nesterov": 4, "adagrad": 5, "adamw": 6, "lion": 7}
"""The colour of an optimizer in every lesson, while no other racer has it."""


class Racer(Spec):
    """An optimizer, the schedule of its rates, and the clipping of its gradients (0: none)."""

    kind: Literal["racer"] = "racer"
    name: Name = ""
    shown: bool = True
    slot: Annotated[int, Field(ge=0, lt=MAX_RACERS)] = 0
    optimizer: Annotated[Optimizer, BY_KIND] = SGD()
    schedule: Schedule = Constant(lr=0.1)
    clip_norm: Clip = 0.0

    def runs(self, start: tuple[float, ...], steps: int) -> Runs | None:
        """Return its one run from a start over so many updates; None for an optimizer that only a worker can run."""
        if isinstance(self.optimizer, Named):
            return None
        return runs_of_spec(self.optimizer, self.schedule, start, steps, self.clip_norm)

    @property
    def rate(self) -> float:
        """How large its rates are: what a sweep of rates sets."""
        return rate_of(self.schedule)

    def at_rate(self, rate: float) -> "Racer":
        """Return the racer with all its rates scaled so that `rate` is this one; ValueError beyond what is valid."""
        return self.but(schedule=at_rate(self.schedule, rate))


def runs_of_spec(
    rule: RuleSpec, schedule: Schedule, start: tuple[float, ...], steps: int, clip_norm: float = 0.0
) -> Runs:
    """Return one run of a rule at a schedule's rates."""
    return Runs(rule, schedule.table(steps)[None], np.array([start]), clip_norm=clip_norm)


def rescued(rate: float, found: Autopsy) -> float | None:
    """Return the largest rate, to three digits, at which a run that diverged would not have; None if none was found."""
    return None if found.saved is None else rounded_down(rate * found.saved)


def check_start(surface: SurfaceSpec, names: tuple[str, ...], start: tuple[float | None, ...]) -> None:
    """Refuse a start outside the surface's domain; the coordinates are fields called `names`."""
    for name, place, (low, high) in zip(names, start, surface.domain, strict=True):
        if place is not None and not low <= place <= high:
            raise refuse("start_outside", name, low=low, high=high)


def rates_at(schedule: Schedule, rates: Array, steps: int) -> Array:
    """Return the tables of one schedule at many rates, (N,) -> (N, T); a rate that is not valid gives a row of NaN."""
    return np.stack([_table(schedule, float(rate), steps) for rate in rates])


def _table(schedule: Schedule, rate: float, steps: int) -> Array:
    if isinstance(schedule, Formula):  # a factor before a long formula would make its text too long
        return rate / rate_of(schedule) * schedule.table(steps)
    try:
        return at_rate(schedule, rate).table(steps)
    except ValueError:
        return np.full(steps, np.nan)
