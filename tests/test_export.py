"""Exported code, run in the real libraries, gives the curve that is drawn; and the CSV keeps every digit."""

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from lrviz.export import LIBRARIES, Library, code, code_until
from lrviz.schedules import Plateau
from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.compose import schedule_kinds
from lrviz.spec import kind_of
from tests.strategies import specs

os.environ["KERAS_BACKEND"] = "jax"  # read when keras is first imported, which only exported code does

KINDS = tuple(schedule_kinds().values())
STEPS = 120
FLOAT32 = {"keras", "optax"}
CLOSE = {"pytorch": 1e-12, "transformers": 1e-12, "keras": 1e-6, "optax": 1e-6}
"""How close, as a share of the largest rate."""


def key(name: str) -> str:
    return name


def run(schedule: ScheduleSpec | Plateau, library: Library) -> dict[str, Any]:
    """Execute an exported snippet and return what it defines."""
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(code(schedule, library, key), f"<{library}>", "exec"), scope)
    return scope


def stepped(scope: dict[str, Any], steps: int) -> Array:
    """Return the rates a torch scheduler gives to updates 0 .. steps - 1."""
    rates = np.empty(steps)
    for t in range(steps):
        rates[t] = scope["optimizer"].param_groups[0]["lr"]
        scope["optimizer"].step()
        if t + 1 < steps:
            scope["scheduler"].step()
    return rates


def mapped(scope: dict[str, Any], steps: int) -> Array:
    """Return the rates a schedule of JAX or of Keras on JAX gives to updates 0 .. steps - 1."""
    import jax

    return np.asarray(jax.vmap(scope["schedule"])(jax.numpy.arange(STEPS)), dtype=np.float64)[:steps]


def rolled(schedule: ScheduleSpec, library: Library, steps: int) -> Array:
    with np.errstate(all="ignore"):
        return (mapped if library in FLOAT32 else stepped)(run(schedule, library), steps)


def assert_same(schedule: ScheduleSpec, library: Library) -> None:
    steps = min(STEPS, code_until(schedule, library) or STEPS)
    ours = schedule.table(steps)
    theirs = rolled(schedule, library, steps)
    peak = np.abs(ours[np.isfinite(ours)]).max(initial=1e-30)
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=CLOSE[library] * peak, err_msg=code(schedule, library, key))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("cls", KINDS, ids=kind_of)
def test_exported_code_gives_the_curve(cls: type[ScheduleSpec], library: Library) -> None:
    @settings(max_examples=8)
    @given(specs(cls))
    def check(schedule: ScheduleSpec) -> None:
        assert_same(schedule, library)

    check()
