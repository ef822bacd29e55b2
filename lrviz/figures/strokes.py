"""Tiny pictures as shapes: paths in a box of BOX units, y downwards, whose colours are "@tokens"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BOX = (160, 96)
MARGIN = 6
"""What stays free at each side, so that nothing is cut off."""
MOST = 120
"""No line has more points: more cannot be seen in a box as small as this."""


@dataclass(frozen=True)
class Shape:
    """One path: `d` as in SVG; a line of a width, or a filled area where the width is 0."""

    d: str
    color: str
    width: float = 0.0
    opacity: float = 1.0
    dash: str = ""


@dataclass(frozen=True)
class Window:
    """The part of the plane that is shown: x from low to high across, y from low to high upwards."""

    x: tuple[float, float]
    y: tuple[float, float]

    def places(self, x: Array, y: Array) -> Array:
        """Return where points (n,), (n,) lie in the box, (n, 2)."""
        low, size = np.array([self.x[0], self.y[0]]), np.array([np.ptp(self.x), np.ptp(self.y)])
        share = (np.stack([np.asarray(x, float), np.asarray(y, float)], axis=-1) - low) / np.where(size > 0, size, 1)
        share[..., 1] = 1 - share[..., 1]
        return MARGIN + share * (np.array(BOX) - 2 * MARGIN)

    def line(self, x: Array, y: Array, color: str, width: float = 2.0, opacity: float = 1.0) -> Shape:
        """Return a line through points; it breaks off where they leave the window's surroundings or are no numbers."""
        pace = -(-len(x) // MOST)
        kept = np.unique([*range(0, len(x), pace), len(x) - 1])
        places = self.places(np.asarray(x)[kept], np.asarray(y)[kept])
        inside = (np.abs(places - np.array(BOX) / 2) <= 2 * np.array(BOX)).all(axis=1)
        end = len(places) if inside.all() else int(np.argmin(inside))
        return Shape("M" + "L".join(map(_point, places[:end])), color, width, opacity)

    def dots(self, x: Array, y: Array, color: str, size: float = 5.0, opacity: float = 1.0) -> Shape:
        """Return a dot at each point in the window."""
        places = self.places(x, y)
        inside = ((places >= 0) & (places <= np.array(BOX))).all(axis=1)
        return Shape("".join(f"M{_point(place)}h0" for place in places[inside]), color, size, opacity)


def around(*values: Array, room: float = 0.05) -> tuple[float, float]:
    """Return a span that holds all numbers, with some room on both sides."""
    found = np.concatenate([np.ravel(one) for one in values])
    low, high = float(np.nanmin(found)), float(np.nanmax(found))
    return low - room * (high - low), high + room * (high - low)


def cells(kinds: Array, colors: Mapping[int, tuple[str, float]]) -> list[Shape]:
    """Return a map (U, A) of whole numbers, its first row at the bottom, as one area a colour: (token, opacity)."""
    rows, columns = kinds.shape
    wide, high = BOX[0] / columns, BOX[1] / rows
    return [
        Shape("".join(_runs(kinds == kind, wide, high)), color, opacity=opacity)
        for kind, (color, opacity) in colors.items()
        if (kinds == kind).any()
    ]


def bars(tops: Sequence[float], color: str, opacity: float = 1.0) -> Shape:
    """Return bars side by side from the bottom up, the highest as high as the box."""
    wide, most = (BOX[0] - 2 * MARGIN) / len(tops), max(*tops, 1e-12)
    tall = [(BOX[1] - 2 * MARGIN) * top / most for top in tops]
    made = (
        f"M{_short(MARGIN + i * wide + 1)} {BOX[1] - MARGIN}v{_short(-high)}h{_short(wide - 2)}v{_short(high)}z"
        for i, high in enumerate(tall)
    )
    return Shape("".join(made), color, opacity=opacity)


def _runs(mask: Array, wide: float, high: float) -> list[str]:
    """Return the cells of a mask, those side by side as one: half a unit larger, so that no seam shows."""
    made = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(int)))
        top = BOX[1] - (row + 1) * high
        for begin, end in edges.reshape(-1, 2):
            across = _short((end - begin) * wide + 0.3)
            made.append(f"M{_short(begin * wide)} {_short(top)}h{across}v{_short(high + 0.3)}h-{across}z")
    return made


def _point(place: Array) -> str:
    return f"{_short(place[0])} {_short(place[1])}"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
