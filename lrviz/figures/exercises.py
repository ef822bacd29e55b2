"""The pictures of exercises that no lesson has: measured lines beside one another, and a map before it is seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.figures.parts import SPIKE, axis, compact, end_labels, fitted, label_room, runaways, steady_range, thin
from lrviz.schedules.base import Array

BEYOND = 1e3
"""How many times as high as the first line begins the picture reaches; what is more gets an arrow."""
MOST_DRAWN = 400


@dataclass(frozen=True)
class Line:
    """Values from x = `at[0]` on, drawn in a colour; without a name it has no label, and `dash` is Plotly's."""

    name: str
    color: str
    at: Array
    values: Array
    dash: str = "solid"


def lines_figure(lines: Sequence[Line], x: str, y: str, *, log: bool, narrow: bool = False) -> dict[str, Any]:
    """Draw lines over one axis, each with its name at its end, or above the picture where that is narrow."""
    span = _span(lines, log)
    named = [one for one in lines if one.name]
    ends = (float(min(one.at[0] for one in lines)), float(max(one.at[-1] for one in lines)))
    room = (ends[1] - ends[0]) * 0.02
    labels = [] if narrow else end_labels([(fitted(one.name), one.color, _last(one)) for one in named], *span, log)
    return {
        "data": [_drawn(one, log) for one in lines],
        "layout": {
            "xaxis": axis(x, (ends[0] - room, ends[1] + room)) | SPIKE,
            "yaxis": axis(y, span, log=log),
            "showlegend": narrow,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "hovermode": "x unified",
            "margin": {"l": 60, "r": 14 if narrow else label_room([one.name for one in named]), "t": 14, "b": 46},
            "annotations": [*labels, *_lost(lines, ends, span, log)],
            "uirevision": f"{span} {ends}",
        },
    }


def _span(lines: Sequence[Line], log: bool) -> tuple[float, float]:
    first = next((float(v) for v in lines[0].values if math.isfinite(v) and v > 0), 1.0)
    values = np.concatenate([one.values for one in lines])
    return steady_range(values[np.abs(values) <= BEYOND * first], log)


def _last(one: Line) -> float:
    finite = one.values[np.isfinite(one.values)]
    return float(finite[-1]) if finite.size else math.nan


def _drawn(one: Line, log: bool) -> dict[str, Any]:
    keep = thin(one.values, MOST_DRAWN)
    with np.errstate(invalid="ignore"):
        values = np.where(np.isfinite(one.values) & (one.values > 0), one.values, np.nan) if log else one.values
    return {
        "type": "scatter", "mode": "lines", "name": one.name, "x": compact(one.at[keep]), "y": compact(values[keep]),
        "line": {"color": one.color, "width": 2.5 if one.dash == "solid" else 2, "dash": one.dash},
        "showlegend": bool(one.name), "hovertemplate": "%{y:.4~g}",
    }  # fmt: skip


def _lost(lines: Sequence[Line], ends: tuple[float, float], span: tuple[float, float], log: bool) -> list[dict]:
    """Mark each line that leaves the picture upwards, where it does, with the largest value it comes to."""
    left = [(one, np.flatnonzero(~(one.values <= span[1]))) for one in lines]
    gone = [(one, beyond[0]) for one, beyond in left if beyond.size]
    largest = [np.where(np.isfinite(one.values), one.values, np.inf).max() for one, _ in gone]
    labels = [f"{size:.3g}" if math.isfinite(size) else "∞" for size in largest]
    at, colors = [float(one.at[first]) for one, first in gone], [one.color for one, _ in gone]
    return runaways(at, [math.inf] * len(at), labels, colors, ends, span, log_y=log, at_edge=2)


def veiled(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a map before it is seen: its axes, its hills and every cell to choose, all of one colour."""
    hidden = [_hidden(trace) for trace in figure["data"] if trace["type"] in ("heatmap", "contour")]
    marked = [trace for trace in figure["data"] if trace["type"] == "scatter" and trace["mode"] != "lines"]
    return figure | {"data": [*hidden, *marked], "layout": figure["layout"] | {"annotations": []}}


def _hidden(trace: dict[str, Any]) -> dict[str, Any]:
    if trace["type"] == "contour":
        return trace
    blank = np.zeros_like(np.asarray(trace["z"]))
    kept = {name: value for name, value in trace.items() if name not in ("hovertemplate", "text", "customdata")}
    even = [[0.0, "@neither"], [1.0, "@neither"]]
    return kept | {"z": blank, "colorscale": even, "showscale": False, "hoverinfo": "x+y"}


def placeable(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a walk whose curve alone, its first line, can be pointed at: by a click anywhere above or below."""
    curve, *others = figure["data"]
    kept = {name: value for name, value in curve.items() if name != "hoverinfo"} | {"hovertemplate": "x %{x:.3~g}"}
    quiet = [{n: v for n, v in one.items() if n != "hovertemplate"} | {"hoverinfo": "skip"} for one in others]
    return figure | {"data": [kept, *quiet], "layout": figure["layout"] | {"hovermode": "x", "hoverdistance": -1}}


def unwalked(figure: dict[str, Any], *, placed: bool) -> dict[str, Any]:
    """Return a walk before it is walked: its curve, its minima, and where it was placed its start; no losses."""
    first = [trace for trace in figure["data"] if "xaxis" not in trace and trace["mode"] != "lines"]
    marks = [_start(trace) for trace in first if placed or trace["marker"].get("symbol")]
    layout = {n: v for n, v in figure["layout"].items() if n not in ("xaxis2", "yaxis2", "annotations")}
    layout["xaxis"] = {n: v for n, v in layout["xaxis"].items() if n != "domain"}
    layout["yaxis"] = {n: v for n, v in layout["yaxis"].items() if n != "domain"}
    return figure | {"data": [figure["data"][0], *marks], "layout": layout}


def _start(trace: dict[str, Any]) -> dict[str, Any]:
    if trace["marker"].get("symbol"):
        return trace
    return trace | {"x": trace["x"][:1], "y": trace["y"][:1], "mode": "markers", "text": None}
