"""The dropout lesson's small network: whole, thinned in all ways there are, and what each of them gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lrviz.figures.dropout import EVALUATION, MASK, TRAINING
from lrviz.figures.parts import axis, compact, end_labels, label_room
from lrviz.layers.dropout_scene import Ensemble

Points = npt.NDArray[np.floating[Any]]
COLUMNS = 4
WHOLE = np.array([-1.85, 1.2]), np.array([1.4, 1.6])
"""Where the whole network is drawn, and how large, in cells of the grid of sub-networks."""
CELL = np.array([0.12, 0.32]), np.array([0.7, 0.54])
"""The same within a cell; its number stands beneath."""
QUIET = {"hoverinfo": "skip", "showlegend": False}
SIDE_BY_SIDE = {"domain": [0, 0.64]}, {"domain": [0, 1]}, {"domain": [0.74, 1]}, {"domain": [0, 0.94]}
ABOVE_EACH_OTHER = {"domain": [0, 1]}, {"domain": [0.38, 1]}, {"domain": [0, 1]}, {"domain": [0, 0.26]}


def networks_figure(result: Ensemble, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw the whole network, every sub-network with its output, the drawn one framed, and how all outputs lie.

    `words` holds whole_network, all, whole, average, geometric, output, probability and drawn.
    """
    left, high, right, low = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    span = _room(np.append(result.outputs, [result.whole, result.average]))
    rows = -(-len(result.outputs) // COLUMNS)
    hidden = {"visible": False, "fixedrange": True}
    ends = _ends(result, words)
    return {
        "data": [*_whole(result), *_grid(result), *_stems(result), *_levels(result, ends)],
        "layout": {
            "xaxis": {"range": [-2, COLUMNS]} | hidden | left,
            "yaxis": {"range": [0, rows + 0.35]} | hidden | high,
            "xaxis2": axis(words["probability"], (0, _most(result))) | right | {"anchor": "y2"},
            "yaxis2": axis(words["output"], span) | low | {"anchor": "x2"},
            "shapes": [_frame(result.drawn, rows)],
            "annotations": [
                *_captions(words, rows, len(result.outputs)),
                *_end_notes(ends, span, low["domain"]),
            ],
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 8, "r": label_room([name for name, _, _ in ends]), "t": 8, "b": 48},
            "uirevision": f"{span} {narrow}",
        },
    }


# ------------------------------------------------------------------------------------------------------ the networks


def _places(sizes: Sequence[int]) -> Points:
    """Return where the units lie in a square of side 1, layer by layer: (units, 2)."""
    columns = np.linspace(0, 1, len(sizes))
    tallest = max(sizes)
    heights = [0.5 + (np.arange(n)[::-1] - (n - 1) / 2) / max(tallest - 1, 1) for n in sizes]
    return np.array([(x, y) for x, column in zip(columns, heights, strict=True) for y in column])


def _connections(sizes: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return every connection as the numbers of its two units: (connections, 2)."""
    starts = np.cumsum([0, *sizes])
    return np.array(
        [
            (starts[i] + a, starts[i + 1] + b)
            for i in range(len(sizes) - 1)
            for a in range(sizes[i])
            for b in range(sizes[i + 1])
        ]
    )


def _lines(ends: Points) -> tuple[Points, Points]:
    """Return connections (N, 2 ends, 2 coordinates) as one line with gaps: x and y."""
    gaps = np.full((len(ends), 1, 2), np.nan)
    flat = np.concatenate([ends, gaps], axis=1).reshape(-1, 2)
    return compact(flat[:, 0]), compact(flat[:, 1])


def _whole(result: Ensemble) -> list[dict[str, Any]]:
    corner, size = WHOLE
    at = corner + size * _places(result.sizes)
    x, y = _lines(at[_connections(result.sizes)])
    inner = _is_hidden(result)
    return [
        _drawn_lines(x, y, "@line", 1.5),
        _drawn_units(at[~inner], {"size": 15, "color": "@line"}),
        _drawn_units(at[inner], {"size": 17, "color": EVALUATION}),
    ]


def _is_hidden(result: Ensemble) -> npt.NDArray[np.bool_]:
    """Say of every unit whether it may be dropped, (units,)."""
    places = np.arange(sum(result.sizes))
    return (places >= result.sizes[0]) & (places < len(places) - result.sizes[-1])


def _grid(result: Ensemble) -> list[dict[str, Any]]:
    """Draw every sub-network in its cell: what is kept, crosses for what is dropped, and the output beneath."""
    corner, size = CELL
    count, rows = len(result.outputs), -(-len(result.outputs) // COLUMNS)
    number = np.arange(count)
    cells = np.stack([number % COLUMNS, rows - 1 - number // COLUMNS], axis=1) + corner
    at = cells[:, None] + size * _places(result.sizes)
    inner = _is_hidden(result)
    alive = np.ones((count, len(inner)), dtype=bool)
    alive[:, inner] = result.masks > 0
    pairs = _connections(result.sizes)
    linked = alive[:, pairs].all(axis=2)
    x, y = _lines(at[:, pairs][linked])
    cross = {"symbol": "x-thin", "size": 7, "line": {"width": 1.25, "color": "@line"}}
    return [
        _drawn_lines(x, y, "@line", 1),
        _drawn_units(at[~alive], cross),
        _drawn_units(at[:, ~inner], {"size": 5, "color": "@line"}),
        _drawn_units(at[alive & inner], {"size": 8, "color": TRAINING}),
        _numbers(result, cells + [size[0] / 2, -0.18]),
    ]


def _drawn_lines(x: Points, y: Points, color: str, width: float) -> dict[str, Any]:
    line = {"color": color, "width": width}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line} | QUIET


def _drawn_units(at: Points, marker: Mapping[str, Any]) -> dict[str, Any]:
    flat = at.reshape(-1, 2)
    return {
        "type": "scatter", "mode": "markers", "x": compact(flat[:, 0]), "y": compact(flat[:, 1]), "marker": marker,
    } | QUIET  # fmt: skip


def _numbers(result: Ensemble, at: Points) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "text", "x": compact(at[:, 0]), "y": compact(at[:, 1]),
        "text": [f"{v + 0.0:.3g}" for v in result.outputs], "textfont": {"size": 12},
    } | QUIET  # fmt: skip


def _frame(drawn: int, rows: int) -> dict[str, Any]:
    """Frame the sub-network that the seed draws."""
    x, y = drawn % COLUMNS, rows - 1 - drawn // COLUMNS
    line = {"color": MASK, "width": 2}
    return {"type": "rect", "x0": x + 0.01, "x1": x + 0.93, "y0": y + 0.02, "y1": y + 0.98, "line": line}


def _captions(words: Mapping[str, str], rows: int, count: int) -> list[dict[str, Any]]:
    quiet = {"showarrow": False, "font": {"size": 13, "color": "@muted"}, "yanchor": "middle"}
    return [
        quiet | {"x": WHOLE[0][0] + WHOLE[1][0] / 2, "y": rows + 0.2, "text": words["whole_network"]},
        quiet | {"x": COLUMNS / 2, "y": rows + 0.2, "text": words["all"].format(count=count)},
    ]


# ------------------------------------------------------------------------------------------------------- the outputs


def _room(values: Points) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.08 * (high - low) or 0.5
    return low - room, high + room


def _most(result: Ensemble) -> float:
    return 1.1 * float(result.probabilities.max())


def _stems(result: Ensemble) -> list[dict[str, Any]]:
    """Draw every output as a stem as long as it is probable, the drawn one in another colour."""
    values, chances = result.outputs, result.probabilities
    bare = np.stack([np.zeros_like(chances), values], axis=1), np.stack([chances, values], axis=1)
    x, y = _lines(np.stack(bare, axis=1))
    dot = {"size": 8, "color": TRAINING}
    ring = {"symbol": "circle-open", "size": 14, "color": MASK, "line": {"width": 2}}
    points = {"type": "scatter", "mode": "markers", "xaxis": "x2", "yaxis": "y2"}
    chosen = [result.drawn]
    return [
        _drawn_lines(x, y, f"{TRAINING}/0.35", 1.5) | {"xaxis": "x2", "yaxis": "y2"},
        points
        | {
            "x": chances,
            "y": values,
            "marker": dot,
            "name": "",
            "showlegend": False,
            "hovertemplate": "%{y:.4~g} · %{x:.3~g}",
        },
        points | {"x": chances[chosen], "y": values[chosen], "marker": ring} | QUIET,
    ]


def _ends(result: Ensemble, words: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Return what is labelled among the outputs: name, colour, value."""
    found = [(words["average"], TRAINING, result.average), (words["whole"], EVALUATION, result.whole)]
    found += [] if result.geometric is None else [(words["geometric"], "@muted", result.geometric)]
    return [(f"{name} {value:.4g}", color, value) for name, color, value in found]


def _levels(result: Ensemble, ends: Sequence[tuple[str, str, float]]) -> list[dict[str, Any]]:
    x = np.array([0.0, _most(result)])
    dashes = ("solid", "dash", "dot")
    return [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": np.array([value, value]), "xaxis": "x2", "yaxis": "y2",
            "line": {"color": color, "width": 2, "dash": dash}, "name": name, "hoverinfo": "skip",
        }
        for (name, color, value), dash in zip(ends, dashes, strict=False)
    ]  # fmt: skip


def _end_notes(
    ends: Sequence[tuple[str, str, float]], span: tuple[float, float], domain: Sequence[float]
) -> list[dict[str, Any]]:
    """Label the lines at their ends; heights are shares of this part of the picture."""
    notes = end_labels(ends, *span, False)
    return [note | {"y": domain[0] + note["y"] * (domain[1] - domain[0])} for note in notes]
