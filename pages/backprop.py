"""Backpropagation: a 2-2-2 network forward and back, number by number, and the path behind every gradient."""

from lrviz.backprop.scene import PRESETS, BackpropScene
from lrviz.figures.backprop import errors_figure
from lrviz.ui import backprop, backprop_tabs, frame, lesson
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("backprop", BackpropScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS)


def knob() -> None:
    """Draw the rate on its ruler."""
    backprop.headline(Form(desk, words, "picture", ("errors",)), backprop.evaluated(desk.scene))


def picture() -> None:
    """Draw the stages, the network as far as the pass has come, and the way on."""
    now = backprop.evaluated(desk.scene)
    backprop.strip(desk, words)
    backprop.picture(desk, now, words, 320)
    backprop.stepper(desk, now, words)


def panel() -> None:
    """Work out what is lit."""
    backprop.panel(backprop.evaluated(desk.scene), words)


def errors() -> None:
    """Show the error, its curve, and what both orders of the update make of it."""
    now = backprop.evaluated(desk.scene)
    backprop.numbers(now, words)
    chart(
        errors_figure(now, backprop.chart_words(words)), key="errors", alt=backprop.errors_alt(now, words),
        words=words.group("chart"), height=225, filename="lrviz-backprop-errors",
        on_pick=lambda step, _: backprop.opened(desk, step),
    )  # fmt: skip
    backprop.orders(now, words)


lesson.live(place, knob, picture, panel)
with place.side:
    lesson.part("errors", errors)
    backprop.training(desk, words)
    lesson.own(lambda: backprop.rescue(desk, backprop.evaluated(desk.scene), words))
    lesson.part("form", lambda: backprop.controls(Form(desk, words, "form", ("picture", "errors"))))
with place.notes:
    backprop_tabs.check(backprop.evaluated(desk.scene), words)
with place.below:
    backprop_tabs.tabs(backprop.evaluated(desk.scene), words)
desk.write()
