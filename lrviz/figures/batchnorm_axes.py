"""Who shares a mean: the same tensor four times, its cells in the colours of batch, layer, group and instance norm."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lrviz.figures.theme import SERIES, series
from lrviz.layers.normalization import NORMS, Norm
from lrviz.layers.shared_axes import SharedAxes

PALE = 0.22
"""How opaque the cells are that do not share the chosen one's mean."""
GAP, LAYER_GAP = 0.5, 0.18
"""Between two channels or samples, and between the layers of a volume, in cells."""
WIDTH, APART = 0.235, 0.02
NARROW_WIDTH, NARROW_APART = 0.47, 0.06
NARROW_ROWS = ([0.63, 1.0], [0.0, 0.37])


def axes_figure(
    result: SharedAxes, words: Mapping[str, str], *, narrow: bool = False, chosen: tuple[int, int] = (0, 0)
) -> dict[str, Any]:
    """Draw the tensor once for each layer: a row a sample, a column a channel, a cell a value, a colour a mean.

    The values that share the mean of the `chosen` (sample, channel) are strong, all others pale. `words` holds for
    each norm its title, its count (with {means} and {values}) and mean (with {index}), refused, sample and channel.
    """
    layout: dict[str, Any] = {
        "showlegend": False, "hovermode": "closest", "annotations": [],
        "margin": {"l": 46, "r": 6, "t": 52, "b": 40}, "uirevision": f"{result.shape} {narrow}",
    }  # fmt: skip
    data = []
    for i, norm in enumerate(NORMS):
        data.append(_cells(result, norm, i, chosen, words))
        layout |= _axes(result, i, words, narrow)
        layout["annotations"] += _titles(result, norm, i, words, narrow)
    return {"data": data, "layout": layout}


def cell_at(result: SharedAxes, x: float, y: float) -> tuple[int, int]:
    """Return the sample and channel that are drawn at a place."""
    samples, channels = result.shape[:2]
    layers, height, width = _tile(result)
    column = int(np.searchsorted(_column_edges(result), x)) - 1
    row = int(np.searchsorted(_row_edges(result), y)) - 1
    found = row // (height + 1), column // (layers * (width + 1))
    return min(max(found[0], 0), samples - 1), min(max(found[1], 0), channels - 1)


def _on(i: int) -> tuple[str, str]:
    end = "" if i == 0 else str(i + 1)
    return f"x{end}", f"y{end}"


# ---------------------------------------------------------------------------------------------------------- cells


def _tile(result: SharedAxes) -> tuple[int, int, int]:
    """Return the layers, rows and columns of one channel of one sample; the layers lie side by side."""
    layers, height, width = (1, 1, 1, *result.shape[2:])[-3:]
    return layers, height, width


def _matrix(result: SharedAxes, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Lay values of the tensor's shape out as tiles, a row and a column of 0 after each."""
    samples, channels = result.shape[:2]
    layers, height, width = _tile(result)
    tiles = np.zeros((samples, height + 1, channels * layers, width + 1), values.dtype)
    tiles[:, :height, :, :width] = values.reshape(samples, channels * layers, height, width).swapaxes(1, 2)
    return tiles.reshape(samples * (height + 1), -1)[:-1, :-1]


def _cells(result: SharedAxes, norm: Norm, i: int, chosen: tuple[int, int], words: Mapping[str, str]) -> dict[str, Any]:
    shared, mates = result.shared[norm], result.mates(norm, *chosen)
    levels = _matrix(result, shared % SERIES + SERIES * mates + 1).astype(np.uint8)
    numbers = _matrix(result, shared + 1).astype(np.int16)
    names = ["", *(words["mean"].format(index=k + 1, means=result.means(norm)) for k in range(result.means(norm)))]
    x, y = _on(i)
    return {
        "type": "heatmap", "name": "", "z": levels, "x": _column_edges(result), "y": _row_edges(result),
        "xaxis": x, "yaxis": y, "zmin": -0.5, "zmax": 2 * SERIES + 0.5, "colorscale": _scale(), "showscale": False,
        "xgap": 1, "ygap": 1, "text": {"$named": numbers, "names": names, "least": 0}, "hovertemplate": "%{text}",
    }  # fmt: skip


def _scale() -> list[list[Any]]:
    """Return one colour a level: nothing, then the pale colours, then the strong ones."""
    colors = ["@background", *(f"{series(k)}/{PALE}" for k in range(SERIES)), *(series(k) for k in range(SERIES))]
    ends = np.linspace(0, 1, len(colors) + 1)
    return [[float(end), color] for k, color in enumerate(colors) for end in ends[k : k + 2]]


def _row_edges(result: SharedAxes) -> npt.NDArray[np.float64]:
    sizes = np.ones((result.shape[0], _tile(result)[1] + 1))
    sizes[:, -1] = GAP
    return _edges(sizes)


def _column_edges(result: SharedAxes) -> npt.NDArray[np.float64]:
    layers, _, width = _tile(result)
    sizes = np.ones((result.shape[1], layers, width + 1))
    sizes[:, :, -1] = LAYER_GAP
    sizes[:, -1, -1] = GAP
    return _edges(sizes)


def _edges(sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return where cells of these sizes begin and end, without the gap after the last."""
    return np.concatenate([[0.0], np.cumsum(sizes.ravel()[:-1])])


# ----------------------------------------------------------------------------------------------------------- axes


def _axes(result: SharedAxes, i: int, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    across, up = _place(i, narrow)
    x, y = _on(i)
    columns, rows = _column_edges(result), _row_edges(result)
    layers, height, width = _tile(result)
    quiet = {"showgrid": False, "ticks": "", "fixedrange": True, "tickfont": {"size": 11}}
    named = {"tickvals": _middles(columns, layers * (width + 1))}
    named |= {"title": {"text": "" if narrow and i < 2 else words["channel"]}}
    first = i == 0 or (narrow and i == 2)
    sampled = {"tickvals": _middles(rows, height + 1), "title": {"text": words["sample"] if first else ""}}
    return {
        f"xaxis{x[1:]}": quiet | named | {
            "domain": across, "anchor": y, "range": [columns[0], columns[-1]],
            "ticktext": [str(channel) for channel in range(result.shape[1])],
        },
        f"yaxis{y[1:]}": quiet | sampled | {
            "domain": up, "anchor": x, "range": [rows[-1], rows[0]], "showticklabels": first,
            "ticktext": [str(sample) for sample in range(result.shape[0])],
        },
    }  # fmt: skip


def _middles(edges: npt.NDArray[np.float64], each: int) -> list[float]:
    """Return the middles of tiles that take so many edges each, the gap behind them aside."""
    return ((edges[:-1:each] + edges[each - 1 :: each]) / 2).tolist()


def _place(i: int, narrow: bool) -> tuple[list[float], list[float]]:
    if narrow:
        left = (i % 2) * (NARROW_WIDTH + NARROW_APART)
        return [left, left + NARROW_WIDTH], NARROW_ROWS[i // 2]
    left = i * (WIDTH + APART)
    return [left, min(1.0, left + WIDTH)], [0.0, 1.0]


def _titles(result: SharedAxes, norm: Norm, i: int, words: Mapping[str, str], narrow: bool) -> list[dict[str, Any]]:
    across, up = _place(i, narrow)
    said = words["refused" if result.refused(norm) else "count" if result.means(norm) > 1 else "count_one"]
    text = said.format(means=result.means(norm), values=result.values(norm))
    place = {"xref": "paper", "yref": "paper", "x": across[0], "y": up[1], "showarrow": False, "align": "left"}
    return [
        place | {
            "xanchor": "left", "yanchor": "bottom", "yshift": 4, "text": f"<b>{words[norm]}</b><br>{text}",
            "font": {"size": 12 if narrow else 13, "color": "@warn" if result.refused(norm) else "@text"},
        }
    ]  # fmt: skip
