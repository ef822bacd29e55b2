"""One update rule on the loss w^2 / 2, taken apart: every term of every update with its formula and its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from lrviz.descend.engine import Array, Moment, Noise, Runs, clipped, updates
from lrviz.optimizers import Line, hyper, steps
from lrviz.surfaces import Quadratic

SURFACE = Quadratic(a=0.5)
"""The loss w^2 / 2: its gradient at w is w itself, its curvature 1."""
SAME_PART = {"s": "v"}
"""The same part of a rule under two names: the direction, summed and averaged."""


@dataclass(frozen=True)
class Term:
    """One line of an update: its name, its formula, its value, and the number behind every name in the formula."""

    name: str
    formula: str
    value: float
    numbers: Mapping[str, float]


@dataclass(frozen=True)
class Derivation:
    """One run of one rule, update by update."""

    runs: Runs
    moments: tuple[Moment, ...]

    @cached_property
    def weights(self) -> Array:
        """The weight at the start and after every update, (T+1,)."""
        return np.array([self.runs.starts[0, 0], *(moment.update.x[0, 0] for moment in self.moments)])

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines of every update: the gradient of this loss first, the new weight and the whole step last."""
        return (*_from_this_loss(self.runs.optimizer.lines(), self.runs.clip_norm), Line("update", "x - x_prev"))

    def terms(self, step: int) -> tuple[Term, ...]:
        """Return one update (1 to T), term by term: every value is the update's own."""
        known, values = self._known(step), self._values(step)
        found: list[Term] = []
        for name, formula in self.lines:
            found.append(Term(name, formula, values[name], dict(known)))
            known[name] = values[name]
        return tuple(found)

    def _values(self, step: int) -> dict[str, float]:
        moment = self.moments[step - 1]
        with np.errstate(all="ignore"):
            made = moment.update.terms | {"x": moment.update.x, "update": moment.update.x - moment.x}
        return {name: _number(value) for name, value in made.items()} | {"g_raw": self._gradient(moment)}

    def _known(self, step: int) -> dict[str, float]:
        """Return every number an update starts from: fields, the step's own, the state of the step before."""
        moment, rule = self.moments[step - 1], self.runs.optimizer
        fields = hyper(rule)
        now = list(steps(rule.table(fields, self.runs.rates)))[step - 1]
        before = self.moments[step - 2].update.state if step > 1 else rule.init(fields, moment.x)
        state = {f"{name}_prev": _number(value) for name, value in before.items()}
        start = {"t": float(step), "x_prev": _number(moment.x), "g_raw": self._gradient(moment)}
        return {**fields, "clip_norm": self.runs.clip_norm, **now, **state, **start}

    def _gradient(self, moment: Moment) -> float:
        """Return the gradient the rule gets to see."""
        norm = self.runs.clip_norm
        return _number(clipped(moment.gradient, norm) if norm else moment.gradient)


def _from_this_loss(lines: tuple[Line, ...], clip_norm: float) -> tuple[Line, ...]:
    """Return a derivation that says what the gradient is: the weight itself, shortened where it is clipped."""
    gradient = "x_prev*min(1, clip_norm/(abs(x_prev) + 1e-6))" if clip_norm else "x_prev"
    first, *rest = lines
    if first.name == "g" and (first.formula == "g_raw" or not clip_norm):
        return (Line("g", first.formula.replace("g_raw", gradient)), *rest)
    return (Line("g_raw", gradient), *lines)


def _number(value: Any) -> float:
    return float(np.ravel(value)[0])


def derive(runs: Runs) -> Derivation:
    """Make one run and keep every update."""
    return Derivation(runs, tuple(updates(SURFACE, runs, Noise())))


@dataclass(frozen=True)
class Row:
    """One term beside the same one with the convention flipped; None where one of the two has no such term."""

    mine: Term | None
    other: Term | None

    @property
    def term(self) -> Term:
        """The term, as the rule itself has it where it does."""
        return cast(Term, self.mine or self.other)

    @property
    def changed(self) -> bool:
        """Whether the flipped convention changes the value."""
        mine, other = self.mine, self.other
        return mine is not None and other is not None and not np.array_equal(mine.value, other.value, equal_nan=True)


def aligned(mine: Sequence[Term], other: Sequence[Term]) -> tuple[Row, ...]:
    """Return the terms of two updates side by side, in order; the last of both are the new weight and the step."""
    rows: list[Row] = []
    rest = list(other)
    for term in mine:
        place = next((i for i, one in enumerate(rest) if _part(one) == _part(term)), None)
        if place is None:
            rows.append(Row(term, None))
        else:
            rows += [*(Row(None, one) for one in rest[:place]), Row(term, rest[place])]
            rest = rest[place + 1 :]
    return (*rows, *(Row(None, one) for one in rest))


def _part(term: Term) -> str:
    return SAME_PART.get(term.name, term.name)
