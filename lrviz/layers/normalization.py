"""One normalization, four layers: batch, layer, group and instance norm differ only in which values share a mean."""

from dataclasses import dataclass
from math import prod
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Norm = Literal["batch", "layer", "group", "instance"]
NORMS: tuple[Norm, ...] = get_args(Norm)
EPS = 1e-5
"""PyTorch's eps in all four."""


@dataclass(frozen=True)
class Moments:
    """Mean and variance of values that share them, and how many each was made of.

    `variance` is biased, the sum of squares divided by n: what the values are normalized by. `unbiased` is divided by
    n - 1: what goes into a running variance; NaN where n is 1.
    """

    mean: Array
    variance: Array
    count: int

    @property
    def unbiased(self) -> Array:
        """The variance divided by n - 1 in the place of n, Bessel's correction."""
        return self.variance * (self.count / (self.count - 1) if self.count > 1 else np.nan)


def moments(x: Array, axes: tuple[int, ...]) -> Moments:
    """Take the mean and the variance over some axes.

    mean = sum(x) / n and variance = sum((x - mean)^2) / n over the n values along `axes`, which stay as axes of length
    1. Source: Ioffe and Szegedy, 2015, arXiv:1502.03167, algorithm 1.
    """
    mean = x.mean(axis=axes, keepdims=True)
    variance = np.square(x - mean).mean(axis=axes, keepdims=True)
    return Moments(mean, variance, prod(x.shape[axis] for axis in axes))


def standardized(x: Array, mean: Array, variance: Array, eps: float = EPS) -> Array:
    """Take the mean away and divide by the spread: (x - mean) / sqrt(variance + eps), all of x's shape or broadcast."""
    return (x - mean) / np.sqrt(variance + eps)


def per_channel(values: npt.ArrayLike, x: Array) -> Array:
    """Lay values (C,) along the channels, axis 1, of an x (N, C, ...)."""
    return np.asarray(values, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 2))


def normalize(
    norm: Norm,
    x: Array,
    *,
    groups: int = 1,
    gamma: npt.ArrayLike = 1.0,
    beta: npt.ArrayLike = 0.0,
    eps: float = EPS,
) -> Array:
    """Normalize x (N, C, ...) as one of the four layers does in training.

    y = gamma * (x - mean) / sqrt(variance + eps) + beta. Mean and biased variance are shared along these axes:

    - batch: all but the channels. PyTorch: BatchNorm1d, 2d, 3d. Source: Ioffe and Szegedy, 2015, arXiv:1502.03167.
    - layer: all but the samples. PyTorch: LayerNorm(x.shape[1:]). Source: Ba et al., 2016, arXiv:1607.06450.
    - group: those of a sample and of one of `groups` equal groups of channels. PyTorch: GroupNorm(groups, C). Source:
      Wu and He, 2018, arXiv:1803.08494. One group makes layer norm, C of them instance norm.
    - instance: those of one channel of one sample. PyTorch: InstanceNorm1d, 2d, 3d. Source: Ulyanov et al., 2016,
      arXiv:1607.08022.

    `gamma` and `beta` are one number a channel (C,), or for layer norm, as in PyTorch, one a value (C, ...). Raises
    ValueError as PyTorch does where a batch or instance norm has one value a mean, and where C cannot be divided.
    """
    if needs_more(norm, x.shape):
        raise ValueError(f"{norm} norm needs more than 1 value a mean in training, got an input of {x.shape}")
    laid, axes = _laid_out(norm, x, groups)
    found = moments(laid, axes)
    x_hat = standardized(laid, found.mean, found.variance, eps).reshape(x.shape)
    scale, shift = (value if norm == "layer" else per_channel(value, x) for value in (gamma, beta))
    return np.asarray(scale) * x_hat + np.asarray(shift)


def needs_more(norm: Norm, shape: tuple[int, ...]) -> bool:
    """Say whether PyTorch refuses to train on a shape (N, C, ...): a single value's variance is 0, whatever it is.

    A batch norm then has one sample of one place, an instance norm one place a channel: (N, C, 1), as PyTorch takes
    (N, C) for one sample of N channels. Layer and group norm are not refused: they make 0 of a value that is alone.
    """
    places = prod(shape[2:])
    return {"batch": shape[0] * places, "instance": places}.get(norm, 2) == 1


def sharing(norm: Norm, shape: tuple[int, ...], groups: int = 1) -> npt.NDArray[np.intp]:
    """Return for every value of a shape (N, C, ...) the number of the mean it shares, counted from 0 in order."""
    laid, axes = _laid_out(norm, np.empty(shape), groups)
    kept = [1 if axis in axes else size for axis, size in enumerate(laid.shape)]
    return np.broadcast_to(np.arange(prod(kept)).reshape(kept), laid.shape).reshape(shape)


def _laid_out(norm: Norm, x: Array, groups: int) -> tuple[Array, tuple[int, ...]]:
    """Return x with the channels split into their groups where there are any, and the axes that share a mean."""
    places = tuple(range(2, x.ndim))
    if norm == "group":
        if x.shape[1] % groups:
            raise ValueError(f"groups must divide the {x.shape[1]} channels, got {groups}")
        return x.reshape(x.shape[0], groups, -1, *x.shape[2:]), (2, *(axis + 1 for axis in places))
    return x, {"batch": (0, *places), "layer": (1, *places), "instance": places}[norm]
