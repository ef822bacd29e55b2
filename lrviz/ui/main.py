"""The script Streamlit runs for every visitor: the frame, in it the page that was asked for, and a lesson's tasks."""

from lrviz.ui import frame
from lrviz.ui.handout import tasks

frame.show(tasks.below)
