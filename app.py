"""The server: `streamlit run app.py` serves lrviz/ui/main.py, with our own routes, headers and start-up beside it."""

from pathlib import Path

import streamlit as st

from lrviz.ui import server

app = st.App(
    Path(__file__).resolve().parent / "lrviz" / "ui" / "main.py",
    routes=server.routes(),
    middleware=server.middleware(),
    lifespan=server.lifespan,
    on_script_error=server.apologise,
)

if __name__ == "__main__":
    app.run()
