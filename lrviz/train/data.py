"""What a net learns from: features and targets, split into what it trains on and what only judges it."""

import gzip
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
FOLDER = Path(__file__).with_name("data")


@dataclass(frozen=True, eq=False)
class Data:
    """N rows to train on and M to validate with: features (N, F), (M, F), targets (N,), (M,).

    `classes`: how many classes the targets count, from 0; 0 where they are numbers to predict. `names`: the features.
    `labels`: what the classes are called, () where their numbers say it.
    """

    x: Array
    y: Array
    x_val: Array
    y_val: Array
    classes: int
    names: tuple[str, ...] = ("x", "y")
    labels: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        """F, how many numbers describe one row."""
        return self.x.shape[1]

    @property
    def outputs(self) -> int:
        """How many numbers a net has to give: one a class, or the one number."""
        return self.classes or 1

    @property
    def plane(self) -> bool:
        """Whether the rows are points of a plane with classes, so that what a net says can be drawn everywhere."""
        return self.features == 2 and self.classes > 0

    @property
    def line(self) -> bool:
        """Whether a number is predicted from one other, so that what a net says is a curve."""
        return self.features == 1 and not self.classes

    @property
    def rows(self) -> int:
        """N, how many rows there are to train on."""
        return len(self.x)


@dataclass(frozen=True)
class Table:
    """A whole data set as it came: features (n, F), targets (n,), their classes (0: numbers), names of both."""

    x: Array
    y: Array
    classes: int
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()


@lru_cache
def bundled(name: str, classes: int) -> Table:
    """Return one of the data sets in data/, whose first line says where it is from; its last column is the target."""
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8") as lines:
        names = [next(lines) for _ in range(2)][1].strip().split(",")
        table = np.loadtxt(lines, delimiter=",")
    return Table(table[:, :-1], table[:, -1], classes, tuple(names[:-1]))


def split(table: Table, validation: float, subset: int, label_noise: float, seed: int) -> Data:
    """Shuffle a table, lay the last `validation` share aside, keep `subset` of the others (0: all), spoil some labels.

    A `label_noise` share of the training labels is drawn anew from all classes; of numbers, that share is shuffled.
    At least two rows are trained on, and one is laid aside.
    """
    random = np.random.default_rng([seed, 1])
    order = random.permutation(len(table.x))
    aside = min(max(round(validation * len(order)), 1), len(order) - 2)
    kept, held = order[: len(order) - aside], order[len(order) - aside :]
    kept = kept[: max(subset, 2)] if subset else kept
    y = _spoiled(table.y[kept], table.classes, label_noise, random)
    return Data(table.x[kept], y, table.x[held], table.y[held], table.classes, table.names, table.labels)


def _spoiled(y: Array, classes: int, share: float, random: np.random.Generator) -> Array:
    hit = random.permutation(len(y))[: round(share * len(y))]
    spoiled = y.copy()
    spoiled[hit] = random.integers(0, classes, len(hit)) if classes else random.permutation(y[hit])
    return spoiled


def standardised(data: Data) -> Data:
    """Give every feature the mean 0 and deviation 1 over the training rows, and numbers to predict likewise.

    A feature that never changes stays 0.
    """
    x, x_val = _standard(data.x, data.x_val)
    if data.classes:
        return replace(data, x=x, x_val=x_val)
    y, y_val = _standard(data.y[:, None], data.y_val[:, None])
    return replace(data, x=x, x_val=x_val, y=y[:, 0], y_val=y_val[:, 0])


def _standard(train: Array, other: Array) -> tuple[Array, Array]:
    middle, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (train - middle) / spread, (other - middle) / spread
