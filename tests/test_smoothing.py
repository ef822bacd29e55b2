"""The average that forgets: recorded numbers, what holds for any values, and what each start does at the edges."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.schedules.scene import MAX_EPOCHS, BuiltInMetric, DrawnMetric, UploadedMetric
from lrviz.smoothing.averages import Array, Start, as_tensorboard, ewma, half_life, lag, noise_left, weights, window
from lrviz.smoothing.connection import Connection, GradientStream
from lrviz.smoothing.scene import PRESETS, Smoothed, SmoothingScene, measured
from lrviz.smoothing.series import THIRTY_DAYS, Temperatures
from lrviz.smoothing.tradeoff import CHANGE, MEMORIES, NoisySignal, Tradeoff
from lrviz.spec import from_address
from lrviz.training_log import Measured

RECORDED: dict[str, list[float]] = json.loads(Path(__file__).with_name("ewma.json").read_text(encoding="utf-8"))
STARTS: tuple[Start, ...] = ("first", "zero", "corrected", "tensorboard")
IN_EACH_START = pytest.mark.parametrize("start", STARTS)
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(lambda values: np.array([values]))
BETAS = st.floats(0, 0.9999)


def smoothed(values: Any, **scene: Any) -> Smoothed:
    held = np.array(values, dtype=np.float64)
    return Smoothed(SmoothingScene(**scene), Measured("", np.arange(len(held), dtype=np.float64), held))


def thirty_days(**scene: Any) -> Smoothed:
    found = measured(Temperatures())
    assert found
    return Smoothed(SmoothingScene(**scene), found)


# --- recorded numbers ---


def test_the_thirty_days_are_the_recorded_ones() -> None:
    assert list(THIRTY_DAYS) == RECORDED["values"] == Temperatures().values().tolist()


@pytest.mark.parametrize("name", [name for name in RECORDED if name != "values"])
def test_every_recorded_average_comes_out(name: str) -> None:
    start, beta, *rounded = name.split(" ", 2)
    found = ewma(np.array([THIRTY_DAYS]), float(beta), start)[0]  # type: ignore[arg-type]
    rtol, atol = (0, 1e-5) if rounded else (1e-13, 1e-13)
    np.testing.assert_allclose(found, RECORDED[name], rtol=rtol, atol=atol)


@pytest.mark.parametrize("beta", [0.5, 0.9])
def test_the_presets_show_the_recorded_averages(beta: float) -> None:
    result = thirty_days(beta=beta)
    assert result.scene == PRESETS[f"beta{beta:.1f}".replace(".", "")]
    np.testing.assert_allclose(result.average, RECORDED[f"first {beta}"], rtol=1e-13, atol=1e-13)


# --- what holds for any values ---


@given(values=VALUES, beta=BETAS)
def test_it_is_the_recursion_it_says_it_is(values: Array, beta: float) -> None:
    (first,), (zero,) = ewma(values, beta, "first"), ewma(values, beta, "zero")
    assert first[0] == values[0, 0] and zero[0] == (1 - beta) * values[0, 0]
    for t in range(1, values.shape[1]):
        assert first[t] == beta * first[t - 1] + (1 - beta) * values[0, t]
        assert zero[t] == beta * zero[t - 1] + (1 - beta) * values[0, t]


@IN_EACH_START
@given(values=VALUES, beta=BETAS)
def test_the_weights_are_those_of_the_average(values: Array, beta: float, start: Start) -> None:
    result = smoothed(values[0], beta=beta, start=start)
    size = np.abs(values).max() or 1.0
    weighed = result.weights @ result.values[result.counted]
    assert weighed == pytest.approx(result.average[-1], rel=1e-9, abs=1e-12 * size)
    assert result.weights.sum() + result.on_zero == pytest.approx(1, rel=1e-9)
    assert (result.weights >= 0).all()


@given(values=VALUES, beta=BETAS)
def test_an_average_stays_among_its_values(values: Array, beta: float) -> None:
    for start in ("first", "corrected", "tensorboard"):
        found, room = ewma(values, beta, start), 1e-9 * np.abs(values).max()
        assert (found >= values.min() - room).all() and (found <= values.max() + room).all()


@given(values=VALUES, beta=BETAS, factor=st.floats(-10, 10))
def test_it_is_linear(values: Array, beta: float, factor: float) -> None:
    other = np.cos(np.arange(values.shape[1]))[None]
    for start in ("first", "zero", "corrected"):
        apart = factor * ewma(values, beta, start) + ewma(other, beta, start)
        np.testing.assert_allclose(ewma(factor * values + other, beta, start), apart, rtol=1e-9, atol=1e-3)


@IN_EACH_START
def test_many_runs_at_once_are_one_by_one(start: Start) -> None:
    values = np.random.default_rng(0).standard_normal((3, 40))
    betas = np.array([0.0, 0.7, 0.99])
    together = ewma(values, betas, start)
    one_by_one = [ewma(values[[i]], float(betas[i]), start)[0] for i in range(3)]
    np.testing.assert_array_equal(together, one_by_one)
    np.testing.assert_array_equal(ewma(values[:1], betas, start)[1], ewma(values[:1], 0.7, start)[0])


@pytest.mark.parametrize("beta", [0.2, 0.5, 0.9, 0.97])
def test_theory_is_what_happens(beta: float) -> None:
    shares = weights(4_000, beta, "corrected")[::-1]
    age = np.arange(len(shares))
    assert shares @ age == pytest.approx(lag(beta)) and lag(beta) + 1 == pytest.approx(window(beta))
    assert shares[0] * beta ** half_life(beta) == pytest.approx(shares[0] / 2)
    assert math.sqrt((shares**2).sum()) == pytest.approx(noise_left(beta))
    # A plain mean of (1 + beta) / (1 - beta) values is as late, and leaves as much noise.
    count = (1 + beta) / (1 - beta)
    assert (count - 1) / 2 == pytest.approx(lag(beta)) and count**-0.5 == pytest.approx(noise_left(beta))


def test_a_long_run_keeps_its_digits() -> None:
    """100,000 values, beta just below 1, beside the weighted sum that it is."""
    values = np.random.default_rng(1).standard_normal((1, 100_000)) + 5
    beta = 0.9999
    exact = math.fsum(weights(100_000, beta, "corrected") * values[0])
    assert ewma(values, beta, "corrected")[0, -1] == pytest.approx(exact, rel=1e-11)


# --- the edges ---


@IN_EACH_START
def test_beta_0_is_the_values_themselves(start: Start) -> None:
    np.testing.assert_array_equal(ewma(np.array([[3.0, -1.0, 4.0]]), 0, start), [[3, -1, 4]])
    assert (half_life(0), window(0), lag(0), noise_left(0)) == (0, 1, 0, 1)


@pytest.mark.parametrize(("start", "stays"), [("first", 3.0), ("zero", 0.0), ("corrected", np.nan), ("tensorboard", 0)])
def test_at_beta_1_nothing_enters(start: Start, stays: float) -> None:
    np.testing.assert_array_equal(ewma(np.array([[3.0, -1.0, 4.0]]), 1, start), [[stays] * 3])
    assert (half_life(1), window(1), lag(1), noise_left(1)) == (math.inf, math.inf, math.inf, 0)


def test_just_below_beta_1_the_corrected_average_is_the_plain_mean() -> None:
    values = np.array([THIRTY_DAYS])
    found = ewma(values, 1 - 1e-9, "corrected")[0]
    np.testing.assert_allclose(found, np.cumsum(values[0]) / np.arange(1, 31), rtol=1e-5, atol=1e-6)


def test_tensorboard_passes_through_what_is_not_finite_and_does_not_count_it() -> None:
    found = as_tensorboard(np.array([1.0, np.nan, 3.0, np.inf, 5.0]), 0.5)
    np.testing.assert_allclose(found, [1, np.nan, (0.25 + 1.5) / 0.75, np.inf, (0.125 + 0.75 + 2.5) / 0.875])


@given(values=VALUES, beta=BETAS)
def test_tensorboard_is_the_corrected_average_but_for_its_exceptions(values: Array, beta: float) -> None:
    found = ewma(values, beta, "tensorboard")
    same = (values == values[0, 0]).all()
    np.testing.assert_array_equal(found, values if same else ewma(values, beta, "corrected"))


@given(st.lists(st.sampled_from([1.0, 2.0, math.nan, math.inf, -math.inf]), min_size=1, max_size=12), BETAS)
def test_tensorboard_never_lets_a_gap_into_its_average(drawn: list[float], beta: float) -> None:
    values = np.array(drawn)
    found = as_tensorboard(values, beta)
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(values))


@pytest.mark.parametrize("start", ["first", "zero", "corrected"])
def test_the_others_keep_a_gap_for_ever(start: Start) -> None:
    found = ewma(np.array([[1.0, np.nan, 3.0, 4.0]]), 0.5, start)[0]
    assert np.isfinite(found).tolist() == [True, False, False, False]


# --- a scene ---


def test_the_open_point_is_the_last_unless_one_is_chosen_and_never_outside() -> None:
    assert thirty_days().at == 29
    assert thirty_days(point=1).at == 0
    assert thirty_days(point=500).at == 29
    assert SmoothingScene().at_point(0).point == 1 and SmoothingScene().at_point(10**9).point == MAX_EPOCHS


def test_of_another_series_the_last_point_is_open() -> None:
    assert SmoothingScene(point=7).on(BuiltInMetric()) == SmoothingScene(series=BuiltInMetric())


@IN_EACH_START
@pytest.mark.parametrize("point", [1, 2, 17, 30])
def test_the_last_turn_of_the_recursion_leads_to_the_average(start: Start, point: int) -> None:
    result = thirty_days(start=start, point=point)
    before, value, after = result.recursion
    if not result.passed_through:
        assert after == pytest.approx(0.9 * before + (1 - 0.9) * value, rel=1e-14)
        divisor = 1 - 0.9**point if start in ("corrected", "tensorboard") else 1
        assert result.average[point - 1] == pytest.approx(after / divisor)
    assert result.passed_through == (start == "first" and point == 1)
    assert value == THIRTY_DAYS[point - 1]


def test_what_tensorboard_passes_through_weighs_all() -> None:
    for values in ([1.0, 2.0, math.nan], [4.0, 4.0, 4.0]):
        result = smoothed(values, start="tensorboard")
        assert result.passed_through and result.weights.tolist() == [1] and result.counted.tolist() == [2]
    counted = smoothed([1.0, math.nan, 3.0], start="tensorboard", beta=0.5)
    assert counted.counted.tolist() == [0, 2] and counted.weights == pytest.approx([1 / 3, 2 / 3])


def test_the_other_starts_are_those_that_were_not_chosen() -> None:
    assert thirty_days().others == {}
    assert list(thirty_days(others=True).others) == ["zero", "corrected"]
    assert list(thirty_days(others=True, start="tensorboard").others) == ["first", "zero"]


def test_every_series_is_measured_over_its_own_axis() -> None:
    days, epochs = measured(Temperatures()), measured(BuiltInMetric(epochs=4))
    assert days and days.axis == "day" and days.x.tolist() == [*range(1, 31)]
    assert epochs and epochs.axis == "epoch" and epochs.x.tolist() == [0, 1, 2, 3]
    assert measured(UploadedMetric()) is None
    drawn = measured(DrawnMetric())
    assert drawn and len(drawn.values) == 100


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"beta": "1.01"}, "less_than_equal"),
        ({"beta": "-0.1"}, "greater_than_equal"),
        ({"beta": "nan"}, "finite_number"),
        ({"start": "middle"}, "literal_error"),
        ({"series": "music"}, "unknown_kind"),
        ({"series": "built_in", "series.epochs": "1000000000"}, "less_than_equal"),
        ({"series": "uploaded", "series.column": "a\nb"}, "string_pattern_mismatch"),
        ({"point": "1000000000"}, "less_than_equal"),
        ({"signal.noise": "1e9"}, "less_than_equal"),
        ({"stream.seed": "-1"}, "greater_than_equal"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_the_rest_opens(address: dict[str, str], code: str) -> None:
    scene, problems = from_address(address | {"view": "tradeoff"}, SmoothingScene())
    assert [problem.code for problem in problems] == [code]
    assert scene.view == "tradeoff" and scene.beta == 0.9


# --- lag against noise ---


@pytest.mark.parametrize("shape", ["step", "ramp", "wave"])
def test_the_errors_of_lag_and_noise_add_up_step_by_step(shape: Any) -> None:
    result = Tradeoff(NoisySignal(shape=shape), 0.9, "corrected")
    noise = ewma(result.signal.scatter()[None], 0.9, "corrected")[0]
    late = ewma(result.truth[None], 0.9, "corrected")[0] - result.truth
    np.testing.assert_allclose(result.average - result.truth, late + noise, atol=1e-12)
    sizes = [math.sqrt((part**2).mean()) for part in (late, noise, late + noise)]
    assert result.here == pytest.approx(sizes)


@pytest.mark.parametrize("shape", ["step", "ramp", "wave"])
def test_more_memory_means_more_lag_and_less_noise(shape: Any) -> None:
    late, scattered, both = Tradeoff(NoisySignal(shape=shape), 0.9, "corrected").errors
    short = MEMORIES < 40  # beyond, 200 steps are too few to see the noise of the average fall
    assert (np.diff(late[short]) > 0).all() and (np.diff(scattered[short]) < 0).all()
    assert late[0] == 0 and 0 < int(both.argmin()) < short.sum()


def test_the_best_beta_is_the_best_of_all_and_falls_with_the_noise() -> None:
    noisy, calm = (Tradeoff(NoisySignal(noise=noise), 0.9, "first") for noise in (0.4, 0.1))
    for result in (noisy, calm):
        errors = [Tradeoff(result.signal, beta, "first").here[2] for beta in np.linspace(0, 0.99, 40)]
        assert Tradeoff(result.signal, result.best, "first").here[2] <= min(errors) + 1e-3
    assert calm.best < noisy.best
    assert Tradeoff(NoisySignal(noise=0), 0.9, "first").best == 0


def test_the_lag_that_is_drawn_is_there() -> None:
    ramp, step = (Tradeoff(NoisySignal(shape=shape, noise=0), 0.9, "first") for shape in ("ramp", "step"))
    assert ramp.behind == pytest.approx(9) and step.behind == half_life(0.9)
    slope = ramp.truth[-1] - ramp.truth[-2]
    assert (ramp.truth[-1] - ramp.average[-1]) / slope == pytest.approx(9, rel=1e-4)
    passed = np.interp(0.5, step.average[CHANGE - 1 :], np.arange(CHANGE - 1, len(step.average)))
    assert passed - CHANGE + 1 == pytest.approx(step.behind, abs=0.05)
    assert Tradeoff(NoisySignal(shape="wave"), 0.9, "first").behind is None


@IN_EACH_START
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_a_tradeoff_has_an_answer_at_either_end(beta: float, start: Start) -> None:
    result = Tradeoff(NoisySignal(), beta, start)
    assert all(math.isfinite(error) for error in result.here) == (beta == 0 or start != "corrected")
    assert np.isfinite(result.errors).all() and 0 <= result.best < 1


# --- the same beta in training ---


@given(beta=st.floats(0, 0.999), noise=st.floats(0, 5), seed=st.integers(0, 99))
def test_four_averages_of_one_stream(beta: float, noise: float, seed: int) -> None:
    result = Connection(GradientStream(noise=noise, seed=seed), beta)
    gradients, size = result.gradients[None], np.abs(result.gradients).max()
    close = {"rtol": 1e-9, "atol": 1e-11 * size}
    np.testing.assert_allclose(result.averaged, ewma(gradients, beta, "zero")[0], **close)
    np.testing.assert_allclose((1 - beta) * result.summed, result.averaged, **close)
    np.testing.assert_allclose(result.adam["m_hat"], ewma(gradients, beta, "corrected")[0], **close)
    np.testing.assert_allclose(result.adam["v"], ewma(gradients**2, beta, "zero")[0], rtol=1e-9, atol=1e-11 * size**2)
    np.testing.assert_allclose(result.losses, gradients[0] ** 2 / 2)


def test_at_beta_1_momentum_adds_up_and_adam_is_not() -> None:
    result = Connection(GradientStream(), 1.0)
    np.testing.assert_allclose(result.summed, np.cumsum(result.gradients))
    assert (result.averaged == 0).all() and result.adam == {} and np.isnan(result.smoothed).all()


def test_without_noise_the_stream_is_plain_descent() -> None:
    gradients = Connection(GradientStream(noise=0), 0.9).gradients
    np.testing.assert_allclose(gradients, 3 * 0.97 ** np.arange(len(gradients)))
