"""The parts of the front door that a worker trains: each asked once a server, and kept for every later visitor."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from lrviz import jobs
from lrviz.figures import miniatures
from lrviz.train.scene import TrainScene
from lrviz.train.training import data_of
from lrviz.ui.gallery import as_sent

PATIENCE = 30.0  # seconds
NO_STORE = {"Cache-Control": "no-store"}
ONE_HOUR = {"Cache-Control": "public, max-age=3600"}

log = logging.getLogger(__name__)


def _demonstration(found: Mapping[str, Any]) -> dict[str, Any]:
    learned = miniatures.learned(found["said"], data_of(TrainScene().training.task))
    return {"losses": found["losses"].tolist(), "right": found["right"], "shapes": {"train": as_sent(learned)}}


def _shapes(lesson: str, picture: Callable[..., Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda found: {"shapes": {lesson: as_sent(picture(**found))}}


TOLD: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "demonstration": _demonstration,
    "finder": _shapes("finder", miniatures.range_test),
    "sweep": _shapes("sweep", miniatures.sweep),
}
"""What a browser is told of each answer of lrviz.train.glimpse."""


class Glimpses:
    """Answers {"shapes": {lesson: its miniature}} and what else there is to tell, or a code why there is none."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Future[Any]] = {}

    async def answer(self, request: Request) -> JSONResponse:
        """Answer as soon as the worker has; whoever comes meanwhile waits for the same training."""
        name = request.path_params["name"]
        if name not in TOLD:
            return JSONResponse({"code": "unknown"}, 404, headers=NO_STORE)
        asked = self._asked.get(name)
        if asked is None or (asked.done() and asked.exception()):
            asked = self._asked[name] = asyncio.wrap_future(jobs.submit(f"lrviz.train.glimpse:{name}"))
        await asyncio.wait([asked], timeout=PATIENCE)
        if not asked.done() or asked.exception():
            log.error("the front door's %s failed", name, exc_info=asked.done() and asked.exception())
            return JSONResponse({"code": "failed"}, 503, headers=NO_STORE)
        return JSONResponse(TOLD[name](asked.result()), headers=ONE_HOUR)
