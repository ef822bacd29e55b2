"""Every update rule by itself: recorded numbers, its derivation, its limit, many runs at once, and torch's arrays."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz import formula
from lrviz.optimizers import (
    ASGD,
    NAMES,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Momentum,
    NAdam,
    Named,
    Nesterov,
    RAdam,
    RMSprop,
    Rprop,
    RuleSpec,
    ScheduleFree,
    hyper,
    optimizer_kinds,
    rule_kinds,
    steps,
)
from lrviz.spec import fields_of, from_address, kind_of
from tests.driving import drive, streams
from tests.running_server import ROOT
from tests.strategies import specs

RULES = pytest.mark.parametrize("cls", rule_kinds().values(), ids=kind_of)
ROUNDED = {("nadam", "product"), ("asgd", "rate"), ("asgd", "mu"), ("radam", "rho")}
"""torch keeps the first three in float32, and so do we; the last is a difference of two large numbers."""


def run(rule: RuleSpec, lr: float, count: int, curvature: float = 1.0, answers: bool = False) -> list[float]:
    """Positions on curvature * x^2 / 2 from 1."""
    h, x, out = hyper(rule), np.ones((1, 1)), []
    state = rule.init(h, x)
    for c in steps(rule.table(h, np.full((1, count), lr))):
        x, state, *_ = rule.update(h, c, x, curvature * x, state)
        out.append(float((rule.answer(x, state) if answers else x)[0, 0]))
    return out


def named(part: Any) -> str:
    return kind_of(part) if isinstance(part, RuleSpec) else ""


# ------------------------------------------------------------------------------------------------ recorded numbers

GOLDEN: list[tuple[RuleSpec, float, list[float]]] = [
    (Momentum(), 0.01, [0.99, 0.9711]),
    (Nesterov(), 0.01, [0.981, 0.954261]),
    (Momentum(dampening=0.1), 0.01, [0.99, 0.97209]),
    (Momentum(dampening=0.9), 0.01, [0.99, 0.9800099999999999]),
    (Momentum(form="ema"), 0.01, [0.999, 0.997101]),
    (Momentum(form="ema"), 0.1, [0.99, 0.9711]),
    (Adagrad(), 0.01, [0.990000000001, 0.9829645540222953, 0.9772379394914298, 0.972290335799897, 0.9678738726503581]),
    (Adagrad(eps_inside=True), 0.01, [0.9900000000005, 0.9829645540214749]),
    (Adagrad(eps=1e-8), 0.01, [0.9900000001, 0.9829645541704375]),
    (Adagrad(eps=1e-6, eps_inside=True), 0.01, [0.9900000049999963, 0.9829645607793878]),
    (RMSprop(alpha=0.9), 0.01, [0.9683772243983162, 0.9457880262458569]),
    (RMSprop(alpha=0.9, eps_inside=True), 0.01, [0.9683772249794549, 0.9457880269080087]),
    (RMSprop(alpha=0.9, eps=1e-6, eps_inside=True), 0.01, [0.9683773815110134, 0.945788242495233]),
    (Adam(beta2=0.99), 0.01, [0.9900000001, 0.9800025187749787]),
    (Adam(beta2=0.99, bias_correction=False), 0.01, [0.9900000009999999, 0.9765346512671019]),
    (
        Adadelta(),
        1.0,
        [0.9968377381511013, 0.9935981984076517, 0.9903090828008376, 0.9869840926127735, 0.9836313873486155],
    ),
    (Adam(), 1e-3, [0.99900000001, 0.9980000262238367, 0.9970000960801475, 0.9960002269457763, 0.9950004360774127]),
    (AdamW(), 1e-3, [0.99899000001, 0.9979800365872719, 0.9969701273454019, 0.9959602898252821, 0.9949505414563626]),
    (Adamax(), 2e-3, [0.99800000002, 0.9960001054085043, 0.9940003883590786, 0.9920009208444964, 0.9900017744598077]),
    (
        ASGD(),
        1e-2,
        [0.9899990002235398, 0.9800980278204133, 0.9702960822693314, 0.9605921730574318, 0.9509853195801554],
    ),
    (
        NAdam(),
        2e-3,
        [0.9978870964384594, 0.9963211967687831, 0.9948589145126056, 0.9933996490891639, 0.9919112491553866],
    ),
    (RAdam(), 1e-3, [0.999, 0.9980005263157895, 0.9970015962322781, 0.9960032269185484, 0.9950054353896862]),
    (
        RMSprop(),
        1e-2,
        [0.9000000099999991, 0.8329179752650593, 0.7799822819823541, 0.7353890542033931, 0.696465799281033],
    ),
    (Rprop(), 1e-2, [0.99, 0.978, 0.9636, 0.94632, 0.9255840000000001]),
    (SGD(), 1e-3, [0.999, 0.998001, 0.997002999, 0.996005996001, 0.995009990004999]),
    (ScheduleFree(), 0.1, [0.9, 0.8505, 0.80298, 0.75737565]),
]


@pytest.mark.parametrize(
    ("rule", "lr", "positions"), GOLDEN, ids=lambda x: kind_of(x) if isinstance(x, RuleSpec) else ""
)
def test_first_positions_are_the_recorded_ones(rule: RuleSpec, lr: float, positions: list[float]) -> None:
    assert run(rule, lr, len(positions)) == pytest.approx(positions, rel=1e-14)


def test_schedule_free_hands_over_its_average() -> None:
    assert run(ScheduleFree(), 0.1, 5, answers=True)[-1] == pytest.approx(0.729703287, abs=5e-10)


@pytest.mark.parametrize("lr", [0.01, 0.02, 0.03, 0.1, 0.125, 0.2, 0.25, 0.3, 0.4])
def test_descent_on_a_parabola_multiplies_by_one_factor(lr: float) -> None:
    assert run(SGD(), lr, 4, curvature=8.0)[-1] == pytest.approx((1 - 8 * lr) ** 4, rel=1e-13)


@given(st.floats(0, 0.99), st.integers(0, 2**31))
def test_an_average_at_lr_is_torchs_momentum_at_lr_times_what_it_lets_in(beta: float, seed: int) -> None:
    starts, gradients, _ = streams(seed, 1, 50)
    ends = []
    for rule, lr in ((Momentum(momentum=beta, form="ema"), 0.1), (Momentum(momentum=beta), 0.1 * (1 - beta))):
        ends.append(drive(rule, hyper(rule), starts, gradients, np.full((1, 50), lr)))
    np.testing.assert_allclose(*ends, rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------------------------------------- the derivation


@RULES
@given(data=st.data())
def test_the_derivation_gives_what_the_update_gives(cls: type[RuleSpec], data: st.DataObject) -> None:
    rule = data.draw(specs(cls))
    if isinstance(rule, RMSprop) and rule.centered:
        rule = rule.but(alpha=max(rule.alpha, 0.5))  # else v - a^2 is what rounding left of it
    starts, gradients, rates = streams(data.draw(st.integers(0, 2**31)), 1, 6)
    h, x, lines = hyper(rule), starts, rule.lines()
    state = rule.init(h, x)
    assert lines[-1].name == "x"
    for t, c in enumerate(steps(rule.table(h, rates))):
        with np.errstate(all="ignore"):
            update = rule.update(h, c, x, gradients[t], state)
        before = {f"{name}_prev": value for name, value in (dict(state) | {"x": x}).items()}
        scope = h | {name: value for name, value in c.items() if name.endswith("_prev")} | before
        scope |= {"lr": c["lr"], "t": t + 1.0, "g_raw": gradients[t]}
        assert set(update.terms) == {line.name for line in lines[:-1]}
        for line in lines:
            value = formula.parse(line.formula, tuple(scope))(**scope)
            real = update.x if line.name == "x" else update.terms[line.name]
            tolerance = 1e-6 if (kind_of(rule), line.name) in ROUNDED else 1e-11
            np.testing.assert_allclose(value, np.broadcast_to(real, x.shape), tolerance, tolerance, err_msg=str(line))
            scope[line.name] = real
        x, state = update.x, update.state


@RULES
@given(data=st.data())
def test_the_parts_of_an_update_add_up(cls: type[RuleSpec], data: st.DataObject) -> None:
    rule = data.draw(specs(cls))
    starts, gradients, rates = streams(data.draw(st.integers(0, 2**31)), 1, 6)
    h, x = hyper(rule), starts
    state = rule.init(h, x)
    for t, c in enumerate(steps(rule.table(h, rates))):
        with np.errstate(all="ignore"):
            new, state, momentum, scale, decay, terms = rule.update(h, c, x, gradients[t], state)
            if momentum is not None and np.isfinite(new).all():
                rate = 1.0 if kind_of(rule) == "rprop" else terms.get("rate", c["lr"])
                whole = x - rate * (1 if scale is None else scale) * momentum + (0 if decay is None else decay)
                np.testing.assert_allclose(new, whole, rtol=1e-12, atol=1e-12)
        x = new


# ----------------------------------------------------------------------------------------------- the limit of stability

SHARES = np.array([0.0, 0.1, 0.5, 0.8, 0.9, 0.95])
LIMITED: list[tuple[RuleSpec, dict[str, Any]]] = [
    (SGD(), {}),
    (SGD(weight_decay=3.0), {}),
    (Momentum(), {"momentum": SHARES}),
    (Momentum(weight_decay=0.5), {"momentum": SHARES}),
    (Momentum(dampening=0.7), {"momentum": SHARES}),
    (Momentum(), {"dampening": SHARES}),
    (Momentum(form="ema"), {"momentum": SHARES}),
    (Nesterov(), {"momentum": SHARES}),
    (Nesterov(weight_decay=2.0), {"momentum": SHARES}),
]


@pytest.mark.parametrize(("rule", "swept"), LIMITED, ids=named)
def test_below_the_limit_a_quadratic_is_descended_and_above_it_is_not(rule: RuleSpec, swept: dict[str, Any]) -> None:
    h, curvature, count = hyper(rule, swept), 4.0, 6_000
    limit = rule.limit(h)
    assert limit is not None
    for share, settles in ((0.99, True), (1.01, False)):
        lr = np.broadcast_to(share * limit / rule.felt_curvature(h, curvature), (max(1, np.size(limit)), 1))
        x = np.ones_like(lr)
        state = rule.init(h, x)
        with np.errstate(all="ignore"):
            for c in steps(rule.table(h, np.repeat(lr, count, axis=1))):
                x, state, *_ = rule.update(h, c, x, curvature * x, state)
        assert (np.abs(x) < 1e-2).all() if settles else not (np.abs(x) < 1e3).any(), x


def test_a_momentum_of_one_has_no_stable_rate_and_most_rules_have_no_such_number() -> None:
    assert Momentum(momentum=1.0).limit(hyper(Momentum(momentum=1.0))) == 0
    assert {kind for kind, cls in rule_kinds().items() if cls().limit(hyper(cls())) is not None} == {
        *("sgd", "momentum", "nesterov")
    }


# ------------------------------------------------------------------------------------------------------ what is idle


@RULES
@given(data=st.data())
def test_an_idle_field_changes_nothing(cls: type[RuleSpec], data: st.DataObject) -> None:
    rule, other = data.draw(specs(cls)), data.draw(specs(cls))
    starts, gradients, rates = streams(5, 1, 9)
    before = drive(rule, hyper(rule), starts, gradients, rates)
    for name in rule.idle:
        changed = rule.but(**{name: getattr(other, name)})
        assert np.array_equal(before, drive(changed, hyper(changed), starts, gradients, rates), equal_nan=True)


def another(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return "ema" if name == "form" else SHOWS.get(name, 0.8 * value + 0.1)


SHOWS = {"eta_minus": 0.3, "t0": 3.0, "lambd": 0.5, "eps": 0.1, "lr_decay": 0.5, "step_min": 1e-2, "step_max": 1e-2}


@RULES
def test_every_field_that_is_not_idle_changes_something(cls: type[RuleSpec]) -> None:
    rule = cls(**{name: 0.05 for name, _ in fields_of(cls) if name == "weight_decay"})
    rule = rule.but(t0=5.0) if "t0" in dict(rule) else rule
    starts, gradients, rates = streams(5, 1, 30)
    before = drive(rule, hyper(rule), starts, gradients, rates)
    for name, _ in fields_of(cls):
        changed = rule.but(**{name: another(name, getattr(rule, name))})
        after = drive(changed, hyper(changed), starts, gradients, rates)
        assert not np.array_equal(before, after) or name in rule.idle, name


# ------------------------------------------------------------------------------------------------- the others, by name


def test_an_optimizer_nobody_knows_is_refused_with_the_closest_names() -> None:
    spec, problems = from_address({"which": "Adm"}, Named())
    assert spec == Named()
    assert [(p.code, p.given) for p in problems] == [("unknown_optimizer", "Adm")]
    assert "adam" in str(problems[0].values["close"])
    assert from_address({"which": "adam"}, Named()) == (Named(which="adam"), [])


@given(st.text(max_size=60))
def test_any_name_is_known_or_refused(name: str) -> None:
    spec, problems = from_address({"which": name}, Named())
    assert problems or spec == Named(which=name)


def test_kinds_and_names() -> None:
    assert list(optimizer_kinds()) == [*rule_kinds(), "named"]
    assert len(set(NAMES)) == len(NAMES) and Named(which="torch.LBFGS").default_lr == 1.0


def test_the_web_process_gets_no_torch_with_the_rules() -> None:
    ask = "import lrviz.optimizers, sys; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "False"
