"""How large a schedule's rates are, as one number that can be read and set."""

import math
import re
from itertools import accumulate
from typing import Any, cast

from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.compose import Product, Schedule, Sequence, Warmup
from lrviz.schedules.decays import Noam
from lrviz.schedules.free import Formula, Points
from lrviz.spec import value_at, with_value

_RATES = ("lr", "max_lr", "end_lr")
_ALL_RATES = (*_RATES, "base_lr", "min_lr", "start_lr", "eta_min")
_FACTOR = re.compile(r"(?P<by>\d+(\.\d+)?(e[+-]?\d+)?) \* \((?P<rest>.*)\)")


def rate_path(schedule: ScheduleSpec) -> str:
    """Return the dotted path of the field that says how large the rates are, "" where no one field does."""
    if isinstance(schedule, Warmup):
        below = rate_path(schedule.then)
        return below and f"then.{below}"
    if isinstance(schedule, Sequence | Product):
        below = rate_path(schedule.parts[0])
        return below and f"parts.0.{below}"
    if isinstance(schedule, Noam):
        return "factor"
    return next((name for name in _RATES if name in type(schedule).model_fields), "")


def rate_of(schedule: ScheduleSpec) -> float:
    """Return what a sweep of rates sets: the field at `rate_path`, else the schedule's base."""
    path = rate_path(schedule)
    return float(value_at(schedule, path)) if path else schedule.base


def at_rate(schedule: Schedule, rate: float) -> Schedule:
    """Return a schedule of the same shape whose `rate_of` is `rate`: every rate in it scales alike.

    Raises ValueError where the rates would leave what is valid, or a formula what may be written.
    """
    path, now = rate_path(schedule), rate_of(schedule)
    by = rate / now if now else math.inf
    if not 0 < by < math.inf:
        raise ValueError(f"rates around {now} cannot be scaled to {rate}")
    made = _scaled(schedule, by)
    return cast(Schedule, with_value(made, path, rate) if path else made)


def at_rate_or_none(schedule: Schedule, rate: float) -> Schedule | None:
    """Return what `at_rate` does, None where it raises: where a button offers a rate."""
    try:
        return at_rate(schedule, rate)
    except ValueError:
        return None


def _scaled(schedule: Any, by: float) -> Any:
    match schedule:
        case Warmup():
            return schedule.but(then=_scaled(schedule.then, by))
        case Sequence():
            return schedule.but(parts=tuple(_scaled(part, by) for part in schedule.parts))
        case Product():
            return schedule.but(parts=(_scaled(schedule.parts[0], by), *schedule.parts[1:]))
        case Points():
            return schedule.but(points=tuple((step, rate * by) for step, rate in schedule.points))
        case Formula():
            return schedule.but(expression=_times(schedule.expression, by))
        case Noam():
            return schedule.but(factor=schedule.factor * by)
    rates = {name: getattr(schedule, name) * by for name in _ALL_RATES if name in type(schedule).model_fields}
    return schedule.but(**rates)


def _times(expression: str, by: float) -> str:
    """Write a formula times a number; a factor that stands before all of it already is multiplied, not nested."""
    found = _FACTOR.fullmatch(expression)
    if found and _is_one_bracket(found["rest"]):
        by, expression = float(f"{by * float(found['by']):.15g}"), found["rest"]
    return expression if by == 1 else f"{by!r} * ({expression})"


def _is_one_bracket(text: str) -> bool:
    """Say whether a text, without the brackets around it, closes none that it has not opened."""
    return min(accumulate((c == "(") - (c == ")") for c in text), default=0) == 0
