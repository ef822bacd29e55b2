"""The real server with one more address, which tells what its process holds; only tests start it."""

import asyncio
import gc
import sys

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lrviz.ui import server

OPTIONS = (
    "runner.postScriptGC",
    "server.maxUploadSize",
    "server.maxMessageSize",
    "client.showErrorDetails",
    "client.showErrorLinks",
    "client.toolbarMode",
    "browser.gatherUsageStats",
)


async def probe(request: Request) -> JSONResponse:
    """What the process holds now: settings, loaded modules, objects out of the collector's sight, its event loop."""
    return JSONResponse(
        {
            "options": {name: st.get_option(name) for name in OPTIONS},
            "modules": sorted(sys.modules),
            "frozen": gc.get_freeze_count(),
            "loop": type(asyncio.get_running_loop()).__module__,
        }
    )


app = st.App(
    server.ROOT / "lrviz" / "ui" / "main.py",
    routes=[*server.routes(), Route("/probe", probe)],
    middleware=server.middleware(),
    lifespan=server.lifespan,
)
