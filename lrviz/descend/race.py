"""The race: optimizers from one start over one surface, and what each of them made of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.descend.autopsy import Autopsy, autopsy
from lrviz.descend.engine import Array, Noise, Path, descend, frame
from lrviz.descend.racer import BY_KIND, HOME_SLOTS, MAX_RACERS, Place, Racer, check_start
from lrviz.optimizers import SGD, Adam, Momentum, Named, Nesterov, Optimizer, RMSprop
from lrviz.schedules import Constant, Cosine, Schedule
from lrviz.schedules.scene import own_slots
from lrviz.spec import Knob, Spec, cached, kind_of, refuse
from lrviz.surfaces import FormulaPlane, Plane
from lrviz.surfaces.planes import Bowl, IllConditioned, Plateau, QuarticSaddle, SharpFlat
from lrviz.surfaces.regression import LogisticRegression

MOST_STEPS = 2_000
NEAR = 0.05
"""How far from a minimum, in radii of the domain, a run still ends there."""
EQUAL = 1e-9
"""How far apart losses are that count as equally low, as a share of them or of 1."""
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Racers = Annotated[tuple[Racer, ...], Field(min_length=1, max_length=MAX_RACERS)]


class RaceScene(Spec):
    """A surface, a start, the racers, how many steps they take, and the noise on their gradients."""

    kind: Literal["race"] = "race"
    view: Literal["race", "fair"] = "race"
    surface: Annotated[Plane, BY_KIND] = IllConditioned()
    start_x: Place = None
    start_y: Place = None
    steps: Annotated[int, Field(ge=2, le=MOST_STEPS), Knob(10, 1_000, "log")] = 200
    noise: Annotated[float, Field(ge=0, le=1e6), Knob(0, 5)] = 0.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0
    tolerance: Annotated[float, Field(gt=0, le=1e6), Knob(1e-8, 1, "log")] = 1e-3
    racers: Racers = (
        Racer(slot=0, optimizer=SGD(), schedule=Constant(lr=0.05)),
        Racer(slot=1, optimizer=Momentum(), schedule=Constant(lr=0.02)),
        Racer(slot=2, optimizer=RMSprop(), schedule=Constant(lr=0.05)),
        Racer(slot=3, optimizer=Adam(), schedule=Constant(lr=0.2)),
    )
    open: Annotated[int, Field(ge=0, lt=MAX_RACERS)] = 0

    @model_validator(mode="after")
    def _inside(self) -> "RaceScene":
        check_start(self.surface, ("start_x", "start_y"), (self.start_x, self.start_y))
        return self

    @model_validator(mode="after")
    def _open_exists(self) -> "RaceScene":
        if self.open >= len(self.racers):
            raise refuse("no_such_curve", "open", count=len(self.racers))
        return self

    @property
    def idle(self) -> frozenset[str]:
        stochastic = self.noise > 0 or self.surface.draws(1, 0) is not None
        return frozenset() if stochastic else frozenset({"seed"})

    @property
    def begin(self) -> tuple[float, float]:
        """Where the race starts: the place that was chosen, else the surface's own."""
        x, y = self.surface.start
        return (x if self.start_x is None else self.start_x, y if self.start_y is None else self.start_y)

    @property
    def opened(self) -> Racer:
        """The racer that is open for editing."""
        return self.racers[self.open]

    @property
    def full(self) -> bool:
        """Whether there is no room for another racer."""
        return len(self.racers) == MAX_RACERS

    @property
    def slots(self) -> tuple[int, ...]:
        """The colour slot of each racer: its own, or a free one where an address gives two the same."""
        return own_slots([racer.slot for racer in self.racers], MAX_RACERS)

    @property
    def chance(self) -> Noise:
        """The noise on the gradients, the same for every racer."""
        return Noise(self.noise, self.seed)

    def on(self, surface: Plane) -> "RaceScene":
        """Return the race on another surface, from that one's own start."""
        return self.but(surface=surface, start_x=None, start_y=None)

    def from_start(self, x: float, y: float) -> "RaceScene":
        """Return the race from another start, moved into the domain."""
        (x_low, x_high), (y_low, y_high) = self.surface.domain
        return self.but(start_x=min(max(x, x_low), x_high), start_y=min(max(y, y_low), y_high))

    @property
    def items(self) -> tuple[Racer, ...]:
        """What the scene lays over one another."""
        return self.racers

    def with_item(self, racer: Racer) -> "RaceScene":
        """Return the race with one more racer, in its own colour or else the first free one, opened."""
        free = [slot for slot in range(MAX_RACERS) if slot not in self.slots]
        home = HOME_SLOTS.get(kind_of(racer.optimizer))
        slot = home if home in free else free[0]
        return self.but(racers=(*self.racers, racer.but(slot=slot)), open=len(self.racers))

    def without_item(self, index: int) -> "RaceScene":
        """Return the race without a racer; the open one stays open, or its neighbour is."""
        kept = tuple(racer for i, racer in enumerate(self.racers) if i != index)
        return self.but(racers=kept, open=min(self.open - (index < self.open), len(kept) - 1))

    def with_changed(self, index: int, racer: Racer) -> "RaceScene":
        """Return the race with one racer replaced."""
        return self.but(racers=(*self.racers[:index], racer, *self.racers[index + 1 :]))


@dataclass(frozen=True)
class Finish:
    """What one racer made of the race.

    `reached`: the first step from which on its loss stays within the tolerance of the lowest known, None where it does
    not, or falls below that one; `loss` and `x`: where its last step that is a number ended; `minimum`: the index of
    the minimum it is near; `bad`: the first step that has diverged; `run`: its path, None while a worker has not run
    it, or could not, and then `problem` says why.
    """

    racer: Racer
    run: Path | None
    reached: int | None = None
    loss: float = np.nan
    x: tuple[float, float] = (np.nan, np.nan)
    minimum: int | None = None
    bad: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Race:
    """A scene and how each of its racers finished."""

    scene: RaceScene
    finishes: tuple[Finish, ...]

    @cached_property
    def autopsy(self) -> Autopsy | None:
        """Why the open racer diverged, if it did and we know its rule."""
        finish, scene = self.finishes[self.scene.open], self.scene
        runs = finish.racer.runs(scene.begin, scene.steps)
        if finish.run is None or runs is None:
            return None
        return autopsy(finish.run, runs, scene.chance, knob=finish.racer.rate)


def race(scene: RaceScene, elsewhere: Mapping[int, Path | str] | None = None) -> Race:
    """Run every racer that has a rule of ours; `elsewhere` holds the paths (or why there is none) of the others."""
    given = elsewhere or {}
    return Race(scene, tuple(_finish(scene, racer, given.get(i, "")) for i, racer in enumerate(scene.racers)))


def _finish(scene: RaceScene, racer: Racer, given: Path | str) -> Finish:
    if isinstance(racer.optimizer, Named):
        path = None if isinstance(given, str) else given
    else:
        path = _path(
            scene.surface,
            racer.optimizer,
            racer.schedule,
            racer.clip_norm,
            scene.begin,
            scene.steps,
            scene.noise,
            scene.seed,
        )
    if path is None:
        return Finish(racer, None, problem=given if isinstance(given, str) else "")
    return finished(scene, racer, path)


@cached(64)
def _path(
    surface: Plane,
    optimizer: Optimizer,
    schedule: Schedule,
    clip_norm: float,
    start: tuple[float, float],
    steps: int,
    noise: float,
    seed: int,
) -> Path:
    """Run one racer; kept, so that turning one racer's knob runs that racer alone."""
    racer = Racer(optimizer=optimizer, schedule=schedule, clip_norm=clip_norm)
    runs = racer.runs(start, steps)
    assert runs is not None
    return descend(surface, runs, Noise(noise, seed))


def finished(scene: RaceScene, racer: Racer, path: Path) -> Finish:
    """Sum up one racer's path."""
    bad = int(path.bad[0])
    last = len(path.loss[0]) - 1 if bad < 0 else max(bad - 1, 0)
    x, loss = path.x[0], path.loss[0]
    floor = scene.surface.floor
    return Finish(
        racer,
        path,
        reached=_reached(loss, floor, scene.tolerance) if floor is not None and bad < 0 else None,
        loss=float(loss[last]),
        x=(float(x[last, 0]), float(x[last, 1])),
        minimum=nearest_minimum(scene.surface, x[last]) if bad < 0 else None,
        bad=None if bad < 0 else bad,
    )


def _reached(loss: Array, floor: float, tolerance: float) -> int | None:
    """Return the first step from which on a loss stays at the floor."""
    away = np.flatnonzero(~at_floor(loss, floor, tolerance))
    first = int(away[-1]) + 1 if len(away) else 0
    return first if first < len(loss) else None


def at_floor(loss: Array, floor: float, tolerance: float) -> Mask:
    """Say which losses are within the tolerance of the lowest known one."""
    return (loss - floor <= tolerance) & ~below_floor(loss, floor, tolerance)


def below_floor(loss: Array, floor: float, tolerance: float) -> Mask:
    """Say which losses are below the lowest known one, by more than the tolerance and than rounding."""
    return floor - loss > max(tolerance, EQUAL * max(1.0, abs(floor)))


def nearest_minimum(surface: Plane, x: Array) -> int | None:
    """Return the index of the minimum nearest to a place, (D,); None where none is within NEAR."""
    distances = [float(np.linalg.norm(x - np.array(minimum.x))) for minimum in surface.minima]
    if not distances or min(distances) > NEAR * frame(surface)[1]:
        return None
    return int(np.argmin(distances))


def is_lowest(surface: Plane, index: int) -> bool:
    """Say whether no minimum is lower than this one; several may be equally low, rounding aside."""
    minima = surface.minima
    return math.isclose(minima[index].loss, minima[0].loss, rel_tol=EQUAL, abs_tol=EQUAL)


def _racers(*given: tuple[Optimizer, Schedule | float]) -> tuple[Racer, ...]:
    schedules = [Constant(lr=rate) if isinstance(rate, float | int) else rate for _, rate in given]
    homes = [HOME_SLOTS[kind_of(optimizer)] for optimizer, _ in given]
    return tuple(
        Racer(slot=slot, optimizer=optimizer, schedule=schedule)
        for slot, (optimizer, _), schedule in zip(own_slots(homes, MAX_RACERS), given, schedules, strict=True)
    )


_TWO_HOLLOWS = FormulaPlane(expression="x**4 - 2*x**2 + 0.4*x + y**2", low=-2, high=2, start_x=1.8, start_y=1.5)

PRESETS: Mapping[str, RaceScene] = {
    "ravine": RaceScene(),
    "saddle": RaceScene(
        surface=QuarticSaddle(),
        steps=150,
        racers=_racers((SGD(), 0.05), (Momentum(), 0.02), (RMSprop(), 0.02), (Adam(), 0.05)),
    ),
    "plateau": RaceScene(
        surface=Plateau(),
        steps=300,
        racers=_racers((SGD(), 0.5), (Momentum(), 0.5), (RMSprop(), 0.05), (Adam(), 0.1)),
    ),
    "local_minimum": RaceScene(
        surface=_TWO_HOLLOWS,
        steps=150,
        racers=_racers((SGD(), 0.01), (Momentum(), 0.01), (Nesterov(), 0.01), (Adam(), 0.05)),
    ),
    "noisy": RaceScene(
        surface=Bowl(),
        noise=2.0,
        steps=300,
        racers=_racers((SGD(), 0.1), (SGD(), Cosine(lr=0.1, T_max=300)), (Momentum(), 0.01), (Adam(), 0.1)),
    ),
    "sharp_flat": RaceScene(
        surface=SharpFlat(),
        start_x=1.6,
        start_y=0.3,
        steps=100,
        racers=_racers((SGD(), 0.05), (SGD(), 0.4), (Momentum(), 0.02), (Adam(), 0.05)),
    ),
    "real_data": RaceScene(
        surface=LogisticRegression(batch_size=16),
        steps=300,
        racers=_racers((SGD(), 0.5), (Momentum(), 0.05), (RMSprop(), 0.02), (Adam(), 0.1)),
    ),
}
"""The worked examples, one click each."""
