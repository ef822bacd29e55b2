"""Watch it learn: a real net trained before your eyes, its rate turned, steered by hand, kept and compared."""

from lrviz.train.scene import PRESETS, TrainScene
from lrviz.ui import frame, ledger, lesson, train, train_tabs, trainings
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("train", TrainScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: Form(desk, words).at("view", quiet=True))


def knob() -> None:
    """Draw the rate's knob: while it turns, the net is trained anew."""
    train.headline(Form(desk, words))


def picture() -> None:
    """Draw the training as it goes."""
    train.picture(desk, words, place.chart_height - 14 + 400 * lesson.on_phone())


def numbers() -> None:
    """Say what came of it."""
    train.numbers(desk, words)


lesson.live(place, knob, picture, numbers)
with place.side:
    ledger.panel(desk, lambda: train.so_far(desk), words)
    lesson.own(lambda: trainings.ways_on(desk.scene.training, words))
    lesson.part("form", lambda: train.controls(Form(desk, words, "form", ("picture",))))
with place.below:
    lesson.part("below", lambda: train_tabs.tabs(desk, words))
desk.write()
