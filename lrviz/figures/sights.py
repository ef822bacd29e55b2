"""What a net makes of its task, the left part of a live picture: a plane, a curve, images, or right against wrong."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, compact
from lrviz.figures.theme import ROLES, series
from lrviz.train.canvas import LEVELS, SIDE, TILES, line_axis, mosaic, plane_axis, tile_places
from lrviz.train.data import Array, Data

CLASS_SLOTS = (4, 5, 6, 3, 7)
"""The colours of classes: none of them means a loss or a rate elsewhere in the picture."""
FAINT, STRONG = 0.06, 0.46
MOST_LABELLED = 12
"""Classes whose names find room beside a table of right and wrong."""
Sight = tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]
"""The traces, the x axis and the y axis."""


def sight(data: Data, digits: bool, words: Mapping[str, str]) -> Sight:
    """Return the traces and axes that show what a net says of a task, on the axes x and y."""
    if data.plane:
        return _plane(data, words)
    if data.line:
        return _line(data, words)
    if digits:
        return _digits(data)
    return _confusion(data, words) if data.classes else _scatter(data, words)


# ------------------------------------------------------------------------------------------------------- a plane


def _plane(data: Data, words: Mapping[str, str]) -> Sight:
    """Draw each class in its colour, the stronger the surer the net is of it, and the rows as points on it."""
    places = compact(plane_axis(data))
    shades = {
        "type": "heatmap", "x": places, "y": places, "z": np.zeros((SIDE, SIDE), np.uint8), "zmin": 0,
        "zmax": LEVELS * data.classes - 1, "colorscale": _shades(data.classes), "zsmooth": "fast", "showscale": False,
        "hoverinfo": "skip", "live": {"hold": "plane", "into": "z"},
    }  # fmt: skip
    span = float(places[0]), float(places[-1])
    first, second = data.names
    return [shades, *_points(data, words)], axis(_named(first), span), axis(_named(second), span)


def _shades(classes: int) -> list[list[Any]]:
    last = LEVELS * classes - 1
    ends = [(LEVELS * k, LEVELS * (k + 1) - 1, series(CLASS_SLOTS[k % len(CLASS_SLOTS)])) for k in range(classes)]
    return [stop for a, b, color in ends for stop in ([a / last, f"{color}/{FAINT}"], [b / last, f"{color}/{STRONG}"])]


def _points(data: Data, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw what is trained on as filled points, what validates as rings."""
    made = []
    names = words["training_rows"], words["validation_rows"]
    for name, x, y, hollow in zip(names, (data.x, data.x_val), (data.y, data.y_val), (False, True), strict=True):
        for k in range(data.classes):
            color, mine = series(CLASS_SLOTS[k % len(CLASS_SLOTS)]), x[y == k]
            made.append(_marks(mine[:, 0], mine[:, 1], color, name, hollow=hollow))
    return made


def _marks(x: Array, y: Array, color: str, name: str, *, hollow: bool) -> dict[str, Any]:
    line = {"color": color if hollow else "@background", "width": 1.8 if hollow else 0.8}
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": compact(x), "y": compact(y),
        "marker": {"color": "@background" if hollow else color, "size": 6.5, "line": line},
        "hovertemplate": "%{x:.3~g}, %{y:.3~g}",
    }  # fmt: skip


def _named(name: str) -> str:
    return name.replace("_", " ").replace("<", "&lt;")


# -------------------------------------------------------------------------------------------------------- a line


def _line(data: Data, words: Mapping[str, str]) -> Sight:
    """Draw the rows and the curve that the net lays through them."""
    places = line_axis(data)
    curve = {
        "type": "scatter", "mode": "lines", "name": words["net"], "x": compact(places),
        "y": np.zeros(len(places), np.float32), "line": {"color": "@text", "width": 3},
        "hovertemplate": "%{y:.4~g}", "live": {"hold": "curve", "into": "y"},
    }  # fmt: skip
    rows = [
        _marks(data.x[:, 0], data.y, ROLES["training_loss"], words["training_rows"], hollow=False),
        _marks(data.x_val[:, 0], data.y_val, ROLES["validation_loss"], words["validation_rows"], hollow=True),
    ]
    values = np.concatenate([data.y, data.y_val])
    room = 0.15 * float(np.ptp(values))
    span = float(values.min()) - room, float(values.max()) + room
    across = axis(_named(data.names[0]), (float(places[0]), float(places[-1])))
    return [*rows, curve], across, axis(words["target"], span)


# ---------------------------------------------------------------------------------------- right against wrong


def _confusion(data: Data, words: Mapping[str, str]) -> Sight:
    """Draw how many rows of each class the net takes for which: what is right stands on the diagonal."""
    names = [_named(name) for name in data.labels] or [str(k) for k in range(data.classes)]
    most = int(np.bincount(data.y_val.astype(int), minlength=data.classes).max())
    table = {
        "type": "heatmap", "z": np.zeros((data.classes, data.classes), np.uint16), "zmin": 0, "zmax": most,
        "colorscale": [[0, "@background"], [1e-6, "@series0/0.14"], [1, "@series0/0.75"]], "showscale": False,
        "texttemplate": "%{z}", "textfont": {"size": 15 if data.classes <= MOST_LABELLED else 10},
        "hovertemplate": f"{words['truth']} %{{y}}, {words['answer']} %{{x}}: %{{z}}<extra></extra>",
        "xgap": 2, "ygap": 2, "live": {"hold": "confusion", "into": "z"},
    }  # fmt: skip
    ticks = {"tickmode": "array", "tickvals": list(range(data.classes)), "ticktext": names, "showgrid": False}
    span = (-0.5, data.classes - 0.5)
    across, down = axis(words["answer"], span), axis(words["truth"], (span[1], span[0]))
    return [table], across | ticks, down | ticks


def _scatter(data: Data, words: Mapping[str, str]) -> Sight:
    """Draw what the net says of every row that validates against what is true: right is what lies on the diagonal."""
    values = np.concatenate([data.y, data.y_val])
    room = 0.1 * float(np.ptp(values))
    span = float(values.min()) - room, float(values.max()) + room
    ends = np.array(span, np.float32)
    right = {
        "type": "scatter", "mode": "lines", "x": ends, "y": ends, "hoverinfo": "skip", "name": "",
        "line": {"color": "@line", "width": 1.5, "dash": "dash"},
    }  # fmt: skip
    rows = _marks(
        data.y_val, np.zeros(len(data.y_val)), ROLES["validation_loss"], words["validation_rows"], hollow=False
    )
    rows["live"] = {"hold": "said", "into": "y"}
    return [right, rows], axis(words["truth"], span), axis(words["answer"], span)


# -------------------------------------------------------------------------------------------------------- images


def _digits(data: Data) -> Sight:
    """Draw the images of which the net is most wrong, each with what it is and what the net takes it for."""
    side = int(np.sqrt(data.features))
    blank = np.round(255 * mosaic(data.x_val[: TILES[0] * TILES[1]])).astype(np.uint8)
    images = {
        "type": "heatmap", "z": blank, "zmin": 0, "zmax": 255, "showscale": False, "hoverinfo": "skip",
        "colorscale": [[0, "@background"], [1, "@text"]], "live": {"hold": "tiles", "into": "z"},
    }  # fmt: skip
    across, down = tile_places(side)
    said = [
        {
            "type": "scatter", "mode": "text", "x": compact(across), "y": compact(down), "text": [""] * len(across),
            "textfont": {"color": color, "size": size}, "hoverinfo": "skip", "live": {"hold": name, "into": "text"},
        }
        for name, color, size in (("right", "@muted", 13), ("wrong", "@warn", 15))
    ]  # fmt: skip
    bare = {"showgrid": False, "showticklabels": False, "ticks": "", "title": {"text": ""}}
    tall, wide = blank.shape
    return [images, *said], {"range": [-0.5, wide - 0.5]} | bare, {"range": [tall - 0.5, -0.5]} | bare


def legend_of(data: Data, digits: bool, words: Mapping[str, str]) -> str:
    """Say what the left part shows, where its marks do not say it themselves."""
    if digits:
        return words["hardest"]
    return f"{words['training_rows']}  {words['validation_rows']}" if data.plane or data.line else ""
