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


def by_step() -> None:
    """Curves over steps: the headline knob of the open schedule, the picture, what to know, the list and its form."""
    schedules.headline(form)
    picture, side = st.columns([3, 1.25], gap="medium")
    result = overlay(desk.scene)
    names = schedules.names(desk.scene, words)
    with picture:
        chart(
            rates_figure(result, names, schedules.chart_words(words)),
            key="rates",
            alt=schedules.alt(result, names, words),
            words=words.group("chart"),
            filename="lrviz-schedules",
        )
        schedules.check(result, names, words)
        schedules.worth_knowing(result, names, words)
    with side:
        schedules.curve_list(desk, names, words)
        schedules.numbers(result, words)
        schedules.open_schedule(form)
        schedules.run(form)
    schedules.shape_tabs(result, names, words)


def by_metric() -> None:
    """Plateau over a metric: the knob that matters, metric and rate on linked axes, every cut explained."""
    feedback.patience(form)
    picture, side = st.columns([3, 1.25], gap="medium")
    with side:
        result = feedback.metric_source(form)
        feedback.plateau(form)
    with picture:
        if result is None:
            feedback.waiting_for_log(words)
            return
        chart(
            reaction_figure(result, schedules.chart_words(words)),
            key="reaction",
            alt=feedback.alt(result, words),
            words=words.group("chart"),
            filename="lrviz-plateau",
        )
        feedback.check(result, words)
        feedback.cuts(result, words)
    schedules.reaction_tabs(result, words)


@st.fragment
def body() -> None:
    """Everything that changes when something is touched."""
    lesson.broken_link(desk, words)
    view, presets, undo = st.columns([1.6, 7, 0.9], vertical_alignment="center")
    with view:
        schedules.view(form)
    with presets:
        lesson.presets(desk, words, PRESETS)
    with undo:
        lesson.undo(desk, words)
    by_step() if desk.scene.view == "shapes" else by_metric()
    desk.write()


body()
