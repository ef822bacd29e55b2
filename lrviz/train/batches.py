"""Which rows each update sees: epochs of shuffled rows cut into batches, for many runs at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from lrviz.train import chance
from lrviz.train.epochs import Epochs
from lrviz.train.training import Training

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
    """The different orders of rows among R runs: `seeds` (C,), the `epochs` they are cut into; run r has `which`[r].

    `width`: B, the largest batch.
    """

    seeds: Tensor
    epochs: Sequence[Epochs]
    which: Tensor
    width: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.epochs[0].rows

    def drawn(self, first: int, count: int) -> Rows:
        """Return the rows of `count` updates from update `first` on; B is their largest batch."""
        device, steps = self.seeds.device, np.arange(first, first + count)
        cuts = {one: [c for c, found in enumerate(self.epochs) if found == one] for one in dict.fromkeys(self.epochs)}
        places = {one: [torch.tensor(part, device=device) for part in one.at(steps)] for one in cuts}
        width = max(int(sizes.max()) for _, _, sizes in places.values())
        place = torch.arange(width, device=device)
        index = torch.zeros(count, len(self.epochs), width, dtype=torch.int64, device=device)
        held = torch.zeros(count, len(self.epochs), width, dtype=torch.bool, device=device)
        for one, mine in cuts.items():
            epoch, begins, sizes = places[one]
            at = begins[:, None] + place
            held[:, mine] = ((at < self.rows) & (place < sizes[:, None]))[:, None]
            index[:, mine] = self._rows(mine, epoch, at.clamp(max=self.rows - 1), bool((sizes >= self.rows).all()))
        counts = held.sum(2, keepdim=True)
        full = (counts == width).all(2).all(1).tolist()
        return Rows(index, held.double() / counts, full)

    def _rows(self, mine: list[int], epochs: Tensor, at: Tensor, whole: bool) -> Tensor:
        """Return the rows at places `at` (K, B) of each update's epoch (K,), for some orders: (K, n, B)."""
        if whole:  # all of them: their order changes nothing
            return at[:, None].expand(-1, len(mine), -1)
        seen, epoch = torch.unique(epochs, return_inverse=True)
        orders = chance.orders(self.seeds[mine], seen, self.rows)
        return orders[epoch].gather(2, at[:, None].expand(-1, len(mine), -1))


def orders_of(trainings: Sequence[Training], device: torch.device) -> Orders:
    """Return the orders of trainings that all have as many rows."""
    keys = [(one.seed, one.epochs) for one in trainings]
    different = list(dict.fromkeys(keys))
    place = {key: c for c, key in enumerate(different)}
    seeds, epochs = zip(*different, strict=True)
    which = torch.tensor([place[key] for key in keys], device=device)
    width = max(one.largest_batch for one in trainings)
    return Orders(torch.tensor(seeds, device=device), epochs, which, width)
