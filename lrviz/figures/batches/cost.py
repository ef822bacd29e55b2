"""What was measured of a training step by batch size: its time, the time of a sample, and the memory it holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.descend.engine import Array
from lrviz.figures.parts import axis, compact
from lrviz.figures.theme import ROLES


def cost_figure(
    sizes: Array, seconds: Array, held: Array, words: Mapping[str, str], *, narrow: bool = False
) -> dict[str, Any]:
    """Draw the measurements side by side: sizes, seconds and bytes, each (K,).

    `words` holds batch_size, step, sample and memory, the titles of the axes.
    """
    plots = ((seconds * 1e3, words["step"]), (seconds / sizes * 1e6, words["sample"]), (held / 1e6, words["memory"]))
    parts = [(0.0, 0.26), (0.37, 0.63), (0.74, 1.0)]
    layout: dict[str, Any] = {"showlegend": False, "margin": {"l": 60, "r": 16, "t": 10, "b": 48}}
    data = []
    for i, ((values, name), part) in enumerate(zip(plots, parts, strict=True), start=1):
        n = "" if i == 1 else str(i)
        place = {"domain": [round(1 - (i - 1) * 0.36 - 0.24, 2), round(1 - (i - 1) * 0.36, 2)]} if narrow else {}
        x = axis(words["batch_size"] if not narrow or i == 3 else "", None, log=True) | {"anchor": f"y{n}", "dtick": 1}
        layout[f"xaxis{n}"] = x | ({} if narrow else {"domain": list(part)})
        layout[f"yaxis{n}"] = axis(name, None, log=True) | {"anchor": f"x{n}"} | place
        data.append(_measured(sizes, values, name) | {"xaxis": f"x{n}", "yaxis": f"y{n}"})
    return {"data": data, "layout": layout}


def _measured(sizes: Array, values: Array, name: str) -> dict[str, Any]:
    color = ROLES["batch"]
    return {
        "type": "scatter", "mode": "lines+markers", "name": name, "x": compact(sizes), "y": compact(np.asarray(values)),
        "line": {"color": color, "width": 2.2}, "marker": {"color": color, "size": 7},
        "hovertemplate": "%{x}: %{y:.3~g}<extra></extra>",
    }  # fmt: skip
