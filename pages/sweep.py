"""Sweep: hundreds of trainings side by side, and how wide the band of good settings is."""

from lrviz.train.sweep import PRESETS, SweepScene
from lrviz.ui import frame, lesson, sweep, sweep_form, sweep_tabs
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("sweep", SweepScene())
desk.open()
lesson.broken_link(desk, words)
sweep.begin(desk)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS)


def knob() -> None:
    """Draw what counts as good."""
    sweep.headline(Form(desk, words, "picture", ("table",)))


def picture() -> None:
    """Draw the map and its curves."""
    sweep.show(desk, words, place.chart_height + 180 * lesson.on_phone())


def numbers() -> None:
    """Say what counts as good, and what became of the chosen cell."""
    sweep.numbers(desk, words)


lesson.live(place, knob, picture, numbers)
with place.side:
    lesson.part("table", lambda: sweep.table(desk, words))
    lesson.part("form", lambda: sweep_form.controls(Form(desk, words, "form", ("picture",))))
with place.below:
    sweep_tabs.tabs(sweep.standing(desk).result, words)
desk.write()
