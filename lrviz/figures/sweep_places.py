"""Where things stand in a sweep's picture, and how they go on filling in while its job tells more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.train.swept import Swept

MOST_LINES = 6
"""Rows that are drawn as curves, at most; of more, some from everywhere."""
Cell = tuple[int, int, int]
Places = np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True)
class Names:
    """What the values are called: side by side, from bottom to top, from left to right."""

    beside: Sequence[str]
    up: Sequence[str]
    across: Sequence[str]


def drawn_rows(result: Swept) -> list[int]:
    """Return the rows that are drawn as curves."""
    count = result.scene.shape[1]
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, MOST_LINES))})


def column(b: Any, a: Any, result: Swept) -> Any:
    """Return where a column of cells stands: the maps side by side, one column apart."""
    return b * (result.scene.shape[2] + 1) + a


def cell_at(x: float, y: float, result: Swept) -> Cell | None:
    """Return the cell at a place of the picture, None where there is none."""
    maps, rows, columns = result.scene.shape
    b, a = divmod(round(x), columns + 1)
    u = round(y)
    inside = 0 <= b < maps and 0 <= u < rows and a < columns
    return (b, u, a) if inside else None


def live(result: Swept, what: str, places: Places, sent: Mapping[str, str]) -> dict[str, Any]:
    """Return how a trace goes on filling in, nothing where all is there."""
    if result.whole:
        return {}
    path = what if what == "gone" else f"{what}.{result.scene.measure}"
    return {"live": {"fill": ["cells", path], "places": places, "set": dict(sent)}}
