"""The Stability page: every view at its edges, from broken links, what is touched, and the ways to other pages."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from lrviz import jobs
from lrviz.descend.race import RaceScene
from lrviz.schedules import Constant
from lrviz.spec import from_address, to_address
from lrviz.surfaces.slices import Slice
from lrviz.text import LANGUAGES, words
from lrviz.train.boundary import mapped
from lrviz.train.catapult import Catapult
from lrviz.train.edge import Edge
from lrviz.train.finder import FinderScene
from lrviz.train.models import MLP
from lrviz.train.slices import Landscape
from lrviz.train.stability import PRESETS, VIEWS, StabilityScene
from lrviz.train.tasks import Moons
from lrviz.train.trainability import NetMap
from lrviz.train.training import Training
from lrviz.train.waves import CosineMap
from lrviz.ui import boundary
from lrviz.ui.trainings import finder_address, landscape_address
from tests.at_once import at_once
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

__all__ = ["at_once"]
SMALL = Training(task=Moons(points=60), model=MLP(depth=1, width=4), schedule=Constant(lr=0.2), steps=60)
MAP = NetMap(width=2, steps=20, cells="64")


@pytest.fixture(autouse=True)
def fresh_board() -> Iterator[None]:
    """No job of another test."""
    jobs.BOARD._jobs.clear()
    yield
    jobs.BOARD._jobs.clear()


def page(scene: StabilityScene, **given: str) -> AppTest:
    return opened("stability", to_address(scene, StabilityScene()) | given)


def said(app: AppTest) -> str:
    return "\n".join([*(m.value for m in app.markdown), *(c.value for c in app.caption)]).replace("\\", "")


def scene_of(app: AppTest) -> StabilityScene:
    return app.session_state["stability scene"]


EDGES = {
    "the edge in ten steps": StabilityScene(edge=Edge(steps=10, width=1)),
    "an edge that breaks": StabilityScene(edge=Edge(eta=900.0, steps=800)),
    "an edge never reached": StabilityScene(edge=Edge(eta=0.01, steps=200)),
    "a catapult that flies away": StabilityScene(view="catapult", catapult=Catapult(times=100.0)),
    "a catapult on the bound": StabilityScene(view="catapult", catapult=Catapult(times=4.0, width=2, steps=500)),
    "a map": StabilityScene(view="boundary", rates=MAP),
    "a map far zoomed": StabilityScene(view="boundary", rates=MAP.but(across_low=1.0, across_high=1.0 + 1e-9)),
    "a map that converges": StabilityScene(view="boundary", rates=MAP.but(across_high=-2.0, up_high=-2.0)),
    "waves": StabilityScene(view="boundary", rates=CosineMap(epsilon=10.0, steps=400)),
    "negative rates": StabilityScene(view="boundary", rates=CosineMap(across_low=-50.0)),
    "a slice": StabilityScene(view="landscape", slice=Landscape(training=SMALL)),
    "a raw slice far out": StabilityScene(
        view="landscape", slice=Landscape(training=SMALL, directions="random", filters=False, reach=100.0)
    ),
    "a slice of one update": StabilityScene(view="landscape", slice=Landscape(training=SMALL.but(steps=1))),
    "a slice of what diverged": StabilityScene(
        view="landscape", slice=Landscape(training=SMALL.but(loss="mse", schedule=Constant(lr=900.0)))
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs_while_its_work_is_under_way(name: str, language: str) -> None:
    app = page(EDGES[name], lang=language)
    assert_whole(app, "stability", language)
    assert len(app.warning) == 0


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_says_what_came_of_it(name: str, language: str) -> None:
    app = page(EDGES[name], lang=language)
    assert_whole(app, "stability", language)
    for tab in ("data", "view", "code"):
        widget(app, f"stability tab {language}").set_value(tab).run()
        assert_whole(app, "stability", language)


BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "a view unheard of": ({"view": "abyss"}, [("abyss", "edge")]),
    "an edge too long": ({"edge.steps": "40000", "edge.width": "400"}, [("10000", "20000")]),
    "a rate of nothing": ({"edge.eta": "0"}, [("0", "0.1")]),
    "an empty part": ({"rates.across_low": "6"}, [("6", "-3")]),
    "a map too large": ({"rates.steps": "1000", "rates.width": "32"}, [("128", "100")]),
    "a net too large": (
        {"slice.training.task": "digits", "slice.training.model.width": "512"},
        [("50000", "training")],
    ),
    "a billion steps": ({"catapult.steps": "1000000000"}, [("500", "60")]),
    "a map unheard of": ({"rates": "mandelbrot"}, [("mandelbrot", "net_map")]),
    "markup": ({"edge.seed": "<i>"}, [("\\<i\\>", "0")]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("stability", address, expected, language)


# --- the switch ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_has_its_own_examples_and_is_found_again_as_it_was_left(language: str) -> None:
    app = opened("stability", {"lang": language})
    for view in (*VIEWS, "edge"):
        widget(app, f"stability view {language}").set_value(view).run()
        assert_whole(app, "stability", language)
        offered = widget(app, f"stability preset {language}").options
        mine = [name for name, scene in PRESETS.items() if scene.view == view]
        assert offered == [words(language).w(f"page.stability.preset.{name}.name") for name in mine]
    assert scene_of(app) == StabilityScene()


# --- the edge ---


@pytest.mark.usefixtures("at_once")
def test_what_the_run_did_at_the_bound_is_said_in_numbers() -> None:
    app = page(StabilityScene(edge=Edge(degree=3, eta=0.3, steps=3_000)))
    assert "hovers" in said(app) and "0.3 ·" in said(app) and "last quarter" in said(app)
    broke = page(EDGES["an edge that breaks"])
    assert "beyond all bounds" in said(broke)


def test_the_next_visitor_watches_the_same_run() -> None:
    for _ in range(2):
        assert not page(StabilityScene(edge=Edge(steps=500))).exception
    (job,) = jobs.BOARD._jobs.values()
    assert job.spec == Edge(steps=500)


# --- the catapult ---


def test_the_catapult_starts_no_job_and_shows_its_first_step_in_numbers() -> None:
    app = page(StabilityScene(view="catapult", catapult=Catapult(times=2.5)))
    assert jobs.BOARD._jobs == {} and "f′ = (1 − ηλ + η²f²/n)·f = (1 − 2.5" in said(app)
    assert "1024 weights differs by" in said(app)


# --- the boundary ---


@pytest.mark.usefixtures("at_once")
def test_a_map_is_kept_for_the_next_visitor_and_what_was_begun_is_gone_on_with() -> None:
    scene = StabilityScene(view="boundary", rates=MAP)
    app = page(scene)
    (job,) = jobs.BOARD._jobs.values()
    assert job.status == "done" and "diverged" in said(app) and not page(scene).exception
    assert len(jobs.BOARD._jobs) == 1
    other = MAP.but(seed=3)
    first = mapped(other, None, {"once": 1})
    begun = jobs.BOARD.find(jobs.BOARD.start("ann", boundary.TARGET, other, paused=True))
    assert begun is not None
    begun.state, begun.events, begun.status, begun.code = first.state, [*first.events], "cancelled", "cancelled"
    page(StabilityScene(view="boundary", rates=other))
    new = [job for job in jobs.BOARD._jobs.values() if job.spec == other and job.status == "done"]
    assert new[0].events[: len(first.events)] == first.events and new[0] is not begun


class Bench:
    """A desk without a page: what is put is the scene."""

    def __init__(self, scene: StabilityScene):
        self.scene = self.settled = scene
        self.turning = False

    def put(self, scene: StabilityScene) -> None:
        self.scene = self.settled = scene


def test_a_box_zooms_in_and_one_too_small_changes_nothing() -> None:
    bench: Any = Bench(StabilityScene(view="boundary", rates=MAP))
    boundary.zoom_to(bench, (0.0, 1.0, 1.0, 2.0))
    zoomed = bench.scene
    assert (zoomed.rates.across_low, zoomed.rates.up_high) == (0.0, 2.0)
    boundary.zoom_to(bench, (0.5, 0.5 + 1e-17, 1.0, 2.0))
    assert bench.scene == zoomed
    boundary.zoom_to(bench, None)
    assert bench.scene.rates == MAP


def test_a_zoomed_map_says_how_far_and_offers_the_way_back() -> None:
    app = page(StabilityScene(view="boundary", rates=CosineMap(across_low=1.0, across_high=1.5, up_high=0.5)))
    assert "magnified **4**" in said(app)
    widget(app, "boundary whole").click().run()
    assert scene_of(app).rates == CosineMap() and not app.exception


def test_while_the_wave_turns_its_map_is_coarse() -> None:
    bench: Any = Bench(StabilityScene(view="boundary", rates=CosineMap()))
    import streamlit as st

    st.session_state.pop("boundary waves", None)
    bench.turning = True
    assert boundary._waves(bench, CosineMap()).side == boundary.DRAFT
    bench.turning = False
    assert boundary._waves(bench, CosineMap()).side == boundary.WHOLE


def test_the_map_without_a_net_starts_no_job() -> None:
    app = page(StabilityScene(view="boundary", rates=CosineMap()))
    assert jobs.BOARD._jobs == {} and "dimension" in said(app)


# --- the landscape ---


@pytest.mark.usefixtures("at_once")
def test_a_slice_leads_to_the_race_on_it_and_to_its_training() -> None:
    app = page(EDGES["a slice"])
    ways = {link.proto.page: link.proto.query_string for link in app.get("page_link")}
    race, train = (next(query for name, query in ways.items() if page in name) for page in ("race", "train"))
    scene, problems = from_address({name: values[0] for name, values in parse_qs(race).items()}, RaceScene())
    assert problems == [] and isinstance(scene.surface, Slice) and len(scene.racers) == 4
    assert parse_qs(train)["training.steps"] == ["60"]
    raced = opened("race", {name: values[0] for name, values in parse_qs(race).items()})
    assert_whole(raced, "race", "en")
    assert len(raced.warning) == 0 and raced.session_state["race scene"] == scene


@pytest.mark.usefixtures("at_once")
def test_a_slice_that_cannot_be_raced_on_says_so() -> None:
    app = page(EDGES["a slice of what diverged"])
    assert words("en").w("page.stability.landscape.said.broke") in said(app)


def test_a_long_training_waits_to_be_asked() -> None:
    long = Landscape(training=SMALL.but(steps=100_000, model=MLP(depth=4, width=64), batch_size=0))
    app = page(StabilityScene(view="landscape", slice=long))
    assert not app.exception and jobs.BOARD._jobs == {}


# --- the ways from the page that trains ---


def test_a_training_leads_to_its_range_test_and_to_its_landscape() -> None:
    app = opened("train", {"training.task": "moons", "training.steps": "500"})
    training = app.session_state["train scene"].training
    ways = {link.proto.page: link.proto.query_string for link in app.get("page_link")}
    finder, slice_of = (next(query for name, query in ways.items() if page in name) for page in ("finder", "stability"))
    scene, problems = from_address({name: values[0] for name, values in parse_qs(finder).items()}, FinderScene())
    assert problems == [] and scene.training == training
    scene, problems = from_address({name: values[0] for name, values in parse_qs(slice_of).items()}, StabilityScene())
    assert problems == [] and scene == StabilityScene(view="landscape", slice=Landscape(training=training))


def test_a_training_that_is_a_pages_own_has_an_address_all_the_same() -> None:
    assert finder_address(FinderScene().training) == {"training.task": "digits"}
    assert landscape_address(Landscape().training) == {"view": "landscape"}


def test_a_net_too_large_has_no_landscape_and_a_table_of_ones_own_no_way_at_all() -> None:
    assert landscape_address(SMALL.but(model=MLP(depth=6, width=256))) == {}
    assert list(opened("train", {"training.task": "own"}).get("page_link")) == []
