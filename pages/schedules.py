"""Schedules: the rate of every update, by step or in reaction to a metric."""

from lrviz.figures.schedules import rates_figure, reaction_figure
from lrviz.schedules.scene import PRESETS, SchedulesScene
from lrviz.ui import feedback, frame, lesson, schedules
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("schedules", SchedulesScene())
desk.open()


def by_step(place: lesson.Places) -> None:
    """Curves over steps: the open schedule's headline knob, the picture, the list of curves, the open one's form."""
    result = schedules.evaluated(desk.scene)
    names = schedules.names(desk.scene, words)

    def picture() -> None:
        now = schedules.evaluated(desk.scene)
        figure = rates_figure(now, names, schedules.chart_words(words))
        alt = schedules.alt(now, names, words)
        height, labels = place.chart_height, words.group("chart")
        chart(figure, key="rates", alt=alt, words=labels, height=height, filename="lrviz-schedules")

    def numbers() -> None:
        schedules.numbers(schedules.evaluated(desk.scene), words)

    lesson.live(place, lambda: schedules.headline(Form(desk, words)), picture, numbers)
    with place.notes:
        schedules.check(result, words)
        schedules.worth_knowing(result, names, words)
    with place.side:
        lesson.own(lambda: schedules.curve_list(desk, names, words))
        lesson.part("form", lambda: schedules.open_schedule(Form(desk, words, "form", ("picture",))))
        lesson.own(lambda: schedules.run(Form(desk, words)))
    with place.below:
        schedules.shape_tabs(result, names, words)


def by_metric(place: lesson.Places) -> None:
    """Plateau over a metric: the knob that matters, metric and rate on linked axes, every cut explained."""
    result = feedback.reaction(desk)

    def picture() -> None:
        if (now := feedback.reaction(desk)) is None:
            feedback.waiting_for_log(words, place.chart_height)
            return
        figure = reaction_figure(now, schedules.chart_words(words))
        height, labels = place.chart_height, words.group("chart")
        chart(
            figure, key="reaction", alt=feedback.alt(now, words), words=labels, height=height, filename="lrviz-plateau"
        )

    lesson.live(place, lambda: feedback.patience(Form(desk, words)), picture)
    with place.side:
        lesson.part("form", lambda: feedback.controls(Form(desk, words, "form", ("picture",))))
    if result is not None:
        with place.notes:
            feedback.check(result, words)
            feedback.cuts(result, words)
        with place.below:
            schedules.reaction_tabs(result, words)


lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: schedules.view(Form(desk, words)))
if desk.scene.view == "shapes":
    by_step(place)
else:
    by_metric(place)
desk.write()
