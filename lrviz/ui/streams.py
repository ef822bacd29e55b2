"""Live measurements of a job, as server-sent events, and the way to steer it: neither reruns a page."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from lrviz import jobs
from lrviz.jobs import Job

PACE, FIRST_PACE = 0.1, 0.02
"""Seconds between looks for something new: fast enough for the eye, and a hundred watchers cost next to nothing; and
until the first thing there is to see."""
SILENCE = 15.0
"""Seconds after which a line is sent to keep proxies from closing a quiet stream."""
LONGEST_BODY = 2_000
STEERED: dict[str, type] = {"paused": bool, "once": int, "speed": float, "rate": float, "cancel": bool}
HIGHEST_RATE = 1e3
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def routes() -> list[Route]:
    """The addresses below /api/jobs."""
    return [Route("/jobs/{job}/stream", _stream), Route("/jobs/{job}", _steer, methods=["POST"])]


async def _stream(request: Request) -> Response:
    """Send a job's events from number `from` on, then new ones as they come, and `end` with what became of it."""
    job = jobs.BOARD.find(request.path_params["job"])
    if job is None:
        return Response(status_code=404, headers=HEADERS)
    given = request.query_params.get("from", "0")
    return StreamingResponse(
        _events(job, int(given) if given.isdecimal() and len(given) < 10 else 0),
        media_type="text/event-stream",
        headers=HEADERS,
    )


async def _events(job: Job, sent: int) -> AsyncIterator[str]:
    jobs.BOARD.watch(job.id)
    try:
        standing, quiet = "", 0.0
        while True:
            ended = job.ended  # looked at before the events: what came with the end is sent before it
            new = job.events[sent:]
            if new:
                sent += len(new)
                yield f"id: {sent}\ndata: {json.dumps(new, separators=(',', ':'))}\n\n"
            if (now := json.dumps(_standing(job))) != standing:
                standing, quiet = now, 0.0
                yield f"event: status\ndata: {now}\n\n"
            if ended:
                yield f"event: end\ndata: {standing}\n\n"
                return
            pace = PACE if sent or quiet > 1.0 else FIRST_PACE
            await asyncio.sleep(pace)
            quiet += pace
            if quiet > SILENCE:
                quiet = 0.0
                yield ": still here\n\n"
    finally:
        jobs.BOARD.watch(job.id, -1)


def _standing(job: Job) -> dict[str, Any]:
    status = "running" if job.status == "waiting" and job.served else job.status
    known = {"status": status, "code": job.code, "progress": round(job.progress, 4), "lost_workers": job.lost_workers}
    left = jobs.BOARD.seconds_left(job.id)
    return known | {"ahead": jobs.BOARD.ahead(job.id), "left": None if left is None else math.ceil(left)}


async def _steer(request: Request) -> Response:
    """Take {"key", "paused", "once", "speed", "rate", "cancel"}: only who started a job has its key."""
    job, told = jobs.BOARD.find(request.path_params["job"]), await _body(request)
    if job is None or told is None:
        return Response(status_code=404 if job is None else 400)
    if told.pop("key", None) != job.key:
        return Response(status_code=403)
    if told.pop("cancel", False):
        jobs.BOARD.cancel(job.id)
    else:
        jobs.BOARD.steer(job.id, **told)
    return Response(status_code=204)


async def _body(request: Request) -> dict[str, Any] | None:
    """Return what a browser told, or None where it is not of the expected form."""
    body = await request.body()
    try:
        told = json.loads(body) if len(body) <= LONGEST_BODY else None
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    return told if all(name == "key" or _fits(name, value) for name, value in told.items()) else None


def _fits(name: str, value: Any) -> bool:
    wanted = STEERED.get(name)
    if wanted is float:
        return value is None or (
            type(value) in (int, float) and 0 <= value <= (HIGHEST_RATE if name == "rate" else 1e9)
        )
    return type(value) is wanted and (wanted is bool or 0 < value <= 100_000)
