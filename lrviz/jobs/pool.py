"""Named functions run by polite workers: on this machine, or on a cluster where LRVIZ_DASK names its scheduler.

A target is written "module:function" and is imported by the worker only, so whatever it imports (torch, above all)
never enters the process that serves the pages.
"""

import gc
import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from threading import Lock
from typing import Any

from loky import ProcessPoolExecutor

try:
    import resource
except ImportError:  # Windows
    resource = None

WORKERS = int(os.environ.get("LRVIZ_WORKERS", "0")) or max(1, min(4, (os.cpu_count() or 2) - 1))
"""One core is left to the pages; each worker takes about 300 MB."""
CLUSTER = "LRVIZ_DASK"
"""The environment variable with the address of a dask scheduler, such as tcp://10.0.0.1:8786."""
MOST_MEMORY = int(os.environ.get("LRVIZ_WORKER_MB", "4096")) * 2**20
"""What a worker may hold; beyond it an allocation fails, and the job with it, but neither worker nor server."""
IDLE_SECONDS = 600.0  # then a worker gives its memory back; one whose server was killed goes then, too
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class _Pool:
    """The executor all visitors share, replaced when a worker has died.

    loky's own `get_reusable_executor` keeps one executor per *thread*, and Streamlit runs every script in a thread of
    its own, so each visitor would get a worker: hence one executor here, behind a lock.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._executor: Executor | None = None
        self.waiting = 0

    def count(self, by: int) -> None:
        """Count a job that begins to wait, or one that has its answer."""
        with self._lock:
            self.waiting += by

    def start(self, target: str, args: tuple[Any, ...]) -> tuple[Executor, Future[Any]]:
        """Hand a target to the current executor, making one if there is none; a broken one is replaced."""
        with self._lock:
            executor = self._executor or _new_executor()
            try:
                inner = executor.submit(_call, target, args)
            except (BrokenProcessPool, RuntimeError):  # it broke or closed before anyone had noticed
                executor = _new_executor()
                inner = executor.submit(_call, target, args)
            self._executor = executor
            return executor, inner

    def discard(self, executor: Executor) -> None:
        """Forget a broken executor, unless somebody has replaced it already."""
        with self._lock:
            if self._executor is executor:
                self._executor = None

    def shutdown(self) -> None:
        """Stop the workers, whatever they are doing."""
        with self._lock:
            executor, self._executor = self._executor, None
        if isinstance(executor, ProcessPoolExecutor):
            executor.shutdown(wait=True, kill_workers=True)
        elif executor is not None:
            executor.shutdown(wait=False)


_pool = _Pool()


def submit(target: str, *args: Any, retries: int = 1) -> Future[Any]:
    """Run the function named by `target` ("module:function") in a worker and return the future of its answer.

    Arguments and answer travel by pickle. A worker that dies takes its executor with it: the job is tried again on a
    fresh one, `retries` times, and only then does the future fail, with loky's TerminatedWorkerError. The future cannot
    be cancelled: whoever stops waiting just leaves.

    Raises: ValueError when `target` does not read "module:function".
    """
    if not all(target.partition(":")):
        raise ValueError(target)
    answer: Future[Any] = Future()
    # Marked as running at once: loky's manager thread stumbles over cancelled futures when its executor ends.
    answer.set_running_or_notify_cancel()
    _pool.count(1)
    answer.add_done_callback(lambda _: _pool.count(-1))
    _attempt(answer, target, args, retries)
    return answer


def waiting() -> int:
    """Return how many jobs have no answer yet, whoever asked."""
    return _pool.waiting


def shutdown() -> None:
    """Stop the workers, whatever they are doing; the next `submit` starts a new one."""
    _pool.shutdown()
    gc.collect()  # loky gives its semaphores back only when its queues are collected


def _attempt(answer: Future[Any], target: str, args: tuple[Any, ...], retries: int) -> None:
    executor, inner = _pool.start(target, args)

    def settle(done: Future[Any]) -> None:
        error = done.exception()
        if error is None:
            answer.set_result(done.result())
            return
        if isinstance(error, BrokenProcessPool):
            _pool.discard(executor)
            if retries:
                _attempt(answer, target, args, retries - 1)
                return
        answer.set_exception(error)

    inner.add_done_callback(settle)


def _new_executor() -> Executor:
    if address := os.environ.get(CLUSTER):
        return _Cluster(address)
    return ProcessPoolExecutor(max_workers=WORKERS, timeout=IDLE_SECONDS, initializer=_settle_in, env=ONE_THREAD)


class _Cluster(Executor):
    """An executor on a dask cluster, whose workers need this app on their path; it replaces those that die."""

    def __init__(self, address: str) -> None:
        from dask.distributed import Client

        self._client = Client(address, set_as_default=False)
        self._executor = self._client.get_executor(pure=False, retries=2)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function on the cluster."""
        return self._executor.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, with the thread that listened to it."""
        self._executor.shutdown(wait=wait)
        self._client.close()


def slots() -> int:
    """Return how many functions can be worked on at a time; with 0, nothing that waits is begun."""
    return int(os.environ.get("LRVIZ_SLOTS", WORKERS))


def _settle_in() -> None:
    """Make a new worker polite: pages go first, Ctrl-C is the server's to handle, and memory has a bound."""
    if hasattr(os, "nice"):
        os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if resource and not os.path.exists("/dev/nvidiactl"):  # CUDA sets aside far more addresses than it uses
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _call(target: str, args: tuple[Any, ...]) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)(*args)
