"""The picture of the front door that moves by itself: several at once, over the same steps."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from lrviz.figures.strokes import BOX, Shape
from lrviz.ui.scripts import component

_demonstration = component("demonstration")


@dataclass(frozen=True)
class Panel:
    """One of the pictures that move together: what stays, where its dot is at every step (T, 2), and what it is."""

    title: str
    sentence: str
    shapes: Sequence[Shape]
    places: Sequence[Sequence[float]]
    color: str
    trail: int = 0


def demonstration(panels: Sequence[Panel], rates: Sequence[float], *, key: str, words: Mapping[str, str]) -> None:
    """Show pictures that play together over the steps of some rates, again and again, until they are paused.

    The last panel's places come from the worker. `words` holds `play`, `pause`, `alt`, `step` ({step}, {rate}),
    `right` ({share}) and `failed`.
    """
    data = {
        "key": key, "box": BOX, "steps": len(rates), "rates": [*rates], "words": dict(words),
        "panels": [asdict(panel) for panel in panels],
    }  # fmt: skip
    _demonstration(key=key, data=data)
