"""Short trainings from the first update to the last in one go: what a worker does for an exercise."""

from collections.abc import Sequence

import numpy as np
import torch

from lrviz.train.ended import Ended
from lrviz.train.engine import Batch
from lrviz.train.training import Training

EVERY = 10
"""Updates between two measurements."""


def ended(trainings: Sequence[Training]) -> Ended:
    """Run R trainings of one shape; measure them on their validation rows now and then."""
    batch = Batch(trainings, torch.device("cpu"))
    batch.load(batch.start())
    judged = [batch.judge()]
    last = trainings[0].steps
    while batch.step < last:
        batch.run(min(EVERY, last - batch.step))
        judged.append(batch.judge())
    at = np.array([one.step for one in judged])
    loss, accuracy = (np.stack([getattr(one, name) for one in judged]) for name in ("loss_val", "accuracy_val"))
    return Ended(at, loss.astype(np.float64), accuracy.astype(np.float64))
