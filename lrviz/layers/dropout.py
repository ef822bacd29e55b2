"""Dropout on one layer: masks from a seed, both modes, the way back, and what many masks average to."""

from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Scaling = Literal["training", "evaluation", "never"]
"""Where the factor that keeps the average goes: on the kept units, on all units in evaluation, or nowhere."""


def uniforms(seed: int, shape: tuple[int, ...]) -> Array:
    """Draw one number between 0 and 1 a unit: seed, shape -> u of that shape; the first row of many is the one alone.

    The numbers know nothing of p, so that units go one by one while p is turned up.
    """
    return np.random.default_rng(seed).random(shape)


def kept(u: Array, p: float) -> Array:
    """Return the mask m, 1 where a unit is kept: m = [u >= p], which happens with probability 1 - p.

    u: any shape -> m of that shape. p = 0 keeps every unit, p = 1 none.
    """
    return (u >= p).astype(np.float64)


def scale(p: float) -> float:
    """Return what makes up for the dropped units, 1 / (1 - p); at p = 1 nothing can, and it is 0, as in torch."""
    return 0.0 if p == 1 else 1 / (1 - p)


def train(x: Array, mask: Array, p: float, scaling: Scaling = "training") -> Array:
    """Return a layer's output in training: y = x * m / (1 - p), or y = x * m where training does not scale.

    x: (..., n) and m: (..., n) -> y: (..., n).

    Source: Hinton et al. (2012), arXiv:1207.0580; Srivastava et al. (2014), JMLR 15, name this scale as the other way.
    PyTorch: nn.Dropout(p) in training, to the last bit.
    """
    return x * (mask * _factor(p, scaling))


def evaluate(x: Array, p: float, scaling: Scaling = "training") -> Array:
    """Return a layer's output in evaluation: x itself, or (1 - p) * x where the scale was left to evaluation.

    Source: Srivastava et al. (2014), JMLR 15, section 5, scales by 1 - p in evaluation.
    PyTorch: nn.Dropout(p) after .eval() is the identity.
    """
    return x * (1 - p) if scaling == "evaluation" else x


def backward(gradient: Array, mask: Array, p: float, scaling: Scaling = "training") -> Array:
    """Return the gradient with respect to x: dL/dx = dL/dy * m / (1 - p); a dropped unit passes none.

    gradient, mask: (..., n) -> (..., n). PyTorch: what autograd makes of nn.Dropout(p) in training.
    """
    return gradient * (mask * _factor(p, scaling))


def _factor(p: float, scaling: Scaling) -> float:
    return scale(p) if scaling == "training" else 1.0


# ------------------------------------------------------------------------------------------------- many masks


def running_mean(outputs: Array) -> Array:
    """Return the average of the first r outputs for every r: (R, n) -> (R, n)."""
    return np.cumsum(outputs, axis=0) / np.arange(1, len(outputs) + 1)[:, None]


def mean(x: Array, p: float, scaling: Scaling = "training") -> Array:
    """Return what the outputs of all masks average to: E[y] = x, or (1 - p) * x where training does not scale."""
    return x * ((1 - p) * _factor(p, scaling))


def variance(x: Array, p: float, scaling: Scaling = "training") -> Array:
    """Return how far the outputs of single masks scatter: Var[y] = x^2 * p / (1 - p), times (1 - p)^2 without scale."""
    return x**2 * (p * (1 - p) * _factor(p, scaling) ** 2)


def every_mask(n: int) -> Array:
    """Return all masks of n units, the one that keeps everything first: (2^n, n)."""
    bits = np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1
    return 1.0 - bits


def probability(masks: Array, p: float) -> Array:
    """Return how often each mask is drawn, (1 - p)^kept * p^dropped: (R, n) -> (R,), 1 in all over every mask."""
    keeps = masks.sum(axis=-1)
    return (1 - p) ** keeps * p ** (masks.shape[-1] - keeps)
