"""Schedules that lead from one rate to another over a set number of steps."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.schedules.base import Array, ScheduleSpec, power, steps_of
from lrviz.spec import FloorRate, Fraction, Knob, Rate, Steps, StepsOrZero, refuse


class Constant(ScheduleSpec):
    """The same rate at every step: lr(t) = lr.

    Ends: none; the rate holds for ever. PyTorch: ConstantLR(factor=1).
    """

    kind: Literal["constant"] = "constant"
    headline: ClassVar[str] = "lr"
    lr: Rate = 0.1

    def __call__(self, t: Any) -> Array:
        return np.full_like(steps_of(t), self.lr)


class ReducedStart(ScheduleSpec):
    """A reduced rate for the first steps, then the full one: lr(t) = lr * factor for t < total_iters, else lr.

    A jump, not a ramp: update total_iters is the first to use the full rate. PyTorch: ConstantLR (which divides by zero
    at factor 0, so 0 is not valid here).
    """

    kind: Literal["reduced_start"] = "reduced_start"
    headline: ClassVar[str] = "factor"
    lr: Rate = 0.1
    factor: Annotated[float, Field(gt=0, le=1), Knob(0.01, 1)] = 1 / 3
    total_iters: Steps = 50

    def __call__(self, t: Any) -> Array:
        return np.where(steps_of(t) < self.total_iters, self.lr * self.factor, self.lr)

    @property
    def end(self) -> int:
        return self.total_iters


class Linear(ScheduleSpec):
    """A straight line between two shares of the rate: lr(t) = lr * (s + (e - s) * min(t, N) / N).

    s = start_factor, e = end_factor, N = total_iters. Holds lr * e from t = N on. PyTorch: LinearLR (start_factor 0 is
    refused there and here).
    """

    kind: Literal["linear"] = "linear"
    headline: ClassVar[str] = "end_factor"
    lr: Rate = 0.1
    start_factor: Annotated[float, Field(gt=0, le=1), Knob(0.001, 1)] = 1.0
    end_factor: Fraction = 0.01
    total_iters: Steps = 200

    def __call__(self, t: Any) -> Array:
        progress = np.minimum(steps_of(t), self.total_iters) / self.total_iters
        return self.lr * (self.start_factor + (self.end_factor - self.start_factor) * progress)

    @property
    def end(self) -> int:
        return self.total_iters


class Polynomial(ScheduleSpec):
    """A power of the time left: lr(t) = (lr - end_lr) * (1 - min(t, N) / N)^power + end_lr, N = total_iters.

    Holds end_lr from t = N on. PyTorch: PolynomialLR, which always ends at 0. Keras: PolynomialDecay.
    """

    kind: Literal["polynomial"] = "polynomial"
    headline: ClassVar[str] = "power"
    lr: Rate = 0.1
    total_iters: Steps = 200
    power: Annotated[float, Field(gt=0, le=20), Knob(0.2, 5)] = 2.0
    end_lr: FloorRate = 0.0

    def __call__(self, t: Any) -> Array:
        left = 1 - np.minimum(steps_of(t), self.total_iters) / self.total_iters
        return (self.lr - self.end_lr) * np.power(left, self.power) + self.end_lr

    @property
    def end(self) -> int:
        return self.total_iters


class Cosine(ScheduleSpec):
    """Half a cosine wave down: lr(t) = eta_min + (lr - eta_min) * (1 + cos(pi * t / T_max)) / 2.

    Reaches eta_min at t = T_max, one step after the last of a run of T_max updates; then rises again, with period
    2 * T_max (Keras, Optax and timm hold the minimum instead). Source: Loshchilov & Hutter 2017, arXiv 1608.03983,
    eq. 5. PyTorch: CosineAnnealingLR.
    """

    kind: Literal["cosine"] = "cosine"
    headline: ClassVar[str] = "T_max"
    lr: Rate = 0.1
    T_max: Steps = 200
    eta_min: FloorRate = 0.0

    def __call__(self, t: Any) -> Array:
        return self.eta_min + (self.lr - self.eta_min) * (1 + np.cos(np.pi * steps_of(t) / self.T_max)) / 2

    @property
    def end(self) -> int:
        return self.T_max


class WSD(ScheduleSpec):
    """Warmup, stable, decay: a trapezoid with a chosen cooldown.

    With m = min_ratio, lr(t) / lr = m + (1 - m) * f(t): f = t / warmup, then 1 for `stable` steps, then with
    q = (t - warmup - stable) / decay: 1 - q (linear), (1 + cos(pi q)) / 2 (cosine) or 1 - sqrt(q) (1-sqrt). Holds
    lr * m afterwards; the minimum is reached one step after the last of the run.
    Source: Hagele et al. 2024, arXiv 2405.18392.
    PyTorch: no class. Transformers: warmup_stable_decay.
    """

    kind: Literal["wsd"] = "wsd"
    headline: ClassVar[str] = "decay"
    lr: Rate = 0.1
    warmup: StepsOrZero = 20
    stable: StepsOrZero = 140
    decay: Steps = 40
    shape: Literal["linear", "cosine", "1-sqrt"] = "1-sqrt"
    min_ratio: Fraction = 0.0

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        rise = t / max(1, self.warmup)
        fall = _cooldown(self.shape, np.clip((t - self.warmup - self.stable) / self.decay, 0, 1))
        share = np.where(t < self.warmup, rise, fall)
        return self.lr * (share * (1 - self.min_ratio) + self.min_ratio)

    @property
    def end(self) -> int:
        return self.warmup + self.stable + self.decay


def _cooldown(shape: str, q: Array) -> Array:
    if shape == "linear":
        return 1 - q
    return (1 + np.cos(np.pi * q)) / 2 if shape == "cosine" else 1 - np.sqrt(q)


class REX(ScheduleSpec):
    """Stays high, then falls ever faster: lr(t) = min_lr + (lr - min_lr) * (1 - p) / (1 - p / 2), p = t / total_steps.

    Holds min_lr from t = total_steps on. Source: Chen, Wolfe & Kyrillidis 2022, arXiv 2107.04197. PyTorch: no class.
    """

    kind: Literal["rex"] = "rex"
    headline: ClassVar[str] = "total_steps"
    lr: Rate = 0.1
    total_steps: Steps = 200
    min_lr: FloorRate = 0.0

    def __call__(self, t: Any) -> Array:
        p = np.minimum(steps_of(t), self.total_steps) / self.total_steps
        return self.min_lr + (self.lr - self.min_lr) * (1 - p) / (1 - p / 2)

    @property
    def end(self) -> int:
        return self.total_steps


class Tanh(ScheduleSpec):
    """A hyperbolic-tangent slide: lr(t) = e + (lr - e) * (1 - tanh(lb * (1 - p) + ub * p)) / 2, p = t / total_steps.

    e = eta_min. Starts a little below lr and stops a little above eta_min, then drops to eta_min at t = total_steps.
    Source: Hsueh, Li & Wu 2019, arXiv 1806.01593. PyTorch: no class. timm: TanhLRScheduler.
    """

    kind: Literal["tanh"] = "tanh"
    headline: ClassVar[str] = "lb"
    lr: Rate = 0.1
    total_steps: Steps = 200
    eta_min: FloorRate = 0.0
    lb: Annotated[float, Field(ge=-50, lt=50), Knob(-10, 0)] = -7.0
    ub: Annotated[float, Field(gt=-50, le=50), Knob(0, 10)] = 3.0

    @model_validator(mode="after")
    def _bounds_rise(self) -> "Tanh":
        if self.lb >= self.ub:
            raise refuse("tanh_bounds", "lb", "ub", lb=self.lb, ub=self.ub)
        return self

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        p = t / self.total_steps
        slide = self.eta_min + (self.lr - self.eta_min) * (1 - np.tanh(self.lb * (1 - p) + self.ub * p)) / 2
        return np.where(t < self.total_steps, slide, self.eta_min)

    @property
    def end(self) -> int:
        return self.total_steps


class RangeTest(ScheduleSpec):
    """A sweep upward to find a good rate: start_lr to end_lr over num_iter steps, linear or exponential.

    With p = min(t, n - 1) / (n - 1), n = num_iter: start * (end / start)^p or start + (end - start) * p. Reaches
    end_lr at the last step and holds it (fastai stops one interval short).
    Source: Smith 2015, arXiv 1506.01186, section 3.3.
    PyTorch: ExponentialLR with gamma = (end / start)^(1 / (n - 1)), or LinearLR scaled by end_lr.
    """

    kind: Literal["range_test"] = "range_test"
    headline: ClassVar[str] = "end_lr"
    start_lr: Annotated[Rate, Knob(1e-8, 0.1, "log")] = 1e-6
    end_lr: Annotated[Rate, Knob(1e-3, 100, "log")] = 1.0
    num_iter: Annotated[Steps, Field(ge=2), Knob(2, 1_000, "log")] = 200
    scale: Literal["exponential", "linear"] = "exponential"

    @model_validator(mode="after")
    def _rises(self) -> "RangeTest":
        if self.end_lr <= self.start_lr:
            raise refuse("range_falls", "end_lr", "start_lr", start_lr=self.start_lr, end_lr=self.end_lr)
        return self

    def __call__(self, t: Any) -> Array:
        p = np.minimum(steps_of(t), self.num_iter - 1) / (self.num_iter - 1)
        if self.scale == "linear":
            return self.start_lr + (self.end_lr - self.start_lr) * p
        return self.start_lr * power(self.end_lr / self.start_lr, p)

    @property
    def base(self) -> float:
        return self.start_lr

    @property
    def end(self) -> int:
        return self.num_iter
