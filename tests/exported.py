"""Exported code as the tests run it."""

import os
from typing import Any

from lrviz.export import Library, code
from lrviz.schedules import Plateau
from lrviz.schedules.base import ScheduleSpec

os.environ["KERAS_BACKEND"] = "jax"  # read when keras is first imported, which only exported code does

IN_FLOAT32 = ("keras", "optax")
CLOSE = {"pytorch": 1e-12, "transformers": 1e-12, "keras": 1e-6, "optax": 1e-6}
"""How close, as a share of the schedule's largest rate."""


def key(name: str) -> str:
    return name


def run(schedule: ScheduleSpec | Plateau, library: Library) -> dict[str, Any]:
    """Execute an exported snippet and return what it defines."""
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(code(schedule, library, key), f"<{library}>", "exec"), scope)
    return scope
