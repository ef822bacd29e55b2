"""The error of the 2-2-2 network over its training, updated in both ways, with the update that is open marked."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lrviz.backprop.scene import Worked
from lrviz.figures.parts import SPIKE, axis, compact, runaways, steady_range, thin
from lrviz.figures.theme import ROLES

Array = npt.NDArray[np.float64]
MOST_POINTS = 240
HIGHEST = 100.0
"""How many times the first error is still shown; what is more gets an arrow."""


def errors_figure(result: Worked, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw both curves of errors on a log axis: `words` holds x, y, simultaneous and reuse."""
    mine, scene = result.curves.of(result.scene.update), result.scene
    other = "reuse" if scene.update == "simultaneous" else "simultaneous"
    last, span = len(mine) - 1, _range(mine)
    return {
        "data": [
            _curve(result.curves.of(other), words[other], {"color": "@line", "width": 2, "dash": "dot"}),
            _curve(mine, words[scene.update], {"color": ROLES["training_loss"], "width": 2.5}),
            _open(scene.done, mine),
        ],
        "layout": {
            "xaxis": axis(words["x"], (-0.03 * last, 1.03 * last)) | SPIKE | {"nticks": 6, "tickformat": ",d"},
            "yaxis": axis(words["y"], span, log=True),
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            "hovermode": "x unified",
            "margin": {"l": 58, "r": 12, "t": 8, "b": 44},
            "uirevision": f"{span} {last}",
            "annotations": _lost(mine, span),
        },
    }


def _range(errors: Array) -> tuple[float, float]:
    """Return a range that holds the errors up to HIGHEST times the first."""
    first = float(errors[0]) if np.isfinite(errors[0]) else 1.0
    return steady_range(errors[errors <= HIGHEST * (first or 1.0)], True)


def _curve(errors: Array, name: str, line: Mapping[str, Any]) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        height = np.where(errors > 0, errors, np.nan)
        keep = thin(np.log10(height), MOST_POINTS)
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": keep.astype(np.float32), "y": _drawable(height[keep]),
        "line": line, "hovertemplate": "%{y:.6~g}",
    }  # fmt: skip


def _drawable(values: Array) -> npt.NDArray[np.floating[Any]]:
    return compact(np.where(np.isfinite(values), values, np.nan))


def _open(done: int, errors: Array) -> dict[str, Any]:
    """Draw a ring around the error that the open pass starts from."""
    ring = {"symbol": "circle-open", "size": 14, "color": "@text", "line": {"width": 2}}
    return {
        "type": "scatter", "mode": "markers", "x": np.array([done], np.float32), "y": _drawable(errors[[done]]),
        "marker": ring, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _lost(errors: Array, span: tuple[float, float]) -> list[dict[str, Any]]:
    """Mark where the error leaves the picture upwards, with the largest it reaches."""
    beyond = np.flatnonzero(~(errors <= span[1]))
    if not beyond.size:
        return []
    size = float(np.where(np.isnan(errors), np.inf, errors)[beyond].max())
    label = f"{size:.3g}" if math.isfinite(size) else "∞"
    last = len(errors) - 1
    at = [float(beyond[0])]
    return runaways(
        at, [math.inf], [label], [ROLES["training_loss"]], (-0.03 * last, 1.03 * last), span, log_y=True, at_edge=1
    )
