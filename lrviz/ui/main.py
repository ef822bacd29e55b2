"""The script Streamlit runs for every visitor: the frame, and in it the page that was asked for."""

from lrviz.ui import frame

frame.show()
