"""Exercises in the form predict, run, explain; every answer is computed from the exercise's scene, none is typed.

A lesson's are in the file of its name; a new file is added to the list here, and nowhere else.
"""

from collections.abc import Mapping
from typing import Any

from lrviz.exercises import (
    backprop,
    batches,
    batchnorm,
    dropout,
    finder,
    parabola,
    race,
    regimes,
    rules,
    schedules,
    smoothing,
    stability,
    sweep,
    train,
)
from lrviz.exercises.forms import Exercise

_ROOMS = (
    *(schedules, parabola, rules, race, regimes, smoothing, batches, backprop, dropout, batchnorm),
    *(train, finder, sweep, stability),
)
EXERCISES: tuple[Exercise[Any], ...] = tuple(one for room in _ROOMS for one in room.EXERCISES)
"""All of them, lesson by lesson."""
BY_ID: Mapping[str, Exercise[Any]] = {one.id: one for one in EXERCISES}


def of_lesson(lesson: str) -> tuple[Exercise[Any], ...]:
    """Return a lesson's exercises."""
    return tuple(one for one in EXERCISES if one.lesson == lesson)
