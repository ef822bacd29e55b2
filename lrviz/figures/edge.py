"""The edge of stability's picture: the loss above, the sharpness below, the bound 2 / eta across it, what is fitted."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, compact
from lrviz.figures.theme import ROLES, series
from lrviz.train.edge import Edge

SHARPNESS = series(4)
LOSS = {"grow": "loss", "shift": -1}
RATIO = {"grow": "sharpness"}
UPPER, LOWER = (0.56, 1.0), (0.0, 0.46)
FITTED = (0.74, 1.0)
"""What the picture of the fit takes of the width."""
ABOVE = 1.45
"""How far the sharpness' axis reaches, in terms of the bound."""


def edge_figure(edge: Edge, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw what a run's job tells, as it tells it; `edge` may already have another rate, whose bound is drawn.

    `words` holds step, loss, sharpness, bound (its name, with its value), fitted, target and x.
    """
    wide = {} if narrow else {"domain": (0, FITTED[0] - 0.08)}
    return {
        "data": [*_lines(words), _bound(edge, words), *([] if narrow else _fit(edge, words))],
        "layout": {
            "xaxis": axis(words["step"], (0, edge.steps)) | {"anchor": "y2", "tickformat": ",d", "nticks": 6} | wide,
            "yaxis": axis(words["loss"], (1e-2, 1), log=True)
            | {"domain": UPPER, "dtick": None, "nticks": 5, "live": {"of": [LOSS], "down": True, "up": True}},
            "yaxis2": axis(words["sharpness"], (0, ABOVE * edge.bound))
            | {"domain": LOWER, "live": {"of": [RATIO], "up": True}},
            **({} if narrow else _fit_axes(words)),
            "annotations": _names(edge, words, narrow),
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 66, "r": 16, "t": 14 if narrow else 24, "b": 48},
            "uirevision": f"{edge.steps} {edge.bound} {narrow}",
        },
    }


def _lines(words: Mapping[str, str]) -> list[dict[str, Any]]:
    line = {"type": "scatter", "mode": "lines", "x": np.zeros(0), "y": np.zeros(0), "hovertemplate": "%{x}: %{y:.4~g}"}
    return [
        line | {"name": words["loss"], "live": LOSS, "line": {"color": ROLES["training_loss"], "width": 1.8}},
        line | {"name": words["sharpness"], "live": RATIO, "yaxis": "y2", "line": {"color": SHARPNESS, "width": 2.5}},
    ]


def _bound(edge: Edge, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": words["bound"], "x": np.array([0.0, edge.steps]),
        "y": np.full(2, edge.bound), "yaxis": "y2", "hoverinfo": "skip",
        "line": {"color": ROLES["learning_rate"], "width": 1.8, "dash": "dash"},
    }  # fmt: skip


def _names(edge: Edge, words: Mapping[str, str], narrow: bool) -> list[dict[str, Any]]:
    """Name the bound on its line, at the left end, which the sharpness reaches last."""
    place = {"xref": "paper", "x": 0.01, "yref": "y2", "y": edge.bound, "xanchor": "left", "yanchor": "bottom"}
    font = {"color": ROLES["learning_rate"], "size": 14}
    found = [place | {"text": words["bound"], "showarrow": False, "font": font}]
    if not narrow:
        top = {"xref": "paper", "x": sum(FITTED) / 2, "yref": "paper", "y": UPPER[1], "yanchor": "bottom"}
        found.append(top | {"text": words["fitted"], "showarrow": False, "font": {"color": "@muted", "size": 12}})
    return found


def _fit(edge: Edge, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the points to be fitted, and what the net says of them."""
    x, y = edge.points()
    points = {"type": "scatter", "x": compact(x), "xaxis": "x2", "yaxis": "y3", "hoverinfo": "skip"}
    return [
        points
        | {"mode": "markers", "name": words["target"], "y": compact(y), "marker": {"color": "@line", "size": 7}},
        points
        | {
            "mode": "lines", "name": words["fitted"], "y": np.full(len(x), np.nan, np.float32),
            "live": {"hold": "fitted", "into": "y"}, "line": {"color": ROLES["training_loss"], "width": 2.5},
        },
    ]  # fmt: skip


def _fit_axes(words: Mapping[str, str]) -> dict[str, Any]:
    small = {"tickfont": {"size": 12}, "nticks": 3}
    return {
        "xaxis2": axis(words["x"], (-1.1, 1.1)) | {"domain": FITTED, "anchor": "y3"} | small,
        "yaxis3": axis("", (-1.5, 1.5)) | {"domain": UPPER, "anchor": "x2"} | small,
    }
