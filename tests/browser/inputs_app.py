"""A server with nothing but the pad and the upload, for the browser tests."""

from pathlib import Path

import streamlit as st

from lrviz.ui import scripts

app = st.App(Path(__file__).with_name("inputs_page.py"), routes=scripts.routes())
