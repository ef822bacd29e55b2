"""The parabola lesson: y = 4x^2 from 2, its regimes, its ruler, and what it says of other curves and rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.descend.parabola import PRESETS, ParabolaScene, Walk, walk
from lrviz.descend.racer import rescued
from lrviz.optimizers import SGD, Momentum, RuleSpec, rule_kinds
from lrviz.schedules import Constant, Cosine, Formula, Points, Sequence, Warmup
from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.rate import at_rate, at_rate_or_none, rate_of, rate_path
from lrviz.spec import choices_of, from_address, kind_of, value_at
from lrviz.surfaces import FormulaLine, Line, Quadratic
from lrviz.surfaces.lines import Absolute, DoubleWell, Quartic
from tests.strategies import schedules, specs

# x after 0 to 4 steps of gradient descent on y = 4x^2 from 2, at lr: recorded from torch.optim.SGD in float64.
WALKS = {
    0.01: [2.0, 1.84, 1.6928, 1.557376, 1.4327859200000002],
    0.02: [2.0, 1.68, 1.4112, 1.185408, 0.99574272],
    0.03: [2.0, 1.52, 1.1552, 0.8779520000000001, 0.6672435200000001],
    0.1: [2.0, 0.3999999999999999, 0.07999999999999996, 0.01599999999999999, 0.003199999999999997],
    0.125: [2.0, 0.0, 0.0, 0.0, 0.0],
    0.2: [2.0, -1.2000000000000002, 0.7200000000000002, -0.43200000000000016, 0.25920000000000015],
    0.25: [2.0, -2.0, 2.0, -2.0, 2.0],
    0.3: [2.0, -2.8, 3.9199999999999995, -5.487999999999999, 7.683199999999998],
    0.4: [2.0, -4.4, 9.680000000000001, -21.296000000000006, 46.85120000000002],
}
REGIMES = {
    0.01: "creeping",
    0.02: "converging",
    0.03: "converging",
    0.1: "converging",
    0.125: "one_step",
    0.2: "oscillating",
    0.25: "bouncing",
    0.3: "exploding",
    0.4: "exploding",
}
PLAIN = {scene.schedule.base: scene for scene in PRESETS.values() if scene == ParabolaScene(schedule=scene.schedule)}


def at(lr: float, **scene: object) -> Walk:
    return walk(ParabolaScene(schedule=Constant(lr=lr)).but(**scene))


# --- y = 4x^2 from 2 ---


def test_the_nine_rates_of_the_lesson_are_presets() -> None:
    assert {lr for lr, scene in PLAIN.items() if kind_of(scene.schedule) == "constant"} == set(WALKS)


@pytest.mark.parametrize("lr", WALKS)
def test_every_preset_walks_as_torch_does_and_as_the_formula_says(lr: float) -> None:
    found = walk(PLAIN[lr])
    np.testing.assert_allclose(found.x, WALKS[lr], rtol=1e-14, atol=1e-300)
    closed = 2 * (1 - 8 * lr) ** np.arange(5)
    np.testing.assert_allclose(found.x, closed, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(found.loss, 4 * closed**2, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(found.gradient, 8 * closed, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("lr", WALKS)
def test_every_preset_has_its_regime_and_factor(lr: float) -> None:
    found = walk(PLAIN[lr])
    assert found.regimes == (REGIMES[lr],)
    assert found.factor == pytest.approx(1 - 8 * lr, abs=1e-15)
    assert (found.curvature, found.bound, found.best) == (8, 0.25, 0.125)
    assert (found.autopsy is not None) == (lr > 0.25)


def test_the_ruler_behind_the_knob_has_its_edges_where_the_regimes_change() -> None:
    stretches = at(0.1).ruler(0.001, 0.45)
    assert [one.regime for one in stretches] == ["creeping", "converging", "oscillating", "exploding"]
    assert [one.to for one in stretches] == pytest.approx([0.0125, 0.125, 0.25, 0.45], rel=1e-6)


@given(lr=st.floats(0.001, 0.45), steps=st.integers(1, 60))
def test_at_any_rate_the_regime_is_what_the_walk_does(lr: float, steps: int) -> None:
    found = at(lr, steps=steps)
    (name,) = found.regimes
    away, sides = np.abs(found.x), np.sign(found.x)
    if name == "exploding":
        assert np.all(np.diff(away) > 0)
    elif name not in ("bouncing", "one_step"):
        assert np.all(np.diff(away[away > 1e-280]) < 0)
        swings = np.any(sides[1:] * sides[:-1] < 0)
        assert swings == (name == "oscillating")


@given(a=st.floats(0.01, 100))
def test_bound_and_best_rate_follow_the_steepness(a: float) -> None:
    found = at(0.01, surface=Quadratic(a=a))
    assert found.bound == pytest.approx(1 / a) and found.best == pytest.approx(1 / (2 * a))


# --- the rescue ---


@pytest.mark.parametrize("lr", [0.26, 0.3, 0.4, 100.0])
@pytest.mark.parametrize("rule", [SGD(), Momentum(momentum=0.5)], ids=kind_of)
def test_the_rate_that_saves_a_walk_does(lr: float, rule: RuleSpec) -> None:
    found = at(lr, optimizer=rule)
    if found.regimes != ("exploding",):
        assert found.autopsy is None
        return
    assert found.autopsy and found.autopsy.explained
    saved = rescued(found.rate, found.autopsy)
    assert saved is not None and found.bound is not None
    assert 0.98 * found.bound <= saved < found.bound
    calm = walk(found.scene.at_rate(saved))
    assert calm.autopsy is None and calm.regimes == ("oscillating",)


def test_a_walk_that_has_only_begun_to_explode_is_explained_too() -> None:
    found = at(0.3)
    assert found.path.bad[0] == -1 and found.autopsy is not None
    assert found.autopsy.product == pytest.approx(2.4) and found.autopsy.limit == 2


# --- other curves, rules and schedules ---


@pytest.mark.parametrize("rule", rule_kinds().values(), ids=kind_of)
@pytest.mark.parametrize("curve", [choice() for choice in choices_of(Line)], ids=kind_of)  # type: ignore[call-arg]
def test_every_rule_walks_every_curve_and_everything_can_be_asked(rule: type[RuleSpec], curve: Line) -> None:
    found = walk(ParabolaScene(surface=curve, optimizer=rule(), steps=20))  # type: ignore[arg-type]
    has = found.curvature is not None and kind_of(rule) in ("sgd", "momentum", "nesterov")
    assert (found.bound is not None) == has == (found.factor is not None) == bool(found.regimes)
    assert bool(found.ruler(0.001, 0.5)) == has
    assert found.autopsy is None or found.autopsy.bad > 0
    assert found.loss.shape == found.x.shape == found.gradient.shape == (21,)


def test_the_curvature_is_measured_at_the_minimum_downhill() -> None:
    right, left = at(0.01, surface=DoubleWell()), at(0.01, surface=DoubleWell(), start=-1.5)
    assert right.minimum and left.minimum and right.minimum.x[0] > 0 > left.minimum.x[0]
    for found in (right, left):
        assert found.minimum
        x = found.minimum.x[0]
        assert found.curvature == pytest.approx(12 * x * x - 4)
        assert abs(at(0.01, surface=DoubleWell(), start=found.scene.begin, steps=500).x[-1] - x) < 1e-6


def test_where_there_is_no_curvature_there_is_no_bound() -> None:
    for curve in (Absolute(), Quartic(), FormulaLine(expression="x"), FormulaLine(expression="3")):
        found = at(0.1, surface=curve)
        assert (found.curvature, found.bound, found.best, found.regimes) == (None, None, None, ())


@given(surface=specs(FormulaLine), lr=st.floats(0.001, 10))
def test_any_typed_curve_can_be_walked(surface: FormulaLine, lr: float) -> None:
    try:
        scene = ParabolaScene(surface=surface, schedule=Constant(lr=lr), steps=10)
    except ValidationError:
        return
    found = walk(scene)
    assert found.x[0] == np.clip(surface.start_x, surface.low, surface.high)
    assert found.regimes == () or found.bound is not None
    assert found.autopsy is None or found.autopsy.bad >= 0


def test_a_schedule_leads_through_its_regimes_in_order() -> None:
    found = walk(PRESETS["schedule"])
    assert found.regimes[0] == "exploding" and found.regimes[-1] == "creeping"
    assert len(found.regimes) == len(set(found.regimes)) >= 4
    assert found.path.bad[0] == -1 and abs(found.x[-1]) < 0.1


def test_the_momentum_preset_swings_and_arrives() -> None:
    found = walk(PRESETS["momentum"])
    assert found.regimes == ("oscillating",) and abs(found.x[-1]) < 0.05 < abs(at(0.01).x[-1])
    assert found.factor is not None and abs(found.factor) == pytest.approx(np.sqrt(0.6))


# --- what a scene may be ---


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"start": "3"}, "start_outside"),
        ({"start": "-1e7"}, "greater_than_equal"),
        ({"steps": "1000000000"}, "less_than_equal"),
        ({"steps": "0"}, "greater_than_equal"),
        ({"schedule.lr": "1e30"}, "less_than_equal"),
        ({"schedule.lr": "0"}, "greater_than"),
        ({"optimizer": "adamant"}, "unknown_kind"),
        ({"optimizer": "named"}, "unknown_kind"),
        ({"surface": "formula_1d", "surface.expression": "z + 1"}, "formula_not_allowed"),
        ({"surface": "formula_1d", "surface.expression": "1/0"}, "formula_nowhere_finite"),
        ({"surface": "formula_1d", "surface.expression": "9**9**9**9"}, "formula_nowhere_finite"),
        ({"surface": "formula_1d", "surface.expression": "(" * 1000 + "x" + ")" * 1000}, "string_too_long"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_the_rest_opens(address: dict[str, str], code: str) -> None:
    scene, problems = from_address(address | {"loss_axis": "log"}, ParabolaScene())
    assert [problem.code for problem in problems] == [code]
    assert scene.loss_axis == "log" and scene.steps == 4


def test_another_curve_starts_from_its_own_start() -> None:
    scene = ParabolaScene(start=-1.0).on(DoubleWell())
    assert scene.start is None and scene.begin == DoubleWell().start[0]
    assert from_address({"surface": "double_well", "start": "2.4"}, ParabolaScene())[1][0].code == "start_outside"


# --- a schedule at another rate ---


@given(schedule=schedules(), factor=st.floats(0.01, 20))
def test_a_schedule_at_another_rate_is_the_same_shape(schedule: ScheduleSpec, factor: float) -> None:
    rate = rate_of(schedule) * factor
    try:
        made = at_rate(schedule, rate)  # type: ignore[arg-type]
    except ValueError:
        return  # the rates would leave what is valid
    with np.errstate(all="ignore"):
        before, after = schedule.table(300), made.table(300)
    np.testing.assert_allclose(after, factor * before, rtol=1e-9, atol=1e-300)
    if not isinstance(schedule, Formula):
        assert rate_of(made) == pytest.approx(rate, rel=1e-15)
    if rate_path(schedule):
        assert value_at(made, rate_path(schedule)) == rate


@given(schedule=schedules())
def test_a_schedule_at_its_own_rate_is_itself(schedule: ScheduleSpec) -> None:
    same = at_rate(schedule, rate_of(schedule))  # type: ignore[arg-type]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(same.table(50), schedule.table(50))


@pytest.mark.parametrize(
    ("written", "scaled"),
    [
        ("0.9 ** t", "0.2 * (0.9 ** t)"),
        ("0.5 * (0.9 ** t)", "0.1 * (0.9 ** t)"),
        ("5 * ((t + 1) * (t + 2))", "(t + 1) * (t + 2)"),
        ("2 * (t) * (t + 1)", "0.2 * (2 * (t) * (t + 1))"),
        ("2 * (t) + (1)", "0.2 * (2 * (t) + (1))"),
        ("1-2 * (t)", "0.2 * (1-2 * (t))"),
        ("1e-05 * (t)", "2e-06 * (t)"),
    ],
)
def test_a_formula_is_scaled_by_one_factor_however_often(written: str, scaled: str) -> None:
    formula = Formula(expression=written)
    once = at_rate(formula, 0.2)
    assert once == formula.but(expression=scaled)
    np.testing.assert_allclose(once.table(20), 0.2 * formula.table(20), rtol=1e-12)
    again = formula
    for _ in range(50):
        again = at_rate(at_rate(again, 0.3), 1 / 0.3)
    np.testing.assert_allclose(again.table(20), formula.table(20), rtol=1e-9)


def test_what_cannot_be_scaled_is_refused_not_crashed_on() -> None:
    full = Formula(expression="0.9 ** t" + " + 0 * t" * 24)
    for schedule in (full, Warmup(then=Formula(expression="t")), Warmup(then=Formula(expression="1 / t"))):
        with pytest.raises(ValueError):
            at_rate(schedule, 0.1)
        assert at_rate_or_none(schedule, 0.1) is None
    assert at_rate_or_none(Constant(), 0.3) == Constant(lr=0.3)


def test_the_knobs_field_is_found_in_composed_schedules() -> None:
    assert rate_path(Constant()) == "lr" and rate_path(Warmup(then=Cosine())) == "then.lr"
    assert rate_path(Sequence()).startswith("parts.0.") and rate_path(Points()) == ""
    for kind in ("one_cycle", "cyclic"):
        from lrviz.schedules import schedule_kinds

        assert rate_path(schedule_kinds()[kind]()) == "max_lr"
