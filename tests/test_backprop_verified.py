"""Every network of the lesson is what autograd and torch.optim.SGD make of it, and what is wrong is noticed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.backprop.engine import Rule, updated
from lrviz.backprop.losses import Loss
from lrviz.backprop.scene import PRESETS, BackpropScene, worked
from lrviz.backprop.units import Identity, ReLU, Unit
from lrviz.export import backprop_code
from lrviz.spec import choices_of, kind_of, to_address
from lrviz.text import LANGUAGES, words
from lrviz.verify import check
from lrviz.verify.answers import Difference
from lrviz.verify.backprop import LOSSES, UNITS, autograd, compare_backprop, said, sgd
from tests.strategies import specs

MAZUR = BackpropScene()
NUMBERS = st.floats(-2, 2)


def code(scene: BackpropScene) -> str:
    return said(compare_backprop(scene))["code"]


# ------------------------------------------------------------------------------------------- equal to torch's own


@pytest.mark.parametrize("unit", [unit() for unit in choices_of(Unit)], ids=kind_of)
def test_a_unit_is_torchs_forward_and_backward(unit: Any) -> None:
    nets = np.random.default_rng(0).normal(scale=3, size=200)
    theirs = torch.tensor(nets, requires_grad=True)
    outs = UNITS[kind_of(unit)](theirs)
    outs.sum().backward()
    assert theirs.grad is not None
    np.testing.assert_allclose(unit(nets), outs.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(unit.slope(nets, unit(nets)), theirs.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", [loss() for loss in choices_of(Loss)], ids=kind_of)
def test_an_error_is_torchs_forward_and_backward(loss: Any) -> None:
    random = np.random.default_rng(1)
    for outs, targets in zip(random.uniform(0, 1, (50, 2)), random.uniform(0, 1, (50, 2)), strict=True):
        theirs = torch.tensor(outs, requires_grad=True)
        value = LOSSES[kind_of(loss)](theirs, torch.tensor(targets))
        value.backward()
        assert theirs.grad is not None
        assert loss(outs, targets).sum() == pytest.approx(value.item(), rel=1e-13)
        np.testing.assert_allclose(loss.slope(outs, targets), theirs.grad.numpy(), rtol=1e-12)


def test_where_outputs_saturate_cross_entropy_is_cut_off_as_in_torch() -> None:
    loss: Any = next(cls() for cls in choices_of(Loss) if kind_of(cls) == "cross_entropy")
    outs, targets = np.array([1.0, 1e-60]), np.array([0.0, 1.0])
    theirs = torch.tensor(outs, requires_grad=True)
    value = LOSSES["cross_entropy"](theirs, torch.tensor(targets))
    value.backward()
    assert theirs.grad is not None
    assert loss(outs, targets).sum() == value.item() == 100.0
    np.testing.assert_allclose(loss.slope(outs, targets), theirs.grad.numpy(), rtol=1e-12)


@given(specs(BackpropScene), st.lists(NUMBERS, min_size=10, max_size=10))
@settings(max_examples=80)
def test_gradient_and_update_are_torchs_over_random_networks(scene: BackpropScene, parameters: list[float]) -> None:
    """At ordinary numbers, to 1e-12 of the largest: what saturates is measured in the next test."""
    place = np.array(parameters)
    net = scene.but(i1=0.5, i2=-0.25).net
    gradient = autograd(net, place)
    rule = Rule(scene.lr, "simultaneous", scene.biases)
    ours = updated(net, place[None], rule)[0]
    moved = (place - ours) / rule.lr
    kept = slice(None) if scene.biases else slice(8)
    assert np.abs(moved - gradient)[kept].max() <= 1e-12 * max(
        1.0, np.abs(gradient).max(), np.abs(place).max() / rule.lr
    )
    np.testing.assert_allclose(ours, sgd(net, rule, place), rtol=1e-12, atol=1e-12 * np.abs(ours).max())


@given(specs(BackpropScene))
@settings(max_examples=80)
def test_the_check_agrees_with_every_scene(scene: BackpropScene) -> None:
    found = code(scene)
    allowed = {"verified", "kink", "rough", "no_number"} if scene.update == "simultaneous" else {"reuse", "no_number"}
    assert found in allowed, (found, scene)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_proved(name: str) -> None:
    expected = {"reuse": "reuse"}.get(name, "verified")
    assert code(PRESETS[name].but(done=min(PRESETS[name].done, 300))) == expected


# ------------------------------------------------------------------------------------------------- what is wrong


def test_a_wrong_gradient_and_a_wrong_update_are_noticed() -> None:
    report = compare_backprop(MAZUR.but(done=3))
    assert report.steps == 4 and report.agrees
    assert said(report)["code"] == "verified"
    assert said(replace(report, agrees=False))["code"] == "differs"
    assert said(replace(report, finite=Difference(1e-3, 1e-3)))["code"] == "rough"
    assert said(replace(report, finite=Difference(1e-3, 1e-3), kinked=True))["code"] == "kink"
    assert said(replace(report, known=False))["code"] == "no_number"


def test_a_gradient_with_one_digit_wrong_does_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    true = autograd(MAZUR.net, MAZUR.start)
    monkeypatch.setattr("lrviz.verify.backprop.autograd", lambda net, place: true * (1 + 1e-9))
    assert code(MAZUR) == "differs"


def test_an_update_with_one_digit_wrong_does_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    true = sgd(MAZUR.net, MAZUR.rule, MAZUR.start)
    monkeypatch.setattr("lrviz.verify.backprop.sgd", lambda net, rule, place: true * (1 + 1e-9))
    assert code(MAZUR) == "differs"


def test_on_the_kink_of_a_relu_finite_differences_do_not_count() -> None:
    kinked = MAZUR.but(hidden=ReLU(), w1=0.0, w2=0.0, b1=0.0)
    assert code(kinked) == "kink"
    assert compare_backprop(MAZUR).kinked is False


def test_new_weights_used_too_early_are_measured() -> None:
    answer = said(compare_backprop(MAZUR.but(update="reuse")))
    assert answer["tone"] == "note"
    assert float(answer["values"]["apart"]) == pytest.approx(0.003, rel=0.1)  # in b1
    assert float(answer["values"]["gradient"]) < 1e-15


def test_the_question_travels_as_an_address_and_is_answered_in_both_languages() -> None:
    for scene in (MAZUR, PRESETS["reuse"], MAZUR.but(output=Identity(), lr=9.0, done=30)):
        answer = check({"question": "backprop"} | to_address(scene, MAZUR))
        for language in LANGUAGES:
            assert "{" not in words(language).w(f"verify.backprop.{answer['code']}", **answer["values"])
    assert check({"question": "backprop", "lr": "-1"})["code"] == "bad_address"


# ------------------------------------------------------------------------------------------------------- the code


@pytest.mark.parametrize(
    "scene",
    [
        *(scene.but(done=min(scene.done, 30)) for scene in PRESETS.values()),
        MAZUR.but(done=25, biases=True),
        MAZUR.but(done=25, biases=True, update="reuse", hidden=ReLU(), output=Identity(), lr=0.05),
        MAZUR.but(hidden=Identity(), w1=1e-17, b1=-3.0, update="reuse"),
    ],
    ids=repr,
)
def test_the_exported_program_prints_the_training(scene: BackpropScene, capsys: pytest.CaptureFixture[str]) -> None:
    before = torch.get_default_dtype()
    try:
        exec(compile(backprop_code(scene, lambda key: key), "<export>", "exec"), {"__name__": "exported"})
    finally:
        torch.set_default_dtype(before)
    printed = [[float(number) for number in line.split()] for line in capsys.readouterr().out.splitlines()]
    steps = max(scene.done, 1)
    assert [line[0] for line in printed] == [*range(1, steps + 1)]
    found = worked(scene.but(done=steps))
    np.testing.assert_allclose([line[1] for line in printed], found.curves.of(scene.update)[:steps], rtol=1e-9)
    np.testing.assert_allclose(printed[-1][2:], found.parameters, rtol=1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_is_commented_in_the_readers_language(language: str) -> None:
    for scene in PRESETS.values():
        program = backprop_code(scene, lambda key: words(language).w(f"export_note.{key}"))
        assert "# " in program
        assert all(len(line) <= 120 for line in program.splitlines())
