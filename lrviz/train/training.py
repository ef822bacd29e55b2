"""A training as one Spec: task, model, loss, optimizer, schedule, batches, penalties, length and seed."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.optimizers import SGD, Rule
from lrviz.schedules import Constant, Schedule
from lrviz.spec import Knob, Spec, cached, kind_of, refuse
from lrviz.train.data import Data
from lrviz.train.epochs import Epochs
from lrviz.train.models import MLP, Model
from lrviz.train.scaling import base_of, has_scaling
from lrviz.train.tasks import MOST_POINTS, Own, Spirals, Task, TaskSpec

MOST_STEPS = 100_000
Penalty = Annotated[float, Field(ge=0, le=10), Knob(1e-6, 0.1, "log")]
BY_KIND = Field(discriminator="kind")


class Training(Spec):
    """One training: everything that decides its numbers.

    The loss of a batch is the mean over its rows, plus l1 * sum |w| + l2 / 2 * sum w^2 over all weights (biases,
    scales and shifts aside); `weight_decay` is decoupled: it takes lr * weight_decay * w off each weight before the
    update. An epoch is one pass over the shuffled rows in batches of `batch_size` (0: all rows); its last batch holds
    what is left, or is left out with `drop_last`. Every `growth_epochs` epochs the batch grows by the factor
    `batch_growth`, up to all rows. `clip_norm` shortens longer gradients (0: none).
    """

    kind: Literal["training"] = "training"
    task: Annotated[Task, BY_KIND] = Spirals()
    model: Annotated[Model, BY_KIND] = MLP()
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    optimizer: Annotated[Rule, BY_KIND] = SGD()
    schedule: Schedule = Constant(lr=0.1)
    batch_size: Annotated[int, Field(ge=0, le=MOST_POINTS), Knob(1, 512, "log")] = 32
    drop_last: bool = False
    batch_growth: Annotated[float, Field(ge=1, le=64), Knob(1, 4)] = 1.0
    growth_epochs: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(1, 50)] = 10
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(100, 10_000, "log")] = 2_000
    l1: Penalty = 0.0
    l2: Penalty = 0.0
    weight_decay: Penalty = 0.0
    clip_norm: Annotated[float, Field(ge=0, le=1e9), Knob(0, 10)] = 0.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    @model_validator(mode="after")
    def _goes_together(self) -> "Training":
        if self.model.images and self.task.kind != "digits":
            raise refuse("images_only", "model")
        if self.normalizes_batches and self.smallest_batch < 2:
            raise refuse("batch_norm_alone", "batch_size", "model.norm", rows=data_of(self.task).rows)
        if base_of(self.model) is not None and not has_scaling(self.optimizer):
            raise refuse("no_scaling", "optimizer", "model", rule=kind_of(self.optimizer))
        return self

    @property
    def idle(self) -> frozenset[str]:
        grows = () if self.batch_growth > 1 and self.rows_per_batch < data_of(self.task).rows else ("growth_epochs",)
        return frozenset((*grows, *(() if data_of(self.task).classes else ("loss",))))

    @property
    def criterion(self) -> Literal["cross_entropy", "mse"]:
        """The loss that is used: a number to predict leaves no choice."""
        return self.loss if data_of(self.task).classes else "mse"

    @property
    def normalizes_batches(self) -> bool:
        """Whether some layer takes its statistics from the batch."""
        return getattr(self.model, "norm", "none") == "batch" and getattr(self.model, "depth", 1) > 0

    @property
    def rows_per_batch(self) -> int:
        """The size of a full batch."""
        rows = data_of(self.task).rows
        return min(self.batch_size or rows, rows)

    @property
    def epochs(self) -> Epochs:
        """How the rows are passed over."""
        grown = (self.batch_growth, self.growth_epochs) if self.batch_growth > 1 else (1.0, 1)
        return Epochs(data_of(self.task).rows, self.rows_per_batch, self.drop_last, *grown)

    @property
    def smallest_batch(self) -> int:
        """The size of the smallest batch there is."""
        return self.epochs.narrowest(self.steps)

    @property
    def largest_batch(self) -> int:
        """The size of the largest batch there is."""
        return self.epochs.widest(self.steps)

    @property
    def steps_per_epoch(self) -> int:
        """How many updates the first pass over the rows makes."""
        return self.epochs.updates(1)

    def rates(self) -> np.ndarray:
        """Return the rate of every update, (T,)."""
        return self.schedule.table(self.steps)


def data_of(task: TaskSpec) -> Data:
    """Return a task's data, made once."""
    return task.data if isinstance(task, Own) else _made(task)


@cached(32)
def _made(task: TaskSpec) -> Data:
    return task()
