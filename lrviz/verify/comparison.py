"""Our table beside the one torch makes step by step: the largest difference, and where it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.feedback import Plateau
from lrviz.verify.counterparts import counterpart, optimizer_at

TOLERANCE = 1e-12
NOISE_FLOOR = 1e-2  # of the peak: below it, differences are taken relative to the peak, where rounding comes from


@dataclass(frozen=True)
class Report:
    """What a comparison found over its first `steps` steps.

    `absolute` is the largest |ours - torch| and `relative` the largest |ours - torch| / max(|torch|, peak / 100), each
    with the step it is at; peak is torch's largest |rate|, or the rate it scales where that is larger, so that a rate
    on its way to 0 is not measured by its rounding noise. `until` is None when all steps that were asked for agree;
    else agreement is promised, and reported, up to there, `difference` names what differs after it and `after` is how
    much (relative; None where torch raises).
    """

    torch: str
    steps: int
    absolute: float
    absolute_step: int
    relative: float
    relative_step: int
    until: int | None = None
    difference: str | None = None
    after: float | None = None

    @property
    def agrees(self) -> bool:
        """Whether `relative` is at most 1e-12, or the rounding of that many multiplications: steps * 2.2e-16."""
        return self.relative <= max(TOLERANCE, self.steps * float(np.finfo(np.float64).eps))


def compare(schedule: ScheduleSpec, steps: int) -> Report | None:
    """Step the real scheduler through `steps` updates beside our table; None where torch has no such scheduler."""
    theirs = counterpart(schedule)
    if theirs is None:
        return None
    reach = theirs.reach(steps)
    ours, rates = schedule.table(steps)[:reach], theirs.rates(reach)
    report = _measure(theirs.name, ours, rates, theirs.lr)
    limit = theirs.first_limit
    if limit is None or limit.steps >= steps or (report.agrees and reach == steps):
        return report
    kept = slice(limit.steps)
    after = _relative(ours, rates, _peak(rates[kept], theirs.lr))[limit.steps :].max(initial=0)
    named = {"until": limit.steps, "difference": limit.difference, "after": None if limit.raises else float(after)}
    return _measure(theirs.name, ours[kept], rates[kept], theirs.lr, **named)


def compare_plateau(plateau: Plateau, metric: Iterable[float]) -> Report:
    """Feed one metric, (E,), to Plateau and to torch's ReduceLROnPlateau; compare E rates and the one left over."""
    values = [float(value) for value in metric]
    optimizer = optimizer_at(plateau.lr)
    settings = {name: value for name, value in dict(plateau).items() if name not in ("kind", "lr")}
    scheduler = ReduceLROnPlateau(optimizer, **settings)
    optimizer.step()
    theirs = [plateau.lr]
    for value in values:
        scheduler.step(value)
        theirs.append(optimizer.param_groups[0]["lr"])
    replay = plateau.replay(values)
    ours = np.append(replay.rates, replay.final)
    return _measure("ReduceLROnPlateau", ours, np.array(theirs), plateau.lr, steps=len(values))


def _measure(name: str, ours: Array, theirs: Array, lr: float, steps: int | None = None, **named: Any) -> Report:
    absolute, relative = np.abs(ours - theirs), _relative(ours, theirs, _peak(theirs, lr))
    at, relative_at = int(absolute.argmax()), int(relative.argmax())
    found = (float(absolute[at]), at, float(relative[relative_at]), relative_at)
    return Report(name, len(theirs) if steps is None else steps, *found, **named)


def _peak(rates: Array, lr: float) -> float:
    return max(float(np.abs(rates).max()), lr)


def _relative(ours: Array, theirs: Array, peak: float) -> Array:
    """Return |ours - theirs| / max(|theirs|, peak / 100); inf where it is not finite."""
    scale = np.maximum(np.abs(theirs), NOISE_FLOOR * peak)
    with np.errstate(all="ignore"):
        relative = np.divide(np.abs(ours - theirs), scale, out=np.zeros_like(theirs), where=ours != theirs)
    return np.where(np.isfinite(relative), relative, np.inf)
