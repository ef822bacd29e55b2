"""The regime map's picture: the outcome of every cell, theory's line over it, the minima, the chosen cell."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.descend.engine import Array
from lrviz.descend.regime_map import TOP, Cell, RegimeMap, ladder, steps_at
from lrviz.figures.parts import axis, compact
from lrviz.figures.theme import series

SCALE = (
    (0.0, "@diverges"), (0.25, "@diverges_mid"), (0.496, "@diverges_late"), (0.496, "@neither"), (0.504, "@neither"),
    (0.504, "@arrives_late"), (0.75, "@arrives_mid"), (1.0, "@arrives"),
)  # fmt: skip
HOME_SLOTS = (0, 2, 6, 4, 1, 5, 7)
"""The series colours of minima: all but the one that looks like diverging."""
DEEPEST, PALEST = 0.95, 0.4
"""How opaque a minimum's colour is for starts that are there at once, and for those that arrive last."""
LEAST, STAYS, GONE = -23, -18, -8
"""On a map of basins: where the scale begins, the level of neither and that of diverged; minima begin at 0."""
HILLS = 12
"""Contour lines under a map of starts."""


def regimes_figure(
    result: RegimeMap, words: Mapping[str, str], *, narrow: bool = False, chosen: Cell | None = None
) -> dict[str, Any]:
    """Draw the map; `narrow` puts the scale under it.

    `words` holds x and y (the axes' titles), arrives_at and diverges_at (with {step}), stays, ends_in, converged,
    diverged, neither, theory (the name of its line), scale and minimum (what the scale counts).
    """
    scene = result.scene
    return {
        "data": [
            _basins(result, words, narrow) if result.basins else _outcomes(result, words, narrow),
            *(_hills(result) if {scene.across, scene.up} == {"x", "y"} else []),
            *_minima(result),
            *_theory(result),
            *_chosen(chosen, result),
        ],
        "layout": {
            "xaxis": axis(words["x"], scene.span("across"), log=scene.is_log("across")) | {"showgrid": False},
            "yaxis": axis(words["y"], scene.span("up"), log=scene.is_log("up")) | {"showgrid": False},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 66, "r": 12, "t": 12, "b": 48},
            "annotations": _theory_name(result, words["theory"], narrow),
            "uirevision": f"{scene.across} {scene.span('across')} {scene.up} {scene.span('up')}",
        },
    }


def _map(result: RegimeMap, levels: Any, least: int, names: Mapping[int, str], words: Mapping[str, str]) -> dict:
    """Return the cells, each a whole number with a name of its own in the hover text."""
    table = [names.get(level, "") for level in range(least, int(levels.max()) + 1)]
    return {
        "type": "heatmap",
        "name": "",
        "x": compact(result.across),
        "y": compact(result.up),
        "z": levels,
        "text": {"$named": levels, "names": table, "least": least},
        "hovertemplate": f"{words['x']} %{{x:.4~g}}<br>{words['y']} %{{y:.4~g}}<br>%{{text}}",
    }


def _bar(ticks: Mapping[float, str], title: str, narrow: bool) -> dict[str, Any]:
    """Return the scale beside the map, or under it where it is narrow."""
    place = {"orientation": "h", "y": -0.2, "yanchor": "top"} if narrow else {"x": 1.01}
    return place | {
        "title": {"text": title, "side": "top", "font": {"size": 12}},
        "thickness": 14,
        "outlinewidth": 0,
        "tickvals": list(ticks),
        "ticktext": list(ticks.values()),
        "tickfont": {"size": 12},
        "tickangle": 0,
    }


# ------------------------------------------------------------------------------------------------------ outcomes


def _outcomes(result: RegimeMap, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Draw when each cell arrives or diverges."""
    steps, levels = result.outcome.steps, result.levels
    names = {int(level): _outcome_name(int(level), steps, words) for level in np.unique(levels)}
    return _map(result, levels, -TOP, names, words) | {
        "zmin": -TOP,
        "zmax": TOP,
        "colorscale": [list(stop) for stop in SCALE],
        "colorbar": _bar(_outcome_ticks(steps, words, narrow), _outcome_title(words, narrow), narrow),
    }


def _outcome_ticks(steps: int, words: Mapping[str, str], narrow: bool) -> dict[float, str]:
    """Return the scale's labels: the steps 1, 10, 100 both ways, and where its title does not say it, of what."""
    first, last = ("1", "0") if narrow else (f"{words['diverged']}: 1", f"{words['converged']}: 0")
    ticks: dict[float, str] = {-TOP: first, 0: words["neither"], TOP: last}
    for step in (10, 100):
        if step <= steps / (5 if narrow else 1.5):  # the others would stand on the middle one
            ticks |= {float(ladder(steps)[step]): str(step), -float(ladder(steps)[step - 1]): str(step)}
    return ticks


def _outcome_title(words: Mapping[str, str], narrow: bool) -> str:
    """Return what the scale counts; lying down it has its two directions in the title, for want of room at its ends."""
    return f"← {words['diverged']} · {words['scale']} · {words['converged']} →" if narrow else words["scale"]


def _outcome_name(level: int, steps: int, words: Mapping[str, str]) -> str:
    if level == 0:
        return words["stays"]
    return words["arrives_at" if level > 0 else "diverges_at"].format(step=_range(steps_at(level, steps)))


def _range(steps: tuple[int, int]) -> str:
    first, last = steps
    return str(first) if first >= last else f"{first}–{last}"


# -------------------------------------------------------------------------------------------------------- basins


def _basins(result: RegimeMap, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Draw which minimum each start leads to, the paler the later; more minima than colours share them."""
    minima = len(result.scene.surface.minima)
    colors = min(minima, len(HOME_SLOTS))
    shades = (TOP + 1) // colors
    nearest = result.nearest
    late = (TOP - result.levels.astype(int)) * shades // (TOP + 1)
    levels = np.where(nearest >= 0, nearest % colors * shades + late, np.where(nearest == -1, GONE, STAYS))
    ticks: dict[float, str] = (
        {GONE: words["diverged"]} if narrow else {STAYS: words["neither"], GONE: words["diverged"]}
    )
    if colors == minima:
        ticks |= {(i + 0.5) * shades: str(i + 1) for i in range(colors)}
    names = {int(level): _basin_name(int(level), shades, result, words) for level in np.unique(levels)}
    return _map(result, levels.astype(np.int8), STAYS, names, words) | {
        "zmin": LEAST,
        "zmax": colors * shades - 1,
        "colorscale": _basin_scale(colors, shades),
        "colorbar": _bar(ticks, words["minimum"], narrow),
    }


def _basin_scale(colors: int, shades: int) -> list[list[Any]]:
    """Return the colours of neither and diverged, then for each minimum from at once to late."""
    whole = colors * shades - 1 - LEAST

    def at(level: float) -> float:
        return min((level - LEAST) / whole, 1.0)

    between = (STAYS + GONE) / 2
    stops: list[list[Any]] = [[0.0, "@neither"], [at(between), "@neither"]]
    stops += [[at(between), "@diverges_mid"], [at(-0.5), "@diverges_mid"]]
    for i in range(colors):
        color = series(HOME_SLOTS[i])
        ends = (at(i * shades - 0.5), at((i + 1) * shades - 0.5))
        stops += [[end, f"{color}/{opacity}"] for end, opacity in zip(ends, (DEEPEST, PALEST), strict=True)]
    return stops


def _basin_name(level: int, shades: int, result: RegimeMap, words: Mapping[str, str]) -> str:
    if level < 0:
        return words["diverged" if level == GONE else "neither"]
    minima = result.scene.surface.minima
    return words["ends_in"].format(index=level // shades + 1) if len(minima) <= len(HOME_SLOTS) else words["converged"]


def _hills(result: RegimeMap) -> list[dict[str, Any]]:
    """Draw contour lines of the loss under a map of starts."""
    across, up, loss = result.relief()
    finite = loss[np.isfinite(loss)]
    if not finite.size or np.ptp(finite) == 0:
        return []
    low, high = float(finite.min()), float(finite.max())
    size = (high - low) / HILLS
    return [
        {
            "type": "contour", "x": compact(across), "y": compact(up), "z": loss.astype(np.float32),
            "hoverinfo": "skip", "showscale": False, "line": {"color": "@text/0.3", "width": 1},
            "contours": {"coloring": "none", "start": low + size / 2, "end": high, "size": size},
        }
    ]  # fmt: skip


def _minima(result: RegimeMap) -> list[dict[str, Any]]:
    """Mark the minima on a map of starts, numbered where each has a colour of its own."""
    scene, minima = result.scene, result.scene.surface.minima
    if {scene.across, scene.up} != {"x", "y"} or not minima:
        return []
    places = np.array([minimum.x for minimum in minima])[:, [0, 1] if scene.across == "x" else [1, 0]]
    numbered = len(minima) <= len(HOME_SLOTS)
    return [
        {
            "type": "scatter", "mode": "markers+text" if numbered else "markers", "x": places[:, 0], "y": places[:, 1],
            "marker": {"color": "@background", "size": 22 if numbered else 5, "line": {"color": "@text", "width": 1.5}},
            "text": [str(i + 1) for i in range(len(minima))] if numbered else None,
            "textfont": {"color": "@text", "size": 13}, "hoverinfo": "skip",
        }
    ]  # fmt: skip


# -------------------------------------------------------------------------------------------- what lies over it


def _theory(result: RegimeMap) -> list[dict[str, Any]]:
    """Draw theory's line, thin and dashed, on a pale ribbon so that it shows on every colour."""
    if result.boundary is None:
        return []
    across, up = result.boundary
    line = {"type": "scatter", "mode": "lines", "x": across, "y": up, "hoverinfo": "skip", "name": ""}
    return [
        line | {"line": {"color": "@background/0.85", "width": 5}},
        line | {"line": {"color": "@text", "width": 1.8, "dash": "dash"}},
    ]


def _theory_name(result: RegimeMap, name: str, narrow: bool) -> list[dict[str, Any]]:
    place = _middle(result)
    if place is None:
        return []
    x, y = (np.log10(v) if result.scene.is_log(side) else v for v, side in zip(place, ("across", "up"), strict=True))
    low, high = (np.log10(end) if result.scene.is_log("across") else end for end in result.scene.span("across"))
    right = (x - low) / (high - low) < (0.45 if narrow else 0.7)
    return [
        {
            "name": "theory", "text": name, "x": float(x), "y": float(y), "showarrow": False,
            "xanchor": "left" if right else "right", "xshift": 10 if right else -10,
            "bgcolor": "@background/0.85", "borderpad": 3, "font": {"color": "@text", "size": 13},
        }
    ]  # fmt: skip


def _middle(result: RegimeMap) -> Array | None:
    """Return a place two thirds along the part of theory's line that the map shows."""
    if result.boundary is None:
        return None
    inside = np.ones(len(result.boundary[0]), dtype=bool)
    for side, values in zip(("across", "up"), result.boundary, strict=True):
        low, high = result.scene.span(side)
        inside &= (values >= low) & (values <= high)
    shown = np.flatnonzero(inside)
    return np.array(result.boundary)[:, shown[2 * len(shown) // 3]] if len(shown) else None


def _chosen(cell: Cell | None, result: RegimeMap) -> list[dict[str, Any]]:
    """Mark the chosen cell."""
    if cell is None:
        return []
    place = {"x": [float(result.across[cell.a])], "y": [float(result.up[cell.u])]}
    mark = {"type": "scatter", "mode": "markers", "hoverinfo": "skip", "name": "chosen"} | place
    return [
        mark | {"marker": {"symbol": "circle-open", "size": size, "color": color, "line": {"width": width}}}
        for size, color, width in ((17, "@background", 6), (17, "@text", 2.5))
    ]
