"""A network as a drawing: units, the weights between them, and the paths that are lit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st

from lrviz.ui.scripts import component

_network = component("network")


@dataclass(frozen=True)
class Node:
    """A unit: where it is, what stands in it (`value`), above it (`name`) and below it (`note`).

    ``x`` runs from 0 (left) to 1, ``y`` from 0 (bottom) to 1. Colours are tokens like ``"@series0"`` or
    ``"@series0/0.2"``. A ``crossed`` unit is pale and crossed out: a dropped one. One that ``picks`` can be chosen, and
    is then called ``label``.
    """

    id: str
    x: float
    y: float
    name: str = ""
    value: str = ""
    color: str = "@line"
    fill: str = ""
    crossed: bool = False
    lit: bool = False
    shape: Literal["circle", "box"] = "circle"
    note: str = ""
    picks: bool = False
    label: str = ""


@dataclass(frozen=True)
class Edge:
    """A connection from one node to another; on its line a small plate has its ``value`` and, quieter, an ``extra``.

    A ``lit`` edge is drawn strong and ends in an arrow head, at its start if ``backward``. One that ``picks`` can be
    chosen by click, tap or keys, and is then called ``label``.
    """

    id: str
    start: str
    end: str
    value: str = ""
    color: str = "@line"
    width: float = 1.5
    pale: bool = False
    lit: bool = False
    backward: bool = False
    picks: bool = False
    label: str = ""
    extra: str = ""


def network(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    *,
    key: str,
    alt: str,
    words: Mapping[str, str],
    height: int = 420,
    on_pick: Callable[[str], None] | None = None,
    chosen: str = "",
    filename: str = "lrviz",
) -> None:
    """Draw the network; it keeps its elements while values and lit paths change, so that changes can be seen.

    ``on_pick(id)`` gets the node or edge that was chosen by click, tap, Enter or Space; the drawing itself stores
    nothing, and marks the one called ``chosen``. ``words`` holds ``png``, ``svg`` and, where something can be picked,
    ``keys`` (how to choose by keyboard). ``height`` is in pixels.

    Raises: ValueError where two things share an id, or an edge hangs on a node that is not there.
    """
    _check(nodes, edges)
    data = {
        "key": key, "alt": alt, "words": dict(words), "height": height, "chosen": chosen, "filename": filename,
        "nodes": [_lean(node) for node in nodes], "edges": [_lean(edge) for edge in edges],
    }  # fmt: skip
    pickable = {one.id for one in (*nodes, *edges) if one.picks}
    answers: dict[str, Callable[[], None]] = {}
    if on_pick is not None:
        answers["on_pick_change"] = lambda: _picked(st.session_state.get(key), pickable, on_pick)
    _network(key=key, data=data, **answers)


def _check(nodes: Sequence[Node], edges: Sequence[Edge]) -> None:
    times = Counter(one.id for one in (*nodes, *edges))
    twice = [name for name, count in times.items() if count > 1]
    if twice:
        raise ValueError(f"each node and edge needs an id of its own; {', '.join(twice)} is used twice")
    known = {node.id for node in nodes}
    loose = [edge.id for edge in edges if not {edge.start, edge.end} <= known]
    if loose:
        raise ValueError(f"an edge starts and ends at a node that is given; {', '.join(loose)} does not")


def _lean(one: Node | Edge) -> dict[str, Any]:
    """Return what is to be sent of a node or edge: a text or switch that is not set is left out."""
    return {name: value for name, value in asdict(one).items() if value is not False and value != ""}


def _picked(state: Any, pickable: set[str], on_pick: Callable[[str], None]) -> None:
    """Pass on what the browser sent if it can be picked; whatever is not of the expected form counts as no pick."""
    sent = state.get("pick") if isinstance(state, Mapping) else None
    name = sent.get("id") if isinstance(sent, Mapping) else None
    if isinstance(name, str) and name in pickable:
        on_pick(name)
