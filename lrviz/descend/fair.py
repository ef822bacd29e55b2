"""The fair race: every optimizer gets the same sweep of rates, and shows its best one and how many would have done."""

from dataclasses import dataclass, replace

import numpy as np

from lrviz.descend.engine import Array, Indices, Noise, Runs, first_bad, updates
from lrviz.descend.race import RaceScene, at_floor, below_floor
from lrviz.descend.racer import Racer, rates_at
from lrviz.descend.work import weight
from lrviz.optimizers import Named, Optimizer
from lrviz.schedules import Schedule
from lrviz.spec import cached
from lrviz.surfaces import Plane

LOWEST, HIGHEST = 1e-5, 1e2
RATES = np.array([float(f"{rate:.3g}") for rate in np.geomspace(LOWEST, HIGHEST, 71)])
"""The rates every optimizer is given: ten a decade, to three digits, so that the rate that is read is the one run."""
COARSER = (1, 2, 5)
"""Where the work is too much, every second or fifth rate does."""
MOST_WORK = 50_000_000
"""Racers times rates times steps of one sweep, each as much work as a step on a short formula."""
WORKS = 0.01
"""A rate works when the run ends with at most this share of the loss it had to lose."""
CHUNK = 32
"""Steps whose losses are computed together."""


@dataclass(frozen=True)
class Tuned:
    """One racer at every rate of the sweep.

    `rates` (N,); `left` (N,): the share of the start's loss, above the lowest known, that is left at the end, inf where
    the run diverged, NaN where it ends below the lowest known, or had nothing to lose; `reached` (N,): the step from
    which on its loss stays within the scene's tolerance of the lowest known, -1 where it does not; `below`: whether
    some run ends below the lowest known.
    """

    rates: Array
    left: Array
    reached: Array
    below: bool = False

    @property
    def best(self) -> int:
        """The index of the best rate: of those that work the one that arrives first, else the one that leaves least."""
        arrived = (self.reached >= 0) & (self.left <= WORKS)
        known = np.where(np.isnan(self.left), np.inf, self.left)
        return int(np.argmin(np.where(arrived, self.reached, np.inf)) if arrived.any() else np.argmin(known))

    @property
    def lost(self) -> bool:
        """Whether there is no best rate: every run diverged, or what it left is not known."""
        return not np.isfinite(self.left[self.best])

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
    def spacing(self) -> float:
        """How many decades lie between a rate and the next."""
        return float(np.log10(self.rates[-1] / self.rates[0]) / (len(self.rates) - 1))

    @property
    def width(self) -> float | None:
        """How many times the lowest rate of the band its highest is; None where there is no band."""
        return None if self.band is None else self.band[1] / self.band[0]


def takes_part(scene: RaceScene, racer: Racer) -> bool:
    """Say whether a racer is swept: one that is shown, has a rule of ours, and a lowest loss to be held against."""
    return racer.shown and not isinstance(racer.optimizer, Named) and scene.surface.floor is not None


def rates_for(scene: RaceScene) -> Array:
    """Return the rates of the sweep: all, or fewer where racers, steps and surface make it too much work."""
    each = sum(takes_part(scene, racer) for racer in scene.racers) * scene.steps * weight(scene.surface)
    fits = (RATES[::every] for every in COARSER if len(RATES[::every]) * each <= MOST_WORK)
    return next(fits, RATES[:: COARSER[-1]])


def tuned(scene: RaceScene) -> tuple[Tuned | None, ...]:
    """Sweep the rate of every racer that takes part; None for one that does not."""
    count = len(rates_for(scene))
    return tuple(_tuned_racer(scene, racer, count) if takes_part(scene, racer) else None for racer in scene.racers)


def _tuned_racer(scene: RaceScene, racer: Racer, count: int) -> Tuned:
    made = racer.optimizer, racer.schedule, racer.clip_norm
    return _sweep(scene.surface, *made, scene.begin, scene.steps, scene.chance, scene.tolerance, count)


@cached(32)
def _sweep(
    surface: Plane,
    optimizer: Optimizer,
    schedule: Schedule,
    clip_norm: float,
    start: tuple[float, float],
    steps: int,
    chance: Noise,
    tolerance: float,
    count: int,
) -> Tuned:
    """Run one racer at `count` of the rates in one batch."""
    rates = RATES[:: (len(RATES) - 1) // (count - 1)]
    one = Racer(optimizer=optimizer, schedule=schedule, clip_norm=clip_norm).runs(start, steps)
    floor = surface.floor
    assert one is not None and floor is not None
    x = _walked(surface, replace(one, rates=rates_at(schedule, rates, steps)), chance)
    with np.errstate(all="ignore"):
        bad = first_bad(surface, x.transpose(1, 0, 2)) >= 0
        had, loss = float(surface(np.array(start))) - floor, surface(x[-1])
        left = np.maximum((loss - floor) / had, 0.0) if had > 0 else np.full(len(rates), np.nan)
        lost, below = bad | ~np.isfinite(loss), below_floor(loss, floor, tolerance)
        left = np.where(lost, np.inf, np.where(below, np.nan, left))
        reached = _reached(surface, x, np.flatnonzero(~bad), tolerance).astype(float)
        return Tuned(rates, left, reached, bool((below & ~lost).any()))


def _walked(surface: Plane, runs: Runs, chance: Noise) -> Array:
    """Return where all runs were at every step, (T+1, R, D)."""
    x = np.empty((runs.steps + 1, runs.count, surface.dims))
    x[0] = runs.placed()
    for t, moment in enumerate(updates(surface, runs, chance)):
        x[t + 1] = moment.update.x
    return x


def _reached(surface: Plane, x: Array, inside: Indices, tolerance: float) -> Indices:
    """Return the step from which on each run's loss stays at the floor, -1 where it does not; x: (T+1, R, D).

    From the end back, and only for the runs, at first those of `inside`, that have stayed so far.
    """
    assert surface.floor is not None
    reached = np.full(x.shape[1], -1)
    for end in range(len(x), 0, -CHUNK):
        if not len(inside):
            break
        first = max(end - CHUNK, 0)
        away = ~at_floor(surface(x[first:end, inside]), surface.floor, tolerance)
        gone = away.any(axis=0)
        reached[inside[gone]] = end - away[::-1].argmax(axis=0)[gone]
        inside = inside[~gone]
    reached[inside] = 0
    return np.where(reached < len(x), reached, -1)
