"""An epoch cut into batches, drawn as a strip of them, and how many updates each batch size makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.batches.counting import Count
from lrviz.figures.parts import axis
from lrviz.figures.theme import ROLES

GAP = 2.4
"""The width of the gap between the first and the last batches, in batches."""
THINNEST, SEAM = 0.15, 0.07
LETTERS = 6
"""A size of more letters does not fit into a batch."""


@dataclass(frozen=True)
class Block:
    """One batch in the strip: where it begins and how wide it is, in batches, and how many samples it holds."""

    at: float
    width: float
    held: int
    used: bool = True


def count_figure(count: Count, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw one epoch as a strip of batches above the number of updates by batch size.

    `words` holds strip (its title), more (in its gap), dropped (over what is left out), batch_size, updates, yours.
    """
    blocks, gap = _blocks(count, *((3, 2) if narrow else (7, 3)))
    end = max([block.at + block.width for block in blocks], default=1.0)
    return {
        "data": [*_strip(blocks), *_curve(count, words)],
        "layout": {
            "xaxis": {"range": [-0.1, max(end, 1.0) + 0.1], "visible": False, "fixedrange": True},
            "yaxis": {"domain": [0.74, 0.93], "range": [-0.5, 0.5], "visible": False, "fixedrange": True},
            "xaxis2": axis(words["batch_size"], (1, max(count.samples, 2)), log=True) | {"anchor": "y2"},
            "yaxis2": axis(words["updates"], _span(count), log=True) | {"domain": [0, 0.6], "anchor": "x2"},
            "showlegend": False,
            "hovermode": "closest",
            "barmode": "overlay",
            "margin": {"l": 76, "r": 24, "t": 8, "b": 48},
            "annotations": [_title(words["strip"]), *_sizes(blocks, words["dropped"]), *_more(gap, words["more"])],
            "uirevision": f"{count.samples} {count.epochs}",
        },
    }


def _blocks(count: Count, first: int, last: int) -> tuple[list[Block], float | None]:
    """Return the batches to draw, and where the gap is that stands for the others, None where all are drawn.

    Whole batches are one wide, a short one, used or left out, as much less as it holds.
    """
    total = count.iterations
    many = total > first + last + 1
    shown = [*range(first), *range(total - last, total)] if many else [*range(total)]
    held = [count.last if index == total - 1 else count.batch_size for index in shown]
    whole = max(held, default=count.batch_size)
    sizes = [(size, True) for size in held] + [(count.dropped, False)] * (count.dropped > 0)
    blocks, at = list[Block](), 0.0
    for i, (size, used) in enumerate(sizes):
        at += GAP if many and i == first else 0.0
        width = max(size / whole, THINNEST)
        blocks.append(Block(at, width, size, used))
        at += width
    return blocks, first + GAP / 2 if many else None


def _strip(blocks: list[Block]) -> list[dict[str, Any]]:
    """Draw the batches, filled, and what is left out as an outline."""
    kinds = (
        (True, {"color": ROLES["batch"]}),
        (False, {"color": "rgba(0,0,0,0)", "line": {"color": ROLES["batch"], "width": 1.5}}),
    )
    drawn = [([block for block in blocks if block.used is used], marker) for used, marker in kinds]
    return [
        {
            "type": "bar", "orientation": "h", "y": np.zeros(len(some)), "width": np.full(len(some), 0.9),
            "x": np.array([block.width - SEAM for block in some]), "name": "",
            "base": np.array([block.at + SEAM / 2 for block in some]), "marker": marker,
            "customdata": np.array([block.held for block in some], dtype=np.int32),
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        for some, marker in drawn
        if some
    ]  # fmt: skip


def _title(text: str) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "top"}
    return place | {"text": text, "showarrow": False, "font": {"size": 14}}


def _sizes(blocks: list[Block], dropped: str) -> list[dict[str, Any]]:
    """Write into each batch how many samples it holds; above a narrow one, and beside one that is left out."""
    notes = []
    for block in blocks:
        inside = block.used and len(str(block.held)) <= LETTERS * block.width
        text = f"{block.held:,}" if block.used else dropped
        place = {"x": block.at + block.width / 2, "y": 0 if inside else -0.5, "yanchor": "middle" if inside else "top"}
        if not inside and block is blocks[-1] and len(blocks) > 1:
            place |= {"x": block.at + block.width, "xanchor": "right"}
        color = "@background" if inside else "@text"
        notes.append(place | {"text": text, "showarrow": False, "font": {"size": 13, "color": color}})
    return notes


def _more(gap: float | None, text: str) -> list[dict[str, Any]]:
    place = {"x": gap, "y": 0, "showarrow": False, "font": {"size": 13, "color": "@muted"}}
    return [] if gap is None else [place | {"text": text}]


def _span(count: Count) -> tuple[float, float]:
    """Return the range of the updates: from one an epoch to one a sample, a little wider."""
    return 0.3 * count.epochs, 1.4 * max(count.samples, 2) * count.epochs


def _curve(count: Count, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the updates of all epochs by batch size, and the learner's own."""
    sizes = np.unique(np.rint(np.geomspace(1, count.samples, 160)).astype(int))
    totals = [Count(count.samples, int(b), count.epochs, count.drop_last).total for b in sizes]
    line = {
        "type": "scatter", "mode": "lines", "name": "", "x": sizes.astype(np.int32), "xaxis": "x2", "yaxis": "y2",
        "y": np.array(totals, dtype=np.float64), "line": {"color": "@line", "width": 2, "shape": "hvh"},
        "hovertemplate": f"{words['batch_size']} %{{x}}: %{{y:,}}",
    }  # fmt: skip
    if not count.total:
        return [line]
    return [line, _yours(count, words["yours"])]


def _yours(count: Count, text: str) -> dict[str, Any]:
    left = count.batch_size < np.sqrt(count.samples)
    return {
        "type": "scatter", "mode": "markers+text", "name": "", "xaxis": "x2", "yaxis": "y2",
        "x": np.array([float(min(count.batch_size, count.samples))]), "y": np.array([float(count.total)]),
        "marker": {"color": ROLES["batch"], "size": 12, "line": {"color": "@background", "width": 1.5}},
        "text": [text], "textposition": "middle right" if left else "bottom left",
        "textfont": {"size": 14, "color": "@text"}, "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip
