"""The pages of parabola and race run in every language from every address, and say what an address got wrong."""

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lrviz.descend import parabola, race
from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.racer import MAX_RACERS, Racer
from lrviz.optimizers import Adam, Momentum, Named, optimizer_kinds, rule_kinds
from lrviz.schedules import Constant, Cosine, Formula, Points, schedule_kinds
from lrviz.spec import Spec, choices_of, kind_of, to_address
from lrviz.surfaces import FormulaLine, FormulaPlane, Line, Plane, Quadratic
from lrviz.surfaces.lines import Absolute, Quartic
from lrviz.surfaces.planes import Rosenbrock, Saddle
from lrviz.text import LANGUAGES, words
from lrviz.ui.markdown import plain
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

BASES: dict[str, Any] = {"parabola": ParabolaScene(), "race": RaceScene()}
PRESETS: dict[str, Any] = {"parabola": parabola.PRESETS, "race": race.PRESETS}
EACH = [(page, name) for page, presets in PRESETS.items() for name in presets]
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def link(page: str, scene: Spec) -> Address:
    return to_address(scene, BASES[page])


# --- every choice, and the edges ---


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("kind", [kind_of(choice) for choice in choices_of(Line)])
def test_every_curve_opens(kind: str, language: str) -> None:
    app = opened("parabola", {"lang": language, "surface": kind})
    assert_whole(app, "parabola", language)
    assert kind in [box.value for box in app.selectbox]


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("kind", rule_kinds())
def test_every_rule_opens_on_the_parabola(kind: str, language: str) -> None:
    app = opened("parabola", {"lang": language, "optimizer": kind, "steps": "20"})
    assert_whole(app, "parabola", language)


@pytest.mark.parametrize("page", BASES)
@pytest.mark.parametrize("kind", schedule_kinds())
def test_every_schedule_opens(page: str, kind: str) -> None:
    path = "schedule" if page == "parabola" else "racers.0.schedule"
    app = opened(page, {path: kind})
    assert_whole(app, page, "en")
    assert len(app.warning) == 0


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("kind", [kind_of(choice) for choice in choices_of(Plane)])
def test_every_surface_opens(kind: str, language: str) -> None:
    app = opened("race", {"lang": language, "surface": kind})
    assert_whole(app, "race", language)
    assert len(app.warning) == 0


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("kind", optimizer_kinds())
def test_every_optimizer_races(kind: str, language: str) -> None:
    for view in ("race", "fair"):
        app = opened("race", {"lang": language, "racers.0.optimizer": kind, "view": view, "steps": "20"})
        assert_whole(app, "race", language)
        assert len(app.warning) == 0


def lr(rate: float) -> Constant:
    return Constant(lr=rate)


EDGES: dict[str, tuple[str, Spec]] = {
    "exploding far": ("parabola", ParabolaScene(schedule=lr(100.0), steps=1000)),
    "one step": ("parabola", ParabolaScene(steps=1, loss_axis="log")),
    "from the minimum": ("parabola", ParabolaScene(start=0.0, loss_axis="log")),
    "a kink, log": ("parabola", ParabolaScene(surface=Absolute(), steps=50, loss_axis="log")),
    "no curvature": ("parabola", ParabolaScene(surface=Quartic(), schedule=lr(1.0))),
    "no minimum": ("parabola", ParabolaScene(surface=FormulaLine(expression="x"))),
    "holes in the curve": ("parabola", ParabolaScene(surface=FormulaLine(expression="1/x + log(x)"))),
    "flat": ("parabola", ParabolaScene(surface=FormulaLine(expression="3"), loss_axis="log")),
    "steepest": ("parabola", ParabolaScene(surface=Quadratic(a=1000.0), schedule=lr(1e3))),
    "flattest": ("parabola", ParabolaScene(surface=Quadratic(a=1e-7))),
    "momentum without end": ("parabola", ParabolaScene(optimizer=Momentum(momentum=1.5))),
    "a drawn schedule": ("parabola", ParabolaScene(schedule=Points(), steps=30)),
    "a typed schedule": ("parabola", ParabolaScene(schedule=Formula(expression="1/t"), steps=30)),
    "weight decay": ("parabola", ParabolaScene(optimizer=Adam(weight_decay=10.0), steps=1000)),
    "one racer hidden": ("race", RaceScene(racers=(Racer(shown=False),))),
    "eight alike": (
        "race",
        RaceScene(racers=tuple(Racer(slot=i, name="<b>x</b>", clip_norm=1.0) for i in range(MAX_RACERS)), open=7),
    ),
    "all lost": ("race", RaceScene(racers=(Racer(schedule=lr(1e3)), Racer(slot=1, schedule=lr(900.0))), steps=2000)),
    "falling for ever": ("race", RaceScene(surface=Saddle(), steps=2000)),
    "falling for ever, fair": ("race", RaceScene(surface=Saddle(), view="fair")),
    "only named, fair": ("race", RaceScene(racers=(Racer(optimizer=Named()),), view="fair")),
    "from the goal": ("race", RaceScene(start_x=0.0, start_y=0.0, view="fair")),
    "two steps": ("race", RaceScene(steps=2, surface=Rosenbrock())),
    "a typed surface with holes": ("race", RaceScene(surface=FormulaPlane(expression="log(x) + 1/y"))),
    "a flat surface": ("race", RaceScene(surface=FormulaPlane(expression="3"), view="fair")),
    "schedules of all sorts": (
        "race",
        RaceScene(racers=(Racer(schedule=Points()), Racer(schedule=Formula()), Racer(schedule=Cosine(lr=1e-5)))),
    ),
    "noise beyond measure": ("race", RaceScene(noise=1e6, steps=50)),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    page, scene = EDGES[name]
    app = opened(page, {"lang": language} | link(page, scene))
    assert_whole(app, page, language)
    assert len(app.warning) == 0
    assert app.session_state[f"{page} scene"] == scene


# --- addresses that are wrong ---

DEEP = "(" * 1000 + "x" + ")" * 1000
BROKEN: dict[str, tuple[str, Address, str, str]] = {
    "start outside": ("parabola", {"start": "9"}, "2.5", ""),
    "no steps": ("parabola", {"steps": "0"}, "1", "4"),
    "steps without end": ("parabola", {"steps": "1000000000"}, "1000", "4"),
    "lr 1e30": ("parabola", {"schedule.lr": "1e30"}, "1000", "0.3"),
    "lr NaN": ("parabola", {"schedule.lr": "nan"}, "nan", "0.3"),
    "no such rule": ("parabola", {"optimizer": "adamant"}, "adamant", "sgd"),
    "no such curve": ("parabola", {"surface": "parable"}, "parable", "quadratic"),
    "unknown name": ("parabola", {"surface": "formula_1d", "surface.expression": "z"}, "z", FormulaLine().expression),
    "a division by zero": (
        "parabola",
        {"surface": "formula_1d", "surface.expression": "1/0"},
        "",
        FormulaLine().expression,
    ),
    "a power without end": (
        "parabola",
        {"surface": "formula_1d", "surface.expression": "9**9**9**9"},
        "",
        FormulaLine().expression,
    ),
    "a thousand brackets": (
        "parabola",
        {"surface": "formula_1d", "surface.expression": DEEP},
        "",
        FormulaLine().expression,
    ),
    "no room": ("parabola", {"surface": "formula_1d", "surface.low": "9"}, "", "-5"),
    "race: start outside": ("race", {"start_x": "77"}, "10", ""),
    "race: lr 1e30": ("race", {"racers.0.schedule.lr": "1e30"}, "1000", "0.05"),
    "race: steps without end": ("race", {"steps": "1000000000"}, "2000", "200"),
    "race: no such optimizer": ("race", {"racers.0.optimizer": "adamant"}, "adamant", "sgd"),
    "race: no such name": (
        "race",
        {"racers.0.optimizer": "named", "racers.0.optimizer.which": "torch.Adamm"},
        "torch.Adam",
        "torch.Adafactor",
    ),
    "race: too many racers": ("race", {"racers": "99"}, "8", "4"),
    "race: no such racer": ("race", {"open": "6"}, "4", "0"),
    "race: unknown name": (
        "race",
        {"surface": "formula_2d", "surface.expression": "x + import_"},
        "",
        FormulaPlane().expression,
    ),
    "race: a division by zero": (
        "race",
        {"surface": "formula_2d", "surface.expression": "1/0"},
        "",
        FormulaPlane().expression,
    ),
    "race: a thousand brackets": (
        "race",
        {"surface": "formula_2d", "surface.expression": DEEP},
        "",
        FormulaPlane().expression,
    ),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    page, address, part, instead = BROKEN[name]
    assert_broken_parts_are_said(page, address, [(part, instead)], language)


# --- what is touched ---


@pytest.mark.parametrize(
    ("page", "scene"),
    [
        ("parabola", ParabolaScene(schedule=lr(0.4))),
        ("parabola", ParabolaScene(optimizer=Momentum(), schedule=lr(0.9))),
        ("race", RaceScene(racers=(Racer(schedule=lr(0.3)),))),
    ],
)
def test_the_rate_that_saves_is_one_click_away(page: str, scene: Any) -> None:
    app = opened(page, link(page, scene))
    widget(app, f"{page} rescue").click().run()
    assert_whole(app, page, "en")
    assert not [button for button in app.button if button.key == f"{page} rescue"]
    now = app.session_state[f"{page} scene"]
    assert isinstance(now, type(scene)) and now != scene


def test_a_racer_is_added_with_the_open_ones_schedule() -> None:
    app = opened("race")
    widget(app, "race add en 0").set_value("lion").run()
    assert_whole(app, "race", "en")
    scene = app.session_state["race scene"]
    assert kind_of(scene.opened.optimizer) == "lion" and scene.opened.schedule == RaceScene().opened.schedule
    assert widget(app, "race add en 1").value is None


def test_a_choice_that_comes_twice_adds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Any = st.selectbox

    def twice(*given: Any, **more: Any) -> Any:
        take = more.pop("on_change")
        return drawn(*given, **more, on_change=lambda: (take(), take()))

    app = opened("race")
    monkeypatch.setattr(st, "selectbox", twice)
    widget(app.run(), "race add en 0").set_value("lion").run()
    assert len(app.session_state["race scene"].racers) == len(RaceScene().racers) + 1


def test_the_fair_race_hands_over_its_best_rates() -> None:
    app = opened("race", {"view": "fair"})
    widget(app, "fair use").click().run()
    assert_whole(app, "race", "en")
    scene = app.session_state["race scene"]
    assert scene.view == "race" and scene.racers != RaceScene().racers


@IN_EACH_LANGUAGE
def test_the_fair_race_names_who_takes_no_part(language: str) -> None:
    given = words(language)
    racers = (Racer(optimizer=Named(), name="A"), Racer(slot=1, shown=False, name="B"), Racer(slot=2, name="C"))
    app = opened("race", {"lang": language} | link("race", RaceScene(view="fair", racers=racers)))
    assert_whole(app, "race", language)
    said = [caption.value for caption in app.caption]
    for why, name in (("elsewhere", "A"), ("hidden", "B")):
        assert plain(given.w(f"page.race.fair.{why}", names=name)) in said
    assert [row.split(" | ")[0] for row in finish_rows(app) if "C" in row] == ["| C"]
    for scene, reason in (
        (RaceScene(view="fair", racers=racers[:2]), "nobody"),
        (RaceScene(view="fair", surface=Saddle()), "no_floor"),
    ):
        app = opened("race", {"lang": language} | link("race", scene))
        assert [info.value for info in app.info] == [given.w(f"page.race.fair.{reason}")]


LONG = "0.9 + 0 * t" + " + 0 * t" * 23
"""A rate of 0.9 with no room for a factor before it."""


def test_a_rate_that_a_long_formula_cannot_take_is_named_but_not_offered() -> None:
    app = opened("parabola", link("parabola", ParabolaScene(schedule=Formula(expression=LONG))))
    assert_whole(app, "parabola", "en")
    assert any(words("en").w("autopsy.title") in block.value for block in app.markdown)
    assert not [button for button in app.button if button.key == "parabola rescue"]


def test_an_optimizer_chosen_by_name_keeps_a_schedule_that_cannot_take_its_usual_rate() -> None:
    racer = Racer(optimizer=Named(), schedule=Formula(expression=LONG))
    app = opened("race", link("race", RaceScene(racers=(racer,))))
    widget(app, "zoo name en racers.0.optimizer").set_value("torch.SGD").run()
    assert not app.exception
    (kept,) = app.session_state["race scene"].racers
    assert kept == racer.but(optimizer=Named(which="torch.SGD"))


def finish_rows(app: AppTest) -> list[str]:
    return [line for block in app.markdown for line in block.value.split("\n") if line.startswith("| ")]


def test_the_finish_table_says_who_was_lost() -> None:
    app = opened("race", link("race", RaceScene(racers=(Racer(schedule=lr(0.3)), Racer(slot=1, schedule=lr(0.01))))))
    lost = words("en").w("page.race.finish.diverged", step=7).split("7")[0]
    assert sum(lost in row for row in finish_rows(app)) == 1
