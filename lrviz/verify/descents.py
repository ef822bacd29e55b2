"""A descent beside torch: autograd finds its gradients, and the real optimizer takes its steps."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field

from lrviz.descend.engine import Noise, descend
from lrviz.descend.racer import BY_KIND, Clip, Place, runs_of_spec
from lrviz.optimizers import SGD, Momentum, Rule, RuleSpec
from lrviz.schedules import Constant, Schedule
from lrviz.spec import Spec
from lrviz.surfaces import Quadratic, Surface, SurfaceSpec
from lrviz.surfaces.data import data
from lrviz.surfaces.regression import LinearRegression, LogisticRegression
from lrviz.verify.answers import told
from lrviz.verify.comparison import TOLERANCE
from lrviz.verify.rules import TorchRule, torch_rule

Array = np.ndarray[Any, np.dtype[np.float64]]
LONGEST_DESCENT = 2_000
CLOSE_STEP = 1e-10
"""How far our step may be from torch's, given the same gradient, as a share of its length, rounding of x aside."""
EPS = float(np.finfo(np.float64).eps)


class DescentQuestion(Spec):
    """Is this descent what torch computes?"""

    kind: Literal["descent_question"] = "descent_question"
    surface: Annotated[Surface, BY_KIND] = Quadratic()
    optimizer: Annotated[Rule, BY_KIND] = SGD()
    schedule: Schedule = Constant()
    start_x: Place = None
    start_y: Place = None
    steps: Annotated[int, Field(ge=1, le=LONGEST_DESCENT)] = 100
    clip_norm: Clip = 0.0
    noise: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    @property
    def start(self) -> tuple[float, ...]:
        """Where it starts: the place that was given, else the surface's own, one coordinate each."""
        given = (self.start_x, self.start_y)
        return tuple(own if place is None else place for place, own in zip(given, self.surface.start, strict=False))


@dataclass(frozen=True)
class Gap:
    """The largest difference over the steps: as it is, the update it is at, and relative to the values' size so far."""

    absolute: float
    step: int
    relative: float


@dataclass(frozen=True)
class DescentReport:
    """What torch made of a descent over its first `steps` updates: all, or those up to the one that diverged.

    `gradient`: autograd's beside ours. `position`: our next position beside where the real class `torch` gets from
    ours on autograd's gradient; `given`: the same on our gradient, and whether that agrees, `same_rule`. Without such a
    class they are None and `reason` says why; with the reason "ema_form" the class is SGD at lr * (1 - momentum).
    """

    steps: int
    gradient: Gap
    torch: str = ""
    reason: str = ""
    position: Gap | None = None
    given: Gap | None = None
    same_rule: bool = True


def compare_descent(
    surface: SurfaceSpec,
    optimizer: RuleSpec,
    schedule: Schedule,
    start: tuple[float, ...],
    steps: int,
    clip_norm: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> DescentReport:
    """Walk a descent, and at each of its positions let torch find the gradient, clip it and make the step.

    The state of torch's optimizer is its own from the first step to the last. A whole run of torch's by itself is not
    compared: where a descent is chaotic, the last digit of one step decides where it is a hundred steps later.
    """
    chance = Noise(noise, seed)
    path = descend(surface, runs_of_spec(optimizer, schedule, start, steps, clip_norm), chance)
    bad = int(path.bad[0])
    last = steps if bad < 0 else max(bad, 1)
    x, rates, gradients = path.x[0, : last + 1], path.rates[0, :last], path.gradient[0, :last]
    found = autograd(surface, x[:-1], surface.draws(steps, seed))
    draws = chance.draws(steps, surface.dims)
    if draws is not None:
        found = found + noise * draws[:last, 0]
    slopes = gap(gradients, found, steepness(surface, x[:-1], found))
    theirs, rates, reason = counterpart(optimizer, rates)
    if theirs is None:
        return DescentReport(last, slopes, reason=reason)
    drive, size = Drive(theirs, rates, x[:-1], clip_norm), np.maximum(largest(x[1:]), largest(x[:-1]))
    given, chained = drive.positions(gradients), drive.positions(found)
    gaps = gap(x[1:], chained, size), gap(x[1:], given, size)
    growth = max(1.0, getattr(optimizer, "momentum", 0.0))
    return DescentReport(last, slopes, theirs.name, reason, *gaps, close(x, given, growth))


def counterpart(rule: RuleSpec, rates: Array) -> tuple[TorchRule | None, Array, str]:
    """Return torch's class, its rates, and why it is not the rule's own: averaging sums at lr * (1 - momentum)."""
    theirs = torch_rule(rule)
    if isinstance(theirs, TorchRule):
        return theirs, rates, ""
    if isinstance(rule, Momentum):
        summed = torch_rule(rule.but(form="torch", dampening=0.0))
        assert isinstance(summed, TorchRule)
        return summed, rates * (1 - rule.momentum), theirs.reason
    return None, rates, theirs.reason


@dataclass(frozen=True)
class Drive:
    """The real optimizer of torch, put at positions x (T, D) one after another, at rates (T,)."""

    theirs: TorchRule
    rates: Array
    x: Array
    clip_norm: float

    def positions(self, gradients: Array) -> Array:
        """Return where each step leads, (T, D), given the gradients (T, D)."""
        parameter = torch.nn.Parameter(torch.tensor(self.x[0]))
        optimizer = self.theirs.build([parameter], lr=max(float(self.rates[0]), 0.0))
        group, places, slopes = optimizer.param_groups[0], torch.tensor(self.x), torch.tensor(gradients)
        reached = torch.empty_like(places)
        for t, rate in enumerate(self.rates.tolist()):
            group["lr"] = rate
            parameter.data.copy_(places[t])
            parameter.grad = slopes[t].clone()
            if self.clip_norm:
                torch.nn.utils.clip_grad_norm_([parameter], self.clip_norm)
            optimizer.step()
            reached[t] = parameter.detach()
        return reached.numpy()


# --------------------------------------------------------------------------------------------------------- autograd


def autograd(surface: SurfaceSpec, x: Array, rows: Any) -> Array:
    """Return the gradients that autograd finds at positions x (T, D), over the rows of each step's batch, (T, B)."""
    position = torch.tensor(x, requires_grad=True)
    if isinstance(surface, LinearRegression | LogisticRegression):
        loss = data_loss(surface, position, rows)
    else:
        loss = surface(position)
    if not loss.requires_grad:  # a loss in which no position stands
        return np.zeros_like(x)
    loss.sum().backward()
    assert position.grad is not None
    return position.grad.numpy()


def data_loss(surface: LinearRegression | LogisticRegression, position: torch.Tensor, rows: Any) -> torch.Tensor:
    """Return the loss at each step by torch's own functions: weights (T, 2), rows (T, B) or None for all -> (T,)."""
    straight = isinstance(surface, LinearRegression)
    a, b, y = (torch.tensor(column) for column in data("diabetes" if straight else "breast_cancer").columns)
    if rows is not None:
        taken = torch.tensor(rows[: len(position)]).long()
        a, b, y = a[taken], b[taken], y[taken]
    z = position[:, :1] * a + position[:, 1:] * b
    target = y.expand_as(z)
    if straight:
        return torch.nn.functional.mse_loss(z, target, reduction="none").mean(dim=1) / 2
    return torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="none").mean(dim=1)


# ------------------------------------------------------------------------------------------------------ differences


def largest(values: Array) -> Array:
    """Return the largest size in each row, (T, D) -> (T,); what is not finite counts as 0."""
    return np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1)


def steepness(surface: SurfaceSpec, x: Array, gradients: Array) -> Array:
    """Return what rounding of a gradient is measured by, (T,): its size, or curvature * |x| where that is larger.

    At a minimum the gradient is nothing but the rounding of what cancels there.
    """
    with np.errstate(all="ignore"):
        felt = np.asarray(surface.curvature(x))[:, None] * np.abs(x)
    return np.maximum(largest(gradients), largest(felt))


def gap(ours: Array, theirs: Array, size: Array) -> Gap:
    """Return the largest difference of (T, D) tables, relative to the largest of `size` (T,) so far.

    Where both are not finite they count as equal.
    """
    distance = _distance(ours, theirs)
    with np.errstate(all="ignore"):
        relative = np.where(distance > 0, distance / np.maximum.accumulate(size), 0.0)
    return Gap(float(distance.max()), int(distance.argmax()), float(relative.max()))


def close(x: Array, reached: Array, growth: float = 1.0) -> bool:
    """Say whether all steps agree: ours lead from x[t] to x[t + 1], (T + 1, D), torch's to reached[t], (T, D).

    `growth`: what a step multiplies the rounding in the remembered direction by; a momentum above 1 lets it grow.
    """
    with np.errstate(all="ignore"):
        length = np.abs(np.diff(x, axis=0)).max(axis=1)
        rounding = 4 * EPS * growth ** np.arange(len(length))
        allowed = CLOSE_STEP * length + rounding * np.maximum.accumulate(largest(x))[1:]
        return bool(((_distance(x[1:], reached) <= allowed) | ~np.isfinite(allowed)).all())


def _distance(ours: Array, theirs: Array) -> Array:
    """Return the largest difference of each row, (T, D) -> (T,); inf where only one of two is finite."""
    with np.errstate(all="ignore"):
        apart = np.abs(ours - theirs)
    finite, both_not = np.isfinite(apart), ~np.isfinite(ours) & ~np.isfinite(theirs)
    return np.where(finite, apart, np.where(both_not, 0.0, np.inf)).max(axis=1)


# ---------------------------------------------------------------------------------------------------------- answers


def answer(question: DescentQuestion) -> dict[str, Any]:
    """Answer a question: {"code", "values", "tone"}, every value a string."""
    parts = {name: getattr(question, name) for name in ("surface", "optimizer", "schedule", "start", "steps")}
    chance = {name: getattr(question, name) for name in ("clip_norm", "noise", "seed")}
    return said(compare_descent(**parts, **chance))


def said(report: DescentReport) -> dict[str, Any]:
    """Put a report into an answer."""
    values = {"steps": report.steps, "torch": report.torch, "reason": report.reason} | _sizes(report)
    if report.gradient.relative > TOLERANCE:
        return told("gradient_differs", "warn", **values)
    if report.position is None:
        return told("gradient", "note", **values)
    if not report.same_rule:
        return told("differs", "warn", **values)
    if report.position.relative > TOLERANCE:
        return told("rounding", "note", **values)
    if report.reason:
        return told("by_sum", "ok", **values)
    return told("verified", "ok", **values)


def _sizes(report: DescentReport) -> dict[str, object]:
    g, x, given = report.gradient, report.position, report.given
    sizes: dict[str, object] = {
        "gradient": g.absolute,
        "gradient_relative": g.relative,
        "gradient_step": g.step,
    }
    if x is None or given is None:
        return sizes
    worst = x if report.same_rule else given  # update t leads to position t + 1
    found = {"absolute": worst.absolute, "relative": worst.relative, "step": worst.step + 1}
    return sizes | found | {"given": given.absolute}
