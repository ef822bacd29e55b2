"""Two small sets of real data, two features and a target each; where they come from stands at the top of the files."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from lrviz.surfaces.base import Array, Rows

DataSet = Literal["diabetes", "breast_cancer"]
SIZES: dict[DataSet, int] = {"diabetes": 442, "breast_cancer": 569}


@dataclass(frozen=True)
class Data:
    """Two features, each of mean 0 and standard deviation 1, and a target, one row a patient; each (N,)."""

    names: tuple[str, ...]
    first: Array
    second: Array
    target: Array

    @property
    def columns(self) -> tuple[Array, Array, Array]:
        """The features and the target."""
        return self.first, self.second, self.target

    def part(self, rows: Rows | None) -> "Data":
        """Return the rows of a batch, or all."""
        return self if rows is None else Data(self.names, self.first[rows], self.second[rows], self.target[rows])


@lru_cache
def data(name: DataSet) -> Data:
    """Return a data set; the target of one that is not 0 or 1 is standardised like the features."""
    path = Path(__file__).with_name(f"{name}.csv")
    with path.open(encoding="utf-8") as lines:
        names = [next(lines) for _ in range(2)][1].strip().split(",")
    first, second, target = np.loadtxt(path, delimiter=",", skiprows=2).T
    classes = set(np.unique(target)) == {0.0, 1.0}
    return Data(tuple(names), _standard(first), _standard(second), target if classes else _standard(target))


def _standard(values: Array) -> Array:
    return np.ascontiguousarray((values - values.mean()) / values.std())


@lru_cache(maxsize=4)  # a long run of large batches takes a hundred megabytes
def batches(count: int, size: int, steps: int, seed: int) -> Rows:
    """Return the rows of each step's batch, (T, B): random orders of all rows end to end, cut into batches.

    So every row is used as often as any other, and none is left over; a batch may reach into the next order.
    """
    random = np.random.default_rng(seed)
    orders = -(-steps * size // count)
    rows = np.tile(np.arange(count, dtype=np.int32), (orders, 1))
    return random.permuted(rows, axis=1).reshape(-1)[: steps * size].reshape(steps, size)
