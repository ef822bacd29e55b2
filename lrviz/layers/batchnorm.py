"""Batch norm as the state machine it is: what a batch does to its running statistics, and what they do in eval mode."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lrviz.layers.normalization import EPS, Array, Moments, moments, needs_more, per_channel, standardized


@dataclass(frozen=True)
class Running:
    """What batch norm remembers: `mean` and `variance` a channel, (C,), and how many batches it has seen."""

    mean: Array
    variance: Array
    batches: int = 0


@dataclass(frozen=True)
class BatchNorm:
    """Normalizes every channel by its own mean and variance, then scales and shifts it.

    In training, of an x (N, C, ...): y = gamma * (x - m) / sqrt(v + eps) + beta, with m and v the mean and the biased
    variance of the batch, over everything but the channels. And it remembers, with u the batch's unbiased variance:

        running.mean     <- (1 - momentum) * running.mean     + momentum * m
        running.variance <- (1 - momentum) * running.variance + momentum * u

    from a mean of 0 and a variance of 1. With a momentum of None the weight of batch t is 1 / t: the running
    statistics are plain averages. In eval mode m and v are the running ones, or, where `track` is off, the batch's own.

    `gamma` and `beta` are (C,) or one for all. Source: Ioffe and Szegedy, 2015, arXiv:1502.03167, algorithms 1 and 2;
    the running averages are PyTorch's. PyTorch: BatchNorm1d, BatchNorm2d, BatchNorm3d; `track` is track_running_stats,
    and gamma 1 and beta 0 are what it starts with and what affine=False leaves.
    """

    eps: float = EPS
    momentum: float | None = 0.1
    gamma: npt.ArrayLike = 1.0
    beta: npt.ArrayLike = 0.0
    track: bool = True

    def init(self, channels: int) -> Running:
        """Return what it remembers before the first batch."""
        return Running(np.zeros(channels), np.ones(channels))

    def train(self, x: Array, running: Running) -> tuple[Array, Running]:
        """Normalize a batch (N, C, ...) by its own statistics: the output, and what is remembered after it.

        Raises ValueError, as PyTorch does, where a channel has a single value.
        """
        found = batch_moments(x)
        y = self._scaled(x, found.mean, found.variance)
        return y, self.remember(found, running) if self.track else running

    def evaluate(self, x: Array, running: Running) -> Array:
        """Normalize x (N, C, ...) by what is remembered, whatever else is in it."""
        if not self.track:
            return self.train(x, running)[0]
        return self._scaled(x, per_channel(running.mean, x), per_channel(running.variance, x))

    def remember(self, found: Moments, running: Running) -> Running:
        """Return what is remembered after a batch with these moments."""
        batches = running.batches + 1
        weight = 1 / batches if self.momentum is None else self.momentum
        mean = (1 - weight) * running.mean + weight * found.mean.ravel()
        variance = (1 - weight) * running.variance + weight * found.unbiased.ravel()
        return replace(running, mean=mean, variance=variance, batches=batches)

    def remembered(self, batches: Iterable[Moments], channels: int) -> tuple[Array, Array]:
        """Return the running means and variances (T + 1, C): before the first of T batches and after each of them."""
        states = [self.init(channels)]
        for found in batches:
            states.append(self.remember(found, states[-1]))
        return np.array([state.mean for state in states]), np.array([state.variance for state in states])

    def _scaled(self, x: Array, mean: Array, variance: Array) -> Array:
        gamma, beta = per_channel(self.gamma, x), per_channel(self.beta, x)
        return gamma * standardized(x, mean, variance, self.eps) + beta


def batch_moments(x: Array) -> Moments:
    """Return mean and variance of every channel of a batch (N, C, ...), each (1, C, 1, ...).

    Raises ValueError where a channel has a single value: its variance is 0, whatever the value is.
    """
    if needs_more("batch", x.shape):
        raise ValueError(f"batch norm needs more than 1 value a channel in training, got an input of {x.shape}")
    return moments(x, (0, *range(2, x.ndim)))
