"""What every schedule is: a frozen Spec that, called with steps, gives rates."""

from typing import Any, ClassVar

import numpy as np

from lrviz.spec import MAX_STEPS, Spec

Array = np.ndarray[Any, np.dtype[np.float64]]
BLOCK = 32_768  # steps evaluated at a time: what a formula needs in between stays in the processor's cache


class ScheduleSpec(Spec):
    """A learning-rate schedule: `spec(t)` is the rate that update t uses, t = 0, 1, 2, ...

    `headline` names the field that shows best what the schedule does. PyTorch: `param_groups[0]["lr"]` after t calls of
    `scheduler.step()`.
    """

    headline: ClassVar[str]

    def __call__(self, t: Any) -> Array:
        """Return the rates at steps t, in float64; t: (...) -> (...)."""
        raise NotImplementedError

    @property
    def base(self) -> float:
        """The rate the formula scales: PyTorch's `initial_lr`."""
        return float(getattr(self, "lr"))  # noqa: B009 - the few schedules without an `lr` say their base themselves

    @property
    def headline_path(self) -> str:
        """The dotted path of the field that shows best what the schedule does, "" where no one slider does."""
        return self.headline

    @property
    def end(self) -> int | None:
        """The first step after the schedule's own end, or None where it goes on for ever."""
        return None

    def table(self, steps: int) -> Array:
        """Return the rates of a run of `steps` updates, (T,): the one table a curve is drawn from and a run uses."""
        if not 1 <= steps <= MAX_STEPS:
            raise ValueError(f"steps must be from 1 to {MAX_STEPS}, got {steps}")
        rates = np.empty(steps)
        for start in range(0, steps, BLOCK):
            stop = min(start + BLOCK, steps)
            rates[start:stop] = self(np.arange(start, stop, dtype=np.float64))
        return rates


def steps_of(t: Any) -> Array:
    """Return steps as a float64 array, whatever they came as."""
    return np.asarray(t, dtype=np.float64)


def power(base: float, exponent: Array) -> Array:
    """Return base ** exponent by one algorithm for one step and for a million; exponent: (...) -> (...).

    What would be below 1e-300 is 0: on its last digits NumPy is ten times slower than everywhere else. For a single
    exponent NumPy takes short cuts (x ** 2 is x * x) whose last digit is not the one it gives in an array.
    """
    if np.size(exponent) == 1:
        return power(base, np.stack([exponent, exponent]))[0]
    counts = exponent < np.log(1e-300) / np.log(base) if 0 < base < 1 else True
    return np.power(base, exponent, where=counts, out=np.zeros_like(exponent))
