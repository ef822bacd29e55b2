"""Why a run diverged: the step it went wrong at, the curvature there, and the smallest change that saves it."""

import math
from dataclasses import dataclass, replace

import numpy as np

from lrviz.descend.engine import Array, Indices, Noise, Path, Runs
from lrviz.descend.outcome import outcome
from lrviz.optimizers import hyper
from lrviz.surfaces import SurfaceSpec

SEARCHED = 48
"""Rates tried at a time, from the run's own down to a ten-thousandth of it."""
INSIDE = 0.999
"""The share of a bound that a rate is taken back to."""
LOWEST_SHARE = 0.8
"""How far below the largest rate that saves a run one of three digits is looked for."""


@dataclass(frozen=True)
class Autopsy:
    """What is found about one run that diverged.

    `step`: the update with which the last rise of the loss began; `bad`: the step from which on it counts as diverged;
    `rate`: the rate in force at `step`; `curvature`: the largest eigenvalue of the Hessian there, each coordinate
    scaled as the rule scales it, what weight decay adds counted in; `limit`: the largest rate * curvature that is
    stable, None where theory has none; `saved`: the factor on all rates with which the run does not diverge, None
    where none was found.
    """

    step: int
    bad: int
    rate: float
    curvature: float
    limit: float | None
    saved: float | None

    @property
    def product(self) -> float:
        """Rate times curvature: what has to stay below the limit."""
        return self.rate * self.curvature

    @property
    def explained(self) -> bool:
        """Whether the limit was broken there."""
        return self.limit is not None and self.product > self.limit


def autopsy(path: Path, runs: Runs, noise: Noise, run: int = 0, knob: float | None = None) -> Autopsy | None:
    """Examine one run of a path; None where it did not diverge.

    With `knob`, the number its rates are set by, `saved` takes that to one of three digits, and is tried at just that.
    """
    bad = int(path.bad[run])
    if bad < 1:  # a start that is itself too far away went wrong at no update
        return None
    alone = runs.part(slice(run, run + 1))
    numbers = hyper(alone.optimizer, alone.swept)
    limit = alone.optimizer.limit(numbers)
    limit = None if limit is None else float(np.ravel(limit)[0])
    met = alone.optimizer.felt_curvature(numbers, scaled_curvature(path, run, slice(0, bad)))
    step, curvature = _where(path, run, np.ravel(met), limit)
    rate = float(path.rates[run, step])
    return Autopsy(step, bad, rate, curvature, limit, saving_factor(path.surface, alone, noise, knob))


def within(found: Autopsy | None, bound: float | None, rate: float) -> Autopsy | None:
    """Return the findings with rates saved to below a bound, for a run that uses `rate`; no bound, no change.

    Just above the bound even a long run on a parabola has not gone far, but it is not saved.
    """
    if found is None or found.saved is None or not bound:
        return found
    return replace(found, saved=min(found.saved, INSIDE * bound / rate))


def _where(path: Path, run: int, curvatures: Array, limit: float | None) -> tuple[int, float]:
    """Return the update at which the last rise of the loss began, and the curvature it met, of one at every update.

    From the lowest loss before the end on, the first update that breaks the limit; the lowest itself where none does.
    """
    bad = len(curvatures)
    losses = path.loss[run, :bad]
    first = int(np.nanargmin(losses)) if np.isfinite(losses).any() else 0
    first = min(first, path.rates.shape[1] - 1)
    over = np.flatnonzero(path.rates[run, first:bad] * curvatures[first:] > limit) if limit is not None else []
    step = first + (int(over[0]) if len(over) else 0)
    return step, float(curvatures[step])


def scaled_curvature(path: Path, run: int, steps: slice) -> Array:
    """Return the largest eigenvalue of S^(1/2) H S^(1/2) at each of some steps, S the rule's scale: (n,).

    S is 1 for a rule whose steps are not made of direction and scale.
    """
    with np.errstate(all="ignore"):
        hessian = path.surface.hessian(path.x[run, :-1][steps])
        scale = path.scale[run]
        root = np.ones_like(scale[steps]) if np.isnan(scale).all() else np.sqrt(np.abs(scale[steps]))
        scaled = root[:, :, None] * hessian * root[:, None, :]
    found = np.full(len(scaled), np.nan)
    finite = np.isfinite(scaled).all(axis=(1, 2))
    if finite.any():
        found[finite] = np.linalg.eigvalsh(scaled[finite])[:, -1]
    return found


def saving_factor(surface: SurfaceSpec, run: Runs, noise: Noise, knob: float | None = None) -> float | None:
    """Return the largest factor below 1 such that no run at it, or at any smaller one tried, diverges.

    With `knob` the next one below for which knob * factor has three digits and the run does not diverge either.
    """
    coarse = np.geomspace(1e-4, 1.0, SEARCHED)
    safe = _safe(surface, run, noise, coarse)
    if safe in (0, SEARCHED):
        return None
    fine = np.geomspace(coarse[safe - 1], coarse[safe], SEARCHED)
    factor = float(fine[max(_safe(surface, run, noise, fine), 1) - 1])
    if knob is None:
        return factor
    tidy = np.unique([rounded_down(knob * factor * share) for share in np.linspace(LOWEST_SHARE, 1, SEARCHED)]) / knob
    held = tidy[_bad(surface, run, noise, tidy) < 0]
    return float(held[-1]) if len(held) else None


def _safe(surface: SurfaceSpec, run: Runs, noise: Noise, factors: Array) -> int:
    """Return how many factors, from the smallest on, do not diverge."""
    return int(np.argmax(np.append(_bad(surface, run, noise, factors) >= 0, True)))


def _bad(surface: SurfaceSpec, run: Runs, noise: Noise, factors: Array) -> Indices:
    """Return the first step that has diverged with each factor on the rates, -1 where none has."""
    swept = {name: np.repeat(values, len(factors)) for name, values in run.swept.items()}
    return outcome(surface, replace(run, rates=factors[:, None] * run.rates, swept=swept), noise).bad


def rounded_down(value: float) -> float:
    """Round down to three significant digits."""
    power = 10.0 ** (math.floor(math.log10(value)) - 2)
    return float(f"{math.floor(value / power + 1e-9) * power:.3g}")
