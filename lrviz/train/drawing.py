"""What a net says, small enough to draw many times a second: of a plane, a line, or of the rows that validate."""

from typing import Any

import numpy as np

from lrviz.train.canvas import LEVELS, TILES, grid_of, mosaic
from lrviz.train.data import Data
from lrviz.train.engine import Batch
from lrviz.train.numbers import packed
from lrviz.train.training import data_of

Array = np.ndarray[Any, Any]


def drawn(batch: Batch) -> dict[str, Any]:
    """Return what the first net says, packed: "plane", "curve", "said" or "confusion", of digits "tiles" besides."""
    first = batch.trainings[0]
    data = data_of(first.task)
    if data.plane:
        return {"plane": packed(_shades(_shares(batch, grid_of(data))), "|u1")}
    if data.line:
        return {"curve": packed(batch.says(grid_of(data))[0, :, 0])}
    if not data.classes:
        return {"said": packed(batch.says(data.x_val)[0, :, 0])}
    shares = _shares(batch, data.x_val)
    found = {"confusion": packed(_confusion(shares, data), "<u2")}
    return found | _tiles(shares, data) if first.task.kind == "digits" else found


def _shares(batch: Batch, x: Array) -> Array:
    """Return how sure the first net is of every class, (N, classes): softmax, or what it says where that is trained."""
    said = batch.says(x)[0]
    if batch.criterion == "mse":
        return said
    with np.errstate(all="ignore"):
        shares = np.exp(said - said.max(1, keepdims=True))
        return shares / shares.sum(1, keepdims=True)


def _shades(shares: Array) -> Array:
    """Return one number a point for class and certainty; where a net says nothing finite, the first class, unsure."""
    classes = shares.shape[1]
    sure = (np.nan_to_num(shares, posinf=1.0, neginf=0.0).max(1) * classes - 1) / max(classes - 1, 1)
    return LEVELS * np.nan_to_num(shares).argmax(1) + np.round((LEVELS - 1) * np.clip(sure, 0, 1))


def _confusion(shares: Array, data: Data) -> Array:
    """Count the rows that validate by what they are and what the net says, (classes * classes,)."""
    pairs = data.y_val.astype(int) * data.classes + np.nan_to_num(shares).argmax(1)
    return np.bincount(pairs, minlength=data.classes**2)


def _tiles(shares: Array, data: Data) -> dict[str, Any]:
    """Return the images of which the net is most wrong as one picture, the worst first, and what it says of each.

    "right" and "wrong" have a text a tile, "" in one of them.
    """
    truth, said = data.y_val.astype(int), np.nan_to_num(shares).argmax(1)
    order = np.argsort(np.nan_to_num(shares)[np.arange(len(truth)), truth], kind="stable")[: TILES[0] * TILES[1]]
    wrong = [f"{truth[i]} → {said[i]}" if said[i] != truth[i] else "" for i in order]
    right = [f"{truth[i]}" if said[i] == truth[i] else "" for i in order]
    return {"tiles": packed(np.round(255 * mosaic(data.x_val[order])), "|u1"), "wrong": wrong, "right": right}
