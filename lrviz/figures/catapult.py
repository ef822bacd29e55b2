"""The catapult's picture: loss and curvature step by step, and beside them where runs at every rate end."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, compact, runaways
from lrviz.figures.theme import ROLES, series
from lrviz.schedules.base import Array
from lrviz.train.catapult import HIGHEST, Ends, Flight

CURVATURE = series(4)
UPPER, LOWER = (0.56, 1.0), (0.0, 0.46)
LEFT, RIGHT = (0.0, 0.56), (0.67, 1.0)
DECADES = 12
MARKED_UP_TO = 80
FAR = 1e3
"""How far outside the picture marks are still drawn, as a factor: a browser cannot place them anywhere."""
PHASES = (
    ("lazy", 0.0, 2.0, "@regime_good"),
    ("catapult", 2.0, 4.0, "@regime_swing"),
    ("diverging", 4.0, 1e3, "@regime_bad"),
)
"""The phases of eta lambda_0, from and to, and their colours, as on the ruler of the knob."""


def catapult_figure(flight: Flight, ends: Ends, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw a run and the family it belongs to; where it is narrow, only the run.

    `words` holds step, loss, times (eta lambda), first (eta lambda at the start), end, lazy, catapult and diverging.
    """
    last = flight.catapult.steps
    low, high = loss_span(flight)
    wide = {} if narrow else {"domain": LEFT}
    return {
        "data": [*_run(flight, words, (low, high)), *([] if narrow else _family(flight, ends, words))],
        "layout": {
            "xaxis": axis(words["step"], (-0.02 * last, 1.02 * last)) | {"anchor": "y2"} | wide,
            "yaxis": axis(words["loss"], (low, high), log=True) | {"domain": UPPER, "dtick": 3},
            "yaxis2": axis(words["times"], times_span(flight)) | {"domain": LOWER},
            **({} if narrow else _family_axes(ends, words)),
            "shapes": [*_levels(), *([] if narrow else _bands(ends))],
            "annotations": [*_strays(flight, (low, high)), *([] if narrow else _band_names(ends, words))],
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 66, "r": 16, "t": 14, "b": 48},
            "uirevision": f"{last} {low} {high} {narrow}",
        },
    }


def loss_span(flight: Flight) -> tuple[float, float]:
    """Return the range of the loss axis: the losses up to a hundred times n / 2, DECADES at most."""
    top = 10.0 * flight.catapult.width
    finite = flight.loss[np.isfinite(flight.loss) & (flight.loss > 0)]
    low = float(finite.min(initial=1.0))
    return max(10.0 ** np.floor(np.log10(low)), top / 10.0**DECADES), top


def times_span(flight: Flight) -> tuple[float, float]:
    """Return the range of eta lambda: what matters lies below 4, unless the run begins higher."""
    return 0.0, max(HIGHEST, 1.1 * flight.catapult.times)


def _run(flight: Flight, words: Mapping[str, str], span: tuple[float, float]) -> list[dict[str, Any]]:
    steps = np.arange(len(flight.f), dtype=np.float32)
    few = len(steps) <= MARKED_UP_TO
    near = (flight.loss > span[0] / FAR) & (flight.loss < FAR * span[1])
    loss = np.where(near, flight.loss, np.nan)
    times = np.where(np.abs(flight.times) < FAR, flight.times, np.nan)
    drawn = {"type": "scatter", "mode": "lines+markers" if few else "lines", "x": steps}
    return [
        drawn | {"name": words["loss"], "y": compact(loss)} | _look(ROLES["training_loss"]),
        drawn | {"name": words["times"], "y": compact(times), "yaxis": "y2"} | _look(CURVATURE),
    ]


def _look(color: str) -> dict[str, Any]:
    hover = {"hovertemplate": "%{x}: %{y:.4~g}"}
    return {"line": {"color": color, "width": 2.5}, "marker": {"color": color, "size": 6}} | hover


def _levels() -> list[dict[str, Any]]:
    """Return the lines at 2 and 4."""
    line = {"color": ROLES["learning_rate"], "width": 1.5, "dash": "dash"}
    return [
        {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y2", "y0": level, "y1": level, "line": line}
        for level in (2, 4)
    ]


def _strays(flight: Flight, span: tuple[float, float]) -> list[dict[str, Any]]:
    """Mark how high a loss goes that leaves the picture."""
    loss = flight.loss
    labels = [f"{value:.2g}" if np.isfinite(value) else "∞" for value in loss]
    steps = np.arange(len(loss), dtype=np.float64)
    ends = (-0.02 * flight.catapult.steps, 1.02 * flight.catapult.steps)
    above: Array = np.where(loss > span[1], loss, span[1])
    found = runaways(steps, above, labels, [ROLES["training_loss"]] * len(labels), ends, span, log_y=True, at_edge=1)
    return [mark | {"xref": "x domain", "yref": "y domain"} for mark in found]


# ------------------------------------------------------------------------------------------------------ the family


def _family(flight: Flight, ends: Ends, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw where runs end for every first eta lambda, and this one among them."""
    hover = {"hovertemplate": f"{words['first']} %{{x:.3~g}}<br>{words['end']} %{{y:.3~g}}"}
    place = {"type": "scatter", "xaxis": "x2", "yaxis": "y3"}
    first = flight.catapult.times
    here = np.interp(first, ends.times, ends.end)
    return [
        place | hover | {"mode": "lines", "name": words["end"], "x": compact(ends.times), "y": compact(ends.end)}
        | {"line": {"color": CURVATURE, "width": 2.5}},
        place | {"mode": "markers", "name": "", "x": np.array([first]), "y": np.array([here]), "hoverinfo": "skip"}
        | {"marker": {"color": CURVATURE, "size": 13, "line": {"color": "@background", "width": 2}}},
    ]  # fmt: skip


def _family_axes(ends: Ends, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "xaxis2": axis(words["first"], (0, float(ends.times[-1]))) | {"domain": RIGHT, "anchor": "y3", "dtick": 1},
        "yaxis3": axis(words["end"], (0, 2.4)) | {"domain": (0, 1), "anchor": "x2", "dtick": 1},
    }


def _bands(ends: Ends) -> list[dict[str, Any]]:
    """Tint the phases, and draw the level 2 that no run ends above."""
    last = float(ends.times[-1])
    place = {
        "xref": "x2",
        "yref": "y3 domain",
        "type": "rect",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
    }
    found = [
        place | {"x0": low, "x1": min(high, last), "fillcolor": f"{color}/0.16"}
        for _, low, high, color in PHASES
        if low < last
    ]
    line = {"color": ROLES["learning_rate"], "width": 1.5, "dash": "dash"}
    return [
        *found,
        {"type": "line", "xref": "x2 domain", "x0": 0, "x1": 1, "yref": "y3", "y0": 2, "y1": 2, "line": line},
    ]


def _band_names(ends: Ends, words: Mapping[str, str]) -> list[dict[str, Any]]:
    last = float(ends.times[-1])
    place = {"xref": "x2", "yref": "y3 domain", "y": 0.98, "yanchor": "top", "showarrow": False}
    return [
        place | {"x": (low + min(high, last)) / 2, "text": words[name], "font": {"color": "@muted", "size": 12}}
        for name, low, high, _ in PHASES
        if low < last and (min(high, last) - low) / last > 0.2
    ]
