"""The ways in at the front door: a card a lesson with its own picture, tiny."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from lrviz.figures.strokes import BOX, Shape
from lrviz.ui.scripts import component

_gallery = component("gallery")


@dataclass(frozen=True)
class Card:
    """A way to a lesson: its address, what it is called, a sentence, and a short note such as how long it takes.

    `trained`: which of the worker's answers has a picture that takes the place of its own, "" for none.
    """

    name: str
    href: str
    title: str
    claim: str
    note: str = ""
    trained: str = ""


def as_sent(shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """Return shapes as the browser takes them."""
    return [asdict(shape) for shape in shapes]


def gallery(
    cards: Sequence[Card],
    shapes: Mapping[str, Sequence[Shape]],
    *,
    key: str,
    label: str,
    on_open: Callable[[str], None],
    numbered: bool = False,
) -> None:
    """Show cards with their pictures; `on_open(name)` is told which was pressed. `label` names the list."""
    names = {card.name for card in cards}
    data = {
        "key": key, "label": label, "box": BOX, "numbered": numbered, "cards": [asdict(card) for card in cards],
        "shapes": {name: as_sent(shapes[name]) for name in names & shapes.keys()},
    }  # fmt: skip

    def answer() -> None:
        state = st.session_state.get(key)
        name = state.get("open") if isinstance(state, Mapping) else None
        if name in names:
            on_open(name)

    _gallery(key=key, data=data, on_open_change=answer)
