"""Many trainings of one shape to be compared, and what became of them: the numbers of a fair trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.train.cost import FEWEST_MEASURED, every
from lrviz.train.numbers import unpacked
from lrviz.train.training import Training

Array = np.ndarray[Any, Any]
MOST_MEASURED = 40
FEWEST_OF_IMAGES = 8


@dataclass(frozen=True)
class Comparison:
    """R trainings of one shape; `before`: one made first, whose net they all go on from, but for its last layer."""

    trainings: tuple[Training, ...]
    before: Training | None = None

    @property
    def every(self) -> int:
        """After how many updates the nets are measured; those that see images seldom, for that is the most work."""
        first = self.trainings[0]
        most = FEWEST_OF_IMAGES if first.model.images else max(MOST_MEASURED, FEWEST_MEASURED)
        return max(-(-first.steps // most), 1 if first.model.images else every(first))


@dataclass(frozen=True)
class Compared:
    """R trainings at M steps (M,): their validation loss (M, R); their first bad updates, -1 for none, (R,)."""

    steps: Array
    loss_val: Array
    bad: Array


def compared(events: Sequence[Mapping[str, Any]]) -> Compared | None:
    """Return what a comparison's events told, None where there is nothing yet."""
    if not events:
        return None
    steps, found = (np.concatenate([unpacked(event[name]) for event in events]) for name in ("measured", "loss_val"))
    return Compared(steps, found, np.array(events[-1]["bad"]))
