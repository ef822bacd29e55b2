"""The catapult: two numbers follow all the weights exactly, and end where theory says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.figures.catapult import PHASES, catapult_figure
from lrviz.train.catapult import ENDS, HIGHEST, Catapult, descended, ends, flown, recursion
from lrviz.train.stability import PRESETS

WORDS = {name: name for name in ("step", "loss", "times", "first", "end", "f", "lazy", "catapult", "diverging")}


@pytest.mark.parametrize("times", [1.9, 2.5, 3.9])
def test_the_recursion_is_gradient_descent_on_all_weights(times: float) -> None:
    flight = flown(Catapult(times=times, width=512, steps=200))
    f, curvature = descended(flight.catapult, flight.eta)
    assert flight.apart <= 5e-13
    np.testing.assert_allclose(flight.f, f, rtol=0, atol=5e-13 * np.abs(f).max())
    np.testing.assert_allclose(flight.curvature, curvature, rtol=5e-13)


@given(times=st.floats(0.05, 3.9), width=st.integers(2, 300), seed=st.integers(0, 1_000))
def test_whatever_the_weights_are_it_follows_them_and_ends_below_2(times: float, width: int, seed: int) -> None:
    flight = flown(Catapult(times=times, width=width, seed=seed, steps=60))
    assert flight.apart < 1e-9
    long = flown(Catapult(times=times, width=width, seed=seed, steps=500))
    if long.bad is None and long.loss[-1] < 1e-12:
        assert long.times[-1] < 2
    assert (
        np.all(np.diff(long.curvature[: long.bad]) <= 1e-12 * long.curvature[0])
        or times * 1.0 > 4
        or long.times.max() > 4
    )


def test_below_2_the_loss_falls_at_once_and_the_curvature_stays() -> None:
    flight = flown(Catapult(times=1.9, steps=200))
    assert np.all(np.diff(flight.loss) < 0) and flight.peak == 0
    assert flight.times[-1] == pytest.approx(1.9, abs=0.01) and flight.catapult.phase == "lazy"


def test_between_2_and_4_it_is_thrown_up_and_caught() -> None:
    flight = flown(Catapult(times=2.5, steps=200))
    assert 20 < flight.loss[flight.peak] < 40 and 5 < flight.peak < 20 and flight.bad is None
    assert flight.loss[-1] < 1e-30 and flight.times[-1] == pytest.approx(1.28, abs=0.02)
    late = flown(Catapult(times=3.9, steps=200))
    assert late.bad is None and late.loss[-1] < 1e-30 and late.times[-1] < 2 and late.catapult.phase == "catapult"


def test_above_4_it_diverges_within_a_dozen_steps() -> None:
    flight = flown(Catapult(times=4.1, steps=200))
    assert flight.bad is not None and flight.bad <= 12 and flight.catapult.phase == "diverging"
    assert flight.apart < 1e-9, "up to there it is exact all the same"


def test_many_rates_at_once_are_each_rate_alone() -> None:
    fs, curvatures = recursion(np.array([1.0, 1.0]), np.array([2.0, 2.0]), np.array([0.5, 1.2]), 64, 30)
    for r, eta in enumerate((0.5, 1.2)):
        f, curvature = recursion(1.0, 2.0, eta, 64, 30)
        np.testing.assert_array_equal(fs[:, r], f)
        np.testing.assert_array_equal(curvatures[:, r], curvature)


def test_no_run_ends_above_2_and_none_beyond_4_ends() -> None:
    found = ends(Catapult())
    assert found.times.shape == found.end.shape == (ENDS,)
    assert np.nanmax(found.end) < 2 and np.isnan(found.end[found.times > 4.01]).all()
    lazy = found.times < 1.9
    np.testing.assert_allclose(found.end[lazy], found.times[lazy], rtol=1e-3)
    assert np.isfinite(found.end[found.times < 3.95]).all()


# --- the picture ---


@pytest.mark.parametrize("times", [1.5, 2.5, 4.1, 50.0])
def test_the_picture_holds_the_run_and_where_it_ends(times: float) -> None:
    flight = flown(Catapult(times=times))
    family = ends(flight.catapult)
    figure = catapult_figure(flight, family, WORDS)
    by_name = {trace["name"]: trace for trace in figure["data"]}
    shown = np.isfinite(by_name["times"]["y"])
    np.testing.assert_allclose(by_name["times"]["y"][shown], flight.times[shown], rtol=1e-6)
    kept = np.isfinite(by_name["loss"]["y"])
    np.testing.assert_allclose(by_name["loss"]["y"][kept], flight.loss[kept], rtol=1e-6)
    np.testing.assert_allclose(by_name["end"]["y"], family.end, rtol=1e-6)
    assert by_name[""]["x"].tolist() == [times]
    off = [note for note in figure["layout"]["annotations"] if note.get("name") == "runaway"]
    assert bool(off) == (times > 4)
    assert figure["layout"]["yaxis2"]["range"][1] >= max(times, HIGHEST)


def test_on_a_phone_only_the_run_is_drawn() -> None:
    flight = flown(Catapult())
    figure = catapult_figure(flight, ends(flight.catapult), WORDS, narrow=True)
    assert [trace["name"] for trace in figure["data"]] == ["loss", "times"] and "xaxis2" not in figure["layout"]


def test_the_phases_follow_one_another() -> None:
    spans: list[Any] = [(low, high) for _, low, high, _ in PHASES]
    assert spans[0][0] == 0 and [high for _, high in spans[:-1]] == [low for low, _ in spans[1:]] == [2, 4]


def test_the_stories_of_the_examples_are_true() -> None:
    thrown = flown(PRESETS["catapult"].catapult)
    assert 20_000 < thrown.loss[thrown.peak] / thrown.loss[0] < 40_000 and thrown.times[-1] < 2
    lazy = flown(PRESETS["lazy"].catapult)
    assert lazy.peak == 0 and lazy.times[-1] == pytest.approx(1.5, rel=1e-4)
    last = PRESETS["last"].catapult
    ends = [flown(last.but(times=times)).times[-1] for times in (3.9, 3.88, 3.86, 3.84)]
    assert flown(last).loss.max() > 5 * thrown.loss.max() and max(ends) > 1.5 * min(ends)
    over = flown(PRESETS["over"].catapult)
    assert over.bad is not None and over.curvature[over.bad - 1] > over.curvature[0]
