"""A lesson that is handed out has nothing on it that does nothing: no choice, button or knob that a lock forbids."""

import pytest

from lrviz.handout import MOST_KNOBS, Handout, scene_of
from lrviz.spec import from_address
from lrviz.text import words
from tests.lessons import BY_NAME
from tests.test_handout import EACH
from tests.test_handout_page import PARABOLA, handed, knobs
from tests.test_pages import opened, widget


def test_a_choice_offers_what_goes_with_what_is_locked() -> None:
    app = handed(Handout(scene=scene_of("regimes"), free=("across",)))
    options = widget(app, "option en across regimes").options
    assert words("en").option("regimes", "across", "momentum") not in options and len(options) > 1
    app = handed(Handout(scene=scene_of("rules"), free=("switch",)))
    assert words("en").option("rules", "switch", "dampening") not in widget(app, "option en switch rules").options


@pytest.mark.parametrize(
    ("lesson", "path", "own"),
    [("schedules", "metric", "uploaded"), ("smoothing", "series", "uploaded"), ("train", "training.task", "own")],
)
def test_what_a_link_cannot_carry_is_not_offered_and_its_maker_is_told(lesson: str, path: str, own: str) -> None:
    scene = from_address({"view": "feedback"} if lesson == "schedules" else {}, scene_of(lesson))[0]
    kind = f"{path.rpartition('.')[0] or lesson}"
    app = handed(Handout(scene=scene, free=(path,)))
    offered = widget(app, f"kind en {path} {kind}").options
    assert words("en").kind(own) not in offered and len(offered) > 1
    app = opened("teach", {"scene": lesson, "free": "", f"scene.{path}": own})
    assert [*app.exception] == [] and words("en").w("page.teach.own_data") in [one.value for one in app.warning]


def test_a_button_that_would_turn_what_is_locked_cannot_be_pressed() -> None:
    app = handed(Handout(scene=scene_of("train"), free=("training.schedule.lr",)))
    assert app.button(key="train band").disabled
    assert not handed(Handout(scene=scene_of("train"), free=("seeds",))).button(key="train band").disabled


def test_a_start_that_says_nothing_has_a_knob_at_the_surfaces_own() -> None:
    assert knobs(handed(PARABOLA.but(free=("start",))))["Start x"]["value"] == 2.0
    assert {"Start, x", "Start, y"} <= set(knobs(handed(Handout(scene=scene_of("race"), free=("start_x", "start_y")))))


def test_the_one_worked_example_that_is_open_anyway_is_not_offered() -> None:
    app = handed(PARABOLA.but(scene=BY_NAME["parabola"].base, free=(), locked=()))
    assert "parabola preset en" not in [group.key for group in app.button_group]


@EACH
def test_every_knob_of_every_lesson_can_be_left_to_turn_and_locked(lesson: str) -> None:
    handout = Handout(scene=scene_of(lesson))
    for first in range(0, len(handout.turnable), MOST_KNOBS):
        paths = handout.turnable[first : first + MOST_KNOBS]
        app = handed(handout.but(free=paths[::2], locked=paths[1::2]))
        assert [*app.exception] == [] and [*app.error] == [] and [*app.warning] == []


def test_a_worked_example_that_needs_a_file_is_not_offered() -> None:
    app = handed(Handout(scene=scene_of("train"), free=tuple(Handout(scene=scene_of("train")).turnable[:2])))
    labels = {name: words("en").w(f"page.train.preset.{name}.name") for name in BY_NAME["train"].presets}
    offered = widget(app, "train preset en").options
    assert labels.pop("own") not in offered and len(offered) > 2


@pytest.mark.parametrize(("lesson", "path"), [("race", "racers"), ("schedules", "curves")])
def test_the_items_of_a_scene_can_be_changed_each_and_are_as_many_as_they_are(lesson: str, path: str) -> None:
    app = handed(Handout(scene=scene_of(lesson), free=(path,)))
    label = words("en").label(lesson, path)
    assert [f"{label} {i}" for i in (1, 2, 3, 4)] == [one.value for one in app.caption if one.value[-1:].isdecimal()][
        :4
    ]
    assert not [button.key for button in app.button if button.key and button.key.startswith(("add ", "remove "))]
