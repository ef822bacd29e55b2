"""How many runs end, without keeping how they went: what maps and sweeps of rates are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.descend.engine import ESCAPED, Array, Indices, Noise, Runs, frame, updates
from lrviz.surfaces import SurfaceSpec

ARRIVED = 1e-3
"""A run has arrived once it stays this near to a minimum, in radii of the surface's domain."""
BLOCK = 4_096
"""Runs that go together: what they need in between stays in the processor's cache."""
KEPT = 2**20
"""Steps of all runs that go together: their positions are kept until it is known where they end."""
_PER_RUN = ("reached", "bad", "nearest", "x", "loss")


@dataclass(frozen=True)
class Outcome:
    """The end of R runs of `steps` updates.

    `reached` (R,): the step from which on a run stays within ARRIVED of the minimum it ends nearest to, -1 where there
    is none; `bad` (R,): its first step that has diverged, -1 where none has; `nearest` (R,): the index of the minimum
    it ends nearest to, -1 where it has diverged or there is none; `x` (R, D) and `loss` (R,): where it ends.
    """

    steps: int
    reached: Indices
    bad: Indices
    nearest: Indices
    x: Array
    loss: Array


def outcome(surface: SurfaceSpec, runs: Runs, noise: Noise = Noise()) -> Outcome:  # noqa: B008 - frozen
    """Run all updates, a block of runs at a time, keeping of every run only when it arrived or diverged and its end."""
    size = min(BLOCK, max(1, KEPT // (runs.steps + 1)))
    blocks = [slice(first, first + size) for first in range(0, runs.count, size)]
    ends = [_ended(surface, runs.part(block), noise.part(block)) for block in blocks]
    joined = {name: np.concatenate([getattr(end, name) for end in ends]) for name in _PER_RUN}
    return Outcome(runs.steps, **joined)


def _ended(surface: SurfaceSpec, runs: Runs, noise: Noise) -> Outcome:
    way, last = np.empty((runs.steps + 1, surface.dims, runs.count)), runs.placed()
    way[0] = last.T
    for t, moment in enumerate(updates(surface, runs, noise)):
        last = moment.update.x
        way[t + 1] = last.T
    with np.errstate(all="ignore"):
        loss, bad = surface(last), _first_bad(surface, way)
        index = np.where(bad < 0, _nearest(surface, last), -1)
        return Outcome(runs.steps, _reached(surface, way, index), bad, index, last, loss)


def _first_bad(surface: SurfaceSpec, way: Array) -> Indices:
    """Return the first step of each run that has diverged, as engine.first_bad does; way: (T+1, D, R)."""
    centre, radius = frame(surface)
    alive, lived = np.ones(way.shape[2], dtype=bool), np.zeros(way.shape[2], dtype=np.intp)
    for x in way:
        for coordinate, middle in zip(x, centre, strict=True):
            gap = coordinate - middle
            alive &= np.abs(gap, out=gap) <= ESCAPED * radius
        lived += alive
    return np.where(alive, -1, lived)


def _nearest(surface: SurfaceSpec, x: Array) -> Indices:
    """Return the index of the minimum nearest to each position, (R, D) -> (R,), -1 where there is no minimum."""
    index, best = np.full(len(x), -1), np.full(len(x), np.inf)
    for i, minimum in enumerate(surface.minima):
        distance = _squared(x.T, minimum.x)
        nearer = distance < best
        index[nearer] = i
        np.copyto(best, distance, where=nearer)
    return index


def _reached(surface: SurfaceSpec, way: Array, index: Indices) -> Indices:
    """Return the step from which on each run stays near its minimum, -1 where it does not; index -1: it has none."""
    near = (ARRIVED * frame(surface)[1]) ** 2
    reached, inside = np.full(len(index), len(way), dtype=np.intp), index >= 0
    homes = np.array([minimum.x for minimum in surface.minima]).reshape(-1, way.shape[1]).T
    home = [coordinate[index] for coordinate in homes] if inside.any() else []
    for x in way[::-1]:
        if not inside.any():
            break
        inside &= _squared(x, home) <= near
        reached -= inside
    return np.where(reached < len(way), reached, -1)


def _squared(x: Array, point: Sequence[Any]) -> Array:
    """Return the squared distances of positions (D, R) to a point, or to one each: D numbers or arrays (R,)."""
    total = np.zeros(x.shape[1])
    for coordinate, place in zip(x, point, strict=True):
        gap = coordinate - place
        gap *= gap
        total += gap
    return total
