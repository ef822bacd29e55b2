"""Schedules that wait for a measurement: they cannot be drawn before the run, only replayed over a metric."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.schedules.base import Array
from lrviz.spec import FloorRate, Knob, Rate, Spec


@dataclass(frozen=True)
class PlateauState:
    """What Plateau remembers between two measurements."""

    lr: float
    best: float
    num_bad_epochs: int = 0
    cooldown_counter: int = 0


@dataclass(frozen=True)
class Drop:
    """One cut: after which epoch (0-based), from and to which rate, the best value and the epoch it was measured."""

    epoch: int
    before: float
    after: float
    best: float
    best_epoch: int | None


@dataclass(frozen=True)
class Replay:
    """Plateau run over a metric (E,): the rate each epoch used (E,), the rate left at the end, and every drop."""

    spec: "Plateau"
    metric: Array
    rates: Array
    final: float
    drops: tuple[Drop, ...]


class Plateau(Spec):
    """Cuts the rate when a metric stops improving: lr <- max(lr * factor, min_lr) after more than `patience` bad
    epochs.

    An epoch is good when its value is below best * (1 - threshold) (min, rel) or best - threshold (min, abs), above
    best * (1 + threshold) or best + threshold for max; NaN is bad. For `cooldown` epochs after a cut bad epochs are not
    counted; a cut of eps or less is not made. PyTorch: ReduceLROnPlateau, exactly.
    """

    kind: Literal["plateau"] = "plateau"
    headline: ClassVar[str] = "patience"
    lr: Rate = 0.1
    mode: Literal["min", "max"] = "min"
    factor: Annotated[float, Field(gt=0, lt=1), Knob(0.05, 0.95)] = 0.1
    patience: Annotated[int, Field(ge=0, le=100_000), Knob(0, 30)] = 5
    threshold: Annotated[float, Field(ge=0, le=1e6), Knob(1e-5, 0.1, "log")] = 1e-4
    threshold_mode: Literal["rel", "abs"] = "rel"
    cooldown: Annotated[int, Field(ge=0, le=100_000), Knob(0, 30)] = 0
    min_lr: FloorRate = 0.0
    eps: Annotated[float, Field(ge=0, le=1), Knob(1e-10, 1e-4, "log")] = 1e-8

    def init(self) -> PlateauState:
        """Return the state before the first measurement."""
        return PlateauState(self.lr, np.inf if self.mode == "min" else -np.inf)

    def better(self, value: float, best: float) -> bool:
        """Say whether a value counts as an improvement on the best one."""
        if self.mode == "min":
            return value < (best * (1.0 - self.threshold) if self.threshold_mode == "rel" else best - self.threshold)
        return value > (best * (self.threshold + 1.0) if self.threshold_mode == "rel" else best + self.threshold)

    def update(self, value: float, state: PlateauState) -> PlateauState:
        """Return the state after one measurement; its `lr` is the rate of the next epoch."""
        good = self.better(value, state.best)
        bad = 0 if good or state.cooldown_counter > 0 else state.num_bad_epochs + 1
        cooldown = max(state.cooldown_counter - 1, 0)
        best = value if good else state.best
        if bad <= self.patience:
            return PlateauState(state.lr, best, bad, cooldown)
        lower = max(state.lr * self.factor, self.min_lr)
        return PlateauState(lower if state.lr - lower > self.eps else state.lr, best, 0, self.cooldown)

    def replay(self, metric: Iterable[float]) -> Replay:
        """Run over a metric, one value an epoch: metric (E,) -> Replay."""
        values = np.asarray(list(metric), dtype=np.float64)
        state, rates, drops, best_epoch = self.init(), np.empty_like(values), [], None
        for epoch, value in enumerate(values.tolist()):
            rates[epoch], before = state.lr, state
            state = self.update(value, before)
            best_epoch = epoch if self.better(value, before.best) else best_epoch
            if state.lr < before.lr:
                drops.append(Drop(epoch, before.lr, state.lr, state.best, best_epoch))
        return Replay(self, values, rates, state.lr, tuple(drops))
