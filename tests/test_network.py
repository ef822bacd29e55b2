"""A drawn network says what is wrong with it, sends no more than it must, and takes only what can be picked."""

import json
from typing import Any

import pytest

from lrviz.ui.network import Edge, Node, _check, _lean, _picked

NODES = (Node("i1", 0, 0.5), Node("o1", 1, 0.5))


def test_what_is_not_set_is_not_sent_but_zero_is() -> None:
    assert _lean(NODES[0]) == {"id": "i1", "x": 0, "y": 0.5, "color": "@line", "shape": "circle"}
    lit = _lean(Edge("w1", "i1", "o1", "0.15", lit=True))
    assert lit == {"id": "w1", "start": "i1", "end": "o1", "value": "0.15", "color": "@line", "width": 1.5, "lit": True}


def test_a_hundred_plain_edges_are_a_small_message() -> None:
    assert len(json.dumps([_lean(Edge(f"w{n}", "i1", "o1")) for n in range(100)])) < 10_000


def test_an_edge_without_its_node_is_named() -> None:
    with pytest.raises(ValueError, match="w1 does not"):
        _check(NODES, [Edge("w1", "i1", "h1")])


def test_an_id_used_twice_is_named() -> None:
    with pytest.raises(ValueError, match="o1 is used twice"):
        _check(NODES, [Edge("o1", "i1", "o1")])


@pytest.mark.parametrize(
    "state",
    [
        None,
        3,
        {},
        {"pick": None},
        {"pick": "w1"},
        {"pick": {"id": None}},
        {"pick": {"id": ["w1"]}},
        {"pick": {"id": "w2"}},
    ],
)
def test_a_message_of_the_wrong_form_picks_nothing(state: Any) -> None:
    _picked(state, {"w1"}, lambda name: pytest.fail(f"picked {name}"))


def test_what_can_be_picked_is() -> None:
    got: list[str] = []
    _picked({"pick": {"id": "w1"}}, {"w1"}, got.append)
    assert got == ["w1"]
