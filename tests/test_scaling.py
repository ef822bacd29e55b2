"""The maximal update parametrization: torch with a group a layer, and what it does to the best rate."""

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from lrviz.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, RuleSpec, rule_kinds
from lrviz.schedules import Cosine
from lrviz.spec import kind_of
from lrviz.train import reference
from lrviz.train.engine import Batch
from lrviz.train.models import MLP, NormName
from lrviz.train.scaling import BY_GRADIENT, BY_SIGN, base_of, scale
from lrviz.train.tasks import Moons
from lrviz.train.training import Training, data_of

BASE, WIDTH, STEPS = 4, 12, 40
RATIO = WIDTH / BASE


def training(rule: RuleSpec, norm: NormName = "none", **model: Any) -> Training:
    made = MLP(**{"width": WIDTH, "norm": norm, "scaling": "mup", "base_width": BASE} | model)
    return Training(task=Moons(points=60), model=made, optimizer=rule, schedule=Cosine(lr=0.02, T_max=60), steps=STEPS)  # type: ignore[arg-type]


def ran(one: Training) -> tuple[Batch, np.ndarray[Any, Any]]:
    batch = Batch([one, one.but(seed=1)], dtype=torch.float64)
    batch.load(batch.start())
    return batch, batch.run(STEPS)


# What table 3 of arXiv 2203.03466 says of each layer, written out: first weights, first biases, hidden, last.
FIRST, HIDDEN, LAST = ("0.weight", "0.bias", "3.bias"), ("3.weight",), ("6.weight",)
BY_HAND = {
    "sgd": dict.fromkeys(FIRST, RATIO) | dict.fromkeys(HIDDEN, 1.0) | dict.fromkeys(LAST, 1 / RATIO) | {"6.bias": 1.0},
    "adam": dict.fromkeys(FIRST, 1.0) | dict.fromkeys((*HIDDEN, *LAST), 1 / RATIO) | {"6.bias": 1.0},
}


@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=kind_of)
def test_it_is_torch_with_a_group_a_layer(rule: SGD | Adam) -> None:
    one = training(rule)
    plain = reference.net_of(one.but(model=MLP(width=WIDTH)))
    with torch.no_grad():
        plain.get_parameter("6.weight").mul_(RATIO**-0.5)
    groups = [{"params": [p], "lr": BY_HAND[rule.kind][name]} for name, p in plain.named_parameters()]
    optimizer = torch.optim.SGD(groups) if rule.kind == "sgd" else torch.optim.Adam(groups)
    starts = [group["lr"] for group in optimizer.param_groups]
    data, losses = data_of(one.task), []
    rows = reference.orders_of([one], torch.device("cpu")).drawn(0, STEPS)
    for t, rate in enumerate(one.rates()[:STEPS]):
        for group, factor in zip(optimizer.param_groups, starts, strict=True):
            group["lr"] = factor * rate
        now = rows.index[t, 0][rows.share[t, 0] > 0]
        loss = nn.functional.cross_entropy(plain(torch.tensor(data.x)[now]), torch.tensor(data.y)[now].long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    np.testing.assert_allclose(ran(one)[1][:, 0], losses, rtol=1e-10)


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("rule", [SGD(), Momentum(), Adam(weight_decay=0.1), AdamW()], ids=kind_of)
def test_the_batched_engine_and_the_plain_loop_scale_alike(rule: RuleSpec, norm: NormName) -> None:
    one = training(rule, norm, depth=3).but(weight_decay=0.05, l1=1e-3)
    np.testing.assert_allclose(ran(one)[1][:, 0], reference.train(one, STEPS).losses, rtol=1e-9)


@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=kind_of)
def test_at_the_base_width_nothing_changes(rule: RuleSpec) -> None:
    one = training(rule, base_width=WIDTH)
    standard = one.but(model=MLP(width=WIDTH))
    assert np.array_equal(ran(one)[1], ran(standard)[1])
    assert base_of(standard.model) is None and base_of(MLP(depth=0, scaling="mup")) is None
    assert scale(standard.model, rule, 0, "weight", 6) == scale(one.model, rule, 6, "weight", 6)


def test_a_rule_without_a_scaling_is_refused_by_name() -> None:
    with pytest.raises(ValidationError) as refused:
        training(Adagrad())
    assert refused.value.errors()[0]["type"] == "no_scaling"
    assert set(rule_kinds()) >= BY_GRADIENT | BY_SIGN and not BY_GRADIENT & BY_SIGN
