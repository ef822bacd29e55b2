"""Our normalizations are torch's: over random inputs, in training and in eval mode, and over streams of batches."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lrviz.layers.batchnorm import BatchNorm
from lrviz.layers.batchnorm_scene import PRESETS, BatchNormScene
from lrviz.layers.normalization import NORMS, Array, Norm, needs_more, normalize
from lrviz.spec import to_address
from lrviz.verify import batchnorm, check
from lrviz.verify.batchnorm import torch_layer
from tests.strategies import specs

CLOSE = 1e-12
SHAPES = st.sampled_from([(5, 4), (2, 4), (2, 4, 3), (1, 4, 5), (3, 4, 2, 2), (1, 4, 3, 1), (2, 4, 2, 1, 2)])
TENSORS = SHAPES.flatmap(lambda shape: arrays.arrays(np.float64, shape, elements=st.floats(-10, 10)))
FOURS = arrays.arrays(np.float64, 4, elements=st.floats(-3, 3))
MOMENTA = st.one_of(st.none(), st.floats(0, 1))


def torch_norm(shape: tuple[int, ...], **settings: Any) -> torch.nn.Module:
    dims = max(1, len(shape) - 2)
    return getattr(torch.nn, f"BatchNorm{dims}d")(shape[1], dtype=torch.float64, **settings)


def set_affine(layer: torch.nn.Module, gamma: Array, beta: Array) -> None:
    with torch.no_grad():
        layer.get_parameter("weight").copy_(torch.from_numpy(gamma.copy()))
        layer.get_parameter("bias").copy_(torch.from_numpy(beta.copy()))


@given(st.data(), SHAPES, FOURS, FOURS, MOMENTA, st.sampled_from([1e-5, 1e-3, 1.0]))
def test_batch_norm_is_torchs_over_a_stream_in_training_and_in_eval_mode(
    data: st.DataObject, shape: tuple[int, ...], gamma: Array, beta: Array, momentum: float | None, eps: float
) -> None:
    theirs, ours = torch_norm(shape, eps=eps, momentum=momentum), BatchNorm(eps, momentum, gamma, beta)
    set_affine(theirs, gamma, beta)
    state = ours.init(4)
    for _ in range(3):
        batch = data.draw(arrays.arrays(np.float64, shape, elements=st.floats(-10, 10)))
        expected = theirs.train()(torch.from_numpy(batch)).detach().numpy()
        output, state = ours.train(batch, state)
        np.testing.assert_allclose(output, expected, rtol=CLOSE, atol=10 * CLOSE)
        np.testing.assert_allclose(state.mean, theirs.get_buffer("running_mean").numpy(), rtol=CLOSE, atol=CLOSE)
        np.testing.assert_allclose(state.variance, theirs.get_buffer("running_var").numpy(), rtol=CLOSE, atol=CLOSE)
        evaluated = theirs.eval()(torch.from_numpy(batch)).detach().numpy()
        np.testing.assert_allclose(ours.evaluate(batch, state), evaluated, rtol=CLOSE, atol=10 * CLOSE)
    assert state.batches == theirs.get_buffer("num_batches_tracked").item() == 3


@given(TENSORS)
def test_untracked_batch_norm_is_torchs(x: Array) -> None:
    theirs, ours = torch_norm(x.shape, track_running_stats=False, affine=False).eval(), BatchNorm(track=False)
    expected = theirs(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours.evaluate(x, ours.init(4)), expected, rtol=CLOSE, atol=10 * CLOSE)


@given(TENSORS, st.sampled_from(NORMS), st.sampled_from([1, 2, 4]), FOURS, FOURS)
def test_the_four_layers_are_torchs(x: Array, norm: Norm, groups: int, gamma: Array, beta: Array) -> None:
    if norm == "instance" and x.ndim == 2:
        return  # torch takes (N, C) for one sample of N channels
    if needs_more(norm, x.shape):
        return
    theirs = torch_layer(norm, x.shape, groups, 1e-5)
    given: dict[str, Any] = {}
    if norm in ("batch", "group"):
        set_affine(theirs, gamma, beta)
        given = {"gamma": gamma, "beta": beta}
    elif norm == "layer":
        weights = np.broadcast_to(gamma.reshape(-1, *[1] * (x.ndim - 2)), x.shape[1:])
        set_affine(theirs, weights, -weights)
        given = {"gamma": weights, "beta": -weights}
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    ours = normalize(norm, x, groups=groups, **given)
    np.testing.assert_allclose(ours, expected, rtol=CLOSE, atol=10 * CLOSE)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shape", [(1, 4), (1, 4, 1), (2, 4), (2, 4, 1), (1, 4, 1, 1), (1, 4, 2), (1, 4, 1, 1, 1)])
def test_what_torch_refuses_to_train_on_is_what_we_say_it_refuses(norm: Norm, shape: tuple[int, ...]) -> None:
    if norm == "instance" and len(shape) == 2:
        shape = (*shape, 1)
    layer, x = torch_layer(norm, shape, 2, 1e-5), torch.zeros(shape, dtype=torch.float64)
    if not needs_more(norm, shape):
        layer(x)
        return
    with pytest.raises(ValueError, match="Expected more than 1"):
        layer(x)


# --- as the page asks ---


def asked(scene: BatchNormScene) -> dict[str, Any]:
    return check({"question": "batchnorm"} | to_address(scene, BatchNormScene()))


CODES = {"steps": "normalized", "running": "streamed", "axes": "shared"}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_torchs(name: str) -> None:
    found, scene = asked(PRESETS[name]), PRESETS[name]
    assert found["tone"] == "ok" and found["code"] == ("raises" if name == "single" else CODES[scene.view])


@given(specs(BatchNormScene))
def test_every_scene_is_torchs_or_raises_its_error(scene: BatchNormScene) -> None:
    found = asked(scene.but(batches=min(scene.batches, 20), seen=min(scene.seen, 20)))
    assert found["tone"] == "ok", found
    refused = {"steps": scene.mode == "train" and len(scene.x) == 1 and scene.x.ndim == 2, "running": scene.batch == 1}
    assert found["code"] == ("raises" if refused.get(scene.view) else CODES[scene.view])


@pytest.mark.parametrize("view", CODES)
def test_another_number_is_noticed(monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    monkeypatch.setattr(torch.nn.Module, "__call__", lambda module, x: 1.001 * module.forward(x) + 1e-9)
    found = batchnorm.answer(BatchNormScene().but(view=view))
    assert (found["code"], found["tone"]) == ("other_numbers", "warn")


def test_an_address_that_is_no_scene_is_refused() -> None:
    assert check({"question": "batchnorm", "eps": "0"})["code"] == "bad_address"
