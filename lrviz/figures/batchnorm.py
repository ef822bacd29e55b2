"""Batch norm's four steps: the numbers of a tensor after each, on one colour scale, and how they are spread.

All steps in a row share a pair of axes, in which a step is one wide: for a browser axes are what costs most.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.figures.batchnorm_bricks import GAP, ROOM, STRONGEST, across, histograms, left_of, short
from lrviz.figures.parts import compact, steady_range
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.normalization import Array
from lrviz.text import number

SMALL = 0.05
"""Where no number is larger, they are written with an exponent."""
MANY = 7
"""So many rows have smaller numbers in them."""
SCALE = [[0, "@below"], [0.5, "@zero"], [1, "@above"]]
STEPS = range(4)
HEAT, NAMED_HEAT, BARS = 0.42, 0.475, (0.0, 0.29)
"""Where the numbers begin, higher with names below them, and where the histograms stand, as shares of the picture."""
NARROW_ROWS = (((0.7, 1.0), (0.565, 0.645)), ((0.135, 0.435), (0.0, 0.08)))
"""The same for two rows of two steps."""
FORMULAS = ("x − {m}", "x̂ = (x − {m}) / √({v} + ε)", "y = γ·x̂ + β")
SYMBOLS = {"train": {"m": "μ", "v": "σ²"}, "eval": {"m": "μ<sub>run</sub>", "v": "σ²<sub>run</sub>"}}
UPWARDS, DOWNWARDS = "▲", "▼"


def steps_figure(
    result: FourSteps, words: Mapping[str, str], *, narrow: bool = False, chosen: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Draw the tensor after each of the four steps as numbers on colours, and below it the histogram of each channel.

    Channel 0 is counted upwards, channel 1 downwards. `words` holds incoming (what comes in), channel (with {index}),
    sample, value and mean (what the marks in the histograms are). `chosen` is a row and column to put a ring around.
    """
    reaches = [_reach(result, 0, 1)] * 2 + [_reach(result, 2, 3)] * 2
    most = steady_range(np.array([result.counts(step, reaches[step])[1].max() for step in STEPS]), False)[1]
    rows = (STEPS[:2], STEPS[2:]) if narrow else (STEPS,)
    data, layout = [], _layout(narrow)
    for i, row in enumerate(rows):
        heat, bars = (f"{2 * i + 1}", f"{2 * i + 2}")
        upper = [*_numbers(result, row), *_between_channels(result, row, narrow), *_rings(result, row, chosen)]
        upper.append(_titles(result, row, words, narrow))
        lower = *histograms(result, row, reaches, most, words), _moments(result, row, most, narrow)
        data += [_on(trace, heat) for trace in upper] + [_on(trace, bars) for trace in lower]
        layout |= _axes(result, row, reaches, most, words, narrow, (heat, bars))
    return {"data": data, "layout": layout}


def place_at(result: FourSteps, x: float, y: float) -> tuple[int, int] | None:
    """Return the row and column of the number whose middle is at a place; None for anything else that is drawn."""
    rows, columns = result.laid(result.x).shape
    column = math.floor(x % (1 + GAP) * columns)
    return (round(y), column) if y in range(rows) and column in range(columns) else None


def _reach(result: FourSteps, *steps: int) -> float:
    """Return how far the histograms of some steps go: so far that all is on them, in round numbers that stay put."""
    return steady_range(np.array([result.reach(*steps) / 1.02]), False)[1]


def _layout(narrow: bool) -> dict[str, Any]:
    return {
        "showlegend": False, "hovermode": "closest", "uirevision": f"{narrow}",
        "margin": {"l": 16 if narrow else 76, "r": 8, "t": 28, "b": 24},
    }  # fmt: skip


def _on(trace: dict[str, Any], axes: str) -> dict[str, Any]:
    end = "" if axes == "1" else axes
    return trace | {"xaxis": f"x{end}", "yaxis": f"y{end}"}


# ------------------------------------------------------------------------------------------------------- numbers


def _numbers(result: FourSteps, row: Sequence[int]) -> list[dict[str, Any]]:
    rows, columns = result.laid(result.x).shape
    edges, size = np.arange(columns + 1) / columns, 12 if rows < MANY else 11
    common = {
        "type": "heatmap", "name": "", "y": np.arange(rows + 1) - 0.5, "zmin": -STRONGEST, "zmax": STRONGEST,
        "colorscale": SCALE, "showscale": False, "xgap": 1, "ygap": 1, "texttemplate": "%{text}",
        "textfont": {"size": size}, "hovertext": _ways(result), "hovertemplate": "%{hovertext}",
    }  # fmt: skip
    laid = ((step, result.laid(result.steps[step])) for step in row)
    return [
        common | {"x": compact(left_of(step, row) + edges), "z": compact(values), "text": _written(values)}
        for step, values in laid
    ]


def _written(values: Array) -> list[list[str]]:
    """Write the numbers of a step to the same place, about three digits of the largest; small ones by their size."""
    largest = float(np.abs(values).max())
    if largest < SMALL:
        return [[_by_size(float(value)) for value in row] for row in values]
    places = min(2, max(0, 2 - math.floor(math.log10(largest))))
    return [[f"{float(value):.{places}f}".replace("-", "−") for value in row] for row in values]


def _by_size(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-").replace("-", "−") if value else "0"


def _ways(result: FourSteps) -> list[list[str]]:
    """Say of every value what becomes of it, step by step."""
    laid = [result.laid(values) for values in result.steps]
    rows, columns = laid[0].shape
    way = [[" → ".join(number(float(values[r, c])) for values in laid) for c in range(columns)] for r in range(rows)]
    return [[text.replace("-", "−") for text in row] for row in way]


def _between_channels(result: FourSteps, row: Sequence[int], narrow: bool) -> list[dict[str, Any]]:
    """Part an image's channels, which stand one below the other."""
    if result.x.ndim == 2:
        return []
    channels, height = result.x.shape[1], result.x.shape[2]
    y = np.concatenate([[channel * height - 0.5] * 2 + [np.nan] for channel in range(1, channels)])
    x = np.tile([0, left_of(row[-1], row) + 1, np.nan], channels - 1)
    line = {"color": "@background", "width": 4 if narrow else 9}
    return [{"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip", "name": "gap"}]


def _rings(result: FourSteps, row: Sequence[int], chosen: tuple[int, int] | None) -> list[dict[str, Any]]:
    """Put a ring around the chosen number in every step."""
    if chosen is None:
        return []
    (down, column), columns = chosen, result.laid(result.x).shape[1]
    across = np.array([0, 1, 1, 0, 0, np.nan]) / columns
    x = np.concatenate([left_of(step, row) + column / columns + across for step in row])
    y = np.tile(np.array([-0.5, -0.5, 0.5, 0.5, -0.5, np.nan]) + down, len(row))
    line = {"color": "@text", "width": 3}
    return [{"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip", "name": "chosen"}]


# ----------------------------------------------------------------------------------------------------------- axes


def _axes(
    result: FourSteps,
    row: Sequence[int],
    reaches: Sequence[float],
    most: float,
    words: Mapping[str, str],
    narrow: bool,
    names: tuple[str, str],
) -> dict[str, Any]:
    """Return the two pairs of axes of a row of steps."""
    heat, bars = ("" if name == "1" else name for name in names)
    (low, high), span = _up(result, row[0], narrow)
    x = {"range": [0, len(row) + (len(row) - 1) * GAP], "fixedrange": True, "ticks": ""}
    y = {"showgrid": False, "fixedrange": True, "ticks": ""}
    rows, one = len(result.laid(result.x)), result.x.shape[1] == 1
    quiet = {"showticklabels": False}
    return {
        f"xaxis{heat}": x | {"anchor": f"y{heat}", "showgrid": False} | _columns(result, row, words, narrow),
        f"yaxis{heat}": y | {"anchor": f"x{heat}", "domain": [low, high], "range": [rows - 0.5, -0.5]}
        | (quiet if narrow else _rows(result, words)),
        f"xaxis{bars}": x | {"anchor": f"y{bars}", "tickfont": {"size": 12}} | _scales(row, reaches),
        f"yaxis{bars}": y | {
            "anchor": f"x{bars}", "domain": list(span), "range": [0 if one else -ROOM * most, ROOM * most],
        } | (quiet if narrow else _halves(most, words, one)),
    }  # fmt: skip


def _up(result: FourSteps, step: int, narrow: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where the numbers and the histogram of a step stand, as shares of the height."""
    if narrow:
        return NARROW_ROWS[step // 2]
    return (NAMED_HEAT if result.x.ndim == 2 else HEAT, 1.0), BARS


def _scales(row: Sequence[int], reaches: Sequence[float]) -> dict[str, Any]:
    """Return the ticks of a row of histograms: 0 and a round number to both sides in each."""
    at, said = [], []
    for step in row:
        power = 10.0 ** math.floor(math.log10(0.8 * reaches[step]))
        tick = next(nice * power for nice in (5, 2, 1) if nice * power <= 0.8 * reaches[step])
        at += across(step, row, np.array([-tick, 0, tick]), reaches).tolist()
        said += [short(-tick), "0", short(tick)]
    return {"tickvals": at, "ticktext": said}


def _rows(result: FourSteps, words: Mapping[str, str]) -> dict[str, Any]:
    """Name the rows: an image's channels, or the samples."""
    if result.x.ndim == 2:
        return {"tickvals": list(range(len(result.x))), "title": {"text": words["sample"]}}
    channels, height = result.x.shape[1:3]
    names = [words["channel"].format(index=channel) for channel in range(channels)]
    return {"tickvals": [(channel + 0.5) * height - 0.5 for channel in range(channels)], "ticktext": names}


def _columns(result: FourSteps, row: Sequence[int], words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Name the columns where they are the channels."""
    if result.x.ndim != 2 or narrow:
        return {"showticklabels": False}
    channels = result.x.shape[1]
    at = [left_of(step, row) + (channel + 0.5) / channels for step in row for channel in range(channels)]
    names = [words["channel"].format(index=channel) for channel in range(channels)]
    return {"tickvals": at, "ticktext": names * len(row), "tickfont": {"size": 12}}


def _halves(most: float, words: Mapping[str, str], one: bool) -> dict[str, Any]:
    names = [words["channel"].format(index=channel) for channel in range(2)]
    shown = 1 if one else 2
    return {"tickvals": [most / 2, -most / 2][:shown], "ticktext": names[:shown]}


# ---------------------------------------------------------------------------------------------------------- words


def _titles(result: FourSteps, row: Sequence[int], words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Write over each step what it computes, and an arrow between two."""
    titles, rows = [_title(result, step, words) for step in row], len(result.laid(result.x))
    x = [left_of(step, row) + 0.5 for step in row] + [left_of(step, row) - GAP / 2 for step in row[1:]]
    size, arrows = 12 if narrow else 15 if result.scene.mode == "train" else 14, len(row) - 1
    y = [-0.5] * len(row) + [(rows - 1) / 2] * arrows
    return _text(x, y, [*titles, *["→"] * arrows]) | {
        "textposition": ["top center"] * len(row) + ["middle center"] * arrows,
        "textfont": {"size": [size] * len(row) + [20] * arrows, "color": ["@text"] * len(row) + ["@muted"] * arrows},
    }


def _title(result: FourSteps, step: int, words: Mapping[str, str]) -> str:
    return words["incoming"] if step == 0 else FORMULAS[step - 1].format(**SYMBOLS[result.scene.mode])


def _moments(result: FourSteps, row: Sequence[int], most: float, narrow: bool) -> dict[str, Any]:
    """Write over each histogram mean and spread of its channels, with an arrow the way a channel is counted."""
    texts = [("  " if narrow else "<br>").join(_lines(result, step, 2 if narrow else 3)) for step in row]
    made = _text([left_of(step, row) for step in row], [ROOM * most] * len(row), texts)
    return made | {"textposition": "top right", "textfont": {"size": 11 if narrow else 13, "color": "@text"}}


def _lines(result: FourSteps, step: int, digits: int) -> list[str]:
    found = zip((UPWARDS, DOWNWARDS), *result.moments_of(step), strict=False)
    lines = [f"{way} {short(mean, digits)} ± {short(spread, digits)}" for way, mean, spread in found]
    return lines if len(lines) > 1 else [lines[0].removeprefix(f"{UPWARDS} ")]


def _text(x: Sequence[float], y: Sequence[float], texts: Sequence[str]) -> dict[str, Any]:
    """Return texts at places of the plot, and beyond its edges; a browser takes longer for annotations."""
    return {
        "type": "scatter", "mode": "text", "x": np.array(x), "y": np.array(y), "text": texts, "cliponaxis": False,
        "hoverinfo": "skip", "name": "words",
    }  # fmt: skip
