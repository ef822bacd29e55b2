"""What may go wrong with a real training: a worker is killed, a visitor leaves or cancels, memory is short."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from lrviz import jobs
from lrviz.jobs import Board, Job, pool
from lrviz.jobs import board as room
from lrviz.jobs.chunks import submit_chunk
from lrviz.train import cost
from lrviz.train.job import watched
from lrviz.train.measured import Measured, measured
from lrviz.train.models import MLP
from lrviz.train.scene import PRESETS
from lrviz.train.tasks import Digits, Moons
from lrviz.train.training import Training
from lrviz.ui import streams
from tests.test_server import finish

SECONDS = 120.0
TARGET = "lrviz.train.job:watched"
LONG = Training(task=Moons(points=60), model=MLP(width=5), steps=600)


@pytest.fixture
def board() -> Iterator[Board]:
    yield Board(submit_chunk, lambda: 1)
    jobs.shutdown()


def begun(board: Board, *trainings: Training, **steering: Any) -> Job:
    job = board.find(board.start("ann", TARGET, trainings, **steering))
    assert job is not None
    return job


def happens(true: Callable[[], Any], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(true())


def found(events: list[Any]) -> Measured:
    told = measured(events)
    assert told is not None
    return told


def whole(training: Training) -> Measured:
    """What a training in this very process tells, in one go."""
    events, state = [], None
    while True:
        chunk = watched((training,), state, {"once": training.steps} if state else {})
        events, state = [*events, *chunk.events], chunk.state
        if chunk.done:
            return found(events)


def kill_worker() -> None:
    executor: Any = pool._pool._executor
    for pid in [*executor._processes]:
        os.kill(pid, signal.SIGKILL)


def test_a_killed_worker_changes_no_number_and_it_is_said(board: Board) -> None:
    longer = LONG.but(steps=12_000)
    job = begun(board, longer)
    assert happens(lambda: job.events and job.working)
    kill_worker()
    assert happens(lambda: job.ended)
    assert (job.status, job.lost_workers) == ("done", 1)
    mine, theirs = found(job.events), whole(longer)
    assert np.array_equal(mine.losses, theirs.losses) and np.array_equal(mine.steps, theirs.steps)
    assert all(np.array_equal(mine.worth[name], theirs.worth[name], equal_nan=True) for name in mine.worth)


def test_a_cancelled_training_keeps_what_it_has_told_and_the_next_one_runs(board: Board) -> None:
    job = begun(board, LONG, speed=50.0)
    assert happens(lambda: job.events)
    board.cancel(job.id)
    kept = len(job.events)
    again = begun(board, LONG.but(seed=1))
    assert happens(lambda: again.ended) and again.status == "done"
    assert job.status == "cancelled" and len(job.events) == kept and found(job.events).losses.shape[0] < LONG.steps


def test_a_closed_tab_ends_its_training(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK_AROUND", 0.05)
    monkeypatch.setattr(room, "LONELY", 0.5)
    monkeypatch.setattr(jobs, "BOARD", board)
    job = begun(board, LONG, speed=50.0)

    async def visit() -> None:
        stream = streams._events(job, 0)
        async for said in stream:
            if "data: [" in said:
                break
        assert job.watchers == 1
        await stream.aclose()  # type: ignore[attr-defined]

    finish(visit)
    assert job.watchers == 0 and happens(lambda: job.ended)
    assert (job.status, job.code) == ("dropped", "nobody_watched")


def test_a_training_beyond_the_memory_of_a_worker_says_so_and_the_worker_lives(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.shutdown()
    monkeypatch.setenv("LRVIZ_WORKER_MB", "1200")
    huge = Training(task=Digits(), model=MLP(depth=6, width=512), batch_size=0, steps=5)
    job = begun(board, *(huge.but(seed=seed) for seed in range(32)))
    assert happens(lambda: job.ended)
    assert (job.status, job.code, job.lost_workers) == ("failed", "memory", 0)
    small = begun(board, LONG)
    assert happens(lambda: small.ended) and small.status == "done"


def test_the_same_link_gives_the_same_numbers_to_the_last_bit_in_any_process(board: Board) -> None:
    one = PRESETS["spirals"].training.but(steps=300)
    job = begun(board, one)
    assert happens(lambda: job.ended)
    mine, theirs = found(job.events), whole(one)
    assert mine.losses.tobytes() == theirs.losses.tobytes()
    assert all(mine.worth[name].tobytes() == theirs.worth[name].tobytes() for name in mine.worth)


@pytest.mark.parametrize("training", [Training(task=Digits()), PRESETS["digits"].training], ids=["default", "preset"])
def test_an_mlp_reads_95_of_100_digits_it_has_never_seen(training: Training) -> None:
    assert cost.seconds([training]) < 3, "and so it trains by itself"
    assert float(whole(training).worth["accuracy_val"][-1, 0]) > 0.95
