"""The pictures of a training hold its data, its plan and the kept runs, and name what is to grow from its events."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lrviz.figures.inside import NAMES, RULE_OF_THUMB, inside_figure
from lrviz.figures.live import grown
from lrviz.figures.theme import LIGHT
from lrviz.figures.train import TOP, Shown, color_of, learning_figure
from lrviz.schedules import Constant, Step
from lrviz.spec import kind_of
from lrviz.text import words
from lrviz.train.canvas import BELOW, BESIDE, LEVELS, LINE, SIDE, TILES, grid_of, mosaic, plane_axis, tile_places
from lrviz.train.job import watched
from lrviz.train.ledger import MOST, Ledger
from lrviz.train.models import MLP
from lrviz.train.tasks import Diabetes, Digits, Moons, Sine, Spirals, Wine
from lrviz.train.training import Training, data_of
from lrviz.ui.chart import pack
from tests.test_train import brought

SAID = words("en").group("page.train.axis")
TASKS = (Spirals(classes=3), Moons(), Sine(), Digits(), Wine(), Diabetes())


def shown(training: Training, **given: Any) -> Shown:
    return Shown(training, data_of(training.task), training.rates(), **{"seeds": 1, "smooth": 0.9} | given)


def figure(training: Training, *, narrow: bool = False, **given: Any) -> dict[str, Any]:
    return learning_figure(shown(training, **given), SAID, narrow=narrow)


def live(node: Any) -> Iterator[dict[str, Any]]:
    """Every "live" in a figure."""
    if isinstance(node, dict):
        yield from ([node["live"]] if "live" in node else [])
        for leaf in node.values():
            yield from live(leaf)
    elif isinstance(node, list | tuple):
        for leaf in node:
            yield from live(leaf)


def at(event: Any, path: str) -> Any:
    for name in path.split("."):
        event = event[name]
    return event


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("task", TASKS, ids=kind_of)
def test_all_that_grows_is_told_by_the_trainings_events(task: Any, seeds: int, narrow: bool) -> None:
    one = Training(task=task, model=MLP(width=4), steps=4)
    event = watched(tuple(one.but(seed=i) for i in range(seeds)), None, {"once": 4}).events[-1]
    inside = inside_figure(4, ["a", "b", "c"], words("en").group("page.train.inside"), narrow=narrow)
    for picture in (figure(one, seeds=seeds, narrow=narrow), inside):
        fields = [*live(picture)]
        assert fields
        for field in fields:
            names = [field.get(name) for name in ("grow", "hold", "at")] + [f["grow"] for f in field.get("of", [])]
            assert all(at(event, name) is not None for name in names if name)
        assert pack(picture)


@pytest.mark.parametrize("task", TASKS, ids=kind_of)
def test_every_trace_is_on_axes_that_are_there_and_every_colour_is_the_themes(task: Any) -> None:
    made = figure(Training(task=task), kept=Ledger().keep("a", Training(), brought(3)).runs)
    for trace in made["data"]:
        assert (
            f"xaxis{trace.get('xaxis', 'x')[1:]}" in made["layout"]
            and f"yaxis{trace.get('yaxis', 'y')[1:]}" in made["layout"]
        )

    def colours(node: Any) -> Iterator[str]:
        if isinstance(node, str):
            yield from [node[1:].partition("/")[0]] if node.startswith("@") else []
        elif isinstance(node, dict | list | tuple):
            for leaf in node.values() if isinstance(node, dict) else node:
                yield from colours(leaf)

    assert {*colours(made)} <= set(LIGHT)


def test_the_rows_stand_in_the_plane_as_they_are_each_class_in_its_colour() -> None:
    task = Spirals(classes=3)
    made, data = figure(Training(task=task)), data_of(task)
    marks = [trace for trace in made["data"] if trace.get("mode") == "markers"]
    assert len(marks) == 6 and len({trace["marker"]["line"]["color"] for trace in marks[3:]}) == 3
    for k in range(3):
        for trace, x, y in ((marks[k], data.x, data.y), (marks[3 + k], data.x_val, data.y_val)):
            assert np.array_equal(np.stack([trace["x"], trace["y"]], 1), x[y == k].astype(np.float32))
    shades = made["data"][0]
    assert shades["z"].shape == (SIDE, SIDE) and shades["zmax"] == 3 * LEVELS - 1
    stops = [stop for stop, _ in shades["colorscale"]]
    assert stops == sorted(stops) and (stops[0], stops[-1]) == (0, 1)
    assert np.array_equal(grid_of(data)[:SIDE, 0], plane_axis(data)) and np.abs(data.x).max() < plane_axis(data)[-1]


def test_the_planned_rate_is_drawn_as_it_is_with_every_jump() -> None:
    one = Training(schedule=Step(lr=0.4, step_size=700, gamma=0.5))
    plan = next(trace for trace in figure(one)["data"] if trace.get("name") == SAID["plan"])
    rates = one.rates()
    assert np.array_equal(plan["y"], rates[plan["x"].astype(int)].astype(np.float32)) and len(plan["x"]) == 6


def test_the_loss_axis_begins_above_a_net_that_knows_nothing() -> None:
    low, high = figure(Training(task=Digits()))["layout"]["yaxis2"]["range"]
    assert 10**high == pytest.approx(TOP * np.log(10)) and low < high - 1
    mark = next(note for note in figure(Training(task=Digits()))["layout"]["annotations"] if "live" in note)
    assert mark["live"]["above"] == pytest.approx(10**high)


def test_a_number_to_predict_has_no_accuracy() -> None:
    with_classes, without = figure(Training(task=Moons())), figure(Training(task=Sine()))
    assert "yaxis3" in with_classes["layout"] and "yaxis3" not in without["layout"]
    assert not [one for one in live(without) if "accuracy" in one.get("grow", "")]


def test_smoothing_is_over_as_many_updates_for_both_losses_and_none_leaves_the_raw_ones() -> None:
    one = Training(steps=2_000)  # measured every ten updates
    found = [field for field in live(figure(one, smooth=0.9)) if "smooth" in field]
    assert {field["grow"]: field["smooth"] for field in found} == pytest.approx(
        {"losses": 0.9, "worth.loss_val": 0.9**10}
    )
    assert not [field for field in live(figure(one, smooth=0.0)) if "smooth" in field]


def test_many_seeds_are_a_median_and_a_band() -> None:
    bands = [field for field in live(figure(Training(), seeds=5)) if field.get("grow") == "worth.loss_val"]
    shares = [field["share"] for field in bands if "share" in field]
    assert sorted(shares) == [0.1, 0.5, 0.9]


def test_kept_runs_lie_behind_in_their_colours_the_ninth_and_tenth_dashed() -> None:
    ledger = Ledger()
    for i in range(MOST):
        ledger = ledger.keep(f"<{i}>", Training(), brought(3 if i == 1 else 1))
    made = figure(Training(), kept=ledger.runs)
    lines = [trace for trace in made["data"] if trace.get("yaxis") == "y2" and trace.get("name", "").startswith("&lt;")]
    assert [trace["name"] for trace in lines] == [f"&lt;{i}&gt;" for i in range(MOST)]
    assert [trace["line"]["color"].partition("/")[0] for trace in lines] == [color_of(i) for i in range(MOST)]
    assert [trace["line"]["dash"] for trace in lines] == ["solid"] * 8 + ["dash"] * 2
    assert np.array_equal(lines[0]["y"], brought().worth["loss_val"][:, 0].astype(np.float32))
    fills = [trace for trace in made["data"] if trace.get("fill") == "tonexty"]
    assert len(fills) == 1, "the run over three seeds has a band"


def test_a_line_without_points_yet_says_how_it_grows() -> None:
    line = grown({"grow": "rates"}, "rate", {"width": 2}, {"yaxis": "y4"})
    assert len(line["x"]) == len(line["y"]) == 0 and line["live"] == {"grow": "rates"} and line["yaxis"] == "y4"


def test_inside_there_is_a_line_a_layer_and_the_rule_of_thumb() -> None:
    made = inside_figure(100, ["one", "two", "three"], words("en").group("page.train.inside"))
    grown_from = [trace["live"]["grow"] for trace in made["data"]]
    counts = [grown_from.count(f"inside.{name}") for name in NAMES]
    assert counts == [3, 3, 3, 2], "the last layer has no units of its own that could die"
    assert made["layout"]["shapes"][0]["y0"] == RULE_OF_THUMB == made["layout"]["shapes"][0]["y1"]


def test_images_are_laid_out_one_by_one_with_room_for_a_text() -> None:
    images = np.random.default_rng(0).uniform(size=(3, 64))
    sheet = mosaic(images)
    assert sheet.shape == (TILES[0] * (8 + BELOW), TILES[1] * (8 + BESIDE))
    assert np.array_equal(sheet[:8, 9:17], images[1].reshape(8, 8)) and sheet[8 : 8 + BELOW].sum() == 0
    across, down = tile_places(8)
    assert across[1] == 9 + 3.5 and 8 <= down[0] < 8 + BELOW and len(across) == TILES[0] * TILES[1]


def test_a_constant_rate_of_nothing_has_a_plan_all_the_same() -> None:
    assert figure(Training(schedule=Constant(lr=1e-6)))["layout"]["yaxis4"]["range"][1] > 0
    assert LINE > 100
