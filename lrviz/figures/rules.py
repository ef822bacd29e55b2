"""The update rules lesson's picture: where a rule takes the weight, where a switch takes it, and all other rules."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from lrviz.descend.engine import Array
from lrviz.descend.rules import Worked
from lrviz.figures.parts import SPIKE, axis, compact, fitted, runaways
from lrviz.figures.theme import series

FARTHEST = 3.0
"""Weights beyond this, three times the start, leave the picture by an arrow."""
MARKED_UP_TO = 20
MINE, OTHER = series(0), series(1)


def weights_figure(result: Worked, names: Mapping[str, str], words: Mapping[str, str]) -> dict[str, Any]:
    """Draw the weight after every update: the rule, the rule switched, every other rule in grey, the open step marked.

    `names` holds the label of every other rule by its kind; `words` holds x, y, mine, other and start.
    """
    mine, other = result.mine.weights, result.other.weights
    span = weight_range(np.concatenate([mine, other]))
    last = len(mine) - 1
    lines = [(words["mine"], MINE, mine), *([] if result.same else [(words["other"], OTHER, other)])]
    return {
        "data": [
            *(_quiet(weights, _text(names[kind])) for kind, weights in result.behind.items()),
            *(_line(weights, _text(fitted(name)), color) for name, color, weights in reversed(lines)),
            _open(result),
        ],
        "layout": {
            "xaxis": axis(words["x"], (-0.02 * last, 1.02 * last)) | SPIKE | ({"dtick": 1} if last <= 10 else {}),
            "yaxis": axis(words["y"], span),
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
            "hovermode": "closest",
            "hoverlabel": {"namelength": -1},
            "margin": {"l": 62, "r": 12, "t": 44, "b": 46},
            "uirevision": f"{last}",
            "annotations": _strays(lines, span, last),
        },
    }


def weight_range(weights: Array) -> tuple[float, float]:
    """Return an axis range that holds the weights up to FARTHEST and moves in round steps only."""
    near = np.clip(weights[np.isfinite(weights)], -FARTHEST, FARTHEST)
    low, high = float(near.min()), float(near.max())
    power = 10.0 ** math.floor(math.log10(max(high - low, 1e-6)))
    unit = next(m * power for m in (0.25, 0.5, 1, 2.5) if (high - low) <= 8 * m * power)
    return math.floor(low / unit - 0.25) * unit, math.ceil(high / unit + 0.25) * unit


def _quiet(weights: Array, name: str) -> dict[str, Any]:
    return _points(weights, name) | {
        "mode": "lines",
        "line": {"color": "@line/0.45", "width": 1.5},
        "showlegend": False,
    }


def _line(weights: Array, name: str, color: str) -> dict[str, Any]:
    few = len(weights) <= MARKED_UP_TO
    dash = {} if color == MINE else {"dash": "dot"}
    return _points(weights, name) | {
        "mode": "lines+markers" if few else "lines",
        "line": {"color": color, "width": 2.5} | dash,
        "marker": {"color": color, "size": 7},
    }


def _points(weights: Array, name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "x": np.arange(len(weights), dtype=np.float32),
        "y": compact(weights),
        "hovertemplate": "%{x}: %{y:.6~g}",
    }


def _open(result: Worked) -> dict[str, Any]:
    """Draw a ring around what the open update makes."""
    step, weights = result.scene.at, result.mine.weights
    ring = {"symbol": "circle-open", "size": 15, "color": "@text", "line": {"width": 2}}
    return {
        "type": "scatter", "mode": "markers", "x": np.array([step]), "y": weights[[step]], "marker": ring,
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _strays(lines: list[tuple[str, str, Array]], span: tuple[float, float], last: int) -> list[dict[str, Any]]:
    """Mark what lies off the picture, with its value."""
    steps = np.tile(np.arange(last + 1.0), len(lines))
    weights = np.concatenate([weights for _, _, weights in lines])
    colors = [color for _, color, values in lines for _ in values]
    labels = [f"w<sub>{t:.0f}</sub> = {_short(w)}" for t, w in zip(steps, weights, strict=True)]
    return runaways(steps, weights, labels, colors, (-0.5, last + 0.5), span)


def _short(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "∞" if value > 0 else "−∞" if value < 0 else "NaN"


def _text(name: str) -> str:
    """Return a name that Plotly writes as it is and never reads as markup."""
    return escape(name, quote=False)
