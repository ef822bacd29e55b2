"""The training lesson's scene: one training, at how many seeds, how it is watched, and the worked examples."""

from collections.abc import Mapping
from collections.abc import Sequence as Sequence_
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from lrviz.optimizers import SGD, Adam, Momentum
from lrviz.schedules import Constant, Cosine, OneCycle, Points, Schedule, Sequence, Warmup
from lrviz.spec import Knob, Spec, at_most
from lrviz.train.models import MLP
from lrviz.train.tasks import Digits, Moons, Own, Sine, Spirals
from lrviz.train.training import Training

MOST_SEEDS = 32
BAND = 10
"""Seeds of a band at one click."""
SPEEDS = (1, 10, 100, 1000, 0)
"""Updates a second that can be watched; 0: as many as can be."""
MOST_POINTS = at_most(Points, "points")
"""How many points a drawn schedule may have."""
WINDING = Spirals(turns=1.25, noise=0.04)


class TrainScene(Spec):
    """A training, at `seeds` seeds from its own on, `speed` updates a second, and how its curves are shown."""

    kind: Literal["train"] = "train"
    view: Literal["learning", "inside"] = "learning"
    training: Training = Training(task=WINDING, optimizer=Momentum(), schedule=Cosine(lr=0.1, T_max=2_000))
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS), Knob(1, MOST_SEEDS)] = 1
    smooth: Annotated[float, Field(ge=0, le=0.999), Knob(0, 0.99)] = 0.9
    speed: Annotated[int, Field(ge=0, le=1_000), Knob(0, 1_000)] = 0

    @property
    def steps(self) -> int:
        """How many updates there are: what a schedule of another kind is fitted to."""
        return self.training.steps

    def trainings(self, table: bytes = b"") -> tuple[Training, ...]:
        """Return the training at every seed, a task of one's own with its table. Raises ValueError as Training does."""
        task = self.training.task
        first = self.training.but(task=task.but(table=table)) if isinstance(task, Own) else self.training
        most = 2**31 - 1
        return (first, *(first.but(seed=(first.seed + i) % most) for i in range(1, self.seeds)))


def kept_by_hand(schedule: Schedule, by_hand: Sequence_[tuple[int, float]]) -> Schedule:
    """Return the schedule that has the rates set by hand in it: (step, rate), each from its update on, at least one.

    A constant rate and its changes are Points, as many of them as there may be; what else came before the first change
    is kept as it is, followed by Points. Of too many changes those go that change least; of more parts than a Sequence
    may have, what came before becomes stairs.
    """
    begin = by_hand[0][0]
    if begin == 0:
        return _points(by_hand)
    if isinstance(schedule, Constant):
        return _points([(0, schedule.lr), *by_hand])
    parts = schedule.parts if isinstance(schedule, Sequence) else (schedule,)
    starts = (0, *schedule.milestones) if isinstance(schedule, Sequence) else (0,)
    kept = [i for i, start in enumerate(starts) if start < begin]
    if len(kept) == at_most(Sequence, "parts"):
        return _points([*_stairs(schedule, begin), *by_hand])
    later = _points([(step - begin, rate) for step, rate in by_hand])
    return Sequence(parts=(*(parts[i] for i in kept), later), milestones=(*(starts[i] for i in kept[1:]), begin))


def _stairs(schedule: Schedule, end: int) -> list[tuple[int, float]]:
    steps = sorted({round(i * end / MOST_POINTS) for i in range(MOST_POINTS)})
    return [(step, float(schedule(step))) for step in steps]


def _points(changes: Sequence_[tuple[int, float]]) -> Points:
    """Return stairs through changes of the rate, two at least and as many as Points may have."""
    kept = list(changes)
    while len(kept) > MOST_POINTS:
        sizes = [abs(rate - before) for (_, before), (_, rate) in pairwise(kept)]
        del kept[1 + sizes.index(min(sizes))]
    if len(kept) == 1:
        kept.append((kept[0][0] + 1, kept[0][1]))
    return Points(points=tuple(kept), interpolation="step")


_LONG = Cosine(lr=0.02, T_max=3_000)
PRESETS: Mapping[str, TrainScene] = {
    "spirals": TrainScene(),
    "too_large": TrainScene().but(training=TrainScene().training.but(schedule=Cosine(lr=0.3, T_max=2_000))),
    "warmup": TrainScene(
        training=Training(
            task=WINDING,
            model=MLP(depth=4, width=24, init="xavier"),
            optimizer=Momentum(),
            schedule=Warmup(steps=300, start_factor=0.01, then=Cosine(lr=0.2, T_max=1_700)),
        )
    ),
    "by_heart": TrainScene(
        training=Training(
            task=Moons(points=120, noise=0.25, label_noise=0.3, validation=0.5),
            model=MLP(width=64),
            optimizer=Adam(),
            schedule=_LONG,
            steps=3_000,
        )
    ),
    "dead": TrainScene(
        view="inside",
        training=Training(task=WINDING, model=MLP(activation="relu"), schedule=Constant(lr=3.0), steps=600),
    ),
    "digits": TrainScene(
        training=Training(
            task=Digits(),
            model=MLP(width=32, activation="relu"),
            optimizer=Momentum(),
            schedule=OneCycle(max_lr=0.1, total_steps=800),
            steps=800,
        )
    ),
    "curve": TrainScene(
        training=Training(
            task=Sine(waves=1.5),
            model=MLP(width=24),
            optimizer=Momentum(),
            schedule=Cosine(lr=0.1, T_max=2_000),
        )
    ),
    "steer": TrainScene(
        speed=100,
        training=Training(task=WINDING, optimizer=Momentum(), schedule=Constant(lr=0.03)),
    ),
    "own": TrainScene(training=Training(task=Own(), optimizer=SGD(), schedule=Cosine(lr=0.1, T_max=2_000))),
}
