"""A slice of a loss landscape: heights of the loss, and the way that the training took over them."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, compact
from lrviz.figures.theme import ROLES
from lrviz.train.slices import SIDE, Landscape, Relief, logs_of

HEIGHTS = ((0.0, "@arrives"), (0.35, "@arrives_mid"), (0.7, "@arrives_late"), (1.0, "@neither"))
LINES = 14
PLAIN = {"showgrid": False, "zeroline": False}
LIVE = {"fill": ["cells", "logs"]}
"""How a job's events fill the cells."""


def landscape_figure(
    landscape: Landscape, relief: Relief | None, words: Mapping[str, str], *, narrow: bool = False, zoom: float = 1.0
) -> dict[str, Any]:
    """Draw a slice with its way; before there is one, the cells as they come, whose places are known only then.

    `zoom`: how much more than the slice is shown, while the next one is chosen. `words` holds x and y (the axes'
    titles), loss, way, begin and end.
    """
    plain = PLAIN if relief is not None else PLAIN | {"showticklabels": False}
    across, up = (None, None) if relief is None else (span(relief.x, zoom), span(relief.y, zoom))
    return {
        "data": [_coming()] if relief is None else [_heights(relief, words, narrow), *_way(relief, words)],
        "layout": {
            "xaxis": axis(words["x"], across) | plain,
            "yaxis": axis(words["y"], up) | plain,
            "annotations": [] if relief is None else _end_names(relief, words),
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 70, "r": 12, "t": 12, "b": 48},
            "uirevision": f"{landscape.directions} {relief is None}",
        },
    }


def span(values: Any, zoom: float) -> tuple[float, float]:
    """Return the range of an axis: its values' middle, and so many times as much on both sides."""
    middle, half = (values[0] + values[-1]) / 2, (values[-1] - values[0]) / 2 * zoom
    return float(middle - half), float(middle + half)


def _coming() -> dict[str, Any]:
    nothing = np.full((SIDE, SIDE), np.nan, np.float32)
    return {
        "type": "heatmap", "z": nothing, "live": LIVE, "hoverinfo": "skip", "showscale": False,
        "colorscale": [list(stop) for stop in HEIGHTS],
    }  # fmt: skip


def _heights(relief: Relief, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Draw the logarithm of the loss as tinted contours, its scale in losses."""
    z = logs_of(relief.losses)
    finite = z[np.isfinite(z)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    size = (high - low) / LINES or 1.0
    place = {"orientation": "h", "y": -0.42, "yanchor": "top"} if narrow else {"x": 1.01}
    ticks = _ticks(low, high)
    return {
        "type": "contour", "name": "", "x": compact(relief.x), "y": compact(relief.y), "z": z.astype(np.float32),
        "colorscale": [list(stop) for stop in HEIGHTS], "customdata": compact(relief.losses),
        "contours": {"coloring": "heatmap", "start": low + size / 2, "end": high, "size": size},
        "line": {"color": "@text/0.25", "width": 1},
        "hovertemplate": f"{words['loss']} %{{customdata:.4~g}}",
        "colorbar": place
        | {
            "title": {"text": words["loss"], "side": "top", "font": {"size": 12}}, "thickness": 14, "outlinewidth": 0,
            "tickvals": [math.log10(tick) for tick in ticks], "ticktext": [f"{tick:g}" for tick in ticks],
            "tickfont": {"size": 12},
        },
    }  # fmt: skip


def _ticks(low: float, high: float) -> list[float]:
    """Return round losses between two logarithms: 1, 2, 5, 10, .. where few powers of ten lie there."""
    every = max(1, math.ceil((high - low) / 8))
    first = (1,) if high - low > 3 else (1, 2, 5)
    powers = (p for p in range(math.floor(low), min(math.ceil(high), 308) + 1) if p % every == 0)
    return [m * 10.0**p for p in powers for m in first if low <= math.log10(m) + p <= high]


def _way(relief: Relief, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the training's way on a pale ribbon, where it began and where it ended."""
    x, y = relief.path.T
    line = {"type": "scatter", "mode": "lines", "x": compact(x), "y": compact(y)}
    hover = f"{words['way']} %{{customdata[0]}}<br>{words['loss']} %{{customdata[1]:.4~g}}"
    told = np.stack([relief.steps, relief.path_losses], axis=1)
    ends_of = {"type": "scatter", "mode": "markers", "hoverinfo": "skip"}
    return [
        line | {"name": "", "line": {"color": "@background/0.85", "width": 6}, "hoverinfo": "skip"},
        line | {"name": words["way"], "line": {"color": ROLES["update"], "width": 2.5}, "customdata": compact(told)}
        | {"hovertemplate": hover},
        ends_of | {"name": words["begin"], "x": compact(x[:1]), "y": compact(y[:1])}
        | {"marker": _dot("circle-open")},
        ends_of | {"name": words["end"], "x": compact(x[-1:]), "y": compact(y[-1:])}
        | {"marker": _dot("circle")},
    ]  # fmt: skip


def _end_names(relief: Relief, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name both ends of the way, on a ground of their own, since the heights under them may be of any colour."""
    look = {"showarrow": False, "bgcolor": "@background/0.75", "borderpad": 1, "font": {"size": 13, "color": "@text"}}
    (x0, y0), (x1, y1) = relief.path[0].tolist(), relief.path[-1].tolist()
    return [
        look | {"x": x0, "y": y0, "text": words["begin"], "yshift": 19},
        look | {"x": x1, "y": y1, "text": words["end"], "yshift": -19},
    ]


def _dot(symbol: str) -> dict[str, Any]:
    return {"symbol": symbol, "size": 12, "color": ROLES["update"], "line": {"color": ROLES["update"], "width": 2.5}}
