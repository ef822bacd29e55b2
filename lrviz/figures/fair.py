"""The fair race's picture: what every rate of the same sweep leaves of the loss, one line an optimizer."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from lrviz.descend.fair import HIGHEST, LOWEST, WORKS, Tuned
from lrviz.figures.parts import axis, fitted, label_room
from lrviz.figures.theme import series

LEAST = 1e-8
"""What is left below this share is drawn there: rounding has no place on a log axis."""
MOST = 10.0
ROW, LOW_ROW, FEW = 0.055, 0.042, 5
"""The height of a band's row, as a share of the picture, where there are few and where there are more."""


def fair_figure(
    tuned: Sequence[Tuned],
    names: Sequence[str],
    slots: Sequence[int],
    words: Mapping[str, str],
    *,
    narrow: bool = False,
) -> dict[str, Any]:
    """Draw the share of the loss that is left after the run, by rate, and under it the band of rates that work.

    `words` holds rate, left, and works: what stands at the line below which a rate works. A narrow picture names every
    second decade.
    """
    colors = [series(slot) for slot in slots]
    row = ROW if len(tuned) <= FEW else LOW_ROW
    ground = row * len(tuned) + 0.02
    heights = [ground - row * (i + 0.5) for i in range(len(tuned))]
    data: list[dict[str, Any]] = []
    for one, name, color, height in zip(tuned, names, colors, heights, strict=True):
        data += [_line(one, escape(name, quote=False), color), *_best(one, color), *_band(one, color, height)]
    return {
        "data": data,
        "layout": {
            "xaxis": axis(words["rate"], (LOWEST, HIGHEST), log=True) | {"anchor": "y2", "dtick": 2 if narrow else 1},
            "yaxis": axis(words["left"], (LEAST / 2, MOST), log=True) | {"domain": [ground + 0.03, 1], "dtick": 2},
            "yaxis2": {"domain": [0, ground], "range": [0, ground], "visible": False, "fixedrange": True},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 76, "r": label_room(list(names)), "t": 20, "b": 50},
            "uirevision": "fair",
            "annotations": [
                *(_name(*given) for given in zip(names, colors, heights, strict=True)),
                _threshold_name(words["works"]),
            ],
            "shapes": [_threshold()],
        },
    }


def _name(name: str, color: str, height: float) -> dict[str, Any]:
    """Return an optimizer's name at the right of its band."""
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": height, "xanchor": "left", "yanchor": "middle"}
    look = {"showarrow": False, "xshift": 8, "font": {"color": color, "size": 14}}
    return place | look | {"text": escape(fitted(name), quote=False)}


def _drawn(one: Tuned) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.where(np.isfinite(one.left), np.clip(one.left, LEAST, None), np.nan)


def _line(one: Tuned, name: str, color: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": one.rates,
        "y": _drawn(one),
        "line": {"color": color, "width": 2.5},
        "marker": {"size": 4},
        "customdata": one.left,
        "hovertemplate": "lr %{x:.3~g}: %{customdata:.3~g}",
    }


def _best(one: Tuned, color: str) -> list[dict[str, Any]]:
    if one.lost:
        return []
    marker = {"symbol": "star", "size": 14, "color": color, "line": {"color": "@background", "width": 1}}
    best = slice(one.best, one.best + 1)
    return [
        {
            "type": "scatter", "mode": "markers", "x": one.rates[best], "y": _drawn(one)[best], "marker": marker,
            "hoverinfo": "skip",
        }
    ]  # fmt: skip


def _band(one: Tuned, color: str, height: float) -> list[dict[str, Any]]:
    if one.band is None:
        return []
    line = {"color": color, "width": 8}
    half = 10 ** (one.spacing / 2)  # a rate that works stands for the half step to either side of it
    ends = np.array(one.band) * [1 / half, half]
    return [
        {
            "type": "scatter", "mode": "lines", "x": ends, "y": np.array([height, height]),
            "yaxis": "y2", "line": line, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def _threshold() -> dict[str, Any]:
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": WORKS, "y1": WORKS,
        "line": {"color": "@line", "width": 1, "dash": "dash"},
    }  # fmt: skip


def _threshold_name(text: str) -> dict[str, Any]:
    place = {"xref": "paper", "x": 1, "yref": "y", "y": float(np.log10(WORKS)), "xanchor": "left", "yanchor": "middle"}
    look = {"showarrow": False, "xshift": 8, "font": {"color": "@muted", "size": 13}}
    return place | look | {"text": escape(text, quote=False)}
