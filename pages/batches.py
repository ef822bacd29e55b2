"""Batches: how many samples an update looks at, what noise that makes, and what a larger batch buys."""

from dataclasses import replace

from lrviz.batches.scene import BatchesScene
from lrviz.ui import frame, lesson
from lrviz.ui.batches import controls, numbers, picture, tabs
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("batches", BatchesScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    controls.choices(desk, words)


def knob() -> None:
    """Draw the batch size on its ruler."""
    controls.headline(Form(desk, words, "picture", ("numbers",)))


def draw() -> None:
    """Draw the view."""
    picture.show(desk, words, place.chart_height + 370 * lesson.on_phone())


# The pictures are taller than a phone: there the knob would be out of reach below them.
lesson.live(replace(place, knob_first=True), knob, draw)
with place.side:
    lesson.part("numbers", lambda: numbers.show(desk.scene, words))
    lesson.part("form", lambda: controls.form(Form(desk, words, "form", ("picture", "numbers"))))
with place.notes:
    tabs.check(desk.scene, words)
with place.below:
    tabs.show(desk.scene, words)
desk.write()
