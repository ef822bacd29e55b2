"""Our dropout is torch's, to the last bit, under torch's masks and under ours; what is not equal is found out."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.layers import dropout
from lrviz.layers.dropout import Array, kept, uniforms
from lrviz.layers.dropout_scene import PRESETS, DropoutScene, layer
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, fill, words
from lrviz.verify import check
from lrviz.verify.dropout import DRAWS, ROWS, compare_layer, compare_network, masks_and_outputs, sequential

rates = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])
layers = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8)
seeds = st.integers(0, 999_999)


def test_torchs_own_mask_of_seed_0_gives_the_recorded_numbers() -> None:
    x = torch.tensor([0.0, 1.8033, 1.4608, 4.5189, 6.9116]).double()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = torch.nn.functional.dropout(x, 0.4)
    assert theirs.tolist() == [0.0, 0.0, 2.4346667528152466, 0.0, 0.0]
    mask = (theirs != 0).double().numpy()
    np.testing.assert_array_equal(dropout.train(x.numpy(), mask, 0.4), theirs.numpy())


@given(values=layers, p=rates, seed=seeds, scaling=st.sampled_from(["training", "evaluation", "never"]))
def test_a_layer_under_torchs_mask_is_torchs(values: list[float], p: float, seed: int, scaling: str) -> None:
    report = compare_layer(DropoutScene(values=tuple(values), p=p, seed=seed, scaling=scaling))  # type: ignore[arg-type]
    if scaling == "training":
        assert (report.training, report.gradient, report.evaluation) == (0, 0, 0)
    assert report.agrees


@given(values=layers.map(np.array), p=rates, seed=seeds)
def test_autograd_through_our_mask_gives_our_gradient(values: Array, p: float, seed: int) -> None:
    mask = kept(uniforms(seed, values.shape), p)
    x = torch.tensor(values, requires_grad=True)
    after = x * torch.tensor(mask) * dropout.scale(p)
    after.square().sum().backward()
    ours = dropout.train(values, mask, p)
    np.testing.assert_allclose(ours, after.detach().numpy(), rtol=1e-15)
    assert x.grad is not None
    np.testing.assert_allclose(dropout.backward(2 * ours, mask, p), x.grad.numpy(), rtol=1e-14, atol=1e-300)


def test_at_p_1_torch_gives_0_and_no_gradient_as_we_do() -> None:
    x = torch.tensor([3.0, -2.0], requires_grad=True)
    torch.nn.Dropout(1.0)(x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [0, 0]
    assert compare_layer(DropoutScene(p=1)).agrees and compare_layer(DropoutScene(p=1)).even
    with pytest.raises(ValueError):
        torch.nn.Dropout(1.1)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.4, 0.5, 0.9, 1.0])
def test_both_keep_as_many_as_chance_allows(p: float) -> None:
    report = compare_layer(DropoutScene(p=p))
    assert report.even and report.expected == 1 - p
    assert report.error == pytest.approx(np.sqrt(p * (1 - p) / DRAWS))
    assert (report.ours == report.theirs) == (p in (0, 1)), "the two generators are not the same"


@settings(max_examples=20)
@given(
    p=st.floats(0, 0.95),
    seed=seeds,
    weights=st.integers(0, 99),
    hidden=st.sampled_from(["one", "two"]),
    activation=st.sampled_from(["identity", "relu", "tanh"]),
    output=st.sampled_from(["linear", "sigmoid"]),
)
def test_a_network_under_torchs_masks_is_torchs(p: float, seed: int, **network: object) -> None:
    scene = DropoutScene(view="networks", p=p, seed=seed).but(**network)
    report = compare_network(scene)
    assert report.agrees and report.even


@pytest.mark.parametrize("p", [0.0, 0.5, 0.9, 1.0])
def test_a_stack_under_torchs_masks_is_torchs(p: float) -> None:
    report = compare_network(DropoutScene(view="depth", p=p, depth=12))
    assert report.agrees and report.even


def test_masks_are_recovered_from_what_torch_leaves() -> None:
    layers_ = [(np.eye(3), np.array([1.0, 0.0, 2.0])), (np.ones((1, 3)), np.zeros(1))]
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = sequential(layers_, 0.5, "identity", False)
        (mask,), outputs = masks_and_outputs(network, torch.zeros(ROWS, 3).double())
    assert mask.shape == (ROWS, 3) and mask[:, 1].all(), "a unit that gives 0 anyway counts as kept"
    assert 0 < mask[:, 0].sum() < ROWS
    np.testing.assert_allclose(outputs.numpy()[:, 0], 2 * (mask[:, 0] + 2 * mask[:, 2]))


def test_a_wrong_scale_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropout, "scale", lambda p: 1 - p)
    for scene in (DropoutScene(), PRESETS["networks"], PRESETS["depth"]):
        assert check(question(scene))["code"] == "differs"


def test_a_wrong_share_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropout, "kept", lambda u, p: (u >= p + 0.01).astype(float))
    assert check(question(DropoutScene()))["code"] == "uneven"


def test_torch_is_left_as_it_was() -> None:
    before = torch.random.get_rng_state()
    for scene in PRESETS.values():
        check(question(scene))
    assert torch.equal(before, torch.random.get_rng_state())


def question(scene: DropoutScene) -> dict[str, str]:
    return {"question": "dropout"} | to_address(scene, DropoutScene())


@pytest.mark.parametrize(
    ("scene", "code", "tone"),
    [
        (PRESETS["classic"], "verified", "ok"),
        (PRESETS["average"], "verified", "ok"),
        (PRESETS["unscaled"], "other_scale", "note"),
        (PRESETS["depth"], "stack", "ok"),
        (PRESETS["bent"], "network", "ok"),
    ],
)
def test_every_way_of_looking_has_its_answer(scene: DropoutScene, code: str, tone: str) -> None:
    told = check(question(scene))
    assert (told["code"], told["tone"]) == (code, tone)
    for language in LANGUAGES:
        said = words(language).group("verify.dropout")[code]
        assert "{" not in fill(said, **told["values"]) and told["values"]["training"] in fill(said, **told["values"])


def test_an_address_that_cannot_be_is_refused() -> None:
    assert check({"question": "dropout", "p": "2"})["code"] == "bad_address"
    assert layer(DropoutScene()).count == 3
