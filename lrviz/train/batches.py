"""Which rows each update sees: epochs of shuffled rows cut into batches, for many runs at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from lrviz.train import chance
from lrviz.train.training import Training, data_of

Tensor = torch.Tensor


@dataclass(frozen=True)
class Rows:
    """The rows of K updates of C different orders: `index` (K, C, B), and what each counts, `share` (K, C, B).

    `full`: for each update, whether all rows of all orders count the same, 1 / B.
    """

    index: Tensor
    share: Tensor
    full: list[bool]


@dataclass(frozen=True)
class Orders:
    """The different orders of rows among R runs: `seeds`, `sizes`, steps `per_epoch` (C,); run r has `which`[r]."""

    rows: int
    seeds: Tensor
    sizes: Sequence[int]
    per_epoch: Sequence[int]
    which: Tensor

    @property
    def width(self) -> int:
        """B, the largest batch."""
        return max(self.sizes)

    def drawn(self, first: int, count: int) -> Rows:
        """Return the rows of `count` updates from update `first` on."""
        device, width = self.seeds.device, self.width
        index = torch.zeros(count, len(self.sizes), width, dtype=torch.int64, device=device)
        held = torch.zeros(count, len(self.sizes), width, dtype=torch.bool, device=device)
        steps, place = torch.arange(first, first + count, device=device), torch.arange(width, device=device)
        for size, per_epoch in sorted(set(zip(self.sizes, self.per_epoch, strict=True))):
            mine = [c for c, found in enumerate(self.sizes) if found == size]
            at = (steps % per_epoch)[:, None] * size + place
            good = (at < self.rows) & (place < size)
            held[:, mine] = good[:, None]
            index[:, mine] = self._rows(mine, steps // per_epoch, at.clamp(max=self.rows - 1), size)
        counts = held.sum(2, keepdim=True)
        full = (counts == width).all(2).all(1).tolist()
        return Rows(index, held.double() / counts, full)

    def _rows(self, mine: list[int], epochs: Tensor, at: Tensor, size: int) -> Tensor:
        """Return the rows at places `at` (K, B) of each update's epoch (K,), for some orders: (K, n, B)."""
        if size >= self.rows:  # all of them: their order changes nothing
            return at[:, None].expand(-1, len(mine), -1)
        seen, epoch = torch.unique(epochs, return_inverse=True)
        orders = chance.orders(self.seeds[mine], seen, self.rows)
        return orders[epoch].gather(2, at[:, None].expand(-1, len(mine), -1))


def orders_of(trainings: Sequence[Training], device: torch.device) -> Orders:
    """Return the orders of trainings that all have as many rows."""
    rows = data_of(trainings[0].task).rows
    keys = [(one.seed, one.rows_per_batch, one.steps_per_epoch) for one in trainings]
    different = list(dict.fromkeys(keys))
    place = {key: c for c, key in enumerate(different)}
    seeds, sizes, per_epoch = zip(*different, strict=True)
    which = torch.tensor([place[key] for key in keys], device=device)
    return Orders(rows, torch.tensor(seeds, device=device), sizes, per_epoch, which)
