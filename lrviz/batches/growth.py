"""Batches that grow while the rate stays, each beside its twin: the rate that falls while the batch stays."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Union

import numpy as np
from pydantic import Field

from lrviz.batches.counting import Indices
from lrviz.batches.training import LOSS, SAMPLES, Plan, Trained, orders, train
from lrviz.descend.engine import Array
from lrviz.schedules import Plateau, Step
from lrviz.schedules.feedback import PlateauState
from lrviz.spec import Knob, Spec

SEEDS = 12
"""How many runs a band is made of."""
Factor = Annotated[float, Field(gt=1, le=100), Knob(1.5, 8)]
"""What the batch size is multiplied by."""
Every = Annotated[int, Field(ge=1, le=1_000), Knob(1, 10)]
"""A number of epochs."""


class GrowInSteps(Spec):
    """The batch grows by a factor every so many epochs: times(e) = factor^floor(e / every).

    Its twin is the rate that falls by 1 / factor instead. Source: Smith et al. (2018), arXiv 1711.00489, section 4.
    """

    kind: Literal["grow_in_steps"] = "grow_in_steps"
    factor: Factor = 2.0
    every: Every = 4

    def __call__(self, epoch: Any) -> Array:
        """Return how many times the first batch epochs use, (...) -> (...)."""
        return self.factor ** np.floor_divide(epoch, self.every)

    def twin(self, lr: float, iterations: int) -> Step:
        """Return the rate schedule of the same noise scale, where an epoch has so many iterations."""
        return Step(lr=lr, step_size=self.every * max(iterations, 1), gamma=1 / self.factor)


class Periodic(Spec):
    """Small and large batches take turns, so many epochs each: times(e) is 1, then factor, then 1 again.

    Its twin is a rate that takes turns the other way round: a cyclic schedule of two levels.
    """

    kind: Literal["periodic"] = "periodic"
    factor: Factor = 4.0
    every: Every = 2

    def __call__(self, epoch: Any) -> Array:
        """Return how many times the first batch epochs use, (...) -> (...)."""
        return self.factor ** (np.floor_divide(epoch, self.every) % 2)


class ByPerformance(Spec):
    """The batch grows by a factor once the loss has not improved for more than `patience` epochs.

    It waits for the loss, so it cannot be drawn before the run: `init`, then `update` with the loss of every epoch.
    The rule is ReduceLROnPlateau's, and so is its twin, with the factor 1 / factor. PyTorch: ReduceLROnPlateau for the
    twin; the growing batch has no class there.
    """

    kind: Literal["by_performance"] = "by_performance"
    factor: Factor = 2.0
    patience: Annotated[int, Field(ge=0, le=1_000), Knob(0, 10)] = 0
    threshold: Annotated[float, Field(ge=0, le=1e6), Knob(1e-4, 0.1, "log")] = 0.01

    def twin(self, lr: float) -> Plateau:
        """Return the rate schedule that cuts where this one grows, over the same losses."""
        return Plateau(lr=lr, factor=1 / self.factor, patience=self.patience, threshold=self.threshold, eps=0.0)

    def init(self) -> PlateauState:
        """Return the state before the first epoch."""
        return self.twin(1.0).init()

    def update(self, loss: float, state: PlateauState) -> PlateauState:
        """Return the state after an epoch that ended at a loss; `times` reads the next batch from it."""
        return self.twin(1.0).update(loss, state)

    def times(self, state: PlateauState) -> float:
        """Return how many times the first batch the next epoch uses: what the twin divides its rate by."""
        return 1 / max(state.lr, 1e-300)  # a rate that underflows to 0 would grow the batch without end anyway

    def after(self, losses: Array) -> float:
        """Return how many times the first batch an epoch uses, given the loss after each one before it, (e,)."""
        return 1 / max(self.twin(1.0).replay(losses).final, 1e-300)


Growth = Union[GrowInSteps, Periodic, ByPerformance]


def sized(batch_size: int, times: Array) -> Indices:
    """Return batch sizes: so many times the first one, rounded, and no more than all samples; (...) -> (...)."""
    first = min(batch_size, SAMPLES)
    return np.minimum(np.rint(first * np.minimum(times, SAMPLES)), SAMPLES).astype(int)


def growing(growth: Growth, batch_size: int, lr: float) -> Plan:
    """Return the plan whose batch grows while its rate stays."""

    def plan(epoch: int, losses: Array) -> tuple[Indices, Array]:
        sizes = sized(batch_size, _times(growth, epoch, losses))
        return sizes, np.full(len(sizes), lr)

    return plan


def decaying(growth: Growth, batch_size: int, lr: float) -> Plan:
    """Return the twin: the batch stays and the rate falls, so that lr / B is what it is where the batch grows."""

    def plan(epoch: int, losses: Array) -> tuple[Indices, Array]:
        sizes = sized(batch_size, _times(growth, epoch, losses))
        first = sized(batch_size, np.ones(len(sizes)))
        return first, lr * first / sizes

    return plan


def _times(growth: Growth, epoch: int, losses: Array) -> Array:
    """Return how many times the first batch every run uses at an epoch, (R,), given its losses before it, (R, e+1)."""
    if isinstance(growth, ByPerformance):
        return np.array([growth.after(row[1:]) for row in losses])
    return np.full(len(losses), float(growth(np.float64(epoch))))


@dataclass(frozen=True)
class Arm:
    """One way to train, over R seeds."""

    trained: Trained

    @cached_property
    def excess(self) -> Array:
        """How far the loss is above the lowest before every epoch and after the last, (R, E+1)."""
        return self.trained.excess[:, self.trained.ends]

    @property
    def updates(self) -> Array:
        """How many updates lie behind, on average over the seeds, (E+1,)."""
        return self.trained.updates[:, self.trained.ends].mean(axis=0)

    @property
    def batch(self) -> Array:
        """The batch size of every epoch, the middle one of all seeds, (E,)."""
        return np.median(self.trained.sizes, axis=0)

    @property
    def rate(self) -> Array:
        """The rate of every epoch, the middle one of all seeds, (E,)."""
        return np.median(self.trained.rates, axis=0)

    def band(self) -> tuple[Array, Array, Array]:
        """Return the lowest tenth, the middle and the highest tenth of the losses of all seeds, each (E+1,)."""
        finite = np.where(np.isfinite(self.excess), self.excess, np.inf)
        low, middle, high = np.quantile(finite, [0.1, 0.5, 0.9], axis=0, method="nearest")
        return low, middle, high


@dataclass(frozen=True)
class Grown:
    """The batch that grows, the rate that falls, and runs in which neither changes: same seeds, same epochs."""

    grow: Arm
    decay: Arm
    neither: Arm


def grown(growth: Growth, batch_size: int, lr: float, epochs: int, seed: int, drop_last: bool) -> Grown:
    """Train all three over SEEDS seeds, all of them with the same orders of the samples."""
    order = orders(SAMPLES, epochs, range(seed, seed + SEEDS))
    still = GrowInSteps(every=1_000)
    plans = growing(growth, batch_size, lr), decaying(growth, batch_size, lr), growing(still, batch_size, lr)
    arms = [Arm(train(LOSS.start, order, plan, drop_last)) for plan in plans]
    return Grown(*arms)
