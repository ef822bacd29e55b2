"""What every picture is made of: axes that stay put, labels at line ends, no more points than can be seen."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lrviz.schedules.base import Array

MOST_POINTS = 1_000
LABEL_GAP = 0.062
DECADES = 8
LARGEST, SMALLEST = 1e300, 1e-300
"""Beyond these an axis, with its margin and its decades, would leave the range of doubles."""
LABEL_ROOM = 220
LETTER = 7.6
SPIKE = {"spikecolor": "@line", "spikethickness": 1, "spikedash": "dot"}
"""How an x axis marks the step that is hovered."""


def axis(title: str, span: tuple[float, float] | None, *, log: bool = False) -> dict[str, Any]:
    """Return an axis with a title and, where a span is given, that fixed range, in the data's own units."""
    made: dict[str, Any] = {"title": {"text": title}, "exponentformat": "e"}
    if log:
        made |= {"type": "log", "dtick": 1, "exponentformat": "power"}
    if span is not None:
        made["range"] = [math.log10(v) for v in span] if log else list(span)
    return made


def steady_range(values: Array, log: bool) -> tuple[float, float]:
    """Return an axis range that holds the values and moves only in round steps, so that it stays put under a knob.

    The top is the next of 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten. Linear: from 0 or a round negative
    number. Log: from a power of ten, at most DECADES below the top. Both ends stay within LARGEST and SMALLEST.
    """
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    high = float(finite.max(initial=0.0))
    top = _round_up(high * 1.02) or 1.0
    if log:
        positive = finite[finite > 0]
        lowest = math.floor(math.log10(float(positive.min()))) if positive.size else -1
        decade = math.floor(math.log10(top))
        return max(10.0 ** max(min(lowest, decade - 1), decade - DECADES), SMALLEST), top
    low = float(finite.min(initial=0.0))
    return -_round_up(-low) if low < 0 else 0.0, top


def _round_up(value: float) -> float:
    if value <= 0:
        return 0.0
    value = max(value, 10 * SMALLEST)
    power = 10.0 ** math.floor(math.log10(value))
    return next(m for m in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12.5) if m * power >= value) * power


def thin(values: Array, most: int = MOST_POINTS) -> npt.NDArray[np.intp]:
    """Return the indices to draw: all, or of about `most` the ends and the lowest and highest of every bucket."""
    if len(values) <= most:
        return np.arange(len(values))
    buckets = most // 2
    edges = np.linspace(0, len(values), buckets + 1).astype(int)
    filled = np.where(np.isfinite(values), values, np.inf)
    size = int(np.ceil(len(values) / buckets))
    columns = np.minimum(edges[:-1, None] + np.arange(size), edges[1:, None] - 1)
    block = filled[columns]
    rows = np.arange(buckets)
    lows, highs = columns[rows, block.argmin(1)], columns[rows, np.where(np.isinf(block), -np.inf, block).argmax(1)]
    return np.unique(np.concatenate([[0, len(values) - 1], lows, highs]))


def turns(values: Array, most: int = MOST_POINTS) -> npt.NDArray[np.intp]:
    """Return the indices that draw a line of level parts: its ends and both sides of each change, thinned to `most`."""
    before = np.flatnonzero(values[1:] != values[:-1])
    sides = np.unique(np.concatenate([[0, len(values) - 1], before, before + 1]))
    return sides[thin(values[sides], most)]


def compact(values: Array) -> npt.NDArray[np.floating]:
    """Return numbers in float32, or as they are where that would lose them to infinity or to zero."""
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return values.astype(np.float32) if largest == 0 or 1e-30 < largest < 1e38 else values


def end_labels(labels: Sequence[tuple[str, str, float]], low: float, high: float, log: bool) -> list[dict[str, Any]]:
    """Return one annotation a line, (name, colour, last value), at its right end; they move apart, not overlap."""
    heights = [_height(value, low, high, log) for _, _, value in labels]
    order = sorted(range(len(labels)), key=lambda i: heights[i])
    places = _spread([heights[i] for i in order])
    return [_end_label(labels[i][0], labels[i][1], place) for i, place in zip(order, places, strict=True)]


def label_room(names: Sequence[str]) -> int:
    """Return the pixels that labels at line ends need on the right, LABEL_ROOM at most."""
    return min(24 + round(LETTER * max(map(_letters, names), default=0)), LABEL_ROOM)


def fitted(name: str) -> str:
    """Return a name for a label at a line end: whole, or as much of it as LABEL_ROOM holds and an ellipsis."""
    most = (LABEL_ROOM - 24) / LETTER
    if _letters(name) <= most:
        return name
    return next(cut for end in reversed(range(len(name))) if _letters(cut := f"{name[:end].rstrip()}…") <= most)


def _letters(text: str) -> float:
    """Return a width in small letters; a Chinese character is as wide as two."""
    return sum(2 if ord(c) > 0x2E7F else 1.5 if c.isupper() or c in "mw@%" else 1 for c in text)


def _height(value: float, low: float, high: float, log: bool) -> float:
    """Return where a value lies on an axis, 0 to 1."""
    if not math.isfinite(value) or (log and value <= 0):
        return 0.0
    if log:
        value, low, high = math.log10(value), math.log10(low), math.log10(high)
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _spread(heights: list[float]) -> list[float]:
    """Move sorted heights apart by LABEL_GAP, staying in 0 to 1 and as near as can be."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + LABEL_GAP if placed else 0.0))
    limit = 1.0
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - LABEL_GAP
    return placed


def _end_label(text: str, color: str, height: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": height, "xanchor": "left", "yanchor": "middle"}
    return place | {
        "name": "line-end",
        "text": text,
        "showarrow": False,
        "xshift": 8,
        "font": {"color": color, "size": 14},
    }


def edge_label(text: str, x: float) -> dict[str, Any]:
    """Return a quiet label at the top of the plot, just right of x."""
    place = {"xref": "x", "yref": "paper", "x": x, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "xshift": 4, "font": {"color": "@muted", "size": 12}}
