"""The curves over a sweep's map, one a row, and what its axes and rows are called."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.figures.parts import compact
from lrviz.figures.sweep_places import Names, column, live
from lrviz.train.swept import Array, Row, Swept, better

MOST_NAMES = 9
SPLIT, GAP = 0.47, 0.09
"""Where the map ends and the curves begin, as shares of the height."""
FLOORS = (3, 10, 30, 100, 1_000, 10_000)
"""By how much the least loss that is shown is below that of knowing nothing."""
WIDE, NARROW = 540, 260
"""About how many pixels the columns have together, on a screen and on a phone."""
OVER = 1.6
"""The largest loss that is shown, in units of that of knowing nothing."""


def _shown(values: Array, result: Swept) -> Array:
    """Return values as they are drawn: what is infinitely bad leaves the picture on the bad side."""
    far = 0.0 if better(result.scene.measure) > 0 else 1e3 * result.nothing
    return np.where(np.isinf(values), far, values)


def line(place: tuple[int, int], row: Row, color: str, names: Names, result: Swept) -> dict[str, Any]:
    b, u = place
    _, rows, columns = result.scene.shape
    places = np.full(result.done.size, -1, dtype=np.int16)
    places[(b * rows + u) * columns : (b * rows + u + 1) * columns] = np.arange(columns)
    several = len(result.scene.across()) < 40
    return {
        "type": "scatter", "mode": "lines+markers" if several else "lines", "name": names.up[u], "yaxis": "y2",
        "x": column(b, np.arange(columns, dtype=float), result), "y": compact(_shown(row.middle.mid, result)),
        "line": {"color": color, "width": 2.2}, "marker": {"size": 4, "color": color}, "meta": {"row": u},
        "text": list(names.across), "hovertemplate": "%{text}: %{y:.4~g}", **live(result, "mid", places, {}),
    }  # fmt: skip


def spread(place: tuple[int, int], row: Row, color: str, result: Swept) -> list[dict[str, Any]]:
    """Shade what lies between the best and the worst seed."""
    if result.scene.each < 2 or not result.whole:
        return []
    x = column(place[0], np.arange(len(row.middle.mid), dtype=float), result)
    y = np.concatenate([_shown(row.middle.low, result), _shown(row.middle.high, result)[::-1]])
    return [
        {
            "type": "scatter", "mode": "lines", "fill": "toself", "fillcolor": f"{color}/0.16", "line": {"width": 0},
            "x": np.concatenate([x, x[::-1]]), "y": compact(y), "yaxis": "y2", "hoverinfo": "skip", "name": "",
        }
    ]  # fmt: skip


def nothing(result: Swept) -> dict[str, Any]:
    """Draw what it is worth to know nothing."""
    end = column(result.scene.shape[0] - 1, result.scene.shape[2] - 1, result)
    return {
        "type": "scatter", "mode": "lines", "x": [-0.5, end + 0.5], "y": [result.nothing] * 2, "yaxis": "y2",
        "line": {"color": "@line", "width": 1.2, "dash": "dash"}, "hoverinfo": "skip", "name": "",
    }  # fmt: skip


def limit(result: Swept, colors: Mapping[int, str]) -> list[dict[str, Any]]:
    """Draw in the map of the best cell how far a run of its row may miss the best and still count as good."""
    if result.best is None or result.limit is None:
        return []
    b, u, _ = result.best
    first = column(b, 0, result)
    ends = [first - 0.5, first + result.scene.shape[2] - 0.5]
    return [
        {
            "type": "scatter", "mode": "lines", "x": ends, "y": [result.limit] * 2, "yaxis": "y2", "name": "limit",
            "line": {"color": colors.get(u, "@text"), "width": 1.5, "dash": "dot"}, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def limit_name(result: Swept, colors: Mapping[int, str], name: str) -> list[dict[str, Any]]:
    """Write at that line's beginning what it is."""
    if result.best is None or result.limit is None:
        return []
    b, u, _ = result.best
    more = better(result.scene.measure) > 0
    return [
        {
            "name": "limit", "text": name, "x": float(column(b, 0, result)) - 0.4, "xanchor": "left", "yref": "y2",
            "y": result.limit if more else math.log10(result.limit), "yanchor": "bottom" if more else "top",
            "showarrow": False, "bgcolor": "@background/0.6", "font": {"color": colors.get(u, "@text"), "size": 12},
        }
    ]  # fmt: skip


def nothing_name(result: Swept, name: str) -> dict[str, Any]:
    at = result.nothing if better(result.scene.measure) > 0 else math.log10(result.nothing)
    return {
        "text": name, "xref": "paper", "x": 1, "yref": "y2", "y": at, "showarrow": False, "xanchor": "right",
        "yanchor": "bottom", "bgcolor": "@background/0.8", "font": {"color": "@muted", "size": 12},
    }  # fmt: skip


# -------------------------------------------------------------------------------------------------- axes and names


def across_axis(result: Swept, names: Names, title: str, narrow: bool) -> tuple[dict[str, Any], int]:
    """Return the axis from left to right, and the pixels below it that names take which have to slant."""
    maps, _, columns = result.scene.shape
    ticks = _ticks(result, names.across, (7 if maps == 1 else 4) // (2 if narrow else 1) + 1)
    places = {float(column(b, at, result)): text for b in range(maps) for at, text in ticks.items()}
    last = column(maps - 1, columns - 1, result)
    longest = max(map(_pixels, names.across))
    slants = result.scene.across.scale == "kinds" and longest > (NARROW if narrow else WIDE) / (last + 1)
    axis = {
        "title": {"text": title}, "range": [-0.5, last + 0.5], "showgrid": False,
        "tickvals": list(places), "ticktext": list(places.values()), "tickangle": -40 if slants else 0, "anchor": "y",
        "ticks": "outside", "ticklen": 4, "fixedrange": True,
    }  # fmt: skip
    return axis, round(0.65 * longest) if slants else 0


def _pixels(name: str) -> int:
    """Return about how long a name is on the screen: a Chinese sign is as wide as two letters."""
    return 8 * sum(2 if ord(c) > 0x2E7F else 1 for c in name)


def _ticks(result: Swept, names: Sequence[str], most: int) -> dict[float, str]:
    """Return labels by column: powers of ten where values go by factors over decades, else some of the values."""
    values = result.scene.across()
    if result.scene.across.scale == "log" and float(values[-1]) / float(values[0]) >= 100:
        low, high = (math.log10(float(end)) for end in (values[0], values[-1]))
        powers = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
        every = -(-len(powers) // most)
        return {(p - low) / (high - low) * (len(values) - 1): f"{10.0**p:g}" for p in powers if p % every == 0}
    every = -(-len(values) // most) if result.scene.across.scale != "kinds" else 1
    return {float(i): names[i] for i in range(0, len(values), every)}


def measure_axis(result: Swept, title: str) -> dict[str, Any]:
    made = {"title": {"text": title}, "domain": [SPLIT + GAP, 1], "anchor": "x", "exponentformat": "e"}
    if better(result.scene.measure) > 0:
        return made | {"range": [0, 1.02]}
    low = result.nothing / _floor(result)
    return made | {
        "type": "log",
        "range": [math.log10(low), math.log10(OVER * result.nothing)],
        **_round_ticks(low, OVER * result.nothing),
    }


def _floor(result: Swept) -> int:
    finite = result.middle.low[np.isfinite(result.middle.low)]
    if not result.whole or not finite.size:
        return FLOORS[1]
    least = max(float(finite.min()), 1e-12)
    return next((by for by in FLOORS if result.nothing / by < 0.9 * least), FLOORS[-1])


def _round_ticks(low: float, high: float) -> dict[str, Any]:
    """Return ticks at 1, 2 and 5 times the powers of ten, or at those alone where the axis is long."""
    steps = (1, 2, 5) if high / low < 200 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [step * 10.0**p for p in powers for step in steps if low <= step * 10.0**p <= high]
    return {"tickvals": found, "ticktext": [f"{v:g}" for v in found]}


def room(names: Sequence[str], narrow: bool) -> int:
    """Return the pixels that the rows' names take on the left, the measure's numbers and title at least."""
    width = min(max(map(_pixels, names)), 128)
    return max(58, 14 + round(width * (0.8 if narrow else 0.95)))


def row_names(names: Sequence[str], title: str, colors: Mapping[int, str], narrow: bool) -> list[dict[str, Any]]:
    """Write at the left of every row what it is called, in its curve's colour, and above them what they are."""
    every = -(-len(names) // MOST_NAMES)
    shown = [u for u in range(len(names)) if u in colors] if every > 1 else range(len(names))
    written = [(names[u], float(u), colors.get(u, "@muted")) for u in shown]
    place = {"xref": "paper", "x": 0, "yref": "y", "xanchor": "right", "xshift": -6, "showarrow": False}
    size = 12 if narrow else 14
    return [
        *(place | {"name": "row", "text": name, "y": y, "font": {"color": c, "size": size}} for name, y, c in written),
        place | {
            "name": "row", "text": title, "y": len(names) - 0.5, "yanchor": "bottom", "yshift": 1,
            "font": {"color": "@muted", "size": size - 1},
        },
    ]  # fmt: skip


def map_names(names: Sequence[str], result: Swept) -> list[dict[str, Any]]:
    if len(names) < 2:
        return []
    middle = (result.scene.shape[2] - 1) / 2
    return [
        {
            "name": "map", "text": f"<b>{name}</b>", "xref": "x", "x": float(column(b, middle, result)),
            "yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 6, "showarrow": False,
            "font": {"color": "@text", "size": 14},
        }
        for b, name in enumerate(names)
    ]  # fmt: skip
