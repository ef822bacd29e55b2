"""Regime map: where in the plane of two hyperparameters a descent arrives, and where it diverges."""

from lrviz.descend.regimes import PRESETS, RegimesScene
from lrviz.ui import frame, lesson, regime_form, regimes
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("regimes", RegimesScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS)


def knob() -> None:
    """Draw the knob that changes every cell at once."""
    regimes.headline(Form(desk, words))


def picture() -> None:
    """Draw the map."""
    regimes.show(desk, words, place.chart_height - 40 + 100 * lesson.on_phone())


def numbers() -> None:
    """Say how the cells end, and what became of the chosen one."""
    result = regimes.mapped(desk)
    regimes.numbers(result, words)
    regimes.one_cell(result, words)


lesson.live(place, knob, picture, numbers)
with place.notes:
    regimes.theory(regimes.mapped(desk), words)
with place.side:
    lesson.part("form", lambda: regime_form.controls(Form(desk, words, "form", ("picture",))))
with place.below:
    regimes.tabs(regimes.mapped(desk), words)
desk.write()
