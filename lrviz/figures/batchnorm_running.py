"""Batch norm over a stream of batches: their statistics beside the running ones, which approach the truth."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import SPIKE, axis, compact, runaways, steady_range
from lrviz.figures.theme import ROLES
from lrviz.layers.normalization import Array
from lrviz.layers.running import SIZES, Stream

BATCH, RUNNING, TRUTH = ROLES["batch"], "@series4", "@text"
ROOM = 2.2
"""A mean's axis reaches so many spreads to both sides of the truth, a variance's up to so many true variances."""
OUTPUTS, EDGE = (-1.5, 5.5), 0.2
"""The axis of what an input becomes that should become 1; what is beyond it is an arrow so far from its end."""
BIASED = "(n − 1)/n · σ²"
LEFT, RIGHT = [0.0, 0.44], [0.56, 1.0]
UPPER, LOWER = [0.58, 1.0], [0.0, 0.42]
STACKED = ([0.865, 1.0], [0.665, 0.8], [0.465, 0.6], [0.0, 0.25])


def running_figure(result: Stream, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw means, variances and one input's outputs batch by batch, as a film, and the noise against the batch size.

    `words` holds batch (the axis), mean, variance, output and noise (what the panels show), own, running, truth,
    size, of_mean and of_variance.
    """
    panels = _means(result, words), _variances(result, words), _outputs(result, words)
    places = _places(narrow)
    data = [trace for i, panel in enumerate(panels) for trace in _placed(panel, i + 1)] + _noise(result, words)
    return {
        "data": data,
        "layout": {
            **_axes(result, words, places, narrow),
            "showlegend": True,
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.05 if narrow else 1.08,
                "yanchor": "bottom",
                "traceorder": "normal",
            },
            "hovermode": "closest",
            "margin": {"l": 44, "r": 12, "t": 96 if narrow else 56, "b": 44},
            "annotations": [
                *_titles(words, places),
                *_labels(words),
                _biased(result, BIASED),
                *_start(result),
            ],
            "uirevision": f"{result.scene.batches} {result.scene.mean} {result.scene.spread} {narrow}",
        },
    }


def _places(narrow: bool) -> list[tuple[list[float], list[float]]]:
    """Return where the four panels stand, across and up: two by two, or one below the other."""
    if narrow:
        return [([0.0, 1.0], rows) for rows in STACKED]
    return [(LEFT, UPPER), (LEFT, LOWER), (RIGHT, UPPER), (RIGHT, LOWER)]


def _placed(traces: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [trace | _on(number) | {"showlegend": number == 1} for trace in traces]


def _on(number: int) -> dict[str, str]:
    return {} if number == 1 else {"xaxis": f"x{number}", "yaxis": f"y{number}"}


# --------------------------------------------------------------------------------------------- batch after batch


def _means(result: Stream, words: Mapping[str, str]) -> list[dict[str, Any]]:
    return _panel(result.found.mean, result.running_mean, result.truth[0], words)


def _variances(result: Stream, words: Mapping[str, str]) -> list[dict[str, Any]]:
    level = _level(result, result.biased_truth, BIASED) | {"line": {"color": BATCH, "width": 1.5, "dash": "dot"}}
    return [level, *_panel(result.found.variance, result.running_var, result.truth[1], words)]


def _outputs(result: Stream, words: Mapping[str, str]) -> list[dict[str, Any]]:
    own, running, truth = _panel(result.in_training, result.in_eval, 1.0, words)
    low, high = OUTPUTS
    above, below = result.in_training > high, result.in_training < low
    symbols = np.where(above, "triangle-up", np.where(below, "triangle-down", "circle"))
    marker = {"symbol": symbols, "size": np.where(above | below, 9, 5), "line": {"width": 0}}
    own |= {"y": compact(np.clip(result.in_training, low + EDGE, high - EDGE)), "marker": own["marker"] | marker}
    own |= {"customdata": compact(result.in_training)}
    own |= {"hovertemplate": "%{x}: %{customdata:.4~g}"}
    return [own, running, truth]


def _panel(own: Array, running: Array, truth: float, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw what each of T batches has as dots, what is remembered as a line, and the truth dashed."""
    steps = np.arange(len(running), dtype=np.int32)
    return [
        {
            "type": "scatter", "mode": "markers", "name": words["own"], "x": steps[1:], "y": compact(own),
            "marker": {"color": BATCH, "size": 5, "opacity": 0.75}, "hovertemplate": "%{x}: %{y:.4~g}",
            "film": {"reach": steps},
        },
        {
            "type": "scatter", "mode": "lines", "name": words["running"], "x": steps, "y": compact(running),
            "line": {"color": RUNNING, "width": 2.5}, "hovertemplate": "%{x}: %{y:.4~g}", "film": {"reach": steps + 1},
        },
        {
            "type": "scatter", "mode": "lines", "name": words["truth"], "x": steps[[0, -1]], "y": np.full(2, truth),
            "line": {"color": TRUTH, "width": 1.5, "dash": "dash"}, "hovertemplate": "%{y:.4~g}",
        },
    ]  # fmt: skip


def _level(result: Stream, height: float, name: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": np.array([0, result.scene.batches]),
        "y": np.full(2, height), "hovertemplate": f"{name} %{{y:.4~g}}",
    }  # fmt: skip


def _biased(result: Stream, name: str) -> dict[str, Any]:
    """Name what the biased variances scatter around, at its right end."""
    place = {"xref": "x2 domain", "x": 1, "xanchor": "right", "yref": "y2", "yanchor": "top", "y": result.biased_truth}
    return place | {
        "text": name,
        "showarrow": False,
        "font": {"size": 12, "color": BATCH},
        "bgcolor": "@background/0.85",
    }


def _start(result: Stream) -> list[dict[str, Any]]:
    """Mark what eval mode makes of the input before the first batch, where that is off its panel."""
    first, last = float(result.in_eval[0]), result.scene.batches
    spans = ((-0.02 * last, 1.02 * last), OUTPUTS)
    found = runaways([0.0], [first], [f"{first:.3g}"], [RUNNING], *spans, across=RIGHT[1] - RIGHT[0])
    return [mark | {"xref": "x3 domain", "yref": "y3 domain"} for mark in found]


# ---------------------------------------------------------------------------------------------------------- noise


def _noise(result: Stream, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw how far batch statistics are off, by batch size: measured, by theory, and where the knob stands."""
    sizes, expected = np.array(SIZES, dtype=np.float32), result.expected(SIZES)
    made: list[dict[str, Any]] = []
    for column, (name, symbol) in enumerate((("of_mean", "circle"), ("of_variance", "diamond"))):
        trace = {"type": "scatter", "x": sizes, "showlegend": False}
        line = {"mode": "lines", "line": {"color": TRUTH, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip"}
        dots = {"mode": "markers", "marker": {"color": BATCH, "size": 7, "symbol": symbol}}
        hover = {"hovertemplate": f"{words[name]}<br>n = %{{x}}: %{{y:.3~g}}", "name": ""}
        made += [
            trace | line | {"y": compact(expected[:, column])},
            trace | dots | hover | {"y": compact(result.scatter[:, column])},
        ]
    ring = {"symbol": "circle-open", "size": 15, "color": "@text", "line": {"width": 2}}
    now = result.scatter_of(result.scene.batch)
    here = {"type": "scatter", "mode": "markers", "x": np.full(2, result.scene.batch), "y": np.array(now)}
    made.append(here | {"marker": ring, "hoverinfo": "skip", "showlegend": False})
    return [trace | _on(4) for trace in made]


def _labels(words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name the upper line of theory on its right, the lower one on its left."""
    place = {"xref": "x4 domain", "yref": "y4 domain", "showarrow": False, "font": {"size": 13, "color": TRUTH}}
    return [
        place | {"text": words["of_variance"], "x": 0.98, "y": 0.97, "xanchor": "right", "yanchor": "top"},
        place | {"text": words["of_mean"], "x": 0.02, "y": 0.03, "xanchor": "left", "yanchor": "bottom"},
    ]


# ----------------------------------------------------------------------------------------------------------- axes


def _axes(
    result: Stream, words: Mapping[str, str], places: list[tuple[list[float], list[float]]], narrow: bool
) -> dict[str, dict[str, Any]]:
    """Return the axes; those that count batches have their name only where nothing stands right below."""
    last = result.scene.batches
    named = (False, not narrow, narrow)
    across = [axis(words["batch"] * name, (-0.02 * last, 1.02 * last)) | SPIKE for name in named]
    for quiet in across[:2] if narrow else ():
        quiet["showticklabels"] = False
    across.append(
        axis(words["size"], (1.7, 300), log=True) | {"dtick": None, "tickvals": list(SIZES), "exponentformat": "none"}
    )
    up = [
        axis("", _mean_span(result)),
        axis("", _variance_span(result)),
        axis("", OUTPUTS),
        axis("", (0.03, 3), log=True),
    ]
    made = {}
    for i, ((column, row), x, y) in enumerate(zip(places, across, up, strict=True)):
        name = "" if i == 0 else str(i + 1)
        made[f"xaxis{name}"] = x | {"domain": column, "anchor": f"y{name}"}
        made[f"yaxis{name}"] = y | {"domain": row, "anchor": f"x{name}", "nticks": 5}
    return made


def _mean_span(result: Stream) -> tuple[float, float]:
    """Return a range that does not depend on the batch size, so that a larger one is seen to scatter less."""
    mean, room = result.scene.mean, ROOM * result.scene.spread
    return min(mean - room, -0.05 * room), max(mean + room, 0.05 * room)


def _variance_span(result: Stream) -> tuple[float, float]:
    highest = max(ROOM * result.truth[1], float(result.found.variance.max()), float(result.running_var.max()))
    return 0.0, steady_range(np.array([highest]), False)[1]


def _titles(words: Mapping[str, str], places: list[tuple[list[float], list[float]]]) -> list[dict[str, Any]]:
    """Write over each panel what it shows."""
    said = words["mean"], words["variance"], words["output"], words["noise"]
    place = {"xref": "paper", "yref": "paper", "showarrow": False, "xanchor": "left", "yanchor": "bottom", "yshift": 2}
    return [
        place | {"x": column[0], "y": row[1], "text": text, "font": {"size": 14, "color": "@text"}}
        for text, (column, row) in zip(said, places, strict=True)
    ]
