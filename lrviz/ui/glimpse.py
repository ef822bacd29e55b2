"""The part of the front door that a worker trains: asked once a server, and kept for every later visitor."""

import asyncio
import logging
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

log = logging.getLogger(__name__)


class Glimpse:
    """Answers {"losses": (T,), "right": share, "shapes": {lesson: its miniature}}, or a code why there is none."""

    def __init__(self) -> None:
        self._asked: asyncio.Future[Any] | None = None

    async def answer(self, request: Request) -> JSONResponse:
        """Answer as soon as the worker has; whoever comes meanwhile waits for the same training."""
        if self._asked is None or (self._asked.done() and self._asked.exception()):
            self._asked = asyncio.wrap_future(jobs.submit("lrviz.train.glimpse:answer"))
        await asyncio.wait([self._asked], timeout=PATIENCE)
        if not self._asked.done() or self._asked.exception():
            log.error("the front door's training failed", exc_info=self._asked.done() and self._asked.exception())
            return JSONResponse({"code": "failed"}, 503, headers=NO_STORE)
        found = self._asked.result()
        learned = miniatures.learned(found["said"], data_of(TrainScene().training.task))
        told = {"losses": found["losses"].tolist(), "right": found["right"], "shapes": {"train": as_sent(learned)}}
        return JSONResponse(told, headers={"Cache-Control": "public, max-age=3600"})
