"""The batches lesson: the arithmetic of epochs, trainings in true epochs, batches that grow, and the scene."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.batches.counting import Count, cut
from lrviz.batches.growth import SEEDS, ByPerformance, GrowInSteps, Periodic, grown, sized
from lrviz.batches.noise import hessian
from lrviz.batches.scene import PRESETS, BatchesScene, cloud_of, growth_of, paths
from lrviz.batches.training import LOSS, SAMPLES, Plan, Trained, fixed, orders, train
from lrviz.schedules import Plateau
from lrviz.spec import from_address
from lrviz.surfaces.data import data

START = LOSS.start

# --- counting ---


@pytest.mark.parametrize(
    ("count", "iterations", "last", "dropped", "total"),
    [
        (Count(50_000, 256, 10), 196, 80, 0, 1_960),
        (Count(50_000, 256, 10, drop_last=True), 195, 256, 80, 1_950),
        (Count(50_000, 250, 10), 200, 250, 0, 2_000),
        (Count(50_000, 250, 10, drop_last=True), 200, 250, 0, 2_000),
        (Count(442, 1, 5), 442, 1, 0, 2_210),
        (Count(442, 1_000, 5), 1, 442, 0, 5),
        (Count(442, 1_000, 5, drop_last=True), 0, 0, 442, 0),
    ],
)
def test_the_golden_counts(count: Count, iterations: int, last: int, dropped: int, total: int) -> None:
    assert (count.iterations, count.last, count.dropped, count.total) == (iterations, last, dropped, total)


@given(samples=st.integers(1, 3_000), batch_size=st.integers(1, 4_000), drop_last=st.booleans())
def test_the_batches_of_an_epoch_are_what_is_counted(samples: int, batch_size: int, drop_last: bool) -> None:
    count = Count(samples, batch_size, drop_last=drop_last)
    starts, stops = cut(samples, batch_size, drop_last)
    sizes = stops - starts
    assert len(sizes) == count.iterations and sizes.sum() + count.dropped == samples
    assert np.all(sizes[:-1] == batch_size) and (len(sizes) == 0 or sizes[-1] == count.last)
    assert np.array_equal(starts[1:], stops[:-1])


# --- trainings ---


def by_hand(order: np.ndarray, batch_size: int, lr: float, drop_last: bool) -> np.ndarray:
    """The weights after every update of one training, row by row as a textbook has it."""
    a, b, y = data("diabetes").columns
    x, w = np.stack([a, b], axis=1), np.array(START)
    out = [w]
    for epoch in order:
        for i in range(0, SAMPLES, batch_size):
            rows = epoch[i : i + batch_size]
            if not (drop_last and len(rows) < batch_size):
                w = w - lr * x[rows].T @ (x[rows] @ w - y[rows]) / len(rows)
                out.append(w)
    return np.array(out)


@settings(max_examples=25)
@given(
    batch_size=st.integers(1, 600),
    epochs=st.integers(1, 3),
    lr=st.floats(0.001, 0.2),
    seed=st.integers(0, 1_000),
    drop_last=st.booleans(),
)
def test_a_training_is_the_textbooks(batch_size: int, epochs: int, lr: float, seed: int, drop_last: bool) -> None:
    order = orders(SAMPLES, epochs, [seed])
    found = train(START, order, fixed(batch_size, lr), drop_last)
    np.testing.assert_allclose(found.w[0], by_hand(order[0], batch_size, lr, drop_last), rtol=1e-11, atol=1e-13)
    count = Count(SAMPLES, batch_size, epochs, drop_last)
    assert found.updates[0, -1] == count.total == found.w.shape[1] - 1
    assert found.seen[0, -1] == epochs * (SAMPLES - count.dropped)
    np.testing.assert_array_equal(found.ends, np.arange(epochs + 1) * count.iterations)


def test_an_epoch_takes_every_sample_once_in_an_order_of_its_own() -> None:
    order = orders(SAMPLES, 3, [5, 6])
    assert np.all(np.sort(order, axis=2) == np.arange(SAMPLES))
    flat = order.reshape(6, SAMPLES)
    assert all(np.any(one != other) for one, other in combinations(flat, 2))
    np.testing.assert_array_equal(order[1], orders(SAMPLES, 3, [6])[0])


def test_many_runs_at_once_are_the_same_as_one_by_one() -> None:
    sizes, rates = [3, 64, 442], [0.01, 0.1, 0.5]

    def plan_of(index: slice) -> Plan:
        return lambda epoch, losses: (np.array(sizes[index]), np.array(rates[index]))

    together = train(START, orders(SAMPLES, 2, [0, 1, 2]), plan_of(slice(None)))
    for i in range(3):
        alone = train(START, orders(SAMPLES, 2, [i]), plan_of(slice(i, i + 1)))
        moved = np.unique(together.updates[i], return_index=True)[1]
        np.testing.assert_allclose(together.w[i, moved], alone.w[0], rtol=1e-12)
        np.testing.assert_array_equal(together.seen[i, moved], alone.seen[0])
        np.testing.assert_allclose(together.w[i, together.ends], alone.w[0, alone.ends], rtol=1e-12)


def test_the_whole_batch_walks_as_the_curvature_says() -> None:
    found = train(START, orders(SAMPLES, 20, [0]), fixed(SAMPLES, 0.5))
    away, bottom = np.array(START) - LOSS.minima[0].x, np.array(LOSS.minima[0].x)
    step = np.eye(2) - 0.5 * hessian()
    closed = [bottom + np.linalg.matrix_power(step, t) @ away for t in range(21)]
    np.testing.assert_allclose(found.w[0], closed, rtol=1e-11)


def test_a_training_that_diverges_is_a_result_like_any_other() -> None:
    found = paths(BatchesScene(batch_size=1, lr=100.0, epochs=20))
    assert 0 < found.yours.bad[0] < 20 and not np.isfinite(found.yours.excess[0, -1])
    assert found.full.bad[0] > 0 and paths(BatchesScene()).yours.bad[0] == -1


def test_without_a_whole_batch_drop_last_trains_nothing() -> None:
    found = paths(BatchesScene(batch_size=443, drop_last=True)).yours
    assert found.w.shape == (1, 1, 2) and tuple(found.w[0, 0]) == START
    assert paths(BatchesScene(batch_size=443)).yours.updates[0, -1] == 5


def test_small_batches_are_ahead_by_samples_and_settle_higher() -> None:
    runs = [train(START, orders(SAMPLES, 10, range(8)), fixed(b, 0.1, 8)) for b in (1, 32, SAMPLES)]
    first = [float(np.median(run.excess[:, run.ends[1]])) for run in runs]
    assert first[0] < first[1] < first[2]

    def late(run: Trained) -> float:
        return float(run.excess[:, run.ends[-2] :].mean())

    assert late(runs[0]) > 3 * late(train(START, orders(SAMPLES, 10, range(8)), fixed(8, 0.1, 8)))


# --- growth ---


def test_growing_in_steps_is_step_decay_turned_round() -> None:
    growth, scene = GrowInSteps(factor=2, every=3), BatchesScene(view="growth", batch_size=8)
    found = grown(growth, 8, 0.2, 12, 0, False)
    iterations = scene.count.iterations
    table = growth.twin(0.2, iterations).table(12 * iterations)
    np.testing.assert_allclose(found.decay.trained.rates[0], table[::iterations], rtol=1e-12)
    np.testing.assert_array_equal(found.grow.trained.sizes[0], 8 * np.repeat([1, 2, 4, 8], 3))


@pytest.mark.parametrize("growth", [GrowInSteps(), GrowInSteps(factor=1.5, every=2), Periodic(), Periodic(factor=100)])
def test_the_noise_scale_is_the_same_whether_the_batch_grows_or_the_rate_falls(growth: GrowInSteps | Periodic) -> None:
    found = grown(growth, 5, 0.1, 9, 0, False)
    grow, decay = found.grow.trained, found.decay.trained
    np.testing.assert_allclose(grow.rates / grow.sizes, decay.rates / decay.sizes, rtol=1e-12)
    assert np.all(decay.sizes == 5) and np.all(grow.rates == 0.1)
    assert grow.sizes.max() <= SAMPLES and np.all(found.neither.trained.sizes == 5)


def test_a_batch_grows_in_whole_samples_and_not_beyond_the_data() -> None:
    assert sized(10, np.array([1, 1.5, 2.25, 3.375, 1e9, np.inf])).tolist() == [10, 15, 22, 34, 442, 442]
    assert sized(1_000, np.array([1.0, 2.0])).tolist() == [442, 442]
    assert Periodic(factor=3, every=2)(np.arange(6)).tolist() == [1, 1, 3, 3, 1, 1]


@given(
    losses=st.lists(st.floats(0.1, 2), min_size=1, max_size=30),
    factor=st.floats(1.1, 10),
    patience=st.integers(0, 3),
    threshold=st.floats(0, 0.2),
)
def test_by_performance_grows_where_reduce_on_plateau_cuts(
    losses: list[float], factor: float, patience: int, threshold: float
) -> None:
    growth = ByPerformance(factor=factor, patience=patience, threshold=threshold)
    twin, state = growth.twin(0.1), growth.init()
    assert isinstance(twin, Plateau)
    rates = twin.replay(losses)
    for t, loss in enumerate(losses):
        assert growth.times(state) == pytest.approx(0.1 / rates.rates[t], rel=1e-9)
        assert growth.after(np.array(losses[:t])) == pytest.approx(growth.times(state), rel=1e-12)
        state = growth.update(loss, state)


def test_by_performance_waits_for_the_loss() -> None:
    growth = ByPerformance(factor=3, patience=1)
    assert [growth.after(np.array([1.0, 0.9, 0.8, 0.8, 0.8, 0.5][:t])) for t in range(7)] == [1, 1, 1, 1, 1, 3, 3]


def test_the_growing_batch_gets_there_with_half_of_the_updates() -> None:
    found = growth_of(PRESETS["grow"])
    grow, decay, neither = (float(arm.band()[1][-1]) for arm in (found.grow, found.decay, found.neither))
    assert 0.5 < grow / decay < 2 and neither > 10 * max(grow, decay)
    assert found.grow.updates[-1] == 420 and found.decay.updates[-1] == 896
    low, middle, high = found.grow.band()
    assert np.all(low <= middle) and np.all(middle <= high) and found.grow.excess.shape == (SEEDS, 17)


def test_each_seed_of_a_band_is_a_run_of_its_own() -> None:
    found, one = grown(ByPerformance(), 4, 0.1, 6, 3, False), grown(ByPerformance(), 4, 0.1, 6, 5, False)
    np.testing.assert_allclose(found.grow.excess[2], one.grow.excess[0], rtol=1e-9)
    assert len({tuple(sizes) for sizes in found.grow.trained.sizes}) > 1


# --- the scene ---


def test_the_presets_stories_are_true() -> None:
    assert PRESETS["mini"].count.iterations == 14 and PRESETS["single"].count.total == 2_210
    assert PRESETS["full"].count.total == 5 and PRESETS["cifar"].count.last == 80
    assert PRESETS["divisible"].count.short == 0 and PRESETS["divisible"].count.iterations == 200
    assert 3 < cloud_of(PRESETS["noisy"]).simple < 4 and 0 < cloud_of(PRESETS["noisy"]).uphill < 0.1
    assert cloud_of(PRESETS["late"]).simple == pytest.approx(139, abs=0.5)
    linear = PRESETS["linear"].quadratic
    eight, one = linear.variance("linear", np.array([8.0, 1.0]))
    assert eight == pytest.approx(one, rel=0.1)
    falls = growth_of(PRESETS["periodic"]).grow.band()[1]
    turns = [falls[i + 2] < falls[i] for i in (2, 6, 10, 14)]
    assert all(turns)
    stalls = growth_of(PRESETS["plateau"]).grow.batch
    assert all(before <= after for before, after in pairwise(stalls)) and stalls[-1] > stalls[0]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"batch_size": "0"}, "greater_than_equal"),
        ({"batch_size": "1000000000"}, "less_than_equal"),
        ({"batch_size": "2.5"}, "int_parsing"),
        ({"epochs": "21"}, "less_than_equal"),
        ({"lr": "-1"}, "greater_than"),
        ({"counting.samples": "0"}, "greater_than_equal"),
        ({"growth": "shrink"}, "unknown_kind"),
        ({"growth.factor": "1"}, "greater_than"),
        ({"quadratic.noise": "nan"}, "finite_number"),
        ({"along": "1.1"}, "less_than_equal"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_the_rest_opens(address: dict[str, str], code: str) -> None:
    scene, problems = from_address(address | {"seed": "7"}, BatchesScene())
    assert [problem.code for problem in problems] == [code] and scene == BatchesScene(seed=7)
