"""The Schedules lesson's scene: everything its page shows, as one Spec, and the presets that open it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, cast

import numpy as np
from pydantic import Field, field_validator, model_validator

from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.compose import Schedule, Warmup
from lrviz.schedules.cycles import CosineCycle, Cyclic, OneCycle
from lrviz.schedules.decays import Exponential, ExponentialDecay, MultiStep, Step
from lrviz.schedules.feedback import Plateau
from lrviz.schedules.ramps import Constant, Cosine, Linear
from lrviz.spec import MAX_STEPS, PRINTABLE, Knob, Name, Spec, Steps, refuse

MAX_CURVES = 8
MAX_EPOCHS = 100_000
MOST_RATES = 4_000_000
"""The largest table of rates, curves times steps: 32 MB."""


class Curve(Spec):
    """One schedule of an overlay: its name (empty: the schedule's own), whether it is shown, its colour slot."""

    kind: Literal["curve"] = "curve"
    name: Name = ""
    shown: bool = True
    slot: Annotated[int, Field(ge=0, lt=MAX_CURVES)] = 0
    schedule: Schedule = Step()


Epochs = Annotated[int, Field(ge=2, le=MAX_EPOCHS), Knob(10, 300)]
Height = Annotated[float, Field(ge=-1e9, le=1e9)]


class BuiltInMetric(Spec):
    """A metric with a known story: flat, a noisy decay, two plateaus, or a run that gets worse; one value an epoch."""

    kind: Literal["built_in"] = "built_in"
    shape: Literal["flat", "noisy_decay", "two_plateaus", "worsening"] = "two_plateaus"
    epochs: Epochs = 100
    noise: Annotated[float, Field(ge=0, le=10), Knob(0, 0.2)] = 0.02
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    @property
    def idle(self) -> frozenset[str]:
        return frozenset({"noise", "seed"}) if self.shape == "flat" else frozenset()

    def values(self) -> Array:
        """Return the metric of every epoch, (E,)."""
        epoch = np.arange(self.epochs, dtype=np.float64)
        p = epoch / self.epochs
        rng = np.random.default_rng(self.seed)
        noise = self.noise * rng.standard_normal(self.epochs)
        match self.shape:
            case "flat":
                return np.ones(self.epochs)
            case "noisy_decay":
                return 0.3 + 2 * np.exp(-5 * p) + noise
            case "two_plateaus":
                late = np.maximum(p - 0.5, 0)
                return 0.35 + 1.2 * np.exp(-30 * p) + 0.75 * np.exp(-40 * late) + noise
            case _:
                return 0.5 + 1.5 * np.exp(-12 * p) + 0.8 * np.maximum(p - 0.3, 0) + noise


Sample = tuple[Annotated[int, Field(ge=0, le=MAX_EPOCHS)], Height]


class DrawnMetric(Spec):
    """A metric drawn by hand: straight lines between (epoch, value) points."""

    kind: Literal["drawn"] = "drawn"
    points: Annotated[tuple[Sample, ...], Field(min_length=2, max_length=64)] = (
        (0, 2.0),
        (20, 0.8),
        (50, 0.75),
        (60, 0.4),
        (99, 0.4),
    )

    @field_validator("points")
    @classmethod
    def _rising(cls, points: tuple[Sample, ...]) -> tuple[Sample, ...]:
        for (before, _), (after, _) in zip(points, points[1:], strict=False):
            if after <= before:
                raise refuse("not_rising", "points", before=before, after=after)
        return points

    def values(self) -> Array:
        """Return the metric of every epoch up to the last point, (E,)."""
        at, heights = np.array(self.points, dtype=np.float64).T
        return np.interp(np.arange(self.points[-1][0] + 1), at, heights)


class UploadedMetric(Spec):
    """A column of a training log that the session holds; the address keeps the column's name, never the data."""

    kind: Literal["uploaded"] = "uploaded"
    column: Annotated[str, Field(max_length=200, pattern=PRINTABLE)] = ""


Metric = Annotated[Union[BuiltInMetric, DrawnMetric, UploadedMetric], Field(discriminator="kind")]


class SchedulesScene(Spec):
    """The whole lesson: the curves, which one is open, the run they are drawn over, the metric Plateau reacts to."""

    kind: Literal["schedules"] = "schedules"
    view: Literal["shapes", "feedback"] = "shapes"
    steps: Annotated[Steps, Field(ge=2), Knob(10, 10_000, "log")] = 200
    axis: Literal["steps", "epochs"] = "steps"
    steps_per_epoch: Annotated[int, Field(ge=1, le=MAX_STEPS), Knob(1, 1_000, "log")] = 1
    rate_axis: Literal["linear", "log"] = "linear"
    curves: Annotated[tuple[Curve, ...], Field(min_length=1, max_length=MAX_CURVES)] = (
        Curve(slot=0, schedule=Cosine()),
        Curve(slot=1, schedule=Step()),
        Curve(slot=2, schedule=Exponential()),
        Curve(slot=3, schedule=Warmup(then=Linear(end_factor=0.0, total_iters=160))),
    )
    open: Annotated[int, Field(ge=0, lt=MAX_CURVES)] = 0
    plateau: Plateau = Plateau()
    metric: Metric = BuiltInMetric()

    @model_validator(mode="after")
    def _open_exists(self) -> "SchedulesScene":
        if self.open >= len(self.curves):
            raise refuse("no_such_curve", "open", count=len(self.curves))
        return self

    @model_validator(mode="after")
    def _small_enough(self) -> "SchedulesScene":
        if len(self.curves) * self.steps > MOST_RATES:
            raise refuse("too_many_rates", "steps", "curves", count=len(self.curves), steps=self.steps, most=MOST_RATES)
        return self

    @property
    def full(self) -> bool:
        """Whether there is no room for another curve: in colours, or in the table of rates."""
        more = len(self.curves) + 1
        return more > MAX_CURVES or more * self.steps > MOST_RATES

    @property
    def slots(self) -> tuple[int, ...]:
        """The colour slot of each curve: its own, or a free one where an address gives two curves the same."""
        return own_slots([curve.slot for curve in self.curves], MAX_CURVES)

    @property
    def idle(self) -> frozenset[str]:
        return frozenset() if self.axis == "epochs" else frozenset({"steps_per_epoch"})

    @property
    def opened(self) -> Curve:
        """The curve that is open for editing."""
        return self.curves[self.open]

    @property
    def items(self) -> tuple[Curve, ...]:
        """What the scene lays over one another."""
        return self.curves

    def with_item(self, curve: Curve) -> "SchedulesScene":
        """Return the scene with one more curve, in the first free colour, opened."""
        free = next(slot for slot in range(MAX_CURVES) if slot not in self.slots)
        return self.but(curves=(*self.curves, curve.but(slot=free)), open=len(self.curves))

    def without_item(self, index: int) -> "SchedulesScene":
        """Return the scene without a curve; the open one stays open, or its neighbour is."""
        kept = tuple(c for i, c in enumerate(self.curves) if i != index)
        return self.but(curves=kept, open=min(self.open - (index < self.open), len(kept) - 1))

    def with_changed(self, index: int, curve: Curve) -> "SchedulesScene":
        """Return the scene with one curve replaced."""
        return self.but(curves=(*self.curves[:index], curve, *self.curves[index + 1 :]))


def own_slots(wanted: Sequence[int], most: int) -> tuple[int, ...]:
    """Return a slot below `most` for each wanted one: itself, or a free one where an earlier item has it."""
    free = iter(sorted(set(range(most)) - set(wanted)))
    return tuple(slot if slot not in wanted[:i] else next(free) for i, slot in enumerate(wanted))


_RATES = ("lr", "max_lr")
_FLOORS = ("base_lr", "min_lr")
_LENGTHS = ("T_max", "total_iters", "total_steps", "T")


def _field(cls: type[ScheduleSpec], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in cls.model_fields), None)


def fitted(cls: type[ScheduleSpec], old: ScheduleSpec, steps: int) -> Schedule:
    """Return a schedule of another kind that keeps what it can of an old one: same-named fields, rate and length.

    A warmup takes the old schedule as what it leads into, and one gives that back.
    """
    source = old if type(old) is cls else getattr(old, "then", old)
    kept: dict[str, Any] = {n: getattr(source, n) for n in cls.model_fields if n in type(source).model_fields}
    kept = kept if "then" in kept or "then" not in cls.model_fields else {"then": source}
    kept.pop("kind", None)
    rate, length = _field(cls, _RATES), _field(cls, _LENGTHS)
    if rate and (was := _field(type(source), _RATES)):
        kept[rate] = getattr(source, was)
    if length:
        kept[length] = min(max(2, old.end or steps), MAX_STEPS)
    floor = _below(cls, rate, kept)
    for wanted in (kept | floor, {n: kept[n] for n in (rate, length) if n in kept} | floor, {}):
        try:
            return cast(Schedule, cls(**wanted))
        except ValueError:
            continue
    raise AssertionError(cls)  # every default is valid


def _below(cls: type[ScheduleSpec], rate: str | None, kept: Mapping[str, Any]) -> dict[str, float]:
    """Return a floor as far below the kept rate as the defaults are apart, where the floor would else lie above it."""
    floor = _field(cls, _FLOORS)
    if not floor or not rate or rate not in kept:
        return {}
    usual = {name: cls.model_fields[name].default for name in (floor, rate)}
    too_high = kept.get(floor, usual[floor]) > kept[rate]
    return {floor: kept[rate] * usual[floor] / usual[rate]} if too_high else {}


def _classic(*schedules: Schedule, **scene: Any) -> SchedulesScene:
    curves = tuple(Curve(slot=slot, schedule=schedule) for slot, schedule in enumerate(schedules))
    return SchedulesScene(curves=curves, **scene)


PRESETS: Mapping[str, SchedulesScene] = {
    "compare_decays": SchedulesScene(),
    "step200": _classic(Step(lr=0.1, step_size=50, gamma=0.5), axis="epochs"),
    "multistep200": _classic(MultiStep(lr=0.1, milestones=(50, 125, 160), gamma=0.5), axis="epochs"),
    "exponential200": _classic(Exponential(lr=0.1, gamma=0.95), axis="epochs"),
    "cosine30": _classic(Cosine(lr=0.1, T_max=30), steps=90),
    "keras_exponential": _classic(ExponentialDecay(lr=0.1, decay_rate=0.96, decay_steps=10_000), steps=100_000),
    "keras_exponential_stairs": _classic(
        ExponentialDecay(lr=0.1, decay_rate=0.96, decay_steps=10_000, staircase=True), steps=100_000
    ),
    "warmup500": _classic(
        Warmup(steps=500, start_factor=0.0, then=Constant(lr=0.001)),
        steps=2_000,
    ),
    "triangular": _classic(Cyclic(base_lr=0.001, max_lr=0.006, step_size_up=2_000, step_size_down=2_000), steps=10_000),
    "cosine_cycle": _classic(CosineCycle(min_lr=1e-5, max_lr=1e-2, step_size=2_000), steps=10_000),
    "one_cycle": _classic(OneCycle(max_lr=0.1, total_steps=1_000), steps=1_000),
    "plateau": SchedulesScene(
        view="feedback",
        rate_axis="log",
        plateau=Plateau(factor=0.1, patience=5),
        metric=BuiltInMetric(shape="flat", epochs=30),
    ),
    "linear_decay": _classic(Linear(lr=0.001, start_factor=1.0, end_factor=0.01, total_iters=10_000), steps=10_000),
    "warmup_exponential": _classic(
        Warmup(steps=40, start_factor=0.01, then=Exponential(lr=0.1, gamma=0.98)), steps=200
    ),
}
"""The classics, one click each; the text has a name and a story under the same identifiers."""
