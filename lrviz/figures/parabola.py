"""The parabola lesson's picture: the curve with the descent walked on it, and the loss after every iteration."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.descend.engine import Array
from lrviz.descend.parabola import Walk
from lrviz.figures.parts import SPIKE, axis, compact, runaways, steady_range, thin
from lrviz.figures.theme import ROLES

CURVE_POINTS = 401
LABEL_APART = 0.035
WIDENED = 2
"""How much more of x is shown once the walk has left the domain; of the loss, its square."""
FAR = 3
"""How many plots outside the picture marks are still drawn; a browser cannot place them anywhere."""
MOST_STRAYS = 2
LABELLED_UP_TO = 8
MARKED_UP_TO = 60
SIDE_BY_SIDE = ({"domain": [0, 0.56]}, {"domain": [0.67, 1]}, {}, {})
ABOVE_EACH_OTHER = ({}, {}, {"domain": [0.46, 1]}, {"domain": [0, 0.3]})


def walk_figure(walk: Walk, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw the walk on its curve and its loss by iteration, side by side, or one above the other where it is narrow.

    `words` holds x, y, iteration, loss, path, curve and minimum.
    """
    left, right, upper, lower = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    low_x, high_x = _reach(walk)
    grid = np.linspace(low_x, high_x, CURVE_POINTS)
    heights = walk.scene.surface(grid[:, None])
    span_y = _height_range(heights)
    log = walk.scene.loss_axis == "log"
    span_loss = _loss_range(walk, log)
    last = len(walk.loss) - 1
    strays = _strays(walk, (low_x, high_x), span_y, 1.0 if narrow else left["domain"][1])
    return {
        "data": [
            _curve(grid, heights, words["curve"]),
            *_minima(walk, words["minimum"]),
            _path(walk, words["path"]),
            _positions(walk, (low_x, high_x), span_y),
            *_losses(walk, words["loss"], span_loss, log),
        ],
        "layout": {
            "xaxis": axis(words["x"], (low_x, high_x)) | left,
            "yaxis": axis(words["y"], span_y) | upper,
            "xaxis2": axis(words["iteration"], (-0.03 * last, 1.03 * last)) | SPIKE | right | {"anchor": "y2"},
            "yaxis2": axis(words["loss"], span_loss, log=log) | lower | {"anchor": "x2"},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 66, "r": 20, "t": 20, "b": 48},
            "uirevision": f"{span_loss} {low_x} {high_x} {walk.scene.steps} {walk.scene.loss_axis} {narrow}",
            "annotations": [
                *strays,
                *_lost(walk, span_loss, log),
            ],
        },
    }


def _reach(walk: Walk) -> tuple[float, float]:
    """Return what is shown of x: the curve's domain, or twice as much once the walk has left it."""
    low, high = walk.scene.surface.domain[0]
    stayed = np.all((walk.x >= low) & (walk.x <= high))
    room = 0.0 if stayed else (WIDENED - 1) * (high - low) / 2
    return low - room, high + room


def _height_range(heights: Array) -> tuple[float, float]:
    finite = heights[np.isfinite(heights)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


def _loss_range(walk: Walk, log: bool) -> tuple[float, float]:
    """Return a range set by the curve's floor and the start alone, so that it stays put while the rate turns."""
    begin, floor = float(walk.loss[0]), walk.scene.surface.floor
    if log:
        positive = walk.loss[(walk.loss > 0) & np.isfinite(walk.loss)]
        return steady_range(np.array([begin, *positive[positive <= 10 * abs(begin)]]), True)
    low = min(floor if floor is not None else 0.0, begin)
    stayed = bool(np.all(walk.loss <= begin + 0.1 * (begin - low)))
    height = (begin - low or 1.0) * (1 if stayed else WIDENED**2)
    return low - 0.08 * height, low + 1.12 * height


def _curve(grid: Array, heights: Array, name: str) -> dict[str, Any]:
    line = {"color": "@line", "width": 2.5}
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": compact(grid), "y": compact(heights), "line": line,
        "hoverinfo": "skip",
    }  # fmt: skip


def _minima(walk: Walk, name: str) -> list[dict[str, Any]]:
    minima = walk.scene.surface.minima
    marker = {"symbol": "cross-thin", "size": 13, "line": {"width": 2, "color": "@text"}}
    return [
        {
            "type": "scatter", "mode": "markers", "name": name, "x": np.array([m.x[0] for m in minima]),
            "y": np.array([m.loss for m in minima]), "marker": marker,
            "hovertemplate": "x %{x:.4~g}<br>y %{y:.4~g}",
        }
    ] if minima else []  # fmt: skip


def _path(walk: Walk, name: str) -> dict[str, Any]:
    """Join the positions on the curve in order; what is not finite ends the line."""
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": compact(walk.x), "y": compact(walk.loss),
        "line": {"color": ROLES["update"], "width": 2}, "customdata": np.arange(len(walk.x), dtype=np.int32),
        "hovertemplate": "%{customdata}: x %{x:.4~g}, y %{y:.4~g}",
    }  # fmt: skip


def _positions(walk: Walk, span_x: tuple[float, float], span_y: tuple[float, float]) -> dict[str, Any]:
    """Mark the positions, numbered where they are few."""
    few = len(walk.x) <= LABELLED_UP_TO
    sizes = np.full(len(walk.x), 10.0)
    sizes[0] = 14.0
    return {
        "type": "scatter",
        "mode": "markers+text" if few else "markers",
        "name": "",
        "x": compact(_near(walk.x, span_x)),
        "y": compact(_near(walk.loss, span_y)),
        "marker": {
            "color": ROLES["update"],
            "size": sizes if few else 7,
            "line": {"color": "@background", "width": 1.5},
        },
        "text": _labels(walk) if few else None,
        "textposition": "top center",
        "textfont": {"size": 13},
        "hoverinfo": "skip",
    }


def _near(values: Array, span: tuple[float, float]) -> Array:
    """Return the values that lie at most FAR plots outside an axis, NaN for the others."""
    low, high = span
    room = FAR * (high - low)
    return np.where((values >= low - room) & (values <= high + room), values, np.nan)


def _labels(walk: Walk) -> list[str]:
    """Number the positions, but for those that lie too near to one that has its number."""
    low, high = walk.scene.surface.domain[0]
    labelled: list[float] = []
    texts = []
    for t, x in enumerate(walk.x):
        clear = all(abs(x - other) > LABEL_APART * (high - low) for other in labelled)
        labelled += [float(x)] if clear else []
        texts.append(str(t) if clear else "")
    return texts


def _losses(walk: Walk, name: str, span: tuple[float, float], log: bool) -> list[dict[str, Any]]:
    """Join the losses, each with a mark where there are few."""
    keep = thin(walk.loss)
    y = walk.loss[keep]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": keep.astype(np.float32),
        "y": compact(np.where(y > 0, y, np.nan) if log else y),
        "xaxis": "x2",
        "yaxis": "y2",
        "line": {"color": ROLES["training_loss"], "width": 2.5},
        "hovertemplate": "%{x}: %{y:.4~g}",
    }
    if len(walk.loss) > MARKED_UP_TO:
        return [line]
    marker = {"size": 7, "color": ROLES["training_loss"]}
    placed = line["y"] if log else compact(_near(y, span))
    return [line, line | {"mode": "markers", "name": "", "y": placed, "marker": marker, "hoverinfo": "skip"}]


def _strays(
    walk: Walk, span_x: tuple[float, float], span_y: tuple[float, float], across: float
) -> list[dict[str, Any]]:
    """Mark the positions that lie off the picture, with their x."""
    labels = [f"x<sub>{t}</sub> = {_short(x)}" for t, x in enumerate(walk.x)]
    colors = [ROLES["update"]] * len(labels)
    found = runaways(walk.x, walk.loss, labels, colors, span_x, span_y, in_all=MOST_STRAYS, across=across)
    return [mark | {"xref": "x domain", "yref": "y domain"} for mark in found]


def _lost(walk: Walk, span: tuple[float, float], log: bool) -> list[dict[str, Any]]:
    """Mark the most extreme of the losses that lie off their axis, with its value."""
    labels = [_short(loss) for loss in walk.loss]
    steps = np.arange(len(labels), dtype=np.float64)
    colors = [ROLES["training_loss"]] * len(labels)
    last = len(labels) - 1
    found = runaways(steps, walk.loss, labels, colors, (-0.03 * last, 1.03 * last), span, log_y=log, at_edge=1)
    return [mark | {"xref": "x2 domain", "yref": "y2 domain"} for mark in found]


def _short(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "∞" if value > 0 else "−∞" if value < 0 else "NaN"
