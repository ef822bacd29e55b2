"""One loop for every descent: a surface, an update rule, a table of rates and R starts become R paths at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lrviz.optimizers import RuleSpec, Update, hyper, steps
from lrviz.surfaces import SurfaceSpec

Array = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.intp]]
Numbers = Mapping[str, Array]
ESCAPED = 100.0
"""A run has diverged once it is this many radii of the domain away from the domain's centre, or not finite."""


@dataclass(frozen=True)
class Runs:
    """R runs of one update rule: `rates` (R or 1, T), `starts` (R or 1, D), and what differs between them.

    `swept` gives the rule's fields that are not the same in every run, each (R,); `clip_norm` 0 leaves gradients whole.
    With `rows` (R,) run r uses row rows[r] of `rates`, so that many runs share few tables.
    """

    optimizer: RuleSpec
    rates: Array
    starts: Array
    swept: Numbers = field(default_factory=dict)
    clip_norm: float = 0.0
    rows: Indices | None = None

    @property
    def count(self) -> int:
        """R, the number of runs."""
        tables = self.rates if self.rows is None else self.rows
        return max(len(tables), len(self.starts), *(len(values) for values in self.swept.values()), 1)

    @property
    def steps(self) -> int:
        """T, the number of updates of every run."""
        return self.rates.shape[1]

    def part(self, runs: slice) -> "Runs":
        """Return some of the runs by themselves."""
        rates = _some(self.rates, runs) if self.rows is None else self.rates[self.rows[runs]]
        swept = {name: _some(values, runs) for name, values in self.swept.items()}
        return replace(self, rates=rates, starts=_some(self.starts, runs), swept=swept, rows=None)

    def placed(self) -> Array:
        """Return the starts of all runs, (R, D), one coordinate after the other in memory."""
        return np.asfortranarray(np.broadcast_to(self.starts, (self.count, self.starts.shape[1])))


@dataclass(frozen=True)
class Noise:
    """Normal noise on every gradient: its standard deviation, one number or one a run (R,), and its seed."""

    size: float | Array = 0.0
    seed: int = 0

    def draws(self, steps: int, dims: int) -> Array | None:
        """Return the noise of every update, (T, 1, D), the same for all runs up to its size; None for no noise."""
        if not np.any(self.size):
            return None
        return np.random.default_rng(self.seed).standard_normal((steps, 1, dims))

    def part(self, runs: slice) -> "Noise":
        """Return the noise of some of the runs."""
        return replace(self, size=_some(np.asarray(self.size), runs)) if np.ndim(self.size) else self


def _some(values: Array, runs: slice) -> Array:
    """Return some runs of what each has its own of; what all share stays."""
    return values[runs] if len(values) > 1 else values


@dataclass(frozen=True)
class Moment:
    """One update of all runs: where it starts (R, D), the raw gradient there, and what the rule makes of it."""

    x: Array
    gradient: Array
    update: Update


def updates(surface: SurfaceSpec, runs: Runs, noise: Noise) -> Iterator[Moment]:
    """Yield the T updates of R runs, one after another.

    g_t = gradient of the surface (of a mini-batch, where it has data) + noise, clipped to `clip_norm`; the rule does
    the rest with the rate of its table. Nothing is clipped beside that, and infinities go on as they are.
    """
    x = runs.placed()
    rule, numbers = runs.optimizer, hyper(runs.optimizer, runs.swept)
    state = rule.init(numbers, x)
    rows, draws = surface.draws(runs.steps, noise.seed), noise.draws(runs.steps, x.shape[1])
    size = np.reshape(noise.size, (-1, 1)) if np.ndim(noise.size) else noise.size
    with np.errstate(all="ignore"):
        for t, now in enumerate(steps(rule.table(numbers, runs.rates))):
            gradient = surface.grad(x) if rows is None else surface.grad(x, rows[t])
            if draws is not None:
                gradient = gradient + size * draws[t]
            used = clipped(gradient, runs.clip_norm) if runs.clip_norm else gradient
            update = rule.update(numbers, now, x, used, state)
            yield Moment(x, gradient, update)
            x, state = update.x, update.state


def clipped(gradient: Array, most: float) -> Array:
    """Return gradients (R, D) no longer than `most`: g * min(1, most / (|g| + 1e-6)). PyTorch: clip_grad_norm_."""
    length = np.sqrt((gradient * gradient).sum(axis=1, keepdims=True))
    return gradient * np.minimum(1.0, most / (length + 1e-6))


@dataclass(frozen=True)
class Path:
    """R paths of T updates: where they went, what they lost, and every part of every update.

    `x` (R, T+1, D) and `loss` (R, T+1) start with the start; `gradient`, `momentum` (the direction before scaling),
    `scale` (the factor on each coordinate of it) and `decay` (what weight decay adds) are (R, T, D), momentum and scale
    NaN where the step is not made of them (Update.momentum is None, or the rule is not ours); `rates` (R, T).
    `bad` (R,) is the first step whose position is not finite or ESCAPED, -1 where there is none.
    """

    surface: SurfaceSpec
    x: Array
    loss: Array
    gradient: Array
    momentum: Array
    scale: Array
    decay: Array
    rates: Array
    bad: Indices

    @property
    def step(self) -> Array:
        """The final update of every step, x[t+1] - x[t], (R, T, D)."""
        with np.errstate(all="ignore"):
            return np.diff(self.x, axis=1)


def descend(surface: SurfaceSpec, runs: Runs, noise: Noise = Noise()) -> Path:
    """Run all updates and keep everything; a run that diverges is a value like any other."""
    shape = (runs.count, runs.steps, surface.dims)
    x = np.empty((shape[0], shape[1] + 1, shape[2]))
    gradient, momentum, scale, decay = (np.empty(shape) for _ in range(4))
    x[:, 0] = runs.placed()
    for t, moment in enumerate(updates(surface, runs, noise)):
        update = moment.update
        x[:, t + 1], gradient[:, t] = update.x, moment.gradient
        dissected = update.momentum is not None
        momentum[:, t] = update.momentum if dissected else np.nan
        scale[:, t] = np.nan if not dissected else 1.0 if update.scale is None else update.scale
        decay[:, t] = 0.0 if update.decay is None else update.decay
    with np.errstate(all="ignore"):
        loss = surface(x)
    rates = np.broadcast_to(runs.rates, shape[:2])
    return Path(surface, x, loss, gradient, momentum, scale, decay, rates, first_bad(surface, x))


def retraced(surface: SurfaceSpec, x: Array, rates: Array) -> Path:
    """Return the path that goes through known positions, (R, T+1, D): one whose rule we have not got.

    The gradient is the surface's own; momentum and scale are NaN, decay is 0.
    """
    with np.errstate(all="ignore"):
        loss, gradient = surface(x), surface.grad(x[:, :-1])
    unknown, zeros = np.full_like(gradient, np.nan), np.zeros_like(gradient)
    return Path(surface, x, loss, gradient, unknown, unknown, zeros, rates, first_bad(surface, x))


def first_bad(surface: SurfaceSpec, x: Array) -> Indices:
    """Return the first step of each run that has diverged, (R, T+1, D) -> (R,), -1 where none has."""
    centre, radius = frame(surface)
    bad = ~np.all(np.abs(x - centre) <= ESCAPED * radius, axis=2)
    return np.where(np.any(bad, axis=1), bad.argmax(axis=1), -1)


def frame(surface: SurfaceSpec) -> tuple[Array, float]:
    """Return the centre of a surface's domain, (D,), and its radius: half its longest side."""
    low, high = np.array(surface.domain, dtype=np.float64).T
    return (low + high) / 2, float((high - low).max()) / 2
