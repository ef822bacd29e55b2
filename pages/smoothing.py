"""Smoothing: an average that forgets, what that costs, and where else training uses it."""

from collections.abc import Callable, Mapping
from typing import Any

from lrviz.figures.connection import connection_figure
from lrviz.figures.smoothing import average_figure
from lrviz.figures.tradeoff import tradeoff_figure
from lrviz.smoothing.scene import PRESETS, SmoothingScene
from lrviz.ui import connection, frame, lesson, smoothing, tradeoff
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("smoothing", SmoothingScene())
desk.open()


def knob() -> None:
    """Draw the knob of beta, which the picture and the numbers answer."""
    smoothing.headline(Form(desk, words, "picture", ("numbers",)), smoothing.evaluated(desk))


def draw(figure: Mapping[str, Any], alt: str, pick: Callable[[float, float], None] | None = None) -> None:
    """Draw the picture of a view; a click on it picks a place."""
    height, labels = place.chart_height + (80 if lesson.on_phone() else -80), words.group("chart")
    name, view = "lrviz-smoothing", desk.scene.view
    chart(figure, key=view, alt=alt, words=labels, height=height, filename=name, on_pick=pick)


def average(place: lesson.Places) -> None:
    """One series and its average: the picture with the weights of a point, that point worked out."""

    def picture() -> None:
        if (now := smoothing.evaluated(desk)) is None:
            smoothing.waiting_for_log(words, place.chart_height - 80)
            return
        figure, alt = average_figure(now, smoothing.chart_words(now, words)), smoothing.alt(now, words)
        draw(figure, alt, lambda x, _: smoothing.open_point(desk, now, x))

    def worked() -> None:
        if (now := smoothing.evaluated(desk)) is not None:
            smoothing.worked(desk, now, words)
            smoothing.notes(now, words)

    def numbers() -> None:
        if (now := smoothing.evaluated(desk)) is not None:
            smoothing.numbers(now, words)

    lesson.live(place, knob, picture, worked)
    with place.side:
        lesson.part("numbers", numbers)
        lesson.part("form", lambda: smoothing.controls(Form(desk, words, "form", ("picture", "numbers"))))
    if (result := smoothing.evaluated(desk)) is not None:
        with place.notes:
            smoothing.check(result, words)
        with place.below:
            smoothing.tabs(result, words)


def lag(place: lesson.Places) -> None:
    """What a memory costs: a known signal with noise on it, and the error of every beta."""

    def picture() -> None:
        now = tradeoff.weighed(desk.scene)
        draw(tradeoff_figure(now, tradeoff.chart_words(now, words), narrow=lesson.on_phone()), tradeoff.alt(now, words))

    lesson.live(place, knob, picture, lambda: tradeoff.formulas(tradeoff.weighed(desk.scene), words))
    with place.side:
        lesson.part("numbers", lambda: tradeoff.numbers(tradeoff.weighed(desk.scene), words))
        lesson.part("form", lambda: tradeoff.controls(Form(desk, words, "form", ("picture", "numbers"))))
    with place.notes:
        tradeoff.check(tradeoff.weighed(desk.scene), desk.scene, words)
    with place.below:
        tradeoff.tabs(tradeoff.weighed(desk.scene), desk.scene, words)


def training(place: lesson.Places) -> None:
    """The same beta in four places: a smoothed loss, momentum, Adam's two averages."""

    def picture() -> None:
        now = connection.listened(desk.scene)
        figure = connection_figure(now, connection.chart_words(now, words), narrow=lesson.on_phone())
        draw(figure, connection.alt(now, words))

    lesson.live(place, knob, picture, lambda: connection.relations(connection.listened(desk.scene), words))
    with place.side:
        lesson.part("numbers", lambda: connection.numbers(connection.listened(desk.scene), words))
        lesson.part("form", lambda: connection.controls(Form(desk, words, "form", ("picture", "numbers"))))
    with place.notes:
        connection.check(connection.listened(desk.scene), words)
    with place.below:
        connection.tabs(connection.listened(desk.scene), words)


lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: smoothing.view(Form(desk, words)), share=2.4)
{"average": average, "tradeoff": lag, "connection": training}[desk.scene.view](place)
desk.write()
