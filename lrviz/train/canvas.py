"""Where a net is drawn: the points of a plane or a line at which it is asked, and how its answers are numbered."""

from typing import Any

import numpy as np

from lrviz.train.data import Data

Array = np.ndarray[Any, np.dtype[np.float64]]
SIDE = 48
"""Points to a side of the grid on which a net over a plane is drawn."""
LEVELS = 51
"""Shades of certainty: class k at its least sure is k * LEVELS, at its surest one less than (k + 1) * LEVELS."""
LINE = 161
"""Points of the line on which a net over one number is drawn."""
MARGIN = 1.2
"""How far beyond the largest coordinate the grid reaches."""
TILES = (5, 7)
"""Rows and columns of the images that are shown."""
BELOW, BESIDE = 4, 1
"""Pixels below an image, for what is said of it, and beside it."""


def plane_axis(data: Data) -> Array:
    """Return the places along either side of the grid, (SIDE,)."""
    end = MARGIN * float(np.abs(np.concatenate([data.x, data.x_val])).max())
    return np.linspace(-end, end, SIDE)


def line_axis(data: Data) -> Array:
    """Return the places along the line, (LINE,)."""
    low, high = float(data.x.min()), float(data.x.max())
    room = (MARGIN - 1) / 2 * (high - low)
    return np.linspace(low - room, high + room, LINE)


def grid_of(data: Data) -> Array:
    """Return the points at which a net is asked: (SIDE^2, 2) row by row, or (LINE, 1)."""
    if not data.plane:
        return line_axis(data)[:, None]
    axis = plane_axis(data)
    return np.stack([part.ravel() for part in np.meshgrid(axis, axis)], axis=1)


def mosaic(images: Array) -> Array:
    """Lay at most TILES square images (N, pixels), each number 0 to 1, out side by side, the first at the top left."""
    rows, columns = TILES
    side = int(np.sqrt(images.shape[1]))
    shown = np.zeros((rows * columns, side + BELOW, side + BESIDE))
    shown[: len(images), :side, :side] = images.reshape(-1, side, side)
    sheet = shown.reshape(rows, columns, side + BELOW, side + BESIDE).swapaxes(1, 2)
    return np.clip(sheet, 0, 1).reshape(rows * (side + BELOW), -1)


def tile_places(side: int) -> tuple[Array, Array]:
    """Return where the text below each image stands in a mosaic: across and down, both (tiles,)."""
    rows, columns = TILES
    across = np.tile(np.arange(columns, dtype=np.float64) * (side + BESIDE) + (side - 1) / 2, rows)
    down = np.repeat(np.arange(rows, dtype=np.float64) * (side + BELOW) + side + (BELOW - 1) / 2 - 0.5, columns)
    return across, down
