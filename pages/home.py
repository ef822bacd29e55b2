"""The front door: what this is, and the way to the first lesson."""

import streamlit as st

from lrviz.text import prose
from lrviz.ui import frame

words = frame.words()
st.markdown(prose(words.language, "home")["welcome"])
st.page_link(frame.PAGES / "schedules.py", label=words.w("page.home.open_schedules"), icon=":material/show_chart:")
