"""A training, update by update, is torch's: its losses, gradients, steps, and what it says at the end."""

from typing import Any

import pytest
import torch

from lrviz.optimizers import Adam, Lion, Momentum, Rprop, rule_kinds
from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.schedules import Constant, Cosine, OneCycle
from lrviz.spec import kind_of, to_address
from lrviz.train.models import CNN, MLP
from lrviz.train.scene import PRESETS
from lrviz.train.tasks import Digits, Moons, Own, Sine, Spirals, Wine
from lrviz.train.training import Training
from lrviz.verify import check
from lrviz.verify.train import Beside, compare_training

CLOSE = 1e-11
RULES = [cls for cls in rule_kinds().values() if not isinstance(torch_settings(cls()), Missing)]


@pytest.mark.parametrize("cls", RULES, ids=kind_of)
def test_every_optimizer_takes_torchs_steps_on_a_real_net(cls: Any) -> None:
    one = Training(
        task=Moons(points=60), model=MLP(width=5, norm="batch", dropout=0.2), optimizer=cls(), batch_size=16,
        schedule=Cosine(lr=cls.usual_lr, T_max=30), l2=0.01, weight_decay=0.1, clip_norm=0.5, steps=30,
    )  # fmt: skip
    report = compare_training(one)
    assert report.steps == 30 and report.torch == cls.torch
    assert max(report.loss, report.gradient, report.weight or 0, report.said) < CLOSE


@pytest.mark.parametrize(
    "given",
    [
        {"task": Spirals(classes=4, points=80), "model": MLP(depth=4, width=7, activation="gelu", norm="layer")},
        {"task": Wine(subset=40), "loss": "mse", "l1": 0.01, "schedule": OneCycle(max_lr=0.1, total_steps=20)},
        {"task": Digits(subset=30), "model": CNN(channels=3, norm="batch", dropout=0.3), "batch_size": 8, "steps": 8},
        {"task": Sine(), "model": MLP(depth=0), "batch_size": 0, "drop_last": True},
    ],
    ids=["layer norm", "mse, l1", "CNN", "a line"],
)
def test_every_kind_of_net_is_torchs(given: dict[str, Any]) -> None:
    report = compare_training(Training(**{"optimizer": Momentum(), "steps": 20} | given))
    assert report.agrees and max(report.loss, report.gradient, report.weight or 0, report.said) < CLOSE


def test_even_where_a_training_is_chaos_each_step_is_torchs() -> None:
    report = compare_training(PRESETS["too_large"].training, 60)
    assert report.steps == 60 and max(report.loss, report.gradient, report.weight or 0) < CLOSE


def test_a_wrong_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Training(task=Moons(points=60), optimizer=Adam(), steps=10)
    real = Beside._stepped
    monkeypatch.setattr(Beside, "_stepped", lambda self, t, g: real(self, t, g * (1 + 1e-6 * (t == 3))))
    assert not compare_training(one).agrees
    monkeypatch.undo()
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", lambda said, y: said.logsumexp(1).mean())
    assert not compare_training(one).agrees


def test_only_what_comes_before_the_first_broken_number_is_compared() -> None:
    report = compare_training(
        Training(task=Sine(), schedule=Constant(lr=100.0), model=MLP(activation="relu"), steps=200)
    )
    assert 0 < report.steps < 200 and report.agrees


def asked(training: Training) -> dict[str, Any]:
    return check({"question": "train"} | to_address(training, Training(), "training."))


def test_the_answers() -> None:
    one = Training(task=Moons(points=60), steps=20)
    found = asked(one)
    assert (found["code"], found["tone"]) == ("verified", "ok") and found["values"]["steps"] == "20"
    assert float(found["values"]["gradient"]) < CLOSE and found["values"]["torch"] == "SGD"
    assert asked(one.but(optimizer=Lion()))["code"] == "gradient"
    assert asked(one.but(optimizer=Rprop()))["code"] == "verified"
    assert check({"question": "train", "training.steps": "0"})["code"] == "bad_address"
    assert check({"question": "train", "training.task": "own"})["code"] == "verified", "twenty rows of nothing"
    assert Own().table == b""
