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
SPIKE = {"spikecolor": "@line", "spikethickness": 1, "spikedash": "dot"}
"""How an x axis marks the step that is hovered."""


def axis(title: str, span: tuple[float, float] | None, *, log: bool = False) -> dict[str, Any]:
    """Return an axis with a title and, where a span is given, that fixed range, in the data's own units."""
    made: dict[str, Any] = {"title": {"text": title}}
    if log:
        made |= {"type": "log", "dtick": 1, "exponentformat": "power"}
    if span is not None:
        made["range"] = [math.log10(v) for v in span] if log else list(span)
    return made


def steady_range(values: Array, log: bool) -> tuple[float, float]:
    """Return an axis range that holds the values and moves only in round steps, so that it stays put under a knob.

    The top is the next of 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten. Linear: from 0 or a round negative
    number. Log: from a power of ten, at most DECADES below the top.
    """
    finite = values[np.isfinite(values)]
    high = float(finite.max(initial=0.0))
    top = _round_up(high * 1.02) or 1.0
    if log:
        positive = finite[finite > 0]
        lowest = math.floor(math.log10(float(positive.min()))) if positive.size else -1
        decade = math.floor(math.log10(top))
        return 10.0 ** max(min(lowest, decade - 1), decade - DECADES), top
    low = float(finite.min(initial=0.0))
    return -_round_up(-low) if low < 0 else 0.0, top


def _round_up(value: float) -> float:
    if value <= 0:
        return 0.0
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


def end_labels(labels: Sequence[tuple[str, str, float]], low: float, high: float, log: bool) -> list[dict[str, Any]]:
    """Return one annotation a line, (name, colour, last value), at its right end; they move apart, not overlap."""
    heights = [_height(value, low, high, log) for _, _, value in labels]
    order = sorted(range(len(labels)), key=lambda i: heights[i])
    places = _spread([heights[i] for i in order])
    return [_end_label(labels[i][0], labels[i][1], place) for i, place in zip(order, places, strict=True)]


def label_room(names: Sequence[str]) -> int:
    """Return the pixels that labels at line ends need on the right; a Chinese character is as wide as two letters."""
    letters = max((sum(2 if ord(c) > 0x2E7F else 1 for c in name) for name in names), default=0)
    return min(24 + round(7.6 * letters), 220)


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
