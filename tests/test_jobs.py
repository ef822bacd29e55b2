"""Jobs run elsewhere, politely, and outlive a worker that dies."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from loky.process_executor import TerminatedWorkerError

from lrviz import jobs
from tests.running_server import ROOT

SECONDS = 60.0


@pytest.fixture(autouse=True, scope="module")
def no_worker_is_left() -> Iterator[None]:
    yield
    jobs.shutdown()


def die_once(mark: str) -> str:
    """A job that kills its worker the first time and answers the second time."""
    if not Path(mark).exists():
        Path(mark).touch()
        os._exit(3)
    return "answered"


def test_a_job_runs_in_another_process_that_stays_for_the_next() -> None:
    first, second = (jobs.submit("os:getpid").result(SECONDS) for _ in range(2))
    assert first == second != os.getpid()


def test_a_job_asked_for_in_another_thread_goes_to_the_same_worker() -> None:
    asked_here = jobs.submit("os:getpid").result(SECONDS)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: jobs.submit("os:getpid").result(SECONDS)).result(SECONDS) == asked_here


def test_an_answer_that_cannot_travel_is_an_error_and_not_a_silence() -> None:
    with pytest.raises(Exception, match="pickle"):
        jobs.submit("threading:Lock").result(SECONDS)


def test_arguments_and_answers_travel() -> None:
    assert jobs.submit("operator:add", (1, "two"), (3.0,)).result(SECONDS) == (1, "two", 3.0)


def test_a_worker_is_polite_and_uses_one_thread() -> None:
    assert jobs.submit("torch:get_num_threads").result(SECONDS) == 1
    if hasattr(os, "getpriority"):
        assert jobs.submit("os:getpriority", os.PRIO_PROCESS, 0).result(SECONDS) >= 10


def test_the_process_that_asks_never_imports_the_target() -> None:
    ask = "from lrviz import jobs; jobs.submit('lrviz.device:name').result(60); jobs.shutdown()"
    told = subprocess.run(
        [sys.executable, "-c", f"{ask}; import sys; print('torch' in sys.modules, 'lrviz.device' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    assert (told.stdout.strip(), told.stderr) == ("False False", "")


def test_an_error_of_the_job_comes_back_as_itself() -> None:
    with pytest.raises(ZeroDivisionError):
        jobs.submit("operator:truediv", 1, 0).result(SECONDS)


@pytest.mark.parametrize("target", ["", "os", "os:", ":getpid"])
def test_a_target_without_module_or_function_is_refused(target: str) -> None:
    with pytest.raises(ValueError):
        jobs.submit(target)


def test_a_job_whose_worker_died_is_tried_once_more(tmp_path: Path) -> None:
    assert jobs.submit(f"{__name__}:die_once", str(tmp_path / "mark")).result(SECONDS) == "answered"


def test_a_job_that_kills_every_worker_fails_and_the_next_one_runs() -> None:
    with pytest.raises(TerminatedWorkerError):
        jobs.submit("os:_exit", 3).result(SECONDS)
    assert jobs.submit("operator:add", 1, 1).result(SECONDS) == 2


def test_jobs_behind_one_that_dies_are_answered_too(tmp_path: Path) -> None:
    dying = jobs.submit(f"{__name__}:die_once", str(tmp_path / "mark"))
    behind = [jobs.submit("operator:add", i, i) for i in range(5)]
    assert dying.result(SECONDS) == "answered"
    assert [job.result(SECONDS) for job in behind] == [0, 2, 4, 6, 8]


def test_shutdown_stops_a_running_job_and_the_next_one_gets_a_new_worker() -> None:
    before = jobs.submit("os:getpid").result(SECONDS)
    running = jobs.submit("time:sleep", SECONDS)
    time.sleep(0.1)
    started = time.monotonic()
    jobs.shutdown()
    with pytest.raises(RuntimeError):
        running.result(SECONDS)
    assert time.monotonic() - started < SECONDS / 2
    assert jobs.submit("os:getpid").result(SECONDS) != before


def test_jobs_without_an_answer_are_counted_and_one_that_fails_is_not_waited_for() -> None:
    asked = [jobs.submit("time:sleep", 0.2), jobs.submit("operator:truediv", 1, 0)]
    assert jobs.waiting() == 2
    for job in asked:
        job.exception(SECONDS)
    deadline = time.monotonic() + SECONDS
    while jobs.waiting() and time.monotonic() < deadline:  # counted just after the answer is there
        time.sleep(0.01)
    assert jobs.waiting() == 0
