"""The smoothing lesson's first picture: what was measured with its average, and what each point weighs in it."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from lrviz.figures.parts import SPIKE, axis, compact, fitted, steady_range, thin
from lrviz.figures.theme import ROLES
from lrviz.smoothing.averages import Array, Start, half_life, window
from lrviz.smoothing.scene import Smoothed

DOTS_UP_TO = 60
"""So many points are drawn as dots over bars of their own; more are a line, with its weights by age below."""
OLDEST_DRAWN = 5
"""How many windows of weights are drawn where there are many points."""
MOST_WEIGHTS = 500
MEMORY = ROLES["momentum"]
"""The colour of whatever remembers."""
DASHES: Mapping[Start, str] = {"first": "dot", "zero": "dashdot", "corrected": "dash"}
"""How the averages from the other starts tell apart, which are all grey."""
FAINT, FUTURE = 0.3, 0.15
LEAST_NAMED = 0.02
"""From such a weight on the 0 at the start is named."""
WHOLE = {"exponentformat": "none"}
"""How steps are written: in full."""
SHARED = ({"domain": [0.4, 1]}, {"domain": [0, 0.27]})
APART = ({"domain": [0.5, 1]}, {"domain": [0, 0.27]})


def is_dotted(result: Smoothed) -> bool:
    """Say whether each point has a dot, and a bar under it."""
    return len(result.values) <= DOTS_UP_TO


def average_figure(result: Smoothed, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw values and average, the open point in a ring, and below them the weights of the open point's average.

    `words` holds x, y, weight, back (the axis of ages), measured, average, first, zero and corrected (the starts),
    window and half_life (with their numbers), oldest and nothing (the labels of the weights at the beginning).
    """
    dotted = is_dotted(result)
    upper, lower = SHARED if dotted else APART
    span = _height(result)
    top = steady_range(np.append(result.weights, result.on_zero), False)[1]
    below = _bars(result, words["weight"]) if dotted else _ages(result, words["weight"])
    axes = _one_axis(result, words) if dotted else _two_axes(result, words)
    return {
        "data": [*_measured(result, words), *_averages(result, words), _open(result), *below],
        "layout": axes
        | {
            "yaxis": axis(_text(words["y"]), span) | upper,
            "yaxis2": axis(words["weight"], (0.0, top)) | lower | {"nticks": 4},
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "bargap": 0.25,
            "margin": {"l": 72, "r": 16, "t": 36, "b": 46},
            "uirevision": f"{len(result.values)} {span}",
            "shapes": _marks(result, top),
            "annotations": _labels(result, top, words),
        },
    }


def _text(name: str) -> str:
    """Return a learner's name as far as there is room for it, never read as markup."""
    return escape(fitted(name), quote=False)


def _height(result: Smoothed) -> tuple[float, float]:
    """Return an axis that holds every value, and the 0 an average starts from, whatever beta is."""
    begins = [0.0] if result.scene.start == "zero" or result.scene.others else []
    finite = np.append(result.values[np.isfinite(result.values)], begins)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = 0.07 * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


# ------------------------------------------------------------------------------------------------------ the axes


def _one_axis(result: Smoothed, words: Mapping[str, str]) -> dict[str, Any]:
    return {"xaxis": axis(_text(words["x"]), _reach(result)) | SPIKE | WHOLE | {"anchor": "y2"}}


def _two_axes(result: Smoothed, words: Mapping[str, str]) -> dict[str, Any]:
    back = axis(words["back"], (-float(_drawn(result)), 0.5)) | {"anchor": "y2"}
    return {"xaxis": axis(_text(words["x"]), _reach(result)) | SPIKE | WHOLE | {"anchor": "y"}, "xaxis2": back}


def _reach(result: Smoothed) -> tuple[float, float]:
    """Return the axis of the points, with half a step of room, and a whole one for the bar of the 0 at the start."""
    x = result.measured.x
    low, high = float(x.min()), float(x.max())
    if not is_dotted(result):
        return low, high if high > low else low + 1
    step = _step(result)
    return low - (1.6 if result.scene.start == "zero" else 0.6) * step, high + 0.6 * step


def _step(result: Smoothed) -> float:
    """Return how far apart the points are on average."""
    x = result.measured.x
    return float(np.ptp(x)) / max(len(x) - 1, 1) or 1.0


# ------------------------------------------------------------------------------------------------ values and average


def _measured(result: Smoothed, words: Mapping[str, str]) -> list[dict[str, Any]]:
    name = _text(words["measured"])
    if not is_dotted(result):
        return [_line(result, result.values, name) | {"line": {"color": "@line/0.6", "width": 1}}]
    strength = np.full(len(result.values), FUTURE)
    strength[: result.at + 1] = FAINT
    full = result.weights / max(float(result.weights[-1]), 1e-300)
    strength[result.counted] = FAINT + (1 - FAINT) * np.minimum(np.nan_to_num(full), 1)
    marker = {"color": "@text", "size": 9, "opacity": strength}
    return [_line(result, result.values, name) | {"mode": "markers", "marker": marker}]


def _averages(result: Smoothed, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the averages from the other starts, thin, and over them the one that was asked for."""
    others = [
        _line(result, values, words[start]) | {"line": {"color": "@muted", "width": 1.75, "dash": DASHES[start]}}
        for start, values in result.others.items()
    ]
    thick = {"line": {"color": MEMORY, "width": 3 if is_dotted(result) else 2}}
    chosen = _line(result, result.average, words["average"]) | thick
    alone = {"mode": "lines+markers", "marker": {"size": 9, "color": MEMORY}} if len(result.values) == 1 else {}
    return [*others, chosen | alone]


def _line(result: Smoothed, values: Array, name: str) -> dict[str, Any]:
    keep = thin(values)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": _exact(result.measured.x)[keep],
        "y": compact(np.where(np.isfinite(values), values, np.nan)[keep]),
        "hovertemplate": "%{y:.4~g}",
    }


def _exact(x: Array) -> npt.NDArray[np.floating[Any]]:
    """Return steps in float32 where that holds them exactly, which halves what is sent."""
    short = x.astype(np.float32)
    return short if (short == x).all() else x


def _open(result: Smoothed) -> dict[str, Any]:
    """Draw a ring around the average at the open point."""
    at = [result.at]
    ring = {"symbol": "circle-open", "size": 15, "color": "@text", "line": {"width": 2}}
    return {
        "type": "scatter", "mode": "markers", "x": result.measured.x[at], "y": compact(result.average[at]),
        "marker": ring, "hoverinfo": "skip", "showlegend": False, "cliponaxis": False,
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------------- the weights


def _bars(result: Smoothed, name: str) -> list[dict[str, Any]]:
    """Draw a bar under every point that enters the average, and one before them for a 0 that does."""
    x, below = result.measured.x, {"yaxis": "y2", "showlegend": False, "hovertemplate": "%{y:.4~g}"}
    bar = {"type": "bar", "name": name, "marker": {"color": MEMORY}, "width": 0.75 * _step(result)} | below
    bars = [bar | {"x": x[result.counted], "y": compact(result.weights)}]
    if result.on_zero:
        begin = {"x": x[:1] - _step(result), "y": np.array([result.on_zero])}
        bars.append(bar | begin | {"marker": {"color": "@line"}})
    return bars


def _ages(result: Smoothed, name: str) -> list[dict[str, Any]]:
    """Draw the weights as an area over their age, 0 at the open point, so far back as they matter."""
    newest = result.weights[-_drawn(result) - 1 :]
    age = np.arange(1 - len(newest), 1, dtype=np.float32)
    keep = thin(newest, MOST_WEIGHTS)
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": age[keep], "y": compact(newest[keep]),
            "xaxis": "x2", "yaxis": "y2", "fill": "tozeroy", "fillcolor": f"{MEMORY}/0.25", "showlegend": False,
            "line": {"color": MEMORY, "width": 2}, "hovertemplate": "%{y:.4~g}",
        }
    ]  # fmt: skip


def _drawn(result: Smoothed) -> int:
    """Return how many steps back weights are drawn: in steps of a factor of two, so that the axis stays put."""
    wanted = OLDEST_DRAWN * window(result.scene.beta)
    longest = len(result.values) - 1
    return longest if wanted >= longest else min(longest, max(16, 2 ** math.ceil(math.log2(wanted))))


def _places(result: Smoothed) -> tuple[float, float, float, str]:
    """Return where the open point is on the axis of the weights, its left end, the length of a step, and its name."""
    if is_dotted(result):
        return float(result.measured.x[result.at]), _reach(result)[0], _step(result), "x"
    return 0.0, -float(_drawn(result)), 1.0, "x2"


def _marks(result: Smoothed, top: float) -> list[dict[str, Any]]:
    """Draw a bracket as long as the effective window, and a dashed line where the weights have halved."""
    here, left, step, name = _places(result)
    line = {"type": "line", "xref": name, "yref": "y2", "line": {"color": "@text", "width": 1.5}}
    beta = result.scene.beta
    end, start = here + step / 2, max(left, here + step / 2 - step * window(beta))
    bracket = [line | {"x0": start, "x1": end, "y0": 0.92 * top, "y1": 0.92 * top}]
    if start > left:
        bracket.append(line | {"x0": start, "x1": start, "y0": 0.84 * top, "y1": top})
    half = here - step * half_life(beta)
    if half > left and beta > 0:
        dashed = {"line": {"color": "@text", "width": 1.25, "dash": "dot"}}
        bracket.append(line | {"x0": half, "x1": half, "y0": 0, "y1": 0.7 * top} | dashed)
    return bracket


def _labels(result: Smoothed, top: float, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name the bracket and the dashed line beside them, and what weighs more than its age lets one expect."""
    here, left, step, name = _places(result)
    beta = result.scene.beta
    right = _reach(result)[1] if is_dotted(result) else 0.5
    label = {"xref": name, "yref": "y2", "showarrow": False, "font": {"size": 13}, "yanchor": "middle"}
    start, half = here + step / 2 - step * window(beta), here - step * half_life(beta)
    found = [label | {"text": words["window"], "y": 0.92 * top} | _beside(start, left, right, here)]
    if half > left and beta > 0:
        found.append(label | {"text": words["half_life"], "y": 0.6 * top} | _beside(half, left, right, here))
    early = here - left < 0.4 * (right - left)
    return [*found, *(label | heavy for heavy in _heavy(result, top, words, here if early else None))]


def _beside(at: float, left: float, right: float, here: float) -> dict[str, Any]:
    """Return where a label stands that belongs to x = at: left of it, else right of the point, else under the line."""
    if at - left > 0.3 * (right - left):
        return {"x": at, "xanchor": "right", "xshift": -6}
    if right - here > 0.3 * (right - left):
        return {"x": here, "xanchor": "left", "xshift": 12}
    return {"x": here, "xanchor": "right", "xshift": -6, "yshift": -13, "bgcolor": "@background/0.8"}


def _heavy(result: Smoothed, top: float, words: Mapping[str, str], here: float | None) -> list[dict[str, Any]]:
    """Name the oldest weight where it has all that is left over, and that of the 0 at the start.

    Beside its bar, or where there is no room, right of the open point `here`.
    """
    if not is_dotted(result) or result.at == 0:
        return []
    x, found = float(result.measured.x[0]), []
    if result.scene.start == "first" and result.weights[0] > result.weights[-1]:
        found.append((x, float(result.weights[0]), words["oldest"]))
    if result.on_zero > LEAST_NAMED:
        found.append((x - _step(result), result.on_zero, words["nothing"]))
    beside = [{"x": at, "y": min(0.75 * top, height), "xshift": 10, "text": text} for at, height, text in found]
    return [one | {"xanchor": "left"} | ({} if here is None else {"x": here, "y": 0.3 * top}) for one in beside]
