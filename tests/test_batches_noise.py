"""The noise of a batch's gradient, and what each rule for scaling the rate makes of it, against exact answers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.batches.noise import CLOUD, cloud, place, sample_gradients, two_batches, without_replacement
from lrviz.batches.quadratic import MEASURED_AT, RULES, NoisyQuadratic, measured
from lrviz.batches.training import LOSS, SAMPLES

# --- noise ---


def test_the_covariance_of_batches_drawn_without_replacement_is_exact() -> None:
    values = np.random.default_rng(0).normal(size=(7, 2))
    one = np.cov(values.T, bias=True)
    for size in range(1, 8):
        means = np.array([values[list(rows)].mean(axis=0) for rows in combinations(range(7), size)])
        exact = one * without_replacement(7, size)
        np.testing.assert_allclose(np.cov(means.T, bias=True), exact, rtol=1e-12, atol=1e-15)
    assert without_replacement(7, 100) == 0 and without_replacement(1, 1) == 0


def test_gradients_of_single_samples_average_to_the_whole_one() -> None:
    for along in (0.0, 0.4, 1.0):
        w = place(along)
        np.testing.assert_allclose(sample_gradients(w).mean(axis=0), LOSS.grad(w), rtol=1e-12, atol=1e-15)


def test_the_two_batch_estimates_are_unbiased() -> None:
    gradients = np.random.default_rng(1).normal(size=(50, 2)) + [0.8, -0.4]
    squared, trace = (float(v) for v in (np.sum(gradients.mean(0) ** 2), np.trace(np.cov(gradients.T, bias=True))))
    found = np.array([two_batches(gradients, 4, 16, 500, seed) for seed in range(200)])
    error = found.std(axis=0) / np.sqrt(len(found))
    assert np.all(np.abs(found.mean(axis=0) - [squared, trace]) < 4 * error)
    assert np.all(error < 0.02 * np.array([squared, trace]))


def test_the_best_step_of_a_batch_gains_what_is_said() -> None:
    result = cloud(0.2, 1, 0.1, 0)
    rates = np.geomspace(1e-3, 1, 4_000)
    exact = np.array([LOSS(result.w) - LOSS(result.w - e * result.full) for e in rates])
    single = np.array([np.mean(LOSS(result.w) - LOSS(result.w - e * result.gradients)) for e in rates])
    assert single.max() / exact.max() == pytest.approx(float(result.progress_at(1)), rel=1e-5)
    assert result.progress_at(np.array([SAMPLES])) == 1
    assert np.all(np.diff(result.progress_at(np.arange(1, SAMPLES + 1))) > 0)


@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_a_cloud_is_as_wide_as_the_exact_ellipse(batch_size: int) -> None:
    result = cloud(0.0, batch_size, 0.1, 3)
    assert result.batches.shape == (CLOUD, 2)
    assert result.measured == pytest.approx(float(result.spread_at(batch_size)), rel=0.15)
    assert result.noise_scale == pytest.approx(0.1 * SAMPLES / batch_size)


def test_the_noise_scale_of_the_start_and_of_the_minimum() -> None:
    start, end = cloud(0.0, 8, 0.1, 0), cloud(1.0, 8, 0.1, 0)
    assert start.simple == pytest.approx(3.69257073937, rel=1e-10)
    assert start.estimated == pytest.approx(start.simple, rel=0.15)
    assert (end.simple, end.settles, end.uphill) == (np.inf, False, 0.0)
    assert cloud(0.9, 8, 0.1, 0).simple > 30 * start.simple
    assert cloud(0.0, 1, 0.1, 0).uphill > 0.2 > cloud(0.0, 8, 0.1, 0).uphill


def test_a_batch_of_all_has_no_noise() -> None:
    for size in (SAMPLES, 10 * SAMPLES):
        result = cloud(0.3, size, 0.1, 0)
        assert result.size == SAMPLES and result.spread_at(size) == 0
        np.testing.assert_allclose(result.batches, np.broadcast_to(result.full, (CLOUD, 2)), rtol=1e-12)


# --- scaling ---


@pytest.mark.parametrize(("batch_size", "rate", "variance"), [(1, 0.02, 0.0101), (5, 0.1, 0.01053), (25, 0.5, 0.0133)])
def test_the_golden_variances_of_the_linear_rule(batch_size: int, rate: float, variance: float) -> None:
    spec = NoisyQuadratic()
    assert spec.rate("linear", np.array(batch_size)) == pytest.approx(rate)
    assert spec.variance("linear", np.array(batch_size)) == pytest.approx(variance, rel=0.003)


@given(
    lr=st.floats(0.005, 0.5), curvature=st.floats(0.2, 4), noise=st.floats(0.1, 10), size=st.integers(1, 4_096)
)  # fmt: skip
def test_the_variance_is_the_fixed_point_of_its_recursion(lr: float, curvature: float, noise: float, size: int) -> None:
    spec = NoisyQuadratic(lr=lr, curvature=curvature, noise=noise)
    for rule in RULES:
        eta, found = float(spec.felt(rule, np.array(size))), float(spec.variance(rule, np.array(size)))
        if np.isinf(found):
            assert eta * curvature >= 2
        else:
            after = (1 - eta * curvature) ** 2 * found + eta**2 * noise**2 / size
            assert after == pytest.approx(found, rel=1e-9) and found > 0


@given(lr=st.floats(0.001, 0.05), curvature=st.floats(0.2, 4), adam=st.booleans())
def test_the_region_where_a_rule_holds_ends_where_it_is_said_to(lr: float, curvature: float, adam: bool) -> None:
    spec = NoisyQuadratic(lr=lr, curvature=curvature, optimizer="adam" if adam else "sgd")
    rule, small = spec.promising, float(spec.felt("constant", np.array(1.0))) / (2 * curvature)
    assert spec.variance(rule, np.array(spec.holds_to)) == pytest.approx(1.1 * small, rel=1e-9)
    assert spec.variance(rule, np.array(spec.breaks_at * 0.999)) > 100 * small
    assert np.isinf(spec.variance(rule, np.array(spec.breaks_at * 1.001)))
    assert NoisyQuadratic().holds_to == pytest.approx(9.0909, rel=1e-4) and NoisyQuadratic().breaks_at == 100


def test_what_runs_measure_is_what_theory_says() -> None:
    spec = NoisyQuadratic()
    for rule in RULES:
        found, theory = measured(spec).variance[rule], spec.variance(rule, MEASURED_AT)
        known = np.isfinite(found)
        assert known.sum() >= 4
        np.testing.assert_allclose(found[known], theory[known], rtol=0.04)
        assert np.isnan(found[np.isinf(theory)]).all()


def test_for_adam_the_square_root_keeps_the_noise_as_the_linear_rule_does_for_sgd() -> None:
    sgd, adam = NoisyQuadratic(), NoisyQuadratic(optimizer="adam")
    np.testing.assert_allclose(adam.variance("sqrt", MEASURED_AT), sgd.variance("linear", MEASURED_AT), rtol=1e-12)
    found = measured(adam).variance
    assert np.isfinite(np.stack([found[rule] for rule in RULES])).all()  # Adam never runs away
    small = MEASURED_AT <= 4
    np.testing.assert_allclose(found["sqrt"][small], adam.variance("sqrt", MEASURED_AT)[small], rtol=0.1)
    assert found["linear"][1] > 1.7 * found["linear"][0]
    assert np.all(np.diff(found["sqrt"]) < 0)  # its divisor feels the slope too


@pytest.mark.parametrize("rule", RULES)
def test_half_of_the_distance_is_left_after_the_samples_that_are_said(rule: str) -> None:
    spec, size = NoisyQuadratic(), np.array(9.0)
    samples = float(spec.half_life(rule, size))  # type: ignore[arg-type]
    kept = 1 - float(spec.rate(rule, size))  # type: ignore[arg-type]
    assert kept ** (samples / 9) == pytest.approx(0.5)


def test_runs_that_have_not_settled_measure_nothing() -> None:
    assert np.isnan(measured(NoisyQuadratic(lr=1e-5)).variance["constant"]).all()
