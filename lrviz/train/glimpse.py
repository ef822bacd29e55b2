"""What a worker trains for the front door, in well under a second."""

from typing import Any

import numpy as np
import torch

from lrviz.train.canvas import LEVELS, SIDE
from lrviz.train.demo import TRAINING
from lrviz.train.drawing import drawn
from lrviz.train.engine import Batch
from lrviz.train.numbers import unpacked
from lrviz.train.scene import TrainScene
from lrviz.train.training import Training


def answer() -> dict[str, Any]:
    """Train the demonstration and the training lesson's first net.

    Returns `losses` (T,) of the demonstration's batches and `right`, the share of validation rows it gets right; `said`
    (SIDE, SIDE), the class the lesson's net sees at every point of its plane.
    """
    demo, lesson = _trained(TRAINING), _trained(TrainScene().training)
    losses, batch = demo
    return {
        "losses": losses,
        "right": float(batch.judge().accuracy_val[0]),
        "said": unpacked(drawn(lesson[1])["plane"]).reshape(SIDE, SIDE).astype(int) // LEVELS,
    }


def _trained(training: Training) -> tuple[Any, Batch]:
    batch = Batch([training], dtype=torch.float64)
    batch.load(batch.start())
    return np.asarray(batch.run(training.steps))[:, 0], batch
