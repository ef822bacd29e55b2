"""What holds of every lesson's page: its presets, its tabs, its way back, in each language."""

from typing import Any

import pytest

from lrviz.text import LANGUAGES, words
from lrviz.ui.frame import ENTRIES
from lrviz.ui.permalink import JOB
from tests.lessons import BY_NAME, LESSONS
from tests.test_pages import assert_whole, opened, widget

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EACH_PRESET = pytest.mark.parametrize(
    ("lesson", "name"), [(lesson.name, name) for lesson in LESSONS for name in lesson.presets]
)
EACH_LESSON = pytest.mark.parametrize("lesson", BY_NAME)


WITHOUT_A_SCENE = {"home", "exercises", "teach", "sources"}


def test_every_page_that_shows_a_scene_is_a_lesson_here() -> None:
    pages = [entry.name for entry in ENTRIES if entry.name not in WITHOUT_A_SCENE]
    assert [lesson.name for lesson in LESSONS] == pages


@IN_EACH_LANGUAGE
@EACH_PRESET
def test_a_presets_address_opens_the_preset(lesson: str, name: str, language: str) -> None:
    this = BY_NAME[lesson]
    address = {"lang": language} | this.address(this.presets[name])
    app = opened(lesson, address)
    assert_whole(app, lesson, language)
    assert len(app.warning) == 0
    assert words(language).w(f"page.{lesson}.preset.{name}.story") in [caption.value for caption in app.caption]
    assert dict(app.query_params) == address
    assert app.session_state[f"{lesson} scene"] == this.presets[name]


@IN_EACH_LANGUAGE
@EACH_LESSON
def test_every_tab_opens_and_is_remembered_in_the_other_language(lesson: str, language: str) -> None:
    app = opened(lesson, {"lang": language})
    tabs = BY_NAME[lesson].tabs
    said = [words(language).w(f"page.{lesson}.tab.{tab}") for tab in tabs]
    assert widget(app, f"{lesson} tab {language}").options == said
    for tab in tabs:
        widget(app, f"{lesson} tab {language}").set_value(tab).run()
        assert_whole(app, lesson, language)
    other = next(name for name in LANGUAGES if name != language)
    widget(app, "language switch").set_value(other).run()
    assert_whole(app, lesson, other)
    assert widget(app, f"{lesson} tab {other}").value == tabs[-1]


def scene_in_address(app: Any) -> dict[str, str]:
    """What the address says of the scene; which training is on the screen stands beside it."""
    return {name: text for name, text in app.query_params.items() if name != JOB}


@EACH_LESSON
def test_a_preset_is_opened_lit_and_undone(lesson: str) -> None:
    this = BY_NAME[lesson]
    name = [name for name, scene in this.presets.items() if scene != this.base][-1]
    app = opened(lesson)
    widget(app, f"{lesson} preset en").set_value(name).run()
    assert app.session_state[f"{lesson} scene"] == this.presets[name]
    assert scene_in_address(app) == this.address(this.presets[name])
    assert widget(app, f"{lesson} preset en").value == name
    widget(app, f"{lesson} undo").click().run()
    assert app.session_state[f"{lesson} scene"] == this.base and scene_in_address(app) == {}
