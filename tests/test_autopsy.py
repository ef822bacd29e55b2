"""Why a run diverged: the step, the curvature, the limit it broke, and the change that would have saved it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.autopsy import Autopsy, autopsy, rounded_down, saving_factor, scaled_curvature
from lrviz.descend.engine import Noise, Runs, descend
from lrviz.optimizers import SGD, Adam, Momentum, Nesterov, RMSprop, RuleSpec, ScheduleFree
from lrviz.schedules import Exponential
from lrviz.surfaces import Quadratic, SurfaceSpec
from lrviz.surfaces.lines import DoubleWell
from lrviz.surfaces.planes import IllConditioned, Rosenbrock, Saddle

STEPS = 400
CALM = Noise()


def examined(
    surface: SurfaceSpec, rule: RuleSpec, lr: float, noise: Noise = CALM, steps: int = STEPS
) -> Autopsy | None:
    runs = Runs(rule, np.full((1, steps), lr), np.array([surface.start]))
    return autopsy(descend(surface, runs, noise), runs, noise)


def diverges(surface: SurfaceSpec, rule: RuleSpec, lr: float, noise: Noise = CALM) -> bool:
    runs = Runs(rule, np.full((1, STEPS), lr), np.array([surface.start]))
    return bool(descend(surface, runs, noise).bad[0] >= 0)


# --- on a parabola, exactly ---


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        (SGD(), 2.0),
        (Momentum(momentum=0.9), 3.8),
        (Momentum(momentum=0.5), 3.0),
        (Momentum(form="ema"), 38.0),
        (Nesterov(momentum=0.5), 1.5),
    ],
    ids=str,
)
@pytest.mark.parametrize("above", [1.05, 1.5, 3.0])
def test_on_a_parabola_the_broken_limit_is_named_exactly(rule: RuleSpec, limit: float, above: float) -> None:
    lr = above * limit / 8
    found = examined(Quadratic(), rule, lr)
    assert found and found.explained
    assert (found.curvature, found.limit) == (pytest.approx(8, rel=1e-15), pytest.approx(limit, rel=1e-14))
    assert found.rate == lr and found.product == pytest.approx(8 * lr)
    assert found.step < found.bad


@pytest.mark.parametrize("rule", [SGD(), Momentum(momentum=0.9), Nesterov()], ids=str)
def test_the_saving_factor_leads_to_the_bound(rule: RuleSpec) -> None:
    lr = 1.3 * rule.limit({"momentum": 0.9, "dampening": 0.0}) / 8  # type: ignore[operator]
    found = examined(Quadratic(), rule, lr)
    assert found and found.saved is not None
    # a run of 400 steps that is only just unstable has not gone far enough to count
    assert 1 / 1.3 * 0.99 <= found.saved <= 1 / 1.3 * 1.04


def test_weight_decay_counts_as_curvature() -> None:
    found = examined(Quadratic(), SGD(weight_decay=2.0), 0.21)
    assert found and found.explained
    assert found.curvature == pytest.approx(10) and found.product == pytest.approx(2.1)
    assert examined(Quadratic(), SGD(weight_decay=2.0), 0.199) is None


def test_under_a_schedule_the_update_that_breaks_the_limit_is_named() -> None:
    rates = Exponential(lr=0.2, gamma=1.0).table(STEPS).copy()
    rates[30:] = 0.3
    runs = Runs(SGD(), rates[None], np.array([[2.0]]))
    found = autopsy(descend(Quadratic(), runs), runs, Noise())
    assert found and (found.step, found.rate) == (30, 0.3) and found.product == pytest.approx(2.4)


# --- elsewhere ---


CASES = [
    (IllConditioned(), SGD(), 0.2),
    (IllConditioned(), Momentum(), 0.3),
    (Rosenbrock(), SGD(), 0.01),
    (DoubleWell(), SGD(), 0.9),
    (Rosenbrock(), Nesterov(), 0.01),
]


@pytest.mark.parametrize(("surface", "rule", "lr"), CASES, ids=str)
def test_the_saving_factor_saves_and_a_fiftieth_more_does_not(surface: SurfaceSpec, rule: RuleSpec, lr: float) -> None:
    found = examined(surface, rule, lr)
    assert found and found.saved is not None and 0 < found.saved < 1
    assert not diverges(surface, rule, found.saved * lr)
    assert not diverges(surface, rule, rounded_down(found.saved * lr))
    assert diverges(surface, rule, 1.02 * found.saved * lr)


def test_where_the_edge_is_ragged_nothing_below_the_saving_factor_diverges() -> None:
    found = examined(Rosenbrock(), Momentum(), 0.003)  # a little above it, some rates diverge and some do not
    assert found and found.saved is not None
    assert not any(diverges(Rosenbrock(), Momentum(), share * found.saved * 0.003) for share in np.linspace(0.2, 1, 20))


def test_noise_is_part_of_what_is_examined() -> None:
    noise = Noise(3.0, 5)
    found = examined(IllConditioned(), SGD(), 0.3, noise)
    assert found and found.saved and not diverges(IllConditioned(), SGD(), found.saved * 0.3, noise)


@given(lr=st.floats(1e-4, 0.249))
def test_what_did_not_diverge_is_not_examined(lr: float) -> None:
    assert examined(Quadratic(), SGD(), lr, steps=50) is None


def test_a_rule_without_a_limit_is_examined_without_one() -> None:
    found = examined(Saddle(), Adam(), 50.0)
    assert found and found.limit is None and not found.explained


def test_a_rule_that_has_no_scale_meets_the_surfaces_own_curvature() -> None:
    found = examined(IllConditioned(), ScheduleFree(), 100.0)
    assert found is not None and found.curvature == pytest.approx(25.0)


def test_on_a_saddle_that_falls_for_ever_the_curvature_is_that_of_its_steepest_bend() -> None:
    found = examined(Saddle(), SGD(), 0.5)
    assert found and found.curvature == pytest.approx(max(np.linalg.eigvalsh(Saddle().hessian(np.zeros(2)))))


def test_where_nothing_saves_it_says_so() -> None:
    runs = Runs(Momentum(momentum=1.5), np.full((1, STEPS), 0.1), np.array([[2.0]]))
    assert saving_factor(Quadratic(), runs, Noise()) is None


def test_a_run_at_a_rate_without_measure_is_examined() -> None:
    for lr in (1e30, 1e300):
        found = examined(Quadratic(), SGD(), lr)
        assert found and found.bad == 1 and found.explained


def test_the_curvature_is_scaled_as_the_rule_scales_the_coordinates() -> None:
    runs = Runs(RMSprop(), np.full((1, 20), 0.01), np.array([[3.0, 2.0]]))
    path = descend(IllConditioned(), runs)
    hessian = IllConditioned().hessian(path.x[0, 4])
    scaled = np.linalg.eigvals(np.diag(path.scale[0, 4]) @ hessian)
    assert scaled_curvature(path, 0, slice(4, 5))[0] == pytest.approx(max(scaled.real), rel=1e-10)


@pytest.mark.parametrize(("value", "down"), [(0.123456, 0.123), (0.25, 0.25), (1999.9, 1990), (3.999e-7, 3.99e-7)])
def test_a_rate_is_rounded_down_to_three_digits(value: float, down: float) -> None:
    assert rounded_down(value) == pytest.approx(down) and rounded_down(value) <= value * (1 + 1e-9)
