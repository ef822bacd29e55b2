"""The list of what a picture overlays: open one, hide, rename, duplicate or remove it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from lrviz.ui.scripts import component

ACTS = frozenset({"open", "show", "rename", "duplicate", "remove"})
LONGEST_NAME = 40

_roster = component("roster")


@dataclass(frozen=True)
class Row:
    """One line of the list: what it is called, its colour token, whether it is drawn, and a short note beside it.

    `dashed`: whether its line is, where more lines than colours can be told apart.
    """

    name: str
    color: str
    shown: bool
    note: str = ""
    dashed: bool = False


def roster(
    rows: Sequence[Row],
    *,
    key: str,
    label: str,
    opened: int,
    on_act: Callable[[str, int, str], None],
    words: Mapping[str, str],
    full: bool = False,
) -> None:
    """Show the list; `on_act(what, index, text)` reports what the learner did, the list itself stores nothing.

    `what` is one of ACTS, `text` the new name for "rename". `words` holds `open`, `hide`, `show`, `rename`,
    `duplicate`, `remove` (each may use {name}), `last` (why the only row stays) and `full` (why nothing can be added
    when `full`). Without `duplicate` rows are not copied, without `last` the only one may go.
    """
    data = {
        "key": key, "label": label, "rows": [asdict(row) for row in rows], "opened": opened, "words": dict(words),
        "full": full,
    }  # fmt: skip

    def answer() -> None:
        act = _act(st.session_state.get(key))
        if act["what"] in ACTS and 0 <= act["index"] < len(rows):
            on_act(act["what"], act["index"], act["text"])

    _roster(key=key, data=data, on_act_change=answer)


def _act(state: Any) -> dict[str, Any]:
    """Read what the browser sent; whatever is not of the expected form counts as nothing done."""
    act = state.get("act") if isinstance(state, Mapping) else None
    act = act if isinstance(act, Mapping) else {}
    what, index, text = act.get("what"), act.get("index"), act.get("text")
    return {
        "what": what if isinstance(what, str) else "",
        "index": index if isinstance(index, int) else -1,
        "text": "".join(filter(str.isprintable, text)).strip()[:LONGEST_NAME] if isinstance(text, str) else "",
    }
