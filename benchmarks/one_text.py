"""The reference for the first paint: the smallest Streamlit page with something to see."""

import streamlit as st

st.text("painted")
