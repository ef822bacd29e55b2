"""Dropout: units that fall silent at random, and the scale that keeps their average."""

from lrviz.layers.dropout_scene import PRESETS, DropoutScene
from lrviz.ui import dropout, dropout_views, frame, lesson
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("dropout", DropoutScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: dropout.switch(desk, words, "view"), wide=5.2)


def knob() -> None:
    """Draw p, and what redraws or switches the picture."""
    dropout.headline(Form(desk, words))
    dropout.gestures(desk, words)


def picture() -> None:
    """Draw what is looked at: a layer, many masks, a stack of layers, or sub-networks."""
    dropout_views.picture(desk, words, place.chart_height)


def numbers() -> None:
    """Say what it shows, in a sentence and in numbers."""
    dropout_views.numbers(desk, words)


lesson.live(place, knob, picture, numbers)
with place.side:
    lesson.part("form", lambda: dropout.controls(Form(desk, words, "form", ("picture",))))
with place.notes:
    dropout.check(desk.scene, words)
with place.below:
    dropout.tabs(desk, words)
desk.write()
