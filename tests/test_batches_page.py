"""The Batches page: every view and edge, broken links in both languages, pictures from any scene, what is touched."""

from concurrent.futures import Future
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from streamlit.testing.v1 import AppTest

from lrviz import jobs
from lrviz.batches.counting import Count, Counting
from lrviz.batches.growth import ByPerformance, GrowInSteps, Periodic
from lrviz.batches.noise import ELLIPSE, cloud
from lrviz.batches.quadratic import MEASURED_AT, RULES, NoisyQuadratic, measured
from lrviz.batches.scene import PRESETS, BatchesScene, View, growth_of, paths
from lrviz.batches.training import SAMPLES, mean_over
from lrviz.figures.batches import count_figure, growth_figure, noise_figure, paths_figure, scaling_figure
from lrviz.figures.batches.paths import FRAMES, MANY
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.ui.batches import tabs
from lrviz.ui.batches.picture import PICTURES
from lrviz.ui.chart import pack
from tests.lessons import assert_broken_parts_are_said
from tests.strategies import specs
from tests.test_pages import Address, assert_whole, opened, widget

VIEWS: tuple[View, ...] = get_args(View)
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def link(scene: BatchesScene) -> Address:
    return to_address(scene, BatchesScene())


def scene_of(app: AppTest) -> BatchesScene:
    return app.session_state["batches scene"]


def said(app: AppTest) -> str:
    return "\n".join(block.value for block in app.markdown)


# --- every view, and the edges ---

EDGES = {
    "paths: one sample": BatchesScene(batch_size=1, epochs=20),
    "paths: more than all": BatchesScene(batch_size=5_000, epochs=1),
    "paths: nothing trained": BatchesScene(batch_size=5_000, drop_last=True),
    "paths: all diverge": BatchesScene(lr=1_000.0),
    "count: one sample of one": BatchesScene(view="count", batch_size=1, counting=Counting(samples=1, epochs=1)),
    "count: no batch": BatchesScene(view="count", batch_size=10_000_000, drop_last=True),
    "count: ten million": BatchesScene(view="count", batch_size=3, counting=Counting(samples=10_000_000)),
    "noise: at the minimum": BatchesScene(view="noise", along=1.0, batch_size=1),
    "noise: of all": BatchesScene(view="noise", batch_size=442),
    "scaling: never holds": BatchesScene(view="scaling", quadratic=NoisyQuadratic(lr=10.0, curvature=1_000.0)),
    "scaling: nothing settles": BatchesScene(view="scaling", quadratic=NoisyQuadratic(lr=1e-6, curvature=1e-3)),
    "scaling: Adam, no noise": BatchesScene(view="scaling", quadratic=NoisyQuadratic(optimizer="adam", noise=1e-3)),
    "growth: one sample": BatchesScene(view="growth", batch_size=1, growth_epochs=20),
    "growth: all diverge": BatchesScene(view="growth", lr=1_000.0, growth=ByPerformance(patience=0)),
    "growth: nothing trained": BatchesScene(view="growth", batch_size=5_000, drop_last=True, growth=Periodic()),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("batches", {"lang": language} | link(EDGES[name]))
    assert_whole(app, "batches", language)
    assert len(app.warning) == 0 and scene_of(app) == EDGES[name]
    widget(app, f"batches tab {language}").set_value("data").run()
    assert_whole(app, "batches", language)


@settings(max_examples=25)
@given(scene=specs(BatchesScene))
def test_any_scene_has_its_picture_and_its_table_in_every_view(scene: BatchesScene) -> None:
    for view in VIEWS:
        now = scene.but(view=view)
        for narrow in (False, True):
            figure, alt = PICTURES[view](now, words("en"), narrow)
            assert len(pack(figure)) < 60_000 and "{" not in alt
        _, names, table = tabs.TABLES[view](now, words("zh"))
        assert len(names) == len(table)


BROKEN: dict[str, tuple[Address, str, str]] = {
    "an empty batch": ({"batch_size": "0"}, "batch_size", "32"),
    "a batch of everything there is": ({"batch_size": "99999999999"}, "batch_size", "32"),
    "half a sample": ({"batch_size": "1.5"}, "batch_size", "32"),
    "no such view": ({"view": "sideways"}, "sideways", "paths"),
    "endless epochs": ({"epochs": "1000000"}, "epochs", "5"),
    "a data set of none": ({"counting.samples": "0"}, "N", "50000"),
    "no such growth": ({"growth": "shrink"}, "shrink", "grow_in_steps"),
    "a batch that shrinks": ({"growth.factor": "0.5"}, "factor", "2"),
    "a curvature of nothing": ({"quadratic.curvature": "0"}, "h", "1"),
    "past the minimum": ({"along": "1.5"}, "along", "0"),
    "maybe": ({"drop_last": "maybe"}, "drop_last", "False"),
    "a part there is not": ({"batchsize": "3"}, "batchsize", ""),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, part, instead = BROKEN[name]
    assert_broken_parts_are_said("batches", address, [(part, instead)], language)


# --- the numbers, in words ---


@pytest.mark.parametrize(
    ("scene", "parts"),
    [
        (PRESETS["cifar"], ["⌈50,000 / 256⌉ = **196**", "196 · 10 epochs = **1,960**", "50,000 − 195 · 256 = **80**"]),
        (PRESETS["cifar"].but(drop_last=True), ["⌊50,000 / 256⌋ = **195**", "**80** samples"]),
        (PRESETS["divisible"], ["50,000 = 200 · 250: every batch is whole"]),
        (BatchesScene(batch_size=443), ["⌈442 / 443⌉ = **1**", "**442** samples"]),
        (BatchesScene(batch_size=443, drop_last=True), ["= **0**", "nothing is trained"]),
        (BatchesScene(), ["0.1 · 442 / 32 = **1.381**", "| 32 | 70 |", "| 1 | 2,210 |"]),
        (PRESETS["noisy"], ["4.381 / 1.186 = **3.69**"]),
        (PRESETS["late"].but(along=1.0), ["at the minimum G is 0"]),
        (
            PRESETS["linear"].but(batch_size=25),
            ["0.02 · 25 = **0.5**", "(2 − 0.5)) = **0.01333**", "**9.09**", "**100**"],
        ),
        (PRESETS["linear"].but(batch_size=100), ["η·h = 2 is not below 2"]),
        (PRESETS["adam"], ["0.02 · √8 · √8 / 1 = **0.16**", "**0.01087**", "noise, in the limit"]),
        (PRESETS["adam"].but(batch_size=200), ["η·h = 4 is not below 2", "Adam goes on"]),
        (PRESETS["linear"].but(quadratic=NoisyQuadratic(lr=0.5)), ["even a batch of 1"]),
        (PRESETS["grow"], ["8 → **64**", "0.1 → **0.0125**", "= **0.001563**", "**420** instead of **896**"]),
        (PRESETS["plateau"], ["each decides by its own loss"]),
    ],
)
def test_the_formula_holds_the_learners_own_numbers(scene: BatchesScene, parts: list[str]) -> None:
    text = said(opened("batches", link(scene)))
    assert [part for part in parts if part not in text] == []


# --- the pictures ---


class Named(dict[str, str]):
    """Words that are their own names."""

    def __missing__(self, name: str) -> str:
        return name


def by_name(figure: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def test_the_paths_are_those_of_the_trainings_and_grow_frame_by_frame() -> None:
    result = paths(BatchesScene())
    figure = paths_figure(result, Named())
    path, by_samples, by_updates, here = by_name(figure, "yours")
    np.testing.assert_allclose(path["x"], result.yours.w[0, :, 0], rtol=1e-6)
    np.testing.assert_allclose(by_samples["y"], result.yours.excess[0], rtol=1e-6)
    np.testing.assert_array_equal(by_samples["x"], result.yours.seen[0])
    np.testing.assert_array_equal(by_updates["x"][1:], np.arange(1, 71))
    assert np.isnan(by_updates["x"][0])  # a log axis has no place for it
    reach = path["film"]["reach"]
    assert len(reach) == FRAMES and reach[0] == 1 and reach[-1] == 71 and np.all(np.diff(reach) >= 0)
    np.testing.assert_allclose(here["film"]["x"][:, 0], result.yours.w[0, reach - 1, 0], rtol=1e-6)


def test_equal_paths_are_drawn_once_in_the_learners_colour() -> None:
    for size, there, gone in ((1, "full", "single"), (SAMPLES, "single", "full"), (900, "single", "full")):
        figure = paths_figure(paths(BatchesScene(batch_size=size)), Named())
        assert by_name(figure, "yours") and by_name(figure, there) and not by_name(figure, gone)
    assert by_name(paths_figure(paths(BatchesScene(batch_size=900, drop_last=True)), Named()), "full")


def test_a_loss_of_many_updates_is_drawn_with_its_means() -> None:
    values = np.arange(2_001, dtype=np.float64)
    means = mean_over(values, 60)
    assert means.values[0] == 0 and np.isclose(np.mean(means.values[1:-1]), values[1:].mean(), rtol=0.01)
    np.testing.assert_allclose(means.values[1:-1], means.at[1:-1], atol=1)
    result = paths(BatchesScene(batch_size=1))
    assert result.yours.w.shape[1] > MANY
    pale, bold = [t for t in by_name(paths_figure(result, Named()), "yours") if t.get("xaxis") == "x2"]
    assert "/" in pale["line"]["color"] and "/" not in bold["line"]["color"]


def test_a_path_that_leaves_and_a_loss_that_climbs_get_arrows() -> None:
    figure = paths_figure(paths(BatchesScene(lr=1.0, batch_size=1)), Named())
    arrows = [note for note in figure["layout"]["annotations"] if note["name"] == "runaway"]
    assert {note["xref"] for note in arrows} == {"x domain", "x2 domain"}
    assert any("e+" in note["text"] for note in arrows)
    assert np.isnan(by_name(figure, "yours")[-1]["x"]).all()  # a browser cannot place it


@pytest.mark.parametrize(
    ("count", "used", "dropped"),
    [
        (Count(100, 30), [30, 30, 30, 10], []),
        (Count(100, 30, drop_last=True), [30, 30, 30], [10]),
        (Count(100, 300), [100], []),
        (Count(100, 300, drop_last=True), [], [100]),
        (Count(50_000, 256), [256] * 9 + [80], []),
    ],
)
def test_the_strip_holds_the_batches_with_their_sizes(count: Count, used: list[int], dropped: list[int]) -> None:
    figure = count_figure(count, Named())
    strips = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert [trace["customdata"].tolist() for trace in strips] == [some for some in (used, dropped) if some]
    for trace in strips:
        assert np.all(trace["x"] > 0) and np.all(np.diff(trace["base"]) > 0)
    curve = next(trace for trace in figure["data"] if trace.get("mode") == "lines")
    assert curve["y"][0] == count.samples and curve["y"][-1] == 1


def test_the_cloud_and_its_ellipse_are_those_of_the_noise() -> None:
    result = cloud(0.0, 4, 0.1, 0)
    figure = noise_figure(result, Named())
    batches, climbing = by_name(figure, "batch")[0], by_name(figure, "uphill")[0]
    assert len(batches["x"]) + len(climbing["x"]) == len(result.batches)
    assert len(climbing["x"]) == round(result.uphill * len(result.batches)) > 0
    (ellipse,) = by_name(figure, "ellipse")
    away = np.stack([ellipse["x"], ellipse["y"]], axis=1) - result.full
    lengths = np.einsum("ni,ij,nj->n", away, np.linalg.inv(result.batch_covariance), away)
    np.testing.assert_allclose(lengths, ELLIPSE**2, rtol=1e-4)


def test_the_lines_and_dots_of_the_rules_are_theory_and_measurement() -> None:
    spec = NoisyQuadratic()
    figure = scaling_figure(spec, 8, measured(spec), Named())
    for rule in RULES:
        line, dots, half = by_name(figure, rule)
        finite = np.isfinite(line["y"])
        np.testing.assert_allclose(line["y"][finite], spec.variance(rule, line["x"])[finite], rtol=1e-4)
        np.testing.assert_array_equal(dots["y"], measured(spec).variance[rule])
        np.testing.assert_array_equal(dots["x"], MEASURED_AT)
        assert half["yaxis"] == "y2"
    shades = {shape["x1"] for shape in figure["layout"]["shapes"] if shape["type"] == "rect"}
    assert min(shades) == pytest.approx(spec.holds_to)


def test_the_growing_batch_is_drawn_beside_its_twin() -> None:
    result = growth_of(PRESETS["grow"])
    loss, batch, rate, updates = by_name(growth_figure(result, Named()), "grow")
    np.testing.assert_allclose(loss["y"], result.grow.band()[1], rtol=1e-6)
    np.testing.assert_array_equal(batch["y"][:-1], result.grow.batch)
    assert rate["y"][0] == np.float32(0.1) and updates["y"][-1] == 420


# --- what is touched ---


def test_the_views_are_one_press_apart_and_offer_their_own_examples() -> None:
    app = opened("batches")
    for view in VIEWS[1:]:
        widget(app, "batches view en").set_value(view).run()
        assert_whole(app, "batches", "en")
        assert scene_of(app) == BatchesScene(view=view) and dict(app.query_params) == {"view": view}
        offered = widget(app, "batches preset en").options
        own = [name for name, scene in PRESETS.items() if scene.view == view]
        assert offered == [words("en").w(f"page.batches.preset.{name}.name") for name in own]


def test_another_way_to_grow_keeps_what_still_makes_sense() -> None:
    app = opened("batches", link(BatchesScene(view="growth", growth=GrowInSteps(factor=3, every=5))))
    widget(app, "kind en growth batches").set_value("periodic").run()
    assert scene_of(app).growth == Periodic(factor=3, every=5)
    widget(app, "kind en growth batches").set_value("by_performance").run()
    assert scene_of(app).growth == ByPerformance(factor=3) and not app.exception


# --- what a step costs here ---


def answered(result: Any = None, error: Exception | None = None) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error) if error else future.set_result(result)
    return future


COST = {"device": "A<b>", "weights": 85_002, "sizes": (1, 64, 4_096), "seconds": (1e-4, 5e-4, 2e-2)}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("state", ["waiting", "measured", "failed", "busy"])
def test_the_page_never_waits_for_the_measurement(state: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "waiting": Future[Any](),
        "measured": answered(COST | {"bytes": (2e3, 1e5, 1e7)}),
        "failed": answered(error=RuntimeError()),
    }
    asked: list[str] = []
    monkeypatch.setattr(jobs, "submit", lambda target: asked.append(target) or found[state])
    monkeypatch.setattr(jobs, "waiting", lambda: 8 if state == "busy" else 0)
    app = opened("batches", {"lang": language})
    widget(app, f"batches tab {language}").set_value("cost").run()
    app.run()
    assert_whole(app, "batches", language)
    assert asked == ([] if state == "busy" else ["lrviz.step_cost:measured"])
    w = words(language)
    captions = "\n".join(caption.value for caption in app.caption)
    if state == "measured":
        assert "| 4,096 | 20 | 4.88 | 10 |" in said(app) and "A\\<b\\>" in said(app)
    else:
        assert w.w(f"page.batches.cost.{'failed' if state == 'failed' else 'pending'}") in captions
