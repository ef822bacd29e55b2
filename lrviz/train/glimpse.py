"""What a worker trains for the front door, each in about a second or less."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train import range_test, sweep_job
from lrviz.train.canvas import LEVELS, SIDE
from lrviz.train.demo import SWEEP, TRAINING
from lrviz.train.drawing import drawn
from lrviz.train.engine import Batch
from lrviz.train.finder import FinderScene, sweep_of
from lrviz.train.numbers import unpacked
from lrviz.train.scene import TrainScene
from lrviz.train.swept import swept
from lrviz.train.training import Training


def demonstration() -> dict[str, Any]:
    """Train the demonstration and the training lesson's first net.

    Returns `losses` (T,) of the demonstration's batches and `right`, the share of validation rows it gets right; `said`
    (SIDE, SIDE), the class the lesson's net sees at every point of its plane.
    """
    losses, batch = _trained(TRAINING)
    _, lesson = _trained(TrainScene().training)
    return {
        "losses": losses,
        "right": float(batch.judge().accuracy_val[0]),
        "said": unpacked(drawn(lesson)["plane"]).reshape(SIDE, SIDE).astype(int) // LEVELS,
    }


def finder() -> dict[str, Any]:
    """Make a range test: `rates`, smoothed `losses` (T,) up to where it stops, and the rates that are `suggested`."""
    scene = FinderScene(runs=1)
    sweep = sweep_of(scene, _whole(range_test.swept, scene.trainings))
    end = int(sweep.ends[0])
    return {
        "rates": sweep.rates[:end],
        "losses": sweep.smooth[:end, 0],
        "suggested": [float(found[0]) for found in sweep.suggestions.values()],
    }


def sweep() -> dict[str, Any]:
    """Train a small sweep: `worth` (U, A), the accuracy on the validation rows of every cell, NaN where it diverged."""
    found = swept(SWEEP, _whole(sweep_job.sweep, SWEEP))
    return {"worth": found.values["accuracy_val"][0, :, :, 0]}


def _trained(training: Training) -> tuple[Any, Batch]:
    batch = Batch([training], dtype=torch.float64)
    batch.load(batch.start())
    return np.asarray(batch.run(training.steps))[:, 0], batch


def _whole(job: Callable[..., Chunk], spec: Any) -> list[Any]:
    """Do a job's chunks one after another; return all its events."""
    chunk = job(spec, None, {})
    while not chunk.done:
        further = job(spec, chunk.state, {})
        chunk = replace(further, events=[*chunk.events, *further.events])
    return chunk.events
