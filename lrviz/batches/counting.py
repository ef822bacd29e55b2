"""The arithmetic of epochs: how a pass over N samples is cut into batches, and how many updates come of it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lrviz.spec import Knob, Spec

Indices = np.ndarray[Any, np.dtype[np.intp]]
MOST_SAMPLES = 10_000_000


class Counting(Spec):
    """A data set of so many samples, and how many times all of it is used."""

    kind: Literal["counting"] = "counting"
    samples: Annotated[int, Field(ge=1, le=MOST_SAMPLES), Knob(100, 1_000_000, "log")] = 50_000
    epochs: Annotated[int, Field(ge=1, le=10_000), Knob(1, 100, "log")] = 10


@dataclass(frozen=True)
class Count:
    """N samples cut into batches of B, epoch after epoch; a short last batch is used, or left out with `drop_last`.

    Iterations an epoch: ceil(N / B), with drop_last floor(N / B). PyTorch: len(DataLoader(data, batch_size=B,
    drop_last=drop_last)), for which a batch larger than N is one batch of N, or with drop_last none at all.
    Source: torch.utils.data.BatchSampler.
    """

    samples: int
    batch_size: int
    epochs: int = 1
    drop_last: bool = False

    @property
    def whole(self) -> int:
        """How many batches of an epoch hold B samples."""
        return self.samples // self.batch_size

    @property
    def short(self) -> int:
        """How many samples are over once the whole batches are cut, 0 where N is divisible by B."""
        return self.samples % self.batch_size

    @property
    def iterations(self) -> int:
        """Updates an epoch: the whole batches, and the short one unless it is dropped."""
        return self.whole + (self.short > 0 and not self.drop_last)

    @property
    def last(self) -> int:
        """How many samples the last batch of an epoch holds; 0 where there is no batch."""
        if self.short and not self.drop_last:
            return self.short
        return self.batch_size if self.whole else 0

    @property
    def dropped(self) -> int:
        """How many samples an epoch leaves out."""
        return self.short if self.drop_last else 0

    @property
    def total(self) -> int:
        """Updates in all epochs."""
        return self.iterations * self.epochs


def cut(samples: int, batch_size: int, drop_last: bool) -> tuple[Indices, Indices]:
    """Return where each batch of an epoch starts and stops, (I,) and (I,): batch i holds samples start[i] to stop[i]-1.

    PyTorch: the slices that BatchSampler(order, batch_size, drop_last) takes of a shuffled order.
    """
    count = Count(samples, batch_size, drop_last=drop_last)
    starts = np.arange(count.iterations) * batch_size
    return starts, np.minimum(starts + batch_size, samples)
