"""Exercises on the range test: when a sweep passes a rate, and how long it spends on a factor of ten."""

import math

import numpy as np

from lrviz.exercises.forms import Facts, Number
from lrviz.schedules import RangeTest
from lrviz.train.finder import FinderScene

SCENE = FinderScene()
RATE = 0.1


def _passes(test: RangeTest) -> float:
    """Return the first update with a rate of at least RATE."""
    return float(np.argmax(test.table(test.num_iter) >= RATE))


def _per_decade(scene: FinderScene, log: float) -> float:
    test = scene.test
    return (test.num_iter - 1) * log / math.log(test.end_lr / test.start_lr)


def _facts(scene: FinderScene) -> Facts:
    test = scene.test
    facts = {"start": test.start_lr, "end": test.end_lr, "count": test.num_iter, "last": test.num_iter - 1}
    decades = {"decades": math.log10(test.end_lr / test.start_lr), "passed": math.log10(RATE / test.start_lr)}
    return facts | decades | {"rate": RATE}


EXERCISES = (
    Number(
        id="when_the_sweep_passes",
        lesson="finder",
        scene=SCENE,
        right=lambda scene: _passes(scene.test),
        room=lambda _: 1.0,
        wrong={"linear": lambda scene: _passes(scene.test.but(scale="linear"))},
        facts=_facts,
    ),
    Number(
        id="updates_per_decade",
        lesson="finder",
        scene=SCENE,
        right=lambda scene: _per_decade(scene, math.log(10)),
        room=lambda _: 0.5,
        wrong={"natural": lambda scene: _per_decade(scene, 1.0)},
        facts=_facts,
    ),
)
