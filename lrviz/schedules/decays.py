"""Schedules that shrink the rate and have no end of their own."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from lrviz.schedules.base import Array, ScheduleSpec, power, steps_of
from lrviz.spec import MAX_STEPS, Decay, Knob, Rate, Steps, refuse


def check_rising(name: str, milestones: tuple[int, ...]) -> tuple[int, ...]:
    """Return milestones that rise strictly, or refuse them (PyTorch applies a repeated one twice, unasked)."""
    for before, after in zip(milestones, milestones[1:], strict=False):
        if after <= before:
            raise refuse("not_rising", name, before=before, after=after)
    return milestones


class Step(ScheduleSpec):
    """The rate times gamma every step_size steps: lr(t) = lr * gamma^floor(t / step_size).

    The drop is at t = step_size itself. PyTorch: StepLR.
    """

    kind: Literal["step"] = "step"
    headline: ClassVar[str] = "step_size"
    lr: Rate = 0.1
    step_size: Steps = 50
    gamma: Decay = 0.5

    def __call__(self, t: Any) -> Array:
        return self.lr * power(self.gamma, np.floor(steps_of(t) / self.step_size))


class MultiStep(ScheduleSpec):
    """The rate times gamma at each milestone: lr(t) = lr * gamma^(number of milestones <= t).

    The drop is at t = milestone (Keras' PiecewiseConstantDecay: one step later). PyTorch: MultiStepLR.
    """

    kind: Literal["multi_step"] = "multi_step"
    headline: ClassVar[str] = "gamma"
    lr: Rate = 0.1
    milestones: Annotated[tuple[Annotated[int, Field(ge=1, le=MAX_STEPS)], ...], Field(min_length=1, max_length=32)] = (
        50,
        125,
        160,
    )
    gamma: Decay = 0.5

    @field_validator("milestones")
    @classmethod
    def _rising(cls, milestones: tuple[int, ...]) -> tuple[int, ...]:
        return check_rising("milestones", milestones)

    def __call__(self, t: Any) -> Array:
        passed = np.searchsorted(self.milestones, steps_of(t), side="right")
        return self.lr * power(self.gamma, passed.astype(np.float64))


class Exponential(ScheduleSpec):
    """The same shrinkage at every step: lr(t) = lr * gamma^t.

    PyTorch: ExponentialLR.
    """

    kind: Literal["exponential"] = "exponential"
    headline: ClassVar[str] = "gamma"
    lr: Rate = 0.1
    gamma: Annotated[Decay, Knob(0.9, 1)] = 0.95

    def __call__(self, t: Any) -> Array:
        return self.lr * power(self.gamma, steps_of(t))


class ExponentialDecay(ScheduleSpec):
    """Shrinks by decay_rate over every decay_steps: lr(t) = lr * decay_rate^(t / decay_steps).

    In stairs the exponent is floor(t / decay_steps).
    PyTorch: ExponentialLR(gamma = decay_rate^(1 / decay_steps)); in stairs, StepLR. Keras: ExponentialDecay.
    """

    kind: Literal["exponential_decay"] = "exponential_decay"
    headline: ClassVar[str] = "decay_rate"
    lr: Rate = 0.1
    decay_rate: Decay = 0.96
    decay_steps: Annotated[Steps, Knob(1, 100_000, "log")] = 10_000
    staircase: bool = False

    def __call__(self, t: Any) -> Array:
        periods = steps_of(t) / self.decay_steps
        return self.lr * power(self.decay_rate, np.floor(periods) if self.staircase else periods)


class NaturalExponential(ScheduleSpec):
    """Exponential decay written with e: lr(t) = lr * exp(-k * t).

    The rate halves every ln(2) / k steps. PyTorch: ExponentialLR(gamma = e^-k).
    """

    kind: Literal["natural_exponential"] = "natural_exponential"
    headline: ClassVar[str] = "k"
    lr: Rate = 0.1
    k: Annotated[float, Field(ge=0, le=10), Knob(1e-4, 1, "log")] = 0.02

    def __call__(self, t: Any) -> Array:
        return self.lr * np.exp(-self.k * steps_of(t))


class InverseTime(ScheduleSpec):
    """Falls like one over time: lr(t) = lr / (1 + decay_rate * t / decay_steps), or floor(t / decay_steps) in stairs.

    Falls fast, then ever more slowly: the steps that satisfy Robbins & Monro 1951 (doi 10.1214/aoms/1177729586).
    PyTorch: no scheduler. Keras: InverseTimeDecay.
    """

    kind: Literal["inverse_time"] = "inverse_time"
    headline: ClassVar[str] = "decay_rate"
    lr: Rate = 0.1
    decay_rate: Annotated[float, Field(ge=0, le=1e6), Knob(0.01, 10, "log")] = 0.5
    decay_steps: Steps = 20
    staircase: bool = False

    def __call__(self, t: Any) -> Array:
        periods = steps_of(t) / self.decay_steps
        return self.lr / (1 + self.decay_rate * (np.floor(periods) if self.staircase else periods))


class InverseSqrt(ScheduleSpec):
    """A linear warmup from 0, then one over the square root of time.

    lr(t) = lr * t / W for t < W, else lr / sqrt((t - W + s) / s); W = warmup_steps, s = timescale. With s = W the
    tail is lr * sqrt(W / t). PyTorch: no class. Transformers: inverse_sqrt.
    """

    kind: Literal["inverse_sqrt"] = "inverse_sqrt"
    headline: ClassVar[str] = "warmup_steps"
    lr: Rate = 0.1
    warmup_steps: Annotated[int, Field(ge=0, le=MAX_STEPS), Knob(0, 1_000)] = 20
    timescale: Steps = 20

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        rise = self.lr * t / max(1, self.warmup_steps)
        past = np.maximum(t - self.warmup_steps, 0)
        return np.where(t < self.warmup_steps, rise, self.lr / np.sqrt((past + self.timescale) / self.timescale))


class Noam(ScheduleSpec):
    """The Transformer's schedule: lr(t) = factor * d_model^-0.5 * min(n^-0.5, n * W^-1.5), n = t + 1, W = warmup_steps.

    The peak factor / sqrt(d_model * W) is at t = W - 1. Counting from 1 keeps the first step from dividing by zero.
    Source: Vaswani et al. 2017, arXiv 1706.03762, eq. 3. PyTorch: no class.
    """

    kind: Literal["noam"] = "noam"
    headline: ClassVar[str] = "warmup_steps"
    factor: Annotated[float, Field(gt=0, le=1e6), Knob(0.1, 10, "log")] = 1.0
    d_model: Annotated[int, Field(ge=1, le=1_000_000), Knob(16, 8192, "log")] = 512
    warmup_steps: Steps = 40

    def __call__(self, t: Any) -> Array:
        n = steps_of(t) + 1
        return self.factor * self.d_model**-0.5 * np.minimum(np.power(n, -0.5), n * self.warmup_steps**-1.5)

    @property
    def base(self) -> float:
        return self.factor * (self.d_model * self.warmup_steps) ** -0.5
