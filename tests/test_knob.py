"""The knob trusts nothing a browser sends and never hides a value beyond its range."""

import math
from typing import Any

import pytest

from lrviz.ui.knob import LONGEST_TEXT, Band, _turn, ruled, widened


def test_the_range_grows_to_hold_the_value() -> None:
    assert widened(5, 0, 1, "linear") == (0, 5)
    assert widened(-1, 0, 1, "linear") == (-1, 1)
    assert widened(0.5, 0, 1, "linear") == (0, 1)
    assert widened(1e-9, 1e-5, 1, "log") == (1e-9, 1)


def test_a_log_range_never_reaches_zero() -> None:
    assert widened(0, 1e-5, 1, "log") == (1e-5, 1)


def test_the_bands_end_on_the_slider_and_the_last_at_its_end() -> None:
    bands = [Band(0.1, "@ok", "a"), Band(0.5, "@warn", "b"), Band(math.inf, "@warn", "c")]
    assert [band["to"] for band in ruled(bands, 1.0)] == [0.1, 0.5, 1.0]
    assert [band["to"] for band in ruled(bands, 0.3)] == [0.1, 0.3, 0.3]
    assert [band["to"] for band in ruled([Band(0.1, "@ok", "a"), Band(0.2, "@warn", "b")], 9.0)] == [0.1, 9.0]
    assert ruled([], 1.0) == []


@pytest.mark.parametrize("ends", [(0.2, 0.1), (0.1, 0.1), (math.nan, 0.1)])
def test_bands_that_do_not_rise_are_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        ruled([Band(end, "@ok", "a") for end in ends], 1.0)


WRONG = [None, {}, 3, {"turn": None}, {"turn": [1]}, {"turn": {"n": "7", "text": 5, "done": 1}}]


@pytest.mark.parametrize("state", WRONG)
def test_a_turn_of_the_wrong_form_is_no_turn(state: Any) -> None:
    assert _turn(state) == {"n": 0, "text": "", "done": False}


def test_a_turn_is_read_and_its_text_bounded() -> None:
    turn = _turn({"turn": {"n": 4, "text": "9" * 10_000, "done": True}})
    assert turn == {"n": 4, "text": "9" * LONGEST_TEXT, "done": True}
