"""The dropout lesson's pictures: one layer before and after, the average of many masks, the stack."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.figures.parts import SPIKE, axis, compact, end_labels, label_room, runaways, steady_range
from lrviz.figures.theme import series
from lrviz.layers.dropout import Array
from lrviz.layers.dropout_scene import MOST_MASKS, Average, Depth, DropoutScene, Layer

TRAINING, BROKEN, EVALUATION, MASK = series(0), "@regime_bad", "@text", series(1)
"""The average in training, the same where nothing keeps it, what evaluation gives, what one mask gives."""
FUNNEL_POINTS = 50
MOST_DECADES = 8
TWICE = 2
"""How many times the layer's largest output the axis reaches, whatever p is; what is beyond gets an arrow."""
COUNTS = {"tickvals": [1, 2, 5, 10, 20, 50, 100, 200, 400], "exponentformat": "none"}
"""The ticks of an axis that counts masks."""
TOP, BOTTOM, ROOM = 14, 46, 27
"""Pixels: margins of the bars, and what a drawn network keeps free above and below in all; rows of both agree."""


def training_color(scene: DropoutScene) -> str:
    """Return the colour of outputs in training: another one where nothing keeps their average."""
    return BROKEN if scene.scaling == "never" else TRAINING


def rows(count: int) -> list[float]:
    """Return the heights of a layer's units in a picture, 0 to 1, the first on top."""
    reach = min(0.32, 0.1 * (count - 1))
    return [float(y) for y in np.linspace(0.53 + reach, 0.53 - reach, count)]


# ------------------------------------------------------------------------------------------------------ one layer


def layer_figure(result: Layer, words: Mapping[str, str], height: int, *, narrow: bool = False) -> dict[str, Any]:
    """Draw each unit before and after dropout as two bars in its row, as high as the rows of the network beside it.

    Where it is narrow the network stands above. `words` holds before, after and output.
    """
    before, after = result.scene.x, result.output
    places = rows(len(before))
    gap = places[0] - places[1] if len(places) > 1 else 0.2
    plot = height - 26
    floor = min(1 - (plot - TOP - BOTTOM) / (plot - ROOM), places[-1] - 0.45 * gap)  # a low picture still has every row
    return {
        "data": [
            _bars(before, places, 0.8 * gap, "@line/0.25", words["before"])
            | {"marker": {"color": "@line/0.25", "line": {"color": "@line", "width": 1}}},
            _bars(after, places, 0.44 * gap, training_color(result.scene), words["after"])
            | {"text": [_short(v) for v in after], "textposition": "outside", "cliponaxis": False}
            | {"textfont": {"size": 13}, "constraintext": "none"},
        ],
        "layout": {
            "xaxis": axis(words["output"], _wide(np.concatenate([before, after]))),
            "yaxis": axis("", (0.12, 0.94) if narrow else (floor, 1))
            | {"tickvals": places, "ticktext": _names(len(before)), "showgrid": False},
            "barmode": "overlay",
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom" if narrow else "top"},
            "hovermode": "closest",
            "margin": {"l": 34, "r": 12, "t": 28 if narrow else TOP, "b": BOTTOM},
            "uirevision": f"{len(before)}",
        },
    }


def _bars(values: Array, places: Sequence[float], width: float, color: str, name: str) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": name, "x": values, "y": np.array(places), "width": width,
        "marker": {"color": color}, "hovertemplate": "%{x:.6~g}",
    }  # fmt: skip


def _wide(values: Array) -> tuple[float, float]:
    """Return a steady range with room for the numbers at the ends of bars."""
    low, high = steady_range(1.12 * values, False)
    return (low, high if values.max() > 0 or low == 0 else -0.1 * low)


def _names(count: int) -> list[str]:
    return [f"x<sub>{i}</sub>" for i in range(1, count + 1)]


def _short(value: float) -> str:
    return f"{value + 0.0:.6g}"


# ------------------------------------------------------------------------------------------------------ many masks


def average_figure(result: Average, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw every unit's running average over masks, where it tends to, and what evaluation gives; beside it, one mask.

    It is a film: frame f shows the first f masks. `words` holds masks, output, unit, average, mask, evaluation and
    expected.
    """
    split = (0.26, 0.3) if narrow else (0.2, 0.23)
    span = steady_range(TWICE * result.scene.x, False)
    count, masks = len(result.scene.values), len(result.outputs)
    names = [f"{name} = {_short(v)}" for name, v in zip(_names(count), result.evaluated, strict=True)]
    labels = [(name, EVALUATION, float(v)) for name, v in zip(names, result.evaluated, strict=True)]
    return {
        "data": [
            _funnels(result, words["expected"]),
            _levels(result, words["evaluation"]),
            *_averages(result, words["average"]),
            *_each_mask(result, words),
        ],
        "layout": {
            "xaxis": axis(words["masks"], (0.93, masks * 1.04), log=True) | COUNTS | SPIKE | {"domain": [split[1], 1]},
            "yaxis": axis(words["output"], span) | {"anchor": "x2"},
            "xaxis2": axis(words["unit"], (0.4, count + 0.6)) | {"domain": [0, split[0]], "dtick": 1},
            "annotations": [*([] if narrow else end_labels(labels, *span, False)), *_off(result, span, split[0])],
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "hovermode": "closest",
            "margin": {"l": 62, "r": 12 if narrow else label_room(names), "t": 34, "b": 48},
            "uirevision": f"{masks} {count} {narrow}",
        },
    }


def _off(result: Average, span: tuple[float, float], across: float) -> list[dict[str, Any]]:
    """Mark what leaves the axis while p is large: what a mask gives of a unit it keeps, and the first averages."""
    count, masks = len(result.kept), len(result.averages)
    mask, unit = np.nonzero((result.averages < span[0]) | (result.averages > span[1]))
    first = np.asarray(mask + 1, dtype=np.float64), result.averages[mask, unit]
    kept = np.arange(1.0, count + 1), result.kept
    return [
        *_arrows(*kept, MASK, ((0.4, count + 0.6), span), "x2", across),
        *_arrows(*first, training_color(result.scene), ((0.93, masks * 1.04), span), "x", 1 - across),
    ]


def _arrows(
    x: Array, y: Array, color: str, spans: tuple[tuple[float, float], tuple[float, float]], name: str, across: float
) -> list[dict[str, Any]]:
    """Return an arrow at the upper and at the lower edge of a part of the picture, where something lies beyond it."""
    labels, colors = [f"{v:.3g}" for v in y], [color] * len(y)
    found = runaways(x, y, labels, colors, *spans, log_x=name == "x", at_edge=1, across=across)
    return [mark | {"xref": f"{name} domain", "yref": "y domain"} for mark in found]


def _funnels(result: Average, name: str) -> dict[str, Any]:
    """Shade where two of three averages lie, one standard error to each side of what they tend to: a shape a unit."""
    stops = np.geomspace(1, len(result.outputs), FUNNEL_POINTS)
    error = result.spread / np.sqrt(stops)[:, None]
    gap = np.full((1, len(result.expected)), np.nan)
    y = np.concatenate([result.expected + error, (result.expected - error)[::-1], gap])
    x = np.tile([*stops, *stops[::-1], np.nan], len(result.expected))
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": compact(x), "y": compact(y.T.ravel()), "fill": "toself",
        "fillcolor": f"{training_color(result.scene)}/0.14", "line": {"width": 0}, "hoverinfo": "skip",
    }  # fmt: skip


def _levels(result: Average, name: str) -> dict[str, Any]:
    """Draw what evaluation gives as dashed lines, with a gap between one and the next."""
    levels = result.evaluated
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": np.tile([0.5, 2.0 * MOST_MASKS, np.nan], len(levels)),
        "y": np.repeat(levels, 3), "line": {"color": EVALUATION, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip",
    }  # fmt: skip


def _averages(result: Average, name: str) -> list[dict[str, Any]]:
    color, count = training_color(result.scene), len(result.outputs)
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": np.arange(1, count + 1, dtype=np.float32),
            "y": compact(line), "film": {"reach": np.arange(count + 1, dtype=np.int32)},
            "line": {"color": color, "width": 2.25}, "legendgroup": "average", "showlegend": not i,
            "hovertemplate": f"{unit}, %{{x}}: %{{y:.5~g}}<extra></extra>",
        }
        for i, (line, unit) in enumerate(zip(result.averages.T, _names(len(result.evaluated)), strict=True))
    ]  # fmt: skip


def _each_mask(result: Average, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Mark, unit by unit, what this mask gives, the average so far, and what evaluation gives."""
    ring = {"symbol": "circle-open", "size": 10, "color": MASK, "line": {"width": 2}}
    dot = {"size": 9, "color": training_color(result.scene)}
    dash = {"symbol": "line-ew", "size": 22, "line": {"width": 1.5, "color": EVALUATION}}
    return [
        _dots(result.evaluated[None], words["evaluation"], dash) | {"showlegend": False},
        _dots(result.averages, words["average"], dot) | {"showlegend": False},
        _dots(result.outputs, words["mask"], ring),
    ]


def _dots(values: Array, name: str, marker: Mapping[str, Any]) -> dict[str, Any]:
    """Mark the last row of values, (frames, n), unit by unit; where there are more they are a film's, after nothing."""
    frames = compact(np.concatenate([np.full_like(values[:1], np.nan), values]))
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": np.arange(1.0, values.shape[1] + 1), "y": frames[-1],
        "xaxis": "x2", "marker": marker, "hovertemplate": "%{y:.5~g}",
    } | ({"film": {"y": frames}} if len(values) > 1 else {})  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- depth


def depth_figure(result: Depth, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw how many times its training signal every layer meets in evaluation, with the scale and without.

    `words` holds layer, times, scaled, unscaled, theory, single and same.
    """
    last, span = result.scene.depth, _times_range(result)
    single = {"color": TRAINING, "width": 1, "dash": "dot"}
    ends = [
        (f"{words['unscaled']} ×{result.unscaled[-1]:.4g}", BROKEN, float(result.unscaled[-1])),
        (f"{words['scaled']} ×{result.scaled[-1]:.4g}", TRAINING, float(result.scaled[-1])),
        (words["single"], TRAINING, float(result.singles[2, -1])),
    ]
    return {
        "data": [
            _along(np.ones(last + 1), words["same"], {"color": "@line", "width": 1.5, "dash": "dash"}),
            _along(result.expected, words["theory"], {"color": EVALUATION, "width": 1.25, "dash": "dash"}),
            _along(result.singles[0], words["single"], single) | {"showlegend": False},
            _along(result.singles[2], words["single"], single),
            _along(result.scaled, words["scaled"], {"color": TRAINING, "width": 2.5}) | {"mode": "lines+markers"},
            _along(result.unscaled, words["unscaled"], {"color": BROKEN, "width": 2.5}) | {"mode": "lines+markers"},
        ],
        "layout": {
            "xaxis": axis(words["layer"], (-0.02 * last, 1.02 * last)) | SPIKE | ({"dtick": 1} if last <= 12 else {}),
            "yaxis": axis(words["times"], span, log=True) | _ticks(span),
            "annotations": [*end_labels(ends, *span, True), *_silenced(result, span)],
            "showlegend": False,
            "hovermode": "x",
            "margin": {"l": 66, "r": label_room([name for name, _, _ in ends]), "t": 16, "b": 48},
            "uirevision": f"{span} {last}",
        },
    }  # fmt: skip


def _times_range(result: Depth) -> tuple[float, float]:
    """Return an axis range that stays put while p turns a little: from a half or a power of ten to a round top."""
    shown = np.concatenate([result.unscaled, result.scaled, result.singles.ravel()])
    top = steady_range(np.append(shown, 10.0), False)[1]
    return (0.5 if shown.min() > 0.5 else 10.0 ** np.floor(np.log10(shown.min()))), top


def _ticks(span: tuple[float, float]) -> dict[str, Any]:
    """Return ticks at 1, 2 and 5 of every power of ten where there are few of these, else at some of the powers."""
    decades = float(np.log10(span[1] / span[0]))
    if decades > 3:
        return {"dtick": int(np.ceil(decades / MOST_DECADES))}
    return {"tickvals": [m * 10.0**k for k in range(-3, 4) for m in (1, 2, 5)], "exponentformat": "none"}


def _along(values: Array, name: str, line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": np.arange(len(values), dtype=np.float32),
        "y": compact(np.where(np.isfinite(values), values, np.nan)), "line": line, "hovertemplate": "%{y:.4~g}",
    }  # fmt: skip


def _silenced(result: Depth, span: tuple[float, float]) -> list[dict[str, Any]]:
    """Mark the first layer that no mask reaches any more: what it meets is infinitely much."""
    lines = ((result.unscaled, BROKEN), (result.scaled, TRAINING))
    lost = [(float(np.isinf(values).argmax()), color) for values, color in lines if np.isinf(values).any()]
    x, colors = [at for at, _ in lost], [color for _, color in lost]
    beyond = [np.inf] * len(lost)
    return runaways(x, beyond, ["∞"] * len(lost), colors, (0, max(result.scene.depth, 1)), span, log_y=True)
