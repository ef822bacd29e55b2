"""Lag against noise: a signal that is known, noise on top of it, and what each memory makes of the two."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lrviz.smoothing.averages import Array, Start, ewma, half_life, lag
from lrviz.spec import Knob, Spec

STEPS = 200
CHANGE = 50
"""The step at which a jump, or a slope, begins."""
LONGEST_MEMORY = 200.0
MEMORIES = np.geomspace(1, LONGEST_MEMORY, 61)
"""The windows 1 / (1 - beta) that are compared."""


class NoisySignal(Spec):
    """A signal with a known truth: a jump from 0 to 1, a steady slope, or a wave; normal noise is added to it."""

    kind: Literal["noisy_signal"] = "noisy_signal"
    shape: Literal["step", "ramp", "wave"] = "ramp"
    noise: Annotated[float, Field(ge=0, le=10), Knob(0, 0.5)] = 0.2
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    def truth(self) -> Array:
        """Return the signal without its noise, (STEPS,)."""
        t = np.arange(STEPS, dtype=np.float64)
        match self.shape:
            case "step":
                return np.where(t < CHANGE, 0.0, 1.0)
            case "ramp":
                return np.maximum(t - CHANGE, 0.0) / (STEPS - CHANGE)
            case _:
                return 0.5 - 0.5 * np.cos(2 * np.pi * t / 100)

    def scatter(self) -> Array:
        """Return the noise alone, (STEPS,)."""
        return self.noise * np.random.default_rng(self.seed).standard_normal(STEPS)


@dataclass(frozen=True)
class Tradeoff:
    """A noisy signal and its average at one beta; how far every memory's average is from the truth, and why.

    The average is linear: it is that of the truth plus that of the noise, and each part has an error of its own. Errors
    are root mean squares over all steps.
    """

    signal: NoisySignal
    beta: float
    start: Start

    @cached_property
    def truth(self) -> Array:
        """The signal, (T,)."""
        return self.signal.truth()

    @cached_property
    def noisy(self) -> Array:
        """What is measured, (T,)."""
        return self.truth + self.signal.scatter()

    @cached_property
    def average(self) -> Array:
        """What is measured, smoothed, (T,)."""
        return ewma(self.noisy[None], self.beta, self.start)[0]

    @cached_property
    def errors(self) -> tuple[Array, Array, Array]:
        """Because of the lag, because of the noise, and of both together, at each of MEMORIES, (M,) each."""
        return self._errors(1 - 1 / MEMORIES)

    @cached_property
    def here(self) -> tuple[float, float, float]:
        """The same three at this beta; NaN where there is no average."""
        late, scattered, both = self._errors(np.array([self.beta]))
        return float(late[0]), float(scattered[0]), float(both[0])

    def _errors(self, betas: Array) -> tuple[Array, Array, Array]:
        late = ewma(self.truth[None], betas, self.start) - self.truth
        scattered = ewma(self.noisy[None] - self.truth, betas, self.start)
        return _size(late), _size(scattered), _size(late + scattered)

    @property
    def best(self) -> float:
        """The beta, of those of MEMORIES, at which both errors together are least."""
        return float(1 - 1 / MEMORIES[np.argmin(self.errors[2])])

    @property
    def behind(self) -> float | None:
        """How many steps late the average is: on a slope in the long run; of a jump, until half of it is made up."""
        late = {"ramp": lag(self.beta), "step": half_life(self.beta)}
        return late.get(self.signal.shape)


def _size(errors: Array) -> Array:
    return np.sqrt((errors**2).mean(axis=1))
