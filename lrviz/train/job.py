"""A training as a job in chunks: what a worker is asked to do again and again, and what it tells."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train.anatomy import anatomy
from lrviz.train.engine import Batch, State
from lrviz.train.numbers import packed
from lrviz.train.training import Training, data_of

Array = np.ndarray[Any, Any]
BUDGET = 0.2
"""Seconds that a chunk works: short enough to answer a cancel, long enough that handing over costs little."""
MEASURED = 200
"""How often a run is measured, at most, from its first update to its last."""
SIDE = 40
"""Points to a side of the grid on which a net over a plane is drawn."""
LINE = 161
"""Points of the line on which a net over one number is drawn."""
MARGIN = 1.25
"""How far beyond the largest coordinate the grid reaches."""


class ByHand(NamedTuple):
    """A rate set by hand, from update `step` on."""

    step: int
    rate: float


@dataclass(frozen=True)
class Watched:
    """Where a watched training is: the engine's state, the rates set by hand, and when it may go on (s, monotonic)."""

    state: State
    by_hand: tuple[ByHand, ...] = ()


def rates_of(training: Training, by_hand: Sequence[ByHand]) -> Array:
    """Return the rate of every update, (T,): the schedule's, and from each change by hand on that rate."""
    rates = training.rates().copy()
    for step, rate in by_hand:
        rates[step:] = rate
    return rates


@lru_cache(maxsize=4)
def _prepared(trainings: tuple[Training, ...], by_hand: tuple[ByHand, ...], device: str) -> Batch:
    """Return the batch of some trainings, made once in a worker; who uses it loads its own state first."""
    rates = np.stack([rates_of(one, by_hand) for one in trainings]) if by_hand else None
    return Batch(trainings, torch.device(device), rates=rates)


def device() -> str:
    """Return where trainings run: on the GPU when there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def watched(trainings: tuple[Training, ...], now: Watched | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with trainings of one shape, the first of which is watched closely; tell what was measured.

    `steering`: "rate" sets the rate from here on; "once" makes so many updates; "speed" so many a second, 0 for as
    many as can be. Measured is always after the same updates, whatever the speed, so the numbers are always the same.
    """
    by_hand = now.by_hand if now else ()
    step = now.state.step if now else 0
    if (rate := steering.get("rate")) is not None and (not by_hand or by_hand[-1].rate != rate):
        by_hand = (*(change for change in by_hand if change.step < step), ByHand(step, float(rate)))
    batch = _prepared(trainings, by_hand, device())
    batch.load(now.state if now else batch.start())
    events = [_first(batch)] if now is None else []
    began, goal = time.monotonic(), _goal(batch, steering)
    while batch.step < goal:
        events.append(_stretch(batch, goal))
        if time.monotonic() - began > BUDGET and not steering.get("once"):
            break
    events[-1:] = [event | _drawn(batch) for event in events[-1:]]
    used = time.monotonic() - began
    last = trainings[0].steps
    done = batch.step >= last or bool((batch.bad >= 0).all())
    rest = max(0.0, BUDGET - used) if steering.get("speed") and not done else 0.0
    told = [event | {"by_hand": [list(change) for change in by_hand]} for event in events]
    size = sum(len(str(event)) for event in told)
    return Chunk(Watched(batch.save(), by_hand), told, batch.step / last, done, rest, size)


def every(training: Training) -> int:
    """Return after how many updates a run is measured."""
    return max(1, -(-training.steps // MEASURED))


def _goal(batch: Batch, steering: Mapping[str, Any]) -> int:
    """Return the update at which this chunk has to stop."""
    last = batch.trainings[0].steps
    if once := steering.get("once"):
        return min(batch.step + int(once), last)
    if speed := steering.get("speed"):
        return min(batch.step + max(1, round(speed * BUDGET)), last)
    return last


def _stretch(batch: Batch, goal: int) -> dict[str, Any]:
    """Train until the next measurement, or the goal, and say what was found; measured is only where it is due."""
    begin, due = batch.step, every(batch.trainings[0])
    end = min(begin - begin % due + due, goal)
    losses = [batch.run(end - begin - 1)] if end - begin > 1 else []
    before = batch.net.theta.clone()
    losses.append(batch.run(1))
    found = {"step": batch.step, "losses": packed(np.concatenate(losses)), "rate": float(batch.rate)}
    if end % due == 0 or end == batch.trainings[0].steps:
        found |= _measured(batch, before)
    return found | {"bad": batch.bad.tolist()}


def _first(batch: Batch) -> dict[str, Any]:
    """Say what the untrained nets are worth."""
    batch.net.grad.zero_()
    return {"step": 0, "rate": float(batch.rate)} | _measured(batch, batch.net.theta)


def _measured(batch: Batch, before: torch.Tensor) -> dict[str, Any]:
    judged, inside = batch.judge(), anatomy(batch, before)
    worth = {name: packed(getattr(judged, name)) for name in ("loss", "accuracy", "loss_val", "accuracy_val")}
    return {"worth": worth, "inside": {name: packed(values) for name, values in vars(inside).items()}}


def _drawn(batch: Batch) -> dict[str, Any]:
    """Return what the first net says everywhere, where that can be drawn."""
    grid = grid_of(batch.trainings[0])
    if grid is None:
        return {}
    said = batch.says(grid)[0]
    if not data_of(batch.trainings[0].task).classes:
        return {"curve": packed(said[:, 0])}
    if batch.trainings[0].criterion == "cross_entropy":
        said = np.exp(said - said.max(1, keepdims=True))
        said /= said.sum(1, keepdims=True)
    best = said.argmax(1)
    sure = np.clip(np.nan_to_num(said.max(1)), 0, 1)
    return {"classes": packed(best, "|u1"), "sure": packed(np.round(255 * sure), "|u1")}


def grid_of(training: Training) -> Array | None:
    """Return the points at which a net is drawn: (SIDE^2, 2) row by row, (LINE, 1), or None where it can't be."""
    data = data_of(training.task)
    if data.plane:
        end = MARGIN * float(np.abs(data.x).max())
        axis = np.linspace(-end, end, SIDE)
        return np.stack([part.ravel() for part in np.meshgrid(axis, axis)], axis=1)
    if data.line:
        low, high = float(data.x.min()), float(data.x.max())
        room = (MARGIN - 1) / 2 * (high - low)
        return np.linspace(low - room, high + room, LINE)[:, None]
    return None
