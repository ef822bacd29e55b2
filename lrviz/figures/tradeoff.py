"""The smoothing lesson's second picture: a noisy signal with its average, and the error of every memory."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import SPIKE, axis, compact, steady_range
from lrviz.figures.smoothing import MEMORY
from lrviz.smoothing.averages import Array, window
from lrviz.smoothing.tradeoff import CHANGE, LONGEST_MEMORY, MEMORIES, Tradeoff

LATE, SCATTERED, BOTH = "@series3", "@series4", "@text"
"""The colours of what the lag costs, what the noise costs, and both together."""
SIDE_BY_SIDE = ({"domain": [0, 0.53]}, {"domain": [0.63, 1]}, {}, {})
ABOVE_EACH_OTHER = ({}, {}, {"domain": [0.57, 1]}, {"domain": [0, 0.34]})
SHORTEST_ARROW = 1.0
TICKS = {"tickmode": "array", "tickvals": [1, 2, 5, 10, 20, 50, 100, 200]}
NAMED_AT = (70.0, 200.0, 110.0)
"""The memories at which the three curves are named: where they are far apart, whatever the signal."""


def tradeoff_figure(result: Tradeoff, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw signal, noise and average over the steps, and beside them what lag and noise cost at every memory.

    `words` holds x, y, memory, error, noisy, truth, average, late, scattered, both, behind and best (with numbers).
    """
    left, right, upper, lower = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    tall = steady_range(np.concatenate(result.errors), False)
    return {
        "data": [*_signals(result, words), *_errors(result, words), *_here(result)],
        "layout": {
            "xaxis": axis(words["x"], (0, len(result.truth) - 1)) | SPIKE | left,
            "yaxis": axis(words["y"], _height(result)) | upper,
            "xaxis2": axis(words["memory"], (1, LONGEST_MEMORY), log=True) | TICKS | SPIKE | right | {"anchor": "y2"},
            "yaxis2": axis(words["error"], tall) | lower | {"anchor": "x2"},
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
            "hovermode": "x unified",
            "margin": {"l": 66, "r": 20, "t": 36, "b": 48},
            "uirevision": f"{result.signal} {narrow}",
            "annotations": [*_arrow(result, words["behind"]), *_names(result, words), _best(result, words["best"])],
        },
    }


def _height(result: Tradeoff) -> tuple[float, float]:
    low, high = float(min(result.noisy.min(), 0)), float(max(result.noisy.max(), 1))
    return low - 0.06 * (high - low), high + 0.06 * (high - low)


def _signals(result: Tradeoff, words: Mapping[str, str]) -> list[dict[str, Any]]:
    steps = np.arange(len(result.truth), dtype=np.float64)
    dots = {"mode": "markers", "marker": {"color": "@line", "size": 5, "opacity": 0.6}}
    dashed = {"line": {"color": "@text", "width": 1.5, "dash": "dash"}}
    return [
        _curve(steps, result.noisy, words["noisy"]) | dots,
        _curve(steps, result.truth, words["truth"]) | dashed,
        _curve(steps, result.average, words["average"]) | {"line": {"color": MEMORY, "width": 3}},
    ]


def _errors(result: Tradeoff, words: Mapping[str, str]) -> list[dict[str, Any]]:
    names, colors = (words["late"], words["scattered"], words["both"]), (LATE, SCATTERED, BOTH)
    return [
        _curve(MEMORIES, errors, name) | _beside() | {"line": {"color": color, "width": 3 if color == BOTH else 2}}
        for errors, name, color in zip(result.errors, names, colors, strict=True)
    ]


def _here(result: Tradeoff) -> list[dict[str, Any]]:
    """Mark where beta is on the three curves."""
    memory = window(result.beta)
    if not math.isfinite(memory):
        return []
    marker = {"size": 11, "color": [LATE, SCATTERED, BOTH], "line": {"color": "@background", "width": 1.5}}
    points = _curve(np.full(3, memory), np.array(result.here), "") | _beside()
    return [points | {"mode": "markers", "marker": marker, "hoverinfo": "skip"}]


def _curve(x: Array, y: Array, name: str) -> dict[str, Any]:
    made = {"type": "scatter", "mode": "lines", "name": name, "x": compact(x), "y": compact(y)}
    return made | {"hovertemplate": "%{y:.3~g}"}


def _beside() -> dict[str, Any]:
    return {"xaxis": "x2", "yaxis": "y2", "showlegend": False}


def _arrow(result: Tradeoff, text: str) -> list[dict[str, Any]]:
    """Draw how late the average is: on the slope at its end, on the jump at half its height."""
    late, last = result.behind, len(result.truth) - 1
    if late is None or not SHORTEST_ARROW <= late < last - CHANGE:
        return []
    tip, tail = (float(last), last - late) if result.signal.shape == "ramp" else (CHANGE + late, float(CHANGE))
    height = float(result.truth[math.floor(tail)]) if result.signal.shape == "ramp" else 0.5
    arrow = {"x": tip, "ax": tail, "y": height, "ay": height, "xref": "x", "yref": "y", "axref": "x", "ayref": "y"}
    line = {"text": "", "showarrow": True, "arrowhead": 2, "arrowwidth": 2, "arrowcolor": LATE}
    ramp = result.signal.shape == "ramp"
    beside = {"x": tail, "xanchor": "right", "xshift": -8} if ramp else {"x": tip, "xanchor": "left", "xshift": 8}
    label = {"text": text, "y": height, "showarrow": False, "font": {"color": LATE, "size": 14}}
    return [arrow | line, label | beside | {"bgcolor": "@background/0.8"}]


def _names(result: Tradeoff, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name the three curves of errors where they run."""
    names = (words["late"], words["scattered"], words["both"])
    sides = ({"xanchor": "left", "xshift": 8}, {"xanchor": "right", "yshift": 12}, {"xanchor": "right", "xshift": -8})
    found = []
    for name, color, memory, errors, side in zip(
        names, (LATE, SCATTERED, BOTH), NAMED_AT, result.errors, sides, strict=True
    ):
        at = int(np.argmin(np.abs(MEMORIES - memory)))
        place = {"x": math.log10(float(MEMORIES[at])), "y": float(errors[at]), "xref": "x2", "yref": "y2"}
        found.append(place | side | {"text": name, "showarrow": False, "font": {"color": color, "size": 14}})
    return found


def _best(result: Tradeoff, text: str) -> dict[str, Any]:
    """Point at the memory at which both errors together are least."""
    at = int(np.argmin(result.errors[2]))
    place = {"x": math.log10(float(MEMORIES[at])), "y": float(result.errors[2][at]), "xref": "x2", "yref": "y2"}
    arrow = {"showarrow": True, "arrowhead": 2, "arrowcolor": "@text", "ax": 0, "ay": -46, "standoff": 4}
    return place | arrow | {"text": text, "font": {"color": "@text", "size": 13}, "bgcolor": "@background/0.8"}
