"""Finder: a learning-rate range test, and why the known rules read different rates off the same curve."""

from lrviz.train.finder import PRESETS, FinderScene
from lrviz.ui import finder, frame, lesson
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("finder", FinderScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS)


def knob() -> None:
    """Draw the knob of the smoothing."""
    finder.headline(Form(desk, words, "picture", ("numbers",)))


def picture() -> None:
    """Draw the sweep with what every rule reads off it."""
    finder.show(desk, words, place.chart_height - 50 + 110 * lesson.on_phone())


lesson.live(place, knob, picture, lambda: finder.said(desk, words))
with place.side:
    lesson.part("numbers", lambda: finder.numbers(desk, words))
    lesson.part("form", lambda: finder.controls(Form(desk, words, "form", ("picture", "numbers"))))
with place.notes:
    finder.check(desk.scene, words)
with place.below:
    finder.tabs(desk, words)
desk.write()
