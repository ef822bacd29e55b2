"""Slices of a loss landscape: a training, two directions from where it ends, and how far to look; free of torch."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.schedules import Constant
from lrviz.spec import Knob, Spec, refuse
from lrviz.surfaces.slices import Slice, slice_of
from lrviz.train.models import MLP, Conv, Dense, Layer, Norm
from lrviz.train.numbers import unpacked
from lrviz.train.tasks import Moons
from lrviz.train.training import Training, data_of

Array = np.ndarray[Any, np.dtype[np.float64]]
SIDE = 49
"""Points a side of the grid."""
RACED = 2
"""Every how many-th point a side is handed on to be raced on."""
CHECKPOINTS = 100
MOST_WEIGHTS = 50_000


class Landscape(Spec):
    """The training loss around where a training ends, theta + a d1 + b d2, on a grid of SIDE x SIDE points.

    "random": d1 and d2 normal, and per neuron scaled to the length of that neuron's weights (`filters`), 0 for biases
    and normalization; a and b from -reach to reach. "path": the two principal directions of the way the training took,
    of length 1, and as much of the plane as that way needs, times reach.
    Source: Li et al. 2018, arXiv 1712.09913, sections 4 and 7.
    """

    kind: Literal["landscape"] = "landscape"
    training: Training = Training(
        task=Moons(), model=MLP(depth=2, width=16, activation="relu"), schedule=Constant(lr=0.2), steps=1_000
    )
    directions: Literal["path", "random"] = "path"
    filters: bool = True
    reach: Annotated[float, Field(gt=0, le=100), Knob(0.1, 5, "log")] = 1.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    @model_validator(mode="after")
    def _small(self) -> "Landscape":
        if self.weights > MOST_WEIGHTS:
            raise refuse("net_too_large", "training", count=self.weights, most=MOST_WEIGHTS)
        return self

    @property
    def idle(self) -> frozenset[str]:
        return frozenset(("filters", "seed") if self.directions == "path" else ())

    @property
    def weights(self) -> int:
        """How many parameters the net has."""
        data = data_of(self.training.task)
        return sum(_counted(self.training.model.layers(data.features, data.outputs)))


def _counted(layers: Sequence[Layer]) -> Iterator[int]:
    for layer in layers:
        match layer:
            case Dense(inputs, outputs, bias):
                yield (inputs + bias) * outputs
            case Conv(inputs, outputs, _, bias):
                yield (9 * inputs + bias) * outputs
            case Norm(_, features):
                yield 2 * features


@dataclass(frozen=True)
class Relief:
    """A slice as it was measured: coordinates x and y (n,), losses (y, x), the path (K, 2) with its losses and steps.

    `shares`: how much of the way's variance each direction holds; `weights`: the net's parameters.
    """

    landscape: Landscape
    x: Array
    y: Array
    losses: Array
    path: Array
    path_losses: Array
    steps: Array
    shares: Array

    @property
    def explained(self) -> float:
        """How much of the way's variance lies in the plane."""
        return float(self.shares.sum())

    @cached_property
    def raced(self) -> Slice | None:
        """The surface to race on, from where the training began where that is on it.

        None where the loss is no number somewhere, or the slice is too wide for a surface.
        """
        losses = self.losses[::RACED, ::RACED]
        if not np.isfinite(losses).all():
            return None
        ends = (float(self.x[0]), float(self.x[-1])), (float(self.y[0]), float(self.y[-1]))
        start = tuple(float(f"{place:.4g}") for place in self.path[0])
        try:
            return slice_of(losses, *ends, start=(start[0], start[1]))
        except ValueError:
            return None

    @cached_property
    def between(self) -> float:
        """By what share the raced surface is off at the points it was not made from, at the worst; NaN for none."""
        if self.raced is None:
            return math.nan
        grid = np.stack(np.meshgrid(self.x, self.y), axis=-1)
        made = np.asarray(self.raced(grid))
        return float(np.nanmax(np.abs(made / np.maximum(self.losses, 1e-12) - 1)))


def logs_of(losses: Array) -> Array:
    """Return log10 of losses, as they are drawn: at least 1e-12, NaN where one is no number."""
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(losses), np.log10(np.maximum(losses, 1e-12)), np.nan)


def relief_of(landscape: Landscape, events: Sequence[Mapping[str, Any]]) -> Relief | None:
    """Put a slice together from what its job told; None while it has not told it."""
    told = next((event for event in reversed(events) if "path" in event), None)
    if told is None:
        return None
    names = ("x", "y", "losses", "path", "path_losses", "steps", "shares")
    return Relief(landscape, *(unpacked(told[name]).astype(np.float64) for name in names))
