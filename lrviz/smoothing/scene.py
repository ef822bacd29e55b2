"""The smoothing lesson's scene: everything its page shows, as one Spec, its worked examples, and one curve smoothed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lrviz.schedules.scene import MAX_EPOCHS, BuiltInMetric, UploadedMetric
from lrviz.smoothing.averages import Array, Start, ewma, weights
from lrviz.smoothing.connection import GradientStream
from lrviz.smoothing.series import Series, Temperatures
from lrviz.smoothing.tradeoff import NoisySignal
from lrviz.spec import Knob, Spec
from lrviz.training_log import Measured

Positions = np.ndarray[Any, np.dtype[np.intp]]
STARTS: tuple[Start, ...] = ("first", "zero", "corrected")
"""The starts that are laid over one another; TensorBoard's is the corrected one with exceptions."""
SAMPLED_BY_TENSORBOARD = 1_000
"""Of a longer run TensorBoard keeps so many points unless told otherwise, and smooths those."""


class SmoothingScene(Spec):
    """The lesson: how it is looked at, beta, what is smoothed and from which start, the point that is looked into."""

    kind: Literal["smoothing"] = "smoothing"
    view: Literal["average", "tradeoff", "connection"] = "average"
    beta: Annotated[float, Field(ge=0, le=1), Knob(0, 0.99)] = 0.9
    series: Series = Temperatures()
    start: Start = "first"
    others: bool = False
    point: Annotated[int, Field(ge=0, le=MAX_EPOCHS), Knob(0, 30)] = 0
    signal: NoisySignal = NoisySignal()
    stream: GradientStream = GradientStream()

    def on(self, series: Series) -> "SmoothingScene":
        """Return the scene with another series, its last point open."""
        return self.but(series=series, point=0)

    def at_point(self, point: int) -> "SmoothingScene":
        """Return the scene with another point open, counted from 1."""
        return self.but(point=min(max(point, 1), MAX_EPOCHS))


@dataclass(frozen=True)
class Smoothed:
    """A scene, what was measured, and the average of it that the scene asks for."""

    scene: SmoothingScene
    measured: Measured

    @property
    def values(self) -> Array:
        """What was measured, (T,)."""
        return self.measured.values

    @property
    def at(self) -> int:
        """The point that is looked into, counted from 0: the chosen one, else the last."""
        count = len(self.values)
        return min(self.scene.point or count, count) - 1

    @cached_property
    def average(self) -> Array:
        """The average, (T,)."""
        return self._from(self.scene.start)

    @cached_property
    def others(self) -> Mapping[Start, Array]:
        """The averages from the other starts, where they are asked for, (T,) each."""
        alike = {"tensorboard": "corrected"}.get(self.scene.start, self.scene.start)
        return {one: self._from(one) for one in STARTS if self.scene.others and one != alike}

    def _from(self, start: Start) -> Array:
        return ewma(self.values[None], self.scene.beta, start)[0]

    @cached_property
    def counted(self) -> Positions:
        """Which values up to the open point enter its average, as positions (n,): all; TensorBoard's, the finite ones.

        TensorBoard hands a value through that is not finite, and every value of a run of equal ones.
        """
        upto = np.arange(self.at + 1)
        if self.scene.start != "tensorboard":
            return upto
        if self.constant or not np.isfinite(self.values[self.at]):
            return upto[-1:]
        return upto[np.isfinite(self.values[: self.at + 1])]

    @cached_property
    def weights(self) -> Array:
        """What each of those weighs in the average at the open point, (n,)."""
        if self.passed_through:
            return np.ones(1)
        return weights(len(self.counted), self.scene.beta, self.scene.start)

    @cached_property
    def recursion(self) -> tuple[float, float, float]:
        """The last turn of the recursion at the open point: the average before, the value, the average after.

        It is the one from 0 that a corrected start divides in the end.
        """
        start = "first" if self.scene.start == "first" else "zero"
        values = self.values[self.counted]
        found = ewma(values[None], self.scene.beta, start)[0]
        before = float(found[-2]) if len(found) > 1 else 0.0
        return before, float(values[-1]), float(found[-1])

    @property
    def passed_through(self) -> bool:
        """Whether the average at the open point is the value itself: TensorBoard's rule, or the first of all."""
        by_rule = self.scene.start == "tensorboard" and (self.constant or not np.isfinite(self.values[self.at]))
        return by_rule or (self.scene.start == "first" and self.at == 0)

    @property
    def on_zero(self) -> float:
        """The weight at the open point of the 0 that the start "zero" begins from."""
        return self.scene.beta ** (self.at + 1) if self.scene.start == "zero" else 0.0

    @property
    def constant(self) -> bool:
        """Whether all values are the same."""
        return bool((self.values == self.values[0]).all())

    @cached_property
    def gaps(self) -> Positions:
        """Where a value is not a finite number, as positions (n,)."""
        return np.flatnonzero(~np.isfinite(self.values))


def measured(series: Series) -> Measured | None:
    """Return what a built-in series measured; None for a learner's own log, which only the session has."""
    if isinstance(series, UploadedMetric):
        return None
    values, days = series.values(), isinstance(series, Temperatures)
    return Measured("day" if days else "epoch", np.arange(len(values), dtype=np.float64) + days, values)


_LOSS = BuiltInMetric(shape="noisy_decay", epochs=300, noise=0.2)

PRESETS: Mapping[str, SmoothingScene] = {
    "beta05": SmoothingScene(beta=0.5),
    "beta09": SmoothingScene(),
    "beta098": SmoothingScene(beta=0.98),
    "from_zero": SmoothingScene(start="zero", others=True),
    "corrected": SmoothingScene(start="corrected", others=True),
    "loss": SmoothingScene(series=_LOSS, beta=0.95, start="tensorboard"),
    "own_log": SmoothingScene(series=UploadedMetric(), beta=0.6, start="tensorboard"),
    "slope": SmoothingScene(view="tradeoff"),
    "jump": SmoothingScene(view="tradeoff", signal=NoisySignal(shape="step")),
    "connection": SmoothingScene(view="connection"),
}
"""The worked examples, one click each."""
