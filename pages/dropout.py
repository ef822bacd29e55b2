"""Dropout: units that fall silent at random, and the scale that keeps their average."""

from dataclasses import replace

from lrviz.layers.dropout_scene import PRESETS, DropoutScene
from lrviz.ui import dropout, dropout_views, frame, lesson
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("dropout", DropoutScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
height = place.chart_height - 90 * place.knob_first
knob_first = place.knob_first or desk.scene.view in dropout_views.TALL
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: dropout.switch(desk, words, "view"), wide=4.8)


def knob() -> None:
    """Draw p, and what redraws or switches the picture."""
    dropout.headline(Form(desk, words, "picture", ("numbers",)))
    dropout.gestures(desk, words)


def picture() -> None:
    """Draw what is looked at: a layer, many masks, a stack of layers, or sub-networks."""
    dropout_views.picture(desk, words, height)


lesson.live(replace(place, knob_first=knob_first), knob, picture, lambda: dropout_views.said(desk, words))
with place.side:
    lesson.part("numbers", lambda: dropout_views.numbers(desk, words))
    lesson.part("form", lambda: dropout.controls(Form(desk, words, "form", ("picture", "numbers"))))
with place.notes:
    dropout.check(desk.scene, words)
with place.below:
    dropout.tabs(desk, words)
desk.write()
