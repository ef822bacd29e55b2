"""The one chart component: a plain Plotly figure in, one binary message out, redrawn in place."""

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from lrviz.ui.scripts import component

ALIGNMENT = 8
FASTEST = 100_000
"""Updates a second a browser may ask for."""
SENT_AS_IS = {"f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4"}

_chart = component("chart", isolate_styles=False)


@dataclass(frozen=True)
class Film:
    """A chart that plays in the browser, from data sent once: pictures numbered from 0 to ``frames - 1``.

    A trace that changes carries ``"film"``. ``{"reach": (F,) whole numbers}`` shows, at frame f, the first reach[f] of
    its points. ``{"y": (F, N), "marker.color": (F, N), ...}`` puts row f in the place of that attribute; for the ``z``
    of a surface or heatmap a row holds all its cells, row by row. Axes need a range of their own: one that fits itself
    to the data would jump from frame to frame.

    ``words`` is the group [film], with a ``frame_of`` of the caller's own where "{frame} of {frames}" does not say what
    is counted; {frames} is the last frame's number. ``per_second`` is how many frames go by at speed 1. ``begin`` is
    the frame shown first, None the last. ``caption`` is a sentence under the picture that is spoken when stepping; its
    {placeholders} are filled with {frame}, {frames} and the numbers in ``values``, each (F,).
    """

    frames: int
    words: Mapping[str, str]
    per_second: float = 10.0
    begin: int | None = None
    caption: str = ""
    values: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def check(self, figure: Mapping[str, Any]) -> None:
        """Raise ValueError, naming it, where something does not have one row or number a frame."""
        rows = {f"values[{name!r}]": numbers for name, numbers in self.values.items()}
        for i, trace in enumerate(figure["data"]):
            rows |= {f"data[{i}]['film'][{name!r}]": frames for name, frames in trace.get("film", {}).items()}
        if wrong := [f"{name} has {len(found)}" for name, found in rows.items() if len(found) != self.frames]:
            raise ValueError(f"a film of {self.frames} frames needs a row for each: {', '.join(wrong)}")


@dataclass(frozen=True)
class Live:
    """A chart of what a job of ``lrviz.jobs`` brings: its events stream in and grow the figure, without a rerun.

    A trace that grows carries ``"live"``; fields are names in an event, dotted where they are nested, and an event's
    arrays are made by ``lrviz.train.numbers.packed``. ``{"grow": field, "at": field of steps, "column": r, "share": q,
    "shift": n, "smooth": beta}`` is a line over steps: without "at" the last of several values belongs to the event's
    ``step``, those before it to the steps before; of rows it takes one column, or the quantile q of all; it may be
    smoothed as TensorBoard does. ``{"across": [x_field, y_field], "column": r}`` is one field against another.
    ``{"hold": field, "into": "z", "divide": d}`` puts the newest value in the place of an attribute. ``{"fill":
    [cells, values], "places": (C,), "set": {attribute: field}}`` puts values where their cells are, in a heatmap's
    ``z`` row by row or a line's ``y``: cell c at ``places[c]``, nowhere where that is -1, and without ``places`` at c;
    a third field after those two says how many cells of a heatmap a side each of an event's values stands for; and the
    newest of other fields into attributes. An axis with ``"live": {"of": [lines as above],
    "down": bool, "up": bool, "least": v, "fine": bool}`` widens in round steps when they leave its range, never below
    "least", and narrows only with the layout's uirevision; "fine" puts ticks at 2 and 5 of a log axis where there is
    room. An annotation with ``"live": {"leaves": line, "above": value, "span": [x0, x1]}`` stands where a line leaves
    the picture, its {step} and {value} filled in.

    ``job``: its id, "" for none yet. ``key``: what lets its visitor steer it, "" for who only watches. ``words``: the
    group [live]. ``steps``: how many there will be. ``stride``: how many the step button makes. ``steers``: whether it
    can go at another speed, ``speed`` updates a second, 0 for as many as can be. ``rates``: the lowest and highest rate
    a hand can set, and the first one. ``caption``: a line under the picture, its {placeholders} filled from ``values``:
    fields, or a field and what it is multiplied by; ``broken`` takes its place once the first number in the event's
    ``bad`` is a step. ``seconds``: about how long it would take, for a job that has not begun. ``over``: whether the
    figure already holds all of it.
    """

    job: str
    key: str
    words: Mapping[str, str]
    steps: int
    stride: int = 1
    steers: bool = False
    caption: str = ""
    values: Mapping[str, str | tuple[str, float]] = field(default_factory=dict)
    broken: str = ""
    speed: int = 0
    rates: tuple[float, float, float] | None = None
    seconds: int = 0
    over: bool = False


def chart(
    figure: Mapping[str, Any],
    *,
    key: str,
    alt: str,
    words: Mapping[str, str],
    height: int = 460,
    filename: str = "lrviz",
    on_pick: Callable[[float, float], None] | None = None,
    on_zoom: Callable[[tuple[float, float, float, float] | None], None] | None = None,
    zoomed: bool = False,
    film: Film | None = None,
    live: Live | None = None,
    on_again: Callable[[], None] | None = None,
    on_end: Callable[[], None] | None = None,
    on_pace: Callable[[int], None] | None = None,
) -> None:
    """Show a figure that keeps its node, zoom and camera while its data change.

    ``figure`` is ``{"data": [traces], "layout": {...}}``; leaves may be NumPy arrays, and a string such as
    ``"@series0"`` or ``"@series0/0.2"`` (with opacity) names a colour of ``figures/theme.py``. ``words`` holds ``png``,
    ``svg``, ``reset_zoom``, ``keys`` (how to read the chart by keyboard) and ``failed`` (said where no picture can be
    drawn). ``height`` is in pixels. With a ``film`` the chart plays, under controls that are part of its height: space
    plays, the arrow keys step; a frame asks nothing of the server, and is kept while the data change.

    ``on_pick(x, y)`` gets the point or heatmap cell that was clicked, or reached by the arrow keys and taken with
    Enter. ``on_zoom((x0, x1, y0, y1))`` gets the part that was zoomed into, ``on_zoom(None)`` the wish to see it all
    again; ``zoomed`` says that the figure already shows such a part, so that there is a way back. All are in the data's
    own units, on a log axis too. Without the callbacks the browser sends nothing.

    With ``live`` it follows a job, under a bar that steers it: ``on_again`` is asked to start it (anew), ``on_end`` is
    told that it has ended, ``on_pace`` at how many updates a second it shall go from now on.
    """
    if film is not None:
        film.check(figure)
    message = {
        "figure": figure, "key": key, "alt": alt, "words": dict(words), "height": height, "filename": filename,
        "picks": on_pick is not None, "zooms": on_zoom is not None, "zoomed": zoomed,
        "film": None if film is None else vars(film),
        "live": None if live is None else vars(live) | {"again": on_again is not None, "ends": on_end is not None}
        | {"paces": on_pace is not None},
    }  # fmt: skip
    answers: dict[str, Callable[[], None]] = {}
    if on_pick is not None:
        answers["on_pick_change"] = lambda: _picked(st.session_state.get(key), on_pick)
    if on_zoom is not None:
        answers["on_zoom_change"] = lambda: _zoomed(st.session_state.get(key), on_zoom)
    if on_again is not None:
        answers["on_again_change"] = on_again
    if on_end is not None:
        answers["on_ended_change"] = on_end
    if on_pace is not None:
        answers["on_pace_change"] = lambda: _paced(st.session_state.get(key), on_pace)
    _chart(key=key, data=pack(message), height=height, **answers)


def _picked(state: Any, on_pick: Callable[[float, float], None]) -> None:
    """Pass on the point the browser sent; whatever is not of the expected form counts as no pick."""
    match _numbers(_sent(state, "pick").get("at"), 2):
        case [x, y]:
            on_pick(x, y)


def _zoomed(state: Any, on_zoom: Callable[[tuple[float, float, float, float] | None], None]) -> None:
    """Pass on the ranges the browser sent, or None to see it all; anything else counts as no zoom."""
    sent = _sent(state, "zoom")
    if "to" in sent and sent["to"] is None:
        on_zoom(None)
    match _numbers(sent.get("to"), 4):
        case [x0, x1, y0, y1] if x0 < x1 and y0 < y1:
            on_zoom((x0, x1, y0, y1))


def _paced(state: Any, on_pace: Callable[[int], None]) -> None:
    """Pass on the speed the browser sent; anything else counts as none."""
    speed = _sent(state, "pace").get("speed")
    if isinstance(speed, int) and not isinstance(speed, bool) and 0 <= speed <= FASTEST:
        on_pace(speed)


def _sent(state: Any, what: str) -> Mapping[str, Any]:
    sent = state.get(what) if isinstance(state, Mapping) else None
    return sent if isinstance(sent, Mapping) else {}


def _numbers(values: Any, count: int) -> list[float] | None:
    """Return that many finite numbers as floats, or None where the values are anything else."""
    if not isinstance(values, list | tuple) or len(values) != count:
        return None
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    fit = len(numbers) == count and all(abs(v) <= sys.float_info.max for v in numbers)
    return [float(v) for v in numbers] if fit else None


def pack(tree: Mapping[str, Any]) -> bytes:
    """Turn a tree with NumPy arrays into one message: header length, JSON header, raw little-endian arrays.

    In the header an array is ``{"$": [offset, count, dtype]}``, with the row length added for a matrix; a matrix of
    bytes may be ``{"$runs": [values, lengths], "columns", "down"}`` instead. Equal arrays are stored once.
    Offsets are in bytes from the first multiple of 8 after the header.
    """
    body = _Body()
    header = json.dumps(_plain(tree, body), separators=(",", ":"), allow_nan=False).encode()
    start = 4 + len(header)
    return len(header).to_bytes(4, "little") + header + bytes(-start % ALIGNMENT) + b"".join(body.chunks)


class _Body:
    """The raw arrays of one message, each stored once at an aligned offset."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.size = 0
        self._offsets: dict[tuple[str, bytes], int] = {}

    def add(self, values: npt.NDArray[Any]) -> list[int | str]:
        dtype = values.dtype.str[1:]
        raw = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        offset = self._offsets.setdefault((dtype, raw), self.size)
        if offset == self.size and raw:
            padded = raw + bytes(-len(raw) % ALIGNMENT)
            self.chunks.append(padded)
            self.size += len(padded)
        return [offset, values.size, dtype]


def _plain(leaf: Any, body: _Body) -> Any:
    """Return the JSON form of a leaf or branch; what JSON can't say (NaN, infinity) becomes a gap."""
    if isinstance(leaf, np.ndarray):
        return _array(leaf, body)
    if isinstance(leaf, Mapping):
        return {str(name): _plain(value, body) for name, value in leaf.items()}
    if isinstance(leaf, list | tuple):
        return [_plain(value, body) for value in leaf]
    if isinstance(leaf, np.generic):
        return _plain(leaf.item(), body)
    if isinstance(leaf, float) and not math.isfinite(leaf):
        return None
    return leaf


def _array(values: npt.NDArray[Any], body: _Body) -> Any:
    if values.dtype.kind not in "fiu" or values.ndim not in (1, 2):
        return _plain(values.tolist(), body)
    # Browsers read 64-bit integers as BigInt, which Plotly does not draw.
    kept = values if values.dtype.str[1:] in SENT_AS_IS else values.astype("<f8")
    if kept.ndim == 2 and kept.itemsize == 1 and (runs := _shortest_runs(kept)):
        held, lengths, down = runs
        return {"$runs": [_array(held, body), _array(lengths, body)], "columns": kept.shape[1], "down": down}
    place = body.add(kept)
    return {"$": place if values.ndim == 1 else [*place, values.shape[1]]}


LONGEST_RUN = 255


def _shortest_runs(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], bool] | None:
    """Return a matrix of bytes as runs along its rows or, if true, down its columns; None where that is no shorter."""
    along, down = _run_lengths(values.ravel()), _run_lengths(values.T.ravel())
    held, lengths = min(along, down, key=lambda runs: len(runs[0]))
    return (held, lengths, held is down[0]) if 2 * len(held) < values.size else None


def _run_lengths(flat: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Return the value of every run and how long it is, at most LONGEST_RUN: longer ones go in pieces."""
    starts = np.flatnonzero(np.append(True, flat[1:] != flat[:-1])) if flat.size else np.arange(0)
    lengths = np.diff(np.append(starts, flat.size))
    pieces = -(-lengths // LONGEST_RUN)
    sizes = np.full(int(pieces.sum()), LONGEST_RUN)
    sizes[np.cumsum(pieces) - 1] = lengths - LONGEST_RUN * (pieces - 1)
    return np.repeat(flat[starts], pieces), sizes.astype(np.uint8)
