"""What R trainings are fed: their data, and the rows, targets and dropout masks of every update, some at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from lrviz.train import chance
from lrviz.train.batches import Orders, orders_of
from lrviz.train.layers import Pass
from lrviz.train.models import Drop, Layer
from lrviz.train.net import Criterion
from lrviz.train.training import Training, data_of

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]
BLOCK = 128
"""Updates whose rows and masks are drawn at a time, at most."""
MOST_NUMBERS = 4_000_000
"""Numbers drawn or gathered at a time, at most."""


@dataclass(frozen=True)
class Block:
    """What some updates are fed, from update `first` on, a list item an update.

    x: (R, B, F); y: (R or 1, B, outputs), classes as 0 and 1; share: what each row counts, (R or 1, B, 1) or (1, 1, 1);
    counts: the same of all K updates, (K, R or 1, B). B is the largest batch among them.
    """

    first: int
    x: Sequence[Tensor]
    y: Sequence[Tensor]
    share: Sequence[Tensor]
    passes: Sequence[Pass]
    counts: Tensor

    @property
    def end(self) -> int:
        """The update after the last one."""
        return self.first + len(self.x)


class Feed:
    """The data of R trainings of one shape, V different ones: x (V, N, F), y (V, N, outputs), and those that validate.

    A block depends on nothing but its first update, so it is kept while the trainings go through it.
    """

    def __init__(
        self, trainings: Sequence[Training], shapes: Sequence[Layer], device: torch.device, dtype: torch.dtype
    ):
        self.trainings, self.device, self.dtype = trainings, device, dtype
        self.criterion: Criterion = trainings[0].criterion
        self.orders: Orders = orders_of(trainings, device)
        shares = [getattr(one.model, "dropout", 0.0) for one in trainings]
        self.drops = {i: s.units for i, s in enumerate(shapes) if isinstance(s, Drop)} if any(shares) else {}
        tasks = list(dict.fromkeys(one.task for one in trainings))
        found = [data_of(task) for task in tasks]
        self.which_task = torch.tensor([tasks.index(one.task) for one in trainings], device=device)
        self.classes, self.outputs = found[0].classes, found[0].outputs
        self.x, self.x_val = self._tensors([d.x for d in found]), self._tensors([d.x_val for d in found])
        self.y, self.y_val = self._targets([d.y for d in found]), self._targets([d.y_val for d in found])
        self._kept: Block | None = None

    def _tensors(self, arrays: Sequence[Array]) -> Tensor:
        return torch.as_tensor(np.stack(arrays), device=self.device).to(self.dtype)

    def _targets(self, ys: Sequence[Array]) -> Tensor:
        y = torch.as_tensor(np.stack(ys), device=self.device)
        if not self.classes:
            return y.to(self.dtype)[:, :, None]
        return torch.nn.functional.one_hot(y.long(), self.classes).to(self.dtype)

    # ------------------------------------------------------------------------------------------- blocks

    def block(self, step: int) -> Block:
        """Return the block that an update is in."""
        kept = self._kept
        if kept is None or not kept.first <= step < kept.end:
            first = step - step % self._size
            self._kept = kept = self._drawn(first, min(self._size, self.trainings[0].steps - first))
        return kept

    @cached_property
    def _size(self) -> int:
        """How many updates' rows and masks may be held at a time."""
        units = max([self.x.shape[2] + self.outputs, *self.drops.values()])
        return max(1, min(BLOCK, MOST_NUMBERS // (len(self.trainings) * self.orders.width * units)))

    def _drawn(self, first: int, count: int) -> Block:
        rows = self.orders.drawn(first, count)
        share, width = self._mine(rows.share).to(self.dtype), rows.index.shape[2]
        x, y = self._gathered(rows.index)
        even = torch.full((1, 1, 1), 1 / width, dtype=self.dtype, device=self.device)
        shares = [even if full else one[:, :, None] for full, one in zip(rows.full, share, strict=True)]
        masks = self._masks(first, count, width)
        passes = [Pass(True, None if rows.full[k] else shares[k], masks[k]) for k in range(count)]
        return Block(first, x.unbind(), y.unbind(), shares, passes, share)

    def _mine(self, values: Tensor) -> Tensor:
        """Return what belongs to each run's order of rows, (K, C, ..) -> (K, R, ..); one for all where all have one."""
        return values if values.shape[1] == 1 else values[:, self.orders.which]

    def _gathered(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return rows and targets, (K, R, B, F) and (K, R or 1, B, outputs), given their places (K, C, B)."""
        runs = len(self.trainings)
        if len(self.x) == 1:
            x, y = self._mine(self.x[0][index]), self._mine(self.y[0][index])
        else:
            mine, task = self._mine(index).expand(-1, runs, -1), self.which_task[:, None]
            x, y = self.x[task, mine], self.y[task, mine]
        return x.expand(-1, runs, -1, -1), y

    def _masks(self, first: int, count: int, width: int) -> list[dict[int, Tensor]]:
        """Return what each dropout layer multiplies by in each of `count` updates."""
        out: list[dict[int, Tensor]] = [{} for _ in range(count)]
        shares = [getattr(one.model, "dropout", 0.0) for one in self.trainings]
        dropped = torch.tensor(shares, dtype=torch.float64, device=self.device)[:, None, None]
        now = torch.arange(first, first + count, device=self.device)
        for index, units in self.drops.items():
            seeds, which = self._seeds
            drawn = chance.uniform(seeds, chance.DROP + index, now, width * units)
            for k, one in enumerate(drawn):
                kept = one.view(len(seeds), -1, units)[which] >= dropped
                out[k][index] = (kept / (1 - dropped)).to(self.dtype)
        return out

    @cached_property
    def _seeds(self) -> tuple[Tensor, Tensor]:
        seeds = torch.tensor([one.seed for one in self.trainings], device=self.device)
        return torch.unique(seeds, return_inverse=True)

    # ------------------------------------------------------------------------------------------- all rows

    def of_each(self, values: Tensor) -> Tensor:
        """Return the rows or targets of each run's own data, (V, N, ..) -> (R, N, ..)."""
        runs = len(self.trainings)
        return values.expand(runs, *values.shape[1:]) if len(values) == 1 else values[self.which_task]
