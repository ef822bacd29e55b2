"""The range-test page: at its edges, from broken links, what is touched there, and the way to train with a rate."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from lrviz import jobs
from lrviz.schedules import Cosine, Points
from lrviz.schedules.ramps import RangeTest
from lrviz.spec import from_address, to_address
from lrviz.text import LANGUAGES, words
from lrviz.train.finder import FinderScene
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.scene import TrainScene
from lrviz.train.suggestions import RULES
from lrviz.train.tasks import Digits, Moons, Sine
from lrviz.train.training import Training
from lrviz.ui.finder import PARTS
from lrviz.ui.trainings import train_address
from tests.at_once import at_once
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

__all__ = ["at_once"]
SMALL = FinderScene(
    training=Training(task=Moons(points=60), model=MLP(depth=1, width=4), batch_size=8),
    test=RangeTest(start_lr=1e-3, end_lr=10.0, num_iter=60),
    runs=2,
)


@pytest.fixture(autouse=True)
def fresh_board() -> Iterator[None]:
    """No job of another test."""
    jobs.BOARD._jobs.clear()
    yield
    jobs.BOARD._jobs.clear()


def page(scene: FinderScene = SMALL, **given: str) -> AppTest:
    return opened("finder", to_address(scene, FinderScene()) | given)


def said(app: AppTest) -> str:
    return "\n".join([*(m.value for m in app.markdown), *(c.value for c in app.caption)]).replace("\\", "")


def links(app: AppTest) -> list[Any]:
    return [element.proto for element in app.get("page_link")]


EDGES = {
    "two updates": SMALL.but(test=RangeTest(start_lr=1e-3, end_lr=1.0, num_iter=2)),
    "a thousand updates": SMALL.but(test=RangeTest(num_iter=1_000)),
    "a linear sweep": SMALL.but(test=RangeTest(scale="linear")),
    "sixteen seeds": SMALL.but(runs=16),
    "all of it left out": SMALL.but(skip_start=1_000),
    "numbers to predict": SMALL.but(training=Training(task=Sine())),
    "a linear model": SMALL.but(training=Training(task=Moons(), model=Linear())),
    "images": SMALL.but(training=Training(task=Digits(subset=40), model=CNN(channels=2))),
    "no one rate": SMALL.but(training=SMALL.training.but(schedule=Points(points=((0, 0.1), (9, 0.01))))),
    "raw": SMALL.but(smoothing=0.0, stop=0.0, average="first_value"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs_before_its_sweep_is_there(name: str, language: str) -> None:
    app = page(EDGES[name], lang=language)
    assert_whole(app, "finder", language)
    assert len(app.warning) == 0 and words(language).w("page.finder.said.waiting") in said(app)
    assert len(jobs.BOARD._jobs) == 1


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in EDGES if name not in ("a thousand updates", "sixteen seeds")])
def test_a_scene_at_the_edge_says_what_came_of_it(name: str, language: str) -> None:
    app = page(EDGES[name], lang=language)
    assert_whole(app, "finder", language)
    few = words(language).w("page.finder.said.too_few")
    assert (few in said(app)) == (name in ("two updates", "all of it left out"))


BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "a sweep too long": ({"test.num_iter": "5000"}, [("num_iter", "")]),
    "a sweep that falls": ({"test.end_lr": "1e-9"}, [("end_lr", "10")]),
    "a smoothing of one": ({"smoothing": "1"}, [("1", "0.9")]),
    "a rule unheard of": ({"rule": "oracle"}, [("rule", "")]),
    "a task unheard of": ({"training.task": "sudoku"}, [("sudoku", "digits")]),
    "a billion seeds": ({"runs": "1000000000"}, [("16", "8")]),
    "two at once": ({"stop": "x", "skip_start": "-1"}, [("x", "4"), ("-1", "10")]),
    "markup": ({"average": "<b>"}, [("\\<b\\>", "corrected")]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("finder", address, expected, language)


# --- what is touched ---


@pytest.mark.usefixtures("at_once")
def test_every_rule_has_its_rate_and_its_way_to_the_page_that_trains() -> None:
    app = page(SMALL.but(training=SMALL.training.but(schedule=Cosine(lr=0.5, T_max=77))))
    ways = [link for link in links(app) if "train" in link.page]
    for rule, way in zip(RULES, ways, strict=True):
        assert words("en").w(f"page.finder.rule.{rule}") in way.label
        address = {name: values[0] for name, values in parse_qs(way.query_string).items()}
        scene, problems = from_address(address, TrainScene())
        assert problems == [] and scene.training.task == SMALL.training.task
        assert isinstance(scene.training.schedule, Cosine) and scene.training.schedule.T_max == 77
        assert 1e-4 < scene.training.schedule.lr < 10


def test_a_trainings_address_is_read_back_by_the_page_that_trains() -> None:
    for training in (TrainScene().training, SMALL.training, Training()):
        address = train_address(training)
        assert address and from_address(address, TrainScene())[0] == TrainScene().but(training=training)


@pytest.mark.usefixtures("at_once")
def test_smoothing_and_stop_are_read_from_the_same_sweep() -> None:
    app = page()
    assert len(jobs.BOARD._jobs) == 1
    first = said(app)
    widget(app, "finder part en").set_value("reading").run()
    widget(app, "option en average finder").set_value("first_value").run()
    assert not app.exception and said(app) != first
    assert len(jobs.BOARD._jobs) == 1, "no new sweep"
    again = page(SMALL.but(stop=1.2, skip_end=2))
    assert len(jobs.BOARD._jobs) == 1 and not again.exception, "another visitor finds it too"


def test_another_task_or_sweep_is_swept_anew() -> None:
    app = page()
    widget(app, "option en test.scale range_test").set_value("linear").run()
    assert not app.exception and len(jobs.BOARD._jobs) == 2
    assert dict(app.query_params)["test.scale"] == "linear"


def test_what_takes_long_waits_to_be_asked() -> None:
    big = Training(task=Digits(), model=CNN(channels=64), batch_size=0)
    app = page(FinderScene(training=big, test=RangeTest(num_iter=1_000), runs=16))
    assert not app.exception and jobs.BOARD._jobs == {}


def test_a_full_queue_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.jobs.board.MOST_WAITING", 0)
    app = page()
    assert not app.exception
    assert words("en").w("live.queue_full") in [warning.value for warning in app.warning]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_and_the_code_are_there(language: str) -> None:
    app = page(lang=language)
    for tab in ("data", "code", "rules"):
        widget(app, f"finder tab {language}").set_value(tab).run()
        assert_whole(app, "finder", language)
    widget(app, f"finder tab {language}").set_value("code").run()
    assert "def valley" in app.code[0].value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_the_form_opens(part: str, language: str) -> None:
    app = page(lang=language)
    widget(app, f"finder part {language}").set_value(part).run()
    assert_whole(app, "finder", language)
