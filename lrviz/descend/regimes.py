"""The regime map: one descent at every point of a plane of two numbers, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.descend.engine import Array, Noise, Runs
from lrviz.descend.outcome import Outcome, outcome
from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.racer import BY_KIND, Place, Racer, check_start, rates_at
from lrviz.descend.theory import boundary, limit
from lrviz.optimizers import SGD, Adam, Momentum, Rule
from lrviz.schedules import Constant, Schedule
from lrviz.spec import Knob, Spec, fields_of, knob_of, refuse
from lrviz.surfaces import Quadratic, Surface
from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.lines import Wiggly

Axis = Literal[
    "lr", "momentum", "beta1", "beta2", "beta", "alpha", "rho", "dampening", "weight_decay", "eps", "noise", "x", "y"
]
End = Annotated[float | None, Field(ge=-1e6, le=1e6)]
MOST_CELLS = 200
MOST_STEPS = 1_000
MOST_WORK = 10_000_000
"""Cells times steps of one map."""


class RegimesScene(Spec):
    """A surface, a rule, its schedule, and the two numbers that the map varies, each over a range (None: the usual)."""

    kind: Literal["regimes"] = "regimes"
    surface: Annotated[Surface, BY_KIND] = Quadratic()
    optimizer: Annotated[Rule, BY_KIND] = Momentum()
    schedule: Schedule = Constant(lr=0.1)
    across: Axis = "lr"
    across_low: End = None
    across_high: End = None
    up: Axis = "momentum"
    up_low: End = None
    up_high: End = None
    lr_scale: Literal["linear", "log"] = "linear"
    cells: Annotated[int, Field(ge=10, le=MOST_CELLS), Knob(50, MOST_CELLS)] = MOST_CELLS
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(10, MOST_STEPS, "log")] = 200
    start_x: Place = None
    start_y: Place = None
    noise: Annotated[float, Field(ge=0, le=1e6), Knob(0, 5)] = 0.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    @model_validator(mode="after")
    def _fits(self) -> "RegimesScene":
        names = ("start_x", "start_y")[: self.surface.dims]
        check_start(self.surface, names, (self.start_x, self.start_y)[: self.surface.dims])
        for name in ("across", "up"):
            if getattr(self, name) not in self.axes:
                raise refuse("no_such_axis", name, expected=", ".join(self.axes))
        if self.across == self.up:
            raise refuse("same_axis", "up", "across")
        for name in ("across", "up"):
            low, high = self.span(name)
            if not low < high or (self.is_log(name) and low <= 0):
                raise refuse("empty_range", f"{name}_low", f"{name}_high", low=low, high=high)
        if self.cells**2 * self.steps > MOST_WORK:
            raise refuse("map_too_large", "cells", "steps", most=MOST_WORK)
        return self

    @property
    def axes(self) -> tuple[str, ...]:
        """What this surface and this rule let a map vary."""
        own = [name for name, info in fields_of(self.optimizer) if info.annotation is float]
        places = ("x", "y")[: self.surface.dims]
        return tuple(name for name in Axis.__args__ if name in ("lr", "noise", *places) or name in own)

    @property
    def idle(self) -> frozenset[str]:
        varied = {self.across, self.up}
        starts = {f"start_{name}" for name in ("x", "y") if name in varied} | (
            {"start_y"} if self.surface.dims == 1 else set()
        )
        noisy = self.noise > 0 or "noise" in varied or self.surface.draws(1, 0) is not None
        no_scale = set() if "lr" in varied else {"lr_scale"}
        return frozenset(starts | ({"noise"} & varied) | no_scale | (set() if noisy else {"seed"}))

    @property
    def begin(self) -> tuple[float, ...]:
        """Where runs start that the map does not place itself."""
        chosen = (self.start_x, self.start_y)
        return tuple(own if place is None else place for own, place in zip(self.surface.start, chosen, strict=False))

    def is_log(self, name: str) -> bool:
        """Say whether an axis ("across" or "up") counts in powers of ten."""
        return self._counts_in_powers(getattr(self, name))

    def _counts_in_powers(self, varied: str) -> bool:
        if varied == "lr":
            return self.lr_scale == "log"
        info = type(self.optimizer).model_fields.get(varied)
        knob = knob_of(info) if info else None
        return knob is not None and knob.scale == "log"

    def span(self, name: str) -> tuple[float, float]:
        """Return the range of an axis ("across" or "up"): what was chosen, else the usual for what it varies."""
        low, high = self.usual_span(getattr(self, name))
        chosen_low, chosen_high = getattr(self, f"{name}_low"), getattr(self, f"{name}_high")
        return (low if chosen_low is None else chosen_low, high if chosen_high is None else chosen_high)

    def usual_span(self, varied: str) -> tuple[float, float]:
        """Return the range in which a number is usually looked at: its knob's, or what the surface suggests."""
        if varied in ("x", "y"):
            return self.surface.domain["xy".index(varied)]
        if varied == "lr":
            return self._usual_rates()
        if varied == "noise":
            return 0.0, 5.0
        knob = knob_of(type(self.optimizer).model_fields[varied])
        return (knob.low, knob.high) if knob else (0.0, 1.0)

    def _usual_rates(self) -> tuple[float, float]:
        if self.lr_scale == "log":
            return 1e-4, 10.0
        most, sharpness = limit(self.optimizer), self.surface.sharpness
        if most is None or not sharpness:
            return 0.0, 1.0
        return 0.0, float(f"{5 / sharpness:.1g}")

    def zoomed(self, spans: Mapping[str, tuple[float, float]] | None) -> "RegimesScene":
        """Return the scene that shows other ranges of its axes, or with None the usual ones again."""
        names = [f"{name}_{end}" for name in ("across", "up") for end in ("low", "high")]
        if spans is None:
            return self.but(**dict.fromkeys(names))
        chosen = [_short(value, *span) for span in (spans["across"], spans["up"]) for value in span]
        return self.but(**dict(zip(names, chosen, strict=True)))

    def on(self, surface: Surface) -> "RegimesScene":
        """Return the map of another surface, over the usual ranges."""
        kept = self.but(start_x=None, start_y=None).zoomed(None)
        if "y" in (self.across, self.up) and surface.dims == 1:
            kept = kept.but(across="lr", up="x")
        return kept.but(surface=surface)

    def with_optimizer(self, rule: Rule) -> "RegimesScene":
        """Return the map of another rule; an axis it does not have becomes one it has."""
        plain = self.zoomed(None)
        try:
            return plain.but(optimizer=rule)
        except ValueError:
            free = plain.but(across="lr", up="x").but(optimizer=rule)
            wanted = [
                name for name in ("momentum", "beta2", "beta1", "alpha", "rho", "weight_decay") if name in free.axes
            ]
            return free.but(up=wanted[0]) if wanted else free


def _short(value: float, low: float, high: float) -> float:
    """Round a bound that a mouse chose to what can be told apart in its range."""
    digits = max(3, 3 + int(np.ceil(np.log10(max(abs(low), abs(high)) / (high - low)))) if high > low else 3)
    return float(f"{value:.{digits}g}")


@dataclass(frozen=True)
class RegimeMap:
    """A scene and the outcome of every cell: `across` (A,) and `up` (U,) are the cells' centres, run u * A + a."""

    scene: RegimesScene
    across: Array
    up: Array
    outcome: Outcome

    @property
    def score(self) -> Array:
        """The signed outcome of every cell, (U, A): see Outcome.score."""
        return self.outcome.score.reshape(len(self.up), len(self.across))

    @property
    def basins(self) -> bool:
        """Whether the map is one of starts over the plane, whose colour is the minimum they lead to."""
        return {self.scene.across, self.scene.up} == {"x", "y"} and len(self.scene.surface.minima) > 1

    @property
    def nearest(self) -> Any:
        """The minimum every cell arrives at, (U, A); -1 where it diverges, -2 where it has not arrived."""
        found = np.where(self.outcome.bad >= 0, -1, np.where(self.outcome.reached >= 0, self.outcome.nearest, -2))
        return found.reshape(len(self.up), len(self.across))

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of cells that arrive, that are still on their way, and that diverge."""
        arrived, bad = (self.outcome.reached >= 0).mean(), (self.outcome.bad >= 0).mean()
        return float(arrived), float(1 - arrived - bad), float(bad)

    @cached_property
    def boundary(self) -> tuple[Array, Array] | None:
        """Theory's line between stable and not on a parabola, as (across, up) values; None where theory has none.

        lr = limit / curvature, the curvature that of the lowest minimum. Only for a map that varies the rate.
        """
        scene = self.scene
        if "lr" not in (scene.across, scene.up) or not scene.surface.sharpness or not constant(scene.schedule):
            return None
        other = scene.up if scene.across == "lr" else scene.across
        side = "up" if scene.across == "lr" else "across"
        along = (np.geomspace if scene.is_log(side) else np.linspace)(*scene.span(side), 101)
        rates = boundary(scene.optimizer, scene.surface.sharpness, other, along)
        if rates is None:
            return None
        return (rates, along) if scene.across == "lr" else (along, rates)

    def cell(self, across: float, up: float) -> tuple[int, int]:
        """Return the cell nearest to a place on the map, as (index across, index up)."""
        return int(np.abs(self.across - across).argmin()), int(np.abs(self.up - up).argmin())


def constant(schedule: Schedule) -> bool:
    """Say whether a schedule keeps one rate."""
    return isinstance(schedule, Constant)


def regime_map(scene: RegimesScene) -> RegimeMap:
    """Run every cell of the map, a block of rows at a time."""
    across, up = centres(scene, "across"), centres(scene, "up")
    values = {scene.across: np.tile(across, len(up)), scene.up: np.repeat(up, len(across))}
    return RegimeMap(scene, across, up, outcome(scene.surface, _runs(scene, values), _noise(scene, values)))


def centres(scene: RegimesScene, name: str) -> Array:
    """Return the centres of the cells along an axis ("across" or "up")."""
    low, high = scene.span(name)
    share = (np.arange(scene.cells) + 0.5) / scene.cells
    return low * (high / low) ** share if scene.is_log(name) else low + share * (high - low)


def _runs(scene: RegimesScene, values: Mapping[str, Array]) -> Runs:
    places = [values.get(name, np.full(1, own)) for name, own in zip("xy", scene.begin, strict=False)]
    starts = np.stack(np.broadcast_arrays(*places), axis=1)
    swept = {name: numbers for name, numbers in values.items() if name not in ("lr", "noise", "x", "y")}
    if "lr" not in values:
        return Runs(scene.optimizer, scene.schedule.table(scene.steps)[None], starts, swept)
    rates, which = np.unique(values["lr"], return_inverse=True)
    return Runs(scene.optimizer, rates_at(scene.schedule, rates, scene.steps), starts, swept, rows=which)


def _noise(scene: RegimesScene, values: Mapping[str, Array]) -> Noise:
    return Noise(values.get("noise", scene.noise), scene.seed)


def opened(result: RegimeMap, across: float, up: float) -> RaceScene | ParabolaScene:
    """Return the scene that shows one cell's run by itself: a race of one, or a walk on a curve."""
    scene, (a, u) = result.scene, result.cell(across, up)
    values = {scene.across: float(result.across[a]), scene.up: float(result.up[u])}
    fields = {name: v for name, v in values.items() if name in type(scene.optimizer).model_fields}
    racer = Racer(optimizer=scene.optimizer.but(**fields), schedule=scene.schedule)
    racer = racer.at_rate(values["lr"]) if "lr" in values else racer
    place = [values.get(name, own) for name, own in zip("xy", scene.begin, strict=False)]
    if scene.surface.dims == 1:
        return ParabolaScene(
            surface=scene.surface, start=place[0], steps=scene.steps, optimizer=racer.optimizer, schedule=racer.schedule
        )
    noise = values.get("noise", scene.noise)
    return RaceScene(
        surface=scene.surface,
        start_x=place[0],
        start_y=place[1],
        steps=scene.steps,
        noise=noise,
        seed=scene.seed,
        racers=(racer,),
    )


PRESETS: Mapping[str, RegimesScene] = {
    "momentum_map": RegimesScene(),
    "adam_map": RegimesScene(optimizer=Adam(), up="beta2", lr_scale="log"),
    "basins": RegimesScene(
        surface=Himmelblau(), optimizer=SGD(), schedule=Constant(lr=0.02), across="x", up="y", cells=150
    ),
    "noise_map": RegimesScene(optimizer=SGD(), up="noise"),
    "wiggly_map": RegimesScene(surface=Wiggly(), optimizer=SGD(), up="x", schedule=Constant(lr=0.1)),
}
"""The worked examples, one click each."""
