"""Batch norm's four steps: the numbers of a tensor after each, on one colour scale, and how they are spread."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, compact, steady_range
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.normalization import Array
from lrviz.text import number

STRONGEST = 2.5
"""The size from which on a value has the strongest colour, whatever comes in: so that large numbers look large."""
SMALL = 0.05
"""Where no number is larger, they are written with an exponent."""
MANY = 7
"""So many rows have smaller numbers in them."""
SCALE = [[0, "@below"], [0.5, "@zero"], [1, "@above"]]
STEPS = range(4)
WIDE, WIDE_GAP = 0.22, 0.04
HEAT, NAMED_HEAT, BARS = 0.42, 0.475, (0.0, 0.29)
"""Four steps in a row, numbers above their histogram, as shares of the picture: names below the numbers take more."""
NARROW, NARROW_GAP = 0.46, 0.08
NARROW_ROWS = (((0.7, 1.0), (0.565, 0.645)), ((0.135, 0.435), (0.0, 0.08)))
"""Two in a row, one pair below the other."""
FORMULAS = ("x − {m}", "x̂ = (x − {m}) / √({v} + ε)", "y = γ·x̂ + β")
SYMBOLS = {"train": {"m": "μ", "v": "σ²"}, "eval": {"m": "μ<sub>run</sub>", "v": "σ²<sub>run</sub>"}}
UPWARDS, DOWNWARDS = "▲", "▼"
MARK, ROOM = 1.2, 1.45
"""Where a histogram's mark of mean and spread is, and where its axis ends, in highest bars."""


def steps_figure(
    result: FourSteps, words: Mapping[str, str], *, narrow: bool = False, chosen: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Draw the tensor after each of the four steps as numbers on colours, and below it the histogram of each channel.

    Channel 0 is counted upwards, channel 1 downwards. `words` holds incoming (what comes in), channel (with {index}),
    sample, value and mean (what the marks in the histograms are). `chosen` is a row and column to put a ring around.
    """
    reaches = [_reach(result, 0, 1)] * 2 + [_reach(result, 2, 3)] * 2
    most = steady_range(np.array([result.counts(step, reaches[step])[1].max() for step in STEPS]), False)[1]
    layout: dict[str, Any] = {
        "showlegend": False, "hovermode": "closest", "bargap": 0.06, "barmode": "relative",
        "margin": {"l": 16 if narrow else 76, "r": 8, "t": 28, "b": 24},
        "annotations": [], "shapes": [], "uirevision": f"{result.x.shape} {narrow}",
    }  # fmt: skip
    data: list[dict[str, Any]] = []
    for step in STEPS:
        data += [_numbers(result, step, words), *_histogram(result, step, reaches[step], most, words)]
        layout |= _axes(result, step, reaches[step], most, words, narrow)
        layout["annotations"] += [*_titles(result, step, words, narrow), _moments(result, step, narrow)]
        layout["shapes"] += [*_between_channels(result, step, narrow), *_ring(step, chosen)]
    return {"data": data, "layout": layout}


def _reach(result: FourSteps, *steps: int) -> float:
    """Return how far the histograms of some steps go: so far that all is on them, in round numbers that stay put."""
    return steady_range(np.array([result.reach(*steps) / 1.02]), False)[1]


def _name(base: str, number: int) -> str:
    return base if number == 1 else f"{base}{number}"


# ------------------------------------------------------------------------------------------------------- numbers


def _numbers(result: FourSteps, step: int, words: Mapping[str, str]) -> dict[str, Any]:
    values = result.laid(result.steps[step])
    size = 12 if len(values) < MANY else 11
    return {
        "type": "heatmap", "name": "", "z": compact(values), "xaxis": _name("x", step + 1),
        "yaxis": _name("y", step + 1), "zmin": -STRONGEST, "zmax": STRONGEST, "colorscale": SCALE, "showscale": False,
        "xgap": 1, "ygap": 1, "text": _written(values), "texttemplate": "%{text}", "textfont": {"size": size},
        "hovertext": _ways(result), "hovertemplate": "%{hovertext}",
    }  # fmt: skip


def _written(values: Array) -> list[list[str]]:
    """Write the numbers of a step to the same place, about three digits of the largest; small ones by their size."""
    largest = float(np.abs(values).max())
    if largest < SMALL:
        return [
            [f"{value:.0e}".replace("e-0", "e-").replace("-", "−") if value else "0" for value in row] for row in values
        ]
    places = min(2, max(0, 2 - math.floor(math.log10(largest))))
    return [[f"{float(value):.{places}f}".replace("-", "−") for value in row] for row in values]


def _ways(result: FourSteps) -> list[list[str]]:
    """Say of every value what becomes of it, step by step."""
    laid = [result.laid(values) for values in result.steps]
    rows, columns = laid[0].shape
    way = [[" → ".join(number(float(values[r, c])) for values in laid) for c in range(columns)] for r in range(rows)]
    return [[text.replace("-", "−") for text in row] for row in way]


def _short(value: float, digits: int = 3) -> str:
    """Write a number; what is nothing but rounding is 0."""
    rounded = 0.0 if abs(value) < 1e-12 else float(value)
    return number(rounded, digits).replace("-", "−").replace("e−0", "e−")


def _between_channels(result: FourSteps, step: int, narrow: bool) -> list[dict[str, Any]]:
    """Part an image's channels, which stand one below the other."""
    if result.x.ndim == 2:
        return []
    channels, height = result.x.shape[1], result.x.shape[2]
    place = {"xref": f"{_name('x', step + 1)} domain", "x0": 0, "x1": 1, "yref": _name("y", step + 1)}
    line = {"type": "line", "line": {"color": "@background", "width": 4 if narrow else 9}}
    return [place | line | {"y0": y, "y1": y} for y in (channel * height - 0.5 for channel in range(1, channels))]


def _ring(step: int, chosen: tuple[int, int] | None) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    row, column = chosen
    box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    place = {"xref": _name("x", step + 1), "yref": _name("y", step + 1), "type": "rect"}
    return [place | box | {"line": {"color": "@text", "width": 3}}]


# ----------------------------------------------------------------------------------------------------- histograms


def _histogram(
    result: FourSteps, step: int, reach: float, most: float, words: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Draw how the channels' values are spread, each bar in the colour of its values; a mark has mean and spread."""
    middles, counts = result.counts(step, reach)
    place = {"xaxis": _name("x", step + 5), "yaxis": _name("y", step + 5), "name": ""}
    marker = {"color": compact(middles), "cmin": -STRONGEST, "cmax": STRONGEST, "colorscale": SCALE}
    edge = {"line": {"color": "@line/0.6", "width": 0.5}}
    bars = [
        place | {
            "type": "bar", "x": compact(middles), "y": (sign * found).astype(np.int16), "marker": marker | edge,
            "width": float(middles[1] - middles[0]), "customdata": found.astype(np.int16),
            "hovertemplate": f"%{{x:.3~g}}: %{{customdata}} {words['value']}",
        }
        for sign, found in zip((1, -1), counts, strict=False)
    ]  # fmt: skip
    return [*bars, *(place | mark for mark in _marks(result, step, most, words))]


def _marks(result: FourSteps, step: int, most: float, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the mean of each channel as a dot and one spread to both sides as a line."""
    made = []
    for sign, mean, spread in zip((1, -1), *result.moments_of(step), strict=False):
        made.append(
            {
                "type": "scatter", "mode": "lines+markers", "x": np.array([mean - spread, mean, mean + spread]),
                "y": np.full(3, sign * MARK * most), "line": {"color": "@text", "width": 2},
                "marker": {"color": "@text", "size": np.array([0, 8, 0])},
                "hovertemplate": f"{words['mean']} {_short(mean)} ± {_short(spread)}",
            }
        )  # fmt: skip
    return made


def _moments(result: FourSteps, step: int, narrow: bool) -> dict[str, Any]:
    """Write mean and spread of each channel over its histogram, with an arrow the way the channel is counted."""
    digits = 2 if narrow else 3
    found = zip((UPWARDS, DOWNWARDS), *result.moments_of(step), strict=False)
    lines = [f"{way} {_short(mean, digits)} ± {_short(spread, digits)}" for way, mean, spread in found]
    across, _, bars = _domains(result, step, narrow)
    text = ("  " if narrow else "<br>").join(lines if len(lines) > 1 else [lines[0].removeprefix(f"{UPWARDS} ")])
    return {
        "xref": "paper", "yref": "paper", "x": across[0], "y": bars[1], "xanchor": "left", "yanchor": "bottom",
        "align": "left", "showarrow": False, "text": text, "font": {"size": 11 if narrow else 13, "color": "@text"},
    }  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- axes


def _axes(
    result: FourSteps, step: int, reach: float, most: float, words: Mapping[str, str], narrow: bool
) -> dict[str, Any]:
    across, heat, bars = _domains(result, step, narrow)
    first = step == 0 and not narrow
    rows, columns = result.laid(result.x).shape
    quiet = {"showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True}
    one = result.x.shape[1] == 1
    plain = {"title": {"text": ""}}
    return {
        _name("xaxis", step + 1): quiet | {
            "domain": across, "anchor": _name("y", step + 1), "range": [-0.5, columns - 0.5],
        } | _columns(result, words, narrow),
        _name("yaxis", step + 1): quiet | {
            "domain": heat, "anchor": _name("x", step + 1), "range": [rows - 0.5, -0.5],
        } | (_rows(result, words) if first else {"showticklabels": False}),
        _name("xaxis", step + 5): axis("", (-reach, reach)) | plain | {
            "domain": across, "anchor": _name("y", step + 5), "nticks": 5, "fixedrange": True, "tickfont": {"size": 12},
        },
        _name("yaxis", step + 5): quiet | {
            "domain": bars, "anchor": _name("x", step + 5), "range": [0 if one else -ROOM * most, ROOM * most],
            "showticklabels": False, "zeroline": True, "zerolinecolor": "@line", "zerolinewidth": 1,
        } | (_halves(most, words, one) if first else {}),
    }  # fmt: skip


def _domains(result: FourSteps, step: int, narrow: bool) -> tuple[list[float], list[float], list[float]]:
    """Return where a step stands: across, its numbers and its histogram up."""
    width, gap = (NARROW, NARROW_GAP) if narrow else (WIDE, WIDE_GAP)
    column = step % 2 if narrow else step
    row = ((NAMED_HEAT if result.x.ndim == 2 else HEAT, 1.0), BARS)
    heat, bars = NARROW_ROWS[step // 2] if narrow else row
    left = column * (width + gap)
    return [left, min(1.0, left + width)], list(heat), list(bars)


def _rows(result: FourSteps, words: Mapping[str, str]) -> dict[str, Any]:
    """Name the rows: an image's channels, or the samples."""
    if result.x.ndim == 2:
        return {"tickvals": list(range(len(result.x))), "title": {"text": words["sample"]}, "ticktext": None}
    channels, height = result.x.shape[1:3]
    names = [words["channel"].format(index=channel) for channel in range(channels)]
    return {"tickvals": [(channel + 0.5) * height - 0.5 for channel in range(channels)], "ticktext": names}


def _columns(result: FourSteps, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    """Name the columns where they are the channels."""
    if result.x.ndim != 2:
        return {"showticklabels": False}
    if narrow:
        return {"showticklabels": False}
    names = [words["channel"].format(index=c) for c in range(result.x.shape[1])]
    return {"tickvals": list(range(len(names))), "ticktext": names, "tickfont": {"size": 12}}


def _halves(most: float, words: Mapping[str, str], one: bool) -> dict[str, Any]:
    names = [words["channel"].format(index=channel) for channel in range(2)]
    shown = 1 if one else 2
    return {"showticklabels": True, "tickvals": [most / 2, -most / 2][:shown], "ticktext": names[:shown]}


def _titles(result: FourSteps, step: int, words: Mapping[str, str], narrow: bool) -> list[dict[str, Any]]:
    """Write over a step what it computes, and before it an arrow from the one before."""
    across, heat, _ = _domains(result, step, narrow)
    place = {"xref": "paper", "yref": "paper", "y": heat[1], "showarrow": False}
    mode = result.scene.mode
    text = words["incoming"] if step == 0 else FORMULAS[step - 1].format(**SYMBOLS[mode])
    size = 12 if narrow else 15 if mode == "train" else 14
    title = place | {
        "x": sum(across) / 2, "xanchor": "center", "yanchor": "bottom", "yshift": 4, "text": text,
        "font": {"size": size, "color": "@text"},
    }  # fmt: skip
    if step == 0 or (narrow and step == 2):
        return [title]
    gap = NARROW_GAP if narrow else WIDE_GAP
    arrow = place | {"x": across[0] - gap / 2, "y": sum(heat) / 2, "text": "→", "font": {"size": 20, "color": "@muted"}}
    return [title, arrow | {"xanchor": "center", "yanchor": "middle"}]
