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
ask, answer = st.columns([1, 3], gap="medium")
with ask:
    guide.questions(Form(desk, words))
with answer:
    guide.shown(advise(desk.scene), words, 210)
    lesson.part("trial", lambda: guide_trial.part(desk, words, 420 + 260 * lesson.on_phone()))
    lesson.part("below", lambda: guide_tabs.tabs(desk, words))
desk.write()
