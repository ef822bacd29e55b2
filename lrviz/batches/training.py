"""Training on real data in true epochs: every pass shuffles all samples, cuts them into batches, uses each once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrviz.batches.counting import Indices, cut
from lrviz.descend.engine import Array, first_bad
from lrviz.surfaces.data import data
from lrviz.surfaces.regression import LinearRegression

LOSS = LinearRegression()
"""Half the mean squared error of a line through 442 patients, a function of two weights."""
SAMPLES = len(data("diabetes").target)
Plan = Callable[[int, Array], tuple[Indices, Array]]
"""What epoch e is trained with: given e and the losses before each epoch up to it, (R, e+1), the batch size of every
run, (R,), and its learning rate, (R,)."""


@dataclass(frozen=True)
class Trained:
    """R trainings of T updates, epoch after epoch.

    `w` (R, T+1, 2) are the weights, the start first; `seen` and `updates` (R, T+1) count the samples and the updates
    behind them; `ends` (E+1,) says where epochs end, the start first; `sizes` and `rates` (R, E) are what each epoch
    was trained with. A run that needs fewer updates in an epoch than another stands still for the rest of it.
    """

    w: Array
    seen: Indices
    updates: Indices
    ends: Indices
    sizes: Indices
    rates: Array

    @cached_property
    def bad(self) -> Indices:
        """The first update of each run that has diverged, (R,), -1 where there is none."""
        return first_bad(LOSS, self.w)

    @property
    def loss(self) -> Array:
        """The loss over all samples, (R, T+1)."""
        with np.errstate(all="ignore"):
            return LOSS(self.w)

    @cached_property
    def excess(self) -> Array:
        """How far the loss is above the lowest there is, (R, T+1)."""
        assert LOSS.floor is not None
        return self.loss - LOSS.floor

    @property
    def late(self) -> float:
        """How far the loss of the first run is above the lowest on average after the updates of the last epoch."""
        begin, end = self.ends[-2:]
        with np.errstate(all="ignore"):
            return float(self.excess[0, begin + 1 : end + 1].mean() if end > begin else self.excess[0, -1])


@dataclass(frozen=True)
class Means:
    """Means of a line over equal parts of it, each at the middle of its part; the first value stands for itself."""

    at: Indices
    values: Array


def mean_over(values: Array, parts: int) -> Means:
    """Return the means of a line over so many equal parts of all but its first value."""
    edges = np.linspace(1, len(values), parts + 1).astype(int)
    with np.errstate(all="ignore"):
        means = np.add.reduceat(values, edges[:-1])[:parts]
        means[-1] = values[edges[-2] :].sum()
        means /= np.diff(edges)
    middles = (edges[:-1] + edges[1:] - 1) // 2
    return Means(np.concatenate([[0], middles, [len(values) - 1]]), np.concatenate([values[:1], means, means[-1:]]))


def orders(samples: int, epochs: int, seeds: Sequence[int]) -> Indices:
    """Return a random order of all samples for every run and epoch, (R, E, N); a run's orders come of its own seed.

    PyTorch: what shuffle=True has a DataLoader draw anew for every epoch.
    """
    generators = [np.random.default_rng(seed) for seed in seeds]
    return np.array([[random.permutation(samples) for _ in range(epochs)] for random in generators])


def train(start: Sequence[float], order: Indices, plan: Plan, drop_last: bool = False) -> Trained:
    """Train R runs of plain gradient descent from one start, over the orders (R, E, N) that `orders` draws.

    Every update is w <- w - lr * (H_b w - c_b), where H_b = mean of x x^T and c_b = mean of x y over the batch: the
    gradient of half its mean squared error. PyTorch: SGD over a DataLoader, loss ((features @ w - y) ** 2).mean() / 2.
    """
    runs, epochs, samples = order.shape
    sums, w = _Sums(), np.tile(np.array(start)[:, None], (runs, 1, 1))
    losses, paths, sizes, rates, used = LOSS(w[..., 0])[:, None], [w[None]], [], [], [np.zeros((1, runs), dtype=int)]
    for epoch in range(epochs):
        size, rate = plan(epoch, losses)
        counts, curvature, pull = sums.batches(order[:, epoch], size, drop_last)
        path = _descend(w, curvature, pull, rate)
        w = path[-1] if len(path) else w
        losses = np.concatenate([losses, _loss(w)[:, None]], axis=1)
        for kept, new in zip((paths, sizes, rates, used), (path, size, rate, counts), strict=True):
            kept.append(new)
    x, counts = np.concatenate(paths)[..., 0].swapaxes(0, 1), np.concatenate(used)
    ends = np.cumsum([0, *(len(path) for path in paths[1:])])
    seen, updates = counts.cumsum(axis=0).T, (counts > 0).cumsum(axis=0).T
    return Trained(x, seen, updates, ends, np.stack(sizes, 1), np.stack(rates, 1))


def fixed(batch_size: int, lr: float, runs: int = 1) -> Plan:
    """Return the plan of one batch size and one rate for every epoch; a batch larger than the data holds all of it."""
    return lambda epoch, losses: (np.full(runs, batch_size), np.full(runs, lr))


def _descend(w: Array, curvature: Array, pull: Array, rate: Array) -> Array:
    """Return the weights after every update of an epoch, (I, R, 2, 1).

    w - lr (H w - c) is (I - lr H) w + lr c, whose matrices are made for all updates at once: half the work in the loop.
    """
    path = np.empty((len(curvature), *w.shape))
    step = rate[:, None, None]
    with np.errstate(all="ignore"):
        for i, (kept, added) in enumerate(zip(np.eye(2) - step * curvature, step * pull, strict=True)):
            path[i] = w = kept @ w + added
    return path


def _loss(w: Array) -> Array:
    with np.errstate(all="ignore"):
        return LOSS(w[..., 0])


class _Sums:
    """Sums over batches of the samples' products, which are all that a squared error asks of them."""

    def __init__(self) -> None:
        a, b, y = data("diabetes").columns
        # One row more, of zeros: a sum may end behind the last sample.
        self.products = np.pad(np.stack([a * a, a * b, b * b, a * y, b * y], axis=1), ((0, 1), (0, 0)))

    def batches(self, order: Indices, sizes: Indices, drop_last: bool) -> tuple[Indices, Array, Array]:
        """Return for every batch of an epoch how many samples it holds, (I, R), its H (I, R, 2, 2), its c (I, R, 2, 1).

        A run with fewer batches than another has empty ones at the end, and they move nothing.
        """
        means = [self._means(row, *cut(len(row), int(size), drop_last)) for row, size in zip(order, sizes, strict=True)]
        most = max(len(counts) for counts, _ in means)
        counts = np.stack([_padded(count, most) for count, _ in means], axis=1)
        aa, ab, bb, ay, by = np.moveaxis(np.stack([_padded(mean, most) for _, mean in means], axis=1), -1, 0)
        return counts, np.stack([aa, ab, ab, bb], axis=-1).reshape(*aa.shape, 2, 2), np.stack([ay, by], -1)[..., None]

    def _means(self, order: Indices, starts: Indices, stops: Indices) -> tuple[Indices, Array]:
        """Return how many samples the batches of one order hold, (I,), and the means of their products, (I, 5)."""
        if not len(starts):
            return starts, np.empty((0, 5))
        rows = self.products[np.append(order, -1)]
        sums = np.add.reduceat(rows, np.stack([starts, stops], axis=1).ravel())[::2]
        counts = stops - starts
        return counts, sums / counts[:, None]


def _padded(values: np.ndarray[Any, Any], length: int) -> np.ndarray[Any, Any]:
    missing = length - len(values)
    return np.pad(values, ((0, missing), *((0, 0),) * (values.ndim - 1))) if missing else values
