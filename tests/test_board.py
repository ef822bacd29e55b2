"""Long jobs in chunks: taken in turn, steered, cancelled, dropped, and gone on with after a worker's death."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lrviz import jobs
from lrviz.jobs import Board, Chunk, Refused, pool
from lrviz.jobs import board as room
from lrviz.jobs.chunks import submit_chunk

SECONDS = 60.0


class Hand:
    """A pool whose chunks are worked on when the test says so, in this thread."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], str, tuple[Any, ...]]] = []
        self.taken: list[str] = []

    def submit(self, target: str, *args: Any, retries: int = 1) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, target, args))
        return future

    def work(self, count: int = 1) -> None:
        for _ in range(count):
            future, target, args = self.waiting.pop(0)
            self.taken.append(args[0])
            try:
                future.set_result(counted(*args) if target == "count" else broken())
            except Exception as error:
                future.set_exception(error)


def counted(spec: str, state: int | None, steering: dict[str, Any]) -> Chunk:
    """Count to five, one a chunk."""
    at = (state or 0) + 1
    return Chunk(at, [{"at": at, "told": steering}], at / 5, done=at == 5)


def broken() -> Chunk:
    raise RuntimeError("DefaultCPUAllocator: can't allocate memory")


@pytest.fixture
def hand() -> Hand:
    return Hand()


def made(hand: Hand, slots: int = 1) -> Board:
    return Board(hand.submit, lambda: slots)


def test_a_job_is_called_again_with_its_own_state_until_it_is_done(hand: Hand) -> None:
    board = made(hand)
    job = board.find(board.start("ann", "count", "a"))
    assert job is not None and job.status == "running"
    hand.work(3)
    assert [event["at"] for event in job.events] == [1, 2, 3] and job.progress == 0.6
    hand.work(2)
    assert (job.status, job.state, hand.waiting) == ("done", 5, [])


def test_visitors_take_turns_and_a_worker_has_one_chunk_at_a_time(hand: Hand) -> None:
    board = made(hand)
    for visitor in "abc":
        board.start(visitor, "count", visitor)
    assert len(hand.waiting) == 1
    hand.work(7)
    assert hand.taken == list("abcabca")
    two = made(other := Hand(), slots=2)
    for visitor in "abc":
        two.start(visitor, "count", visitor)
    assert len(other.waiting) == 2


def test_a_visitor_has_one_job_and_a_new_one_ends_the_old(hand: Hand) -> None:
    board = made(hand)
    old = board.find(board.start("ann", "count", "old"))
    new = board.find(board.start("ann", "count", "new"))
    assert old is not None and (old.status, old.code) == ("cancelled", "replaced")
    hand.work(6)
    assert old.events == [] and new is not None and new.status == "done"


def test_a_full_queue_refuses_and_says_so(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    board = made(hand)
    first = board.start("a", "count", "a")
    board.start("b", "count", "b")
    with pytest.raises(Refused) as refused:
        board.start("c", "count", "c")
    assert refused.value.code == "queue_full"
    board.cancel(first)
    assert board.start("c", "count", "c") and board.ahead(first) == 2


def test_a_cancelled_job_keeps_what_it_brought_and_its_chunk_in_work_is_thrown_away(hand: Hand) -> None:
    board = made(hand)
    job = board.find(board.start("ann", "count", "a"))
    assert job is not None
    hand.work()
    board.cancel(job.id)
    hand.work()
    assert (job.status, len(job.events), hand.waiting) == ("cancelled", 1, [])
    board.cancel(job.id)
    board.cancel("unheard of")


def test_a_paused_job_waits_takes_single_steps_and_goes_on(hand: Hand) -> None:
    board = made(hand)
    job = board.find(board.start("ann", "count", "a"))
    assert job is not None
    board.steer(job.id, paused=True)
    hand.work()
    assert (job.status, hand.waiting) == ("paused", [])
    board.steer(job.id, once=1)
    hand.work()
    assert (job.status, hand.waiting) == ("paused", []) and job.events[-1]["told"] == {"paused": True, "once": 1}
    board.steer(job.id, paused=False)
    hand.work(3)
    assert job.status == "done"


def test_a_job_out_of_memory_fails_by_that_name_and_the_next_runs(hand: Hand) -> None:
    board = made(hand)
    lost = board.find(board.start("ann", "allocate", "a"))
    well = board.find(board.start("bob", "count", "b"))
    hand.work(6)
    assert lost is not None and (lost.status, lost.code) == ("failed", "memory")
    assert well is not None and well.status == "done"


def test_a_job_that_takes_too_long_or_brings_too_much_is_ended(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in (("LONGEST", "too_long"), ("MOST_BYTES", "too_much")):
        with monkeypatch.context() as limits:
            limits.setattr(room, name, -1)
            board = made(hand)
            job = board.find(board.start("ann", "count", "a"))
            hand.work()
            assert job is not None and (job.status, job.code) == ("failed", code)


def test_a_job_that_nobody_watches_is_dropped(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK_AROUND", 0.02)
    monkeypatch.setattr(room, "LONELY", 0.1)
    board = made(hand)
    watched, left = (board.find(board.start(visitor, "count", visitor)) for visitor in "ab")
    assert watched and left
    board.watch(watched.id)
    assert happens(lambda: left.ended) and (left.status, watched.ended) == ("dropped", False)
    board.watch(watched.id, -1)
    assert happens(lambda: watched.ended)


def test_the_oldest_ended_jobs_are_forgotten_but_not_a_visitors_last(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_FINISHED", 1)
    board = made(hand)
    mine = [board.start("a", "count", "a") for _ in range(3)]
    other = board.start("b", "count", "b")
    for job in (*mine, other):
        board.cancel(job)
    board.start("c", "count", "c")
    assert [board.find(job) is None for job in (*mine, other)] == [True, False, False, False]


def test_what_ended_long_ago_is_forgotten_with_all_it_holds(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK_AROUND", 0.02)
    monkeypatch.setattr(room, "REMEMBERED", 0.3)
    board = made(hand)
    job = board.start("ann", "count", "a")
    board.cancel(job)
    assert board.find(job) is not None
    time.sleep(0.2)
    assert board.find(job) is not None, "who asks for it keeps it"
    time.sleep(0.2)
    assert board.find(job) is not None
    assert happens(lambda: not board._jobs)


# --- real workers ---


@pytest.fixture(scope="module")
def real() -> Iterator[Board]:
    yield Board(submit_chunk, lambda: 1)
    jobs.shutdown()


def slowly(spec: str, state: int | None, steering: dict[str, Any]) -> Chunk:
    """Count to five, slowly; the first time it comes to three, the worker dies."""
    mark = Path(spec)
    at = (state or 0) + 1
    if at == 3 and not mark.exists():
        mark.touch()
        os._exit(3)
    return Chunk(at, [at], at / 5, done=at == 5)


def always(spec: str, state: int | None, steering: dict[str, Any]) -> Chunk:
    os._exit(3)


def paced(spec: str, state: float | None, steering: dict[str, Any]) -> Chunk:
    """Two chunks, with a rest between."""
    return Chunk(1.0, [time.monotonic()], done=state is not None, rest=0.3)


def happens(true: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def test_a_job_goes_on_after_its_worker_died_with_the_same_numbers(real: Board, tmp_path: Path) -> None:
    job = real.find(real.start("ann", f"{__name__}:slowly", str(tmp_path / "mark")))
    assert job and happens(lambda: job.ended)
    assert (job.status, job.events, job.lost_workers) == ("done", [1, 2, 3, 4, 5], 1)


def test_a_job_that_kills_every_worker_fails_and_says_so(real: Board) -> None:
    job = real.find(real.start("ann", f"{__name__}:always", ""))
    assert job and happens(lambda: job.ended) and (job.status, job.code) == ("failed", "worker_died")
    assert jobs.submit("operator:add", 1, 1).result(SECONDS) == 2


def test_a_job_at_its_own_pace_rests_between_chunks(real: Board) -> None:
    job = real.find(real.start("ann", f"{__name__}:paced", ""))
    assert job and happens(lambda: job.ended)
    first, second = job.events
    assert second - first >= 0.3


# --- a cluster instead of this machine's workers ---


def test_a_cluster_takes_the_chunks_and_a_lost_worker_changes_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    # A page's test leaves its own script there, which the new processes of the cluster would run.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        monkeypatch.setenv("LRVIZ_DASK", cluster.scheduler_address)
        own = pool._Pool()
        monkeypatch.setattr(pool, "_pool", own)
        board = Board(submit_chunk, lambda: 2)
        job = board.find(board.start("ann", f"{__name__}:slowly", str(tmp_path / "mark")))
        assert job and happens(lambda: job.ended)
        assert (job.status, job.events) == ("done", [1, 2, 3, 4, 5])
        assert (tmp_path / "mark").exists()
        own.shutdown()


# --- shared between visitors, and gone on with ---


def test_the_next_visitor_finds_a_job_of_exactly_the_same_spec(hand: Hand) -> None:
    board = made(hand)
    assert board.alike("count", "a") is None
    job = board.find(board.start("ann", "count", "a"))
    assert job is not None and board.alike("count", "a") is job
    assert board.alike("count", "b") is None and board.alike("other", "a") is None
    hand.work(5)
    assert board.alike("count", "a") is job and job.status == "done"


def test_what_a_visitor_had_computed_before_is_found_the_newest_first(hand: Hand) -> None:
    board = made(hand)
    first, _, again, _ = (
        board.start(who, "count", spec) for who, spec in (("ann", "a"), ("ann", "b"), ("ann", "a"), ("bob", "a"))
    )
    assert [job.id for job in board.earlier("ann", "count", "a")] == [again, first]
    assert board.earlier("ann", "other", "a") == board.earlier("bob", "count", "b") == []


def test_what_an_ended_job_left_is_gone_on_with(hand: Hand) -> None:
    board = made(hand)
    old = board.find(board.start("ann", "count", "a"))
    assert old is not None
    hand.work(2)
    board.cancel(old.id)
    hand.work()
    left = board.alike("count", "a")
    assert left is old and (old.state, len(old.events)) == (2, 2)
    new = board.find(board.start("bob", "count", "a", after=left))
    assert new is not None and (new.progress, [event["at"] for event in new.events]) == (0.4, [1, 2])
    hand.work(3)
    assert new.status == "done" and [event["at"] for event in new.events] == [1, 2, 3, 4, 5]
    assert len(old.events) == 2 and board.alike("count", "a") is new
    anew = board.find(board.start("bob", "count", "a", after=new))
    assert anew is not None and (anew.progress, anew.events) == (0.0, [])


def test_a_job_that_others_watch_goes_on_when_its_visitor_starts_another(hand: Hand) -> None:
    board = made(hand)
    shared, own = board.find(board.start("ann", "count", "a")), None
    assert shared is not None
    board.watch(shared.id)
    board.watch(shared.id)
    board.start("ann", "count", "b")
    assert not shared.ended
    board.watch(shared.id, -1)
    own = board.find(board.start("ann", "count", "c"))
    assert shared.code == "replaced" and own is not None and not own.ended


def test_what_is_asked_for_is_the_last_to_be_forgotten(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_FINISHED", 2)
    board = made(hand)
    ids = []
    for spec in "abc":
        ids.append(board.start("ann", "count", spec))
        hand.work(5)
        board.alike("count", "a")
    board.start("ann", "count", "d")
    assert [board.find(job) is None for job in ids] == [False, True, False]


def test_jobs_that_came_to_nothing_are_forgotten_before_those_that_are_done(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_FINISHED", 1)
    board = made(hand)
    done = board.start("ann", "count", "done")
    hand.work(5)
    for spec in "abc":
        board.cancel(board.start("ann", "count", spec))
    hand.work()
    board.start("ann", "count", "d")
    assert board.find(done) is not None
