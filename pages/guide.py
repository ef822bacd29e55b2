"""Guide: which schedule, which optimizer, which batch size for a task like yours, why, and whether it holds there."""

import streamlit as st

from lrviz.guide.rules import advise
from lrviz.guide.scene import PRESETS, GuideScene
from lrviz.ui import frame, guide, guide_tabs, guide_trial, lesson
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("guide", GuideScene())
desk.open()
lesson.broken_link(desk, words)
with st.container():
    lesson.choices(desk, words, PRESETS)
questions, answers = st.columns([1.15, 3], gap="medium")
with questions:
    guide.questions(Form(desk, words))
    guide_trial.setting(desk, words)
with answers:
    advice = advise(desk.scene)
    said, go = st.columns([3.4, 1], vertical_alignment="center")
    with said:
        guide.verdict(advice, words)
    with go:
        guide_trial.ask(desk, words)
    guide.picture(advice, words, 210 + 50 * lesson.on_phone())
    lesson.part("trial", lambda: guide_trial.part(desk, words, 360 + 300 * lesson.on_phone()))
    guide.cards(advice, words)
    guide.beside(advice, words)
    lesson.part("below", lambda: guide_tabs.tabs(desk, words))
desk.write()
