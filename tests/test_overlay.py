"""A scene evaluated: summaries, honest warnings, the list of curves, what a change of kind keeps, the presets."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.schedules import (
    WSD,
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    ExponentialDecay,
    Formula,
    InverseTime,
    Linear,
    MultiStep,
    OneCycle,
    Polynomial,
    RangeTest,
    Step,
    Warmup,
    fitted,
    schedule_kinds,
)
from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.overlay import findings, overlay, summarise
from lrviz.schedules.scene import MAX_CURVES, PRESETS, Curve, SchedulesScene
from lrviz.spec import kind_of
from lrviz.text import words
from tests.golden import RECORDED
from tests.strategies import schedules, specs

NAN, INF = math.nan, math.inf

# --- warnings ---

WARMED = Warmup(steps=10, start_factor=0.0, then=Cosine(T_max=40))
SAID: list[tuple[str, dict[str, float], ScheduleSpec, int, ScheduleSpec, int]] = [
    ("not_finite", {"step": 0}, Formula(expression="1 / t"), 20, Formula(expression="1 / (t + 1)"), 20),
    ("not_finite", {"step": 5}, Formula(expression="sqrt(4 - t)"), 20, Formula(expression="sqrt(4 - t)"), 5),
    (
        "negative", {"step": 3, "rate": -0.1},
        Formula(expression="0.2 - t / 10"), 10, Formula(expression="0.2 - t / 10"), 3,
    ),
    ("first_rate_zero", {}, WARMED, 50, WARMED.but(start_factor=0.01), 50),
    ("rises_again", {"step": 31}, Cosine(T_max=30), 60, Cosine(T_max=30), 31),
    ("rises_again", {"step": 51}, WARMED, 80, Linear(total_iters=10), 80),
    ("after_end_cosine", {"step": 31}, Cosine(T_max=30), 60, Cosine(T_max=30), 31),
    ("after_end_cosine", {"step": 51}, WARMED, 80, Exponential(), 80),
    ("after_end_one_cycle", {"step": 50}, OneCycle(total_steps=50), 80, OneCycle(total_steps=50), 50),
    (
        "never_reaches_floor", {"floor": 0.0, "lowest": Cosine(T_max=200)(99).item()},
        Cosine(T_max=200), 100, Cosine(T_max=100), 101,
    ),
    (
        "never_reaches_floor", {"floor": 0.01, "lowest": Polynomial(total_iters=90, end_lr=0.01)(39).item()},
        Polynomial(total_iters=90, end_lr=0.01), 40, RangeTest(), 40,
    ),
    (
        "never_reaches_floor", {"floor": 0.0, "lowest": Cosine(T_max=200)(89).item()},
        Warmup(steps=10, start_factor=0.0, then=Cosine(T_max=200)), 100, WARMED, 60,
    ),
    (
        "keras_boundary", {"step": 60},
        Warmup(steps=10, then=MultiStep(milestones=(50, 80))), 100, MultiStep(milestones=(50, 80)), 40,
    ),
    ("keras_boundary", {"step": 50}, MultiStep(milestones=(50, 80)), 100, Step(step_size=50), 100),
]  # fmt: skip


@pytest.mark.parametrize(("code", "values", "must", "run", "must_not", "other_run"), SAID)
def test_a_warning_is_given_where_it_is_due_and_nowhere_else(
    code: str, values: Mapping[str, float], must: ScheduleSpec, run: int, must_not: ScheduleSpec, other_run: int
) -> None:
    said = {finding.code: finding.values for finding in findings(must, must.table(run))}
    assert said[code] == pytest.approx(values)
    assert code not in {finding.code for finding in findings(must_not, must_not.table(other_run))}


def test_every_warning_that_has_a_sentence_is_tried() -> None:
    assert {row[0] for row in SAID} == set(words("en").group("finding"))


@given(schedule=schedules(), steps=st.integers(1, 400))
def test_every_warning_of_any_schedule_fills_its_sentence(schedule: ScheduleSpec, steps: int) -> None:
    for finding in findings(schedule, schedule.table(steps)):
        for language in ("en", "zh"):
            said = words(language).w(f"finding.{finding.code}", name="it", **finding.values)
            assert "{" not in said


def test_the_harmless_are_left_alone() -> None:
    for schedule in (Constant(), Step(), Exponential(), WSD(min_ratio=0.1), Linear(end_factor=0.0, total_iters=100)):
        assert findings(schedule, schedule.table(100)) == ()


# --- summaries ---


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([0.1, 0.1, 0.1, 0.1], (0.1, 0.1, 0, 0.1, 1.0)),
        ([0.0, 0.2, 0.4, 0.2], (0.0, 0.4, 2, 0.2, 0.5)),
        ([0.4, 0.2, 0.4, 0.0], (0.4, 0.4, 0, 0.0, 0.625)),
        ([INF, 0.2, NAN, 0.1], (INF, 0.2, 1, 0.1, 0.75)),
        ([0.0, 0.0], (0.0, 0.0, 0, 0.0, NAN)),
        ([-0.1, -0.3], (-0.1, -0.1, 0, -0.3, NAN)),
        ([NAN, NAN], (NAN, NAN, 0, NAN, NAN)),
        ([0.3], (0.3, 0.3, 0, 0.3, 1.0)),
    ],
)
def test_a_table_in_five_numbers(rates: list[float], expected: tuple[float, ...]) -> None:
    s = summarise(np.array(rates))
    assert (s.first, s.peak, s.peak_at, s.last, s.mean) == pytest.approx(expected, nan_ok=True)


def test_an_overlay_holds_one_row_a_curve_in_their_order() -> None:
    scene = SchedulesScene(steps=50)
    result = overlay(scene)
    assert result.rates.shape == (len(scene.curves), 50)
    for curve, row, summary in zip(scene.curves, result.rates, result.summaries, strict=True):
        assert row.tolist() == curve.schedule.table(50).tolist()
        assert (summary.first, summary.last) == (row[0], row[-1])


def test_a_straight_fall_spends_half_of_its_peak() -> None:
    (summary,) = overlay(PRESETS["linear_decay"]).summaries
    assert summary.mean == pytest.approx((1 + 0.01) / 2, rel=1e-3)


# --- the list of curves ---


def test_a_new_curve_takes_the_first_free_colour_and_is_opened() -> None:
    scene = SchedulesScene().without_item(1).with_item(Curve(name="new", schedule=Step()))
    assert [curve.slot for curve in scene.curves] == [0, 2, 3, 1]
    assert scene.opened.name == "new"


def test_colours_stay_with_their_curve_up_to_the_last() -> None:
    scene = SchedulesScene()
    while len(scene.curves) < MAX_CURVES:
        scene = scene.with_item(scene.opened)
    assert sorted(curve.slot for curve in scene.curves) == list(range(MAX_CURVES))


@pytest.mark.parametrize(("opened", "removed", "then"), [(0, 0, 0), (2, 0, 1), (2, 2, 2), (3, 3, 2), (1, 3, 1)])
def test_the_open_curve_stays_open_or_its_neighbour_is(opened: int, removed: int, then: int) -> None:
    scene = SchedulesScene(open=opened).without_item(removed)
    assert scene.open == then
    if opened != removed:
        assert scene.opened == SchedulesScene(open=opened).opened


@given(st.data())
def test_any_curve_can_be_removed_while_one_is_left(data: st.DataObject) -> None:
    scene = data.draw(specs(SchedulesScene))
    while len(scene.curves) > 1:
        scene = scene.without_item(data.draw(st.integers(0, len(scene.curves) - 1)))
    assert scene.opened in scene.curves


# --- another kind ---

LENGTHS = ("T_max", "total_iters", "total_steps", "T")


@pytest.mark.parametrize("cls", schedule_kinds().values(), ids=kind_of)
@given(old=schedules(), steps=st.integers(2, 1_000_000))
def test_another_kind_can_always_be_had(cls: type[ScheduleSpec], old: ScheduleSpec, steps: int) -> None:
    assert type(fitted(cls, old, steps)) is cls


@pytest.mark.parametrize("cls", schedule_kinds().values(), ids=kind_of)
@pytest.mark.parametrize("rate", [1e-4, 0.02, 5.0])
def test_another_kind_keeps_rate_and_length(cls: type[ScheduleSpec], rate: float) -> None:
    for old in (Step(lr=rate), Cosine(lr=rate, T_max=77), OneCycle(max_lr=rate, total_steps=77)):
        new = fitted(cls, old, 120)
        kept = next((getattr(new, name) for name in ("lr", "max_lr") if hasattr(new, name)), rate)
        length = next((getattr(new, name) for name in LENGTHS if hasattr(new, name)), None)
        assert kept == rate
        assert length in (None, old.end or 120)


@given(schedules())
def test_the_same_kind_again_is_the_same_rate(old: ScheduleSpec) -> None:
    new = fitted(type(old), old, 100)
    assert getattr(new, "lr", None) == getattr(old, "lr", None)


@pytest.mark.parametrize("old", [Step(lr=0.03), Cosine(eta_min=0.01), MultiStep(), Formula(T=9)], ids=kind_of)
def test_a_warmup_leads_into_the_old_schedule_and_gives_it_back(old: ScheduleSpec) -> None:
    warmed = fitted(Warmup, old, 200)
    assert warmed == Warmup(then=old)  # type: ignore[arg-type]
    back = fitted(type(old), warmed, 200)
    assert back.but(**{name: getattr(old, name) for name in LENGTHS if hasattr(old, name)}) == old


def test_fields_of_one_name_are_kept() -> None:
    assert fitted(MultiStep, Step(gamma=0.3), 200) == MultiStep(gamma=0.3)
    assert fitted(InverseTime, ExponentialDecay(decay_steps=7, staircase=True), 200) == InverseTime(
        decay_rate=ExponentialDecay().decay_rate, decay_steps=7, staircase=True
    )


def test_a_floor_never_keeps_the_rate_from_coming_along() -> None:
    assert fitted(Cyclic, Step(lr=1e-5), 200) == Cyclic(base_lr=1e-7, max_lr=1e-5, gamma=0.5)


def test_what_does_not_fit_is_left_at_its_default() -> None:
    new = fitted(ExponentialDecay, InverseTime(lr=0.3, decay_rate=5.0), 200)
    assert new == ExponentialDecay(lr=0.3)


# --- the classics ---

RECORDINGS = {
    "step200": "StepLR(50,.5)",
    "multistep200": "MultiStepLR([50,125,160],.5)",
    "exponential200": "ExponentialLR(.95)",
    "cosine30": "CosineAnnealingLR(30)",
    "one_cycle": "OneCycleLR default(cos,2-phase)",
    "triangular": "CyclicLR triangular",
}
"""Presets that stand for a recording of the real library."""
COMPUTED: dict[str, dict[int, float]] = {
    "keras_exponential": {0: 0.1, 5_000: 0.1 * math.sqrt(0.96), 10_000: 0.096, 20_000: 0.09216},
    "keras_exponential_stairs": {0: 0.1, 9_999: 0.1, 10_000: 0.096, 19_999: 0.096, 20_000: 0.09216},
    "warmup500": {0: 0.0, 250: 0.0005, 499: 0.000998, 500: 0.001, 1_999: 0.001},
    "cosine_cycle": {0: 1e-2, 1_000: (1e-2 + 1e-5) / 2, 2_000: 1e-5, 4_000: 1e-2},
    "linear_decay": {0: 1e-3, 5_000: 0.000505, 9_999: 1.0099e-5, 10_000: 1e-5},
    "warmup_exponential": {0: 0.001, 20: 0.0505, 40: 0.1, 41: 0.098, 90: 0.1 * 0.98**50},
}
"""Rates worked out by hand for presets without a recording."""


def shown(name: str) -> ScheduleSpec:
    return PRESETS[name].opened.schedule


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_classic_is_the_recorded_one(name: str) -> None:
    recorded = RECORDED["rates"][RECORDINGS[name]]
    rates = shown(name)(np.array([*map(int, recorded)]))
    np.testing.assert_allclose(rates, [*recorded.values()], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", COMPUTED)
def test_a_classic_has_the_rates_worked_out_by_hand(name: str) -> None:
    rates = shown(name)(np.array([*COMPUTED[name]]))
    np.testing.assert_allclose(rates, [*COMPUTED[name].values()], rtol=1e-12, atol=1e-18)


def test_the_plateau_classic_cuts_as_recorded() -> None:
    scene, recorded = PRESETS["plateau"], RECORDED["plateau"]["factor=.1,patience=5"]
    metric: Any = scene.metric
    replay = scene.plateau.replay(metric.values())
    calls = [call for call in recorded["calls_(1-based)_where_lr_dropped"] if call <= len(metric.values())]
    assert [drop.epoch + 1 for drop in replay.drops] == calls
    assert [*replay.rates[1:], replay.final] == recorded["lr_after_call_1..30"]


def test_every_classic_is_checked_and_shows_all_its_schedule_does() -> None:
    assert PRESETS.keys() == {"compare_decays", "plateau", *RECORDINGS, *COMPUTED}
    assert PRESETS["compare_decays"] == SchedulesScene()
    runs = {name: PRESETS[name].steps for name in PRESETS}
    assert {name: runs[name] for name in ("step200", "multistep200", "exponential200")} == dict.fromkeys(
        ("step200", "multistep200", "exponential200"), 200
    )
    assert (runs["triangular"], runs["linear_decay"], runs["one_cycle"]) == (10_000, 10_000, 1_000)
