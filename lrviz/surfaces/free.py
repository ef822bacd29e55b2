"""Surfaces a learner types."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from lrviz import formula
from lrviz.formula import Program
from lrviz.spec import cached, refuse
from lrviz.surfaces.base import Array, Domain, Minimum, Place, SurfaceSpec
from lrviz.surfaces.minima import grid, searched

Expression = Annotated[str, Field(min_length=1, max_length=formula.MAX_LENGTH)]
Bound = Annotated[float, Field(ge=-1e6, le=1e6)]
"""An end of the range that is shown."""
NARROWEST = 1e-6
STEEP = 1_000.0  # log levels where the highest loss is this many times farther from the lowest than the median is
POINTS = {1: 401, 2: 41}


class FormulaLine(SurfaceSpec):
    """A loss typed as a formula in x, from `low` to `high`.

    Differentiated exactly; its minima are searched for. A division by zero gives inf or nan, shown and not hidden.
    """

    kind: Literal["formula_1d"] = "formula_1d"
    dims: ClassVar[Literal[1, 2]] = 1
    expression: Expression = "x**2/4 + sin(3*x)"
    low: Bound = -5.0
    high: Bound = 5.0
    start_x: Bound = 4.0

    @field_validator("expression")
    @classmethod
    def _parses(cls, expression: str) -> str:
        return _parsed(expression, ("x",))

    @model_validator(mode="after")
    def _has_values(self) -> "FormulaLine":
        _check(self, self.low, self.high)
        return self

    @property
    def formula(self) -> Program:
        return formula.parse(self.expression, self.variables)

    @property
    def domain(self) -> Domain:
        return ((self.low, self.high),)

    @property
    def start(self) -> Place:
        return (_inside(self, self.start_x),)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self)

    @property
    def kinked(self) -> bool:
        return _kinked(self)

    @property
    def log_levels(self) -> bool:
        return _steep(self)


class FormulaPlane(SurfaceSpec):
    """A loss typed as a formula in x and y, both from `low` to `high`.

    Differentiated exactly; its minima are searched for. A division by zero gives inf or nan, shown and not hidden.
    """

    kind: Literal["formula_2d"] = "formula_2d"
    dims: ClassVar[Literal[1, 2]] = 2
    expression: Expression = "(x**2 + 4*y**2)/4 + sin(2*x)*sin(2*y)"
    low: Bound = -3.0
    high: Bound = 3.0
    start_x: Bound = -2.5
    start_y: Bound = 2.0

    @field_validator("expression")
    @classmethod
    def _parses(cls, expression: str) -> str:
        return _parsed(expression, ("x", "y"))

    @model_validator(mode="after")
    def _has_values(self) -> "FormulaPlane":
        _check(self, self.low, self.high)
        return self

    @property
    def formula(self) -> Program:
        return formula.parse(self.expression, self.variables)

    @property
    def domain(self) -> Domain:
        return ((self.low, self.high), (self.low, self.high))

    @property
    def start(self) -> Place:
        return (_inside(self, self.start_x), _inside(self, self.start_y))

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self)

    @property
    def kinked(self) -> bool:
        return _kinked(self)

    @property
    def log_levels(self) -> bool:
        return _steep(self)


def _inside(spec: FormulaLine | FormulaPlane, place: float) -> float:
    """Return the place of the range that is nearest: a narrower range takes the start along."""
    return min(max(place, spec.low), spec.high)


def _parsed(expression: str, variables: tuple[str, ...]) -> str:
    try:
        formula.parse(expression, variables)
    except formula.FormulaError as err:
        raise refuse(err.code, "expression", found=err.found, expected=", ".join(variables)) from err
    return expression


def _check(spec: FormulaLine | FormulaPlane, low: float, high: float) -> None:
    if high - low < NARROWEST:
        raise refuse("formula_bounds", "high", "low", low=low, high=high)
    if not np.isfinite(_losses(spec)).any():
        raise refuse("formula_nowhere_finite", "expression", "low", "high", low=low, high=high)


@cached(512)
def _losses(spec: SurfaceSpec) -> Array:
    return np.asarray(spec(grid(spec, POINTS[spec.dims])))


@cached(512)
def _steep(spec: SurfaceSpec) -> bool:
    finite = _losses(spec)[np.isfinite(_losses(spec))]
    lowest, median, highest = np.quantile(finite, [0, 0.5, 1])
    return bool(highest - lowest > STEEP * (median - lowest) > 0)


@cached(512)
def _kinked(spec: SurfaceSpec) -> bool:
    """Whether the lowest minimum is a corner or a jump: its gradient is not 0, or no curvature explains its turn."""
    if not spec.minima:
        return False
    place, span = np.array(spec.minima[0].x), np.array([high - low for low, high in spec.domain])
    with np.errstate(all="ignore"):
        hessian, aside = np.asarray(spec.hessian(place)), 1e-6 * np.diag(span)
        turn = np.diagonal(np.asarray(spec.grad(place + aside)) - np.asarray(spec.grad(place - aside)))
        expected = np.abs(2 * np.diagonal(hessian) * np.diagonal(aside))
        slopes = np.abs(np.asarray(spec.grad(grid(spec, POINTS[spec.dims])))).max(axis=-1)
        much = 1e-3 * np.median(slopes[np.isfinite(slopes)])
        explained = (turn <= 4 * expected) & (turn >= expected / 4)
        corner = ~explained & (np.abs(turn) > much) | ~(np.abs(np.asarray(spec.grad(place))) <= much)
    return bool(np.any(corner) or not np.isfinite(hessian).all())
