"""The histograms below batch norm's four steps: a brick a value, in its colour, and the mean and spread over them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.figures.parts import compact
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.normalization import Array
from lrviz.text import number

STRONGEST = 2.5
"""The size from which on a value has the strongest colour, whatever comes in: so that large numbers look large."""
BRICKS = [[0, "@below"], [0.5, "@line/0.55"], [1, "@above"]]
"""The colours of values that stand on the background."""
GAP = 0.17
"""Between two steps in a row, in steps."""
MARK, ROOM = 1.23, 1.45
"""Where a histogram's mark of mean and spread is, and where its axis ends, in highest bars."""


def left_of(step: int, row: Sequence[int]) -> float:
    """Return where a step begins in its row."""
    return (step - row[0]) * (1 + GAP)


def short(value: float, digits: int = 3) -> str:
    """Write a number; what is nothing but rounding is 0."""
    rounded = 0.0 if abs(value) < 1e-12 else float(value)
    return number(rounded, digits).replace("-", "−").replace("e−0", "e−")


def histograms(
    result: FourSteps, row: Sequence[int], reaches: Sequence[float], most: float, words: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Draw how the channels' values are spread, a brick a value, in its colour; a mark has mean and spread."""
    bricks = [_bricks(result, step, row, reaches, words) for step in row]
    return [*bricks, _levels(row), *_marks(result, row, reaches, most, words)]


def _bricks(
    result: FourSteps, step: int, row: Sequence[int], reaches: Sequence[float], words: Mapping[str, str]
) -> dict[str, Any]:
    """Draw the histogram of a step, channel 0 upwards and channel 1 downwards.

    As a heatmap, because a browser takes ten times as long for as many bars.
    """
    middles, counts = result.counts(step, reaches[step])
    up, down = int(counts[0].max()), int(counts[1:].max(initial=0))
    level = np.arange(-down, up)[:, None]
    filled = np.where(level >= 0, level < counts[0], -level <= counts[-1])
    half = reaches[step] / len(middles)
    edges = across(step, row, np.append(middles - half, middles[-1] + half), reaches)
    sides = np.where(level >= 0, 0, len(middles)) + np.arange(len(middles))
    names = [f"{middle:.3g}: {n} {words['value']}" for side in counts for middle, n in zip(middles, side, strict=True)]
    return {
        "type": "heatmap", "name": "", "x": compact(edges), "y": np.arange(-down, up + 1),
        "z": compact(np.where(filled, middles, np.nan)), "zmin": -STRONGEST, "zmax": STRONGEST, "colorscale": BRICKS,
        "showscale": False, "xgap": 1, "ygap": 1, "hoverongaps": False,
        "text": {"$named": sides.astype(np.uint8), "names": names, "least": 0}, "hovertemplate": "%{text}",
    }  # fmt: skip


def across(step: int, row: Sequence[int], values: Array, reaches: Sequence[float]) -> Array:
    """Return where values are in the histogram of a step, which begins at -reach and ends at reach."""
    return left_of(step, row) + (values / reaches[step] + 1) / 2


def _levels(row: Sequence[int]) -> dict[str, Any]:
    """Draw the line that a row's histograms stand on."""
    x = np.concatenate([left_of(step, row) + np.array([0, 1, np.nan]) for step in row])
    line = {"color": "@line", "width": 1}
    return {"type": "scatter", "mode": "lines", "x": x, "y": np.zeros(len(x)), "line": line, "hoverinfo": "skip"}


def _marks(
    result: FourSteps, row: Sequence[int], reaches: Sequence[float], most: float, words: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Draw the mean of each channel as a dot and one spread to both sides as a line."""
    x, y, said = [], [], []
    for step in row:
        for sign, mean, spread in zip((1, -1), *result.moments_of(step), strict=False):
            x += [*across(step, row, np.array([mean - spread, mean, mean + spread]), reaches), np.nan]
            y += [sign * MARK * most] * 3 + [np.nan]
            said += [f"{words['mean']} {short(mean)} ± {short(spread)}"] * 4
    return [
        {
            "type": "scatter", "mode": "lines+markers", "name": "", "x": np.array(x), "y": np.array(y), "text": said,
            "line": {"color": "@text", "width": 2}, "hovertemplate": "%{text}",
            "marker": {"color": "@text", "size": np.tile([0, 8, 0, 0], len(x) // 4)},
        }
    ]  # fmt: skip
