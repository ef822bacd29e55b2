"""The noise of a batch's gradient at one place: its exact covariance, a cloud of real batches, and what is gained by B.

Sigma is the covariance of the gradients of single samples, N of them, G their mean: the gradient over all samples.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrviz.batches.counting import Indices
from lrviz.batches.training import LOSS, SAMPLES
from lrviz.descend.engine import Array
from lrviz.surfaces.data import data

CLOUD = 600
"""How many batches a cloud shows."""
ELLIPSE = 2.0
"""How many standard deviations the ellipse around a cloud takes in."""
BUDGET, MOST_PAIRS = 250_000, 4_000
"""How many samples an estimate from pairs of batches may look at, and of how many pairs it is made at most."""
BIG = 4
"""How many times the small batch the big one of a pair is."""


def sample_gradients(w: Array) -> Array:
    """Return the gradient of every single sample's loss (w x - y)^2 / 2 at w, (2,) -> (N, 2)."""
    first, second, target = data("diabetes").columns
    error = first * w[0] + second * w[1] - target
    return np.stack([error * first, error * second], axis=1)


def without_replacement(samples: int, batch_size: Any) -> Array:
    """Return how a batch's covariance relates to a single sample's: (N - B) / ((N - 1) B), 0 for B = N and beyond.

    The 1 / B of independent samples, times the correction for drawing none of N twice. Source: Cochran (1977), 2.7.
    """
    size = np.minimum(np.asarray(batch_size, dtype=np.float64), samples)
    return (samples - size) / (max(samples - 1, 1) * size)


def two_batches(gradients: Array, small: int, big: int, pairs: int, seed: int) -> tuple[float, float]:
    """Return unbiased estimates of |G|^2 and tr Sigma from the lengths of gradients of two batch sizes.

    |G|^2 = (B_big |G_big|^2 - B_small |G_small|^2) / (B_big - B_small), tr Sigma = (|G_small|^2 - |G_big|^2) /
    (1 / B_small - 1 / B_big), each averaged over the pairs; samples are drawn with replacement.
    Source: McCandlish et al. (2018), arXiv 1812.06162, appendix A.1.
    """
    random = np.random.default_rng(seed)
    sizes = np.array([small, big], dtype=np.float64)
    lengths = np.array([_length(gradients, int(size), pairs, random) for size in sizes])
    squared = (sizes[1] * lengths[1] - sizes[0] * lengths[0]) / (sizes[1] - sizes[0])
    return float(squared), float((lengths[0] - lengths[1]) / (1 / sizes[0] - 1 / sizes[1]))


def _length(gradients: Array, size: int, pairs: int, random: np.random.Generator) -> float:
    """Return the mean squared length of the gradient of so many batches."""
    means = gradients[random.integers(len(gradients), size=(pairs, size))].mean(axis=1)
    return float((means * means).sum(axis=1).mean())


@dataclass(frozen=True)
class Cloud:
    """Gradients at w (2,) over batches of B samples: `gradients` (N, 2) of single samples, `batches` (S, 2) drawn.

    `lr` is the rate of the noise scale lr N / B; `estimate` holds |G|^2 and tr Sigma as `two_batches` estimates them.
    """

    w: Array
    batch_size: int
    lr: float
    gradients: Array
    batches: Array
    estimate: tuple[float, float]

    @property
    def size(self) -> int:
        """How many samples a batch really holds: no more than there are."""
        return min(self.batch_size, SAMPLES)

    @cached_property
    def full(self) -> Array:
        """G, the gradient over all samples, (2,)."""
        return self.gradients.mean(axis=0)

    @cached_property
    def length(self) -> float:
        """|G|."""
        return float(np.linalg.norm(self.full))

    @cached_property
    def covariance(self) -> Array:
        """Sigma, the covariance of single samples' gradients, (2, 2)."""
        away = self.gradients - self.full
        return away.T @ away / len(away)

    @property
    def batch_covariance(self) -> Array:
        """The exact covariance of the gradients of batches drawn without replacement, (2, 2)."""
        return self.covariance * without_replacement(SAMPLES, self.batch_size)

    def spread_at(self, sizes: Any) -> Array:
        """Return the root mean square distance of a batch's gradient from G, by batch size; (...) -> (...)."""
        return np.sqrt(np.trace(self.covariance) * without_replacement(SAMPLES, sizes))

    @property
    def measured(self) -> float:
        """The same distance, measured on the batches of the cloud."""
        away = self.batches - self.full
        return float(np.sqrt((away * away).sum(axis=1).mean()))

    @property
    def uphill(self) -> float:
        """The share of the cloud's batches whose step would climb the loss over all samples: those with g_b . G < 0."""
        return float((self.batches @ self.full < 0).mean()) if self.settles else 0.0

    @property
    def settles(self) -> bool:
        """Whether there is a slope at all: at the minimum G is nothing but rounding."""
        return self.length > 1e-9 * float(np.sqrt(np.trace(self.covariance)))

    @property
    def simple(self) -> float:
        """B_simple = tr Sigma / |G|^2: the batch whose noise is as large as the gradient; inf where there is no slope.

        Source: McCandlish et al. (2018), arXiv 1812.06162, equation 2.9.
        """
        return float(np.trace(self.covariance)) / self.length**2 if self.settles else np.inf

    @property
    def estimated(self) -> float | None:
        """B_simple as the two batches estimate it; None where they find no slope, or no noise."""
        squared, trace = self.estimate
        return trace / squared if squared > 0 and trace > 0 else None

    @property
    def noise_scale(self) -> float:
        """lr N / B: how strongly a run is shaken. Source: Smith and Le (2018), arXiv 1710.06451."""
        return self.lr * SAMPLES / self.size

    def progress_at(self, sizes: Any) -> Array:
        """Return what the best step with a batch gains, as a share of what it gains with the whole gradient; 0 to 1.

        The loss falls by eps |G|^2 - eps^2 (G^T H G + tr(H Sigma_B)) / 2 on average; at the best eps this is
        G^T H G / (G^T H G + tr(H Sigma_B)) of what exact gradients gain: 1 / (1 + B_noise / B) where B is far below N.
        Source: McCandlish et al. (2018), arXiv 1812.06162, equations 2.4 to 2.8.
        """
        sharp = self.full @ hessian() @ self.full
        noise = np.trace(hessian() @ self.covariance) * without_replacement(SAMPLES, sizes)
        return sharp / (sharp + noise)


def hessian() -> Array:
    """Return the curvature of the loss over all samples, the same everywhere, (2, 2)."""
    return np.asarray(LOSS.hessian(np.array(LOSS.start)))


def place(along: float) -> Array:
    """Return the place so far of the way from the start to the minimum, 0 to 1, (2,)."""
    start, end = np.array(LOSS.start), np.array(LOSS.minima[0].x)
    return start + along * (end - start)


def pairs_of(batch_size: int) -> int:
    """Return how many pairs of batches an estimate is made of: fewer, the more samples each of them needs."""
    return int(np.clip(BUDGET // ((1 + BIG) * batch_size), 1, MOST_PAIRS))


def draws(batch_size: int, seed: int, count: int = CLOUD) -> Indices:
    """Return the rows of so many batches, each the first of a pass over all samples of its own, (S, B)."""
    rows = np.tile(np.arange(SAMPLES, dtype=np.int32), (count, 1))
    return np.random.default_rng(seed).permuted(rows, axis=1)[:, :batch_size]


def cloud(along: float, batch_size: int, lr: float, seed: int) -> Cloud:
    """Draw the gradients of batches at one place."""
    w = place(along)
    gradients, size = sample_gradients(w), min(batch_size, SAMPLES)
    estimate = two_batches(gradients, size, BIG * size, pairs_of(size), seed)
    batches = gradients[draws(size, seed)].mean(axis=1)
    return Cloud(w, batch_size, lr, gradients, batches, estimate)
