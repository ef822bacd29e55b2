"""Maps of trainability: two rates, one a side, and whether training with them converges. Free of torch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.spec import Knob, Spec, refuse
from lrviz.train.numbers import unpacked

Array = np.ndarray[Any, np.dtype[np.float64]]
Levels = np.ndarray[Any, np.dtype[np.int8]]
Indices = np.ndarray[Any, np.dtype[np.int32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
TOP = 100
"""Levels run from -TOP, diverged at once, to TOP, converged at once."""
COARSEST = 8
"""The first pictures are made of squares of so many cells a side."""
SMALLEST_SPAN = 1e-12
"""Of a side, in terms of its place: beyond it neighbouring cells have the same rates."""
WORK = 4e10
"""Cells times steps times numbers of a net a map may take: about three minutes on one core."""
Power = Annotated[float, Field(ge=-12, le=12), Knob(-3, 6)]
"""A power of ten of a rate."""
Cells = Literal["64", "128", "256"]


def check_window(spec: Any) -> None:
    """Refuse a window whose sides do not run from a smaller to a larger value that can be told apart."""
    for name in ("across", "up"):
        low, high = getattr(spec, f"{name}_low"), getattr(spec, f"{name}_high")
        if not high - low > SMALLEST_SPAN * max(abs(low), abs(high)):
            raise refuse("empty_window", f"{name}_low", f"{name}_high", low=low, high=high)


class NetMap(Spec):
    """One net trained at every pair of rates, one for its first layer, one for its second, by descent on all rows.

    f(x) = sum_j v_j phi(sqrt 2 (x W)_j / sqrt n) / n, with n inputs, n units and as many rows as weights, n^2 + n;
    rows, targets and first weights from N(0, 1); L = mean (f - y)^2, in double precision. A cell has converged where
    the mean of its last 20 losses, in terms of the first, is below 1. Its colour says how soon it was rid of its loss,
    or blew up. The axes are powers of ten of the two rates.
    Source: Sohl-Dickstein 2024, arXiv 2402.06184.
    """

    kind: Literal["net_map"] = "net_map"
    activation: Literal["tanh", "relu", "identity"] = "tanh"
    width: Annotated[int, Field(ge=1, le=32), Knob(2, 16)] = 8
    steps: Annotated[int, Field(ge=20, le=1_000), Knob(20, 500)] = 100
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0
    cells: Cells = "128"
    across_low: Power = -3.0
    across_high: Power = 6.0
    up_low: Power = -3.0
    up_high: Power = 6.0

    @model_validator(mode="after")
    def _fits(self) -> "NetMap":
        check_window(self)
        if self.side**2 * self.steps * self.rows * self.width > WORK:
            raise refuse("net_map_too_large", "steps", "width", "cells", cells=self.side)
        return self

    @property
    def side(self) -> int:
        """Cells a side."""
        return int(self.cells)

    @property
    def rows(self) -> int:
        """How many rows there are to train on: as many as weights."""
        return self.width**2 + self.width


def axes(spec: Any, cells: int) -> tuple[Array, Array]:
    """Return the middles of the columns and of the rows, (cells,) each."""
    middles = (np.arange(cells) + 0.5) / cells
    return tuple(low + middles * (high - low) for low, high in windows(spec))  # type: ignore[return-value]


def windows(spec: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the two sides of a map."""
    return (spec.across_low, spec.across_high), (spec.up_low, spec.up_high)


# ------------------------------------------------------------------------------------------- coarse to fine, by tiles


@dataclass(frozen=True)
class Tile:
    """Cells worked on together, numbered row by row, each standing for `size` x `size` of them until others come."""

    cells: Indices
    size: int


def tiles(side: int, at_once: int) -> list[Tile]:
    """Cut a map into tiles of at most `at_once` cells: squares of COARSEST first, then halves, each cell once."""
    found: list[Tile] = []
    size = COARSEST
    while size:
        places = np.arange(0, side, size)
        rows, columns = np.meshgrid(places, places, indexing="ij")
        fresh = np.ones(rows.shape, bool) if size == COARSEST else (rows % (2 * size) > 0) | (columns % (2 * size) > 0)
        cells = (rows * side + columns)[fresh].astype(np.int32)
        count = max(1, math.ceil(len(cells) / at_once))
        found += [Tile(part, size) for part in np.array_split(cells, count)]
        size //= 2
    return found


def levels_of(ratios: Array) -> Levels:
    """Return the level of every run, given its losses over its first one, (T, R) -> (R,).

    It has converged where the mean of the last 20 is below 1; the level is then how much of the loss it was rid of over
    the whole run, 1 - mean(min(v, 1)). Where it has not, the sum of min(1 / v, 1) is about how many steps it stayed.
    What is no number counts as infinite.
    """
    v = np.where(np.isnan(ratios), np.inf, ratios)
    converged = v[-20:].mean(axis=0) < 1
    with np.errstate(all="ignore"):
        rid, stayed = 1 - np.minimum(v, 1).mean(axis=0), np.minimum(1 / v, 1).sum(axis=0)
    return np.where(converged, np.maximum(1, np.round(TOP * rid)), gone_after(stayed, len(v))).astype(np.int8)


def gone_after(steps: Array, most: int) -> Array:
    """Return the levels of runs that diverged after so many steps: -TOP after one, -1 after `most`, in logarithms."""
    return -np.maximum(1, np.round(TOP * (1 - np.log(np.clip(steps, 1, most)) / np.log(most))))


@dataclass(frozen=True)
class RateMapResult:
    """A map, of a net or not, as far as it is known: the level of every cell, (up, across), and which are computed."""

    spec: Any
    levels: Levels
    known: Mask

    @property
    def side(self) -> int:
        """Cells a side."""
        return len(self.levels)

    @property
    def complete(self) -> bool:
        """Whether every cell is computed."""
        return bool(self.known.all())

    @property
    def diverged(self) -> float:
        """The share of cells that have diverged, of those computed."""
        return float((self.levels[self.known] < 0).mean()) if self.known.any() else math.nan

    @cached_property
    def dimension(self) -> float:
        """The box-counting dimension of the edge; NaN for an incomplete map or one without an edge."""
        return box_dimension(self.levels < 0) if self.complete else math.nan


def result_of(spec: NetMap, events: Sequence[Mapping[str, Any]]) -> RateMapResult:
    """Put a map together from what its job told, coarse cells where no finer ones are known."""
    side = spec.side
    levels, known = np.zeros((side, side), np.int8), np.zeros((side, side), bool)
    for event in events:
        rows, columns = np.divmod(unpacked(event["cells"]), side)
        found, size = unpacked(event["levels"]), event["size"]
        for down in range(size):
            for right in range(size):
                levels[rows + down, columns + right] = found
        known[rows, columns] = True
    return RateMapResult(spec, levels, known)


def box_dimension(gone: Mask) -> float:
    """Return the box-counting dimension of the edge of a region of cells: the median slope of log N over log 1/size.

    N(s) is how many s x s boxes hold a pair of neighbours of which one is in and one is out, s = 1, 2, 4, ... up to a
    sixteenth of the side. NaN where there is no edge. Coarse maps give too little: a plain line 1, a true one may need
    thousands of cells.
    """
    edge = np.zeros(gone.shape, bool)
    edge[:-1] |= gone[:-1] != gone[1:]
    edge[:, :-1] |= gone[:, :-1] != gone[:, 1:]
    sizes = [2**i for i in range(int(math.log2(max(len(gone) / 16, 2))) + 1)]
    counts = []
    for size in sizes:
        side = len(gone) // size
        boxes = edge[: side * size, : side * size].reshape(side, size, side, size)
        counts.append(int(boxes.any(axis=(1, 3)).sum()))
    if min(counts) == 0:
        return math.nan
    return float(np.median(-np.diff(np.log2(counts))))
