"""Batch norm and its relatives: recorded numbers, what normalizing does to any numbers, and what the lesson shows."""

import json
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lrviz.layers.batchnorm import BatchNorm, batch_moments
from lrviz.layers.batchnorm_scene import IMAGE, PRESETS, BatchNormScene
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.normalization import NORMS, Array, Norm, moments, needs_more, normalize, sharing
from lrviz.layers.running import SIZES, Stream
from lrviz.layers.shared_axes import SharedAxes
from tests.strategies import specs

GOLDEN = json.loads((Path(__file__).parent / "batchnorm.json").read_text(encoding="utf-8"))
"""What torch.nn.BatchNorm2d makes of one image, 1 x 2 x 3 x 4, recorded in both precisions."""
NUMBERS = st.floats(-1e3, 1e3)
SHAPES = st.sampled_from([(4, 6), (2, 6, 3), (3, 6, 2, 2), (2, 6, 2, 1, 3)])
TENSORS = SHAPES.flatmap(lambda shape: arrays.arrays(np.float64, shape, elements=NUMBERS))
SOME_NORM = st.sampled_from(NORMS)

# --- recorded numbers ---


@pytest.mark.parametrize(("name", "close"), [("float64", 1e-15), ("float32", 2e-7)])
def test_one_image_gives_the_recorded_numbers(name: str, close: float) -> None:
    x, recorded = IMAGE.astype(name), GOLDEN[name]
    layer = BatchNorm(recorded["defaults"]["eps"], recorded["defaults"]["momentum"])
    output, running = layer.train(x, layer.init(2))
    own = batch_moments(x)
    found = {
        "mean": own.mean.ravel(), "var_biased": own.variance.ravel(), "var_unbiased": own.unbiased.ravel(),
        "train_out": output, "running_mean_after_1": running.mean, "running_var_after_1": running.variance,
        "eval_out_after_1": layer.evaluate(x, running),
    }  # fmt: skip
    assert set(found) | {"defaults"} == set(recorded)
    for what, values in found.items():
        np.testing.assert_allclose(values, recorded[what], rtol=0, atol=close, err_msg=what)


@pytest.mark.parametrize("tensor", ["image", "vectors"])
def test_the_lesson_opens_with_them_as_an_image_and_as_vectors(tensor: str) -> None:
    recorded = GOLDEN["float64"]
    result = FourSteps(BatchNormScene().but(tensor=tensor))
    output = np.array(recorded["train_out"]).reshape(2, 12)
    shown = result.steps[3].reshape(2, 12) if tensor == "image" else result.steps[3].T
    np.testing.assert_allclose(shown, output, rtol=0, atol=1e-15)
    np.testing.assert_allclose(result.used, [recorded["mean"], recorded["var_biased"]], rtol=0, atol=1e-15)
    np.testing.assert_allclose(result.running.mean, recorded["running_mean_after_1"], rtol=0, atol=1e-15)
    np.testing.assert_allclose(result.running.variance, recorded["running_var_after_1"], rtol=0, atol=1e-15)
    assert result.batch is not None
    np.testing.assert_allclose(result.batch.unbiased.ravel(), recorded["var_unbiased"], rtol=0, atol=1e-15)


def test_the_preset_of_one_batch_before_eval_gives_the_recorded_output() -> None:
    np.testing.assert_allclose(
        FourSteps(PRESETS["eval"]).steps[3], GOLDEN["float64"]["eval_out_after_1"], rtol=0, atol=1e-15
    )


# --- normalizing ---


@given(TENSORS, SOME_NORM)
def test_what_shares_a_mean_leaves_with_mean_0_and_a_spread_just_below_1(x: Array, norm: Norm) -> None:
    if needs_more(norm, x.shape):
        return
    shared, y = sharing(norm, x.shape, 2), normalize(norm, x, groups=2)
    for index in range(shared.max() + 1):
        before, after = x[shared == index], y[shared == index]
        variance = before.var()
        assert abs(after.mean()) < 1e-9 * max(1.0, np.abs(before).max() / np.sqrt(variance + 1e-5))
        assert after.std() == pytest.approx(np.sqrt(variance / (variance + 1e-5)), abs=1e-6)


@given(TENSORS, SOME_NORM)
def test_one_group_is_layer_norm_and_a_group_a_channel_is_instance_norm(x: Array, norm: Norm) -> None:
    np.testing.assert_array_equal(normalize("group", x, groups=1), normalize("layer", x))
    if not needs_more("instance", x.shape):
        np.testing.assert_array_equal(normalize("group", x, groups=6), normalize("instance", x))


@given(TENSORS)
def test_only_batch_norm_lets_a_sample_see_the_others(x: Array) -> None:
    other = x.copy()
    other[1:] = np.roll(x[1:], 1, axis=1) + 7
    for norm in NORMS:
        if needs_more(norm, x.shape):
            continue
        same = np.array_equal(normalize(norm, x, groups=3)[0], normalize(norm, other, groups=3)[0])
        assert same or norm == "batch"
    if np.ptp(x[0]) > 1:
        assert not np.allclose(normalize("batch", x)[0], normalize("batch", other)[0])


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shape", [(4, 6), (2, 6, 3), (3, 6, 2, 2), (2, 6, 2, 1, 3)])
def test_sharing_says_along_which_axes_the_means_run(norm: Norm, shape: tuple[int, ...]) -> None:
    shared, places = sharing(norm, shape, 2), prod(shape[2:])
    means = {"batch": 6, "layer": shape[0], "group": 2 * shape[0], "instance": 6 * shape[0]}[norm]
    values = {"batch": shape[0] * places, "layer": 6 * places, "group": 3 * places, "instance": places}[norm]
    assert shared.shape == shape
    np.testing.assert_array_equal(np.bincount(shared.ravel()), [values] * means)
    for sample, channel in ((0, 0), (1, 5)):
        alike = shared == shared[sample, channel].flat[0]
        samples, channels, *_ = np.nonzero(alike)
        assert set(samples) == (set(range(shape[0])) if norm == "batch" else {sample})
        group = {"layer": range(6), "group": range(3) if channel < 3 else range(3, 6)}.get(norm, [channel])
        assert set(channels) == set(group)


def test_gamma_and_beta_are_one_a_channel_and_for_layer_norm_one_a_value() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 2))
    gamma, beta = np.arange(1.0, 5.0), np.arange(4.0)
    plain = normalize("batch", x)
    np.testing.assert_allclose(
        normalize("batch", x, gamma=gamma, beta=beta), gamma[:, None] * plain + beta[:, None], rtol=1e-15
    )
    weights = np.arange(8.0).reshape(4, 2)
    np.testing.assert_allclose(normalize("layer", x, gamma=weights), weights * normalize("layer", x), rtol=1e-15)


def test_groups_that_do_not_divide_the_channels_are_named() -> None:
    with pytest.raises(ValueError, match="groups must divide the 6 channels, got 4"):
        normalize("group", np.zeros((2, 6)), groups=4)


# --- the state machine ---


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (1, 3, 1, 1)])
def test_a_single_value_a_channel_cannot_be_trained_on_but_evaluated(shape: tuple[int, ...]) -> None:
    layer, x = BatchNorm(), np.full(shape, 5.0)
    with pytest.raises(ValueError, match="more than 1 value a channel"):
        layer.train(x, layer.init(3))
    np.testing.assert_allclose(layer.evaluate(x, layer.init(3)), 5 / np.sqrt(1 + 1e-5))


def test_one_image_is_enough_where_it_has_more_than_one_place() -> None:
    assert not needs_more("batch", (1, 3, 1, 2)) and needs_more("instance", (4, 3, 1, 1))
    assert not needs_more("layer", (1, 1)) and not needs_more("group", (1, 6))


def test_running_statistics_take_in_the_unbiased_variance() -> None:
    layer, x = BatchNorm(momentum=1.0), np.array([[1.0], [3.0]])
    _, running = layer.train(x, layer.init(1))
    assert (running.mean[0], running.variance[0], running.batches) == (2.0, 2.0, 1)
    assert batch_moments(x).variance[0, 0] == 1.0


def test_without_a_momentum_they_are_plain_averages() -> None:
    layer, state = BatchNorm(momentum=None), BatchNorm().init(2)
    batches = np.random.default_rng(1).standard_normal((7, 5, 2))
    for batch in batches:
        _, state = layer.train(batch, state)
    np.testing.assert_allclose(state.mean, batches.mean((0, 1)), rtol=1e-13)
    np.testing.assert_allclose(state.variance, batches.var(1, ddof=1).mean(0), rtol=1e-13)


def test_untracked_it_remembers_nothing_and_uses_the_batch_in_eval_mode_too() -> None:
    layer, x = BatchNorm(track=False), np.random.default_rng(2).standard_normal((6, 2))
    output, state = layer.train(x, layer.init(2))
    assert state.batches == 0 and (state.mean == 0).all()
    np.testing.assert_array_equal(layer.evaluate(x, state), output)


def test_moments_of_one_value_have_no_unbiased_variance() -> None:
    found = moments(np.array([[3.0]]), (0,))
    assert found.variance[0, 0] == 0 and np.isnan(found.unbiased[0, 0])


# --- the four steps ---


def test_the_steps_follow_from_one_another() -> None:
    scene = BatchNormScene(scale=3.0, shift=-2.0, gamma_0=2.0, beta_1=0.5)
    x, centred, x_hat, y = FourSteps(scene).steps
    assert np.allclose(centred.mean((0, 2, 3)), 0, atol=1e-14)
    np.testing.assert_allclose(x_hat, centred / np.sqrt(x.var((0, 2, 3), keepdims=True) + 1e-5), rtol=1e-14)
    np.testing.assert_allclose(y, x_hat * np.array([2.0, 1.0])[:, None, None] + np.array([0, 0.5])[:, None, None])


@given(st.floats(1e-1, 1e4), st.floats(-50, 50))
def test_scale_and_shift_of_the_input_come_to_nothing(scale: float, shift: float) -> None:
    turned = FourSteps(BatchNormScene(scale=scale, shift=shift, eps=1e-12)).steps[2]
    np.testing.assert_allclose(turned, FourSteps(BatchNormScene(eps=1e-12)).steps[2], atol=1e-9)


def test_gamma_of_the_spread_and_beta_of_the_mean_undo_it() -> None:
    result = FourSteps(PRESETS["undo"])
    np.testing.assert_allclose(result.steps[3], result.steps[0], atol=1e-5)


def test_an_eps_that_is_not_small_keeps_the_spread_below_1() -> None:
    spreads = FourSteps(PRESETS["tiny"]).moments_of(2)[1]
    variance = 0.003**2 * np.array(GOLDEN["float64"]["var_biased"])
    np.testing.assert_allclose(spreads, np.sqrt(variance / (variance + 1e-5)), rtol=1e-12)
    assert (spreads < 0.6).all()


def test_a_followed_number_is_the_pictures() -> None:
    for tensor in ("image", "vectors", "own"):
        result = FourSteps(BatchNormScene(gamma_1=2.0, beta_0=1.0).but(tensor=tensor))
        rows, columns = result.laid(result.x).shape
        for row, column in ((0, 0), (rows - 1, columns - 1)):
            found = result.followed(row, column)
            assert (
                found.x == result.laid(result.x)[row, column] and found.y == result.laid(result.steps[3])[row, column]
            )
            by_hand = found.gamma * (found.x - found.mean) / np.sqrt(found.variance + 1e-5) + found.beta
            assert by_hand == pytest.approx(found.y, rel=1e-12)
            assert found.channel == {"image": row // 3, "vectors": column, "own": 0}[tensor]


@given(specs(BatchNormScene))
def test_every_number_is_counted_once_in_its_histogram(scene: BatchNormScene) -> None:
    result = FourSteps(scene)
    if result.refused:
        assert result.scene.mode == "train" and len(result.x) == 1
        return
    for step in range(4):
        middles, counts = result.counts(step, result.reach(step))
        assert len(middles) == counts.shape[1] and (counts.sum(1) == result.x.size // result.x.shape[1]).all()


def test_a_batch_of_one_is_evaluated_by_what_all_of_them_taught() -> None:
    one = FourSteps(BatchNormScene(tensor="vectors", rows=1, mode="eval", seen=5))
    all_of_them = FourSteps(BatchNormScene(tensor="vectors", seen=5))
    np.testing.assert_array_equal(one.running.mean, all_of_them.running.mean)
    alone = FourSteps(BatchNormScene(tensor="own", values=(7.0,), mode="eval", seen=5))
    assert (alone.running.mean[0], alone.running.variance[0]) == (0.0, 1.0)


# --- the stream ---


def test_a_stream_is_what_the_layer_makes_of_its_batches_one_by_one() -> None:
    scene = BatchNormScene(batch=5, batches=12, momentum=0.3, seed=4)
    result, layer = Stream(scene), BatchNorm(scene.eps, 0.3)
    state = layer.init(1)
    probe = np.array([[result.probe]])
    for t, batch in enumerate(result.values):
        assert result.in_eval[t] == pytest.approx(layer.evaluate(probe, state)[0, 0], rel=1e-13)
        _, state = layer.train(batch[:, None], state)
        assert result.running_mean[t + 1] == pytest.approx(state.mean[0], rel=1e-13)
        assert result.running_var[t + 1] == pytest.approx(state.variance[0], rel=1e-13)
        own = (result.probe - batch.mean()) / np.sqrt(batch.var() + scene.eps)
        assert result.in_training[t] == pytest.approx(own, rel=1e-12)


def test_the_running_statistics_approach_the_truth_and_plain_averages_get_nearest() -> None:
    plain = Stream(BatchNormScene(batch=32, batches=500, average="cumulative"))
    assert plain.running_mean[-1] == pytest.approx(2.0, abs=0.1) and plain.running_var[-1] == pytest.approx(
        9.0, rel=0.05
    )
    assert plain.in_eval[-1] == pytest.approx(1.0, abs=0.05)
    exponential = Stream(BatchNormScene(batch=32, batches=500))
    assert abs(exponential.running_var[50:] - 9.0).max() > abs(plain.running_var[50:] - 9.0).max()


@pytest.mark.parametrize("size", [2, 4, 16])
def test_the_biased_variance_is_n_minus_1_of_n_of_the_truth_and_the_unbiased_one_is_right(size: int) -> None:
    result = Stream(BatchNormScene(batch=size, batches=500))
    assert result.biased_truth == 9 * (size - 1) / size
    assert result.found.variance.mean() == pytest.approx(result.biased_truth, rel=0.1)
    assert result.found.unbiased.mean() == pytest.approx(9.0, rel=0.1)


def test_the_noise_falls_like_one_over_the_root_of_the_batch_size() -> None:
    result = Stream(BatchNormScene(batches=500))
    np.testing.assert_allclose(result.scatter, result.expected(SIZES), rtol=0.2)
    np.testing.assert_allclose(result.expected(SIZES)[:-2, 0] / result.expected(SIZES)[2:, 0], 2.0)
    assert result.scatter_of(8) == tuple(result.scatter[2])


def test_the_same_seed_draws_the_same_batches_and_a_larger_size_goes_on_with_them() -> None:
    small, large = Stream(BatchNormScene(batch=4)), Stream(BatchNormScene(batch=9))
    np.testing.assert_array_equal(small.values, large.values[:, :4])
    assert not np.array_equal(small.values, Stream(BatchNormScene(batch=4, seed=1)).values)


# --- who shares a mean ---


@given(specs(BatchNormScene))
def test_the_mates_of_a_cell_are_those_with_its_mean(scene: BatchNormScene) -> None:
    result = SharedAxes(scene)
    for norm in NORMS:
        mates = result.mates(norm, result.shape[0] - 1, 4)
        assert mates.sum() == result.values(norm) and result.means(norm) * result.values(norm) == prod(result.shape)
        assert mates[result.shape[0] - 1, 4].all()
    assert result.refused("batch") == (result.shape[0] * result.places == 1)
