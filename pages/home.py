"""The front door: what this is, and the way to every lesson."""

import streamlit as st

from lrviz.text import prose
from lrviz.ui import frame

words = frame.words()
st.markdown(prose(words.language, "home")["welcome"])
for entry in frame.ENTRIES[1:]:
    with st.container(border=True, gap="small"):
        st.page_link(frame.PAGES / f"{entry.name}.py", label=words.w(f"page.{entry.name}.heading"), icon=entry.icon)
        st.caption(words.w(f"page.{entry.name}.claim"))
