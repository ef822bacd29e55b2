"""The growing batch beside the falling rate: the loss of both by epoch, and what each of them changes to get it."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np

from lrviz.batches.growth import Arm, Grown
from lrviz.figures.batches.paths import loss_span, positive
from lrviz.figures.parts import SPIKE, axis, compact, end_labels, label_room
from lrviz.figures.theme import ROLES

Name = Literal["grow", "decay", "neither"]
NAMES: tuple[Name, ...] = get_args(Name)
COLORS: Mapping[Name, str] = {"grow": ROLES["batch"], "decay": ROLES["learning_rate"], "neither": "@muted"}
WIDTHS: Mapping[Name, float] = {"grow": 2.2, "decay": 4.5, "neither": 2.0}
"""The twin's line is wide and lies below: where the two are one, both are seen."""
DASHES: Mapping[Name, str] = {"grow": "solid", "decay": "solid", "neither": "dot"}
ROWS = ((0.72, 1.0), (0.36, 0.64), (0.0, 0.28))
"""Where the plots of batch, rate and updates stand, one above another."""
LOWEST = 1e-5
"""Where the loss axis begins."""
NARROW_ROWS = ((0.36, 0.48), (0.18, 0.3), (0.0, 0.12))


def growth_figure(result: Grown, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw the loss by epoch with bands over the seeds, beside batch size, rate and updates by epoch.

    `words` holds epoch, loss, batch_size, rate, updates, and the names of the three: grow, decay, neither.
    """
    arms: Mapping[Name, Arm] = {"grow": result.grow, "decay": result.decay, "neither": result.neither}
    epochs = len(result.grow.batch)
    left, right = ({}, {}) if narrow else ({"domain": [0, 0.5]}, {"domain": [0.63, 1]})
    rows = NARROW_ROWS if narrow else ROWS
    span = loss_span([arm.band()[1] for arm in arms.values()], LOWEST)
    data = [trace for name in reversed(NAMES) for trace in _loss(arms[name], name, words[name])]
    for name in reversed(NAMES):
        data += _changes(arms[name], name, words[name])
    return {
        "data": data,
        "layout": {
            "xaxis": axis(words["epoch"], (0, epochs)) | SPIKE | left,
            "yaxis": axis(words["loss"], span, log=True) | ({"domain": [0.58, 1]} if narrow else {}),
            **_side_axes(arms, words, epochs, rows, right),
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 62, "r": label_room([words[name] for name in NAMES]), "t": 12, "b": 46},
            "uirevision": f"{span} {epochs} {narrow}",
            "annotations": _names(arms, words),
        },
    }


def _loss(arm: Arm, name: Name, text: str) -> list[dict[str, Any]]:
    """Draw the middle run's loss, in a band that holds eight in ten; neither has no band, lest it hide the others."""
    low, middle, high = arm.band()
    epoch = np.arange(len(middle), dtype=np.float64)
    line = {"color": COLORS[name], "width": WIDTHS[name], "dash": DASHES[name]}
    drawn = {
        "type": "scatter", "mode": "lines", "name": text, "x": compact(epoch), "y": compact(positive(middle)),
        "line": line, "hovertemplate": "%{x}: %{y:.3~g}",
    }  # fmt: skip
    if name == "neither":
        return [drawn]
    around = np.concatenate([epoch, epoch[::-1]]), np.concatenate([positive(high), positive(low)[::-1]])
    band = {
        "type": "scatter", "mode": "lines", "x": compact(around[0]), "y": compact(around[1]), "hoverinfo": "skip",
        "line": {"width": 0}, "fill": "toself", "fillcolor": f"{COLORS[name]}/0.16", "showlegend": False, "name": "",
    }  # fmt: skip
    return [band, drawn]


def _changes(arm: Arm, name: Name, text: str) -> list[dict[str, Any]]:
    """Draw the batch size and the rate of every epoch as stairs, and the updates as a line."""
    epoch = np.arange(len(arm.batch) + 1, dtype=np.float64)
    stairs = ((arm.batch, "hv", 2), (arm.rate, "hv", 3), (arm.updates, "linear", 4))
    return [
        {
            "type": "scatter", "mode": "lines", "name": text, "x": compact(epoch),
            "y": compact(np.append(values, values[-1:]) if shape == "hv" else values),
            "line": {"color": COLORS[name], "width": WIDTHS[name], "dash": DASHES[name], "shape": shape},
            "xaxis": f"x{plot}", "yaxis": f"y{plot}", "hovertemplate": "%{x}: %{y:.4~g}", "showlegend": False,
        }
        for values, shape, plot in stairs
    ]  # fmt: skip


def _side_axes(
    arms: Mapping[Name, Arm],
    words: Mapping[str, str],
    epochs: int,
    rows: tuple[tuple[float, float], ...],
    right: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the axes of the plots of batch, rate and updates; only the lowest names its epochs."""
    most = {
        2: max(float(arm.batch.max()) for arm in arms.values()),
        3: max(float(arm.rate.max()) for arm in arms.values()),
        4: max(float(arm.updates[-1]) for arm in arms.values()),
    }
    made: dict[str, Any] = {}
    for plot, row, name in zip((2, 3, 4), rows, ("batch_size", "rate", "updates"), strict=True):
        lowest = plot == 4
        x = axis(words["epoch"] if lowest else "", (0, epochs)) | {"anchor": f"y{plot}", "showticklabels": lowest}
        top = 1.12 * max(most[plot], 1e-300)
        y = axis(words[name], (0, top)) | {"domain": list(row), "anchor": f"x{plot}", "nticks": 4}
        made |= {f"xaxis{plot}": x | dict(right), f"yaxis{plot}": y}
    return made


def _names(arms: Mapping[Name, Arm], words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name the lines at the end of their updates."""
    top = 1.12 * max(float(arm.updates[-1]) for arm in arms.values()) or 1.0
    ends = [(words[name], COLORS[name], float(arms[name].updates[-1])) for name in NAMES]
    labels = end_labels(ends, 0, top, log=False, share=ROWS[2][1] - ROWS[2][0])
    return [label | {"yref": "y4 domain"} for label in labels]
