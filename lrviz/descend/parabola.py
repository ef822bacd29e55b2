"""The first lesson's scene: one parameter walks down one curve, and one learning rate decides how."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.descend.autopsy import Autopsy, autopsy, within
from lrviz.descend.engine import Array, Noise, Path, Runs, descend
from lrviz.descend.racer import BY_KIND, Place, check_start, runs_of_spec
from lrviz.descend.theory import Regime, Stretch, bound, dominant, multipliers, regime, ruler
from lrviz.optimizers import SGD, Momentum, Rule
from lrviz.schedules import Constant, Cosine, Schedule
from lrviz.schedules.rate import at_rate, rate_of
from lrviz.spec import Knob, Spec
from lrviz.surfaces import FormulaLine, Line, Minimum, Quadratic
from lrviz.surfaces.lines import DoubleWell

MOST_STEPS = 1_000
LONG_WALK = 400


class ParabolaScene(Spec):
    """A curve, where the walk starts, how many iterations it takes, its rule and the schedule of its rate."""

    kind: Literal["parabola"] = "parabola"
    surface: Annotated[Line, BY_KIND] = Quadratic()
    start: Place = None
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(1, 50)] = 4
    optimizer: Annotated[Rule, BY_KIND] = SGD()
    schedule: Schedule = Constant(lr=0.3)
    loss_axis: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _inside(self) -> "ParabolaScene":
        check_start(self.surface, ("start",), (self.start,))
        return self

    @property
    def begin(self) -> float:
        """Where the walk starts: the place that was chosen, else the curve's own."""
        return self.surface.start[0] if self.start is None else self.start

    def on(self, surface: Line) -> "ParabolaScene":
        """Return the scene on another curve, from that one's own start."""
        return self.but(surface=surface, start=None)

    def at_rate(self, rate: float) -> "ParabolaScene":
        """Return the scene with all its rates scaled so that `rate` is the one its knob sets."""
        return self.but(schedule=at_rate(self.schedule, rate))

    @property
    def runs(self) -> Runs:
        """The one run of the scene."""
        return runs_of_spec(self.optimizer, self.schedule, (self.begin,), self.steps)


@dataclass(frozen=True)
class Walk:
    """A scene and the path it takes."""

    scene: ParabolaScene
    path: Path

    @property
    def x(self) -> Array:
        """The positions, (T+1,)."""
        return self.path.x[0, :, 0]

    @property
    def loss(self) -> Array:
        """The losses, (T+1,)."""
        return self.path.loss[0]

    @cached_property
    def gradient(self) -> Array:
        """The gradients at all positions, the last one included, (T+1,)."""
        with np.errstate(all="ignore"):
            return self.scene.surface.grad(self.path.x[0])[:, 0]

    @cached_property
    def minimum(self) -> Minimum | None:
        """The minimum downhill from the start: the first one in the direction the gradient points away from."""
        slope = float(self.gradient[0])
        downhill = [m for m in self.scene.surface.minima if (self.scene.begin - m.x[0]) * slope >= 0]
        return min(downhill, key=lambda m: abs(m.x[0] - self.scene.begin), default=None)

    @cached_property
    def curvature(self) -> float | None:
        """The curvature at that minimum, the lesson's lambda; None where there is none above 0."""
        if self.minimum is None:
            return None
        found = float(self.scene.surface.curvature(np.array(self.minimum.x)))
        return found if np.isfinite(found) and found > 1e-6 else None

    @property
    def bound(self) -> float | None:
        """The largest stable rate, 2 / lambda for plain gradient descent."""
        return None if self.curvature is None else bound(self.scene.optimizer, self.curvature)

    @property
    def best(self) -> float | None:
        """The rate that reaches the minimum of a parabola in one step, 1 / lambda; None where no rate does."""
        if self.curvature is None or self.bound is None:
            return None
        best = self.bound / 2  # with a factor 1 - lr * lambda the middle between 1 and -1
        return best if regime(self.factor_at(best)) == "one_step" else None

    def factor_at(self, rate: float) -> complex:
        """Return what a step multiplies the distance by, near the minimum: 1 - lr * lambda without momentum."""
        assert self.curvature is not None
        return dominant(multipliers(self.scene.optimizer, self.curvature, np.array([rate]))[0])

    @property
    def factor(self) -> complex | None:
        """The factor of the last step's rate; None where the rule has none."""
        return None if self.bound is None else self.factor_at(float(self.path.rates[0, -1]))

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """The regimes the walk goes through, in order, each named once: more than one only under a schedule."""
        if self.curvature is None or self.bound is None:
            return ()
        factors = multipliers(self.scene.optimizer, self.curvature, self.path.rates[0])
        names: list[Regime] = [regime(dominant(row)) for row in factors]
        return tuple(name for i, name in enumerate(names) if i == 0 or name != names[i - 1])

    @property
    def held(self) -> bool:
        """Whether the last rate is above the bound, but the curve farther out holds the walk all the same."""
        if not self.regimes or self.regimes[-1] != "exploding" or isinstance(self.scene.surface, Quadratic):
            return False  # a parabola is as steep everywhere: nothing holds
        return self.autopsy is None

    def ruler(self, low: float, high: float) -> tuple[Stretch, ...]:
        """Return the regimes of all rates from one to another; () where the curve or the rule gives none to go by."""
        if self.curvature is None or self.bound is None:
            return ()
        return ruler(self.scene.optimizer, self.curvature, low, high)

    @cached_property
    def autopsy(self) -> Autopsy | None:
        """Why the walk diverges, if it does; a short one is walked on, as one that only has begun to explode will."""
        explodes = self.regimes[-1:] == ("exploding",)
        if not explodes and self.path.bad[0] < 0:
            return None
        longer = self.scene.but(steps=max(self.scene.steps, LONG_WALK)).runs
        found = autopsy(descend(self.scene.surface, longer), longer, Noise(), knob=self.rate)
        return within(found, self.bound, float(self.path.rates[0, -1])) if explodes else found

    @property
    def rate(self) -> float:
        """How large the schedule's rates are: what the knob sets."""
        return rate_of(self.scene.schedule)


def walk(scene: ParabolaScene) -> Walk:
    """Walk the scene's path."""
    return Walk(scene, descend(scene.surface, scene.runs))


def _at(lr: float, **scene: object) -> ParabolaScene:
    return ParabolaScene(schedule=Constant(lr=lr)).but(**scene)


PRESETS: Mapping[str, ParabolaScene] = {
    "lr001": _at(0.01),
    "lr002": _at(0.02),
    "lr003": _at(0.03),
    "lr01": _at(0.1),
    "lr0125": _at(0.125),
    "lr02": _at(0.2),
    "lr025": _at(0.25),
    "lr03": _at(0.3),
    "lr04": _at(0.4),
    "momentum": _at(0.03, optimizer=Momentum(momentum=0.6), steps=20),
    "schedule": ParabolaScene(schedule=Cosine(lr=0.3, T_max=30), steps=30),
    "double_well": _at(0.05, surface=DoubleWell(), steps=20),
    "formula": _at(0.1, surface=FormulaLine(), steps=20),
}
"""The worked examples, one click each."""
