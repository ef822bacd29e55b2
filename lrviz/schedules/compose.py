"""Schedules made of schedules: after one another, or multiplied."""

from typing import Annotated, Any, ClassVar, Literal, Union, cast

import numpy as np
from pydantic import Field, field_validator, model_validator

from lrviz.schedules.base import Array, ScheduleSpec, power, steps_of
from lrviz.schedules.cycles import CosineCycle, Cyclic, OneCycle, WarmRestarts
from lrviz.schedules.decays import (
    Exponential,
    ExponentialDecay,
    InverseSqrt,
    InverseTime,
    MultiStep,
    NaturalExponential,
    Noam,
    Step,
    check_rising,
)
from lrviz.schedules.free import Formula, Points
from lrviz.schedules.ramps import REX, WSD, Constant, Cosine, Linear, Polynomial, RangeTest, ReducedStart, Tanh
from lrviz.spec import MAX_STEPS, Fraction, Steps, choices_of, kind_of, refuse

# The schedules that PyTorch steps by multiplying the rate it finds.
Chaining = Union[
    Constant,
    ReducedStart,
    Linear,
    Polynomial,
    Step,
    MultiStep,
    Exponential,
    ExponentialDecay,
    NaturalExponential,
]
# The list of all schedules: a new one is added here, and nowhere else.
Simple = Union[
    Chaining,
    InverseTime,
    Cosine,
    WarmRestarts,
    Cyclic,
    CosineCycle,
    OneCycle,
    InverseSqrt,
    Noam,
    WSD,
    REX,
    Tanh,
    RangeTest,
    Points,
    Formula,
]
# The schedules that scale one rate, so that multiplying them means something.
Scaling = Union[
    Chaining,
    InverseTime,
    Cosine,
    WarmRestarts,
    WSD,
    REX,
    Tanh,
]


def chains(part: ScheduleSpec) -> bool:
    """Say whether PyTorch's ChainedScheduler multiplies a part: it is stepped by a factor, or is a cosine down to 0."""
    return isinstance(part, Chaining) or (isinstance(part, Cosine) and part.eta_min == 0)


class Product(ScheduleSpec):
    """Schedules multiplied: lr(t) = lr_1 * product over parts of part(t) / part.lr, lr_1 the first part's rate.

    It does not put them one after another; that is Sequence. PyTorch: ChainedScheduler, for the parts it has and up to
    the first step at which a factor reaches 0 (its recursion then forgets the other factors).
    """

    kind: Literal["product"] = "product"
    headline: ClassVar[str] = "parts"
    parts: Annotated[tuple[Annotated[Scaling, Field(discriminator="kind")], ...], Field(min_length=2, max_length=4)] = (
        ReducedStart(total_iters=20),
        Exponential(gamma=0.98),
    )

    def __call__(self, t: Any) -> Array:
        rate = np.full_like(steps_of(t), self.base)
        for part in self.parts:
            rate = rate * (part(t) / part.base)
        return rate

    def with_part(self) -> "Product":
        """Return the product with one more factor: a constant, which changes nothing yet."""
        return self.but(parts=(*self.parts, Constant(lr=self.base)))

    def without_part(self, index: int) -> "Product":
        """Return the product without one factor."""
        return self.but(parts=self.parts[:index] + self.parts[index + 1 :])

    @property
    def headline_path(self) -> str:
        return f"parts.{len(self.parts) - 1}.{self.parts[-1].headline_path}"

    @property
    def base(self) -> float:
        return self.parts[0].base

    @property
    def end(self) -> int | None:
        ends = [part.end for part in self.parts if part.end is not None]
        return max(ends) if len(ends) == len(self.parts) else None


class Warmup(ScheduleSpec):
    """A rise to another schedule's first rate, then that schedule.

    For t < steps, lr(t) = then(0) * w(t / steps): w(p) = s + (1 - s) p (linear), s + (1 - s)(1 - cos(pi p)) / 2
    (cosine) or s^(1 - p) (exponential), s = start_factor; afterwards then(t - steps). Source: Goyal et al. 2017, arXiv
    1706.02677. PyTorch: SequentialLR([LinearLR, ...], [steps]) for the linear shape with s > 0.
    """

    kind: Literal["warmup"] = "warmup"
    headline: ClassVar[str] = "steps"
    steps: Steps = 40
    start_factor: Fraction = 0.01
    shape: Literal["linear", "cosine", "exponential"] = "linear"
    then: Annotated[Union[Simple, Product], Field(discriminator="kind")] = Cosine(T_max=160)

    @model_validator(mode="after")
    def _has_logs(self) -> "Warmup":
        if self.shape == "exponential" and self.start_factor == 0:
            raise refuse("warmup_exponential_zero", "start_factor", "shape")
        return self

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        after = self.then(np.maximum(t - self.steps, 0))
        with np.errstate(invalid="ignore"):  # a formula may start at inf; what that makes of the rise is shown
            rise = self.base * self._rise(np.minimum(t, self.steps) / self.steps)
        return np.where(t < self.steps, rise, after)

    def _rise(self, p: Array) -> Array:
        if self.shape == "exponential":
            return power(self.start_factor, 1 - p)
        eased = p if self.shape == "linear" else (1 - np.cos(np.pi * p)) / 2
        return self.start_factor + (1 - self.start_factor) * eased

    @property
    def base(self) -> float:
        return float(self.then(0.0))

    @property
    def end(self) -> int | None:
        return None if self.then.end is None else self.steps + self.then.end


class Sequence(ScheduleSpec):
    """Schedules one after another: part i runs from milestone i, counting its own steps from 0.

    Each part starts from its own first rate, wherever the one before ended; the milestone's step belongs to the new
    part. PyTorch: SequentialLR.
    """

    kind: Literal["sequence"] = "sequence"
    headline: ClassVar[str] = "milestones"
    parts: Annotated[
        tuple[Annotated[Union[Simple, Product, Warmup], Field(discriminator="kind")], ...],
        Field(min_length=2, max_length=4),
    ] = (Linear(start_factor=0.1, end_factor=1.0, total_iters=40), Constant(), Linear(end_factor=0.0, total_iters=60))
    milestones: tuple[Annotated[int, Field(ge=1, le=MAX_STEPS)], ...] = (40, 140)

    @field_validator("milestones")
    @classmethod
    def _rising(cls, milestones: tuple[int, ...]) -> tuple[int, ...]:
        return check_rising("milestones", milestones)

    @model_validator(mode="after")
    def _one_between_each(self) -> "Sequence":
        if len(self.milestones) != len(self.parts) - 1:
            raise refuse("milestone_count", "milestones", "parts", needed=len(self.parts) - 1, got=len(self.milestones))
        return self

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        starts = np.array([0, *self.milestones], dtype=np.float64)
        active = np.searchsorted(starts, t, side="right") - 1
        rate = np.empty_like(t)
        for i, part in enumerate(self.parts):
            here = active == i
            rate[here] = part(t[here] - starts[i])
        return rate

    def with_part(self) -> "Sequence":
        """Return the sequence with one more part: a constant at the rate the last one ends with."""
        last, start = self.parts[-1], self.milestones[-1]
        length = last.end or 50
        ending = float(last(length))
        rate = ending if 0 < ending <= 1e3 else 1e-4
        return self.but(parts=(*self.parts, Constant(lr=rate)), milestones=(*self.milestones, start + length))

    def without_part(self, index: int) -> "Sequence":
        """Return the sequence without one part; the part after it, or else the one before, takes its time."""
        gone = min(index, len(self.milestones) - 1)
        kept = self.milestones[:gone] + self.milestones[gone + 1 :]
        return self.but(parts=self.parts[:index] + self.parts[index + 1 :], milestones=kept)

    @property
    def headline_path(self) -> str:
        path = self.parts[0].headline_path
        return path and f"parts.0.{path}"

    @property
    def base(self) -> float:
        return self.parts[0].base

    @property
    def end(self) -> int | None:
        last = self.parts[-1].end
        return None if last is None else self.milestones[-1] + last


Schedule = Annotated[Union[Simple, Warmup, Sequence, Product], Field(discriminator="kind")]


def schedule_kinds() -> dict[str, type[ScheduleSpec]]:
    """Return every schedule class under its kind, in the order of the list above."""
    return {kind_of(cls): cast(type[ScheduleSpec], cls) for cls in choices_of(Schedule)}
