"""Every update rule is torch.optim's own class over random gradients, settings and rates, or says why there is none."""

import inspect
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrviz.optimizers import (
    ASGD,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Nesterov,
    RMSprop,
    Rprop,
    RuleSpec,
    ScheduleFree,
    SignDescent,
    rule_kinds,
)
from lrviz.optimizers.counterpart import Missing
from lrviz.spec import kind_of
from lrviz.verify.comparison import Report
from lrviz.verify.rules import compare_rule, torch_rule
from tests.strategies import specs

STEPS = 50
WITHOUT = {"lion", "sign", "schedule_free"}
WITH = [cls for kind, cls in rule_kinds().items() if kind not in WITHOUT]


def with_a_class(rule: Any) -> Any:
    """The same rule with every switch that torch does not have as torch does it."""
    fixed = {"form": "torch", "eps_inside": False, "bias_correction": True}
    return rule.but(**{name: value for name, value in fixed.items() if name in dict(rule)})


def steadied(rule: Any) -> Any:
    """The same rule with averages that remember something.

    Where they forget at once, a square is what rounding left of g^2 - g^2 (centered), or a step is g / |g|.
    """
    least = {"alpha": 0.5, "rho": 0.5, "beta2": 0.5} if kind_of(rule) != "asgd" else {}
    return rule.but(**{name: max(value, getattr(rule, name)) for name, value in least.items() if name in dict(rule)})


def tolerance(rule: Any) -> float:
    """1e-12; 1e-10 where the position comes back through weight decay and a division, so that last digits may grow."""
    divides = kind_of(rule) not in ("sgd", "momentum", "nesterov", "asgd", "rprop")
    coupled = divides and rule.weight_decay > 0 and kind_of(rule) != "adamw" and not getattr(rule, "decoupled", False)
    return 1e-10 if coupled else 1e-12


def stream(seed: int, size: float = 1.0) -> tuple[Any, Any, Any]:
    """Rates (T,) that change at every step, a start (D,), gradients (T, D) over two decades of sizes."""
    random = np.random.default_rng(seed)
    sizes = size * 10 ** random.uniform(-1, 1, (STEPS, 1))
    return 0.5 * random.uniform(0, 1, STEPS), random.normal(size=2), sizes * random.normal(size=(STEPS, 2))


def agreed(rule: RuleSpec, *run: Any) -> Report:
    report = compare_rule(rule, *run)
    assert isinstance(report, Report) and report.relative <= tolerance(rule), (rule, report)
    return report


@pytest.mark.parametrize("cls", WITH, ids=kind_of)
@given(data=st.data())
def test_every_rule_is_torchs_over_random_gradients_settings_and_rates(
    cls: type[RuleSpec], data: st.DataObject
) -> None:
    rule = steadied(with_a_class(data.draw(specs(cls))))
    size = 10 ** data.draw(st.floats(-3, 3))
    agreed(rule, *stream(data.draw(st.integers(0, 2**31)), size))


@pytest.mark.parametrize("cls", WITH, ids=kind_of)
def test_the_defaults_agree_closely_at_gradients_of_any_size(cls: type[RuleSpec]) -> None:
    for size in (1e-12, 1e-6, 1.0, 1e6, 1e12):
        assert agreed(cls(), *stream(1, size)).relative < 1e-14


@pytest.mark.parametrize("cls", WITH, ids=kind_of)
def test_gradients_that_are_zero_agree_too(cls: type[RuleSpec]) -> None:
    rates, start, gradients = stream(2)
    gradients[::3, 0] = 0
    gradients[10:30] = 0
    gradients[:, 1] = 0
    agreed(cls(), rates, start, gradients)


@pytest.mark.parametrize("cls", WITH, ids=kind_of)
def test_driven_down_a_real_surface_they_stay_together(cls: type[RuleSpec]) -> None:
    def gradient(x: Any) -> Any:
        return np.array([x[0] + 0.3 * x[1], 9 * x[1] + 0.3 * x[0]])

    agreed(cls(), np.full(STEPS, cls.usual_lr), np.array([-2.0, 1.5]), gradient)


@pytest.mark.parametrize("cls", WITH, ids=kind_of)
def test_the_usual_rate_and_the_defaults_are_torchs(cls: type[RuleSpec]) -> None:
    theirs = torch_rule(cls())
    assert not isinstance(theirs, Missing)
    real = inspect.signature(getattr(torch.optim, theirs.name)).parameters
    assert cls.usual_lr == real["lr"].default
    group = theirs.build([torch.nn.Parameter(torch.zeros(1))], lr=1.0).param_groups[0]
    own = {"momentum", "nesterov", "amsgrad"} if theirs.name in ("SGD", "Adam") else set()
    for name in (set(group) & set(real)) - own - {"params", "lr"}:
        assert group[name] == real[name].default, name


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Lion(), "no_class"),
        (SignDescent(), "no_class"),
        (ScheduleFree(), "no_class"),
        (Momentum(form="ema"), "ema_form"),
        (Adam(eps_inside=True), "eps_inside"),
        (Adagrad(eps_inside=True), "eps_inside"),
        (AMSGrad(bias_correction=False), "no_bias_correction"),
        (RMSprop(alpha=0.0, centered=True), "centered_without_memory"),
    ],
    ids=lambda x: x if isinstance(x, str) else kind_of(x),
)
def test_what_torch_has_no_class_for_says_why(rule: RuleSpec, reason: str) -> None:
    assert compare_rule(rule, *stream(3)) == Missing(reason)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Momentum(dampening=0.1), Momentum()),
        (Adam(eps=1e-7), Adam()),
        (AdamW(weight_decay=0.02), AdamW()),
        (ASGD(alpha=0.8, lambd=0.1), ASGD(lambd=0.1)),
        (Rprop(eta_plus=1.21), Rprop()),
        (Nesterov(momentum=0.91), Nesterov()),
    ],
    ids=kind_of,
)
def test_a_wrong_rule_is_found_out(rule: Any, told: RuleSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = torch_rule(told)
    monkeypatch.setattr("lrviz.verify.rules.torch_rule", lambda _: theirs)
    report = compare_rule(rule, *stream(4, size=1e-4))
    assert isinstance(report, Report) and not report.agrees


def test_runs_that_leave_all_bounds_leave_them_together() -> None:
    def gradient(x: Any) -> Any:
        return x**3

    for rule in (SGD(), Momentum(), Nesterov(), ASGD()):
        report = agreed(rule, np.full(40, 0.9), np.array([3.0]), gradient)
        assert report.difference == "not_finite" and report.until is not None and report.steps == report.until < 40


def test_a_run_of_ours_that_stays_finite_where_torchs_does_not_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = torch_rule(SGD())
    monkeypatch.setattr("lrviz.verify.rules.torch_rule", lambda _: theirs)
    report = compare_rule(SignDescent(), np.full(9, 0.9), np.array([9.0]), lambda x: x**9)
    assert isinstance(report, Report) and not report.agrees


def test_asgd_uses_a_changed_rate_one_step_late() -> None:
    rates = np.array([0.1, 0.2, 0.4])
    theirs = torch_rule(ASGD(lambd=0.0))
    assert not isinstance(theirs, Missing)
    moved = np.diff(theirs.positions(rates, np.zeros(1), -np.ones((3, 1))), axis=0).ravel()
    assert moved == pytest.approx([0.1, 0.1, 0.2], rel=1e-6)


def test_torch_is_left_as_it_was() -> None:
    before = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.random.get_rng_state())
    for cls in WITH:
        compare_rule(cls(), *stream(5))
    after = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.random.get_rng_state())
    assert before[:2] == after[:2] and torch.equal(before[2], after[2])
