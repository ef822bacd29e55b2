"""The pictures of parabola and fair race hold the arrays of their results and stay legible at the edges."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.fair import HIGHEST, LOWEST, WORKS, Tuned, tuned
from lrviz.descend.parabola import PRESETS, ParabolaScene, Walk, walk
from lrviz.descend.race import PRESETS as RACES
from lrviz.figures.fair import LEAST, fair_figure
from lrviz.figures.parabola import FAR, LABELLED_UP_TO, MARKED_UP_TO, walk_figure
from lrviz.figures.theme import ROLES, series
from lrviz.optimizers import SGD
from lrviz.schedules import Constant, Formula
from lrviz.surfaces import FormulaLine, Quadratic
from lrviz.surfaces.lines import Absolute, DoubleWell
from lrviz.ui.chart import pack
from tests.strategies import specs
from tests.test_figures import plotly_takes

WORDS = {name: name.upper() for name in ("x", "y", "iteration", "loss", "path", "curve", "minimum")}
FAIR = {"rate": "RATE", "left": "LEFT", "works": "WORKS"}
Figure = Mapping[str, Any]


def named(figure: Figure, name: str) -> dict[str, Any]:
    (trace,) = [trace for trace in figure["data"] if trace.get("name") == name]
    return trace


def at(lr: float, **more: Any) -> Walk:
    return walk(ParabolaScene(schedule=Constant(lr=lr)).but(**more))


def marks(figure: Figure, axis: str) -> list[dict[str, Any]]:
    return [note for note in figure["layout"]["annotations"] if note["xref"] == f"{axis} domain"]


def is_marks(trace: Mapping[str, Any]) -> bool:
    return trace["mode"].startswith("markers") and not trace["name"]


def positions(result: Walk) -> dict[str, Any]:
    (trace,) = [trace for trace in walk_figure(result, WORDS)["data"] if is_marks(trace) and "xaxis" not in trace]
    return trace


# --- the parabola ---


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", PRESETS)
def test_path_curve_and_losses_are_those_of_the_walk(name: str, narrow: bool) -> None:
    result = walk(PRESETS[name])
    figure = walk_figure(result, WORDS, narrow=narrow)
    plotly_takes(figure)
    path, curve, losses = named(figure, "PATH"), named(figure, "CURVE"), named(figure, "LOSS")
    np.testing.assert_array_equal(path["x"], result.x.astype(path["x"].dtype))
    np.testing.assert_array_equal(path["y"], result.loss.astype(path["y"].dtype))
    np.testing.assert_allclose(
        curve["y"], result.scene.surface(curve["x"].astype(float)[:, None]), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(losses["x"], np.arange(len(result.loss)))
    np.testing.assert_array_equal(losses["y"], result.loss.astype(losses["y"].dtype))
    places = [minimum.x[0] for minimum in result.scene.surface.minima]
    np.testing.assert_array_equal(named(figure, "MINIMUM")["x"], places)
    assert len(pack(figure)) < 30_000


@given(scene=specs(ParabolaScene), narrow=st.booleans())
def test_any_scene_can_be_drawn(scene: ParabolaScene, narrow: bool) -> None:
    plotly_takes(walk_figure(walk(scene), WORDS, narrow=narrow))


def test_what_leaves_the_picture_is_marked_with_its_value_and_nothing_is_clipped() -> None:
    result = at(0.4)
    figure = walk_figure(result, WORDS)
    path = named(figure, "PATH")
    assert path["x"][-1] == np.float32(result.x[-1]) and abs(path["x"][-1]) > figure["layout"]["xaxis"]["range"][1]
    (far,), (lost,) = marks(figure, "x"), marks(figure, "x2")
    assert (far["text"], lost["text"]) == ("x<sub>4</sub> = 46.9 (+2)", "8.78e+03 (+3)")
    assert [mark["text"] for mark in marks(walk_figure(result, WORDS, narrow=True), "x")] == [
        "x<sub>4</sub> = 46.9 (+1)",
        "x<sub>3</sub> = -21.3",
    ]


@given(scene=specs(ParabolaScene), narrow=st.booleans())
def test_few_of_the_lost_are_labelled_and_no_mark_is_placed_far_outside(scene: ParabolaScene, narrow: bool) -> None:
    result = walk(scene)
    figure = walk_figure(result, WORDS, narrow=narrow)
    assert len(marks(figure, "x")) <= 2
    assert len({mark["ay"] for mark in marks(figure, "x2")}) == len(marks(figure, "x2"))
    for trace in filter(is_marks, figure["data"]):
        for side in ("x", "y"):
            axis = figure["layout"][f"{side}axis{trace.get(f'{side}axis', side)[1:]}"]
            drawn, (low, high) = trace[side][np.isfinite(trace[side])], axis["range"]
            room = (FAR + 0.01) * (high - low)
            assert axis.get("type") == "log" or ((drawn >= low - room) & (drawn <= high + room)).all()


def test_what_stays_needs_no_mark() -> None:
    figure = walk_figure(at(0.2), WORDS)
    assert figure["layout"]["annotations"] == []


@pytest.mark.parametrize("lr", [0.01, 0.05, 0.1, 0.2, 0.249])
def test_the_axes_hold_still_while_the_rate_turns_below_the_bound(lr: float) -> None:
    still, turned = (walk_figure(at(rate), WORDS)["layout"] for rate in (0.1, lr))
    for axis in ("xaxis", "yaxis", "yaxis2"):
        assert still[axis]["range"] == turned[axis]["range"]
    assert still["uirevision"] == turned["uirevision"]


def test_the_axes_have_titles_and_the_two_pictures_do_not_share_theirs() -> None:
    layout = walk_figure(at(0.1), WORDS)["layout"]
    titles = [layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2")]
    assert titles == ["X", "Y", "ITERATION", "LOSS"]
    assert (layout["xaxis2"]["anchor"], layout["yaxis2"]["anchor"]) == ("y2", "x2")
    assert layout["xaxis"]["domain"][1] < layout["xaxis2"]["domain"][0]
    stacked = walk_figure(at(0.1), WORDS, narrow=True)["layout"]
    assert stacked["yaxis2"]["domain"][1] < stacked["yaxis"]["domain"][0]


def test_on_a_log_axis_zero_is_left_out_and_said_at_the_edge() -> None:
    figure = walk_figure(at(0.125, loss_axis="log"), WORDS)
    assert figure["layout"]["yaxis2"]["type"] == "log"
    assert list(np.isnan(named(figure, "LOSS")["y"])) == [False, True, True, True, True]
    assert any(mark["text"].startswith("0") for mark in marks(figure, "x2"))


def test_few_positions_are_numbered_and_near_ones_share_a_number() -> None:
    assert positions(at(0.125))["text"] == ["0", "1", "", "", ""]
    assert positions(at(0.1, steps=LABELLED_UP_TO))["text"] is None
    assert positions(at(0.3))["text"] == ["0", "1", "2", "3", "4"]


def test_a_long_walk_is_thinned_to_its_line_but_keeps_its_ends() -> None:
    result = at(0.2499, steps=1000)
    losses = named(walk_figure(result, WORDS), "LOSS")
    assert losses["mode"] == "lines" and (losses["x"][0], losses["x"][-1]) == (0, 1000)
    at_steps = losses["x"].astype(int)
    np.testing.assert_array_equal(losses["y"], result.loss[at_steps].astype(losses["y"].dtype))
    assert not [trace for trace in walk_figure(result, WORDS)["data"] if is_marks(trace) and trace.get("xaxis") == "x2"]
    few = at(0.1, steps=MARKED_UP_TO - 1)
    (marked,) = [trace for trace in walk_figure(few, WORDS)["data"] if is_marks(trace) and trace.get("xaxis") == "x2"]
    np.testing.assert_array_equal(marked["y"], few.loss.astype(marked["y"].dtype))


@pytest.mark.parametrize(
    "result",
    [
        at(100.0, steps=1000),
        at(0.1, surface=FormulaLine(expression="3")),
        at(0.1, surface=FormulaLine(expression="1/x")),
        at(0.1, surface=FormulaLine(expression="x"), loss_axis="log"),
        at(0.1, surface=FormulaLine(expression="log(x)", low=-1.0), loss_axis="log"),
        at(0.1, start=0.0, loss_axis="log"),
        at(0.1, surface=Absolute(), steps=1),
        at(0.1, surface=DoubleWell(), steps=60, loss_axis="log"),
        walk(ParabolaScene(schedule=Formula(expression="1/t"))),
        at(1e-5, surface=Quadratic(a=1e-7)),
    ],
    ids=lambda result: f"{result.scene.surface.kind} {result.scene.loss_axis}",
)
def test_the_picture_stands_at_the_edges(result: Walk) -> None:
    figure = walk_figure(result, WORDS)
    plotly_takes(figure)
    for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2"):
        low, high = figure["layout"][axis]["range"]
        assert np.isfinite([low, high]).all() and low < high, axis


def test_roles_have_their_colours() -> None:
    figure = walk_figure(at(0.1), WORDS)
    assert named(figure, "PATH")["line"]["color"] == ROLES["update"]
    assert named(figure, "LOSS")["line"]["color"] == ROLES["training_loss"]


# --- the fair race ---


def lines(figure: Figure) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if "name" in trace]


@pytest.mark.parametrize("name", RACES)
def test_a_line_holds_what_every_rate_left(name: str) -> None:
    scene = RACES[name]
    found = [one for one in tuned(scene) if one is not None]
    figure = fair_figure(found, [f"<b>{i}" for i in range(len(found))], scene.slots, FAIR)
    plotly_takes(figure)
    for line, one, slot in zip(lines(figure), found, scene.slots, strict=True):
        np.testing.assert_array_equal(line["x"], one.rates)
        np.testing.assert_array_equal(line["customdata"], one.left)
        drawn = np.isfinite(one.left)
        np.testing.assert_array_equal(line["y"][drawn], np.maximum(one.left[drawn], LEAST))
        assert np.isnan(line["y"][~drawn]).all() and line["line"]["color"] == series(slot)
        assert line["name"].startswith("&lt;b&gt;")
    assert len(pack(figure)) < 60_000


def test_star_and_band_are_the_best_and_the_rates_that_work() -> None:
    found = [one for one in tuned(RACES["ravine"]) if one is not None]
    figure = fair_figure(found, list("abcd"), (0, 1, 2, 3), FAIR)
    stars = [trace for trace in figure["data"] if trace.get("marker", {}).get("symbol") == "star"]
    bands = [trace for trace in figure["data"] if trace.get("yaxis") == "y2"]
    assert [float(star["x"][0]) for star in stars] == [one.rates[one.best] for one in found]
    assert len(bands) == sum(one.band is not None for one in found)
    for band, one in zip(bands, [one for one in found if one.band], strict=True):
        assert one.band and band["x"][0] <= one.band[0] <= one.band[1] <= band["x"][-1]
        # a tenth of a decade stands for each rate that works, half of it to either side
        assert one.width and np.log10(band["x"][-1] / band["x"][0]) == pytest.approx(np.log10(one.width) + one.spacing)
    (threshold,) = figure["layout"]["shapes"]
    assert threshold["y0"] == threshold["y1"] == WORKS
    (named_line,) = [note for note in figure["layout"]["annotations"] if note["text"] == FAIR["works"]]
    assert 10 ** named_line["y"] == pytest.approx(WORKS), "the line says what it stands for"
    narrow = fair_figure(found, list("abcd"), (0, 1, 2, 3), FAIR, narrow=True)
    assert (figure["layout"]["xaxis"]["dtick"], narrow["layout"]["xaxis"]["dtick"]) == (1, 2)


def test_where_nothing_works_there_is_no_band_and_lost_runs_are_not_drawn() -> None:
    rates = np.geomspace(LOWEST, HIGHEST, 5)
    lost = Tuned(rates, np.array([1.0, 0.9, 0.5, np.inf, np.inf]), np.full(5, -1.0))
    figure = fair_figure([lost], ["a"], (0,), FAIR)
    plotly_takes(figure)
    assert not [trace for trace in figure["data"] if trace.get("yaxis") == "y2"]
    assert list(np.isnan(lines(figure)[0]["y"])) == [False, False, False, True, True]
    nowhere = fair_figure([Tuned(rates, np.full(5, np.nan), np.full(5, -1.0))], ["a"], (0,), FAIR)
    assert not [trace for trace in nowhere["data"] if trace.get("marker", {}).get("symbol") == "star"]


def test_eight_names_stand_apart() -> None:
    found = [one for one in tuned(RACES["ravine"]) if one is not None] * 2
    figure = fair_figure(found, [f"Optimizer {i}" for i in range(8)], range(8), FAIR)
    plotly_takes(figure)
    heights = sorted(note["y"] for note in figure["layout"]["annotations"] if note["yref"] == "paper")
    assert len(heights) == 8 and min(np.diff(heights)) > 0.035 and heights[0] >= 0 and heights[-1] <= 1


def test_plain_descent_is_in_its_home_colour() -> None:
    assert isinstance(RACES["ravine"].racers[0].optimizer, SGD) and RACES["ravine"].slots[0] == 0
