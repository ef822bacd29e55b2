"""What a watched training brought, as arrays again: what its events told, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.train.numbers import unpacked

Array = np.ndarray[Any, Any]
WORTH = ("loss", "accuracy", "loss_val", "accuracy_val")
"""What the nets are worth, on all training rows and on those that validate."""
INSIDE = ("weight", "gradient", "update_ratio", "dead")
"""What goes on inside the first net, a number a layer."""


@dataclass(frozen=True)
class Measured:
    """R trainings so far: of K updates the losses (K, R) and rates (K,); at M steps (M,) worth (M, R), inside (M, L).

    `bad`: the first update of each run whose loss was no number, -1 for none, (R,). `by_hand`: the rates set by hand,
    (step, rate), each from its update on.
    """

    losses: Array
    rates: Array
    steps: Array
    worth: Mapping[str, Array]
    inside: Mapping[str, Array]
    bad: Array
    by_hand: tuple[tuple[int, float], ...] = ()

    @property
    def runs(self) -> int:
        """R, how many trainings there are."""
        return self.losses.shape[1]


def measured(events: Sequence[Mapping[str, Any]]) -> Measured | None:
    """Return what events told, None where they have not measured anything yet."""
    found = [event for event in events if "measured" in event]
    if not found:
        return None
    by_hand = next((event["by_hand"] for event in reversed(events) if "by_hand" in event), ())
    return Measured(
        _joined(event["losses"] for event in events),
        _joined(event["rates"] for event in events),
        _joined(event["measured"] for event in found),
        {name: _joined(event["worth"][name] for event in found) for name in WORTH},
        {name: _joined(event["inside"][name] for event in found) for name in INSIDE},
        np.array(events[-1]["bad"]),
        tuple((int(step), float(rate)) for step, rate in by_hand),
    )


def _joined(parts: Any) -> Array:
    return np.concatenate([unpacked(part) for part in parts])
