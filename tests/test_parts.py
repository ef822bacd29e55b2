"""What every picture is made of: no more points than can be seen, axes that stay put, labels that do not overlap."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.figures.parts import (
    CORNER,
    DECADES,
    LABEL_GAP,
    MOST_AT_EDGE,
    end_labels,
    runaways,
    steady_range,
    thin,
    turns,
)
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
    single = np.array(values, np.float32)
    assert steady_range(single, log) == steady_range(single.astype(np.float64), log)
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


OUTWARD = {"left": (0, None, 1, 0), "right": (1, None, -1, 0), "bottom": (None, 0, 0, -1), "top": (None, 1, 0, 1)}


@pytest.mark.parametrize(
    ("point", "side"),
    [
        ((-3, 0.5), "left"),
        ((9, 0.5), "right"),
        ((0.5, -1), "bottom"),
        ((0.5, math.inf), "top"),
        ((9, 1e6), "top"),
        ((-math.inf, 2), "left"),
    ],
)
def test_a_runaway_gets_an_arrow_outward_at_the_edge_it_left_by(point: tuple[float, float], side: str) -> None:
    (arrow,) = runaways([point[0]], [point[1]], ["far"], ["@series3"], (0, 1), (0, 1))
    x, y, ax, ay = OUTWARD[side]
    assert arrow["text"] == "far" and arrow["arrowcolor"] == "@series3"
    assert arrow["x"] == x or (x is None and CORNER <= arrow["x"] <= 1 - CORNER)
    assert arrow["y"] == y or (y is None and CORNER <= arrow["y"] <= 1 - CORNER)
    assert (np.sign(arrow["ax"]), np.sign(arrow["ay"])) == (ax, ay)


@pytest.mark.parametrize("point", [(0.5, 0.5), (0, 1), (1, 0), (math.nan, 5), (5, math.nan)])
def test_what_is_inside_or_nowhere_gets_no_arrow(point: tuple[float, float]) -> None:
    assert runaways([point[0]], [point[1]], ["here"], ["@text"], (0, 1), (0, 1)) == []


def test_a_runaway_on_a_log_axis_is_placed_by_its_decades() -> None:
    (right,) = runaways([0.1], [1e9], ["up"], ["@text"], (1e-3, 10), (1e-2, 1e2), log_x=True, log_y=True)
    assert (right["x"], right["y"]) == (pytest.approx(0.5), 1)
    (low,) = runaways([0.0], [1.0], ["zero"], ["@text"], (1e-3, 10), (1e-2, 1e2), log_x=True, log_y=True)
    assert (low["x"], low["y"]) == (0, pytest.approx(0.5))


def test_runaways_in_one_place_are_counted_at_the_farthest() -> None:
    (arrow,) = runaways([0.5, 0.51, 0.5], [4, 90, 7], ["a", "b", "c"], ["@series0"] * 3, (0, 1), (0, 1))
    assert arrow["text"] == "b (+2)"


def test_an_infinite_runaway_is_the_farthest() -> None:
    (arrow,) = runaways([0.5, 0.5], [1e300, math.inf], ["a", "b"], ["@series0"] * 2, (0, 1), (0, 1))
    assert arrow["text"] == "b (+1)"


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), max_size=30))
def test_every_runaway_is_shown_or_counted_and_an_edge_is_never_crowded(points: list[tuple[float, float]]) -> None:
    outside = [p for p in points if not (0 <= p[0] <= 1 and 0 <= p[1] <= 1)]
    arrows = runaways(
        [x for x, _ in points], [y for _, y in points], ["p"] * len(points), ["@text"] * len(points), (0, 1), (0, 1)
    )
    assert sum(1 + int(arrow["text"].partition("+")[2].rstrip(")") or 0) for arrow in arrows) == len(outside)
    for way in {(arrow["ax"], arrow["ay"]) for arrow in arrows}:
        assert sum((arrow["ax"], arrow["ay"]) == way for arrow in arrows) <= MOST_AT_EDGE
    for side, across in (("x", "y"), ("y", "x")):
        for end in (0, 1):
            places = sorted(arrow[across] for arrow in arrows if arrow[side] == end)
            assert all(after - before > 0.05 for before, after in pairwise(places))


SMALL = (230, 200)
"""The plot of a picture 320 pixels wide."""


@given(
    points=st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), max_size=30),
    across=st.sampled_from([1.0, 0.56]),
    in_all=st.sampled_from([None, 2]),
)
def test_arrows_do_not_overlap_on_a_narrow_plot(
    points: list[tuple[float, float]], across: float, in_all: int | None
) -> None:
    labels = [f"x<sub>{t}</sub> = {x:.3g}" for t, (x, _) in enumerate(points)]
    arrows = runaways(
        [x for x, _ in points], [y for _, y in points], labels, ["@text"] * len(points), (0, 1), (0, 1),
        in_all=in_all, across=across,
    )  # fmt: skip
    assert in_all is None or len(arrows) <= in_all
    boxes = [box(arrow, SMALL[0] * across, SMALL[1]) for arrow in arrows]
    for i, (left, right, low, high) in enumerate(boxes):
        for other in boxes[:i]:
            assert left >= other[1] or right <= other[0] or low >= other[3] or high <= other[2]


def box(arrow: dict, width: float, height: float) -> tuple[float, float, float, float]:
    """Where a label is drawn, in pixels, in letters of a phone's size."""
    wide = 5.5 * len(arrow["text"].replace("<sub>", "").replace("</sub>", "")) + 8
    x, y = arrow["x"] * width + arrow["ax"], arrow["y"] * height - arrow["ay"]
    left = {"left": x, "center": x - wide / 2, "right": x - wide}[arrow["xanchor"]]
    low = {"bottom": y, "middle": y - 11, "top": y - 22}[arrow["yanchor"]]
    return left, left + wide, low, low + 22
