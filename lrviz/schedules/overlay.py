"""A scene, evaluated: one table of rates, and what there is to say about each curve."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.compose import Sequence, Warmup
from lrviz.schedules.cycles import OneCycle
from lrviz.schedules.decays import MultiStep
from lrviz.schedules.feedback import Replay
from lrviz.schedules.ramps import Cosine, RangeTest
from lrviz.schedules.scene import SchedulesScene
from lrviz.spec import kind_of


@dataclass(frozen=True)
class Summary:
    """A curve in five numbers; `mean` is the area under it relative to a constant rate at its peak."""

    first: float
    peak: float
    peak_at: int
    last: float
    mean: float


@dataclass(frozen=True)
class Finding:
    """Something a learner should know about a curve: `code` names the sentence, `values` fill it."""

    code: str
    values: Mapping[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Overlay:
    """The result of a scene: rates (R, T) for R curves over T steps, in the order of the scene, and their summaries."""

    scene: SchedulesScene
    rates: Array
    summaries: tuple[Summary, ...]

    @property
    def x(self) -> Array:
        """The horizontal axis, (T,): steps, or epochs as fractions of steps_per_epoch."""
        t = np.arange(self.rates.shape[1], dtype=np.float64)
        return t if self.scene.axis == "steps" else t / self.scene.steps_per_epoch


@dataclass(frozen=True)
class Reaction:
    """The result of a scene's feedback view: Plateau replayed over a metric."""

    scene: SchedulesScene
    replay: Replay


def overlay(scene: SchedulesScene) -> Overlay:
    """Evaluate every curve of a scene once, into one table."""
    rates = np.stack([curve.schedule.table(scene.steps) for curve in scene.curves])
    return Overlay(scene, rates, tuple(summarise(row) for row in rates))


def summarise(rates: Array) -> Summary:
    """Return a table's summary; where a rate is not finite it is left out, and a table without any gives nan."""
    finite = np.where(np.isfinite(rates), rates, -np.inf)
    at = int(finite.argmax())
    peak = float(rates[at]) if np.isfinite(finite[at]) else float("nan")
    mean = float(rates[np.isfinite(rates)].mean()) if np.isfinite(peak) else float("nan")
    return Summary(float(rates[0]), peak, at, float(rates[-1]), mean / peak if peak > 0 else float("nan"))


def findings(schedule: ScheduleSpec, rates: Array) -> tuple[Finding, ...]:
    """Return the honest warnings about one curve, most serious first."""
    return tuple(_findings(schedule, rates))


def _findings(schedule: ScheduleSpec, rates: Array) -> Iterator[Finding]:
    bad = ~np.isfinite(rates)
    if bad.any():
        yield Finding("not_finite", {"step": int(bad.argmax())})
        return
    if (rates < 0).any():
        first = int((rates < 0).argmax())
        yield Finding("negative", {"step": first, "rate": float(rates[first])})
    if rates[0] == 0:
        yield Finding("first_rate_zero")
    end = schedule.end
    if end is not None and end < len(rates):
        rise = np.flatnonzero(np.diff(rates[end:]) > 1e-12 * rates.max())
        if rise.size:
            yield Finding("rises_again", {"step": end + int(rise[0]) + 1})
        yield from _parting(schedule, end, len(rates))
    yield from _floor(schedule, rates)
    yield from _boundary(schedule, len(rates))


def _last(schedule: ScheduleSpec) -> tuple[ScheduleSpec, int]:
    """Return the schedule that is running when a composition ends, and the step it starts at."""
    inner, start = schedule, 0
    while isinstance(inner, Warmup | Sequence):
        start += inner.steps if isinstance(inner, Warmup) else inner.milestones[-1]
        inner = inner.then if isinstance(inner, Warmup) else inner.parts[-1]
    return inner, start


def _parting(schedule: ScheduleSpec, end: int, steps: int) -> Iterator[Finding]:
    """Say from which step on the libraries differ: a cosine is at its lowest in all of them at the end itself."""
    last, _ = _last(schedule)
    first = end + isinstance(last, Cosine)
    if isinstance(last, Cosine | OneCycle) and first < steps:
        yield Finding(f"after_end_{kind_of(last)}", {"step": first})


def _boundary(schedule: ScheduleSpec, steps: int) -> Iterator[Finding]:
    last, start = _last(schedule)
    if isinstance(last, MultiStep) and start + last.milestones[0] < steps:
        yield Finding("keras_boundary", {"step": start + last.milestones[0]})


def _floor(schedule: ScheduleSpec, rates: Array) -> Iterator[Finding]:
    """Warn when a run ends, or starts over, well before the schedule's lowest rate is used."""
    last, start = _last(schedule)
    rates = rates[start:]
    names = ("eta_min", "min_lr", "end_lr")
    floor = next((float(getattr(last, name)) for name in names if name in type(last).model_fields), None)
    if floor is None or not rates.size or isinstance(last, RangeTest):
        return
    if rates.min() - floor > 0.005 * rates.max():
        yield Finding("never_reaches_floor", {"floor": floor, "lowest": float(rates.min())})
