"""One tensor through batch norm, step by step: as it comes in, without its mean, with spread 1, scaled and shifted."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lrviz.layers.batchnorm import Running, batch_moments
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.normalization import Array, Moments, needs_more, per_channel, standardized

BINS = 24
NARROWEST = 3.0
"""A histogram reaches at least so far to both sides of 0."""


@dataclass(frozen=True)
class Followed:
    """One value on its way, with the numbers of its channel; `sample` and `channel` count from 0."""

    sample: int
    channel: int
    x: float
    mean: float
    variance: float
    x_hat: float
    gamma: float
    beta: float
    y: float


@dataclass(frozen=True)
class FourSteps:
    """What comes in, x (N, C, ...), and what the layer makes of it in its mode.

    In training `refused` says that a channel has a single value: then there is no batch statistic, and no step but x.
    """

    scene: BatchNormScene

    @cached_property
    def x(self) -> Array:
        """What comes in."""
        return self.scene.x

    @property
    def alone(self) -> bool:
        """Whether a channel has a single value, which no batch norm can be trained on."""
        return needs_more("batch", self.x.shape)

    @property
    def refused(self) -> bool:
        """Whether PyTorch raises an error here."""
        return self.alone and self.scene.mode == "train"

    @cached_property
    def batch(self) -> Moments | None:
        """The batch's own mean and variance a channel; None where a channel has a single value."""
        return None if self.alone else batch_moments(self.x)

    @cached_property
    def running(self) -> Running:
        """What the layer remembers once it has been trained on this batch `seen` times.

        A batch that cannot be trained on leaves it to all of the tensor; one value in all leaves it as it began.
        """
        whole, layer = self.x if self.batch else self.scene.whole, self.scene.layer
        state = layer.init(whole.shape[1])
        if not needs_more("batch", whole.shape):
            found = batch_moments(whole)
            for _ in range(self.scene.seen):
                state = layer.remember(found, state)
        return state

    @property
    def running_pair(self) -> tuple[Array, Array]:
        """Running mean and variance, each (C,)."""
        return self.running.mean, self.running.variance

    @property
    def used(self) -> tuple[Array, Array]:
        """Mean and variance a channel, (C,), that the values are normalized by."""
        if self.scene.mode == "eval":
            return self.running_pair
        assert self.batch is not None
        return self.batch.mean.ravel(), self.batch.variance.ravel()

    @cached_property
    def steps(self) -> tuple[Array, ...]:
        """x, x - mean, that over the spread, and that scaled and shifted: each of x's shape."""
        mean, variance = (per_channel(values, self.x) for values in self.used)
        x_hat = standardized(self.x, mean, variance, self.scene.eps)
        gamma, beta = (per_channel(values, self.x) for values in (self.scene.layer.gamma, self.scene.layer.beta))
        return self.x, self.x - mean, x_hat, gamma * x_hat + beta

    # ------------------------------------------------------------------------------------------------ as it is drawn

    def laid(self, values: Array) -> Array:
        """Lay values of x's shape out as a matrix: images one channel below the other, vectors as rows."""
        return values.reshape(-1, values.shape[-1])

    def followed(self, row: int, column: int) -> Followed:
        """Return the value at a place of that matrix on its way through the steps."""
        index = np.unravel_index(int(np.ravel_multi_index((row, column), self.laid(self.x).shape)), self.x.shape)
        channel = int(index[1])
        (mean, variance), layer = self.used, self.scene.layer
        gamma, beta = np.asarray(layer.gamma), np.asarray(layer.beta)
        x, _, x_hat, y = (float(values[index]) for values in self.steps)
        mean, variance, gamma, beta = (float(values[channel]) for values in (mean, variance, gamma, beta))
        return Followed(int(index[0]), channel, x, mean, variance, x_hat, gamma, beta, y)

    def moments_of(self, step: int) -> tuple[Array, Array]:
        """Return mean and spread of every channel after a step, each (C,)."""
        values = self.steps[step]
        axes = (0, *range(2, values.ndim))
        return values.mean(axis=axes), values.std(axis=axes)

    def reach(self, *steps: int) -> float:
        """Return how far from 0 the values of some steps go, and one spread around their means, NARROWEST at least."""
        values = (float(np.abs(self.steps[step]).max()) for step in steps)
        around = (float((np.abs(mean) + spread).max()) for mean, spread in map(self.moments_of, steps))
        return max(NARROWEST, *values, *around)

    def counts(self, step: int, reach: float) -> tuple[Array, npt.NDArray[np.intp]]:
        """Return the middles (BINS,) of equal bins from -reach to reach, and how many of each channel lie in each."""
        edges = np.linspace(-reach, reach, BINS + 1)
        channels = np.moveaxis(self.steps[step], 1, 0).reshape(self.x.shape[1], -1)
        return (edges[1:] + edges[:-1]) / 2, np.array([np.histogram(values, edges)[0] for values in channels])
