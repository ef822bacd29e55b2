"""Sources: the papers and the documentation behind every lesson."""

from lrviz.ui import frame, sources

sources.shown(frame.words())
