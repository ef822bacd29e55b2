"""Every page runs in every language from every address, says what an address got wrong, and needs no torch."""

import subprocess
import sys
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lrviz.schedules import Plateau, Step, schedule_kinds
from lrviz.schedules.scene import PRESETS, Curve, DrawnMetric, SchedulesScene, UploadedMetric
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.ui.frame import ENTRIES
from lrviz.ui.lesson import plain
from lrviz.ui.pages import PAGES
from tests.running_server import ROOT

SCRIPT = ROOT / "lrviz" / "ui" / "main.py"
PRESET_ADDRESSES = {name: to_address(scene, SchedulesScene()) for name, scene in PRESETS.items()}
Address = dict[str, str]


def opened(page: str, address: Address | None = None, locale: str = "") -> AppTest:
    """Open a page as a visitor with an address and a browser's language does."""
    app = AppTest.from_file(str(SCRIPT), default_timeout=30)
    app.context = {"locale": locale} if locale else {}
    if page != ENTRIES[0].name:
        app.switch_page(str(PAGES / f"{page}.py"))
    for name, text in (address or {}).items():
        app.query_params[name] = text
    return app.run()


def widget(app: AppTest, key: str) -> Any:
    """Return a widget of the page by its key."""
    return app.get_by_key(key)


def assert_whole(app: AppTest, page: str, language: str) -> None:
    """No exception, and heading and claim of the page in the language."""
    said = words(language)
    assert [*app.exception] == []
    assert [title.value for title in app.title] == [said.w(f"page.{page}.heading")]
    assert app.markdown[0].value == said.w(f"page.{page}.claim")
    assert said.w("frame.broke") not in [error.value for error in app.error]


# --- every page ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [entry.name for entry in ENTRIES])
def test_a_page_runs_by_its_bare_address(page: str, language: str) -> None:
    app = opened(page, {"lang": language})
    assert_whole(app, page, language)
    assert len(app.warning) == 0


def test_every_page_there_is_is_in_the_menu() -> None:
    assert {entry.name for entry in ENTRIES} == {path.stem for path in PAGES.glob("*.py")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*schedule_kinds(), "built_in", "drawn", "uploaded"])
def test_every_kind_can_be_opened(kind: str, language: str) -> None:
    metric = kind in ("built_in", "drawn", "uploaded")
    address = {"view": "feedback", "metric": kind} if metric else {"curves.0.schedule": kind}
    app = opened("schedules", {"lang": language} | address)
    assert_whole(app, "schedules", language)
    assert len(app.warning) == 0
    assert words(language).kind(kind) in [box.format_func(box.value) for box in app.selectbox if box.value == kind]


SCENES = {
    "eight curves": SchedulesScene(curves=tuple(Curve(slot=slot, name=f"<b>{slot}</b>") for slot in range(8)), open=7),
    "nothing shown": SchedulesScene(curves=(Curve(shown=False),)),
    "two steps": SchedulesScene(steps=2),
    "a million steps": SchedulesScene(steps=1_000_000, rate_axis="log", axis="epochs", steps_per_epoch=1_000),
    "a log waited for": SchedulesScene(view="feedback", metric=UploadedMetric(column="val_loss")),
    "two epochs": SchedulesScene(view="feedback", metric=DrawnMetric(points=((0, 1.0), (1, 1.0)))),
    "a cut at every epoch": SchedulesScene(view="feedback", plateau=Plateau(patience=0, factor=0.9)),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("schedules", {"lang": language} | to_address(SCENES[name], SchedulesScene()))
    assert_whole(app, "schedules", language)
    assert len(app.warning) == 0


def shown_instead(value: str, language: str, is_kind: bool) -> str:
    """Return how a line ends that says what is shown; a part that is only left out has nothing in its place."""
    if not value:
        return ""
    said = words(language)
    return plain(said.w("problem.shown", sentence="", used=said.kind(value) if is_kind else value))


# --- the language ---


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en"), ("zh-CN", "zh"), ("zh-TW", "zh"), ("ZH", "zh"), ("fr-FR", "en"), ("", "en")],
)
def test_the_first_guess_is_the_browsers(locale: str, language: str) -> None:
    app = opened("schedules", locale=locale)
    assert_whole(app, "schedules", language)
    assert "lang" not in app.query_params


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_address_knows_better_than_the_browser(language: str) -> None:
    for locale in ("en-US", "zh-CN"):
        assert_whole(opened("schedules", {"lang": language}, locale), "schedules", language)


def test_a_language_there_is_not_is_said_and_the_guess_shown() -> None:
    app = opened("schedules", {"lang": "fr", "steps": "300"}, "zh-CN")
    assert_whole(app, "schedules", "zh")
    assert [toast.value for toast in app.toast] == [words("zh").w("frame.unknown_language", given="fr")]
    assert dict(app.query_params) == {"lang": "zh", "steps": "300"}


def test_switching_the_language_keeps_the_scene_and_the_address() -> None:
    app = opened("schedules", PRESET_ADDRESSES["cosine30"])
    widget(app, "language switch").set_value("zh").run()
    assert_whole(app, "schedules", "zh")
    assert dict(app.query_params) == {"lang": "zh"} | PRESET_ADDRESSES["cosine30"]
    assert app.session_state["schedules scene"] == PRESETS["cosine30"]


# --- what is touched ---


def test_a_schedule_is_added_with_the_rate_of_the_open_one_and_the_list_is_ready_for_the_next() -> None:
    app = opened("schedules", {"curves.0.schedule.lr": "0.03"})
    widget(app, "schedules add en 0").set_value("step").run()
    scene = app.session_state["schedules scene"]
    assert scene.opened.schedule == Step(lr=0.03) and len(scene.curves) == 5
    assert widget(app, "schedules add en 1").value is None
    assert not app.exception


# --- what it costs ---

PROBE = """
import sys
sys.path.insert(0, {root!r})
from tests.test_pages import ENTRIES, PRESET_ADDRESSES, opened
for entry in ENTRIES:
    assert not opened(entry.name).exception
assert not opened("schedules", PRESET_ADDRESSES["plateau"]).exception
heavy = ("torch", "jax", "keras", "optax", "transformers", "tensorboardX")
print(sorted(name for name in sys.modules if name.partition(".")[0] in heavy))
"""


def test_no_page_brings_torch_into_the_web_process() -> None:
    probe = subprocess.run(
        [sys.executable, "-c", PROBE.format(root=str(ROOT))], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert probe.stdout.strip() == "[]", probe.stderr
