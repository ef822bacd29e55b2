"""The dropout lesson's pictures hold the arrays of their results, play them mask by mask, and stay small."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from lrviz.figures.dropout import average_figure, depth_figure, layer_figure, rows
from lrviz.figures.dropout_networks import networks_figure
from lrviz.figures.dropout_recipes import recipes_figure
from lrviz.layers.dropout_recipes import RECIPES
from lrviz.layers.dropout_scene import DropoutScene, average, depth, ensemble, layer
from lrviz.ui.chart import Film, pack

WORDS: dict[str, str] = defaultdict(str, {"all": "all {count}"})
MOST_BYTES = 60_000


def layer_of(**scene: Any) -> dict[str, Any]:
    return layer_figure(layer(DropoutScene(**scene)), WORDS, 350)


def test_the_bars_are_what_is_before_and_after() -> None:
    found = layer(DropoutScene())
    before, after = layer_figure(found, WORDS, 350)["data"]
    np.testing.assert_array_equal(before["x"], found.scene.x)
    np.testing.assert_array_equal(after["x"], found.output)
    np.testing.assert_array_equal(before["y"], rows(5))
    assert after["text"] == ["0", "3.0055", "0", "0", "11.5193"]
    assert after["marker"]["color"] != layer_of(scaling="never")["data"][1]["marker"]["color"]


def test_no_bar_leaves_the_picture_and_no_dropped_one_is_minus_0() -> None:
    for values in ((-3.0, 2.0), (-1.0, -5.0), (0.0,), (0.0, 6.9116)):
        for p in (0.0, 0.4, 0.9, 1.0):
            figure = layer_of(values=values, p=p)
            low, high = figure["layout"]["xaxis"]["range"]
            assert low <= min(0, *(min(t["x"]) for t in figure["data"])) < high
            assert max(max(t["x"]) for t in figure["data"]) <= high
            assert "-0" not in figure["data"][1]["text"]


@pytest.mark.parametrize("count", range(1, 9))
def test_every_row_fits_between_legend_and_axis_as_beside_the_network(count: int) -> None:
    places = rows(count)
    figure = layer_of(values=(1.0,) * count)
    floor, top = figure["layout"]["yaxis"]["range"]
    half = figure["data"][0]["width"] / 2
    assert floor < min(places) - half and max(places) + half < top
    assert all(0.15 <= y <= 0.85 + 1e-9 for y in places), "a drawn network keeps its margins only between these"


def test_a_low_picture_as_on_paper_has_every_row() -> None:
    figure = layer_figure(layer(DropoutScene()), WORDS, 260)
    bars, (floor, _) = figure["data"][0], figure["layout"]["yaxis"]["range"]
    assert floor < min(bars["y"]) - bars["width"] / 2


def test_the_averages_are_played_mask_by_mask() -> None:
    found = average(DropoutScene(view="average", masks=50))
    figure = average_figure(found, WORDS)
    Film(51, {}).check(figure)
    lines = [trace for trace in figure["data"] if "reach" in trace.get("film", {})]
    np.testing.assert_allclose([line["y"] for line in lines], found.averages.T, rtol=1e-6)
    assert all(line["film"]["reach"].tolist() == list(range(51)) for line in lines)
    averaged, drawn = (trace["film"]["y"] for trace in figure["data"] if "y" in trace.get("film", {}))
    for frames, values in ((averaged, found.averages), (drawn, found.outputs)):
        assert np.isnan(frames[0]).all()
        np.testing.assert_allclose(frames[1:], values, rtol=1e-6)


def arrows(figure: dict[str, Any]) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"] if note.get("name") == "runaway"]


@pytest.mark.parametrize(("p", "told"), [(0.0, []), (0.4, []), (0.9, ["69.1", "23"])])
def test_the_axis_of_the_averages_stays_put_and_what_leaves_it_gets_an_arrow(p: float, told: list[str]) -> None:
    found = average(DropoutScene(view="average", p=p))
    figure = average_figure(found, WORDS)
    assert figure["layout"]["yaxis"]["range"] == [0, 15]
    assert (found.outputs.max() > 15) == bool(told)
    assert [text.split(" ")[0] for text in arrows(figure)] == told
    assert len(figure["layout"]["annotations"]) == 5 + len(told)
    assert len(average_figure(found, WORDS, narrow=True)["layout"]["annotations"]) == len(told)


def test_the_stack_shows_theory_over_what_was_measured() -> None:
    found = depth(DropoutScene(view="depth", p=0.5))
    traces = depth_figure(found, WORDS)["data"]
    np.testing.assert_allclose(traces[1]["y"], found.expected, rtol=1e-6)
    np.testing.assert_allclose(traces[-1]["y"], found.unscaled, rtol=1e-6)
    np.testing.assert_allclose(traces[-2]["y"], found.scaled, rtol=1e-6)


def test_twenty_layers_leave_no_line_out_of_the_picture() -> None:
    found = depth(DropoutScene(view="depth", p=0.9, depth=20))
    figure = depth_figure(found, WORDS)
    low, high = figure["layout"]["yaxis"]["range"]
    for values in (found.unscaled, found.scaled, found.singles[0]):
        assert low <= np.log10(values.min()) and np.log10(values[np.isfinite(values)].max()) <= high


def test_where_no_signal_is_left_an_arrow_says_infinitely_much() -> None:
    figure = depth_figure(depth(DropoutScene(view="depth", p=1)), WORDS)
    assert any(note["text"].startswith("∞") for note in figure["layout"]["annotations"])
    assert np.isnan(figure["data"][-1]["y"][1:]).all()
    calm = depth_figure(depth(DropoutScene(view="depth", p=0.5)), WORDS)
    assert not any(note["text"].startswith("∞") for note in calm["layout"]["annotations"])


@pytest.mark.parametrize("hidden", ["one", "two"])
def test_every_sub_network_is_drawn_with_a_cross_for_each_dropped_unit(hidden: Any) -> None:
    found = ensemble(DropoutScene(view="networks", hidden=hidden))
    figure = networks_figure(found, WORDS)
    sizes = {trace["marker"].get("symbol", "dot"): len(trace["x"]) for trace in figure["data"] if "marker" in trace}
    assert sizes["x-thin"] == int((1 - found.masks).sum()) == 32
    (numbers,) = (trace["text"] for trace in figure["data"] if "text" in trace)
    assert [float(text) for text in numbers] == pytest.approx(found.outputs, abs=6e-3)
    points = next(trace for trace in figure["data"] if trace.get("hovertemplate"))
    np.testing.assert_array_equal(points["x"], found.probabilities)
    np.testing.assert_array_equal(points["y"], found.outputs)
    (ring,) = (t for t in figure["data"] if t.get("marker", {}).get("symbol") == "circle-open")
    assert ring["y"] == found.outputs[[found.drawn]]


def test_outputs_that_are_all_alike_still_have_an_axis() -> None:
    for p in (0.0, 1.0):
        found = ensemble(DropoutScene(view="networks", p=p, activation="relu", weights=8))
        low, high = networks_figure(found, WORDS, narrow=True)["layout"]["yaxis2"]["range"]
        assert low < found.outputs.min() <= found.outputs.max() < high


def test_the_recipes_stand_at_their_depths_and_the_learners_p_among_them() -> None:
    figure = recipes_figure(0.7, WORDS, {one.name: one.name for one in RECIPES})
    own, *lines = figure["data"]
    assert own["y"].tolist() == [0.7, 0.7] and figure["layout"]["yaxis"]["range"][1] > 0.7
    assert [line["y"].tolist() for line in lines] == [list(one.rates) for one in RECIPES]


@pytest.mark.parametrize("p", [0.0, 0.4, 0.9, 1.0])
def test_a_turn_of_the_knob_brings_little(p: float) -> None:
    scene = DropoutScene(p=p, values=tuple(np.linspace(-9, 9, 8)), masks=400, depth=20)
    figures = [
        layer_figure(layer(scene), WORDS, 350), average_figure(average(scene), WORDS),
        depth_figure(depth(scene), WORDS), networks_figure(ensemble(scene), WORDS),
    ]  # fmt: skip
    assert [len(pack(figure)) < MOST_BYTES for figure in figures] == [True] * 4
