"""A server with nothing but our components, for the browser tests."""

import asyncio
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lrviz.ui import scripts, vendor
from lrviz.ui.headers import SafeHeaders


async def answer(request: Request) -> JSONResponse:
    """Answer late when asked to, so that an old answer can come after a new question."""
    steps = request.query_params["steps"]
    await asyncio.sleep(float(request.query_params.get("wait", "0")))
    return JSONResponse({"code": "agrees", "tone": "ok", "values": {"steps": steps}})


app = st.App(
    Path(__file__).with_name("components_page.py"),
    routes=[Route("/vendor/plotly.min.js", vendor.plotly_script), *scripts.routes(), Route("/api/answer", answer)],
    middleware=[Middleware(SafeHeaders)],
)
