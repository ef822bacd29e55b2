"""The fair race: every optimizer gets the same sweep of rates, and shows its best one and how many would have done."""

from dataclasses import dataclass, replace

import numpy as np

from lrviz.descend.engine import Array, Noise
from lrviz.descend.outcome import outcome
from lrviz.descend.race import RaceScene
from lrviz.descend.racer import Racer, rates_at
from lrviz.optimizers import Named, Optimizer
from lrviz.schedules import Schedule
from lrviz.spec import cached
from lrviz.surfaces import Plane

LOWEST, HIGHEST, TRIED = 1e-5, 1e2, 71
"""The rates every optimizer is given: ten a decade."""
WORKS = 0.01
"""A rate works when the run ends with at most this share of the loss it had to lose."""


@dataclass(frozen=True)
class Tuned:
    """One racer at every rate of the sweep.

    `rates` (N,); `left` (N,): the share of the start's loss, above the lowest known, that is left at the end, inf where
    the run diverged; `reached` (N,): the step from which on the run stays at a minimum, -1 where it does not.
    """

    rates: Array
    left: Array
    reached: Array

    @property
    def best(self) -> int:
        """The index of the best rate: of those that work the one that arrives first, else the one that leaves least."""
        arrived = (self.reached >= 0) & (self.left <= WORKS)
        return int(np.argmin(np.where(arrived, self.reached, np.inf)) if arrived.any() else np.argmin(self.left))

    @property
    def band(self) -> tuple[float, float] | None:
        """The rates that work around the best one, first and last; None where not even the best does."""
        works = self.left <= WORKS
        if not works[self.best]:
            return None
        first = last = self.best
        while first > 0 and works[first - 1]:
            first -= 1
        while last + 1 < len(works) and works[last + 1]:
            last += 1
        return float(self.rates[first]), float(self.rates[last])

    @property
    def width(self) -> float:
        """How many decades of rates work: a tenth of a decade for each that was tried."""
        if self.band is None:
            return 0.0
        step = np.log10(self.rates[1] / self.rates[0])
        return float(np.log10(self.band[1] / self.band[0]) + step)


def tuned(scene: RaceScene) -> tuple[Tuned | None, ...]:
    """Sweep every racer's rate; None for one that only a worker can run, and where no lowest loss is known."""
    return tuple(_tuned_racer(scene, racer) for racer in scene.racers)


def _tuned_racer(scene: RaceScene, racer: Racer) -> Tuned | None:
    if isinstance(racer.optimizer, Named) or scene.surface.floor is None:
        return None
    return _sweep(
        scene.surface, racer.optimizer, racer.schedule, racer.clip_norm, scene.begin, scene.steps, scene.chance
    )


@cached(32)
def _sweep(
    surface: Plane,
    optimizer: Optimizer,
    schedule: Schedule,
    clip_norm: float,
    start: tuple[float, float],
    steps: int,
    chance: Noise,
) -> Tuned:
    """Run one racer at all rates in one batch."""
    rates = np.geomspace(LOWEST, HIGHEST, TRIED)
    runs = Racer(optimizer=optimizer, schedule=schedule, clip_norm=clip_norm).runs(start, steps)
    assert runs is not None and surface.floor is not None
    ended = outcome(surface, replace(runs, rates=rates_at(schedule, rates, steps)), chance)
    had = float(surface(np.array(start))) - surface.floor
    with np.errstate(all="ignore"):
        left = (ended.loss - surface.floor) / had if had > 0 else np.full(TRIED, np.nan)
    left = np.where((ended.bad >= 0) | ~np.isfinite(left), np.inf, np.maximum(left, 0))
    return Tuned(rates, left, ended.reached.astype(float))
