"""Exercises on the race: momentum that has to cross a plateau, and a racer that was given more than it says."""

import numpy as np

from lrviz.descend.engine import Array, descend
from lrviz.descend.race import RaceScene, race
from lrviz.descend.racer import Racer
from lrviz.exercises.forms import Bug, Curves, Facts, Knobs, Verdict
from lrviz.optimizers import SGD, Adam, Momentum
from lrviz.schedules import Constant
from lrviz.spec import value_at, with_value
from lrviz.surfaces.planes import IllConditioned, Plateau

MOMENTUM = "racers.0.optimizer.momentum"
TRIED = np.round(np.arange(0.0, 1.0, 0.05), 2)


def _crossed(scene: RaceScene, _: object) -> Verdict:
    finish, momentum = race(scene).finishes[0], value_at(scene, MOMENTUM)
    values = {"momentum": momentum, "loss": finish.loss, "steps": scene.steps, "reached": finish.reached or 0}
    if finish.reached is not None:
        return Verdict("solved", values)
    return Verdict("too_heavy" if _visited(scene) else "too_light", values)


def _visited(scene: RaceScene) -> bool:
    """Say whether the run came by the hollow, without staying there."""
    run = race(scene).finishes[0].run
    return run is not None and bool((run.loss[0] < run.loss[0][0] / 2).any())


def _with_momentum(scene: RaceScene, momentum: float) -> RaceScene:
    return with_value(scene, MOMENTUM, momentum)


def _works(scene: RaceScene) -> list[float]:
    return [float(m) for m in TRIED if _crossed(_with_momentum(scene, float(m)), None).solved]


def _plateau_facts(scene: RaceScene) -> Facts:
    works = _works(scene)
    return {"steps": scene.steps, "rate": scene.racers[0].rate, "low": works[0], "high": works[-1]}


# --------------------------------------------------------------------------------------------------- a racer tripled

TRIPLED = {"sgd_tripled": 0, "momentum_tripled": 1, "adam_tripled": 2}
NAMES = ("sgd", "momentum", "adam")
SEEN = 30


def _moved(scene: RaceScene, bug: str) -> Curves:
    """Return how long every update of each racer is, in the learning rates it says it has."""
    lines = {}
    for i, (name, racer) in enumerate(zip(NAMES, scene.racers, strict=True)):
        told = racer.rate
        runs = racer.at_rate(3 * told if TRIPLED.get(bug) == i else told).runs(scene.begin, SEEN)
        assert runs is not None
        lines[name] = _lengths(descend(scene.surface, runs).step[0]) / told
    return Curves(lines, "update", "in_rates", log=True, first=1)


def _lengths(steps: Array) -> Array:
    return np.sqrt((steps**2).sum(axis=-1))


def _moved_facts(scene: RaceScene) -> Facts:
    seen, fair = (_moved(scene, bug).lines["adam"][0] for bug in ("adam_tripled", ""))
    return {"seen": float(seen), "fair": float(fair)}


EXERCISES = (
    Knobs(
        id="cross_the_plateau",
        lesson="race",
        scene=RaceScene(
            surface=Plateau(),
            steps=300,
            racers=(Racer(slot=1, optimizer=Momentum(momentum=0.5), schedule=Constant(lr=0.3)),),
        ),
        fields=(MOMENTUM,),
        judged=_crossed,
        right=lambda scene: _with_momentum(scene, _works(scene)[len(_works(scene)) // 2]),
        wrong={
            "too_light": lambda scene: _with_momentum(scene, 0.0),
            "too_heavy": lambda scene: _with_momentum(scene, 0.99),
        },
        facts=_plateau_facts,
    ),
    Bug(
        id="tripled_rate",
        lesson="race",
        scene=RaceScene(
            surface=IllConditioned(),
            racers=(
                Racer(slot=0, optimizer=SGD(), schedule=Constant(lr=0.02)),
                Racer(slot=1, optimizer=Momentum(), schedule=Constant(lr=0.005)),
                Racer(slot=3, optimizer=Adam(), schedule=Constant(lr=0.1)),
            ),
        ),
        cause="adam_tripled",
        suspects=("sgd_tripled", "momentum_tripled", "adam_tripled"),
        run=_moved,
        fix="""optimizers = {
    "SGD": torch.optim.SGD(point, lr=0.02),
    "momentum": torch.optim.SGD(point, lr=0.005, momentum=0.9),
    "Adam": torch.optim.Adam(point, lr=0.1),  # <-
}""",
        facts=_moved_facts,
    ),
)
