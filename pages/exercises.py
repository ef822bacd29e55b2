"""Exercises: predict, run, explain; every answer is computed from its scene."""

import streamlit as st

from lrviz.exercises import BY_ID
from lrviz.exercises.scene import ExercisesScene
from lrviz.ui import frame, lesson
from lrviz.ui.exercises import page
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("exercises", ExercisesScene())
desk.open()
lesson.broken_link(desk, words)
if lesson.on_phone():
    side, wide = st.container(), st.container()
else:
    side, wide = st.columns([1, 3.1], gap="medium")
with side:
    page.done(words)
    page.choose(desk, words)
with wide:
    page.show(BY_ID[desk.scene.exercise], words)
desk.write()
