"""The front door: every lesson has its own picture, made by the engine, and what moves is one schedule."""

import re

import numpy as np
import pytest

from lrviz.descend.parabola import ParabolaScene, walk
from lrviz.figures.strokes import BOX, MARGIN, MOST, Window, bars, cells
from lrviz.text import LANGUAGES, words
from lrviz.train import demo, glimpse, reference
from lrviz.ui import frame, home
from lrviz.ui.glimpse import TOLD
from tests import lessons
from tests.test_pages import assert_whole, opened

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.mark.parametrize("lesson", lessons.BY_NAME)
def test_every_lesson_has_a_picture_within_its_box(lesson: str) -> None:
    shapes = home.picture(lesson)
    assert (shapes or lesson in home.TRAINED) and len("".join(shape.d for shape in shapes)) < 12_000
    for shape in shapes:
        assert shape.d.startswith("M") and shape.color.startswith("@")


def test_the_course_is_an_hour_of_lessons_that_there_are() -> None:
    assert sum(home.COURSE.values()) == 60
    assert set(home.COURSE) <= set(lessons.BY_NAME)
    pages = {entry.name for entry in frame.ENTRIES}
    assert {name for names in home.READERS.values() for name in names} <= pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lesson_is_on_the_page_in_both_languages(language: str) -> None:
    app = opened("home", {"lang": language})
    assert_whole(app, "home", language)
    headings = [heading.value for heading in (*app.header, *app.subheader)]
    groups = dict.fromkeys(entry.group for entry in frame.ENTRIES if entry.name in lessons.BY_NAME)
    assert headings[2:] == [words(language).w(f"nav.{group}") for group in groups]


# --- what moves ---


def test_one_schedule_drives_the_descent_that_is_shown_first_out_then_home() -> None:
    path = np.abs(walk(ParabolaScene(schedule=demo.SCHEDULE, steps=demo.STEPS, start=home.START)).x)
    rates = demo.SCHEDULE.table(demo.STEPS)
    above = int((rates > 0.25).sum())
    assert 5 < above < 30 and (np.diff(path[: above + 1]) > 0).all() and (np.diff(path[above + 1 :]) <= 0).all()
    assert path[-1] < 1e-6


def test_the_net_it_trains_is_torchs_and_learns_digits() -> None:
    found = glimpse.demonstration()
    assert demo.TRAINING.schedule == demo.SCHEDULE and demo.TRAINING.steps == demo.STEPS
    assert found["right"] > 0.8 and found["said"].shape == (48, 48) and set(np.unique(found["said"])) == {0, 1}
    by_torch = reference.train(demo.TRAINING, demo.STEPS).losses
    np.testing.assert_allclose(found["losses"], by_torch, rtol=1e-9)


def test_what_workers_train_for_the_cards_becomes_their_pictures() -> None:
    assert {*home.TRAINED.values()} == {*TOLD}
    for lesson, answer in home.TRAINED.items():
        shapes = TOLD[answer](getattr(glimpse, answer)())["shapes"][lesson]
        assert shapes and 200 < sum(len(shape["d"]) for shape in shapes) < 30_000


def test_the_small_sweep_shows_that_schedules_differ() -> None:
    worth = glimpse.sweep()["worth"]
    assert worth.shape == demo.SWEEP.shape[1:] and np.nanmax(worth) > 0.9 and np.nanmin(worth) < 0.5


# --- shapes ---


def places(d: str) -> np.ndarray:
    return np.array(NUMBER.findall(d), float).reshape(-1, 2)


def test_a_line_ends_where_the_window_does_and_has_few_points() -> None:
    window = Window((0, 1), (0, 2))
    line = window.line(np.linspace(0, 1, 1000), np.linspace(0, 2, 1000), "@text")
    found = places(line.d)
    assert len(found) <= MOST + 1
    assert found[0].tolist() == [MARGIN, BOX[1] - MARGIN] and found[-1].tolist() == [BOX[0] - MARGIN, MARGIN]
    gone = window.line(np.array([0, 0.5, 1]), np.array([0, 1, np.nan]), "@text")
    assert len(places(gone.d)) == 2


def test_dots_outside_are_left_out_and_cells_side_by_side_are_one() -> None:
    window = Window((0, 1), (0, 1))
    assert window.dots(np.array([0.5, 7.0]), np.array([0.5, 0.5]), "@text").d.count("M") == 1
    (area,) = cells(np.array([[1, 1, 0], [0, 1, 1]]), {1: ("@text", 1.0)})
    assert area.d.count("M") == 2
    first, second = (float(part.split()[1].partition("h")[0]) for part in area.d.split("M")[1:])
    assert first > second, "the first row is the lowest"


def test_the_highest_bar_fills_the_box() -> None:
    heights = [float(number) for number in re.findall(r"v-([\d.]+)", bars([1.0, 2.0], "@text").d)]
    assert heights == [(BOX[1] - 2 * MARGIN) / 2, BOX[1] - 2 * MARGIN]
