"""What goes on inside one net while it learns: sizes of weights, gradients and updates, and units that are dead."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lrviz.train.engine import Batch
from lrviz.train.layers import Activation, Pass

Array = np.ndarray[Any, Any]
SATURATED = 0.99
"""A tanh beyond this no longer passes a gradient on."""


@dataclass(frozen=True)
class Anatomy:
    """One net's inside, a number a layer: lengths of the weights, of their gradient, of their last update over theirs.

    `dead`, for each activation: the share of units that answer 0 to every training row (relu and gelu: below 1e-3 in
    size), or, for tanh, that are beyond SATURATED on every row.
    """

    weight: Array
    gradient: Array
    update_ratio: Array
    dead: Array


def anatomy(batch: Batch, before: torch.Tensor, run: int = 0) -> Anatomy:
    """Look at one run, given its parameters (R, P) before the last update."""
    net = batch.net
    weights = [slot for slot in net.slots if slot.is_weight]
    size = np.array([float(slot.of(net.theta)[run].norm()) for slot in weights])
    slope = np.array([float(slot.of(net.grad)[run].norm()) for slot in weights])
    moved = np.array([float((slot.of(net.theta)[run] - slot.of(before)[run]).norm()) for slot in weights])
    with np.errstate(all="ignore"):
        return Anatomy(size, slope, moved / size, _dead(batch, run))


@torch.inference_mode()
def _dead(batch: Batch, run: int) -> Array:
    batch.net.forward(batch.feed.of_each(batch.feed.x), Pass())
    found = [layer for layer in batch.net.layers if isinstance(layer, Activation)]
    return np.array([_share(layer, layer.out[run]) for layer in found])


def _share(layer: Activation, out: torch.Tensor) -> float:
    flat = out.reshape(-1, out.shape[-1]).abs()
    gone = flat > SATURATED if layer.name == "tanh" else flat < (1e-3 if layer.name == "gelu" else 1e-12)
    return float(gone.all(0).double().mean())
