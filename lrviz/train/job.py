"""A training as a job in chunks: what a worker is asked to do again and again, and what it tells."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train.anatomy import Anatomy, anatomy
from lrviz.train.cost import every
from lrviz.train.drawing import drawn
from lrviz.train.engine import Batch, Judged, State
from lrviz.train.measured import INSIDE, WORTH
from lrviz.train.numbers import packed
from lrviz.train.training import Training

Array = np.ndarray[Any, Any]
BUDGET = 0.2
"""Seconds that a chunk works: short enough to answer a cancel, long enough that handing over costs little."""
FIRST_BUDGET = 0.05
"""The same for the first chunk, so that there is something to see at once."""


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
    """Return the batch of some trainings, made once in a worker; who uses it loads its own state first.

    In double precision: what is watched is small, and so an exported program comes to the same numbers.
    """
    rates = np.stack([rates_of(one, by_hand) for one in trainings]) if by_hand else None
    return Batch(trainings, torch.device(device), torch.float64, rates)


def device() -> str:
    """Return where trainings run: on the GPU when there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def watched(trainings: tuple[Training, ...], now: Watched | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with trainings of one shape, the first of which is watched closely; tell what was measured.

    `steering`: "rate" sets the rate from here on; "once" makes so many updates; "speed" so many a second, 0 for as
    many as can be. Measured is always after the same updates, whatever the speed, so the numbers are always the same.
    """
    by_hand = _set_by_hand(now, steering.get("rate"))
    batch = _prepared(trainings, by_hand, device())
    batch.load(now.state if now else batch.start())
    told = Told(batch)
    if now is None:
        batch.net.grad.zero_()
        told.measure(batch.net.theta)
    began, goal = time.monotonic(), _goal(batch, steering)
    budget = BUDGET if now or steering.get("speed") else FIRST_BUDGET
    while batch.step < goal:
        told.stretch(goal)
        if time.monotonic() - began > budget and not steering.get("once"):
            break
    event = told.event() | drawn(batch) | ({"by_hand": [list(change) for change in by_hand]} if by_hand else {})
    last, used = trainings[0].steps, time.monotonic() - began
    done = batch.step >= last or bool((batch.bad >= 0).all())
    rest = max(0.0, BUDGET - used) if steering.get("speed") and not done else 0.0
    return Chunk(Watched(batch.save(), by_hand), [event], batch.step / last, done, rest, len(str(event)))


def _set_by_hand(now: Watched | None, rate: float | None) -> tuple[ByHand, ...]:
    """Return the changes by hand so far, with that to `rate` where it is a new one; at one update the last counts."""
    changes, step = (now.by_hand, now.state.step) if now else ((), 0)
    if rate is None or (changes and changes[-1].rate == rate):
        return changes
    return (*(change for change in changes if change.step < step), ByHand(step, float(rate)))


def _goal(batch: Batch, steering: Mapping[str, Any]) -> int:
    """Return the update at which this chunk has to stop."""
    last = batch.trainings[0].steps
    if once := steering.get("once"):
        return min(batch.step + int(once), last)
    if speed := steering.get("speed"):
        return min(batch.step + max(1, round(speed * BUDGET)), last)
    return last


@dataclass
class Told:
    """What a chunk has to tell of a batch: the losses of K updates, and what was measured M times on the way."""

    batch: Batch
    losses: list[Array] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    inside: list[Anatomy] = field(default_factory=list)

    def stretch(self, goal: int) -> None:
        """Train until the next measurement, or the goal; measured is only where it is due."""
        batch, due = self.batch, every(self.batch.trainings[0])
        end = min(batch.step - batch.step % due + due, goal)
        self.losses.append(batch.run(end - batch.step - 1))
        before = batch.net.theta.clone()
        self.losses.append(batch.run(1))
        if end % due == 0 or end == batch.trainings[0].steps:
            self.measure(before)

    def measure(self, before: torch.Tensor) -> None:
        """Measure the nets as they stand, given their parameters before the last update."""
        self.judged.append(self.batch.judge())
        self.inside.append(anatomy(self.batch, before))

    def event(self) -> dict[str, Any]:
        """Return all of it: losses (K, R), rates (K,), steps that were measured (M,), worth (M, R), inside (M, L)."""
        batch, losses = self.batch, np.concatenate([np.empty((0, len(self.batch.trainings))), *self.losses])
        rates = batch.first_rates[batch.step - len(losses) : batch.step]
        found = {"step": batch.step, "losses": packed(losses), "rates": packed(rates), "bad": batch.bad.tolist()}
        if not self.judged:
            return found
        measured = {"measured": packed([one.step for one in self.judged], "<u4")}
        names = {"worth": (self.judged, WORTH), "inside": (self.inside, INSIDE)}
        return found | measured | {name: _stacked(*given) for name, given in names.items()}


def _stacked(measured: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: packed(np.stack([getattr(one, name) for one in measured])) for name in names}
