"""The live slider: it answers while it is dragged, keyed or typed into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import streamlit as st

from lrviz.ui.scripts import component

LONGEST_TEXT = 100

_knob = component("knob")


@dataclass(frozen=True)
class Band:
    """The part of a slider from the band before up to ``to``: its colour, written as in a figure, and its name."""

    to: float
    color: str
    label: str


@dataclass(frozen=True)
class Mark:
    """A value worth knowing on a slider, with its name."""

    at: float
    label: str


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
    bands: Sequence[Band] = (),
    marks: Sequence[Mark] = (),
) -> None:
    """Show a slider with a typed field; it displays ``value`` and reports every turn, it stores nothing itself.

    ``on_turn(text, done)`` gets the number as the learner's text; ``done`` is false while the turn goes on. ``words``
    holds ``type``, ``reset`` and ``help``, the accessible names of the field and of the two buttons; each may use
    ``{label}``, and ``reset`` also ``{default}``. A ``value`` beyond ``low`` or ``high`` widens the slider to it.

    ``bands`` colour the track from low to high, the last one to its end whatever its ``to``; ``marks`` are ticks. The
    value is said and shown to be in its band, up to and with ``to``, or, where it is exactly there, at its mark. Raises
    ValueError where the bands do not rise.
    """
    turn = _turn(st.session_state.get(key))
    low, high = widened(value, low, high, scale)
    ruler = {"bands": ruled(bands, high), "marks": [asdict(mark) for mark in marks if low <= mark.at <= high]}
    data = {
        "key": key, "label": label, "value": value, "low": low, "high": high, "scale": scale, "integer": integer,
        "step": step, "default": default, "help": help, "error": error, "disabled": disabled, "headline": headline,
        "words": dict(words), "echo": turn["n"], "text": turn["text"], **ruler,
    }  # fmt: skip
    _knob(key=key, data=data, on_turn_change=lambda: _answer(key, on_turn))


def widened(value: float, low: float, high: float, scale: Literal["linear", "log"]) -> tuple[float, float]:
    """Return the slider's range, stretched to hold the value; a log slider can't reach zero or below."""
    if scale == "log" and value <= 0:
        return low, high
    return min(low, value), max(high, value)


def ruled(bands: Sequence[Band], high: float) -> list[dict[str, Any]]:
    """Return the bands as a browser can read them: each ends on the slider, and the last at its end."""
    if any(not before.to < after.to for before, after in pairwise(bands)):
        raise ValueError(f"the bands must rise, got {[band.to for band in bands]}")
    ends = [min(band.to, high) for band in bands[:-1]] + [high]
    return [asdict(band) | {"to": end} for band, end in zip(bands, ends, strict=False)]


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
