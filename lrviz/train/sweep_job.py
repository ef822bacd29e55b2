"""A sweep as a job in chunks: its nets in batches, one after another, and what became of every cell that is done."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train.blocks import blocks, room
from lrviz.train.engine import Batch, State, shape_of
from lrviz.train.job import device
from lrviz.train.numbers import packed
from lrviz.train.sweep import MEASURES, Measure, SweepScene
from lrviz.train.swept import better, middle, nothing, scale
from lrviz.train.training import Training
from lrviz.train.work import seconds_of

Array = np.ndarray[Any, Any]
Found = tuple[tuple[float, ...], int]
"""What one net is worth by every measure, NaN where it diverged; its first bad update, -1 for none."""
BUDGET = 0.3
"""Seconds that a chunk works."""
STRIDE = 32
"""Updates between looks at the clock."""
FEWEST_BATCHES, LEAST = 12, 48
"""A sweep has at least so many batches, so that its map fills bit by bit, but for that none holds fewer than LEAST."""


@dataclass(frozen=True)
class Sweeping:
    """Where a sweep is: the batches left, as places in the list of nets, the first of which is under way at `state`.

    `part`: nets whose cell lacks others; `done`: how many nets are done; `worked`: how much work that was, in seconds;
    `best`: the best middle of any cell so far, by measure.
    """

    left: tuple[tuple[int, ...], ...]
    state: State | None = None
    part: Mapping[int, Found] = field(default_factory=dict)
    done: int = 0
    worked: float = 0.0
    best: tuple[float, ...] = tuple(-np.inf * better(measure) for measure in MEASURES)


def sweep(scene: SweepScene, now: Sweeping | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with a sweep for about BUDGET seconds, and tell what became of the cells that are done by then.

    Where memory is short the batches left are halved, and that is told: {"split": how many nets one now holds}.
    Raises MemoryError where it is too short for a single net.
    """
    work, began = _prepared(cast(Any, scene)), time.monotonic()
    now = now or Sweeping(work.batches)
    events: list[dict[str, Any]] = []
    while now.left:
        try:
            now = _further(work, now, began, events)
        except (MemoryError, RuntimeError) as error:
            now = _halved(now, error, events)
        if time.monotonic() - began > BUDGET:
            break
    share = (now.worked + _under_way(work, now)) / work.seconds
    told = [event | {"step": event.get("step", now.done)} for event in events]
    return Chunk(now, told, min(share, 1.0), done=not now.left, size=sum(len(str(event)) for event in told))


# ------------------------------------------------------------------------------------------------ what is prepared


@dataclass(frozen=True)
class Layout:
    """A sweep laid out: its nets, how long each is about to take, the batches they go in."""

    scene: SweepScene
    nets: list[Training]
    costs: list[float]
    batches: tuple[tuple[int, ...], ...]

    @property
    def seconds(self) -> float:
        """How long all of it is about to take."""
        return sum(self.costs)


@lru_cache(maxsize=2)
def _prepared(scene: SweepScene) -> Layout:
    """Return a sweep laid out, once in a worker; a cell's seeds stay together where they fit."""
    nets, seeds = scene.trainings(), scene.each
    most = max(1, max(LEAST, -(-len(nets) // FEWEST_BATCHES)) // seeds)
    cells = blocks(scene.cells, room(torch.device(device())) // seeds)
    found = [_nets(part, seeds) for batch in cells for part in _parts(batch, most)]
    return Layout(scene, nets, [seconds_of(one) for one in nets], tuple(_spread(found, nets)))


def _parts(batch: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """Return a batch in parts of at most so many, each from everywhere in it."""
    count = -(-len(batch) // most)
    return [tuple(batch[i::count]) for i in range(count)]


def _nets(cells: Sequence[int], seeds: int) -> tuple[int, ...]:
    return tuple(cell * seeds + seed for cell in cells for seed in range(seeds))


def _spread(batches: list[tuple[int, ...]], nets: Sequence[Training]) -> list[tuple[int, ...]]:
    """Return the batches so that those of one shape do not come one after another where there are other shapes."""
    alike: dict[Any, list[tuple[int, ...]]] = {}
    for batch in batches:
        alike.setdefault(shape_of(nets[batch[0]]), []).append(batch)
    turns = [(i / len(group), batch) for group in alike.values() for i, batch in enumerate(group)]
    return [batch for _, batch in sorted(turns, key=lambda turn: turn[0])]


@lru_cache(maxsize=2)
def _batch(scene: SweepScene, places: tuple[int, ...], on: str) -> Batch:
    nets = _prepared(cast(Any, scene)).nets
    return Batch([nets[i] for i in places], torch.device(on))


# ---------------------------------------------------------------------------------------------------- its progress


def _further(work: Layout, now: Sweeping, began: float, events: list[dict[str, Any]]) -> Sweeping:
    """Train the first batch to its end, or until time is up."""
    places = now.left[0]
    batch = _batch(cast(Any, work.scene), places, device())
    batch.load(now.state or batch.start())
    last = batch.trainings[0].steps
    while batch.step < last:
        batch.run(min(STRIDE, last - batch.step))
        if time.monotonic() - began > BUDGET and batch.step < last:
            return replace(now, state=batch.save())
    found = dict(zip(places, _ends(batch), strict=True))
    after = replace(
        now, left=now.left[1:], state=None, part={**now.part, **found}, done=now.done + len(places),
        worked=now.worked + sum(work.costs[i] for i in places),
    )  # fmt: skip
    return _told(work, after, events)


def _ends(batch: Batch) -> list[Found]:
    """Return what became of the nets of a batch; one whose loss is no number after the last update diverges there."""
    judged = batch.judge()
    worth = np.stack([getattr(judged, measure) for measure in MEASURES], axis=1).astype(np.float64)
    lost = ~np.isfinite(judged.loss) | ~np.isfinite(judged.loss_val)
    bad = np.where((batch.bad < 0) & lost, batch.step, batch.bad)
    worth[bad >= 0] = np.nan
    return [(tuple(row), int(step)) for row, step in zip(worth.tolist(), bad, strict=True)]


def _under_way(work: Layout, now: Sweeping) -> float:
    """Return how much of the first batch's work is done, in seconds."""
    if not now.left or now.state is None:
        return 0.0
    return sum(work.costs[i] for i in now.left[0]) * now.state.step / work.nets[now.left[0][0]].steps


def _told(work: Layout, now: Sweeping, events: list[dict[str, Any]]) -> Sweeping:
    """Tell of the cells whose nets are all there, and keep the others' nets."""
    seeds, part = work.scene.each, dict(now.part)
    cells = [c for c in sorted({i // seeds for i in part}) if all(c * seeds + s in part for s in range(seeds))]
    if not cells:
        return now
    found = [[part.pop(c * seeds + s) for s in range(seeds)] for c in cells]
    worth = np.array([[one[0] for one in cell] for cell in found])  # (cells, S, measures)
    middles = {measure: middle(worth[:, :, m], measure) for m, measure in enumerate(MEASURES)}
    best = tuple(_best(now.best[m], middles[measure].mid, measure) for m, measure in enumerate(MEASURES))
    none = nothing(cast(Any, work.scene.training))
    events.append({
        "step": now.done,
        "cells": packed(cells, "<i4"),
        "each": {measure: packed(worth[:, :, m]) for m, measure in enumerate(MEASURES)},
        "bad": packed([[one[1] for one in cell] for cell in found], "<i4"),
        **{name: {m: packed(getattr(one, name)) for m, one in middles.items()} for name in ("mid", "low", "high")},
        "gone": packed(np.where(np.isinf(middles["loss"].mid), 1.0, np.nan)),
        "scale": {
            measure: scale(best[m], none[measure], measure)
            for m, measure in enumerate(MEASURES)
            if np.isfinite(none[measure])  # numbers have no accuracy
        },
        "best": dict(zip(MEASURES, (one if np.isfinite(one) else None for one in best), strict=True)),
    })  # fmt: skip
    return replace(now, part=part, best=best)


def _best(so_far: float, mids: Array, measure: Measure) -> float:
    sign = better(measure)
    return float(sign * np.max(sign * np.append(mids, so_far)))


def _halved(now: Sweeping, error: BaseException, events: list[dict[str, Any]]) -> Sweeping:
    """Halve the batches left where memory was short, and tell; any other error goes on its way."""
    if not (isinstance(error, MemoryError) or "allocate" in str(error)):
        raise error
    size = len(now.left[0])
    if size == 1:
        raise MemoryError(str(error)) from error
    _batch.cache_clear()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    half = -(-size // 2)
    events.append({"split": half})
    left = (batch[begin : begin + half] for batch in now.left for begin in range(0, len(batch), half))
    return replace(now, left=tuple(left), state=None)
