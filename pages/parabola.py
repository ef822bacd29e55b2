"""Parabola: gradient descent on one curve, and the one number that decides how it goes."""

from lrviz.descend.parabola import PRESETS, ParabolaScene
from lrviz.figures.parabola import walk_figure
from lrviz.ui import frame, lesson, parabola
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("parabola", ParabolaScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS)


def knob() -> None:
    """Draw the rate on its ruler of regimes."""
    parabola.headline(Form(desk, words), parabola.walked(desk.scene))


def picture() -> None:
    """Draw the curve with the walk on it, and the loss."""
    now = parabola.walked(desk.scene)
    figure = walk_figure(now, parabola.chart_words(words), narrow=lesson.on_phone())
    alt, labels, height = (
        parabola.alt(now, words),
        words.group("chart"),
        place.chart_height - 90 + 200 * lesson.on_phone(),
    )
    chart(figure, key="walk", alt=alt, words=labels, height=height, filename="lrviz-parabola")


def numbers() -> None:
    """Say what this rate does, in a sentence and in numbers."""
    now = parabola.walked(desk.scene)
    parabola.regime(now, words)
    parabola.numbers(now, words)
    parabola.iterations(now, words)


lesson.live(place, knob, picture, numbers)
with place.side:
    lesson.part("form", lambda: parabola.controls(Form(desk, words, "form", ("picture",))))
with place.notes:
    lesson.own(lambda: parabola.rescue(desk, parabola.walked(desk.scene), words))
    parabola.check(parabola.walked(desk.scene), words)
with place.below:
    parabola.tabs(parabola.walked(desk.scene), words)
desk.write()
