"""The ledger of kept runs: what each was made of and what it came to, and in which settings they differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.spec import Spec, fields_of, value_at
from lrviz.train.measured import Measured
from lrviz.train.training import Training

Array = np.ndarray[Any, Any]
MOST = 10
SPAN = (0.1, 0.9)
"""The quantiles between which a band over seeds lies."""


@dataclass(frozen=True)
class Kept:
    """A run that was kept: its training, over how many seeds, and at M steps the median of what it was worth, (M,).

    `low` and `high`: the ends of the band of the validation loss over the seeds, None for one seed. `bad`: the first
    update whose loss was no number, -1 for none, of the seed where that came first.
    """

    name: str
    slot: int
    training: Training
    seeds: int
    steps: Array
    loss: Array
    loss_val: Array
    accuracy_val: Array
    low: Array | None
    high: Array | None
    bad: int
    shown: bool = True


@dataclass(frozen=True)
class Ledger:
    """The kept runs, oldest first."""

    runs: tuple[Kept, ...] = ()

    @property
    def full(self) -> bool:
        """Whether another run finds no place."""
        return len(self.runs) >= MOST

    def keep(self, name: str, training: Training, found: Measured) -> "Ledger":
        """Return the ledger with one more run, in the first colour that is free; as it is where it is full."""
        if self.full:
            return self
        slot = next(slot for slot in range(MOST) if slot not in {run.slot for run in self.runs})
        middle = [quantile(found.worth[name], 0.5) for name in ("loss", "loss_val", "accuracy_val")]
        low, high = [quantile(found.worth["loss_val"], share) if found.runs > 1 else None for share in SPAN]
        broken = found.bad[found.bad >= 0]
        bad = int(broken.min()) if broken.size else -1
        kept = Kept(name, slot, training, found.runs, found.steps, *middle, low=low, high=high, bad=bad)
        return Ledger((*self.runs, kept))

    def changed(self, index: int, **changes: Any) -> "Ledger":
        """Return the ledger with something about one run changed."""
        return Ledger(tuple(replace(run, **changes) if i == index else run for i, run in enumerate(self.runs)))

    def without(self, index: int) -> "Ledger":
        """Return the ledger without one run."""
        return Ledger(self.runs[:index] + self.runs[index + 1 :])


def quantile(values: Array, share: float) -> Array:
    """Return a quantile over the runs of each row, (M, R) -> (M,); what is no number counts as the largest there is."""
    ranked = np.sort(np.where(np.isfinite(values), values, np.inf), axis=1)
    place = share * (values.shape[1] - 1)
    low, high = ranked[:, int(np.floor(place))], ranked[:, int(np.ceil(place))]
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(high), np.inf, low + (place % 1) * (high - low))


def differing(trainings: Sequence[Training]) -> list[tuple[str, list[Any]]]:
    """Return every setting in which trainings differ, as (dotted path, values): of a Spec of another kind the Spec.

    A path that some do not have stands for None there.
    """
    paths = dict.fromkeys(path for training in trainings for path in _paths(training))
    found = [(path, [value_at(training, path) for training in trainings]) for path in paths]
    return [(path, values) for path, values in found if len({_told(value) for value in values}) > 1]


def _paths(spec: Spec, before: str = "") -> Iterator[str]:
    for name, _ in fields_of(spec):
        yield f"{before}{name}"
        value = getattr(spec, name)
        if isinstance(value, Spec):
            yield from _paths(value, f"{before}{name}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], Spec):
            for i, part in enumerate(value):
                yield f"{before}{name}.{i}"
                yield from _paths(part, f"{before}{name}.{i}.")


def _told(value: Any) -> Any:
    """Return what tells two values apart: of a Spec its kind, of many Specs how many, else the value."""
    if isinstance(value, Spec):
        return type(value)
    return len(value) if isinstance(value, tuple) and value and isinstance(value[0], Spec) else value
