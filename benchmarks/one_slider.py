"""The reference for latency: the smallest Streamlit page that answers a knob."""

import streamlit as st

st.text(st.slider("knob", 0, 200, 100))
