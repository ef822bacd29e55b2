"""What theory says of a parabola is what the simulation does there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.engine import Runs
from lrviz.descend.outcome import outcome
from lrviz.descend.theory import (
    Regime,
    bound,
    boundary,
    dominant,
    limit,
    multipliers,
    regime,
    ruler,
)
from lrviz.optimizers import SGD, Adam, Momentum, Nesterov, RuleSpec, rule_kinds
from lrviz.spec import kind_of
from lrviz.surfaces import Quadratic
from tests.strategies import specs

LIMITED = (SGD, Momentum, Nesterov)
LONG = 30_000
WITHOUT = tuple(rule for rule in rule_kinds().values() if rule not in LIMITED)


def ends(rule: RuleSpec, surface: Quadratic, rates: list[float]) -> list[bool]:
    """Whether a long run at each rate ends nearer than it began, (R,)."""
    runs = Runs(rule, np.repeat(np.array(rates)[:, None], LONG, axis=1), np.array([[2.0]]))
    ended = outcome(surface, runs)
    return [bool(bad < 0 and abs(x) < 2.0) for bad, x in zip(ended.bad, ended.x[:, 0], strict=True)]


# --- the limit ---


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_momentums_limit_is_two_times_one_plus_beta_and_the_simulation_agrees(beta: float) -> None:
    rule, surface = Momentum(momentum=beta), Quadratic()
    assert limit(rule) == pytest.approx(2 * (1 + beta), rel=1e-15)
    most = bound(rule, 8.0)
    assert most is not None and most == pytest.approx(2 * (1 + beta) / 8, rel=1e-15)
    assert ends(rule, surface, [0.999 * most, 1.001 * most]) == [True, False]


@pytest.mark.parametrize(
    "rule",
    [
        SGD(),
        SGD(weight_decay=2.0),
        Momentum(weight_decay=3.0),
        Momentum(dampening=0.5),
        Momentum(form="ema"),
        Momentum(momentum=0.0, dampening=0.5),
        Nesterov(),
        Nesterov(momentum=0.5, weight_decay=1.0),
    ],
    ids=str,
)
@pytest.mark.parametrize("a", [0.5, 4.0])
def test_every_rule_with_a_bound_is_stable_up_to_it_and_no_farther(rule: RuleSpec, a: float) -> None:
    surface = Quadratic(a=a)
    most = bound(rule, 2 * a)
    assert most is not None
    assert ends(rule, surface, [0.999 * most, 1.001 * most]) == [True, False]
    sizes = [abs(dominant(row)) for row in multipliers(rule, 2 * a, np.array([0.999 * most, most, 1.001 * most]))]
    assert sizes[0] < 1 < sizes[2] and sizes[1] == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("cls", WITHOUT, ids=kind_of)
def test_a_rule_without_a_limit_has_no_bound_and_no_factors(cls: type[RuleSpec]) -> None:
    assert limit(cls()) is None and bound(cls(), 8.0) is None
    with pytest.raises(ValueError, match=kind_of(cls)):
        multipliers(cls(), 8.0, np.array([0.1]))


def test_momentum_that_never_fades_is_never_stable() -> None:
    assert limit(Momentum(momentum=1.0)) == 0 and bound(Momentum(momentum=1.5), 8.0) == 0


# --- the factors ---


@given(lr=st.floats(1e-4, 1), curvature=st.floats(1e-3, 1e3))
def test_plain_descents_one_factor_is_one_minus_rate_times_curvature(lr: float, curvature: float) -> None:
    (factors,) = multipliers(SGD(), curvature, np.array([lr]))
    assert factors == pytest.approx([1 - lr * curvature], rel=1e-12, abs=1e-12)


@given(lr=st.floats(0.001, 0.4), beta=st.floats(0, 0.99))
def test_momentums_factors_solve_its_quadratic_equation(lr: float, beta: float) -> None:
    (factors,) = multipliers(Momentum(momentum=beta), 8.0, np.array([lr]))
    for z in factors:  # x[t+1] = (1 + beta - lr * curvature) x[t] - beta x[t-1]
        assert abs(z * z - (1 + beta - 8 * lr) * z + beta) < 1e-9


@given(data=st.data(), cls=st.sampled_from(LIMITED))
def test_a_long_run_shrinks_by_the_dominant_factor_a_step(data: st.DataObject, cls: type[RuleSpec]) -> None:
    rule = data.draw(specs(cls))
    most = bound(rule, 8.0)
    if not most or most < 1e-6:
        return
    lr = data.draw(st.floats(0.05, 0.95)) * most
    size = abs(dominant(multipliers(rule, 8.0, np.array([lr]))[0]))
    steps = 600
    x = outcome(Quadratic(), Runs(rule, np.full((1, steps), lr), np.array([[2.0]]))).x[0, 0]
    if 0.2 < size < 0.999 and size**steps > 1e-280:
        slowest = np.log(abs(x) / 2) / steps  # a swing may catch it near zero: never above, hardly far below
        assert slowest <= np.log(size) + 0.03


# --- the names ---


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (0.95, "creeping"),
        (0.5, "converging"),
        (0.0, "one_step"),
        (-0.5, "oscillating"),
        (0.3 + 0.5j, "oscillating"),
        (-1.0, "bouncing"),
        (1j, "bouncing"),
        (-1.4, "exploding"),
        (1.2, "exploding"),
    ],
)
def test_a_factor_has_a_name(factor: complex, name: Regime) -> None:
    assert regime(factor) == name


# --- the ruler ---


def test_the_ruler_of_the_parabola_changes_at_its_known_rates() -> None:
    stretches = ruler(SGD(), 8.0, 0.001, 0.45)
    assert [one.regime for one in stretches] == ["creeping", "converging", "oscillating", "exploding"]
    assert [one.to for one in stretches] == pytest.approx([0.1 / 8, 1 / 8, 2 / 8, 0.45], rel=1e-6)


@given(data=st.data(), cls=st.sampled_from(LIMITED), curvature=st.floats(0.1, 100))
def test_every_band_of_a_ruler_names_what_its_rates_do(
    data: st.DataObject, cls: type[RuleSpec], curvature: float
) -> None:
    rule = data.draw(specs(cls))
    most = bound(rule, curvature)
    if not most:
        return
    low, high = most / 250, 1.8 * most
    stretches = ruler(rule, curvature, low, high)
    ends_at = [low, *(one.to for one in stretches)]
    assert ends_at[-1] == high and all(a < b for a, b in zip(ends_at, ends_at[1:], strict=False))
    for one, (start, end) in zip(stretches, zip(ends_at, ends_at[1:], strict=False), strict=True):
        if end - start > 2 * (high - low) / 400:
            middle = (start + end) / 2
            assert regime(dominant(multipliers(rule, curvature, np.array([middle]))[0])) == one.regime
    assert stretches[-1].regime == "exploding"


# --- the boundary in a map ---


def test_the_boundary_follows_the_field_it_is_drawn_over() -> None:
    betas = np.linspace(0, 0.99, 7)
    assert boundary(Momentum(), 8.0, "momentum", betas) == pytest.approx(2 * (1 + betas) / 8)
    decays = np.array([0.0, 1.0, 8.0])
    assert boundary(SGD(), 8.0, "weight_decay", decays) == pytest.approx(2 / (8 + decays))
    assert boundary(SGD(), 8.0, "start", betas) == pytest.approx(np.full(7, 0.25))
    assert boundary(Adam(), 8.0, "beta1", betas) is None and boundary(SGD(), -1.0, "start", betas) is None
