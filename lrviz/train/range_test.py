"""A range test as a job in chunks: a training of each seed, a few updates at a time, and the losses of each update."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train.blocks import blocks, room
from lrviz.train.engine import Batch, State
from lrviz.train.job import BUDGET, device
from lrviz.train.numbers import packed
from lrviz.train.training import Training

Array = np.ndarray[Any, Any]
BLOCK = 32
"""Updates made between looks at the clock."""


@dataclass(frozen=True)
class Swept:
    """How far a range test is: updates done, and the engine's state of every batch it is cut into."""

    step: int
    states: tuple[State, ...]


@lru_cache(maxsize=4)
def _prepared(trainings: tuple[Training, ...], where: str) -> tuple[tuple[list[int], Batch], ...]:
    """Return the batches that some trainings are cut into, each with the runs in it; made once in a worker."""
    on = torch.device(where)
    cut = blocks(trainings, room(on))
    return tuple((runs, Batch([trainings[r] for r in runs], on)) for runs in cut)


def swept(trainings: tuple[Training, ...], now: Swept | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with a range test; tell the rates and losses of the updates made: {"step", "rates" (K,), "losses" (K, R)}.

    It is done after the last update, or once no run has a finite loss any more.
    """
    batches = _prepared(trainings, device())
    states = [*now.states] if now else [batch.start() for _, batch in batches]
    step, last, events = now.step if now else 0, trainings[0].steps, []
    rates, began = trainings[0].rates(), time.monotonic()
    done = False
    while not done:
        count = min(int(steering.get("once") or BLOCK), BLOCK, last - step)
        losses = np.empty((count, len(trainings)))
        for b, (runs, batch) in enumerate(batches):
            batch.load(states[b])
            losses[:, runs] = batch.run(count)
            states[b] = batch.save()
        step += count
        events.append({"step": step, "rates": packed(rates[step - count : step]), "losses": packed(losses)})
        done = step >= last or all((state.bad >= 0).all() for state in states)
        if steering.get("once") or time.monotonic() - began > BUDGET:
            break
    size = sum(len(str(event)) for event in events)
    return Chunk(Swept(step, tuple(states)), events, step / last, done, size=size)
