"""Make a lesson: choose what a class sees of a page, say what to do, and share one link that opens exactly that."""

import streamlit as st

from lrviz.handout import DRAFT
from lrviz.ui import frame, lesson
from lrviz.ui.handout import share, teach
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("teach", DRAFT)
desk.open()
lesson.broken_link(desk, words)
wide, side = st.columns([1.6, 1], gap="medium")
with wide:
    teach.show(desk, words)
    lesson.undo(desk, words)
with side:
    share.show(desk, words, frame.LANGUAGE_TAGS[words.language])
desk.write()
