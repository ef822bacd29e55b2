"""A presentation leads through the worked examples of one lesson after the other, each with its knob alone."""

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lrviz.descend.parabola import PRESETS, ParabolaScene
from lrviz.text import LANGUAGES, words
from lrviz.ui import mode, permalink, presenter
from lrviz.ui.frame import ENTRIES
from lrviz.ui.permalink import Desk
from lrviz.ui.presenter import KEY, LESSONS, WAY
from lrviz.ui.slides import OWN, Slides, begun, resumed
from tests.lessons import BY_NAME
from tests.test_pages import Address, opened, widget

NAMES = tuple(PRESETS)
OWN_SCENE = ParabolaScene(start=1.5)


def presented(lesson: str, address: Address | None = None, language: str = "en") -> AppTest:
    """A lesson as it is projected."""
    return opened(lesson, {"as": "present", "lang": language} | (address or {}))


def title(lesson: str, name: str, language: str = "en") -> str:
    """What stands over a slide."""
    return f"{words(language).w(f'page.{lesson}.heading')} · {name}".replace("_", "\\_")


def preset_name(lesson: str, name: str, language: str = "en") -> str:
    return words(language).w(f"page.{lesson}.preset.{name}.name")


# --- the order of the slides ---


def test_the_slides_are_the_worked_examples_in_their_order() -> None:
    slides = begun(PRESETS, PRESETS[NAMES[2]])
    assert slides.names == NAMES and (slides.index, slides.number) == (2, 3)
    assert slides.to(0).scene == PRESETS[NAMES[0]] and slides.to(-1).at == NAMES[-1]


def test_settings_of_ones_own_are_a_slide_before_the_first() -> None:
    slides = begun(PRESETS, OWN_SCENE)
    assert slides.names == (OWN, *NAMES) and (slides.index, slides.number, slides.scene) == (0, 0, OWN_SCENE)
    there = slides.to(1)
    assert (there.at, there.number) == (NAMES[0], 1) and there.to(0).scene == OWN_SCENE


def test_a_turned_knob_leaves_the_slide_even_where_it_comes_to_another_worked_example() -> None:
    slides = begun(PRESETS, PRESETS[NAMES[2]])
    assert resumed(slides, PRESETS, PRESETS[NAMES[5]], turned=True) == slides
    assert resumed(slides, PRESETS, OWN_SCENE, turned=False) == slides


def test_an_address_opens_its_slide() -> None:
    slides = begun(PRESETS, PRESETS[NAMES[2]])
    assert resumed(slides, PRESETS, PRESETS[NAMES[5]], turned=False).at == NAMES[5]
    assert resumed(None, PRESETS, PRESETS[NAMES[5]], turned=True).at == NAMES[5]


def test_other_worked_examples_begin_anew() -> None:
    slides, fewer = begun(PRESETS, PRESETS[NAMES[2]]), {NAMES[0]: PRESETS[NAMES[0]]}
    assert resumed(slides, fewer, PRESETS[NAMES[2]], turned=True) == begun(fewer, PRESETS[NAMES[2]])


# --- what is asked for ---


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask, as a browser does, for another slide of a lesson; return the session and the address it comes to."""

    def ask(lesson: str, slides: Slides[Any], go: Any) -> SimpleNamespace:
        state = {mode.SLIDES: {lesson: slides}, KEY: {"go": go}, f"{lesson} scene": slides.scene}
        visitor = SimpleNamespace(session_state=state, query_params={"as": "present"})
        for module in (presenter, permalink, mode):
            monkeypatch.setattr(module, "st", visitor)
        presenter._go(Desk(lesson, BY_NAME[lesson].base), slides)
        return visitor

    return ask


def test_a_slide_is_opened_and_remembered(asked: Any) -> None:
    state = asked("parabola", begun(PRESETS, OWN_SCENE), {"n": 1, "lesson": "parabola", "to": 3}).session_state
    assert state[mode.SLIDES]["parabola"].at == NAMES[2] and state["parabola scene"] == PRESETS[NAMES[2]]


@pytest.mark.parametrize(("to", "way"), [(-1, ("schedules", -1)), (len(NAMES), ("rules", 0))])
def test_beyond_the_ends_lies_the_near_end_of_another_lesson(asked: Any, to: int, way: tuple[str, int]) -> None:
    visitor = asked("parabola", begun(PRESETS, PRESETS[NAMES[0]]), {"n": 1, "lesson": "parabola", "to": to})
    assert visitor.session_state[WAY] == way


@pytest.mark.parametrize(("lesson", "end"), [(LESSONS[0], -1), (LESSONS[-1], 1)])
def test_beyond_the_first_and_last_lesson_lies_nothing(asked: Any, lesson: str, end: int) -> None:
    scenes = BY_NAME[lesson].presets
    to = end if end < 0 else len(scenes)
    slides = begun(scenes, next(iter(scenes.values())))
    assert WAY not in asked(lesson, slides, {"n": 1, "lesson": lesson, "to": to}).session_state


def test_leaving_keeps_the_scene_and_loses_the_mode(asked: Any) -> None:
    visitor = asked("parabola", begun(PRESETS, OWN_SCENE), {"n": 1, "lesson": "parabola", "to": "leave"})
    assert visitor.query_params == {} and visitor.session_state["parabola scene"] == OWN_SCENE


WRONG = [None, 3, {}, {"n": 1, "lesson": "parabola", "to": "home"}, {"n": 1, "lesson": "parabola", "to": True}]
WRONG += [{"n": 1, "lesson": "parabola", "to": 99}, {"n": 1, "lesson": "rules", "to": 2}, {"n": "1", "to": 2}]


@pytest.mark.parametrize("go", WRONG)
def test_what_is_asked_for_wrongly_changes_nothing(asked: Any, go: Any) -> None:
    slides = begun(PRESETS, OWN_SCENE)
    visitor = asked("parabola", slides, go)
    assert visitor.session_state[mode.SLIDES] == {"parabola": slides} and WAY not in visitor.session_state
    assert visitor.session_state["parabola scene"] == OWN_SCENE and visitor.query_params == {"as": "present"}


# --- the pages ---


def test_the_lessons_are_the_pages_with_a_scene_but_the_guide() -> None:
    assert tuple(name for name in BY_NAME if name != "guide") == LESSONS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_projected_with_its_slides_name_and_story_alone(lesson: str, language: str) -> None:
    this = BY_NAME[lesson]
    name = next(name for name, scene in this.presets.items() if scene == this.base)
    app = presented(lesson, language=language)
    assert [*app.exception] == [] and [*app.warning] == []
    assert [one.value for one in app.title] == [title(lesson, preset_name(lesson, name, language), language)]
    assert words(language).w(f"page.{lesson}.preset.{name}.story") == app.markdown[0].value
    for gone in ("language switch", "present", f"{lesson} undo", f"{lesson} tab {language}"):
        with pytest.raises(KeyError):
            widget(app, gone)
    assert dict(app.query_params) == {"as": "present", "lang": language}


def test_own_settings_are_shown_with_the_lessons_claim_and_stay_in_the_address() -> None:
    app = presented("parabola", {"start": "1.5"})
    assert app.title[0].value == title("parabola", words("en").w("frame.present.own"))
    assert app.markdown[0].value == words("en").w("page.parabola.claim")
    assert dict(app.query_params) == {"as": "present", "lang": "en", "start": "1.5"}


def test_a_knob_that_was_turned_leaves_the_slide_and_says_so() -> None:
    app = presented("parabola")
    turned = app.session_state["parabola scene"].at_rate(0.2)
    app.session_state["parabola scene"] = app.session_state["parabola settled"] = turned
    app.session_state["touched"] = True  # as a callback of ours does
    app.run()
    was = words("en").w("frame.present.turned", name=preset_name("parabola", "lr03"))
    assert app.title[0].value == title("parabola", was)
    assert app.markdown[0].value == words("en").w("page.parabola.claim")
    assert app.session_state[mode.SLIDES]["parabola"].at == "lr03"
    assert dict(app.query_params) == {"as": "present", "lang": "en", "schedule.lr": "0.2"}


@pytest.mark.parametrize(("to", "end"), [("rules", 0), ("schedules", -1), ("sweep", 0), ("stability", -1)])
def test_another_lesson_opens_at_its_near_end(to: str, end: int) -> None:
    app = presented("parabola")
    app.session_state[WAY] = (to, end)
    app.run()
    name = [*BY_NAME[to].presets][end]
    assert [*app.exception] == []
    assert app.title[0].value == title(to, preset_name(to, name))
    assert app.session_state[f"{to} scene"] == BY_NAME[to].presets[name]
    address = BY_NAME[to].address(BY_NAME[to].presets[name])
    assert {k: v for k, v in app.query_params.items() if k != "job"} == {"as": "present", "lang": "en"} | address


def test_the_button_projects_the_scene_as_it_stands() -> None:
    app = opened("parabola", {"start": "1.5"})
    widget(app, "present").click().run()
    assert app.title[0].value == title("parabola", words("en").w("frame.present.own"))
    assert dict(app.query_params) == {"as": "present", "start": "1.5"}


def test_a_broken_link_is_said_on_a_projected_page_too() -> None:
    app = presented("parabola", {"start": "99"})
    assert len(app.warning) == 1 and [*app.exception] == []


@pytest.mark.parametrize("page", [entry.name for entry in ENTRIES if not entry.is_lesson])
def test_what_is_no_lesson_is_not_projected(page: str) -> None:
    app = presented(page)
    assert [*app.exception] == [] and app.title[0].value == words("en").w(f"page.{page}.heading")
    assert dict(app.query_params) == {"lang": "en"}
    with pytest.raises(KeyError):
        widget(app, "present")


def test_a_mode_there_is_not_is_none() -> None:
    app = opened("parabola", {"as": "upside_down"})
    assert app.title[0].value == words("en").w("page.parabola.heading")
