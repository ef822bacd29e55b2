"""The regime map's scene: which two numbers of a descent the map varies, and how far."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from lrviz.descend.racer import BY_KIND, Place, check_start
from lrviz.descend.theory import limit
from lrviz.descend.work import weight
from lrviz.optimizers import SGD, Adam, Momentum, Rule
from lrviz.schedules import Constant, Schedule
from lrviz.schedules.rate import at_rate
from lrviz.spec import Knob, Spec, fields_of, knob_of, refuse
from lrviz.surfaces import Quadratic, Surface
from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.lines import Wiggly
from lrviz.surfaces.planes import Bowl

Axis = Literal[
    "lr", "momentum", "beta1", "beta2", "beta", "alpha", "rho", "dampening", "weight_decay", "eps", "noise", "x", "y"
]
Side = Literal["across", "up"]
SIDES: tuple[Side, Side] = ("across", "up")
End = Annotated[float | None, Field(ge=-1e6, le=1e6)]
Span = tuple[float, float]
FEWEST_CELLS, MOST_CELLS = 10, 200
FEWEST_STEPS, MOST_STEPS = 2, 1_000
NARROWEST = 1e-12
"""The narrowest range, as a share of its larger end, in which the centres of all cells are different numbers."""
MOST_WORK = 10_000_000
"""Cells times steps of one map, each as much work as a step on a short formula."""
FAVOURITES = ("momentum", "beta2", "beta1", "beta", "alpha", "rho", "weight_decay")
"""What a map of a rule varies beside the rate, unless told otherwise."""


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
    cells: Annotated[int, Field(ge=FEWEST_CELLS, le=MOST_CELLS), Knob(50, MOST_CELLS)] = MOST_CELLS
    steps: Annotated[int, Field(ge=FEWEST_STEPS, le=MOST_STEPS), Knob(10, MOST_STEPS, "log")] = 200
    start_x: Place = None
    start_y: Place = None
    noise: Annotated[float, Field(ge=0, le=1e6), Knob(0, 5)] = 0.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    @model_validator(mode="after")
    def _fits(self) -> "RegimesScene":
        names = ("start_x", "start_y")[: self.surface.dims]
        check_start(self.surface, names, (self.start_x, self.start_y)[: self.surface.dims])
        for side in SIDES:
            if getattr(self, side) not in self.axes:
                raise refuse("no_such_axis", side, expected=", ".join(self.axes))
        if self.across == self.up:
            raise refuse("same_axis", "up", "across")
        for side in SIDES:
            self._check_span(side)
        if self.cells**2 > self.most_cells_at_all:
            raise refuse("map_too_large", "cells", "steps", most=self.most_cells, steps=self.steps)
        return self

    def _check_span(self, side: Side) -> None:
        """Refuse a range that is empty, or that holds what is not valid; its ends belong to no cell."""
        ends, (low, high) = (f"{side}_low", f"{side}_high"), self.span(side)
        if high - low <= NARROWEST * max(abs(low), abs(high)) or (self.is_log(side) and low <= 0):
            raise refuse("empty_range", *ends, low=low, high=high)
        least, most = self._valid(getattr(self, side))
        if low < least or high > most or not self._has_rates(side):
            raise refuse("range_outside", *ends, low=least, high=most)

    def _valid(self, varied: Axis) -> Span:
        """Return the least and the greatest valid value of what an axis varies."""
        if varied in ("x", "y"):
            return self.surface.domain["xy".index(varied)]
        owner = {"lr": Constant, "noise": RegimesScene}.get(varied, type(self.optimizer))
        found = {}
        for limits in owner.model_fields[varied].metadata:
            found |= {name: getattr(limits, name) for name in ("ge", "gt", "le", "lt") if hasattr(limits, name)}
        return found.get("ge", found.get("gt", -math.inf)), found.get("le", found.get("lt", math.inf))

    def _has_rates(self, side: Side) -> bool:
        """Say whether the schedule can be scaled to the rates of an axis; true where it varies something else."""
        low, high = self.span(side)
        try:
            return getattr(self, side) != "lr" or all(
                at_rate(self.schedule, rate) for rate in (low or high / 1e3, high)
            )
        except (ValueError, ZeroDivisionError):
            return False

    # -------------------------------------------------------------------------------------------------- limits

    @property
    def most_cells_at_all(self) -> int:
        """How many cells a map of this many steps may have."""
        return max(FEWEST_CELLS**2, int(MOST_WORK / (self.steps * weight(self.surface))))

    @property
    def most_cells(self) -> int:
        """How many cells there may be on a side."""
        return min(MOST_CELLS, math.isqrt(self.most_cells_at_all))

    @property
    def most_steps(self) -> int:
        """How many steps a map of this many cells may have."""
        most = int(MOST_WORK / (self.cells**2 * weight(self.surface)))
        return min(MOST_STEPS, max(FEWEST_STEPS, self.steps, most))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What this surface and this rule let a map vary."""
        own = [name for name, info in fields_of(self.optimizer) if info.annotation is float]
        places = ("x", "y")[: self.surface.dims]
        return tuple(name for name in get_args(Axis) if name in ("lr", "noise", *places) or name in own)

    @property
    def idle(self) -> frozenset[str]:
        varied = {self.across, self.up}
        starts = {f"start_{name}" for name in ("x", "y") if name in varied or name not in self.axes}
        noisy = self.noise > 0 or "noise" in varied or self.surface.draws(1, 0) is not None
        no_scale = set() if "lr" in varied else {"lr_scale"}
        return frozenset(starts | ({"noise"} & varied) | no_scale | (set() if noisy else {"seed"}))

    @property
    def begin(self) -> tuple[float, ...]:
        """Where runs start that the map does not place itself."""
        chosen = (self.start_x, self.start_y)
        return tuple(own if place is None else place for own, place in zip(self.surface.start, chosen, strict=False))

    # --------------------------------------------------------------------------------------------------- ranges

    def is_log(self, side: Side) -> bool:
        """Say whether an axis counts in powers of ten."""
        varied = getattr(self, side)
        if varied in ("lr", "noise"):
            return varied == "noise" or self.lr_scale == "log"
        info = type(self.optimizer).model_fields.get(varied)
        knob = knob_of(info) if info else None
        return knob is not None and knob.scale == "log"

    def span(self, side: Side) -> Span:
        """Return the range of an axis: what was chosen, else the usual for what it varies."""
        low, high = self.usual_span(getattr(self, side))
        chosen_low, chosen_high = getattr(self, f"{side}_low"), getattr(self, f"{side}_high")
        return (low if chosen_low is None else chosen_low, high if chosen_high is None else chosen_high)

    def usual_span(self, varied: Axis) -> Span:
        """Return the range in which a number is usually looked at: its knob's, or what the surface suggests."""
        if varied in ("x", "y"):
            return self.surface.domain["xy".index(varied)]
        if varied == "lr":
            return self._usual_rates()
        if varied == "noise":
            return 1e-3, 10.0
        knob = knob_of(type(self.optimizer).model_fields[varied])
        return (knob.low, knob.high) if knob else (0.0, 1.0)

    def _usual_rates(self) -> Span:
        if self.lr_scale == "log":
            return 1e-4, 10.0
        most, sharpness = limit(self.optimizer), self.surface.sharpness
        if most is None or not sharpness or sharpness <= 0:
            return 0.0, 1.0
        return 0.0, float(f"{min(5 / sharpness, 1e3):.1g}")

    @property
    def is_zoomed(self) -> bool:
        """Whether the map shows other ranges than the usual ones."""
        return any(getattr(self, f"{side}_{end}") is not None for side in SIDES for end in ("low", "high"))

    def zoomed(self, spans: Mapping[Side, Span] | None) -> "RegimesScene":
        """Return the scene that shows other ranges of its axes, or with None the usual ones again."""
        names = [f"{side}_{end}" for side in SIDES for end in ("low", "high")]
        if spans is None:
            return self.but(**dict.fromkeys(names))
        chosen = [self._end(side, value, *spans[side]) for side in SIDES for value in spans[side]]
        return self.but(**dict(zip(names, chosen, strict=True)))

    def _end(self, side: Side, value: float, low: float, high: float) -> float:
        """Round a bound that a mouse chose to what can be told apart in its range, within what is valid."""
        finest = max(abs(low), abs(high)) / (high - low) if high > low else 1.0
        least, most = self._valid(getattr(self, side))
        return min(max(float(f"{value:.{3 + max(0, math.ceil(math.log10(finest)))}g}"), least), most)

    # -------------------------------------------------------------------------------------------------- changes

    def varying(self, side: Side, varied: Axis) -> "RegimesScene":
        """Return the map that varies something else along an axis; what the other one varies trades places."""
        if varied == getattr(self, "up" if side == "across" else "across"):
            return self.swapped()
        return self.but(**{side: varied, f"{side}_low": None, f"{side}_high": None})

    def swapped(self) -> "RegimesScene":
        """Return the map with its axes exchanged."""
        mine = {name: getattr(self, name) for side in SIDES for name in (side, f"{side}_low", f"{side}_high")}
        return self.but(**{_opposite(name): value for name, value in mine.items()})

    def scaled(self, lr_scale: Literal["linear", "log"]) -> "RegimesScene":
        """Return the map with its rate on another scale, over the range that is usual there."""
        ends = {f"{side}_{end}": None for side in SIDES if getattr(self, side) == "lr" for end in ("low", "high")}
        return self.but(lr_scale=lr_scale, **ends)

    def on(self, surface: Surface) -> "RegimesScene":
        """Return the map of another surface, over the usual ranges, with fewer cells where it is more work."""
        kept = self.but(start_x=None, start_y=None).zoomed(None)
        if "y" in (self.across, self.up) and surface.dims == 1:
            kept = kept.but(across="lr", up="x")
        cells = min(kept.cells, math.isqrt(int(MOST_WORK / (kept.steps * weight(surface)))))
        return kept.but(surface=surface, cells=max(FEWEST_CELLS, cells))

    def with_optimizer(self, rule: Rule) -> "RegimesScene":
        """Return the map of another rule; an axis it does not have becomes one it has."""
        plain = self.zoomed(None)
        try:
            return plain.but(optimizer=rule)
        except ValueError:
            free = plain.but(across="lr", up="x").but(optimizer=rule)
            wanted = [name for name in FAVOURITES if name in free.axes]
            return free.but(up=wanted[0]) if wanted else free


def _opposite(name: str) -> str:
    return name.replace("across", "up") if name.startswith("across") else name.replace("up", "across")


PRESETS: Mapping[str, RegimesScene] = {
    "momentum_map": RegimesScene(),
    "adam_map": RegimesScene(optimizer=Adam(), up="beta2", lr_scale="log", cells=120, steps=600),
    "basins": RegimesScene(surface=Himmelblau(), schedule=Constant(lr=0.003), across="x", up="y"),
    "noise_map": RegimesScene(surface=Bowl(), optimizer=SGD(), up="noise"),
    "wiggly_map": RegimesScene(surface=Wiggly(), optimizer=SGD(), up="x", schedule=Constant(lr=0.1)),
}
"""The worked examples, one click each."""
