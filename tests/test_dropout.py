"""Dropout in NumPy: the classic numbers, what masks from a seed are, what they average to, and networks under them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.layers import dropout
from lrviz.layers.dropout import Array, Scaling, every_mask, kept, probability, running_mean, scale, uniforms
from lrviz.layers.dropout_network import ACTIVATIONS, geometric_mean, sigmoid, split, thinned, whole
from lrviz.layers.dropout_recipes import RECIPES
from lrviz.layers.dropout_scene import (
    CLASSIC,
    DEEP_MASKS,
    INPUT,
    PRESETS,
    SIZES,
    DropoutScene,
    Layer,
    average,
    depth,
    ensemble,
    layer,
    stack,
)
from lrviz.spec import from_address

# Recorded from torch in float64, on inputs that came as float32: five outputs at p = 0.4.
GIVEN = np.array(CLASSIC, dtype=np.float32).astype(np.float64)
KEPT = [0.0, 3.0055000384648642, 2.4346667528152466, 7.531499862670898, 11.519333521525066]
IF_THE_OUTPUT = [0.0, 1.081980013847351, 0.8764800310134887, 2.7113399505615234, 4.146960067749023]
TORCH_SEED_0 = [0.0, 0.0, 2.4346667528152466, 0.0, 0.0]
SCALINGS: tuple[Scaling, ...] = ("training", "evaluation", "never")
rates = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])
layers = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8).map(np.array)


# --- one layer ---


def test_the_classic_keeps_x_over_1_minus_p() -> None:
    np.testing.assert_allclose(dropout.train(GIVEN, np.ones(5), 0.4), KEPT, rtol=1e-15)
    np.testing.assert_array_equal(dropout.train(GIVEN, np.array([0, 0, 1, 0, 0]), 0.4), TORCH_SEED_0)
    np.testing.assert_allclose(
        dropout.train(np.array(CLASSIC), np.ones(5), 0.4), [0, 3.0055, 2.43466667, 7.5315, 11.51933333], rtol=1e-8
    )


def test_if_the_list_is_the_output_less_went_in() -> None:
    np.testing.assert_allclose(dropout.evaluate(GIVEN, 0.4, "evaluation"), IF_THE_OUTPUT, rtol=1e-15)
    trap = layer(PRESETS["output"])
    np.testing.assert_allclose(dropout.train(trap.scene.x, np.ones(5), 0.4), CLASSIC, rtol=1e-8)


@given(x=layers, p=rates, seed=st.integers(0, 2**31))
def test_evaluation_is_the_identity_and_training_drops_or_scales(x: Array, p: float, seed: int) -> None:
    mask = kept(uniforms(seed, x.shape), p)
    after = dropout.train(x, mask, p)
    assert (after[mask == 0] == 0).all() and set(mask) <= {0.0, 1.0}
    assert p == 1 or np.allclose(after[mask == 1] * (1 - p), x[mask == 1], rtol=1e-12)
    np.testing.assert_array_equal(dropout.evaluate(x, p), x)


@given(x=layers, p=rates, seed=st.integers(0, 2**31), scaling=st.sampled_from(SCALINGS))
def test_a_gradient_passes_what_the_output_passed(x: Array, p: float, seed: int, scaling: Scaling) -> None:
    mask = kept(uniforms(seed, x.shape), p)
    slope = dropout.backward(np.ones_like(x), mask, p, scaling)
    assert (slope[mask == 0] == 0).all()
    np.testing.assert_allclose(slope * x, dropout.train(x, mask, p, scaling), rtol=1e-14)


def test_at_p_1_everything_is_0_and_nothing_is_nan() -> None:
    assert scale(1.0) == 0 and scale(0.0) == 1
    for scaling in SCALINGS:
        found = layer(DropoutScene(p=1, scaling=scaling))
        np.testing.assert_array_equal(found.output, np.zeros(5))
        assert found.count == 0
        np.testing.assert_array_equal(average(found.scene).averages, np.zeros((200, 5)))
    np.testing.assert_array_equal(layer(DropoutScene(p=1, mode="eval")).output, CLASSIC)


# --- masks from a seed ---


@given(seed=st.integers(0, 999_999), low=rates, high=rates)
def test_units_go_one_by_one_as_p_rises_and_never_come_back(seed: int, low: float, high: float) -> None:
    u = uniforms(seed, (8,))
    low, high = min(low, high), max(low, high)
    assert (kept(u, high) <= kept(u, low)).all()
    assert kept(u, 0.0).all() and not kept(u, 1.0).any()


def test_a_unit_goes_when_p_passes_its_number() -> None:
    assert kept(np.array([0.0, 0.4, 0.5]), 0.4).tolist() == [0, 1, 1]
    assert kept(np.array([0.0]), 0.0).tolist() == [1]


def test_the_first_of_many_masks_is_the_one_alone() -> None:
    scene = DropoutScene(seed=7)
    np.testing.assert_array_equal(uniforms(7, (50, 5))[0], uniforms(7, (5,)))
    np.testing.assert_array_equal(average(scene).outputs[0], layer(scene).output)


def test_one_seed_one_mask_and_the_next_another() -> None:
    scene = DropoutScene()
    np.testing.assert_array_equal(layer(scene).uniforms, layer(scene.but(p=0.9)).uniforms)
    assert (layer(scene).uniforms != layer(scene.redrawn).uniforms).all()
    assert scene.redrawn.seed == scene.seed + 1 and DropoutScene(seed=999_999).redrawn.seed == 0


@pytest.mark.parametrize("p", [0.1, 0.4, 0.5, 0.9])
def test_as_many_are_kept_as_chance_allows(p: float) -> None:
    share = kept(uniforms(3, (200_000,)), p).mean()
    assert abs(share - (1 - p)) < 5 * np.sqrt(p * (1 - p) / 200_000)


# --- many masks ---


@given(x=layers.filter(lambda x: len(x) <= 5), p=rates, scaling=st.sampled_from(SCALINGS))
def test_mean_and_variance_are_those_of_all_masks(x: Array, p: float, scaling: Scaling) -> None:
    if p > 1 - 1e-9 and p < 1:
        return  # 1 / (1 - p) has lost its digits
    masks = every_mask(len(x))
    chances = probability(masks, p)[:, None]
    outputs = dropout.train(x, masks, p, scaling)
    mean = (chances * outputs).sum(axis=0)
    close = {"rtol": 1e-9, "atol": 1e-9 * np.abs(x).max(initial=0)}
    np.testing.assert_allclose(dropout.mean(x, p, scaling), mean, **close)
    square = (chances * (outputs - mean) ** 2).sum(axis=0)
    np.testing.assert_allclose(dropout.variance(x, p, scaling), square, rtol=1e-6, atol=1e-12)


@given(x=layers, p=st.floats(0, 0.999))
def test_two_ways_of_scaling_fit_and_the_third_does_not(x: Array, p: float) -> None:
    for scaling in ("training", "evaluation"):
        np.testing.assert_allclose(dropout.mean(x, p, scaling), dropout.evaluate(x, p, scaling), rtol=1e-12)
    np.testing.assert_allclose(dropout.mean(x, p, "never"), (1 - p) * dropout.evaluate(x, p, "never"), rtol=1e-12)


def test_every_mask_is_there_once_the_whole_one_first() -> None:
    masks = every_mask(4)
    assert [tuple(m) for m in masks] == list(itertools.product([1, 0], repeat=4))
    assert probability(masks, 0.3).sum() == pytest.approx(1)
    assert probability(masks, 0.0).tolist() == [1, *[0] * 15] and probability(masks, 1.0).tolist() == [*[0] * 15, 1]


def test_the_running_average_is_the_average_so_far() -> None:
    found = average(DropoutScene(masks=40))
    for r in (1, 2, 17, 40):
        np.testing.assert_allclose(running_mean(found.outputs)[r - 1], found.outputs[:r].mean(axis=0), rtol=1e-14)
    assert found.largest == 4 and found.averages.shape == (40, 5)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_averages_close_in_on_what_is_expected(p: float, scaling: Scaling) -> None:
    found = average(DropoutScene(p=p, scaling=scaling, masks=400))
    error = found.spread / np.sqrt(400)
    assert (np.abs(found.averages[-1] - found.expected)[1:] < 4 * error[1:]).all()
    assert (np.abs(found.averages[-1] - found.evaluated)[1:] < 4 * error[1:]).all() == (scaling != "never")


# --- a stack of layers ---


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_without_the_scale_each_layer_meets_more_of_too_much(p: float) -> None:
    found = depth(DropoutScene(view="depth", p=p))
    np.testing.assert_allclose(found.expected, (1 - p) ** -np.arange(9.0))
    # A mask's signal scatters by sqrt(p / (1 - p) / 32) a layer, and over 1,000 masks by so much less.
    error = np.sqrt(p / (1 - p) / 32 * np.arange(9) / DEEP_MASKS)
    assert (np.abs(found.scaled - 1) <= 5 * error + 1e-12).all()
    np.testing.assert_allclose(found.unscaled / found.scaled, found.expected, rtol=1e-10)
    assert found.odds == pytest.approx(2 ** found.unscaled[-1])
    assert (np.diff(found.singles[2] - found.singles[0]) > 0).all()


def test_without_dropout_a_stack_changes_nothing_and_with_all_of_it_nothing_gets_through() -> None:
    found = depth(DropoutScene(view="depth", p=0))
    np.testing.assert_allclose([found.scaled, found.unscaled, found.expected], 1, rtol=1e-13)
    found = depth(DropoutScene(view="depth", p=1))
    assert np.isinf(found.scaled[1:]).all() and np.isinf(found.unscaled[1:]).all() and np.isinf(found.odds)
    layers_, masks = stack(DropoutScene(depth=3))
    assert len(layers_) == 4 and [m.shape for m in masks] == [(4, DEEP_MASKS // 4, 32)] * 3


# --- a network and its sub-networks ---


@pytest.mark.parametrize("hidden", SIZES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_all_sub_networks_at_once_are_each_of_them_alone(hidden: str, activation: str) -> None:
    found = ensemble(DropoutScene(view="networks", hidden=hidden, activation=activation, p=0.3))  # type: ignore[arg-type]
    f, count = ACTIVATIONS[activation], len(SIZES[hidden]) - 1  # type: ignore[index]
    for mask, logit in zip(found.masks, found.logits, strict=True):
        h, parts = np.array(INPUT), split(mask[None], SIZES[hidden][1:-1])
        for (w, b), part in zip(found.layers, parts, strict=False):
            h = f(w @ h + b) * part[0] / 0.7
        w, b = found.layers[count - 1]
        assert logit == pytest.approx((w @ h + b).item(), rel=1e-13)


@given(seed=st.integers(0, 999), p=st.floats(0, 0.95), hidden=st.sampled_from([*SIZES]), data=st.data())
def test_the_whole_network_is_the_average_wherever_it_says_so(
    seed: int, p: float, hidden: str, data: st.DataObject
) -> None:
    activation = data.draw(st.sampled_from([*ACTIVATIONS]))
    scene = DropoutScene(view="networks", weights=seed, p=p, hidden=hidden, activation=activation)  # type: ignore[arg-type]
    found = ensemble(scene)
    if found.exact:
        assert found.average == pytest.approx(found.whole, rel=1e-11, abs=1e-11)
        bent = ensemble(scene.but(output="sigmoid"))
        assert bent.geometric == pytest.approx(bent.whole, rel=1e-11)
    assert found.probabilities.sum() == pytest.approx(1)


def test_a_bend_between_two_dropped_layers_is_an_approximation() -> None:
    found = ensemble(PRESETS["bent"])
    assert not found.exact and abs(found.average - found.whole) > 0.3
    assert ensemble(PRESETS["networks"]).exact
    straight = ensemble(PRESETS["bent"].but(activation="identity"))
    assert straight.exact and straight.average == pytest.approx(straight.whole, rel=1e-12)
    assert not ensemble(PRESETS["networks"].but(p=1)).exact


def test_the_geometric_mean_is_the_normalised_product() -> None:
    logits, weights = np.array([-3.0, 0.5, 2.0, 40.0]), np.array([0.1, 0.2, 0.3, 0.4])
    yes, no = np.prod(sigmoid(logits) ** weights), np.prod(sigmoid(-logits) ** weights)
    assert geometric_mean(logits, weights) == pytest.approx(yes / (yes + no), rel=1e-12)
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])
    assert ensemble(DropoutScene()).geometric is None


def test_the_sub_network_drawn_is_that_of_the_seeds_mask() -> None:
    for seed in range(20):
        found = ensemble(DropoutScene(view="networks", seed=seed))
        np.testing.assert_array_equal(found.masks[found.drawn], kept(uniforms(seed, (4,)), 0.4))


def test_under_a_mask_of_ones_a_network_is_whole() -> None:
    found = ensemble(DropoutScene(view="networks", hidden="two"))
    ones = [np.ones((3, 2)), np.ones((3, 2))]
    alone = whole(np.array(INPUT), found.layers, "tanh")
    for many, one in zip(thinned(np.array(INPUT), found.layers, ones, 1.0, "tanh"), alone, strict=True):
        np.testing.assert_allclose(many, np.broadcast_to(one, many.shape), rtol=1e-15)


# --- what a scene may be ---


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"p": "1.5"}, "less_than_equal"),
        ({"p": "-0.1"}, "greater_than_equal"),
        ({"p": "nan"}, "finite_number"),
        ({"p": "half"}, "float_parsing"),
        ({"values": "1,2,3,4,5,6,7,8,9"}, "too_long"),
        ({"values": ""}, "too_short"),
        ({"values": "1,x"}, "float_parsing"),
        ({"values": "1e9"}, "less_than_equal"),
        ({"masks": "1000000000"}, "less_than_equal"),
        ({"depth": "0"}, "greater_than_equal"),
        ({"seed": "-1"}, "greater_than_equal"),
        ({"view": "forest"}, "literal_error"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_the_rest_opens(address: dict[str, str], code: str) -> None:
    scene, problems = from_address(address | {"mode": "eval"}, DropoutScene())
    assert [problem.code for problem in problems] == [code]
    assert scene == DropoutScene(mode="eval")


def test_p_1_is_valid_and_beyond_it_nothing_is() -> None:
    assert from_address({"p": "1"}, DropoutScene()) == (DropoutScene(p=1), [])
    with pytest.raises(ValidationError):
        DropoutScene(p=np.nextafter(1, 2))


def test_the_open_unit_is_one_there_is() -> None:
    assert DropoutScene(unit=8).open == 5 and DropoutScene(unit=8, values=(1.0,)).open == 1
    assert DropoutScene(mode="eval").idle == {"seed"} and DropoutScene(mode="eval", view="average").idle == frozenset()


@pytest.mark.parametrize(
    ("scene", "factor"),
    [
        (DropoutScene(p=0.5), 2),
        (DropoutScene(p=0.5, scaling="evaluation"), 1),
        (DropoutScene(p=0.5, scaling="never"), 1),
        (DropoutScene(p=0.5, mode="eval"), 1),
        (DropoutScene(p=0.5, mode="eval", scaling="evaluation"), 0.5),
    ],
)
def test_the_factor_is_what_kept_units_are_multiplied_by(scene: DropoutScene, factor: float) -> None:
    found: Layer = layer(scene)
    assert found.factor == factor
    np.testing.assert_allclose(found.output, factor * scene.x * found.mask)


def test_recipes_run_from_the_input_towards_the_output() -> None:
    for one in RECIPES:
        assert one.depths[0] == 0 and 0.5 < one.depths[-1] < 1 and len(one.depths) == len(one.rates)
        assert all(0 <= rate <= 0.5 for rate in one.rates)
