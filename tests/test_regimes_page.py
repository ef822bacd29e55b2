"""The Regime map page: every preset, language and broken link; a cell that is chosen leads to its run."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.regime_map import opened as opened_scene
from lrviz.descend.regime_map import regime_map
from lrviz.descend.regimes import PRESETS, RegimesScene
from lrviz.optimizers import SGD, Adam, Momentum, Nesterov
from lrviz.spec import Spec, from_address, to_address, value_at
from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.planes import Bowl
from lrviz.text import LANGUAGES, words
from lrviz.ui.regimes import DRAFT, PICKED, edge, mapped, zoom_to
from tests.test_pages import assert_whole, opened, shown_instead, widget

ADDRESSES = {name: to_address(scene, RegimesScene()) for name, scene in PRESETS.items()}
SMALL = {"cells": "20", "steps": "20"}


def scene_of(app: AppTest) -> RegimesScene:
    return app.session_state["regimes scene"]


BROKEN = {
    "an empty range": ({"across_low": "0.5", "across_high": "0.1"}, ""),
    "the same axis twice": ({"across": "momentum"}, "lr"),
    "an axis the rule does not have": ({"up": "beta2"}, "momentum"),
    "too large a map": ({"steps": "1000"}, "200"),
    "momentum of 3": ({"up_high": "3"}, ""),
    "a start outside": ({"start_x": "99"}, ""),
    "a billion cells": ({"cells": "1000000000"}, "200"),
    "an optimizer unheard of": ({"optimizer": "adamm"}, "momentum"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_and_the_map_is_shown(name: str, language: str) -> None:
    address, instead = BROKEN[name]
    app = opened("regimes", {"lang": language} | address)
    assert_whole(app, "regimes", language)
    (warning,) = app.warning
    _, _, *lines = warning.value.split("\n")
    scene, (problem,) = from_address(address, RegimesScene())
    is_kind = isinstance(value_at(scene, problem.path), Spec)
    assert len(lines) == 1 and lines[0].endswith(shown_instead(instead, language, is_kind))
    assert scene_of(app) == RegimesScene()
    assert language == "en" or not any(word in lines[0] for word in ("should", "Input", "must"))


# ------------------------------------------------------------------------------------------------ what is touched


def test_an_axis_is_chosen_and_trades_places_with_the_other() -> None:
    app = opened("regimes", SMALL)
    widget(app, "regimes up en").set_value("noise").run()
    assert (scene_of(app).across, scene_of(app).up) == ("lr", "noise")
    widget(app, "regimes up en").set_value("lr").run()
    assert (scene_of(app).across, scene_of(app).up) == ("noise", "lr")
    widget(app, "regimes swap").click().run()
    assert (scene_of(app).across, scene_of(app).up) == ("lr", "noise")
    widget(app, "regimes scale en").set_value("log").run()
    assert scene_of(app).lr_scale == "log" and not app.exception


def test_another_rule_without_the_axis_gets_one_it_has() -> None:
    app = opened("regimes", SMALL)
    widget(app, "kind en optimizer regimes").set_value("adam").run()
    assert scene_of(app).optimizer == Adam() and scene_of(app).up == "beta2"
    assert_whole(app, "regimes", "en")


def test_a_zoomed_map_offers_the_way_back() -> None:
    app = opened("regimes", SMALL | {"across_low": "0.2", "across_high": "0.3"})
    assert scene_of(app).is_zoomed
    widget(app, "regimes whole").click().run()
    assert not scene_of(app).is_zoomed and dict(app.query_params) == SMALL
    assert not [button for button in app.button if button.key == "regimes whole"]


class Bench:
    """A desk without a page: what is put is the scene."""

    def __init__(self, scene: RegimesScene, settled: bool = True):
        self.scene, self.turning = scene, not settled

    def put(self, scene: RegimesScene) -> None:
        self.scene = scene


def desk(scene: RegimesScene, settled: bool = True) -> Any:
    return Bench(scene, settled)


def test_a_box_zooms_in_and_one_too_small_changes_nothing() -> None:
    bench = desk(RegimesScene(cells=20))
    zoom_to(bench, (0.2, 0.3, 0.1, 0.5))
    zoomed = bench.scene
    assert zoomed.span("across") == (0.2, 0.3) and zoomed.span("up") == (0.1, 0.5)
    zoom_to(bench, (0.25, 0.25 + 1e-17, 0.1, 0.5))
    assert bench.scene == zoomed
    zoom_to(bench, (-1.0, 0.5, -0.2, 0.5))  # the picture's edge may lie beyond what is valid
    assert bench.scene.span("across") == (0.0, 0.5) and bench.scene.span("up") == (0.0, 0.5)
    zoom_to(bench, None)
    assert bench.scene == RegimesScene(cells=20)


def test_while_a_knob_turns_the_map_is_coarse() -> None:
    assert mapped(desk(RegimesScene(), settled=False)).levels.shape == (DRAFT, DRAFT)
    assert mapped(desk(RegimesScene())).levels.shape == (200, 200)


# ------------------------------------------------------------------------------------------------- a chosen cell


def chosen(address: dict[str, str], place: dict[str, float], language: str = "en") -> AppTest:
    """Open the page with a cell chosen, as a click chooses it."""
    app = opened("regimes", {"lang": language} | address)
    app.session_state[PICKED] = place
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "place", [{"lr": 0.1, "momentum": 0.3}, {"lr": 0.55, "momentum": 0.1}, {"lr": 0.003, "momentum": 0.1}]
)
def test_the_chosen_cells_sentence_says_how_its_run_ends(place: dict[str, float], language: str) -> None:
    app = chosen(SMALL, place, language)
    assert_whole(app, "regimes", language)
    cell = regime_map(scene_of(app)).cell(place["lr"], place["momentum"])
    ends = {"arrives_at": cell.reached, "diverges_at": cell.bad}
    said = [words(language).w(f"page.regimes.map.{key}", step=step) for key, step in ends.items() if step is not None]
    expected = said[0] if said else words(language).w("page.regimes.map.stays")
    assert any(expected in text.value for text in app.markdown)


@pytest.mark.parametrize(
    ("scene", "place", "page"),
    [
        (RegimesScene(cells=20), {"lr": 0.1, "momentum": 0.3}, "parabola"),
        (RegimesScene(cells=20, surface=Bowl(), optimizer=SGD(), up="noise"), {"lr": 0.5, "noise": 0.1}, "race"),
        (RegimesScene(cells=20, surface=Himmelblau(), across="x", up="y"), {"x": 1.0, "y": 2.0}, "race"),
    ],
)
def test_the_way_to_the_run_carries_its_scene(scene: RegimesScene, place: dict[str, float], page: str) -> None:
    app = chosen(to_address(scene, RegimesScene()), place)
    (link,) = [link for link in app.get("page_link") if link.proto.page == page and link.proto.query_string]
    base = RaceScene() if page == "race" else ParabolaScene()
    cell = regime_map(scene).cell(*place.values())
    read, problems = from_address(address_of(link.proto.query_string), base)
    assert (read, problems) == (opened_scene(scene, cell), [])


def address_of(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def test_a_place_the_map_no_longer_shows_is_not_chosen() -> None:
    app = chosen(SMALL | {"across_high": "0.05"}, {"lr": 0.1, "momentum": 0.3})
    assert words("en").w("page.regimes.map.hint") in [caption.value for caption in app.caption]


def test_a_noisy_run_on_a_curve_says_why_it_cannot_be_opened() -> None:
    app = chosen(SMALL | {"noise": "0.1"}, {"lr": 0.1, "momentum": 0.3})
    assert words("en").w("page.regimes.map.no_page") in [caption.value for caption in app.caption]


@pytest.mark.parametrize(
    ("scene", "formula"),
    [
        (RegimesScene(), "lr·λ = 2(1 + β)"),
        (RegimesScene(optimizer=SGD(), up="noise"), "lr·λ = 2"),
        (RegimesScene(up="noise"), "lr·λ = 2(1 + 0.9)"),
        (RegimesScene(optimizer=Momentum(form="ema")), "lr·λ = 2(1 + β)/(1 − β)"),
        (RegimesScene(optimizer=Momentum(dampening=0.5)), "lr·λ = 2(1 + β)/(1 − 0.5)"),
        (RegimesScene(optimizer=Nesterov()), "lr·λ = (2 + 2·β)/(1 + 2·β)"),
        (RegimesScene(optimizer=SGD(), up="weight_decay"), "lr·(λ + w) = 2"),
    ],
)
def test_the_edge_is_named_by_its_formula(scene: RegimesScene, formula: str) -> None:
    assert edge(scene) == formula
