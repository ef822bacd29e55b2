"""What a sweep can vary, in general: values, each of which can be put into a training."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from lrviz.schedules import Schedule
from lrviz.spec import Spec, refuse
from lrviz.train.models import MLP
from lrviz.train.training import Training

Value = float | int | str
Scale = Literal["kinds", "linear", "log"]


@dataclass
class Draft:
    """A training while axes put their values into it: its fields, and those of its task and of its model."""

    fields: dict[str, Any]
    task: dict[str, Any]
    model: dict[str, Any]

    def copy(self) -> "Draft":
        """Return another draft of the same training."""
        return Draft(dict(self.fields), dict(self.task), dict(self.model))


def draft_of(training: Training) -> Draft:
    """Return a training as a draft."""
    return Draft(*(dict(spec) for spec in (training, training.task, training.model)))


def finished(training: Training, draft: Draft) -> Training:
    """Return a training with what a draft of it holds. Raises ValidationError where that does not go together."""
    model, task = type(training.model)(**draft.model), type(training.task)(**draft.task)
    return Training(**draft.fields | {"model": model, "task": task})


class AxisSpec(Spec):
    """An axis: called, it gives its values in order, as its fields say: `values`, or `count` from `low` to `high`.

    Numbers are rounded to three digits, so that the one that is read is the one that is used; whole ones come once.
    """

    scale: ClassVar[Scale] = "kinds"
    """Whether its values are numbers, even in steps or in factors, or kinds."""
    sets: ClassVar[str] = ""
    """The field of a training that it sets, as "batch_size" or "model.width"; "" for none that a form would show."""
    timed: ClassVar[int] = 0
    """0 for what is in the training from the start; else it acts on the schedule, in this order."""

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        low, high, values = (getattr(self, name, None) for name in ("low", "high", "values"))
        if low is not None and high is not None and low >= high:
            raise refuse("empty_range", "low", "high", low=low, high=high)
        if values is not None and len(set(values)) < len(values):
            raise refuse("twice_the_same", "values")
        return self

    def __call__(self) -> tuple[Value, ...]:
        """Return the values."""
        if self.scale == "kinds":
            return getattr(self, "values", ("",))
        low, high = getattr(self, "low", 0), getattr(self, "high", 0)
        spaced = (np.linspace if self.scale == "linear" else np.geomspace)(low, high, getattr(self, "count", 2))
        if isinstance(low, int):
            return tuple(dict.fromkeys(round(v) for v in spaced.tolist()))
        return tuple(dict.fromkeys(float(f"{v:.3g}") for v in spaced.tolist()))

    def misfit(self, training: Training, *fields: str) -> PydanticCustomError | None:
        """Return why a training has not got what is varied, None where it has; `fields` then have to give way."""
        return None

    def put(self, draft: Draft, value: Value) -> None:
        """Put one of the values into a draft."""
        part, _, name = self.sets.rpartition(".")
        if name and not self.timed:
            getattr(draft, part or "fields")[name] = value

    def rates(self, schedule: Schedule, training: Training, value: Value) -> Schedule:
        """Return a schedule with one of the values, given the training that it is for."""
        return schedule


def without_hidden(training: Training, *fields: str) -> PydanticCustomError | None:
    """Return why a training has no hidden layers to vary, None where it has."""
    hidden = isinstance(training.model, MLP) and training.model.depth > 0
    return None if hidden else refuse("axis_needs_hidden", *fields)
