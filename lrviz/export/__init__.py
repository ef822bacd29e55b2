"""Schedules as code for other libraries, descents as PyTorch programs, each complete and runnable; rates as CSV."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from lrviz.export import keras, optax, plateau, pytorch, transformers
from lrviz.export.backprop import backprop_code
from lrviz.export.batches import batches_code
from lrviz.export.descent import descent_code
from lrviz.export.snippet import Note, Piece
from lrviz.export.table import csv
from lrviz.schedules import Plateau
from lrviz.schedules.base import ScheduleSpec

__all__ = ["LIBRARIES", "Library", "Note", "backprop_code", "batches_code", "code", "code_until", "csv", "descent_code"]

Library = Literal["pytorch", "keras", "optax", "transformers"]
LIBRARIES: tuple[Library, ...] = get_args(Library)

_PIECES: Mapping[str, Callable[[ScheduleSpec], Piece]] = {
    "pytorch": pytorch.piece,
    "keras": keras.piece,
    "optax": optax.piece,
    "transformers": transformers.piece,
}
_WHOLE: Mapping[str, Callable[[Piece, Note], str]] = {
    "pytorch": pytorch.code,
    "keras": keras.code,
    "optax": optax.code,
    "transformers": transformers.code,
}


def code(schedule: ScheduleSpec | Plateau, library: Library, note: Note) -> str:
    """Return a complete snippet that makes a schedule in a library: its own class where that is equal, else a function.

    PyTorch and Transformers define `optimizer` and `scheduler`: the rate of update t is
    `optimizer.param_groups[0]["lr"]` after t calls of `scheduler.step()`. Keras and Optax define `schedule`: the rate
    is `schedule(t)`. For Plateau they define `scheduler`, `callback` or `plateau`, and `optimizer`. `note` gives the
    comment for a key of [export_note].
    """
    if isinstance(schedule, Plateau):
        return plateau.code(schedule, library, note)
    return _WHOLE[library](_PIECES[library](schedule), note)


def code_until(schedule: ScheduleSpec | Plateau, library: Library) -> int | None:
    """Return the first step from which the snippet may differ from the schedule; None where it never does.

    For Plateau: None where the library makes the same cuts over every metric, 0 where its rule is another.
    """
    if isinstance(schedule, Plateau):
        return None if plateau.same_rule(schedule, library) else 0
    return _PIECES[library](schedule).until
