"""Work done outside the web process: single questions, and long trainings in short chunks that many visitors share."""

from lrviz.jobs.board import Board, Chunk, Job, Refused
from lrviz.jobs.chunks import submit_chunk
from lrviz.jobs.kept import Brought, Kept
from lrviz.jobs.pool import shutdown, slots, submit, waiting

__all__ = ["BOARD", "Board", "Brought", "Chunk", "Job", "Kept", "Refused", "shutdown", "submit", "waiting"]

BOARD = Board(submit_chunk, slots)
"""The jobs of all visitors of this server."""
