"""A stream of batches from one population: how their statistics scatter, and the running ones approach the truth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lrviz.layers.batchnorm import BatchNorm
from lrviz.layers.batchnorm_scene import MOST_BATCH, BatchNormScene
from lrviz.layers.normalization import Array, Moments, moments, standardized

SIZES = tuple(2**power for power in range(1, 9))
"""The batch sizes whose scatter is measured."""


@dataclass(frozen=True)
class Stream:
    """T batches of n values of one feature, drawn from a normal distribution, and what batch norm makes of them."""

    scene: BatchNormScene

    @property
    def refused(self) -> bool:
        """Whether PyTorch raises an error: a batch of one."""
        return self.scene.batch == 1

    @cached_property
    def drawn(self) -> Array:
        """T times MOST_BATCH values, of which a batch holds the first n of each row."""
        draws = np.random.default_rng(self.scene.seed).standard_normal((self.scene.batches, MOST_BATCH))
        return self.scene.mean + self.scene.spread * draws

    @property
    def values(self) -> Array:
        """The batches, (T, n)."""
        return self.drawn[:, : self.scene.batch]

    @cached_property
    def found(self) -> Moments:
        """Mean and variance of every batch, each (T,)."""
        return _each(self.values)

    @cached_property
    def _remembered(self) -> tuple[Array, Array]:
        found, layer = self.found, BatchNorm(self.scene.eps, self.scene.weight)
        one_by_one = (
            Moments(mean, variance, found.count) for mean, variance in zip(found.mean, found.variance, strict=True)
        )
        mean, variance = layer.remembered(one_by_one, 1)
        return mean[:, 0], variance[:, 0]

    @property
    def running_mean(self) -> Array:
        """What is remembered of the mean, from before the first batch, (T + 1,)."""
        return self._remembered[0]

    @property
    def running_var(self) -> Array:
        """What is remembered of the variance, from before the first batch, (T + 1,)."""
        return self._remembered[1]

    # ---------------------------------------------------------------------------------------- training against eval

    @property
    def probe(self) -> float:
        """An input one spread above the true mean: what it should become is 1."""
        return self.scene.mean + self.scene.spread

    @cached_property
    def in_training(self) -> Array:
        """What every batch's own statistics make of that input, (T,)."""
        return standardized(np.array(self.probe), self.found.mean, self.found.variance, self.scene.eps)

    @cached_property
    def in_eval(self) -> Array:
        """What the running statistics make of it, from before the first batch, (T + 1,)."""
        return standardized(np.array(self.probe), self.running_mean, self.running_var, self.scene.eps)

    # ------------------------------------------------------------------------------------------------------- noise

    @property
    def truth(self) -> tuple[float, float]:
        """Mean and variance of the population."""
        return self.scene.mean, self.scene.spread**2

    @property
    def biased_truth(self) -> float:
        """What a batch's biased variance is on average: (n - 1) / n of the true one."""
        return self.truth[1] * (self.scene.batch - 1) / self.scene.batch

    @cached_property
    def scatter(self) -> Array:
        """How far the statistics of batches of each of SIZES lie from the truth, as `scatter_of` has it, (S, 2)."""
        return np.array([self.scatter_of(size) for size in SIZES])

    def scatter_of(self, size: int) -> tuple[float, float]:
        """Return how far mean and unbiased variance of batches of a size lie from the truth, root mean square.

        The mean's in spreads, the variance's in true variances: 1 / sqrt(n) and sqrt(2 / (n - 1)) on average.
        """
        found, (mean, variance) = _each(self.drawn[:, :size]), self.truth
        off = (found.mean - mean) / self.scene.spread, found.unbiased / variance - 1
        return float(np.sqrt(np.square(off[0]).mean())), float(np.sqrt(np.square(off[1]).mean()))

    @staticmethod
    def expected(sizes: npt.ArrayLike) -> Array:
        """Return what theory says of that for values of a normal distribution, (S, 2)."""
        n = np.asarray(sizes, dtype=np.float64)
        return np.stack([1 / np.sqrt(n), np.sqrt(2 / (n - 1))], axis=-1)


def _each(batches: Array) -> Moments:
    """Return mean and variance of every row, each (T,)."""
    found = moments(batches, (1,))
    return Moments(found.mean[:, 0], found.variance[:, 0], found.count)
