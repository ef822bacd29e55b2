"""The pad on which a learner draws a curve with points."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import streamlit as st

from lrviz.ui.scripts import code, component

Points = Sequence[tuple[float, float]]
Range = tuple[float, float]

_sketch = component("sketch")
_CURVE = f"curve.js?v={hashlib.sha256(code('curve').encode()).hexdigest()[:12]}"


def sketch(
    points: Points,
    *,
    key: str,
    label: str,
    x_label: str,
    y_label: str,
    x_range: Range,
    y_range: Range,
    on_draw: Callable[[tuple[tuple[float, float], ...]], None],
    words: Mapping[str, str],
    height: int = 220,
    log_y: bool = False,
    x_step: float = 0,
    interpolation: Literal["linear", "log", "step"] = "linear",
    max_points: int = 64,
    color: str = "",
) -> None:
    """Show a curve to draw with mouse, touch, pen or keys; it displays ``points``, reports changes and stores nothing.

    ``on_draw(points)`` gets 2 to ``max_points`` points, x rising, once a move has ended; all inside the ranges, except
    points that came from outside them and were not moved. ``interpolation`` is how the curve runs between points, as in
    the schedule Points; a moved x is a multiple of ``x_step`` unless that is 0. Points beyond a range widen it, but a
    log axis shows what is not positive at its lower edge. ``color`` is a theme token like ``@series0``.
    ``words`` holds ``add``, ``remove``, ``clear`` (buttons), ``hint`` (how to use the pad) and, if there is more to say
    where there is a keyboard, ``keys``; and ``point``, which may use ``{index}``, ``{count}``, ``{x}`` and ``{y}``.
    """
    x_low, x_high = widened(x_range, [x for x, _ in points])
    y_low, y_high = widened(y_range, [y for _, y in points if y > 0 or not log_y])
    echo, _ = _drawing(st.session_state.get(key))
    data = {
        "key": key, "label": label, "words": dict(words), "echo": echo, "curve": _CURVE,
        "points": [[float(x), float(y)] for x, y in points],
        "x": {"label": x_label, "low": x_low, "high": x_high, "step": x_step},
        "y": {"label": y_label, "low": y_low, "high": y_high, "log": log_y},
        "height": height, "interpolation": interpolation, "max": max_points, "color": color,
    }  # fmt: skip

    def answer() -> None:
        drawn = _drawing(st.session_state.get(key))[1]
        if is_drawing(drawn, points, (x_low, x_high), (y_low, y_high), max_points):
            on_draw(tuple((float(x), float(y)) for x, y in drawn))

    _sketch(key=key, data=data, on_draw_change=answer)


def widened(bounds: Range, values: Sequence[float]) -> Range:
    """The range, stretched to hold the values."""
    return min([bounds[0], *values]), max([bounds[1], *values])


def is_drawing(raw: Any, before: Points, x_range: Range, y_range: Range, max_points: int) -> bool:
    """Whether a browser sent 2 to max_points pairs of numbers with x rising, each in range or there before."""
    if not isinstance(raw, Sequence) or not 2 <= len(raw) <= max_points or not all(map(_is_pair, raw)):
        return False
    old = set(map(tuple, before))
    inside = all(
        tuple(pair) in old or (x_range[0] <= pair[0] <= x_range[1] and y_range[0] <= pair[1] <= y_range[1])
        for pair in raw
    )
    return inside and all(left[0] < right[0] for left, right in pairwise(raw))


def _is_pair(raw: Any) -> bool:
    return isinstance(raw, Sequence) and len(raw) == 2 and all(type(value) in (int, float) for value in raw)


def _drawing(state: Any) -> tuple[int, Any]:
    """The browser's running number of its last drawing and the points in it; (0, None) for anything else."""
    drawing = state.get("draw") if isinstance(state, Mapping) else None
    if not isinstance(drawing, Mapping) or not isinstance(drawing.get("n"), int):
        return 0, None
    return drawing["n"], drawing.get("points")
