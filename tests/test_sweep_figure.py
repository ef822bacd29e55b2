"""The sweep's picture: what is far worse, diverged or not there is shown as such; every label has its place."""

from typing import Any

import numpy as np
import pytest

from lrviz.figures.sweep import sweep_figure
from lrviz.text import words
from lrviz.train.kinds import ByNorm, ByOptimizer, BySchedule
from lrviz.train.quantities import ByBatchSize, ByRate, BySeed
from lrviz.train.sweep import SweepScene
from lrviz.train.swept import nothing, swept
from lrviz.ui.sweep import chart_words
from lrviz.ui.sweep_names import names_of
from tests.test_swept import told

SCENE = SweepScene(across=ByRate(low=0.001, high=1.0, count=4), up=BySeed(count=2), seeds=1)
BEST, WORST = 0.5, 40.0
ENDS = [[2.3, BEST, 0.9, WORST], [2.0, 1.0, 0.8, np.nan]]


def drawn(scene: SweepScene, ends: Any, **given: Any) -> dict[str, Any]:
    return sweep_figure(
        swept(scene, told(scene, ends)), names_of(scene, words("en")), chart_words(scene, words("en")), **given
    )


def maps(figure: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    ends, gone = (trace for trace in figure["data"] if trace["type"] == "heatmap")
    return ends, gone


def test_a_cell_beyond_the_scale_keeps_its_value_and_the_scale_says_so() -> None:
    ends, _ = maps(drawn(SCENE, ENDS))
    high = 2 * nothing(SCENE.training)["loss_val"] - BEST
    assert ends["zmax"] == pytest.approx(high) and high < WORST and ends["z"][0, 3] == np.float32(WORST)
    bar = ends["colorbar"]
    assert bar["ticktext"][-1].startswith("≥ ") and bar["tickvals"][-1] == ends["zmax"]
    assert bar["tickvals"] == sorted(bar["tickvals"]) and len(bar["tickvals"]) >= 4
    tame, _ = maps(drawn(SCENE, [[2.3, BEST, 0.9, 2.5]] * 2))
    assert "ticktext" not in tame["colorbar"]


def test_a_cell_that_diverges_is_drawn_as_one_that_diverges() -> None:
    ends, gone = maps(drawn(SCENE, ENDS))
    assert np.isnan(ends["z"][1, 3]) and gone["z"][1, 3] == 1 and np.isnan(gone["z"]).sum() == 7
    said = words("en").w("page.sweep.map.diverges")
    assert gone["hovertemplate"] == said and key(drawn(SCENE, ENDS)) == [f"■ {said}"]
    assert key(drawn(SCENE, [[1.0, BEST, 2.0, 3.0]] * 2)) == []


def key(figure: dict[str, Any]) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"] if note.get("name") == "diverges"]


def test_names_that_are_too_long_for_their_columns_slant_into_a_larger_margin() -> None:
    few = SCENE.but(across=ByOptimizer(values=("sgd", "adam")))
    many = SCENE.but(across=ByNorm(), beside=BySchedule(values=("constant", "step", "cosine")))
    short, long = (drawn(scene, np.ones((len(scene.cells), 1)))["layout"] for scene in (few, many))
    assert short["xaxis"]["tickangle"] == 0 > long["xaxis"]["tickangle"]
    assert short["margin"]["b"] < long["margin"]["b"]


def test_of_very_many_rows_those_with_a_name_and_the_best_are_marked() -> None:
    scene = SCENE.but(up=BySeed(count=30))
    ends = np.full((30, 4), 1.0)
    ends[:, 1], ends[17, 1] = BEST, BEST / 2
    figure = drawn(scene, ends)
    (marks,) = (trace for trace in figure["data"] if isinstance(trace.get("marker", {}).get("symbol"), list))
    named = [note["y"] for note in figure["layout"]["annotations"] if note.get("name") == "row"]
    assert set(marks["y"]) == {*named[:-1], 17.0} and marks["marker"]["symbol"].count("star") == 1


def test_an_accuracy_has_no_ticks_where_there_is_none() -> None:
    scene = SCENE.but(measure="accuracy_val")
    ends, _ = maps(drawn(scene, np.clip(ENDS, 0, 0.9)))
    assert ends["zmin"] < 0 <= min(ends["colorbar"]["tickvals"])


def test_the_limit_of_good_is_drawn_in_the_colour_of_the_best_cells_row() -> None:
    for tolerance in (0.1, 0.2):
        scene = SCENE.but(tolerance=tolerance)
        figure = drawn(scene, ENDS)
        (line,) = (trace for trace in figure["data"] if trace.get("name") == "limit")
        (curve,) = (trace for trace in figure["data"] if trace.get("meta") == {"row": 0})
        none = nothing(scene.training)["loss_val"]
        assert line["y"] == pytest.approx([BEST + tolerance * (none - BEST)] * 2) and line["x"] == [-0.5, 3.5]
        assert line["line"]["color"] == curve["line"]["color"]
    assert not any(trace.get("name") == "limit" for trace in drawn(SCENE, np.full(8, 3.0))["data"])


def test_frames_are_open_where_a_band_may_go_on() -> None:
    frames = next(trace for trace in drawn(SCENE, [[0.5, 0.5, 3.0, 3.0]] * 2)["data"] if trace.get("mode") == "lines")
    assert np.isnan(frames["x"]).sum() == 2 * 3, "three sides of four in both rows"
    assert np.nanmin(frames["x"]) == pytest.approx(-0.46) and np.nanmax(frames["x"]) == pytest.approx(1.46)


def test_a_rule_that_leaves_a_map_at_its_side_is_named_in_the_gap_beside_it() -> None:
    scene = SCENE.but(up=ByBatchSize(high=256, count=5), beside=ByOptimizer(values=("sgd", "adam")))
    figure = drawn(scene, np.tile([[0.9, 0.8, 0.5, 2.0]], (10, 1)))
    named = [note for note in figure["layout"]["annotations"] if note.get("name") == "rule"]
    linear = [note for note in named if note["text"] == "∝ batch"]
    assert [note.get("textangle", 0) for note in linear] == [-90, 0] and linear[0]["x"] == 4 < linear[1]["x"]


def test_a_chosen_cell_is_ringed() -> None:
    assert not any(trace.get("name") == "chosen" for trace in drawn(SCENE, ENDS)["data"])
    rings = [trace for trace in drawn(SCENE, ENDS, chosen=(0, 1, 2))["data"] if trace.get("name") == "chosen"]
    assert [(ring["x"], ring["y"]) for ring in rings] == [([2.0], [1.0])] * 2
