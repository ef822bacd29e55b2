"""Every term of every update reads as in a textbook, and its formula gives the number that stands beside it."""

import re

import numpy as np
import pytest

from lrviz.descend.derivation import derive
from lrviz.descend.rules import RulesScene, conventions_of, worked
from lrviz.formula import parse
from lrviz.optimizers import Momentum, rule_kinds
from lrviz.schedules import Cosine
from lrviz.spec import to_address
from lrviz.ui import rules as shown
from lrviz.ui.symbols import filled, inline, letters, symbol, written

KINDS = tuple(rule_kinds().values())


def every_setting() -> list[RulesScene]:
    """Every rule as it is and with each of its conventions flipped, at rates that change, the last step open."""
    found = []
    for rule in KINDS:
        plain = RulesScene(optimizer=rule(), schedule=Cosine(lr=0.3, T_max=8), steps=7, step=7)  # type: ignore[arg-type]
        found += [plain, *(plain.but(switch=name).other for name in conventions_of(plain.optimizer))]
    return found


@pytest.mark.parametrize("made", every_setting(), ids=lambda made: str(to_address(made, RulesScene())))
def test_every_formula_gives_the_value_beside_it(made: RulesScene) -> None:
    side = derive(made.runs)
    for step in range(1, made.steps + 1):
        for term in side.terms(step):
            value = parse(term.formula, tuple(term.numbers))(**term.numbers)
            np.testing.assert_allclose(value, term.value, rtol=1e-6, atol=1e-12, err_msg=f"{term.name} at {step}")


@pytest.mark.parametrize("made", every_setting(), ids=lambda made: str(to_address(made, RulesScene())))
def test_a_derivation_starts_from_the_gradient_and_ends_with_the_weight_and_the_step(made: RulesScene) -> None:
    side = derive(made.runs)
    terms = side.terms(made.step)
    assert [term.name for term in terms][-2:] == ["x", "update"]
    assert terms[0].name in ("g", "g_raw") and "x_prev" in terms[0].formula
    assert terms[-2].value == side.weights[made.step]
    assert terms[-1].value == side.weights[made.step] - side.weights[made.step - 1]


# ------------------------------------------------------------------------------------------------- the formulas


def balanced(text: str) -> bool:
    return text.count("{") == text.count("}") and text.count(r"\left") == text.count(r"\right")


@pytest.mark.parametrize("made", every_setting(), ids=lambda made: str(to_address(made, RulesScene())))
def test_every_cell_is_whole(made: RulesScene) -> None:
    result = worked(made)
    for row in result.rows:
        for cell in (*shown._cells(row, result), shown._narrow(row, result)):
            assert balanced(cell) and cell.count("$") % 2 == 0
            assert "|" not in cell and "_prev" not in cell.replace("\\_", "")


def test_on_a_narrow_screen_only_what_differs_has_a_second_value() -> None:
    result = worked(RulesScene())
    second = {row.term.name: "→" in shown._narrow(row, result) for row in result.rows}
    assert second == {row.term.name: row.changed or row.mine is None for row in result.rows}
    assert second["x"] and not second["m"]


def test_formulas_read_as_in_a_textbook() -> None:
    side = derive(RulesScene().runs)
    terms, changing = {term.name: term for term in side.terms(2)}, frozenset(line.name for line in side.lines)
    m = terms["m"]
    assert written(m.formula, m.numbers, changing) == r"\beta_1 m_{t-1} + \left(1 - \beta_1\right) g_t"
    assert filled(m.formula, m.numbers) == r"0.9 \cdot 0.1 + \left(1 - 0.9\right) \cdot 0.99"
    assert [symbol(name, changing) for name in ("x", "x_prev", "m_hat", "eps", "update")] == [
        "w_t", "w_{t-1}", r"\hat m_t", r"\varepsilon", r"\Delta w_t"
    ]  # fmt: skip


def test_of_a_choice_the_numbers_show_the_side_that_is_taken() -> None:
    side = derive(RulesScene(optimizer=Momentum(dampening=0.5)).runs)
    (v,) = [term for term in side.terms(1) if term.name == "v"]
    assert filled(v.formula, v.numbers) == "1"
    (v,) = [term for term in side.terms(2) if term.name == "v"]
    assert filled(v.formula, v.numbers) == r"0.9 \cdot 1 + \left(1 - 0.5\right) \cdot 0.99"


def test_a_symbol_stands_for_one_thing_in_a_derivation() -> None:
    for made in every_setting():
        side = derive(made.runs)
        terms = side.terms(made.step)
        changing = frozenset(line.name for line in side.lines) - {"next"}  # the new weight by another name
        used = {n for term in terms for n in re.findall(r"[a-z_]\w*", term.formula) if n in term.numbers} - {"next"}
        used |= changing
        symbols = [symbol(name, changing) for name in used]
        assert len(set(symbols)) == len(symbols), (made.optimizer, sorted(zip(symbols, used, strict=True)))


def test_long_formulas_are_written_smaller() -> None:
    assert letters(r"\hat m_t + 10^{-8}") == 7
    assert inline("w_t").startswith(r"$\small ")
    assert inline("1 + " * 9).startswith(r"$\small ") and inline("1234 + " * 9).startswith(r"$\scriptsize ")
    assert r"\displaystyle" in inline(r"\frac{1}{2}") and r"\displaystyle" not in inline(r"\frac{1}{2} \frac{1}{2}")
