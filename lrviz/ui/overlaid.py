"""The list of what a scene lays over one another: what a learner can do with it, the same in every lesson."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import streamlit as st

from lrviz.figures.theme import series
from lrviz.text import Words
from lrviz.ui.permalink import Desk
from lrviz.ui.roster import Row, roster


class Item(Protocol):
    """One of the things: it has a name of its own (or ""), and is drawn or not."""

    @property
    def shown(self) -> bool: ...
    def but(self, **changes: Any) -> Any: ...


class Overlaid(Protocol):
    """A scene with such a list, one of whose items is open."""

    @property
    def open(self) -> int: ...
    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def slots(self) -> Sequence[int]: ...
    @property
    def full(self) -> bool: ...
    def but(self, **changes: Any) -> Any: ...
    def with_item(self, item: Any) -> Any: ...
    def without_item(self, index: int) -> Any: ...
    def with_changed(self, index: int, item: Any) -> Any: ...


Scene = TypeVar("Scene", bound=Overlaid)


def overlaid(
    desk: Desk[Any],
    words: Words,
    names: Sequence[str],
    kinds: Mapping[str, Any],
    fresh: Callable[[str], Item],
    notes: Sequence[str] = (),
) -> None:
    """Show the items and what can be done with each, and offer to add one of some kind, which `fresh` makes."""
    scene: Overlaid = desk.scene
    short = notes or [""] * len(names)
    rows = [
        Row(name, series(slot), item.shown, note)
        for name, slot, item, note in zip(names, scene.slots, scene.items, short, strict=True)
    ]
    roster(
        rows,
        key=f"{desk.lesson} list",
        label=words.w(f"page.{desk.lesson}.list.title"),
        opened=scene.open,
        on_act=lambda what, index, text: desk.put(acted(desk.scene, what, index, text, names)),
        words=words.group(f"page.{desk.lesson}.list.row"),
        full=scene.full,
    )
    _add(desk, words, kinds, fresh)


def acted(scene: Scene, what: str, index: int, text: str, names: Sequence[str]) -> Scene:
    """Return the scene after an act on one item of the list; an act on one that has gone changes nothing."""
    if index >= len(scene.items):
        return scene
    item = scene.items[index]
    match what:
        case "open":
            return scene.but(open=index)
        case "duplicate" if not scene.full:
            return scene.with_item(item)
        case "remove" if len(scene.items) > 1:
            return scene.without_item(index)
        case "show":
            return scene.with_changed(index, item.but(shown=not item.shown))
        case "rename":
            return scene.with_changed(index, item.but(name="" if text == names[index] else text))
    return scene


def _add(desk: Desk[Any], words: Words, kinds: Mapping[str, Any], fresh: Callable[[str], Item]) -> None:
    # A new widget after every addition; the one before it, of which a browser may speak once more, adds nothing again.
    added, full = f"{desk.lesson} added", desk.scene.full
    count = st.session_state.get(added, 0)
    key = f"{desk.lesson} add {words.language} {count}"

    def take() -> None:
        kind, scene = st.session_state[key], desk.scene
        if kind is not None and not scene.full and st.session_state.get(added, 0) == count:
            st.session_state[added] = count + 1
            desk.put(scene.with_item(fresh(kind)))

    st.selectbox(
        words.w(f"page.{desk.lesson}.list.add"),
        kinds,
        index=None,
        key=key,
        format_func=words.kind,
        placeholder=words.w(f"page.{desk.lesson}.list.{'full' if full else 'add'}"),
        disabled=full,
        label_visibility="collapsed",
        on_change=take,
    )
