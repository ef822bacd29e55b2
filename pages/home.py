"""The front door: what this is, and the way to every lesson."""

from lrviz.ui import frame, home

words = frame.words()
home.opened()
home.moving(words)
home.proof(words)
home.readers(words)
home.course(words)
home.subjects(words)
