"""Schedules a learner draws or types."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from lrviz import formula
from lrviz.schedules.base import Array, ScheduleSpec, steps_of
from lrviz.spec import MAX_STEPS, FloorRate, Steps, refuse

Point = tuple[Annotated[int, Field(ge=0, le=MAX_STEPS)], FloorRate]


class Points(ScheduleSpec):
    """A curve through (step, rate) points, drawn or typed.

    Between points: a straight line (linear), a straight line on a log axis (log), or the rate of the last point passed
    (step). Holds the first rate before the first point and the last after the last. PyTorch: no class; LambdaLR.
    """

    kind: Literal["points"] = "points"
    headline: ClassVar[str] = "points"
    points: Annotated[tuple[Point, ...], Field(min_length=2, max_length=64)] = (
        (0, 0.01),
        (40, 0.1),
        (120, 0.08),
        (199, 0.001),
    )
    interpolation: Literal["linear", "log", "step"] = "linear"

    @field_validator("points")
    @classmethod
    def _rising(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        for (before, _), (after, _) in zip(points, points[1:], strict=False):
            if after <= before:
                raise refuse("not_rising", "points", before=before, after=after)
        return points

    @model_validator(mode="after")
    def _logs_exist(self) -> "Points":
        if self.interpolation == "log" and any(rate == 0 for _, rate in self.points):
            raise refuse("points_log_zero", "interpolation", "points")
        return self

    def __call__(self, t: Any) -> Array:
        at, rates = np.array(self.points, dtype=np.float64).T
        if self.interpolation == "step":
            return rates[np.maximum(np.searchsorted(at, steps_of(t), side="right") - 1, 0)]
        if self.interpolation == "log":
            return np.exp(np.interp(steps_of(t), at, np.log(rates)))
        return np.interp(steps_of(t), at, rates)

    @property
    def headline_path(self) -> str:
        return ""

    @property
    def base(self) -> float:
        return max(rate for _, rate in self.points) or 1.0

    @property
    def end(self) -> int:
        return self.points[-1][0] + 1


class Formula(ScheduleSpec):
    """A rate typed as a formula in the step t and the number of steps T.

    Evaluated as it stands, also past T; a division by zero gives inf or nan, which is shown, not hidden.
    PyTorch: no class; LambdaLR.
    """

    kind: Literal["formula"] = "formula"
    headline: ClassVar[str] = "T"
    expression: Annotated[str, Field(min_length=1, max_length=formula.MAX_LENGTH)] = (
        "0.1 * (1 - t / T) * cos(t / 8) ** 2"
    )
    T: Steps = 200

    @field_validator("expression")
    @classmethod
    def _parses(cls, expression: str) -> str:
        try:
            formula.parse(expression, ("t", "T"))
        except formula.FormulaError as err:
            raise refuse(err.code, "expression", found=err.found, expected="t, T") from err
        return expression

    def __call__(self, t: Any) -> Array:
        return formula.parse(self.expression, ("t", "T"))(t=steps_of(t), T=self.T)

    @property
    def base(self) -> float:
        return 1.0

    @property
    def end(self) -> int:
        return self.T
