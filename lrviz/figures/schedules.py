"""The Schedules lesson's pictures: rates over steps, and a metric with the rate that reacts to it."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from lrviz.figures.parts import (
    SPIKE,
    axis,
    compact,
    edge_label,
    end_labels,
    fitted,
    label_room,
    steady_range,
    thin,
    turns,
)
from lrviz.figures.theme import ROLES, series
from lrviz.schedules.base import Array
from lrviz.schedules.overlay import Overlay, Reaction

MARKERS_UP_TO = 60
LABELS_UP_TO = 6
DROPS_UP_TO = 100


def rates_figure(result: Overlay, names: Sequence[str], words: Mapping[str, str]) -> dict[str, Any]:
    """Draw every shown curve of an overlay over its steps, the open one thicker.

    `names` holds one label a curve; `words` holds x_steps, x_epochs, y_rate and after_end.
    """
    scene = result.scene
    shown = [i for i, curve in enumerate(scene.curves) if curve.shown]
    log = scene.rate_axis == "log"
    low, high = steady_range(result.rates[shown], log) if shown else (0.0, 1.0)
    labels = [(_text(fitted(names[i])), series(scene.slots[i]), _last_finite(result.rates[i])) for i in shown]
    direct = len(shown) <= LABELS_UP_TO
    layout = {
        "xaxis": axis(words["x_steps" if scene.axis == "steps" else "x_epochs"], (0, float(result.x[-1]))) | SPIKE,
        "yaxis": axis(words["y_rate"], (low, high), log=log),
        "hovermode": "x unified",
        "hoverlabel": {"namelength": -1},
        "showlegend": not direct,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {
            "l": 86,
            "r": label_room([names[i] for i in shown]) if direct else 24,
            "t": 28 if direct else 92,
            "b": 52,
        },
        "uirevision": f"{scene.axis} {scene.rate_axis} {scene.steps} {scene.steps_per_epoch}",
        "annotations": end_labels(labels, low, high, log) if direct else [],
        "shapes": [],
    }
    _mark_end(layout, result, words["after_end"])
    return {"data": [_curve(result, i, _text(names[i]), log) for i in shown], "layout": layout}


def _curve(result: Overlay, index: int, name: str, log: bool) -> dict[str, Any]:
    scene, rates = result.scene, result.rates[index]
    keep = thin(rates)
    y = rates[keep]
    few = len(rates) <= MARKERS_UP_TO
    return {
        "type": "scatter",
        "mode": "lines+markers" if few else "lines",
        "name": name,
        "x": result.x[keep].astype(np.float32),
        "y": compact(np.where(y > 0, y, np.nan) if log else y),
        "line": {"color": series(scene.slots[index]), "width": 3.5 if index == scene.open else 2},
        "marker": {"size": 5},
        "hovertemplate": "%{y:.4~g}",
    }


def _text(name: str) -> str:
    """Return a name that Plotly writes as it is and never reads as markup."""
    return escape(name, quote=False)


def _last_finite(rates: Array) -> float:
    finite = rates[np.isfinite(rates)]
    return float(finite[-1]) if finite.size else math.nan


def _mark_end(layout: dict[str, Any], result: Overlay, label: str) -> None:
    """Shade what lies after the open schedule's own end."""
    end, last = result.scene.opened.schedule.end, result.rates.shape[1] - 1
    if end is None or end >= last or not result.scene.opened.shown:
        return
    left = float(result.x[end])
    shade = {"type": "rect", "xref": "x", "yref": "paper", "x0": left, "x1": float(result.x[-1]), "y0": 0, "y1": 1}
    layout["shapes"] = [shade | {"fillcolor": "@shade", "line": {"width": 0}, "layer": "below"}]
    layout["annotations"] = [*layout["annotations"], edge_label(label, left)]


def reaction_figure(result: Reaction, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw a metric above the rate that Plateau gives it, on one epoch axis, with a line at each of the first drops.

    `words` holds x_epochs, y_metric, y_rate and drop ("{number}").
    """
    replay = result.replay
    metric = _text(getattr(result.scene.metric, "column", "") or words["y_metric"])
    epochs = np.arange(len(replay.metric), dtype=np.float64)
    keep = thin(replay.metric)
    steps = np.union1d(keep, turns(replay.rates))  # hovering the metric reads the rate of the same epoch
    log = result.scene.rate_axis == "log"
    low, high = steady_range(replay.rates[None], log)
    line = {
        "xref": "x",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "type": "line",
        "line": {"width": 1, "dash": "dot", "color": "@line"},
    }
    return {
        "data": [
            _trace(metric, epochs[keep], replay.metric[keep], ROLES["validation_loss"], "y2", "linear"),
            _trace(words["y_rate"], epochs[steps], replay.rates[steps], ROLES["learning_rate"], "y", "hv"),
            _drops(result, words["drop"]),
        ],
        "layout": {
            "xaxis": axis(words["x_epochs"], (0, max(1.0, float(epochs[-1])))) | SPIKE | {"anchor": "y"},
            "yaxis": axis(words["y_rate"], (low, high), log=log) | {"domain": [0, 0.4]},
            "yaxis2": axis(metric, None) | {"domain": [0.48, 1], "anchor": "x"},
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "showlegend": False,
            "margin": {"l": 86, "r": 24, "t": 28, "b": 52},
            "uirevision": f"reaction {len(epochs)} {result.scene.rate_axis}",
            "shapes": [line | {"x0": drop.epoch + 1, "x1": drop.epoch + 1} for drop in replay.drops[:DROPS_UP_TO]],
        },
    }


def _trace(name: str, x: Array, y: Array, color: str, yaxis: str, shape: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x.astype(np.float32),
        "y": compact(y),
        "yaxis": yaxis,
        "line": {"color": color, "width": 2.5, "shape": shape},
        "hovertemplate": "%{y:.4~g}",
    }


def _drops(result: Reaction, label: str) -> dict[str, Any]:
    drops = result.replay.drops[:DROPS_UP_TO]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": np.array([drop.epoch + 1 for drop in drops], dtype=np.float32),
        "y": compact(np.array([drop.after for drop in drops], dtype=np.float64)),
        "text": [label.format(number=i + 1) for i in range(len(drops))],
        "textposition": "top right",
        "marker": {"size": 9, "color": ROLES["learning_rate"]},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
