"""The cells of a map of trainability, each a training of its own, many at once; and the map as a job, tile by tile."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train import chance
from lrviz.train.job import BUDGET, device
from lrviz.train.numbers import packed
from lrviz.train.trainability import NetMap, Tile, axes, levels_of, tiles

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]
aten: Any = torch.ops.aten
TOGETHER = 75_000
"""Hidden numbers worked on at a time on a CPU: what its caches hold."""
TOGETHER_GPU = 100_000_000


def tanh(z: Tensor) -> Tensor:
    """Return tanh z as 2 / (1 + exp(-2 z)) - 1: in double precision torch.tanh takes five times as long."""
    return torch.sigmoid(z.mul_(2), out=z).mul_(2).sub_(1)


FORWARD: Mapping[str, Callable[[Tensor], Tensor]] = {"tanh": tanh, "relu": torch.relu_, "identity": lambda z: z}
BACK: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "tanh": aten.tanh_backward,
    "relu": lambda grad, h: aten.threshold_backward(grad, h, 0),
    "identity": lambda grad, h: grad.contiguous(),
}


@dataclass(frozen=True)
class Given:
    """What all cells share: rows (D, n) over sqrt(n / 2), targets (D, 1), first weights W (n, n, 1) and v (n, 1)."""

    rows: Tensor
    targets: Tensor
    first: Tensor
    second: Tensor


@lru_cache(maxsize=4)
@torch.inference_mode(False)  # whoever asks first: they are to serve autograd too
def given(width: int, seed: int, where: str) -> Given:
    """Draw them, from the streams of a seed."""
    count = width**2 + width
    seeds, step = torch.tensor([seed], device=where), torch.zeros(1, dtype=torch.int64, device=where)

    def drawn(stream: int, *shape: int) -> Tensor:
        return chance.normal(seeds, 40 + stream, step, int(np.prod(shape)))[0, 0].view(shape)

    rows, targets = drawn(0, count, width) * (2 / width) ** 0.5, drawn(1, count, 1)
    return Given(rows, targets, drawn(2, width, width, 1), drawn(3, width, 1))


@torch.inference_mode()
def ratios(spec: NetMap, rate_in: Array, rate_out: Array, where: str = "cpu") -> Array:
    """Train a cell at each pair of rates, (R,) each; return its loss before each step over the first one, (T, R).

    The cells stand last in every array: H (D, n, R). W' = W - lr_in dL/dW, v' = v - lr_out dL/dv.
    """
    fixed, runs, n = given(spec.width, spec.seed, where), len(rate_in), spec.width
    step_in, step_out = (torch.as_tensor(rates, device=where) for rates in (rate_in, rate_out))
    first, second = fixed.first.repeat(1, 1, runs), fixed.second.repeat(1, runs)
    rows, losses = fixed.rows, torch.empty(spec.steps, runs, dtype=torch.float64, device=where)
    forward, back = FORWARD[spec.activation], BACK[spec.activation]
    for t in range(spec.steps):
        h = forward(torch.mm(rows, first.view(n, -1)).view(-1, n, runs))
        error = (h * second).sum(1).div_(n).sub_(fixed.targets)
        losses[t] = (error * error).mean(0)
        error.mul_(2 / (len(rows) * n))
        slope = torch.mm(rows.T, back(error[:, None].expand_as(h), h).view(-1, n * runs)).view(n, n, runs)
        second_slope = (h * error[:, None]).sum(0)
        first.sub_(slope.mul_(second).mul_(step_in))
        second = second - step_out * second_slope
    return (losses / losses[0]).cpu().numpy()


def at_once(spec: NetMap, where: str) -> int:
    """Return how many cells are trained together."""
    return max(1, (TOGETHER if where == "cpu" else TOGETHER_GPU) // (spec.rows * spec.width))


def computed(spec: NetMap, tile: Tile, where: str) -> dict[str, Any]:
    """Train the cells of a tile; return what is told of it: {"cells", "levels", "size"}."""
    across, up = axes(spec, spec.side)
    rows, columns = np.divmod(tile.cells, spec.side)
    levels = levels_of(ratios(spec, 10.0 ** across[columns], 10.0 ** up[rows], where))
    return {"cells": packed(tile.cells, "<i4"), "levels": packed(levels, "|i1"), "size": tile.size}


def mapped(spec: NetMap, now: int | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with a map from tile number `now`; telling what `computed` does, and how many cells are known."""
    where = device()
    every = tiles(spec.side, at_once(spec, where))
    began, begin, events = time.monotonic(), now or 0, []
    known = sum(len(tile.cells) for tile in every[:begin])
    for number in range(begin, len(every)):
        known += len(every[number].cells)
        events.append(computed(spec, every[number], where) | {"step": known, "tile": number})
        if time.monotonic() - began > BUDGET or steering.get("once"):
            break
    end = begin + len(events)
    size = sum(len(str(event)) for event in events)
    return Chunk(end, events, known / spec.side**2, end == len(every), size=size)
