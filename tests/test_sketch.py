"""The pad takes from a browser only what a learner can draw on it."""

import math
from typing import Any

import pytest

from lrviz.ui.sketch import _drawing, is_drawing, widened

BEFORE = ((0.0, 0.0), (40.0, 0.9), (100.0, 0.5))


def taken(raw: Any) -> bool:
    return is_drawing(raw, BEFORE, (0, 100), (0.001, 1), 4)


@pytest.mark.parametrize("raw", [[[0, 0.5], [100, 1]], [[0, 0.001], [1, 1.0], [2, 0.5], [100, 0.5]], ((0, 1), (1, 1))])
def test_points_in_range_with_x_rising_are_a_drawing(raw: Any) -> None:
    assert taken(raw)


def test_a_point_that_was_there_before_may_lie_outside() -> None:
    assert taken([[0, 0.0], [50, 0.5]])
    assert not taken([[1, 0.0], [50, 0.5]])


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "[[0,1],[1,1]]",
        {},
        [],
        [[0, 1]],
        [[0, 1], [1]],
        [[0, 1], "ab"],
        [[0, 1], [1, None]],
        [[0, 1], [1, True]],
    ]
    + [[[0, 1], [1, "1"]], [[0, 1], [0, 1]], [[2, 1], [1, 1]], [[0, 1], [101, 1]], [[0, 1], [1, 1.5]]]
    + [[[0, 1], [1, math.nan]], [[0, 1], [math.inf, 1]], [[0, 1], [1, 10**400]], [[k, 1] for k in range(5)]],
)
def test_anything_else_is_not(raw: Any) -> None:
    assert not taken(raw)


@pytest.mark.parametrize("state", [None, 3, {}, {"draw": None}, {"draw": []}, {"draw": {"n": "1", "points": []}}])
def test_a_message_of_the_wrong_form_is_no_drawing(state: Any) -> None:
    assert _drawing(state) == (0, None)


def test_a_range_grows_to_hold_the_points() -> None:
    assert widened((0, 1), []) == (0, 1)
    assert widened((0, 1), [0.5, 2, -1]) == (-1, 2)
