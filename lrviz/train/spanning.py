"""Schedules that go over the whole of a run, as one would set them up for it."""

from collections.abc import Callable, Mapping

from lrviz.schedules import (
    WSD,
    Constant,
    Cosine,
    Exponential,
    Linear,
    OneCycle,
    Schedule,
    ScheduleSpec,
    Step,
    fitted,
)

STAGES = 3
"""A step schedule's levels, each a tenth of the one before."""


def spanning(cls: type[ScheduleSpec], rate: float, steps: int) -> Schedule:
    """Return a schedule of a kind at a rate over so many updates.

    Step: three levels, each a tenth of the one before. Exponential: down to a hundredth. WSD: 5 % up, 20 % down.
    """
    made = _MADE.get(cls)
    return made(rate, steps) if made else fitted(cls, Constant(lr=rate), max(2, steps))


_MADE: Mapping[type[ScheduleSpec], Callable[[float, int], Schedule]] = {
    Constant: lambda rate, steps: Constant(lr=rate),
    Step: lambda rate, steps: Step(lr=rate, step_size=-(-steps // STAGES), gamma=0.1),
    Linear: lambda rate, steps: Linear(lr=rate, start_factor=1.0, end_factor=0.0, total_iters=steps),
    Exponential: lambda rate, steps: Exponential(lr=rate, gamma=0.01 ** (1 / steps)),
    Cosine: lambda rate, steps: Cosine(lr=rate, T_max=steps),
    OneCycle: lambda rate, steps: OneCycle(max_lr=rate, total_steps=max(4, steps)),
    WSD: lambda rate, steps: WSD(
        lr=rate, warmup=steps // 20, stable=steps - steps // 20 - steps // 5, decay=max(1, steps // 5)
    ),
}
