"""The smoothing lesson's third picture: four averages with one beta, small and beside each other, on the same steps."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import SPIKE, axis, compact
from lrviz.figures.theme import ROLES
from lrviz.smoothing.averages import Array
from lrviz.smoothing.connection import Connection

LOSS, GRADIENT, MEMORY, SCALE = ROLES["training_loss"], ROLES["gradient"], ROLES["momentum"], "@series4"
LEFT, RIGHT, UPPER, LOWER = [0, 0.45], [0.55, 1], [0.57, 0.94], [0, 0.37]
EARLY = 2
"""The step at which a curve that is not corrected is named: later it is the corrected one."""
TWO_BY_TWO = ((LEFT, UPPER), (RIGHT, UPPER), (LEFT, LOWER), (RIGHT, LOWER))
IN_A_COLUMN = tuple(([0, 1], [high - 0.19, high]) for high in (0.95, 0.7, 0.45, 0.2))


def connection_figure(result: Connection, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw what comes in, pale, and what each average makes of it, strong; dashed before the correction of its start.

    `words` holds x, loss, gradient, size, sum, average, uncorrected, corrected, early, and with numbers the four titles
    smoothing, momentum, first and second.
    """
    places = IN_A_COLUMN if narrow else TWO_BY_TWO
    data = [*_loss(result, words), *_momentum(result, words), *_first(result, words), *_second(result, words)]
    layout: dict[str, Any] = {}
    ranges = [_range(result.losses), _range(result.gradients), _range(result.gradients), _range(_sizes(result))]
    titles = [words[name] for name in ("smoothing", "momentum", "first", "second")]
    for i, ((across, up), span) in enumerate(zip(places, ranges, strict=True)):
        mark, last = "" if i == 0 else str(i + 1), len(result.gradients) - 1
        below = words["x"] if i >= 2 and not narrow or i == 3 else ""
        ticks = {"showticklabels": bool(below) or not narrow}
        layout[f"xaxis{mark}"] = axis(below, (0, last)) | SPIKE | ticks | {"domain": across, "anchor": f"y{mark}"}
        layout[f"xaxis{mark}"] |= {"matches": "x"} if i else {}
        layout[f"yaxis{mark}"] = axis("", span) | {"domain": up, "anchor": f"x{mark}", "nticks": 4 if narrow else 5}
    layout["yaxis5"] = _second_ruler(result, words["sum"])
    return {
        "data": data,
        "layout": layout
        | {
            "showlegend": False,
            "hovermode": "x unified",
            "margin": {"l": 52, "r": 44, "t": 12, "b": 46},
            "uirevision": f"{result.stream} {narrow}",
            "annotations": [*(_title(text, i) for i, text in enumerate(titles)), *_early(result, words["early"])],
        },
    }


def _range(values: Array) -> tuple[float, float]:
    """Return an axis that holds what comes in: an average of it stays within."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _sizes(result: Connection) -> Array:
    return np.abs(result.gradients)


def _second_ruler(result: Connection, title: str) -> dict[str, Any]:
    """Return the right axis of the momentum: the same curve, read as PyTorch's sum."""
    low, high = _range(result.gradients)
    larger = 1 / (1 - result.beta) if result.beta < 1 else float(np.abs(result.summed).max()) / high
    place = {"overlaying": "y2", "side": "right", "anchor": "x2", "showgrid": False, "nticks": 5}
    return axis("", (low * larger, high * larger)) | place | {"tickfont": {"color": MEMORY}, "title": {"text": title}}


def _title(text: str, i: int) -> dict[str, Any]:
    mark = "" if i == 0 else str(i + 1)
    place = {"xref": f"x{mark} domain", "yref": f"y{mark} domain", "x": 0, "y": 1, "xanchor": "left"}
    return place | {"yanchor": "bottom", "yshift": 3, "text": text, "showarrow": False, "font": {"size": 14}}


def _early(result: Connection, text: str) -> list[dict[str, Any]]:
    """Name the dashed curves where they part from the others."""
    if not result.adam:
        return []
    at = min(EARLY, len(result.gradients) - 1)
    curves = (("3", result.adam["m"], MEMORY), ("4", np.sqrt(result.adam["v"]), SCALE))
    return [
        {
            "text": text, "xref": f"x{mark}", "yref": f"y{mark}", "x": at, "y": float(values[at]), "showarrow": True,
            "ax": 26, "ay": 18, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": color, "xanchor": "left",
            "font": {"color": color, "size": 12}, "bgcolor": "@background/0.85",
        }
        for mark, values, color in curves
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------- the four panels


def _loss(result: Connection, words: Mapping[str, str]) -> list[dict[str, Any]]:
    return [_pale(result.losses, words["loss"], LOSS, 1), _strong(result.smoothed, words["corrected"], LOSS, 1)]


def _momentum(result: Connection, words: Mapping[str, str]) -> list[dict[str, Any]]:
    second_ruler = {"yaxis": "y5", "line": {"color": "@background", "width": 1, "dash": "dot"}}
    return [
        _pale(result.gradients, words["gradient"], GRADIENT, 2),
        _strong(result.averaged, words["average"], MEMORY, 2) | {"line": {"color": MEMORY, "width": 4}},
        _strong(result.summed, words["sum"], MEMORY, 2) | second_ruler,
    ]


def _first(result: Connection, words: Mapping[str, str]) -> list[dict[str, Any]]:
    incoming = _pale(result.gradients, words["gradient"], GRADIENT, 3)
    if not result.adam:
        return [incoming]
    return [
        incoming,
        _dashed(result.adam["m"], words["uncorrected"], MEMORY, 3),
        _strong(result.adam["m_hat"], words["corrected"], MEMORY, 3),
    ]


def _second(result: Connection, words: Mapping[str, str]) -> list[dict[str, Any]]:
    incoming = _pale(_sizes(result), words["size"], GRADIENT, 4)
    if not result.adam:
        return [incoming]
    return [
        incoming,
        _dashed(np.sqrt(result.adam["v"]), words["uncorrected"], SCALE, 4),
        _strong(np.sqrt(result.adam["v_hat"]), words["corrected"], SCALE, 4),
    ]


def _pale(values: Array, name: str, color: str, panel: int) -> dict[str, Any]:
    return _strong(values, name, color, panel) | {"line": {"color": f"{color}/0.5", "width": 1.25}}


def _dashed(values: Array, name: str, color: str, panel: int) -> dict[str, Any]:
    return _strong(values, name, color, panel) | {"line": {"color": color, "width": 1.75, "dash": "dash"}}


def _strong(values: Array, name: str, color: str, panel: int) -> dict[str, Any]:
    mark = "" if panel == 1 else str(panel)
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": np.arange(len(values), dtype=np.float32),
        "y": compact(values), "xaxis": f"x{mark}", "yaxis": f"y{mark}", "line": {"color": color, "width": 3},
        "hovertemplate": "%{y:.4~g}",
    }  # fmt: skip
