"""Batch norm: four steps that give every channel mean 0 and spread 1, and what becomes of their statistics."""

from dataclasses import replace

from lrviz.layers.batchnorm_scene import PRESETS, BatchNormScene
from lrviz.ui import batchnorm, frame, lesson
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("batchnorm", BatchNormScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: batchnorm.views(Form(desk, words)), batchnorm.VIEWS_WIDTH)


def knob() -> None:
    """Draw the knob of the open picture."""
    batchnorm.headline(Form(desk, words, "picture", ("statistics",)))


def picture() -> None:
    """Draw the four steps, the stream of batches, or who shares a mean."""
    batchnorm.show(desk, words, place.chart_height - 70)


def numbers() -> None:
    """Put the learner's numbers into the formula."""
    batchnorm.numbers(desk, words)


# The stream is taller than a phone: there its knob would be out of reach below it.
lesson.live(replace(place, knob_first=place.knob_first or desk.scene.view == "running"), knob, picture, numbers)
with place.notes:
    batchnorm.check(desk.scene, words)
with place.side:
    lesson.part("statistics", lambda: batchnorm.statistics(desk, words))
    lesson.part("form", lambda: batchnorm.controls(Form(desk, words, "form", ("picture", "statistics"))))
with place.below:
    batchnorm.tabs(desk, words)
desk.write()
