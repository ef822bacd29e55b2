"""What came of a sweep: every net's end, each cell's middle over its seeds, the best of each row and its good band."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrviz.spec import cached
from lrviz.train.axis import AxisSpec
from lrviz.train.numbers import unpacked
from lrviz.train.quantities import ByBatchSize, ByRate, ByWidth
from lrviz.train.sweep import MEASURES, Measure, SweepScene
from lrviz.train.training import Training, data_of

Array = np.ndarray[Any, np.dtype[np.float64]]


def better(measure: Measure) -> int:
    """Return 1 where more of a measure is better, -1 where less is."""
    return 1 if measure.startswith("accuracy") else -1


@cached(64)
def nothing(training: Training) -> Mapping[Measure, float]:
    """Return what it is worth to know nothing: to give every row the one answer that suits the training rows best.

    Classes: their shares, as cross-entropy or as squared error, and the most frequent class; numbers: their mean. NaN
    for the accuracy of numbers.
    """
    data = data_of(training.task)
    if not data.classes:
        middle = data.y.mean()
        losses = [float(np.mean((y - middle) ** 2)) for y in (data.y_val, data.y)]
        return dict(zip(MEASURES, (losses[0], np.nan, losses[1], np.nan), strict=True))
    shares = np.bincount(data.y.astype(int), minlength=data.classes) / data.rows
    loss = _entropy if training.criterion == "cross_entropy" else _square
    found = [(loss(shares, y), float(np.mean(y == shares.argmax()))) for y in (data.y_val, data.y)]
    return dict(zip(MEASURES, (*found[0], *found[1]), strict=True))


def _entropy(shares: Array, y: Array) -> float:
    return float(-np.log(np.maximum(shares, 1e-12))[y.astype(int)].mean())


def _square(shares: Array, y: Array) -> float:
    return float(np.mean((np.eye(len(shares))[y.astype(int)] - shares) ** 2))


# ----------------------------------------------------------------------------------------------------- over seeds


@dataclass(frozen=True)
class Middle:
    """The middle of some runs and its ends, over the last axis of their values; infinitely bad where they diverge.

    `mid`: the median, `low` and `high`: the least and the greatest. Infinite in the bad direction counts as the worst.
    """

    mid: Array
    low: Array
    high: Array


def middle(values: Array, measure: Measure) -> Middle:
    """Return the middle of values (.., S), NaN for a run that diverged."""
    worst = -np.inf * better(measure)
    filled = np.where(np.isnan(values), worst, values)
    with np.errstate(invalid="ignore"):
        mid = np.median(filled, axis=-1)
    return Middle(np.where(np.isnan(mid), worst, mid), filled.min(axis=-1), filled.max(axis=-1))


def scale(best: float, none: float, measure: Measure) -> tuple[float, float]:
    """Return the ends of a scale of colours: from the best to as far beyond knowing nothing, the lower number first.

    Where not even the best is better than knowing nothing, that stands in its place, a little better.
    """
    sign = better(measure)
    least = none + sign * max(1e-3 * abs(none), 1e-9)
    top = best if np.isfinite(best) and sign * best > sign * least else least
    ends = (top, 2 * none - top)
    return min(ends), max(ends)


# --------------------------------------------------------------------------------------------------------- result


@dataclass(frozen=True)
class Row:
    """A row of cells: the middle over its seeds, the best cell (None where all diverge), and the good band around it.

    `band`: the first and the last cell around the best within the tolerance; None where the best is no better than
    knowing nothing. `open_ends`: whether the band touches the end of the axis on the left and on the right, so that it
    may go on beyond it.
    """

    middle: Middle
    best: int | None
    band: tuple[int, int] | None

    @property
    def open_ends(self) -> tuple[bool, bool]:
        """Whether the band touches the ends of the axis."""
        return (False, False) if self.band is None else (self.band[0] == 0, self.band[1] == len(self.middle.mid) - 1)


@dataclass(frozen=True)
class Swept:
    """A sweep as far as it has come.

    `values` by measure, (B, U, A, S), NaN where diverged or not yet; `done`, (B, U, A); `bad`: the first bad update of
    each net, -1 for none, (B, U, A, S); `split`: how many nets a batch held after each time that memory was short.
    """

    scene: SweepScene
    values: Mapping[Measure, Array]
    done: np.ndarray[Any, np.dtype[np.bool_]]
    bad: np.ndarray[Any, np.dtype[np.int64]]
    split: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many nets have been trained."""
        return int(self.done.sum()) * self.scene.each

    @property
    def whole(self) -> bool:
        """Whether all nets have been trained."""
        return bool(self.done.all())

    @cached_property
    def middle(self) -> Middle:
        """The middle of every cell over its seeds, (B, U, A), NaN where there is none yet."""
        found = middle(self.values[self.scene.measure], self.scene.measure)
        return Middle(*(np.where(self.done, part, np.nan) for part in (found.mid, found.low, found.high)))

    @property
    def gone(self) -> Array:
        """1 for each cell whose middle run diverged, NaN for the others, (B, U, A)."""
        return np.where(np.isinf(self.middle.mid), 1.0, np.nan)

    @cached_property
    def best(self) -> tuple[int, int, int] | None:
        """The best cell, None where there is none yet or all diverge."""
        worth = better(self.scene.measure) * self.middle.mid
        if not np.isfinite(worth).any():
            return None
        b, u, a = np.unravel_index(int(np.where(np.isfinite(worth), worth, -np.inf).argmax()), worth.shape)
        return int(b), int(u), int(a)

    @property
    def nothing(self) -> float:
        """What it is worth to know nothing."""
        return nothing(self.scene.training)[self.scene.measure]

    @property
    def limit(self) -> float | None:
        """How far a run in the best cell's row may miss that cell and still be good; None where nothing is good."""
        if self.best is None:
            return None
        best, sign = float(self.middle.mid[self.best]), better(self.scene.measure)
        return best + self.scene.tolerance * (self.nothing - best) if sign * best > sign * self.nothing else None

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the scale of colours."""
        best = self.middle.mid[self.best] if self.best else np.nan
        return scale(float(best), self.nothing, self.scene.measure)

    def row(self, b: int, u: int) -> Row:
        """Return one row of cells."""
        mid, low, high = (part[b, u] for part in (self.middle.mid, self.middle.low, self.middle.high))
        worth = better(self.scene.measure) * mid
        if not np.isfinite(worth).any():
            return Row(Middle(mid, low, high), None, None)
        best = int(np.where(np.isfinite(worth), worth, -np.inf).argmax())
        none = better(self.scene.measure) * self.nothing
        return Row(Middle(mid, low, high), best, _band(worth, best, none, self.scene.tolerance))

    def cell(self, b: int, u: int, a: int) -> Training:
        """Return the training of one cell, with its first seed."""
        _, rows, columns = self.scene.shape
        return self.scene.cells[(b * rows + u) * columns + a]


@dataclass(frozen=True)
class Rule:
    """Where a rule of thumb puts the best rate of every row, going by the first row's: `rates` (U,), one a row."""

    name: str
    b: int
    rates: Array


_RULES: Mapping[type[AxisSpec], Mapping[str, float]] = {
    ByBatchSize: {"linear": 1.0, "sqrt": 0.5},
    ByWidth: {"inverse": -1.0},
}
"""The power of what stands from bottom to top with which the best rate is said to go."""
RULES = tuple(name for powers in _RULES.values() for name in powers)
"""The names of all rules of thumb."""


def rules(result: Swept) -> list[Rule]:
    """Return what rules of thumb say of the map; none where it does not vary the rate over what they are about."""
    scene = result.scene
    powers = _RULES.get(type(scene.up), {})
    if not powers or not isinstance(scene.across, ByRate) or not result.whole:
        return []
    sizes, rates = np.array(scene.up(), dtype=float), np.array(scene.across(), dtype=float)
    firsts = [(b, result.row(b, 0).best) for b in range(len(scene.beside()))]
    return [
        Rule(name, b, rates[first] * (sizes / sizes[0]) ** power)
        for b, first in firsts
        if first is not None
        for name, power in powers.items()
    ]


def _band(worth: Array, best: int, none: float, tolerance: float) -> tuple[int, int] | None:
    """Return the cells around the best that miss at most a share `tolerance` of its gain over knowing nothing."""
    if worth[best] <= none:
        return None
    good = worth >= worth[best] - tolerance * (worth[best] - none)
    first = last = best
    while first > 0 and good[first - 1]:
        first -= 1
    while last + 1 < len(worth) and good[last + 1]:
        last += 1
    return first, last


def swept(scene: SweepScene, events: Iterable[Mapping[str, Any]]) -> Swept:
    """Put together what a sweep's job has told so far; events that do not fit the scene's size are another's."""
    cells, seeds = int(np.prod(scene.shape)), scene.each
    values: dict[Measure, Array] = {measure: np.full((cells, seeds), np.nan) for measure in MEASURES}
    bad, done, split = np.full((cells, seeds), -1), np.zeros(cells, dtype=bool), []
    for event in events:
        if "split" in event:
            split.append(int(event["split"]))
        if "cells" not in event:
            continue
        place = unpacked(event["cells"])
        done[place] = True
        bad[place] = unpacked(event["bad"])
        for measure in MEASURES:
            values[measure][place] = unpacked(event["each"][measure])
    shape = (*scene.shape, seeds)
    held: dict[Measure, Array] = {measure: found.reshape(shape) for measure, found in values.items()}
    return Swept(scene, held, done.reshape(scene.shape), bad.reshape(shape), tuple(split))
