"""The batched engine: run r of a batch is torch's own training of that Spec by itself."""

from typing import Any

import numpy as np
import pytest
import torch

from lrviz.optimizers import SGD, Adam, Momentum, RuleSpec, rule_kinds
from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.schedules import Constant, Cosine, OneCycle, Step, Warmup
from lrviz.spec import kind_of
from lrviz.train import reference
from lrviz.train.engine import Batch
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.tasks import Diabetes, Digits, Moons, Sine, Spirals, Wine
from lrviz.train.training import Training

STEPS = 50
IN_TORCH = [cls for cls in rule_kinds().values() if not isinstance(torch_settings(cls()), Missing)]


def ran(trainings: list[Training], steps: int = STEPS) -> tuple[Batch, np.ndarray[Any, Any]]:
    batch = Batch(trainings, dtype=torch.float64)
    batch.load(batch.start())
    return batch, batch.run(steps)


def assert_equals_reference(trainings: list[Training], rtol: float = 1e-9) -> None:
    batch, losses = ran(trainings)
    for r, training in enumerate(trainings):
        theirs = reference.train(training, STEPS)
        np.testing.assert_allclose(losses[:, r], theirs.losses, rtol, atol=1e-12)
        said = batch.says(reference.data_of(training.task).x_val)[r]
        np.testing.assert_allclose(said, theirs.said, rtol, atol=1e-9 * np.abs(theirs.said).max())


def differing(rule: Any, **given: Any) -> list[Training]:
    """Three trainings of one shape that differ in rate, schedule, seed, batch size, dropout and penalties."""
    lr = min(rule.usual_lr, 0.05) / 4  # at larger rates some runs are chaotic: their own rounding grows by 1e6
    base = {"task": Moons(points=60), "steps": STEPS} | given
    return [
        Training(optimizer=rule, schedule=schedule, seed=seed, batch_size=size, **base | own)
        for schedule, seed, size, own in (
            (Constant(lr=lr), 0, 16, {"model": MLP(width=6, norm="batch", dropout=0.3)}),
            (Cosine(lr=2 * lr, T_max=STEPS), 3, 12, {"model": MLP(width=6, norm="batch", dropout=0.1), "l2": 0.01}),
            (Step(lr=lr, step_size=20), 3, 0, {"model": MLP(width=6, norm="batch"), "weight_decay": 0.1, "l1": 1e-3}),
        )
    ]


@pytest.mark.parametrize("cls", IN_TORCH, ids=kind_of)
def test_every_optimizer_trains_as_torchs_own_with_dropout_and_batch_norm(cls: type[RuleSpec]) -> None:
    assert_equals_reference(differing(cls()))


@pytest.mark.parametrize(
    "given",
    [
        {
            "task": Spirals(points=60, classes=3),
            "model": MLP(depth=3, width=5, activation="gelu", norm="layer", init="he"),
        },
        {"task": Wine(), "model": MLP(width=7, activation="relu", init="xavier"), "loss": "mse", "clip_norm": 0.5},
        {"task": Sine(), "model": MLP(depth=0), "schedule": OneCycle(max_lr=0.05, total_steps=STEPS)},
        {"task": Diabetes(subset=50), "model": Linear(), "schedule": Warmup(steps=10), "batch_size": 0},
        {"task": Moons(points=70), "drop_last": True, "batch_size": 20, "l2": 0.1, "weight_decay": 0.01},
        {"task": Digits(subset=40), "model": CNN(channels=3, norm="batch", dropout=0.2), "batch_size": 8},
        {"task": Digits(subset=40), "model": CNN(channels=2, activation="tanh"), "batch_size": 16},
    ],
    ids=["layer norm, gelu", "mse, clipped", "a line", "all rows", "drop_last", "CNN with batch norm", "CNN"],
)
@pytest.mark.parametrize("rule", [Momentum(), Adam()], ids=kind_of)
def test_every_kind_of_net_trains_as_torchs_own(given: dict[str, Any], rule: RuleSpec) -> None:
    one = Training(**{"optimizer": rule, "schedule": Constant(lr=0.01), "steps": STEPS} | given)
    assert_equals_reference([one, one.but(seed=1, schedule=Constant(lr=0.003))])


def test_a_run_among_many_is_that_run_alone() -> None:
    trainings = differing(Adam())
    batch, losses = ran(trainings)
    for r, training in enumerate(trainings):
        alone, own = ran([training])
        np.testing.assert_allclose(losses[:, r], own[:, 0], 1e-9)
        np.testing.assert_allclose(batch.net.theta[r], alone.net.theta[0], 1e-9, 1e-12)


def test_the_same_again_is_the_same_bit_for_bit_and_so_is_going_on_from_a_saved_state() -> None:
    trainings = differing(Momentum())
    whole, losses = ran(trainings)
    first, early = ran(trainings, 13)
    second = Batch(trainings, dtype=torch.float64)
    second.load(first.save())
    late = second.run(STEPS - 13)
    assert np.array_equal(np.concatenate([early, late]), losses)
    assert torch.equal(second.net.theta, whole.net.theta) and second.step == STEPS
    assert np.array_equal(ran(trainings)[1], losses)


def test_a_run_that_diverges_is_noted_and_leaves_the_others_alone() -> None:
    calm = Training(task=Sine(), loss="mse", optimizer=SGD(), schedule=Constant(lr=0.01), steps=STEPS)
    wild = calm.but(schedule=Constant(lr=900.0), model=MLP(activation="relu"))
    calm = calm.but(model=MLP(activation="relu"))
    batch, losses = ran([calm, wild, calm.but(seed=1)])
    step = int(batch.bad[1])
    assert 0 < step < STEPS and not np.isfinite(losses[step, 1]) and np.isfinite(losses[:step, 1]).all()
    assert list(batch.bad[[0, 2]]) == [-1, -1]
    np.testing.assert_allclose(losses[:, 0], ran([calm])[1][:, 0], 1e-12)


def test_what_nets_are_worth_is_what_torch_says_of_them() -> None:
    one = Training(task=Moons(points=60), schedule=Constant(lr=0.5), steps=STEPS)
    batch, _ = ran([one])
    judged, theirs = batch.judge(), reference.train(one, STEPS)
    data = reference.data_of(one.task)
    loss = torch.nn.functional.cross_entropy(torch.tensor(theirs.said), torch.tensor(data.y_val).long())
    assert judged.loss_val[0] == pytest.approx(loss.item(), rel=1e-9)
    assert judged.accuracy_val[0] == pytest.approx((theirs.said.argmax(1) == data.y_val).mean())
