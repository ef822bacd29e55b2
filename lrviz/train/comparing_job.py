"""A comparison as a job in chunks: all its trainings in one batch."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train.comparing import Comparison
from lrviz.train.engine import Batch, Judged, State
from lrviz.train.job import device
from lrviz.train.numbers import packed

BUDGET = 0.3
"""Seconds that a chunk works."""
STRIDE = 16
"""Updates between looks at the clock."""


@lru_cache(maxsize=2)
def _prepared(work: Comparison, on: str) -> Batch:
    return Batch(work.trainings, torch.device(on))


def compare(work: Comparison, now: State | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with a comparison for about BUDGET seconds; tell the validation losses at the steps that were measured."""
    on = device()
    batch = cast(Batch, _prepared(cast(Any, work), on))
    batch.load(now or begun(work, batch, on))
    last, began = work.trainings[0].steps, time.monotonic()
    judged = [] if now else [batch.judge()]
    while batch.step < last and time.monotonic() - began < BUDGET:
        due = min(batch.step - batch.step % work.every + work.every, last)
        batch.run(min(STRIDE, due - batch.step))
        if batch.step == due:
            judged.append(batch.judge())
    events = [_told(batch, judged)] if judged else []
    return Chunk(batch.save(), events, batch.step / last, done=batch.step >= last, size=len(str(events)))


def _told(batch: Batch, judged: list[Judged]) -> dict[str, Any]:
    loss = np.stack([one.loss_val for one in judged])
    steps = packed([one.step for one in judged], "<u4")
    return {"step": batch.step, "measured": steps, "loss_val": packed(loss), "bad": batch.bad.tolist()}


def begun(work: Comparison, batch: Batch, on: str) -> State:
    """Return the state before the first update: of nets that go on from another all but their last layer is its."""
    state = batch.start()
    if work.before is None:
        return state
    before = Batch([work.before], torch.device(on))
    before.load(before.start())
    before.run(work.before.steps)
    learned = before.save()
    theta = state.theta.copy()
    kept = next(slot.begin for slot in batch.slots if slot.layer == batch.slots[-1].layer)
    theta[:, :kept] = learned.theta[:, :kept]
    running = [np.repeat(values, len(theta), axis=1) for values in learned.running]
    return replace(state, theta=theta, running=running)
