"""What goes on inside one net while it learns: sizes of weights, gradients and updates, and units that are dead."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lrviz.train.engine import Batch
from lrviz.train.layers import Activation

Array = np.ndarray[Any, Any]
SATURATED = 0.99
"""A tanh beyond this no longer passes a gradient on."""
SILENT = {"gelu": 1e-3, "relu": 1e-12}
"""Below this in size a unit says nothing."""


@dataclass(frozen=True)
class Anatomy:
    """One net's inside, a number a layer: lengths of the weights, of their gradient, of their last update over theirs.

    `dead`, for each activation: the share of units that answer 0 to every training row (below SILENT in size), or, for
    tanh, that are beyond SATURATED on every row.
    """

    weight: Array
    gradient: Array
    update_ratio: Array
    dead: Array


def anatomy(batch: Batch, before: torch.Tensor, run: int = 0) -> Anatomy:
    """Look at one run that has just been judged, given its parameters (R, P) before the last update."""
    theta, grad, was = (values[run].numpy(force=True) for values in (batch.net.theta, batch.net.grad, before))
    weights = [slice(slot.begin, slot.end) for slot in batch.net.slots if slot.is_weight]
    with np.errstate(all="ignore"):
        size, slope, moved = (np.array([_length(v[part]) for part in weights]) for v in (theta, grad, theta - was))
        return Anatomy(size, slope, moved / size, _dead(batch, run))


def _length(values: Array) -> float:
    return float(np.sqrt(np.dot(values, values)))


def _dead(batch: Batch, run: int) -> Array:
    """Return the shares of dead units, from what the layers said last: of all training rows."""
    found = [layer for layer in batch.net.layers if isinstance(layer, Activation)]
    return np.array([_share(layer, layer.out[run]) for layer in found])


def _share(layer: Activation, out: torch.Tensor) -> float:
    flat = np.abs(out.reshape(-1, out.shape[-1]).numpy(force=True))
    gone = flat.min(0) > SATURATED if layer.name == "tanh" else flat.max(0) < SILENT[layer.name]
    return float(gone.mean())
