"""A server with nothing but the stage, for the browser tests."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from lrviz.ui import grids, scripts, vendor
from lrviz.ui.headers import SafeHeaders

app = st.App(
    Path(__file__).with_name("stage_page.py"),
    routes=[
        Route("/vendor/plotly.min.js", vendor.plotly_script),
        *scripts.routes(),
        Route("/api/surface", grids.surface_grid),
    ],
    middleware=[Middleware(SafeHeaders)],
)
