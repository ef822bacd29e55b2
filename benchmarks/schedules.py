"""A table of 1,000,000 rates beside 1,000,000 calls of the real torch scheduler's step(), for every schedule torch has.

Schedules with a length of their own get 1,000,000 steps of it. Ours is the best of seven tables, the first one not
counted; torch is stepped once, all the way, and nothing but stepped.
"""

import time
from collections.abc import Iterator

from benchmarks.report import median
from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.compose import schedule_kinds
from lrviz.spec import MAX_STEPS, kind_of
from lrviz.verify.counterparts import Counterpart, counterpart, optimizer_at

RATIO = 100
ROUNDS = 7
LENGTHS = ("total_iters", "total_steps", "T_max", "num_iter")


def rows() -> Iterator[str]:
    """Measure and print one schedule after another, then how many keep the budget."""
    ratios: list[float] = []
    for schedule in subjects():
        theirs = counterpart(schedule)
        if theirs is None:
            yield f"{kind_of(schedule):20} torch has no such scheduler"
            continue
        ours, stepped = table_seconds(schedule), stepping_seconds(theirs)
        ratios.append(stepped / ours)
        said = "met" if ratios[-1] >= RATIO else "MISSED"
        yield (
            f"{kind_of(schedule):20} {ours * 1e3:6.1f} ms, {theirs.name} {stepped:5.2f} s: "
            f"{ratios[-1]:6,.0f} x faster (budget {RATIO} x: {said})"
        )
    met = sum(ratio >= RATIO for ratio in ratios)
    yield f"{met} of {len(ratios)} keep the budget; median {median(ratios):,.0f} x, least {min(ratios):,.0f} x"


def subjects() -> Iterator[ScheduleSpec]:
    """Every schedule at its defaults, made as long as the run where it has a length."""
    for cls in schedule_kinds().values():
        yield cls(**{name: MAX_STEPS for name in LENGTHS if name in cls.model_fields})


def table_seconds(schedule: ScheduleSpec) -> float:
    """The time of the quickest of some tables: the others waited for something else."""
    times: list[float] = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        schedule.table(MAX_STEPS)
        times.append(time.perf_counter() - started)
    return min(times[1:])


def stepping_seconds(theirs: Counterpart) -> float:
    """The time torch takes for as many steps."""
    optimizer = optimizer_at(theirs.lr)
    scheduler = theirs.build(optimizer)
    optimizer.step()
    started = time.perf_counter()
    for _ in range(MAX_STEPS):
        scheduler.step()
    return time.perf_counter() - started


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
