"""Schedules that rise and fall, once or again and again."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.schedules.base import Array, ScheduleSpec, power, steps_of
from lrviz.spec import Decay, FloorRate, Knob, Rate, Steps, refuse


class WarmRestarts(ScheduleSpec):
    """Half cosines that start over: lr(t) = eta_min + (lr - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2.

    Cycle i lasts T_i = T_0 * T_mult^i steps and T_cur counts from its start, so eta_min itself is never used: the step
    that would reach it starts the next cycle. Source: Loshchilov & Hutter 2017, arXiv 1608.03983 (SGDR).
    PyTorch: CosineAnnealingWarmRestarts.
    """

    kind: Literal["warm_restarts"] = "warm_restarts"
    headline: ClassVar[str] = "T_0"
    lr: Rate = 0.1
    T_0: Steps = 30
    T_mult: Annotated[int, Field(ge=1, le=16), Knob(1, 4)] = 2
    eta_min: FloorRate = 0.0

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        done = np.mod(t, self.T_0) / self.T_0 if self.T_mult == 1 else self._done(t)
        return self.eta_min + (self.lr - self.eta_min) * (1 + np.cos(np.pi * done)) / 2

    def _done(self, t: Array) -> Array:
        """Return T_cur / T_i, for cycles that grow."""
        starts, lengths, last = [0.0], [float(self.T_0)], t.max(initial=0)
        while starts[-1] + lengths[-1] <= last:
            starts.append(starts[-1] + lengths[-1])
            lengths.append(lengths[-1] * self.T_mult)
        cycle = np.searchsorted(starts, t, side="right") - 1
        return (t - np.array(starts)[cycle]) / np.array(lengths)[cycle]


class Cyclic(ScheduleSpec):
    """A triangle wave between two rates: up for step_size_up steps, down for step_size_down.

    lr(t) = base_lr + (max_lr - base_lr) * x(t) * scale, x the height in the cycle (0 to 1 to 0). scale is 1
    (triangular), 1 / 2^(cycle - 1) (triangular2) or gamma^t with t counted from the start of training (exp_range).
    Source: Smith 2015, arXiv 1506.01186. PyTorch: CyclicLR.
    """

    kind: Literal["cyclic"] = "cyclic"
    headline: ClassVar[str] = "step_size_up"
    base_lr: Rate = 0.001
    max_lr: Rate = 0.1
    step_size_up: Steps = 40
    step_size_down: Steps = 40
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    gamma: Annotated[Decay, Knob(0.9, 1)] = 0.99

    @model_validator(mode="after")
    def _rises(self) -> "Cyclic":
        if self.max_lr < self.base_lr:
            raise refuse("max_below_base", "max_lr", "base_lr", low=self.base_lr, high=self.max_lr)
        return self

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        total = float(self.step_size_up + self.step_size_down)
        ratio = self.step_size_up / total
        cycle = np.floor(1 + t / total)
        x = 1 + t / total - cycle
        height = np.where(x <= ratio, x / ratio, (x - 1) / (ratio - 1))
        return self.base_lr + (self.max_lr - self.base_lr) * height * self._scale(cycle, t)

    @property
    def idle(self) -> frozenset[str]:
        return frozenset() if self.mode == "exp_range" else frozenset({"gamma"})

    def _scale(self, cycle: Array, t: Array) -> Array | float:
        if self.mode == "triangular":
            return 1.0
        return power(0.5, cycle - 1) if self.mode == "triangular2" else power(self.gamma, t)

    @property
    def base(self) -> float:
        return self.base_lr


class CosineCycle(ScheduleSpec):
    """A cosine wave between two rates: lr(t) = min_lr + (max_lr - min_lr) * (1 + cos(pi * t / step_size)) / 2.

    Starts at max_lr, is at min_lr after step_size steps and back after another step_size.
    PyTorch: CosineAnnealingLR(T_max=step_size, eta_min=min_lr) run past its T_max.
    """

    kind: Literal["cosine_cycle"] = "cosine_cycle"
    headline: ClassVar[str] = "step_size"
    min_lr: FloorRate = 1e-5
    max_lr: Rate = 0.1
    step_size: Steps = 40

    @model_validator(mode="after")
    def _rises(self) -> "CosineCycle":
        if self.max_lr < self.min_lr:
            raise refuse("max_below_base", "max_lr", "min_lr", low=self.min_lr, high=self.max_lr)
        return self

    def __call__(self, t: Any) -> Array:
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * steps_of(t) / self.step_size)) / 2

    @property
    def base(self) -> float:
        return self.max_lr


class OneCycle(ScheduleSpec):
    """One rise and one long fall: max_lr / div_factor up to max_lr, then down to a last rate far below the first.

    With T = total_steps the rise ends at t = pct_start * T - 1 and the fall at t = T - 1, at
    max_lr / (div_factor * final_div_factor); each phase is a cosine or a line. three_phase mirrors the rise before the
    final fall. PyTorch allows t = T, off the end of its formula, and raises after it; here t > T holds the last rate.
    Source: Smith & Topin 2018, arXiv 1708.07120. PyTorch: OneCycleLR (peak at t = pct_start * T - 1, Optax one later).
    """

    kind: Literal["one_cycle"] = "one_cycle"
    headline: ClassVar[str] = "pct_start"
    max_lr: Rate = 0.1
    total_steps: Annotated[Steps, Field(ge=2), Knob(2, 10_000, "log")] = 200
    pct_start: Annotated[float, Field(gt=0, lt=1), Knob(0.02, 0.98)] = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    div_factor: Annotated[float, Field(ge=1, le=1e8), Knob(1, 1_000, "log")] = 25.0
    final_div_factor: Annotated[float, Field(ge=1, le=1e12), Knob(1, 1e6, "log")] = 1e4
    three_phase: bool = False

    @model_validator(mode="after")
    def _phases_have_length(self) -> "OneCycle":
        if self.pct_start * self.total_steps <= 1:
            raise refuse(
                "one_cycle_short", "pct_start", "total_steps", least=1 / self.total_steps, total_steps=self.total_steps
            )
        if self.three_phase and self.pct_start > 0.5:
            raise refuse("one_cycle_three", "pct_start", "three_phase", pct_start=self.pct_start)
        return self

    def __call__(self, t: Any) -> Array:
        t = steps_of(t)
        ends, rates = self._phases()
        starts, first, last = np.array([0.0, *ends[:-1]]), rates[:-1], rates[1:]
        phase = np.searchsorted(ends[:-1], t, side="left")
        done = (t - starts[phase]) / (ends - starts)[phase]
        if self.anneal_strategy == "cos":
            rate = last[phase] + ((first - last) / 2.0)[phase] * (np.cos(np.pi * done) + 1)
        else:
            rate = (last - first)[phase] * done + first[phase]
        return np.where(t > self.total_steps, rates[-1], rate)

    def _phases(self) -> tuple[Array, Array]:
        """Return the last step of each phase (P,) and the rates between which they lead (P + 1,)."""
        first, last = self.pct_start * self.total_steps - 1, float(self.total_steps - 1)
        low, high = self.max_lr / self.div_factor, self.max_lr
        floor = low / self.final_div_factor
        if self.three_phase:
            second = 2 * self.pct_start * self.total_steps - 2
            return np.array([first, second, last]), np.array([low, high, low, floor])
        return np.array([first, last]), np.array([low, high, floor])

    @property
    def base(self) -> float:
        return self.max_lr / self.div_factor

    @property
    def end(self) -> int:
        return self.total_steps
