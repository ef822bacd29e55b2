"""The scale beside a sweep's map: its colours, its ticks, what lies beyond it, and what diverged."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.sweep_curves import SPLIT
from lrviz.text import number
from lrviz.train.swept import Swept, better

WORSE = ((0.55, "@neither"), (0.7, "@diverges_late"), (1.0, "@diverges_mid"))
SCALE = ((0.0, "@arrives"), (0.06, "@arrives_mid"), (0.3, "@arrives_late"), (0.47, "@neither"), *WORSE)
"""From the best to as far beyond knowing nothing, which stands in the middle: most of the colours near the best."""
MOST_TICKS = 5
PHONE_HEIGHT = 240
"""About how many pixels map and curves have together on a phone."""


def bar(result: Swept, words: Mapping[str, str], narrow: bool, slant: int) -> dict[str, Any]:
    """Return the scale itself: beside the map, or below the picture, `slant` pixels further down."""
    flat = {"orientation": "h", "y": -0.2 - slant / PHONE_HEIGHT, "yanchor": "top", "len": 1.0}
    upright = {"x": 1.01, "y": SPLIT / 2, "len": SPLIT, "yanchor": "middle"}
    return (flat if narrow else upright) | {
        "title": {"text": words["measure"], "side": "top" if narrow else "right", "font": {"size": 12}},
        "thickness": 12, "outlinewidth": 0, "tickfont": {"size": 12}, **_bar_ticks(result),
    }  # fmt: skip


def _bar_ticks(result: Swept) -> dict[str, Any]:
    """Return the scale's ticks; its end says so where cells lie beyond it."""
    low, high = result.ends
    if better(result.scene.measure) > 0:
        return {"tickvals": [at for at in (0.0, 0.25, 0.5, 0.75, 1.0) if low <= at <= high]}
    mids = result.middle.mid
    if not result.whole or not (np.isfinite(mids) & (mids > high)).any():
        return {"nticks": 6}
    step = _round((high - low) / MOST_TICKS)
    values = [float(v) for v in np.arange(math.ceil(low / step), math.floor(high / step - 0.5) + 1) * step]
    return {"tickvals": [*values, high], "ticktext": [*(number(v, 2) for v in values), f"≥ {number(high, 2)}"]}


def _round(step: float) -> float:
    """Return the next larger step of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(times for times in (1, 2, 5, 10) if times * power >= step)


def gone_key(result: Swept, name: str, narrow: bool) -> list[dict[str, Any]]:
    """Say, over the scale, which colour stands for a run that diverged, where there is one."""
    if not np.isfinite(result.gone).any():
        return []
    key = {"text": f"■ {name}", "showarrow": False, "font": {"color": "@diverges", "size": 12}, "yanchor": "bottom"}
    at = {"x": 1, "xanchor": "right"} if narrow else {"x": 1.01, "xanchor": "left"}
    return [key | at | {"name": "diverges", "xref": "paper", "yref": "paper", "y": SPLIT + 0.01}]
