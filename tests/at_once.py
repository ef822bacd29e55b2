"""Jobs worked off here and now, chunk after chunk, so that a page finds them done."""

from collections.abc import Iterator
from concurrent.futures import Future
from importlib import import_module
from typing import Any

import pytest

from lrviz import jobs


def worked(target: str, *args: Any, retries: int = 1) -> Future[Any]:
    """Call the function a target names, as a worker would."""
    future: Future[Any] = Future()
    module, _, name = target.partition(":")
    try:
        future.set_result(getattr(import_module(module), name)(*args))
    except Exception as error:
        future.set_exception(error)
    return future


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every job is done as soon as it is started."""
    monkeypatch.setattr(jobs.BOARD, "_submit", worked)
    monkeypatch.setattr(jobs.BOARD, "_slots", lambda: 1)
    jobs.BOARD._jobs.clear()
    yield
    jobs.BOARD._jobs.clear()
