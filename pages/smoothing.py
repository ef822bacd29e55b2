"""Smoothing: an average that forgets, what that costs, and where else training uses it."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from lrviz.figures.connection import connection_figure
from lrviz.figures.smoothing import average_figure
from lrviz.figures.tradeoff import tradeoff_figure
from lrviz.smoothing.scene import PRESETS, SmoothingScene
from lrviz.ui import average, connection, frame, lesson, smoothing, tradeoff
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("smoothing", SmoothingScene())
desk.open()
knob, form = Form(desk, words), Form(desk, words, "form", ("picture",))


def draw(figure: Mapping[str, Any], alt: str, pick: Callable[[float, float], None] | None = None) -> None:
    """Draw the picture of a view; a click on it picks a place."""
    height, labels = place.chart_height + (80 if lesson.on_phone() else -105), words.group("chart")
    name, view = "lrviz-smoothing", desk.scene.view
    chart(figure, key=view, alt=alt, words=labels, height=height, filename=name, on_pick=pick)


def one_average() -> None:
    """One series and its average: the picture with the weights of a point, that point worked out."""

    def picture() -> None:
        if (now := average.evaluated(desk)) is None:
            average.waiting_for_log(words, place.chart_height - 105)
            return
        figure, alt = average_figure(now, average.chart_words(now, words)), average.alt(now, words)
        draw(figure, alt, lambda x, _: average.open_point(desk, now, x))

    def worked() -> None:
        if (now := average.evaluated(desk)) is not None:
            average.worked(desk, now, words)
            average.notes(now, words)

    lesson.live(place, lambda: average.headline(knob, average.evaluated(desk)), picture, worked)
    with place.side:
        lesson.part("form", lambda: average.controls(form))
    if (result := average.evaluated(desk)) is not None:
        with place.notes:
            average.check(result, words)
        with place.below:
            average.tabs(result, words)


def compared(view: ModuleType, figure: Callable[..., dict[str, Any]]) -> None:
    """What a memory costs, or where training uses it: the picture, and what is worth saying beneath it."""

    def now() -> Any:
        return view.made(desk.scene)

    def picture() -> None:
        draw(figure(now(), view.chart_words(now(), words), narrow=lesson.on_phone()), view.alt(now(), words))

    lesson.live(place, lambda: smoothing.headline(knob), picture, lambda: view.beneath(now(), words))
    with place.side:
        lesson.part("form", lambda: view.controls(form))
    with place.notes:
        view.check(now(), words)
    with place.below:
        view.tabs(now(), words)


lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: smoothing.view(Form(desk, words)), wide=2.7)
if desk.scene.view == "average":
    one_average()
elif desk.scene.view == "tradeoff":
    compared(tradeoff, tradeoff_figure)
else:
    compared(connection, connection_figure)
desk.write()
