"""What the server offers beside the pages: answers from workers, the chart library, safe headers, a quick start."""

import ast
import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from lrviz import jobs
from lrviz.ui import glimpse, grids, scripts, streams, vendor
from lrviz.ui.headers import SafeHeaders

ROOT = Path(__file__).resolve().parents[2]
LONGEST_ADDRESS = 32_768  # characters after the "?": a metric of 2,000 values fits
MOST_WAITING = 32
PATIENCE = 60.0  # seconds
NO_STORE = {"Cache-Control": "no-store"}

log = logging.getLogger(__name__)


def routes() -> list[BaseRoute]:
    """The addresses beside Streamlit's own; anything else under /vendor, /scripts and /api is a 404, not a page."""
    questions = Questions()
    return [
        *scripts.routes(),
        Mount("/vendor", routes=[Route("/plotly.min.js", vendor.plotly_script)]),
        Mount(
            "/api",
            routes=[
                Route("/check", questions.check),
                Route("/device", questions.device),
                Route("/glimpse/{name}", glimpse.Glimpses().answer),
                Route("/surface", grids.surface_grid),
                *streams.routes(),
            ],
        ),
    ]


def middleware() -> list[Middleware]:
    """Safe headers on every answer."""
    return [Middleware(SafeHeaders)]


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Import what the pages need before the first visitor, and take it out of the garbage collector's sight.

    Every later full collection walks only what is newer than this moment: 0 ms instead of 30 to 150 ms.
    """
    warm_up()
    gc.collect()
    gc.freeze()
    asyncio.get_running_loop().run_in_executor(None, vendor.plotly_gzipped)
    yield
    jobs.shutdown()


def apologise(error: Exception) -> bool:
    """Log what went wrong in a page and tell the visitor in a sentence; True says that nothing else need be shown."""
    from lrviz.ui import frame  # registers components, which is for a running server only

    log.error("a page failed", exc_info=error)
    frame.apologise()
    return True


def warm_up() -> None:
    """Import every module that the entry script and the pages import, so that no visitor waits for it."""
    for script in (ROOT / "lrviz" / "ui" / "main.py", *sorted((ROOT / "pages").glob("*.py"))):
        for module in imported_by(script):
            import_module(module)


def imported_by(script: Path) -> list[str]:
    """Names of the modules a script imports, wherever in it; `from lrviz.ui import chart` counts as lrviz.ui.chart."""
    names: list[str] = []
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if _is_module(name)]


def _is_module(name: str) -> bool:
    parent = name.rpartition(".")[0]
    if parent and not hasattr(import_module(parent), "__path__"):
        return False
    return find_spec(name) is not None


class Questions:
    """Answers that need a worker: never more than MOST_WAITING jobs at once, each waited for PATIENCE seconds.

    Every answer is {"code", "values", "tone"}: the page has the words for the code.
    """

    def __init__(self) -> None:
        self._waiting = 0

    async def check(self, request: Request) -> JSONResponse:
        """Compare the schedule in the address with the real torch scheduler."""
        if len(request.url.query) > LONGEST_ADDRESS:
            return refusal("too_long", 414)
        return await self._ask("lrviz.verify:check", dict(request.query_params))

    async def device(self, request: Request) -> JSONResponse:
        """Name the device the workers compute on."""
        return await self._ask("lrviz.device:answer")

    async def _ask(self, target: str, *args: Any) -> JSONResponse:
        if self._waiting >= MOST_WAITING:
            return refusal("busy", 503)
        job = self._start(target, args)
        await asyncio.wait([job], timeout=PATIENCE)
        if not job.done():
            return refusal("timeout", 503)
        error = job.exception()
        if error is not None:
            log.error("%s failed", target, exc_info=error)
            return refusal("failed", 500)
        return JSONResponse(job.result(), headers=NO_STORE)

    def _start(self, target: str, args: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Begin a job; it counts as waiting until it is done, even when its visitor has stopped waiting for it."""
        self._waiting += 1
        job = asyncio.wrap_future(jobs.submit(target, *args))
        job.add_done_callback(self._finished)
        return job

    def _finished(self, job: asyncio.Future[Any]) -> None:
        self._waiting -= 1
        if not job.cancelled():
            job.exception()  # looked at here, because after PATIENCE nobody else will


def refusal(code: str, status: int) -> JSONResponse:
    """An answer that says why there is none."""
    return JSONResponse({"code": code, "values": {}, "tone": "warn"}, status, headers=NO_STORE)
