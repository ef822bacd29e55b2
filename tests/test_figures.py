"""Figures hold the arrays of their Result and nothing else, and stay legible at the edges."""

import math
from collections.abc import Mapping
from html import unescape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.figures.parts import (
    LABEL_ROOM,
    LARGEST,
    MOST_POINTS,
    SMALLEST,
    fitted,
    label_room,
    steady_range,
)
from lrviz.figures.schedules import DROPS_UP_TO, LABELS_UP_TO, MARKERS_UP_TO, rates_figure, reaction_figure
from lrviz.figures.theme import LIGHT, series
from lrviz.schedules import Constant, Cosine, Exponential, Formula, Linear, Plateau, Step
from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.overlay import Overlay, Reaction, overlay
from lrviz.schedules.scene import PRESETS, BuiltInMetric, Curve, SchedulesScene
from lrviz.spec import MAX_STEPS
from lrviz.ui.chart import pack
from tests.strategies import schedules

WORDS = {
    "x_steps": "X STEPS",
    "x_epochs": "X EPOCHS",
    "y_rate": "RATE",
    "y_metric": "METRIC",
    "after_end": "AFTER",
    "drop": "#{number}",
}
Figure = Mapping[str, Any]


def scene(*drawn: ScheduleSpec, **more: Any) -> SchedulesScene:
    curves = tuple(Curve(slot=slot, schedule=schedule) for slot, schedule in enumerate(drawn))  # type: ignore[arg-type]
    return SchedulesScene(curves=curves, **more)


def figure_of(shown: SchedulesScene) -> tuple[Overlay, Figure]:
    result = overlay(shown)
    return result, rates_figure(result, [f"curve {i}" for i in range(len(shown.curves))], WORDS)


def react(plateau: Plateau, metric: Array, **more: Any) -> tuple[Reaction, Figure]:
    result = Reaction(SchedulesScene(**more), plateau.replay(metric))
    return result, reaction_figure(result, WORDS)


def painted(node: Any) -> Any:
    """Put colours in the place of tokens, as the chart does."""
    if isinstance(node, Mapping):
        return {name: painted(leaf) for name, leaf in node.items()}
    if isinstance(node, list):
        return [painted(leaf) for leaf in node]
    if isinstance(node, str) and node.startswith("@"):
        return LIGHT[node[1:].partition("/")[0]]  # what follows the bar is how much of it shows
    return node


def plotly_takes(figure: Figure) -> go.Figure:
    """Let Plotly check every property and value; it raises ValueError at the first wrong one."""
    return go.Figure(painted(figure))


def line_ends(figure: Figure) -> list[dict[str, Any]]:
    return [note for note in figure["layout"]["annotations"] if note.get("name") == "line-end"]


# --- what is drawn is what was computed ---


@pytest.mark.parametrize("name", [name for name in PRESETS if PRESETS[name].view == "shapes"])
def test_every_point_of_a_preset_is_in_its_table(name: str) -> None:
    every_point_is_in_the_table(PRESETS[name])


AXES = {"axis": st.sampled_from(["steps", "epochs"]), "rate_axis": st.sampled_from(["linear", "log"])}


@given(schedule=schedules(), steps=st.integers(2, 3_000), axes=st.fixed_dictionaries(AXES))
def test_every_point_of_any_schedule_is_in_its_table(schedule: ScheduleSpec, steps: int, axes: dict[str, Any]) -> None:
    every_point_is_in_the_table(scene(schedule, Step(), steps=steps, steps_per_epoch=7, **axes))


def every_point_is_in_the_table(shown: SchedulesScene) -> None:
    result, figure = figure_of(shown)
    plotly_takes(figure)
    for trace, rates in zip(figure["data"], result.rates, strict=True):
        rates = np.where(rates > 0, rates, np.nan) if shown.rate_axis == "log" else rates
        at = dict(zip(result.x.astype(np.float32).tolist(), rates.astype(trace["y"].dtype), strict=True))
        assert [at[float(x)] for x in trace["x"]] == pytest.approx(list(trace["y"]), rel=0, abs=0, nan_ok=True)
        assert (trace["x"][0], trace["x"][-1]) == (np.float32(result.x[0]), np.float32(result.x[-1]))


def test_the_axis_can_count_epochs() -> None:
    _, figure = figure_of(scene(Cosine(), steps=201, axis="epochs", steps_per_epoch=10))
    assert figure["layout"]["xaxis"]["title"]["text"] == "X EPOCHS"
    assert figure["layout"]["xaxis"]["range"] == [0, 20]
    assert figure["data"][0]["x"][10] == 1


def test_a_curve_keeps_its_colour_when_others_go() -> None:
    three = scene(Step(), Cosine(), Exponential())
    _, before = figure_of(three)
    _, after = figure_of(three.without_item(0))
    colors = [trace["line"]["color"] for trace in before["data"]]
    assert colors == [series(0), series(1), series(2)]
    assert [trace["line"]["color"] for trace in after["data"]] == colors[1:]


def test_the_open_curve_is_thickest_and_a_hidden_one_is_not_drawn() -> None:
    two = scene(Step(), Cosine(), open=1)
    _, figure = figure_of(two)
    assert figure["data"][1]["line"]["width"] > figure["data"][0]["line"]["width"]
    hidden = two.but(curves=(two.curves[0].but(shown=False), two.curves[1]))
    _, figure = figure_of(hidden)
    assert [trace["name"] for trace in figure["data"]] == ["curve 1"]


def test_what_lies_after_the_end_of_the_open_schedule_is_shaded_and_named() -> None:
    _, figure = figure_of(scene(Cosine(T_max=30), Step(), steps=90))
    (shade,) = figure["layout"]["shapes"]
    assert (shade["x0"], shade["x1"]) == (Cosine(T_max=30).end, 89)
    assert "AFTER" in [note["text"] for note in figure["layout"]["annotations"]]
    _, figure = figure_of(scene(Cosine(T_max=30), Step(), steps=90, open=1))
    assert figure["layout"]["shapes"] == []


def test_markers_stand_where_steps_are_few() -> None:
    assert figure_of(scene(Step(), steps=MARKERS_UP_TO))[1]["data"][0]["mode"] == "lines+markers"
    assert figure_of(scene(Step(), steps=MARKERS_UP_TO + 1))[1]["data"][0]["mode"] == "lines"


def test_a_name_is_text_and_never_markup() -> None:
    result = overlay(scene(Step()))
    figure = rates_figure(result, ['<b>x</b> <a href="javascript:1">'], WORDS)
    assert "<" not in figure["data"][0]["name"]
    assert all("<" not in note["text"] for note in figure["layout"]["annotations"])
    assert figure["data"][0]["name"].startswith("&lt;b&gt;x")


def test_lines_are_labelled_at_their_end_up_to_six_and_in_a_legend_beyond() -> None:
    few, many = (figure_of(scene(*[Step()] * count))[1] for count in (LABELS_UP_TO, LABELS_UP_TO + 1))
    assert len(line_ends(few)) == LABELS_UP_TO and not few["layout"]["showlegend"]
    assert line_ends(many) == [] and many["layout"]["showlegend"]


@pytest.mark.parametrize("name", ["a" * 40, "学" * 20, "W" * 18, "a<b" * 13])
def test_a_long_name_is_short_at_its_line_and_whole_in_the_hover(name: str) -> None:
    figure = rates_figure(overlay(scene(Step())), [name], WORDS)
    (label,) = line_ends(figure)
    short = unescape(label["text"])
    assert short.endswith("…") and name.startswith(short[:-1]) and len(short) > 8
    assert figure["layout"]["margin"]["r"] <= LABEL_ROOM
    assert unescape(figure["data"][0]["name"]) == name and figure["layout"]["hoverlabel"]["namelength"] == -1


@given(st.text(max_size=60))
def test_a_label_fits_its_room(name: str) -> None:
    short = fitted(name)
    assert label_room([short + "a"]) <= LABEL_ROOM and (short == name or label_room([name]) == LABEL_ROOM)


# --- edges ---


@pytest.mark.parametrize("rate_axis", ["linear", "log"])
@pytest.mark.parametrize(
    "schedule",
    [
        Constant(lr=1e-320),
        Constant(lr=5e-324),
        Formula(expression="1e299 * 1.79e9"),
        Formula(expression="-1e299 * 1.79e9"),
        Formula(expression="1e299 * 1.79e9 * (-1) ** t"),
        Formula(expression="where(t, 1e-320, 1e299 * 1.79e9)"),
    ],
    ids=["tiny", "least", "huge", "huge_negative", "both", "tiny_and_huge"],
)
def test_a_rate_at_the_edge_of_doubles_has_a_picture(schedule: ScheduleSpec, rate_axis: Any) -> None:
    shown = scene(schedule, rate_axis=rate_axis, steps=3)
    rates = schedule.table(3)
    figure = rates_figure(Overlay(shown, rates[None], ()), ["edge"], WORDS)
    plotly_takes(figure)
    low, high = figure["layout"]["yaxis"]["range"]
    assert math.isfinite(low) and math.isfinite(high) and low < high
    assert all(0 <= note["y"] <= 1 for note in line_ends(figure))
    if low >= 0 or rate_axis == "log":
        drawn = rates[rates > 0]
        assert figure["data"][0]["y"][rates > 0].tolist() == drawn.tolist()


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20), st.booleans())
def test_any_numbers_have_a_range(values: list[float], log: bool) -> None:
    low, high = steady_range(np.array(values), log)
    assert -10 * LARGEST < low < high < 10 * LARGEST
    assert not log or low >= SMALLEST * 0.999


@pytest.mark.parametrize("expression", ["1 / t", "log(-1 - t)", "0.1 / (t - 5)", "-0.1 * t"])
@pytest.mark.parametrize("rate_axis", ["linear", "log"])
def test_a_rate_that_is_no_number_or_negative_still_has_a_picture(expression: str, rate_axis: Any) -> None:
    _, figure = figure_of(scene(Formula(expression=expression), Step(), rate_axis=rate_axis))
    plotly_takes(figure)
    assert all(map(math.isfinite, figure["layout"]["yaxis"]["range"]))
    assert all(math.isfinite(note["y"]) for note in line_ends(figure))


def test_nothing_shown_is_an_empty_picture_with_its_axes() -> None:
    empty = scene(Step())
    _, figure = figure_of(empty.but(curves=(empty.curves[0].but(shown=False),)))
    plotly_takes(figure)
    assert figure["data"] == [] and figure["layout"]["xaxis"]["title"]["text"] == "X STEPS"


def test_a_million_steps_are_drawn_with_no_more_points_than_can_be_seen() -> None:
    result, figure = figure_of(scene(Cosine(T_max=100_000), Formula(expression="1 / t"), steps=MAX_STEPS))
    plotly_takes(figure)
    assert all(len(trace["x"]) <= MOST_POINTS + 2 for trace in figure["data"])
    assert max(figure["data"][0]["y"]) == np.float32(result.rates[0].max())


def test_a_log_axis_leaves_out_what_it_has_no_place_for() -> None:
    _, figure = figure_of(scene(Formula(expression="0.1 - t / 100"), steps=30, rate_axis="log"))
    y = figure["data"][0]["y"]
    assert np.isfinite(y[:10]).all() and np.isnan(y[10:]).all()
    low, high = figure["layout"]["yaxis"]["range"]
    assert low <= math.log10(0.01) and math.log10(0.1) <= high


# --- Plateau ---


def test_metric_rate_and_every_cut_are_the_replays() -> None:
    metric = BuiltInMetric(shape="two_plateaus", epochs=100)
    result, figure = react(Plateau(patience=3), metric.values())
    plotly_takes(figure)
    above, below, cuts = figure["data"]
    assert list(above["y"]) == list(result.replay.metric.astype(np.float32))
    assert list(below["y"]) == list(result.replay.rates.astype(np.float32))
    assert len(result.replay.drops) > 1
    assert list(cuts["x"]) == [drop.epoch + 1 for drop in result.replay.drops]
    assert [line["x0"] for line in figure["layout"]["shapes"]] == list(cuts["x"])
    assert cuts["text"][:2] == ["#1", "#2"]


@pytest.mark.parametrize("metric", [[1.0], [math.nan] * 20, [math.inf, -math.inf, 1.0], [1.0] * 100_000])
@pytest.mark.parametrize("rate_axis", ["linear", "log"])
def test_a_strange_metric_has_a_picture(metric: list[float], rate_axis: Any) -> None:
    _, figure = react(Plateau(), np.array(metric), rate_axis=rate_axis)
    plotly_takes(figure)
    assert len(figure["data"][0]["x"]) <= MOST_POINTS + 2


def test_a_hundred_thousand_cuts_are_a_small_picture() -> None:
    every_epoch = Plateau(patience=0, factor=0.999, eps=0)
    result, figure = react(every_epoch, np.ones(100_000), rate_axis="log")
    assert len(result.replay.drops) > 90_000
    assert len(pack(figure)) < 60_000
    _, rate, cuts = figure["data"]
    assert len(figure["layout"]["shapes"]) == len(cuts["x"]) == len(cuts["text"]) == DROPS_UP_TO
    assert list(cuts["x"][:3]) == [2, 3, 4]
    used = result.replay.rates[rate["x"].astype(int)]
    assert list(rate["y"]) == list(used.astype(np.float32)) and used[-1] == result.replay.rates[-1]


def test_a_long_run_s_rate_is_drawn_at_every_change_and_wherever_the_metric_is() -> None:
    result, figure = react(Plateau(patience=9_000), np.ones(100_000))
    metric, rate, _ = figure["data"]
    drawn = set(rate["x"].tolist())
    changes = [drop.epoch for drop in result.replay.drops]
    assert len(changes) > 5 and {0, 99_999, *changes, *(epoch + 1 for epoch in changes)} <= drawn
    assert set(metric["x"].tolist()) <= drawn and len(drawn) < 2 * MOST_POINTS


def test_alike_schedules_share_a_line_and_not_a_label() -> None:
    _, figure = figure_of(scene(Constant(), Constant(), Linear(end_factor=1.0, start_factor=1.0)))
    assert len({note["y"] for note in line_ends(figure)}) == 3


def test_plotly_notices_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="colour"):
        plotly_takes({"data": [{"type": "scatter", "colour": "@text"}], "layout": {}})


def test_there_is_room_for_the_labels_of_what_is_shown() -> None:
    two = scene(Step(), Cosine()).but(curves=(Curve(shown=False), Curve(slot=1)))
    words_are = (["a" * 40, "abc"], ["x", "abc"], ["x", "a" * 10], ["x", "学" * 10], ["x", "a" * 200])
    rooms = [rates_figure(overlay(two), names, WORDS)["layout"]["margin"]["r"] for names in words_are]
    assert rooms[0] == rooms[1] < rooms[2] < rooms[3] < rooms[4] <= 240
    assert rooms[2] >= 10 * 7
