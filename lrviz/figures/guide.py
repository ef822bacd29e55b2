"""The guide's pictures: the schedules that come first, and what became of them on a small task."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from lrviz.figures.live import grown
from lrviz.figures.parts import SPIKE, axis, compact, end_labels, label_room, steady_range
from lrviz.figures.theme import series
from lrviz.guide.curves import Curves
from lrviz.guide.trial import BASELINE, Found, Trial
from lrviz.schedules.base import Array

CONSTANT = "@muted"
WIDE = {"curves": [0, 0.46], "dots": [0.78, 1]}
ABOVE = {"curves": [0.5, 1], "dots": [0, 0.34]}
WIDE_SPAN = 5
"""A loss that falls to less than a fifth is drawn on a log axis."""
THOUSANDS = {"exponentformat": "none", "separatethousands": True}
LEGEND = {
    "showlegend": True,
    "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
}
DASHES = ("solid", "dash", "dot", "dashdot")


def color_of(place: int, name: str) -> str:
    """Return the colour of a schedule: of its place in the ranking; the constant rate is grey."""
    return CONSTANT if name == BASELINE else series(place)


def advice_figure(found: Curves, names: Mapping[str, str], words: Mapping[str, str], *, narrow: bool) -> dict[str, Any]:
    """Draw the rates of the schedules that come first over a run, the first one thicker.

    `names`: what each is called. `words` holds update and rate.
    """
    shown = [(place, found.names[place], rates) for place, rates in zip(found.places, found.rates, strict=True)]
    low, high = steady_range(found.rates, log=False)
    labels = [(names[name], color_of(i, name), float(rates[-1])) for i, name, rates in shown]
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": names[name],
            "x": found.t.astype(np.float32), "y": compact(rates),
            "line": {"color": color_of(i, name), "width": 3.5 if i == 0 else 2, "dash": DASHES[i]},
            "hovertemplate": "%{y:.3~g}",
        }
        for i, name, rates in shown
    ]  # fmt: skip
    layout = {
        "xaxis": axis(words["update"], (0, found.steps)) | SPIKE | THOUSANDS,
        "yaxis": axis(words["rate"], (low, high)) | {"nticks": 4},
        "hovermode": "x unified", "showlegend": False, "annotations": end_labels(labels, low, high, False, share=0.42),
        "margin": {"l": 74, "r": label_room([name for name, _, _ in labels]), "t": 12, "b": 46},
        "uirevision": f"{found.steps} {high}",
    }  # fmt: skip
    if narrow:
        layout |= LEGEND | {"annotations": [], "margin": {"l": 66, "r": 14, "t": 64, "b": 46}}
    return {"data": traces, "layout": layout}


# ------------------------------------------------------------------------------------------------------ the trial


def running_figure(
    tried: Trial, places: Sequence[int], names: Mapping[str, str], words: Mapping[str, str]
) -> dict[str, Any]:
    """Draw a trial that is on its way: every seed of every schedule at its middle rate, as it comes."""
    middle = len(tried.rates) // 2
    lines = [
        ({"grow": "loss_val", "at": "measured", "column": tried.column(i, middle, seed)}, i)
        for i in range(len(tried.names)) for seed in range(tried.seeds)
    ]  # fmt: skip
    traces = [
        grown(live, names[tried.names[i]], {"color": f"{color_of(places[i], tried.names[i])}/0.6", "width": 1.3}, {})
        for live, i in lines
    ]
    live = {"of": [live for live, _ in lines], "down": True, "up": True, "fine": True}
    loss = axis(words["loss"], (0.5, 2.5), log=True) | {"exponentformat": "none", "tickformat": ".1~g", "live": live}
    layout = {
        "xaxis": axis(words["update"], (0, tried.first.steps)),
        "yaxis": loss,
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 66, "r": 14, "t": 14, "b": 48},
        "uirevision": f"running {tried.first.task.kind} {tried.first.steps}",
    }
    return {"data": traces, "layout": layout}


def trial_figure(
    found: Found, places: Sequence[int], names: Mapping[str, str], words: Mapping[str, str], *, narrow: bool
) -> dict[str, Any]:
    """Draw what became of a trial: the middle and the band over seeds, and where each seed ends, one dot each."""
    tried = found.trial
    colors = [color_of(place, name) for place, name in zip(places, tried.names, strict=True)]
    called = [names[name] for name in tried.names]
    span = _span(found)
    traces = [trace for i, color in enumerate(colors) for trace in _curve(found, i, color, called[i])]
    traces += [_dots(found, i, color, called[i]) for i, color in enumerate(colors)]
    traces.append(_middles(found, words))
    layout = _layout(tried, _loss_axis(span, words), words, narrow)
    ends = [(called[i], color, _end(found.middle[i])) for i, color in enumerate(colors)]
    notes = end_labels(ends, *span, _log(span), share=0.75)
    if narrow:
        layout |= LEGEND
        notes = []
    layout["annotations"] = [note | {"x": WIDE["curves"][1]} for note in notes]
    layout["yaxis2"] |= {"range": _around(found.finals)}
    return {"data": traces, "layout": layout}


def _layout(tried: Trial, loss: dict[str, Any], words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    curves, dots = (ABOVE if narrow else WIDE)["curves"], (ABOVE if narrow else WIDE)["dots"]
    count = len(tried.names)
    first = axis(words["update"], (0, tried.first.steps)) | SPIKE | ({} if narrow else {"domain": curves})
    second = axis(words["seeds"], (-0.6, count - 0.4)) | ({} if narrow else {"domain": dots})
    final = axis(words["final"], None) | {"anchor": "x2", "tickformat": ".3~g"}
    return {
        "xaxis": first,
        "yaxis": loss | ({"domain": curves} if narrow else {}),
        "xaxis2": second | {"anchor": "y2", "showticklabels": False, "showgrid": False, "zeroline": False},
        "yaxis2": final | ({"domain": dots} if narrow else {}),
        "hovermode": "closest", "showlegend": False, "margin": {"l": 66, "r": 14, "t": 70 if narrow else 14, "b": 48},
        "uirevision": f"trial {tried.first.task.kind} {tried.first.steps}",
    }  # fmt: skip


def _loss_axis(span: tuple[float, float], words: Mapping[str, str]) -> dict[str, Any]:
    if not _log(span):
        return axis(words["loss"], span) | {"nticks": 6, "tickformat": ".3~g"}
    return axis(words["loss"], span, log=True) | {"exponentformat": "none", "tickformat": ".2~g", "dtick": "D2"}


def _log(span: tuple[float, float]) -> bool:
    return span[1] > WIDE_SPAN * span[0]


def _span(found: Found) -> tuple[float, float]:
    """Return the range that holds all that is finite, with a little room."""
    drawn = np.concatenate([found.low.ravel(), found.high.ravel()])
    finite = drawn[np.isfinite(drawn) & (drawn > 0)]
    return (float(finite.min()) * 0.95, float(finite.max()) * 1.05) if finite.size else (0.1, 10.0)


def _around(values: Array) -> list[float]:
    """Return a range around what is finite, with room at both ends."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [0.0, 1.0]
    low, high = float(finite.min()), float(finite.max())
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return [low - room, high + room]


def _end(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if finite.size else float("nan")


def _curve(found: Found, i: int, color: str, name: str) -> list[dict[str, Any]]:
    x = found.steps.astype(np.float32)
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0, "color": color}, "hoverinfo": "skip"}
    low, high = (
        edge | {"y": compact(_drawn(one[i])), "name": "", "showlegend": False} for one in (found.low, found.high)
    )
    line = {"color": color, "width": 2.5, "dash": "solid" if found.trial.names[i] != BASELINE else "dash"}
    middle = edge | {"y": compact(_drawn(found.middle[i])), "name": escape(name, quote=False), "line": line}
    shown = middle | {"hoverinfo": "all", "hovertemplate": "%{x}: %{y:.4~g}"}
    return [low, high | {"fill": "tonexty", "fillcolor": f"{color}/0.15"}, shown]


def _dots(found: Found, i: int, color: str, name: str) -> dict[str, Any]:
    ends = found.finals[i]
    shift = np.linspace(-0.16, 0.16, len(ends))
    return {
        "type": "scatter", "mode": "markers", "name": escape(name, quote=False), "x": (i + shift).astype(np.float32),
        "y": compact(_drawn(ends)), "xaxis": "x2", "yaxis": "y2", "showlegend": False,
        "marker": {"size": 9, "color": f"{color}/0.75"}, "hovertemplate": "%{y:.4~g}",
    }  # fmt: skip


def _middles(found: Found, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw the middle of each schedule's dots as a short line."""
    x, y = [], []
    for i, values in enumerate(found.middle[:, -1]):
        x += [i - 0.32, i + 0.32, np.nan]
        y += [values, values, np.nan]
    return {
        "type": "scatter", "mode": "lines", "name": words["median"], "x": np.array(x), "y": _drawn(np.array(y)),
        "xaxis": "x2", "yaxis": "y2", "showlegend": False, "line": {"color": "@text", "width": 2}, "hoverinfo": "skip",
    }  # fmt: skip


def _drawn(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)
