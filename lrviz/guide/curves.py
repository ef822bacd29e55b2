"""The first recommended schedules as curves, from the first update to the last."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.guide.recipes import STEPS, start_of
from lrviz.guide.rules import Advice
from lrviz.schedules import Plateau

Array = np.ndarray[Any, Any]
SHOWN = 3
POINTS = 400


@dataclass(frozen=True)
class Curves:
    """C schedules at N updates (N,): their rates (C, N), and which place each has in the ranking, (C,).

    `names` has all that come first, drawn or not: one that waits for the loss has no curve.
    """

    steps: int
    names: tuple[str, ...]
    t: Array
    rates: Array
    places: tuple[int, ...]


def curves(advice: Advice) -> Curves:
    """Return the curves of the schedules that come first."""
    steps = STEPS[advice.scene.amount]
    names = tuple(one.name for one in advice.schedules[:SHOWN])
    made = [start_of(name, advice.scene, advice.optimizer) for name in names]
    t = np.unique(np.round(np.linspace(0, steps - 1, POINTS)))
    drawn = [(i, one(t)) for i, one in enumerate(made) if not isinstance(one, Plateau)]
    rates = np.array([rates for _, rates in drawn]).reshape(len(drawn), len(t))
    return Curves(steps, names, t, rates, tuple(i for i, _ in drawn))
