"""What every picture is made of: no more points than can be seen, axes that stay put, labels that do not overlap."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.figures.parts import DECADES, LABEL_GAP, end_labels, steady_range, thin, turns
from lrviz.schedules.scene import MAX_CURVES


@given(st.lists(st.sampled_from([1.0, 0.5, 0.25]), min_size=1, max_size=200))
def test_the_turns_of_a_level_line_are_the_whole_line(values: list[float]) -> None:
    kept = turns(np.array(values))
    held = kept[np.searchsorted(kept, np.arange(len(values)), side="right") - 1]
    assert [values[i] for i in held] == values
    changed = sum(a != b for a, b in pairwise(values))
    assert len(kept) <= 2 + 2 * changed


@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=400), most=st.integers(8, 60)
)
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float], most: int) -> None:
    table = np.array(values)
    kept = thin(table, most)
    assert (kept[0], kept[-1]) == (0, len(table) - 1) and (np.diff(kept) > 0).all()
    assert len(kept) <= max(len(table) if len(table) <= most else 0, most + 2)
    finite = table[np.isfinite(table)]
    if finite.size:
        assert {finite.min(), finite.max()} <= set(table[kept])


@given(values=st.lists(st.floats(1e-9, 1e3) | st.just(0.0), min_size=1, max_size=9), log=st.booleans())
def test_the_range_holds_what_is_drawn(values: list[float], log: bool) -> None:
    low, high = steady_range(np.array(values), log)
    assert low < high and max(values) <= high
    lowest = min((value for value in values if value > 0), default=high)
    assert min(values) >= low if not log else 0 < low <= max(lowest, high / 10**DECADES)


@pytest.mark.parametrize("log", [False, True])
def test_the_range_moves_in_a_few_round_steps_while_a_rate_grows(log: bool) -> None:
    tops = [steady_range(np.array([0.01, rate]), log)[1] for rate in np.linspace(0.1, 1, 1_000)]
    assert tops == sorted(tops) and len(set(tops)) <= 12
    assert all(float(f"{top:.3g}") == pytest.approx(top, rel=1e-12) for top in tops)


@given(st.lists(st.floats(-1, 2) | st.just(math.nan), min_size=1, max_size=MAX_CURVES), st.booleans())
def test_labels_at_line_ends_never_overlap_and_stay_on_the_plot(values: list[float], log: bool) -> None:
    notes = end_labels([(f"{i}", "@text", v) for i, v in enumerate(values)], 0.01 if log else 0, 1, log)
    heights = sorted(note["y"] for note in notes)
    assert len(heights) == len(values) and heights[0] >= -1e-12 and heights[-1] <= 1
    assert all(after - before >= LABEL_GAP - 1e-9 for before, after in pairwise(heights))


def test_labels_keep_the_order_of_their_lines() -> None:
    notes = end_labels([("top", "@text", 0.51), ("low", "@text", 0.5), ("far", "@text", 0.1)], 0, 1, False)
    heights = {note["text"]: note["y"] for note in notes}
    assert heights["top"] > heights["low"] > heights["far"] == pytest.approx(0.1)
