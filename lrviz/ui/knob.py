"""The live slider: it answers while it is dragged, keyed or typed into."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st

from lrviz.ui.scripts import component

LONGEST_TEXT = 100

_knob = component("knob")


def knob(
    label: str,
    value: float,
    *,
    key: str,
    low: float,
    high: float,
    on_turn: Callable[[str, bool], None],
    words: Mapping[str, str],
    scale: Literal["linear", "log"] = "linear",
    integer: bool = False,
    step: float | None = None,
    default: float | None = None,
    help: str = "",
    error: str = "",
    disabled: bool = False,
    headline: bool = False,
) -> None:
    """Show a slider with a typed field; it displays ``value`` and reports every turn, it stores nothing itself.

    ``on_turn(text, done)`` gets the number as the learner's text; ``done`` is false while the turn goes on. ``words``
    holds ``type``, ``reset`` and ``help``, the accessible names of the field and of the two buttons; each may use
    ``{label}``, and ``reset`` also ``{default}``. A ``value`` beyond ``low`` or ``high`` widens the slider to it.
    """
    turn = _turn(st.session_state.get(key))
    low, high = widened(value, low, high, scale)
    data = {
        "key": key, "label": label, "value": value, "low": low, "high": high, "scale": scale, "integer": integer,
        "step": step, "default": default, "help": help, "error": error, "disabled": disabled, "headline": headline,
        "words": dict(words), "echo": turn["n"], "text": turn["text"],
    }  # fmt: skip
    _knob(key=key, data=data, on_turn_change=lambda: _answer(key, on_turn))


def widened(value: float, low: float, high: float, scale: Literal["linear", "log"]) -> tuple[float, float]:
    """Return the slider's range, stretched to hold the value; a log slider can't reach zero or below."""
    if scale == "log" and value <= 0:
        return low, high
    return min(low, value), max(high, value)


def _answer(key: str, on_turn: Callable[[str, bool], None]) -> None:
    turn = _turn(st.session_state.get(key))
    on_turn(turn["text"], turn["done"])


def _turn(state: Any) -> dict[str, Any]:
    """Read the browser's last turn; whatever is not of the expected form counts as no turn."""
    turn = state.get("turn") if isinstance(state, Mapping) else None
    turn = turn if isinstance(turn, Mapping) else {}
    n, text = turn.get("n"), turn.get("text")
    return {
        "n": n if isinstance(n, int) else 0,
        "text": text[:LONGEST_TEXT] if isinstance(text, str) else "",
        "done": turn.get("done") is True,
    }
