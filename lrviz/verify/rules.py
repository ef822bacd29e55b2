"""Our update rules beside torch.optim's own classes, fed the same gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from lrviz.optimizers import RuleSpec, hyper, steps
from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.verify.comparison import Report

Array = np.ndarray[Any, np.dtype[np.float64]]
Gradients = Array | Callable[[Array], Array]
"""A stream of gradients (T, D), or a function from a position (D,) to the gradient there (D,)."""


@dataclass(frozen=True)
class TorchRule:
    """The class of torch.optim that a rule equals, with the rule's settings."""

    name: str
    build: Callable[..., torch.optim.Optimizer]

    def positions(self, rates: Array, start: Array, gradients: Gradients) -> Array:
        """Return the positions (T + 1, D) of the real object, driven at rates (T,) from start (D,)."""
        parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        optimizer = self.build([parameter], lr=max(float(rates[0]), 0.0))
        positions = np.empty((len(rates) + 1, len(start)))
        positions[0] = start
        for t, rate in enumerate(rates.tolist()):
            optimizer.param_groups[0]["lr"] = rate
            parameter.grad = torch.tensor(_gradient(gradients, t, positions[t]), dtype=torch.float64)
            optimizer.step()
            positions[t + 1] = parameter.detach().numpy()
        return positions


def torch_rule(rule: RuleSpec) -> TorchRule | Missing:
    """Return the torch class that a rule equals, or why there is none."""
    settings = torch_settings(rule)
    if isinstance(settings, Missing):
        return settings
    return TorchRule(rule.torch, partial(getattr(torch.optim, rule.torch), **settings))


def our_positions(rule: RuleSpec, rates: Array, start: Array, gradients: Gradients) -> Array:
    """Return the positions (T + 1, D) of our rule, driven the same way."""
    h, x, positions = hyper(rule), np.array(start, dtype=np.float64)[None], [start]
    state = rule.init(h, x)
    with np.errstate(all="ignore"):
        for t, c in enumerate(steps(rule.table(h, rates[None]))):
            x, state, *_ = rule.update(h, c, x, np.array(_gradient(gradients, t, x[0]))[None], state)
            positions.append(x[0])
    return np.array(positions)


def compare_rule(rule: RuleSpec, rates: Array, start: Array, gradients: Gradients) -> Report | Missing:
    """Drive the real class beside our rule; rates (T,), start (D,), gradients (T, D) or a function of the position.

    `relative` is |ours - torch| over the largest |torch| of that coordinate so far. From the first position that is
    not finite in torch on (`until`, difference "not_finite"), only that ours is not finite either is compared.
    """
    theirs = torch_rule(rule)
    if isinstance(theirs, Missing):
        return theirs
    ours = our_positions(rule, rates, start, gradients)
    return _measure(theirs.name, ours, theirs.positions(rates, start, gradients))


def _gradient(gradients: Gradients, t: int, x: Array) -> Array:
    if not callable(gradients):
        return gradients[t]
    with np.errstate(all="ignore"):
        return gradients(x)


def _measure(name: str, ours: Array, theirs: Array) -> Report:
    finite = np.isfinite(theirs).all(axis=1)
    last = int(finite.argmin()) if not finite.all() else len(theirs)
    with np.errstate(all="ignore"):
        absolute = np.abs(ours - theirs)[:last]
        absolute = np.where(np.isfinite(absolute), absolute, np.inf)
        peak = np.maximum.accumulate(np.abs(theirs[:last]), axis=0)
        relative = np.where(absolute > 0, absolute / peak, 0.0)
    if last < len(theirs) and np.isfinite(ours[last]).all():
        return Report(name, last, np.inf, last, np.inf, last, last, "not_finite")
    worst, worst_relative = absolute.max(axis=1), relative.max(axis=1)
    at, at_relative = int(worst.argmax()), int(worst_relative.argmax())
    sizes = (float(worst[at]), at, float(worst_relative[at_relative]), at_relative)
    ends = (last - 1, "not_finite") if last < len(theirs) else (None, None)
    return Report(name, last - 1, *sizes, *ends)
