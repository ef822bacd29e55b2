"""What several parts of a page show is made once: kept by the session until something else is asked."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def once(name: str, asked: Any, make: Callable[[], T]) -> T:
    """Return what `make()` gives, made anew only when what is `asked` differs from the last time under this name."""
    kept = st.session_state.get(name)
    if kept is None or kept[0] != asked:
        st.session_state[name] = kept = (asked, make())
    return kept[1]
