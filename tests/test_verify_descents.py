"""The proof of a descent is a proof: torch agrees with every rule on every surface, and what is wrong is noticed."""

import string
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.descend.engine import Noise, Runs, descend
from lrviz.optimizers import SGD, Adam, Lion, Momentum, Nesterov, RMSprop, Rprop, RuleSpec, rule_kinds
from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.schedules import Constant, Cosine, Formula, OneCycle
from lrviz.spec import fields_of, to_address
from lrviz.surfaces import FormulaLine, FormulaPlane, Quadratic, SurfaceSpec, surface_kinds
from lrviz.surfaces.classics import Beale, Himmelblau
from lrviz.surfaces.planes import Bowl, Rosenbrock
from lrviz.surfaces.regression import LinearRegression, LogisticRegression
from lrviz.text import LANGUAGES, words
from lrviz.ui import descent as page
from lrviz.verify import DescentQuestion, check, compare_descent
from lrviz.verify.descents import LONGEST_DESCENT, Drive, Gap, autograd, close, counterpart, said
from tests.strategies import specs

SURFACES = [cls() for cls in surface_kinds().values()]
RATES = Cosine(lr=0.02, T_max=60, eta_min=0.001)


def compared(surface: SurfaceSpec, rule: RuleSpec, schedule: Any = RATES, steps: int = 120, **chance: Any) -> str:
    return said(compare_descent(surface, rule, schedule, surface.start, steps, **chance))["code"]


def proved(rule: RuleSpec) -> str:
    """The answer that a rule in agreement with torch gets."""
    if getattr(rule, "form", "") == "ema":
        return "by_sum"
    return "gradient" if isinstance(torch_settings(rule), Missing) else "verified"


def test_a_momentum_above_1_lets_rounding_grow_and_is_no_other_rule() -> None:
    assert compared(Quadratic(), Nesterov(momentum=2.0, weight_decay=10.0), Constant(lr=0.03125), 60) == "rounding"
    assert compared(Quadratic(), Nesterov(momentum=1.0), Constant(lr=0.03125), 60) in ("verified", "rounding")


@pytest.mark.parametrize("cls", rule_kinds().values(), ids=lambda cls: cls.__name__)
def test_every_rule_with_any_settings_is_proved(cls: type[RuleSpec]) -> None:
    @settings(max_examples=15)
    @given(specs(cls), st.sampled_from(SURFACES), st.floats(1e-4, 0.05), st.sampled_from([0.0, 0.3]))
    def check(rule: RuleSpec, surface: SurfaceSpec, lr: float, noise: float) -> None:
        found = compared(surface, rule, Constant(lr=lr), 60, noise=noise, clip_norm=noise)
        assert found in (proved(rule), "rounding"), (rule, surface)

    check()


@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=lambda rule: rule.kind)
@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.kind)
def test_every_surface_is_proved(surface: SurfaceSpec, rule: RuleSpec) -> None:
    assert compared(surface, rule, Cosine(lr=1e-3, T_max=60)) == "verified"


@pytest.mark.parametrize("cls", [LinearRegression, LogisticRegression])
def test_batches_are_proved_by_torchs_own_losses(cls: type[LinearRegression | LogisticRegression]) -> None:
    assert compared(cls(batch_size=16), Momentum(), seed=3) == "verified"
    assert compared(cls(batch_size=1), Adam(), noise=0.5, clip_norm=1.0, seed=4) == "verified"


def test_the_average_is_proved_by_the_sum_at_a_smaller_rate() -> None:
    report = compare_descent(Rosenbrock(), Momentum(form="ema", dampening=0.5), RATES, (-1.5, 2.0), 120)
    assert (report.torch, report.reason, report.same_rule) == ("SGD", "ema_form", True)
    assert report.position is not None and report.position.relative < 1e-15


@pytest.mark.parametrize("start", [minimum.x for minimum in Himmelblau().minima])
@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=lambda rule: rule.kind)
def test_a_start_in_a_minimum_is_no_false_alarm(start: tuple[float, ...], rule: RuleSpec) -> None:
    found = said(compare_descent(Himmelblau(), rule, Constant(lr=1e-3), start, 50))
    assert found["code"] in ("verified", "rounding")


def test_one_step_to_the_minimum_is_proved() -> None:
    assert compared(Quadratic(a=4.0), SGD(), Constant(lr=0.125)) == "verified"


@pytest.mark.parametrize(("lr", "steps"), [(0.3, 9), (1e3, 1)])
def test_a_run_that_diverges_is_compared_up_to_there(lr: float, steps: int) -> None:
    surface = Quadratic()
    report = compare_descent(surface, SGD(), Constant(lr=lr), (2.0,), 100)
    path = descend(surface, Runs(SGD(), Constant(lr=lr).table(100)[None], np.array([[2.0]])))
    assert report.steps == path.bad[0] <= 20 and said(report)["code"] == "verified"


def test_a_loss_that_overflows_at_once_is_compared_as_far_as_it_goes() -> None:
    surface = FormulaLine(expression="exp(exp(x**4))", low=0, high=3, start_x=3)
    assert compared(surface, SGD(), Constant(lr=1e3)) == "verified"


FORMULAS = (
    "x//2 + 3//y",
    "x % 2 + 7 % y + x*y",
    "(x > 1) - (y > 0) + x*y",
    "3",
    "x > 0",
    "where(1 < 2, x, y)",
    "x if y else 3",
    "where(x > 0, 0.1, 0.3)*x + max(x, y) + min(x**2, y)",
    "abs(x) + abs(y)**3 + floor(x) + ceil(y)",
    "sqrt(x + 5) + log(y + 9) + tanh(x*y) + tan(x/9)",
    "2**x + e**y + (x + 9)**y",
)


@pytest.mark.parametrize("expression", FORMULAS)
def test_a_typed_loss_is_proved(expression: str) -> None:
    assert compared(FormulaPlane(expression=expression), SGD(), Constant(lr=1e-3)) == "verified"


# ------------------------------------------------------------------------------------------------ what is wrong


def test_a_gradient_that_is_off_in_the_tenth_digit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Rosenbrock.grad
    monkeypatch.setattr(Rosenbrock, "grad", lambda self, x, rows=None: right(self, x) * (1 + 1e-10))
    assert compared(Rosenbrock(), SGD(), Constant(lr=1e-3)) == "gradient_differs"


@pytest.mark.parametrize("field", ["beta1", "beta2", "eps", "weight_decay"])
def test_a_rule_with_one_wrong_setting_is_noticed(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Adam(weight_decay=0.1, eps=1e-3)
    wrong = right.but(**{field: getattr(right, field) * 0.9})
    monkeypatch.setattr("lrviz.verify.descents.counterpart", lambda _, rates: counterpart(wrong, rates))
    assert compared(Beale(), right, Constant(lr=1e-3)) == "differs"


def test_rates_that_are_one_step_late_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.verify.descents.counterpart", lambda rule, rates: counterpart(rule, np.roll(rates, 1)))
    assert compared(Bowl(), SGD()) == "differs"


def test_steps_far_shorter_than_the_position_is_exact_are_still_compared() -> None:
    x = np.array([[1.0], [1.0 + 1e-9], [1.0 + 2e-9]])
    assert close(x, x[1:] + 2e-16) and not close(x, x[1:] + 1e-14)
    assert not close(x, np.array([[1.0 + 1e-9], [np.nan]]))


def test_rounding_that_a_rule_magnifies_is_called_so() -> None:
    tiny = Gap(1e-16, 1, 1e-16)
    report = compare_descent(Bowl(), Rprop(), RATES, (1.0, 1.0), 20)
    assert said(replace(report, gradient=tiny, position=Gap(1e-6, 3, 1e-6)))["code"] == "rounding"


def test_torchs_state_is_its_own_from_the_first_step_to_the_last() -> None:
    x, gradients = np.zeros((3, 1)), np.array([[1.0], [0.0], [0.0]])
    theirs, rates, _ = counterpart(Momentum(momentum=0.5), np.ones(3))
    assert theirs is not None
    assert Drive(theirs, rates, x, 0.0).positions(gradients).ravel().tolist() == [-1.0, -0.5, -0.25]
    assert Drive(theirs, rates, x, 0.5).positions(gradients)[0, 0] == pytest.approx(-0.5, abs=1e-6)


def test_autograd_finds_the_gradient_of_each_position() -> None:
    x = np.array([[1.0], [np.nan], [3.0]])
    np.testing.assert_array_equal(autograd(Quadratic(a=4.0), x, None), [[8.0], [np.nan], [24.0]])


# ------------------------------------------------------------------------------------------------ as an address


def parts(**changes: Any) -> page.Parts:
    surface = changes.get("surface", Rosenbrock(b=20.0))
    standard = {"surface": surface, "optimizer": SGD(), "schedule": RATES, "start": surface.start, "steps": 50}
    return page.Parts(**standard | changes)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (parts(), "verified"),
        (parts(surface=Quadratic(a=2.0), start=(1.25,), clip_norm=1.5), "verified"),
        (parts(optimizer=RMSprop(momentum=0.5, centered=True), noise=0.5, seed=9), "verified"),
        (parts(optimizer=Momentum(form="ema")), "by_sum"),
        (parts(optimizer=Lion()), "gradient"),
        (parts(optimizer=Adam(eps_inside=True)), "gradient"),
        (parts(optimizer=Adam(bias_correction=False)), "gradient"),
        (parts(schedule=OneCycle(total_steps=20)), "verified"),
        (parts(schedule=Formula(expression="0.001*sin(t)")), "verified"),
        (parts(surface=FormulaPlane(expression="x**2 + abs(y)")), "verified"),
    ],
)
def test_what_a_page_asks_is_answered(asked: page.Parts, code: str) -> None:
    answer = check(page.question(asked))
    assert answer["code"] == code
    assert all(type(value) is str for value in answer["values"].values())
    for text in map(words, LANGUAGES):
        said = text.group("verify.descent")[code]
        names = {name for _, name, _, _ in string.Formatter().parse(said) if name}
        assert names <= set(answer["values"])
        assert answer["values"]["reason"] == "" or answer["values"]["reason"] in text.group("verify.descent")


def test_the_page_asks_for_exactly_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, Any] = {}
    right = compare_descent

    def listening(**given: Any) -> Any:
        heard.update(given)
        return right(**given)

    monkeypatch.setattr("lrviz.verify.descents.compare_descent", listening)
    asked = parts(optimizer=Adam(beta1=0.5), start=(0.125, -0.5), clip_norm=0.25, noise=0.75, seed=11)
    check(page.question(asked))
    assert page.Parts(**heard) == asked


BROKEN: tuple[dict[str, str], ...] = (
    {"steps": str(LONGEST_DESCENT + 1)},
    {"steps": "nan"},
    {"optimizer": "named"},
    {"surface": "nowhere"},
    {"start_x": "1e9"},
    {"start_x": "inf"},
    {"noise": "-1"},
    {"schedule": "plateau"},
    {"surface": "formula_2d", "surface.expression": "__import__('os')"},
    {"surface": "formula_1d", "surface.expression": "sqrt(-1)"},
    {"unheard": "of"},
)


@pytest.mark.parametrize("address", BROKEN, ids=str)
def test_a_question_that_cannot_be_read_is_refused(address: dict[str, str]) -> None:
    answer = check({"question": "descent"} | address)
    assert (answer["code"], answer["tone"]) == ("bad_address", "warn")


def test_a_question_without_details_is_the_default_one() -> None:
    assert check({"question": "descent"})["code"] == "verified"
    assert to_address(DescentQuestion(), DescentQuestion()) == {}


def defaults() -> Iterator[tuple[str, Any]]:
    """The fields that hold a choice of Specs: an address leaves out what a kind has by default."""
    for name, _ in fields_of(DescentQuestion):
        value = getattr(DescentQuestion(), name)
        if hasattr(value, "kind"):
            yield name, value


@pytest.mark.parametrize(("name", "value"), list(defaults()))
def test_what_an_address_leaves_out_is_what_the_question_has(name: str, value: Any) -> None:
    assert value == type(value)()


def test_noise_and_batches_are_the_pictures_own() -> None:
    surface = LinearRegression(batch_size=8)
    report = compare_descent(surface, SGD(), RATES, surface.start, 40, noise=0.3, seed=5)
    path = descend(surface, Runs(SGD(), RATES.table(40)[None], np.array([surface.start])), Noise(0.3, 5))
    found = autograd(surface, path.x[0, :-1], surface.draws(40, 5))
    exact = found + 0.3 * np.random.default_rng(5).standard_normal((40, 2))
    assert report.gradient.absolute == np.abs(exact - path.gradient[0]).max() < 1e-12
