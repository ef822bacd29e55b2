"""Schedules: the rate of every update, by step or in reaction to a metric."""

import streamlit as st

from lrviz.figures.schedules import rates_figure, reaction_figure
from lrviz.schedules.overlay import overlay
from lrviz.schedules.scene import PRESETS, SchedulesScene
from lrviz.ui import feedback, frame, lesson, schedules
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("schedules", SchedulesScene())
desk.open()
form = Form(desk, words)


def by_step(place: lesson.Places) -> None:
    """Curves over steps: the open schedule's headline knob, the picture, the list of curves, the open one's form."""
    result = overlay(desk.scene)
    names = schedules.names(desk.scene, words)
    with place.knob:
        schedules.headline(form)
    with place.picture:
        figure = rates_figure(result, names, schedules.chart_words(words))
        alt = schedules.alt(result, names, words)
        chart(
            figure,
            key="rates",
            alt=alt,
            words=words.group("chart"),
            height=place.chart_height,
            filename="lrviz-schedules",
        )
    with place.notes:
        schedules.check(result, words)
        schedules.worth_knowing(result, names, words)
    with place.side:
        schedules.curve_list(desk, names, words)
        schedules.numbers(result, words)
        schedules.open_schedule(form)
        schedules.run(form)
    with place.below:
        schedules.shape_tabs(result, names, words)


def by_metric(place: lesson.Places) -> None:
    """Plateau over a metric: the knob that matters, metric and rate on linked axes, every cut explained."""
    with place.knob:
        feedback.patience(form)
    with place.side:
        result = feedback.metric_source(form)
        feedback.plateau(form)
    if result is None:
        with place.picture:
            feedback.waiting_for_log(words, place.chart_height)
        return
    with place.picture:
        figure = reaction_figure(result, schedules.chart_words(words))
        alt = feedback.alt(result, words)
        chart(
            figure,
            key="reaction",
            alt=alt,
            words=words.group("chart"),
            height=place.chart_height,
            filename="lrviz-plateau",
        )
    with place.notes:
        feedback.check(result, words)
        feedback.cuts(result, words)
    with place.below:
        schedules.reaction_tabs(result, words)


@st.fragment
def body() -> None:
    """Everything that changes when something is touched."""
    lesson.broken_link(desk, words)
    place = lesson.places()
    with place.controls:
        lesson.choices(desk, words, PRESETS, lambda: schedules.view(form))
    if desk.scene.view == "shapes":
        by_step(place)
    else:
        by_metric(place)
    desk.write()


body()
