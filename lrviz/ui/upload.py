"""The door through which a learner's own file comes in."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lrviz.ui.scripts import component

LONGEST_NAME = 100

_upload = component("upload")


def upload(
    label: str,
    *,
    key: str,
    limit_bytes: int,
    accept: str,
    on_file: Callable[[str, bytes], None],
    words: Mapping[str, str],
    current: str = "",
    on_remove: Callable[[], None] | None = None,
    error: str = "",
) -> None:
    """Show a button and drop zone for one file; it displays the name ``current`` and keeps no file itself.

    ``on_file(name, data)`` gets a file of at most ``limit_bytes``, as it is; a larger one is refused in the browser
    before it is read, and here if a browser sends it all the same. ``accept`` is a list like ``.csv,.txt``, or nothing
    where any name will do.
    ``words`` holds ``choose``, ``drop``, ``hint`` ({limit}), ``reading`` and ``remove`` ({name}), and the refusals
    ``too_big`` ({name}, {size}, {limit}) and ``unreadable`` ({name}). ``error`` is the caller's own sentence about the
    file it was given.
    """
    event = _event(st.session_state.get(key))
    seen = f"{key} seen"
    refused = f"{key} refused"

    def take() -> None:
        sent = _event(st.session_state.get(key))
        size = len(sent["data"])
        st.session_state[seen] = sent["n"]
        st.session_state[refused] = {"name": sent["name"], "size": size} if size > limit_bytes else None
        if size <= limit_bytes:
            on_file(sent["name"], sent["data"])

    def remove() -> None:
        st.session_state[refused] = None
        if on_remove is not None:
            on_remove()

    data = {
        "key": key, "label": label, "limit": limit_bytes, "accept": accept, "words": dict(words), "current": current,
        "removable": on_remove is not None, "error": error, "refused": st.session_state.get(refused),
        "echo": st.session_state.get(seen, event["n"]),
    }  # fmt: skip
    _upload(key=key, data=data, on_file_change=take, on_remove_change=remove)


def _event(state: Any) -> dict[str, Any]:
    """The file a browser sent; whatever is not of the expected form counts as an empty one."""
    event = state.get("file") if isinstance(state, Mapping) else None
    event = event if isinstance(event, Mapping) else {}
    name, data, n = event.get("name"), event.get("base64"), event.get("n")
    return {
        "name": name[:LONGEST_NAME] if isinstance(name, str) else "",
        "data": _bytes(data) if isinstance(data, str) else b"",
        "n": n if isinstance(n, int) else 0,
    }


def _bytes(written: str) -> bytes:
    try:
        return b64decode(written, validate=True)
    except (NotBase64, ValueError):
        return b""
