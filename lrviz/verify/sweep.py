"""Some nets of a sweep, trained side by side by our engine, beside torch.nn and torch.optim, one by one."""

from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field

from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.spec import Spec
from lrviz.train import reference
from lrviz.train.engine import Batch, shape_of
from lrviz.train.sweep import SweepScene
from lrviz.train.training import Training
from lrviz.verify.answers import difference, told

MOST_STEPS = 100
"""Updates that are compared: torch takes up to a millisecond for each."""
NEIGHBOURS = 6
"""Nets that every checked one is trained beside."""
AGREES, ROUNDS = 1e-9, 1e-3
"""Relative differences up to which two trainings agree, and up to which they differ by what rounding grows to."""


class SweepQuestion(Spec):
    """Are these cells of a sweep, by their numbers, torch's own trainings?"""

    kind: Literal["sweep_question"] = "sweep_question"
    sweep: SweepScene = SweepScene()
    cells: Annotated[tuple[Annotated[int, Field(ge=0, le=4_095)], ...], Field(min_length=1, max_length=4)] = (0,)


def answer(question: SweepQuestion) -> dict[str, Any]:
    """Train each cell's first net anew, among others of its shape and by torch alone; tell how far they are apart."""
    cells = question.sweep.cells
    asked = [cells[i] for i in question.cells if i < len(cells)]
    known = [one for one in asked if not isinstance(torch_settings(one.optimizer), Missing)]
    if not known:
        return told("no_counterpart", "note")
    steps = min(MOST_STEPS, *(one.steps for one in known))
    pairs = [compared(one, cells, steps) for one in known]
    found = difference(*(np.concatenate(side) for side in zip(*pairs, strict=True)))
    values = {"nets": len(known), "steps": steps, "absolute": found.absolute, "relative": found.relative}
    if found.relative <= AGREES:
        return told("verified", "ok", **values)
    return told("rounding", "note", **values) if found.relative <= ROUNDS else told("differs", "warn", **values)


def compared(one: Training, cells: tuple[Training, ...], steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of every update's batch (T,) by our engine, among nets of its shape, and by torch."""
    alike = [cell for cell in cells if shape_of(cell) == shape_of(one) and cell != one]
    batch = Batch([*alike[:NEIGHBOURS], one], dtype=torch.float64)
    batch.load(batch.start())
    return batch.run(steps)[:, -1], reference.train(one, steps).losses
