"""A server with a chart that plays and nothing else, for the browser tests."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from lrviz.ui import scripts, vendor
from lrviz.ui.headers import SafeHeaders

app = st.App(
    Path(__file__).with_name("film_page.py"),
    routes=[Route("/vendor/plotly.min.js", vendor.plotly_script), *scripts.routes()],
    middleware=[Middleware(SafeHeaders)],
)
