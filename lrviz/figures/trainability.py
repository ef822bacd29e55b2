"""A map of trainability: every cell a training at two rates, blue where it converges, orange where it diverges."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis
from lrviz.figures.regimes import SCALE
from lrviz.train.rate_maps import RateMap
from lrviz.train.trainability import TOP, NetMap, RateMapResult, axes, windows
from lrviz.train.waves import CosineMap

TICKS = (-TOP, 0, TOP)
LYING = str.maketrans("↑↓", "→←")
"""The arrows that say which end of the scale is which, where it lies."""


def map_figure(
    spec: RateMap, result: RateMapResult | None, words: Mapping[str, str], *, narrow: bool = False
) -> dict[str, Any]:
    """Draw a map; before it is complete, what its job tells fills it, coarse squares first.

    `words` holds across and up (the axes' titles), converged and diverged (the ends of the scale), level (what it
    shows), converges and diverges (of a cell).
    """
    (left, right), (low, high) = windows(spec)
    return {
        "data": [_cells(spec, result, words, narrow)],
        "layout": {
            "xaxis": axis(words["across"], (left, right)) | {"showgrid": False, "nticks": 6},
            "yaxis": axis(words["up"], (low, high)) | {"showgrid": False, "nticks": 7},
            "shapes": _parabola(spec),
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 78, "r": 12, "t": 12, "b": 48},
            "uirevision": f"{spec.kind} {windows(spec)}",
        },
    }


def _cells(spec: RateMap, result: RateMapResult | None, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    side = result.side if result is not None else spec.side if isinstance(spec, NetMap) else 1
    across, up = axes(spec, side)
    whole = result is not None and result.complete
    named = {"text": _named(result, words)} if result is not None and whole else {}
    filled = (
        {"z": result.levels} | named
        if result is not None and whole
        else {"z": np.full((side, side), np.nan, np.float32), "live": LIVE}
    )
    return filled | {
        "type": "heatmap",
        "name": "",
        "x": across,
        "y": up,
        "zmin": -TOP,
        "zmax": TOP,
        "colorscale": [list(stop) for stop in SCALE],
        "hovertemplate": f"{words['across']} %{{x:.6~g}}<br>{words['up']} %{{y:.6~g}}<br>%{{text}}",
        "colorbar": _bar(words, narrow),
    }


LIVE = {"fill": ["cells", "levels", "size"]}
"""How a job's events fill the cells."""


def _named(result: RateMapResult, words: Mapping[str, str]) -> dict[str, Any]:
    """Return what the hover text says of every cell."""
    names = [*[words["diverges"]] * TOP, *[words["converges"]] * (TOP + 1)]
    return {"$named": result.levels, "names": names, "least": -TOP}


def _bar(words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Return the scale beside the map, or under it where it is narrow."""
    place = {"orientation": "h", "y": -0.42, "yanchor": "top"} if narrow else {"x": 1.01}
    title = words["level"].translate(LYING) if narrow else words["level"]
    return place | {
        "title": {"text": title, "side": "top", "font": {"size": 12}},
        "thickness": 14, "outlinewidth": 0, "tickvals": list(TICKS), "tickfont": {"size": 12}, "tickangle": 0,
        "ticktext": [words["diverged"], "", words["converged"]],
    }  # fmt: skip


def _parabola(spec: RateMap) -> list[dict[str, Any]]:
    """Mark the rate 2 on both axes of a map without a net: the bound of the parabola alone."""
    if not isinstance(spec, CosineMap):
        return []
    line = {"color": "@text", "width": 1.5, "dash": "dash"}
    found = []
    for way, (low, high) in zip("xy", windows(spec), strict=True):
        other = "y" if way == "x" else "x"
        ends = {
            f"{way}0": 2,
            f"{way}1": 2,
            f"{other}0": 0,
            f"{other}1": 1,
            f"{way}ref": way,
            f"{other}ref": f"{other} domain",
        }
        found += [{"type": "line", "line": line} | ends] if low < 2 < high else []
    return found
