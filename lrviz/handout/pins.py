"""The print of an exercise's answer: where it is another than in the link, the exercise has changed since."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from lrviz.exercises import BY_ID
from lrviz.handout.paths import whole
from lrviz.spec import Spec

DIGITS = 4
"""Significant digits of a number that its print looks at: not what another machine may round otherwise."""


@dataclass(frozen=True)
class Task:
    """An exercise of a handout: whether its answer is what it was ("same"), has "changed" since, or is "gone"."""

    id: str
    state: Literal["same", "changed", "gone"]


def task(pinned: str) -> Task:
    """Read an exercise as a handout names it; without a print its answer counts as the same."""
    id, _, digest = pinned.partition("@")
    if id not in BY_ID:
        return Task(id, "gone")
    return Task(id, "same" if digest in ("", fingerprint(id)) else "changed")


def pinned(id: str) -> str:
    """Return an exercise's id with the print of its answer."""
    return f"{id}@{fingerprint(id)}"


@cache
def fingerprint(id: str) -> str:
    """Return eight hexadecimal digits made from an exercise's scene, its answer and the numbers in its words."""
    exercise = BY_ID[id]
    said = json.dumps([id, exercise.form, *map(_plain, (exercise.scene, exercise.solution, dict(exercise.told)))])
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _plain(value: Any) -> Any:
    if isinstance(value, Spec):
        return {path: _rounded(text) for path, text in whole(value).items()}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, np.ndarray | tuple | list):
        return [_plain(item) for item in value]
    return f"{value:.{DIGITS}g}" if isinstance(value, float | np.floating) else str(value)


def _rounded(text: str) -> str:
    try:
        return f"{float(text):.{DIGITS}g}"
    except ValueError:
        return text
