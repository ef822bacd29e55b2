"""Which part of which epoch each update sees: passes over the rows, cut into batches that may grow."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Whole = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Epochs:
    """Passes over `rows` in batches of `size`, the last of which holds what is left, or is left out with `drop_last`.

    Every `every` epochs the size is multiplied by `growth`, up to all rows.
    """

    rows: int
    size: int
    drop_last: bool = False
    growth: float = 1.0
    every: int = 1

    def sizes(self, epochs: Whole) -> Whole:
        """Return the size of a full batch in some epochs, counted from 0."""
        with np.errstate(over="ignore"):
            grown = self.size * np.float64(self.growth) ** (epochs // self.every)
        return np.minimum(np.round(np.minimum(grown, self.rows)), self.rows).astype(np.int64)

    def counts(self, epochs: Whole) -> Whole:
        """Return how many updates some epochs make."""
        sizes = self.sizes(epochs)
        return self.rows // sizes if self.drop_last else -(-self.rows // sizes)

    def updates(self, epochs: int) -> int:
        """Return how many updates so many epochs make."""
        return int(self.counts(np.arange(epochs)).sum())

    @cached_property
    def _settled(self) -> int:
        """An epoch from which on the size stays: 0 where it does not grow."""
        if self.growth == 1 or self.size >= self.rows:
            return 0
        return self.every * int(np.ceil(np.log(self.rows / self.size) / np.log(self.growth)) + 1)

    def at(self, updates: Whole) -> tuple[Whole, Whole, Whole]:
        """Return of some updates, counted from 0: their epoch, where in its order they begin, and their full size."""
        growing = min(self._settled, int(updates.max(initial=0)) + 1)  # an epoch makes one update at least
        begins = np.concatenate([[0], np.cumsum(self.counts(np.arange(growing)))])
        epoch = np.minimum(np.searchsorted(begins, updates, "right") - 1, growing)
        later, within = np.divmod(updates - begins[epoch], self.counts(epoch))
        epoch = epoch + later  # only where they have ceased to grow is there any later
        sizes = self.sizes(epoch)
        return epoch, within * sizes, sizes

    def widest(self, updates: int) -> int:
        """Return the largest batch among so many updates."""
        return int(self.at(np.array([max(updates - 1, 0)]))[2][0])

    def narrowest(self, updates: int) -> int:
        """Return the smallest batch among so many updates, those that hold what is left included."""
        if self.drop_last:
            return self.size
        last = int(self.at(np.array([max(updates - 1, 0)]))[0][0])
        sizes = self.sizes(np.arange(min(last, self._settled) + 1))
        left = self.rows % sizes
        return int(np.where(left > 0, left, sizes).min())
