"""Serves live_page.py, with the app's own routes beside it."""

from pathlib import Path

import streamlit as st

from lrviz.ui import server

app = st.App(Path(__file__).with_name("live_page.py"), routes=server.routes(), lifespan=server.lifespan)
