"""Every schedule: its own rules, the recorded numbers, and bad input refused with a named reason."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.schedules import (
    Cosine,
    Cyclic,
    Exponential,
    Formula,
    Linear,
    MultiStep,
    OneCycle,
    Points,
    Product,
    RangeTest,
    ReducedStart,
    Sequence,
    Step,
    Tanh,
    Warmup,
)
from lrviz.schedules.base import BLOCK, ScheduleSpec
from lrviz.schedules.compose import schedule_kinds
from lrviz.spec import MAX_STEPS, fields_of, kind_of
from tests.golden import GOLDEN, RECORDED, Golden
from tests.strategies import LONGEST, schedules, specs

KINDS = tuple(schedule_kinds().values())
STEPS = 2 * LONGEST


@pytest.mark.parametrize("cls", KINDS, ids=kind_of)
@given(data=st.data())
def test_a_value_alone_is_the_value_in_the_table(cls: type[ScheduleSpec], data: st.DataObject) -> None:
    schedule, t = data.draw(specs(cls)), data.draw(st.integers(0, STEPS - 1))
    table = schedule.table(STEPS)
    assert table.shape == (STEPS,) and table.dtype == np.float64
    assert np.array_equal(np.float64(schedule(t)), table[t], equal_nan=True)
    assert np.array_equal(schedule(np.array([[t]])), table[[[t]]], equal_nan=True)


@pytest.mark.parametrize("cls", KINDS, ids=kind_of)
def test_a_table_is_the_same_where_its_blocks_meet(cls: type[ScheduleSpec]) -> None:
    table, schedule = cls().table(2 * BLOCK + 1), cls()
    for t in (BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK):
        assert np.array_equal(np.float64(schedule(t)), table[t], equal_nan=True)


@pytest.mark.parametrize("cls", [cls for cls in KINDS if cls is not Formula], ids=kind_of)
@given(data=st.data())
def test_every_rate_is_finite(cls: type[ScheduleSpec], data: st.DataObject) -> None:
    schedule = data.draw(specs(cls).filter(lambda s: "kind='formula'" not in repr(s)))
    assert np.isfinite(schedule.table(STEPS)).all()


@pytest.mark.parametrize("cls", [cls for cls in KINDS if cls is not Formula], ids=kind_of)
def test_a_million_steps_are_finite_without_a_warning(cls: type[ScheduleSpec]) -> None:
    assert np.isfinite(cls().table(MAX_STEPS)).all()


@given(schedules())
def test_after_its_end_a_schedule_says_nothing_new_unless_it_is_known_to(schedule: ScheduleSpec) -> None:
    held = ("reduced_start", "linear", "polynomial", "wsd", "rex", "tanh", "range_test", "points")
    if schedule.kind in held:  # type: ignore[attr-defined]
        assert schedule.end is not None
        assert np.ptp(schedule(np.arange(schedule.end, schedule.end + 50))) == 0


@pytest.mark.parametrize("name", GOLDEN)
def test_the_recorded_numbers(name: str) -> None:
    golden = GOLDEN[name]
    recorded = {int(t): rate for t, rate in RECORDED["rates"][name].items() if golden.first <= int(t) <= golden.last}
    assert recorded
    rates = golden.schedule(np.array([*recorded]) + golden.shift)
    expected = np.array([*recorded.values()])
    np.testing.assert_allclose(rates, expected, rtol=golden.rtol, atol=_noise(golden, expected))


def _noise(golden: Golden, expected: np.ndarray) -> float:
    return (1e-14 if golden.rtol < 1e-9 else 1e-7) * float(np.abs(expected).max())


def test_every_recording_is_used() -> None:
    assert set(GOLDEN) == set(RECORDED["rates"])


def test_a_trapezoid_of_three_lines() -> None:
    rise, flat = Linear(start_factor=0.1, end_factor=1.0, total_iters=3), ReducedStart(factor=1.0, total_iters=3)
    parts = (rise, flat, Linear(start_factor=1.0, end_factor=0.0, total_iters=4))
    rates = Sequence(parts=parts, milestones=(3, 6)).table(10)
    np.testing.assert_allclose(rates, [0.01, 0.04, 0.07, 0.1, 0.1, 0.1, 0.1, 0.075, 0.05, 0.025], rtol=1e-12)


@given(st.sampled_from((0, -1, MAX_STEPS + 1)))
def test_a_table_has_a_bounded_length(steps: int) -> None:
    with pytest.raises(ValueError, match="steps must be from 1 to"):
        Cosine().table(steps)


@given(schedules((Sequence,)))
def test_a_sequence_is_its_parts_one_after_another(sequence: Any) -> None:
    starts = [0, *sequence.milestones, STEPS]
    spans = zip(sequence.parts, starts, starts[1:], strict=False)
    rows = [part(np.arange(end - begin)) for part, begin, end in spans if end > begin]
    assert np.array_equal(np.concatenate(rows)[:STEPS], sequence.table(STEPS), equal_nan=True)


@given(schedules((Product,)))
def test_a_product_multiplies_shapes_and_keeps_the_first_rate(product: Any) -> None:
    shapes = [part.table(STEPS) / part.base for part in product.parts]
    expected = product.parts[0].lr * np.prod(shapes, axis=0)
    np.testing.assert_allclose(product.table(STEPS), expected, rtol=1e-13, atol=1e-300)


@given(schedules((Warmup,)))
def test_a_warmup_leads_into_the_schedule_it_warms_up_for(warmup: Any) -> None:
    after = warmup.table(STEPS + 1)[min(warmup.steps, STEPS) :]
    assert np.array_equal(after, warmup.then.table(STEPS)[: len(after)], equal_nan=True)


REFUSED: list[tuple[type[ScheduleSpec], dict[str, Any], str]] = [
    (Step, {"step_size": 0}, "greater_than_equal"),
    (Step, {"gamma": 1.5}, "less_than_equal"),
    (Step, {"gamma": -0.5}, "greater_than"),
    (Step, {"lr": float("nan")}, "finite_number"),
    (Step, {"lr": 1e400}, "finite_number"),
    (Step, {"step": 3}, "extra_forbidden"),
    (Cosine, {"T_max": 0}, "greater_than_equal"),
    (Cosine, {"T_max": MAX_STEPS + 1}, "less_than_equal"),
    (Exponential, {"gamma": 0}, "greater_than"),
    (MultiStep, {"milestones": (50, 30)}, "not_rising"),
    (MultiStep, {"milestones": (50, 50)}, "not_rising"),
    (MultiStep, {"milestones": ()}, "too_short"),
    (OneCycle, {"pct_start": 0}, "greater_than"),
    (OneCycle, {"pct_start": 1}, "less_than"),
    (OneCycle, {"total_steps": 10, "pct_start": 0.1}, "one_cycle_short"),
    (OneCycle, {"three_phase": True, "pct_start": 0.6}, "one_cycle_three"),
    (Cyclic, {"base_lr": 0.1, "max_lr": 0.01}, "max_below_base"),
    (Tanh, {"lb": 3, "ub": 3}, "tanh_bounds"),
    (RangeTest, {"start_lr": 1, "end_lr": 0.1}, "range_falls"),
    (Points, {"points": ((5, 0.1), (5, 0.2))}, "not_rising"),
    (Points, {"points": ((0, 0), (5, 0.2)), "interpolation": "log"}, "points_log_zero"),
    (Warmup, {"shape": "exponential", "start_factor": 0}, "warmup_exponential_zero"),
    (Sequence, {"milestones": (40,)}, "milestone_count"),
    (Sequence, {"milestones": (140, 40)}, "not_rising"),
    (Product, {"parts": (Step(),)}, "too_short"),
    (Formula, {"expression": "__import__('os')"}, "formula_not_allowed"),
]


@pytest.mark.parametrize(("cls", "values", "code"), REFUSED, ids=lambda x: x if isinstance(x, str) else "")
def test_what_cannot_be_is_refused_with_a_reason(cls: type[ScheduleSpec], values: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        cls(**values)
    assert refusal.value.errors()[0]["type"] == code


@pytest.mark.parametrize("cls", KINDS, ids=kind_of)
def test_the_headline_is_a_field_and_kinds_are_unique(cls: type[ScheduleSpec]) -> None:
    assert cls.headline in dict(fields_of(cls))
    assert [kind_of(other) for other in KINDS].count(kind_of(cls)) == 1
    assert cls().kind == kind_of(cls)  # type: ignore[attr-defined]
