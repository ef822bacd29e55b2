"""The noise at one place: a cloud of batch gradients in its exact ellipse, its size and its price by batch size."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.batches.noise import ELLIPSE, Cloud
from lrviz.batches.training import SAMPLES
from lrviz.descend.engine import Array
from lrviz.figures.parts import axis, compact
from lrviz.figures.theme import ROLES

SIZES = np.unique(np.rint(np.geomspace(1, SAMPLES, 60)))
REACH = 1.7
"""How far the axes of the cloud reach, in root mean square lengths of a single sample's gradient."""
SIDE_BY_SIDE = ({"domain": [0, 0.47]}, {"domain": [0.58, 1]}, {}, {"domain": [0.56, 1]}, {"domain": [0, 0.4]})
ABOVE_EACH_OTHER = ({}, {}, {"domain": [0.5, 1]}, {"domain": [0.25, 0.42]}, {"domain": [0, 0.16]})


def noise_figure(result: Cloud, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw the cloud, and by batch size how large the noise is and how much of a step's progress it leaves.

    `words` holds first and second (a gradient's components), batch, uphill, climbs (the side where steps climb), full,
    ellipse, outside, batch_size, spread, length (the gradient's), independent, measured, progress, simple, and no_slope
    (said where there is none).
    """
    left, right, upper, middle, lower = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    reach = reach_of(result)
    square = {"scaleanchor": "x", "constrain": "domain"}
    return {
        "data": [
            *_batches(result, words), _ellipse(result, words["ellipse"]), _slope_line(result, reach),
            *_spreads(result, words), *_progress(result, words["progress"]),
        ],
        "layout": {
            "xaxis": axis(words["first"], (-reach, reach)) | left | {"constrain": "domain"},
            "yaxis": axis(words["second"], (-reach, reach)) | upper | square,
            "xaxis2": axis(words["batch_size"], (1, SAMPLES), log=True) | right | {"anchor": "y2"},
            "yaxis2": axis(words["spread"], _span(result), log=True) | middle | {"anchor": "x2"},
            "xaxis3": axis(words["batch_size"], (1, SAMPLES), log=True) | right | {"anchor": "y3"},
            "yaxis3": axis(words["progress"], (0, 1.05)) | lower | {"anchor": "x3", "tickformat": ".0%"},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 60, "r": 20, "t": 12, "b": 46},
            "uirevision": f"{reach:.3g} {narrow}",
            "annotations": [*_arrow(result, words["full"]), *_names(result, words, reach)],
            "shapes": _simple(result),
        },
    }  # fmt: skip


def reach_of(result: Cloud) -> float:
    """Return how far the cloud's axes reach: the place decides, not the batch, so that the cloud is seen to shrink."""
    return REACH * float(np.sqrt(np.trace(result.covariance) + result.length**2))


def outside(result: Cloud) -> int:
    """Return how many batches lie outside the picture."""
    return int((np.abs(result.batches) > reach_of(result)).any(axis=1).sum())


def _batches(result: Cloud, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw every batch's gradient; those that would climb the loss in the colour of diverging."""
    climbs = (result.batches @ result.full < 0) & result.settles
    return [
        _dots(result.batches[~climbs], words["batch"], ROLES["batch"]),
        _dots(result.batches[climbs], words["uphill"], "@regime_bad"),
    ]


def _dots(places: Array, name: str, color: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": compact(places[:, 0]), "y": compact(places[:, 1]),
        "marker": {"color": color, "size": 5, "opacity": 0.65}, "hovertemplate": "%{x:.3f}, %{y:.3f}",
    }  # fmt: skip


def _ellipse(result: Cloud, name: str) -> dict[str, Any]:
    """Draw where the exact covariance puts ELLIPSE standard deviations, thin and dashed."""
    values, directions = np.linalg.eigh(result.batch_covariance)
    turn = np.linspace(0, 2 * np.pi, 97)
    radii = ELLIPSE * np.sqrt(np.maximum(values, 0))[:, None]
    x, y = result.full[:, None] + directions @ (radii * np.stack([np.cos(turn), np.sin(turn)]))
    line = {"color": "@text", "width": 1.5, "dash": "dash"}
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": compact(x), "y": compact(y), "line": line,
        "hoverinfo": "skip",
    }  # fmt: skip


def _slope_line(result: Cloud, reach: float) -> dict[str, Any]:
    """Draw the line beyond which a batch's step climbs the loss: at right angles to the whole gradient, through 0."""
    across = np.array([-result.full[1], result.full[0]]) / result.length if result.settles else np.full(2, np.nan)
    ends = np.array([-2.0, 2.0])[:, None] * reach * across
    return {
        "type": "scatter", "mode": "lines", "x": compact(ends[:, 0]), "y": compact(ends[:, 1]), "hoverinfo": "skip",
        "line": {"color": "@line", "width": 1, "dash": "dot"}, "name": "",
    }  # fmt: skip


def _arrow(result: Cloud, name: str) -> list[dict[str, Any]]:
    """Draw the whole gradient as an arrow from 0; at the minimum there is none."""
    if not result.settles:
        return []
    x, y = result.full.tolist()
    arrow = {"x": x, "y": y, "ax": 0, "ay": 0, "axref": "x", "ayref": "y", "text": "", "showarrow": True}
    look = {"arrowhead": 2, "arrowwidth": 3, "arrowcolor": ROLES["gradient"], "standoff": 0}
    away = {"xanchor": "left" if x < 0 else "right", "yanchor": "bottom" if y < 0 else "top"}
    label = {"x": 0, "y": 0, "text": name, "showarrow": False, "font": {"size": 13}}
    return [arrow | look, label | away | {"bgcolor": "@background/0.75"}]


def _span(result: Cloud) -> tuple[float, float]:
    """Return the range of the noise's size: from the largest batch but one to a single sample, in powers of ten."""
    most = float(result.spread_at(1))
    top = 10 ** np.ceil(np.log10(max(most, result.length)))
    return top / 1e3, top


def _spreads(result: Cloud, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the noise by batch size: exact, of independent samples, measured; and the gradient's length."""
    y = result.spread_at(SIZES)
    independent = result.spread_at(1) / np.sqrt(SIZES)
    level = np.full(2, result.length if result.settles else np.nan)
    lines = [
        _line(SIZES, independent, words["independent"], {"color": "@muted", "width": 1.3, "dash": "dash"}),
        _line(SIZES, np.where(y > 0, y, np.nan), words["spread"], {"color": "@text", "width": 2.2}),
        _line(np.array([1.0, SAMPLES]), level, words["length"], {"color": ROLES["gradient"], "width": 2}),
    ]
    dot = {"color": ROLES["batch"], "size": 11, "line": {"color": "@background", "width": 1.5}}
    at = result.measured if result.measured > 0 else np.nan
    mine = _line(np.array([float(result.size)]), np.array([at]), words["measured"], {})
    return [line | {"xaxis": "x2", "yaxis": "y2"} for line in [*lines, mine | {"mode": "markers", "marker": dot}]]


def _progress(result: Cloud, name: str) -> list[dict[str, Any]]:
    """Draw the share of an exact step's best progress that a batch's best step makes."""
    shares = result.progress_at(SIZES) if result.settles else np.full(len(SIZES), np.nan)
    line = _line(SIZES, shares, name, {"color": "@text", "width": 2.2})
    dot = {"color": ROLES["batch"], "size": 11, "line": {"color": "@background", "width": 1.5}}
    at = np.array([result.progress_at(result.size) if result.settles else np.nan])
    mine = _line(np.array([float(result.size)]), at, name, {}) | {"mode": "markers", "marker": dot}
    hovered = {"xaxis": "x3", "yaxis": "y3", "hovertemplate": "%{x:.0f}: %{y:.1%}"}
    return [line | hovered, mine | hovered]


def _line(x: Array, y: Array, name: str, line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": compact(x), "y": compact(y), "line": dict(line),
        "hovertemplate": "%{x:.0f}: %{y:.3~g}",
    }  # fmt: skip


def _simple(result: Cloud) -> list[dict[str, Any]]:
    """Draw a line at the batch whose noise is as large as the gradient, where the axis shows it."""
    if not 1 <= result.simple <= SAMPLES:
        return []
    line = {"type": "line", "x0": result.simple, "x1": result.simple, "y0": 0, "y1": 1}
    look = {"line": {"color": "@line", "width": 1.2, "dash": "dot"}}
    return [line | look | {"xref": f"x{i}", "yref": f"y{i} domain"} for i in (2, 3)]


def _names(result: Cloud, words: Mapping[str, str], reach: float) -> list[dict[str, Any]]:
    """Name the lines beside them, and what lies outside the cloud's axes."""
    quiet = {"showarrow": False, "font": {"size": 12, "color": "@muted"}}
    notes = []
    if 1 <= result.simple <= SAMPLES:
        at = {"x": float(np.log10(result.simple)), "xref": "x2", "y": 1, "yref": "y2 domain"}
        notes.append(quiet | at | {"text": words["simple"], "xanchor": "left", "xshift": 4, "yanchor": "top"})
    if result.settles:
        at = {"x": 1, "xref": "x2 domain", "y": float(np.log10(result.length)), "yref": "y2"}
        notes.append(quiet | at | {"text": words["length"], "xanchor": "right", "yanchor": "bottom"})
    if result.settles:
        far = -np.sign(result.full)
        at = {"x": float(reach * far[0]), "y": float(reach * far[1]), "xref": "x", "yref": "y"}
        sides = {"xanchor": "right" if far[0] > 0 else "left", "yanchor": "top" if far[1] > 0 else "bottom"}
        notes.append(quiet | at | sides | {"text": words["climbs"]})
    else:
        at = {"x": 0.5, "xref": "x3 domain", "y": 0.5, "yref": "y3 domain"}
        notes.append(quiet | at | {"text": words["no_slope"]})
    if outside(result):
        at = {"x": 0, "xref": "x domain", "y": 0, "yref": "y domain", "xanchor": "left", "yanchor": "bottom"}
        notes.append(quiet | at | {"text": words["outside"], "bgcolor": "@background/0.75"})
    return notes
