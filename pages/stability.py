"""Stability: the edge of stability, the catapult, the boundary of trainability, and slices of the loss."""

from lrviz.train.stability import StabilityScene
from lrviz.ui import frame, lesson, stability
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("stability", StabilityScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, stability.presets(desk), lambda: stability.switch(desk, words), wide=4.4)
view = stability.way(desk)


def knob() -> None:
    """Draw the headline knob of the view."""
    view.headline(Form(desk, words, "picture", ("numbers",)))


def picture() -> None:
    """Draw the view's picture."""
    view.show(desk, words, place.chart_height - 70 + 100 * lesson.on_phone())


lesson.live(place, knob, picture, lambda: view.said(desk, words))
with place.side:
    lesson.part("numbers", lambda: view.numbers(desk, words))
    lesson.part("form", lambda: view.controls(Form(desk, words, "form", ("picture", "numbers"))))
with place.notes:
    stability.check(desk, words)
with place.below:
    stability.tabs(desk, words)
desk.write()
