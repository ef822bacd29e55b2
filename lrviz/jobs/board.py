"""Long jobs in short chunks: taken in turn between visitors, steered, cancelled, found again, and dropped when left.

A job is a pure function called again and again in a worker, `target(spec, state, steering) -> Chunk`: the first time
with the state None, then with the state of the chunk before. So it can go on anywhere, and after a worker's death.
"""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from threading import RLock, Timer
from typing import Any, Literal

from lrviz.jobs.kept import Brought, Kept

MOST_WAITING = 64
MOST_FINISHED = 100
LONGEST = 900.0
"""Seconds of computing that one job may take."""
LONELY = 20.0
"""Seconds after which a job that nobody watches is dropped."""
MOST_BYTES = 64_000_000
"""What the events of one job may hold in all, by their own account."""
REMEMBERED = 900.0
"""Seconds for which a job that has ended and that nobody watches is kept."""
LOOK_AROUND = 2.0

Status = Literal["waiting", "running", "paused", "done", "failed", "cancelled", "dropped"]
ENDED: frozenset[str] = frozenset({"done", "failed", "cancelled", "dropped"})


class Refused(Exception):
    """A job that is not taken on; `code` names the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Chunk:
    """What one call brought: the state to go on from, what to show, how far the job is (0 to 1), whether it is done.

    `rest`: seconds to wait before the next call, for a job that is watched at its own pace.
    """

    state: Any
    events: list[Any] = field(default_factory=list)
    progress: float = 0.0
    done: bool = False
    rest: float = 0.0
    size: int = 0


@dataclass
class Job:
    """One visitor's job: what it is, where it is, and what it has brought so far."""

    id: str
    visitor: str
    target: str
    spec: Any
    state: Any = None
    events: list[Any] = field(default_factory=list)
    status: Status = "waiting"
    code: str = ""
    progress: float = 0.0
    seconds: float = 0.0
    size: int = 0
    lost_workers: int = 0
    steering: dict[str, Any] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    watchers: int = 0
    seen: float = field(default_factory=time.monotonic)
    served: int = 0
    working: bool = False
    resting: bool = False
    keeps: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ENDED

    @property
    def ready(self) -> bool:
        """Whether its next chunk can be worked on now."""
        paused = self.steering.get("paused") and not self.steering.get("once")
        return not (self.ended or self.working or self.resting or paused)


class Board:
    """All jobs of a server: at most one that has not ended a visitor, one chunk each in turn.

    `kept`: what jobs have brought whose spec, a value that can be hashed, decides all of it, for whoever asks next.
    """

    def __init__(self, submit: Callable[..., Future[Any]], slots: Callable[[], int]) -> None:
        self._submit, self._slots = submit, slots
        self.kept = Kept()
        self._lock = RLock()
        self._jobs: dict[str, Job] = {}
        self._served = 0
        self._working = 0
        self._clock: Timer | None = None

    # ------------------------------------------------------------------------------------------- for visitors

    def start(
        self, visitor: str, target: str, spec: Any, *, keeps: bool = False, after: Job | None = None, **steering: Any
    ) -> str:
        """Take a job on and return its id; the visitor's earlier one ends. Raises Refused("queue_full").

        `keeps`: whether what it brings is kept once it is done. `after`: an earlier job of the same spec, whose results
        it goes on from; of one that is done there is nothing to go on with, and it begins anew.
        """
        with self._lock:
            for job in self._jobs.values():
                if job.visitor == visitor and not job.ended and job.watchers <= 1:  # others may be watching it too
                    self._end(job, "cancelled", "replaced")
            if sum(not job.ended for job in self._jobs.values()) >= MOST_WAITING:
                raise Refused("queue_full")
            job = Job(uuid.uuid4().hex[:12], visitor, target, spec, steering=dict(steering), keeps=keeps)
            if after is not None and after.status != "done":
                job.state, job.events = after.state, [*after.events]
                job.progress, job.size = after.progress, after.size
            self._jobs[job.id] = job
            self._forget()
            self._go()
            self._tick()
            return job.id

    def find(self, job: str) -> Job | None:
        """Return a job by its id, None where there is no such job any more; who asks for one keeps it from going."""
        with self._lock:
            if (found := self._jobs.get(job)) and found.ended:
                found.seen = time.monotonic()
            return found

    def alike(self, target: str, spec: Any) -> Job | None:
        """Return a job of exactly this spec, whoever started it: one done or under way, else what an ended one left.

        It counts as new again, so that what is asked for is the last to be forgotten.
        """
        with self._lock:
            same = [job for job in self._jobs.values() if job.target == target and job.spec == spec]
            same.sort(key=lambda job: (job.status == "done" or not job.ended, job.progress))
            if not same:
                return None
            self._jobs[same[-1].id] = self._jobs.pop(same[-1].id)
            return same[-1]

    def earlier(self, visitor: str, target: str, spec: Any) -> list[Job]:
        """Return what this visitor has had computed of exactly this spec, the newest first."""
        with self._lock:
            mine = [job for job in self._jobs.values() if job.visitor == visitor and job.target == target]
            return [job for job in reversed(mine) if job.spec == spec]

    def cancel(self, job: str) -> None:
        """End a job; what is being worked on is thrown away."""
        with self._lock:
            if (found := self._jobs.get(job)) and not found.ended:
                self._end(found, "cancelled", "cancelled")

    def steer(self, job: str, **steering: Any) -> None:
        """Change what the next chunk gets told: `paused`, `once` (so many steps and no more), and the job's own."""
        with self._lock:
            if (found := self._jobs.get(job)) and not found.ended:
                found.steering |= steering
                found.resting = False
                if not found.working:
                    found.status = "paused" if found.steering.get("paused") else "waiting"
                self._go()

    def ahead(self, job: str) -> int:
        """Return how many other jobs share the workers with this one."""
        with self._lock:
            return sum(not other.ended and other.id != job for other in self._jobs.values())

    def watch(self, job: str, by: int = 1) -> None:
        """Count somebody who begins (1) or ceases (-1) to watch."""
        with self._lock:
            if found := self._jobs.get(job):
                found.watchers += by
                found.seen = time.monotonic()

    def seconds_left(self, job: str) -> float | None:
        """Return about how long a job will still take, going by how long it has, None where that says nothing yet."""
        with self._lock:
            found = self._jobs.get(job)
            if found is None or found.ended or found.progress < 0.02:
                return None
            turns = max(1.0, sum(other.ready or other.working for other in self._jobs.values()) / max(1, self._slots()))
            return found.seconds * (1 / found.progress - 1) * turns

    # ------------------------------------------------------------------------------------------- chunks

    def _go(self) -> None:
        """Hand out chunks while there are free workers and jobs that can use them, each visitor in turn."""
        while self._working < self._slots():
            ready = [job for job in self._jobs.values() if job.ready]
            if not ready:
                return
            self._work(min(ready, key=lambda job: job.served))

    def _work(self, job: Job) -> None:
        job.working, job.status = True, "running"
        self._working += 1
        self._served += 1
        job.served = self._served
        told, began = dict(job.steering), time.monotonic()
        job.steering.pop("once", None)
        try:
            future = self._submit(job.target, job.spec, job.state, told, retries=0)
        except Exception as error:  # a pool that cannot take anything: the job's own failure, not the page's
            future = Future()
            future.set_exception(error)
        future.add_done_callback(lambda done: self._done(job, done, began))

    def _done(self, job: Job, done: Future[Any], began: float) -> None:
        with self._lock:
            self._working -= 1
            job.working = False
            job.seconds += time.monotonic() - began
            if not job.ended:
                error = done.exception()
                self._failed(job, error) if error is not None else self._take(job, done.result())
            self._go()

    def _take(self, job: Job, chunk: Chunk) -> None:
        job.state, job.progress = chunk.state, chunk.progress
        job.events += chunk.events
        job.size += chunk.size
        if chunk.done:
            if job.keeps:
                self.kept.put((job.target, job.spec), Brought(tuple(job.events), job.seconds, job.size))
            self._end(job, "done", "done")
        elif job.seconds > LONGEST or job.size > MOST_BYTES:
            self._end(job, "failed", "too_long" if job.seconds > LONGEST else "too_much")
        else:
            job.status = "paused" if job.steering.get("paused") else "waiting"
            if chunk.rest > 0 and not job.steering.get("paused"):
                job.resting = True
                self._after(chunk.rest, lambda: self._wake(job))

    def _failed(self, job: Job, error: BaseException) -> None:
        """A worker that died is replaced: the chunk is tried again, once, from the same state."""
        if isinstance(error, BrokenProcessPool) and not job.lost_workers:
            job.lost_workers += 1
            job.status = "waiting"
            return
        memory = isinstance(error, MemoryError) or "allocate" in str(error)
        died = isinstance(error, BrokenProcessPool)
        self._end(job, "failed", "memory" if memory else "worker_died" if died else "broke")

    def _wake(self, job: Job) -> None:
        with self._lock:
            job.resting = False
            self._go()

    def _end(self, job: Job, status: Status, code: str) -> None:
        """End a job; what it has brought is kept for who wants to go on from there."""
        job.status, job.code = status, code

    # ------------------------------------------------------------------------------------------- tidying up

    def _after(self, seconds: float, act: Callable[[], None]) -> Timer:
        timer = Timer(seconds, act)
        timer.daemon = True
        timer.start()
        return timer

    def _tick(self) -> None:
        if self._clock is None and self._jobs:
            self._clock = self._after(LOOK_AROUND, self._look_around)

    def _look_around(self) -> None:
        """Drop the jobs whose visitors have gone; forget those that have ended long ago, with all they hold."""
        with self._lock:
            self._clock = None
            now = time.monotonic()
            for job in [*self._jobs.values()]:
                left = 0.0 if job.watchers else now - job.seen
                if not job.ended and left > LONELY:
                    self._end(job, "dropped", "nobody_watched")
                elif job.ended and left > REMEMBERED:
                    del self._jobs[job.id]
            self._go()
            self._tick()

    def _forget(self) -> None:
        """Keep the newest of the jobs that have ended, and of every visitor the last one: it may be on a screen.

        Those that are done stay before those that came to nothing.
        """
        last = {job.visitor: job.id for job in self._jobs.values()}.values()
        ended = [job for job in self._jobs.values() if job.ended and not job.watchers and job.id not in last]
        ended.sort(key=lambda job: job.status == "done")
        for job in [job.id for job in ended][: max(0, len(ended) - MOST_FINISHED)]:
            del self._jobs[job]
