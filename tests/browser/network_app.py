"""A server with nothing but drawn networks, for the browser tests."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from lrviz.ui import scripts
from lrviz.ui.headers import SafeHeaders

app = st.App(Path(__file__).with_name("network_page.py"), routes=scripts.routes(), middleware=[Middleware(SafeHeaders)])
