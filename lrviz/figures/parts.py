"""What every picture is made of: axes that stay put, labels at line ends, no more points than can be seen."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
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
MOST_AT_EDGE = 3
CORNER = 0.06
"""How far arrows at an edge keep from its ends, as a share of it: 16 px where a phone's plot is 270 px wide."""
ARROW = 24
"""Pixels from an arrow's tip to its label."""
SMALL_LETTER = 5.8
SMALLEST_PLOT = (230, 200)
"""Pixels; labels that don't overlap on such a plot overlap on none that is larger. It is that of a picture 320 pixels
wide, whose letters are smaller."""
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


def steady_range(values: npt.NDArray[np.floating[Any]], log: bool) -> tuple[float, float]:
    """Return an axis range that holds the values and moves only in round steps, so that it stays put under a knob.

    The top is the next of 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten. Linear: from 0 or a round negative
    number. Log: from a power of ten, at most DECADES below the top. Both ends stay within LARGEST and SMALLEST.
    """
    finite = np.clip(values[np.isfinite(values)].astype(np.float64), -LARGEST, LARGEST)
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


def compact(values: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    """Return numbers in float32, or as they are where that would lose them to infinity or to zero."""
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return values.astype(np.float32) if largest == 0 or 1e-30 < largest < 1e38 else values


def end_labels(
    labels: Sequence[tuple[str, str, float]], low: float, high: float, log: bool, *, share: float = 1.0
) -> list[dict[str, Any]]:
    """Return one annotation a line, (name, colour, last value), at its right end; they move apart, not overlap.

    Their heights are shares of the plot, which takes up `share` of the picture's height.
    """
    heights = [_height(value, low, high, log) for _, _, value in labels]
    order = sorted(range(len(labels)), key=lambda i: heights[i])
    places = _spread([heights[i] for i in order], LABEL_GAP / share)
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
    """Return a width in small letters; a Chinese character is as wide as two, a mark like <sub> as none."""
    plain = re.sub("</?su[bp]>", "", text)
    return sum(2 if ord(c) > 0x2E7F else 1.5 if c.isupper() or c in "mw@%" else 1 for c in plain)


def _height(value: float, low: float, high: float, log: bool) -> float:
    """Return where a value lies on an axis, 0 to 1."""
    if not math.isfinite(value) or (log and value <= 0):
        return 0.0
    if log:
        value, low, high = math.log10(value), math.log10(low), math.log10(high)
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _spread(heights: list[float], gap: float) -> list[float]:
    """Move sorted heights apart by a gap, staying in 0 to 1 and as near as can be."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap if placed else 0.0))
    limit = 1.0
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - gap
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


@dataclass(frozen=True)
class _Runaway:
    """A point outside the plot: its place on the edge, 0 to 1, which way out that is, how far beyond in plots."""

    label: str
    color: str
    place: tuple[float, float]
    way: tuple[int, int]
    beyond: float
    spare: int
    """How many letters the count of others may take behind the label."""
    across: float
    """How much of the smallest plot's width this one has at least."""

    def box(self) -> tuple[float, float, float, float]:
        """Return the left, right, low and high end of arrow and label, as shares of the smallest plot."""
        size = SMALLEST_PLOT[0] * self.across, SMALLEST_PLOT[1]
        wide, tall = (SMALL_LETTER * (_letters(self.label) + self.spare) + 10) / size[0], 26 / size[1]
        x, y = (at - way * ARROW / pixels for at, way, pixels in zip(self.place, self.way, size, strict=True))
        left = {"left": x, "center": x - wide / 2, "right": x - wide}[self.anchors()[0]]
        low = {"bottom": y, "middle": y - tall / 2, "top": y - tall}[self.anchors()[1]]
        tip_x, tip_y = self.place
        return min(left, tip_x), max(left + wide, tip_x), min(low, tip_y), max(low + tall, tip_y)

    def anchors(self) -> tuple[str, str]:
        """Return which part of the label is at the arrow, across and up, so that the label stays inside the plot."""
        (x, _), (right, up) = self.place, self.way
        across = "right" if right > 0 or x > 0.7 else "left" if right < 0 or x < 0.3 else "center"
        return across, "top" if up > 0 else "bottom" if up < 0 else "middle"


def runaways(
    x: Sequence[float] | Array,
    y: Sequence[float] | Array,
    labels: Sequence[str],
    colors: Sequence[str],
    span_x: tuple[float, float],
    span_y: tuple[float, float],
    *,
    log_x: bool = False,
    log_y: bool = False,
    at_edge: int = MOST_AT_EDGE,
    in_all: int | None = None,
    across: float = 1.0,
) -> list[dict[str, Any]]:
    """Return arrows at the plot's edge, one for each point outside the spans: outward, in its colour, with its label.

    Of those that would overlap, or are more than `at_edge` at one edge or `in_all` around the plot, the farthest stays
    and says how many more there are ("(+2)"). An infinite coordinate lies beyond its edge, and on a log axis zero and
    less below the low one; a point with NaN lies nowhere and gets no arrow. Spans are in data units; `across` is
    the plot's share of the picture's width.
    """
    places = zip(_shares(x, span_x, log_x), _shares(y, span_y, log_y), strict=True)
    spare = len(_counted(len(labels)))
    found = [_runaway(*given, spare, across) for given in zip(places, labels, colors, strict=True)]
    kept: dict[_Runaway, int] = {}
    for one in sorted(filter(None, found), key=lambda one: -one.beyond):
        host = _host(one, list(kept), at_edge, in_all or len(found))
        kept[host or one] = kept[host] + 1 if host else 0
    return [_edge_arrow(one, more) for one, more in kept.items()]


def _shares(values: Sequence[float] | Array, span: tuple[float, float], log: bool) -> Array:
    """Return where values lie between the ends of an axis, 0 to 1, beyond them less or more."""
    with np.errstate(all="ignore"):
        at, ends = np.asarray(values, dtype=float), np.asarray(span, dtype=float)
        if log:
            at, ends = np.log10(np.where(at < 0, 0.0, at)), np.log10(ends)
        return (at - ends[0]) / (ends[1] - ends[0])


def _runaway(at: tuple[float, float], label: str, color: str, spare: int, across: float) -> _Runaway | None:
    """Return the arrow for a point, given as shares, or None where it is inside the plot or nowhere."""
    beyond = [max(v - 1, -v) for v in at]
    if any(math.isnan(v) for v in at) or max(beyond) <= 0:
        return None
    side = beyond.index(max(beyond))
    out = 1 if at[side] > 1 else -1
    place = [min(1 - CORNER, max(CORNER, v)) for v in at]
    place[side] = float(out > 0)
    way = (out, 0) if side == 0 else (0, out)
    return _Runaway(label, color, (place[0], place[1]), way, max(beyond), spare, across)


def _host(one: _Runaway, kept: Sequence[_Runaway], at_edge: int, in_all: int) -> _Runaway | None:
    """Return the arrow already there that has to speak for this one too, or None where there is room."""
    left, right, low, high = one.box()
    for other in kept:
        from_left, to_right, from_low, to_high = other.box()
        if left < to_right and from_left < right and low < to_high and from_low < high:
            return other
    same = [other for other in kept if other.way == one.way]
    full = len(same) >= at_edge or len(kept) >= in_all
    return (same or kept)[-1] if full else None


def _counted(more: int) -> str:
    return f" (+{more})" if more else ""


def _edge_arrow(one: _Runaway, more: int) -> dict[str, Any]:
    across, upright = one.anchors()
    return {
        "name": "runaway",
        "text": one.label + _counted(more),
        "xref": "paper",
        "yref": "paper",
        "x": one.place[0],
        "y": one.place[1],
        "ax": -ARROW * one.way[0],
        "ay": ARROW * one.way[1],
        "xanchor": across,
        "yanchor": upright,
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": 2.5,
        "arrowcolor": one.color,
        "standoff": 2,
        "font": {"color": "@text", "size": 13},
        "bgcolor": "@background/0.85",
        "bordercolor": one.color,
        "borderpad": 3,
    }


def edge_label(text: str, x: float) -> dict[str, Any]:
    """Return a quiet label at the top of the plot, just right of x."""
    place = {"xref": "x", "yref": "paper", "x": x, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "xshift": 4, "font": {"color": "@muted", "size": 12}}
