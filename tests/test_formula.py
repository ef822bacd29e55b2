"""A typed formula computes what Python would, and can do nothing else."""

import ast
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.formula import CONSTANTS, FUNCTIONS, MAX_LENGTH, FormulaError, parse

VARIABLES = ("t", "T")


def evaluate(text: str, t: Any = 3.0, T: Any = 10.0) -> Any:
    return parse(text, VARIABLES)(t=t, T=T)


# ------------------------------------------------------------------------------------------- it computes what it says

_NUMBERS = st.integers(0, 20).map("{}.0".format) | st.floats(0.1, 20).map(repr)  # whole ones would grow for ever in **
_LEAVES = _NUMBERS | st.sampled_from(["t", "T", "pi", "e"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "^"]), inner)
    one = st.tuples(st.sampled_from([name for name, (_, count) in FUNCTIONS.items() if count == 1]), inner)
    two = st.tuples(st.sampled_from(["min", "max"]), inner, inner)
    choice = st.tuples(inner, st.sampled_from(["<", "<=", ">", ">="]), inner, inner, inner)
    return st.one_of(
        binary.map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda a: f"(-{a})"),
        inner.map(lambda a: f"({a} ** 2)"),
        one.map(lambda p: f"{p[0]}({p[1]})"),
        two.map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
        choice.map(lambda p: f"({p[3]} if {p[0]} {p[1]} {p[2]} else {p[4]})"),
        choice.map(lambda p: f"where({p[0]} {p[1]} {p[2]}, {p[3]}, {p[4]})"),
        choice.map(lambda p: f"(({p[0]} {p[1]} {p[2]}) * {p[3]} - {p[4]})"),
    )


EXPRESSIONS = st.recursive(_LEAVES, _larger, max_leaves=8).filter(lambda text: len(text) <= MAX_LENGTH)
_PYTHON: dict[str, Any] = {name: getattr(math, name) for name in FUNCTIONS if hasattr(math, name)} | {
    "abs": abs,
    "max": max,
    "min": min,
    "where": lambda c, a, b: a if c else b,
    "pi": math.pi,
    "e": math.e,
}


def _in_python(text: str, t: float, T: float) -> float | None:
    """The same in plain Python, or None where Python's own arithmetic has no finite real answer."""
    try:
        value = eval(text.replace("^", "**"), {"__builtins__": {}}, {**_PYTHON, "t": t, "T": T})
        return float(value) if math.isfinite(value) else None
    except (ArithmeticError, ValueError, TypeError):
        return None


@given(EXPRESSIONS, st.floats(0, 300), st.floats(1, 300))
def test_it_equals_pythons_own_arithmetic(text: str, t: float, T: float) -> None:
    expected = _in_python(text, t, T)
    if expected is not None and _smooth(text, t, T):
        assert evaluate(text, t, T) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def _smooth(text: str, t: float, T: float) -> bool:
    """Whether the answer hardly moves when t and T move in their last digits: else both answers are right."""
    here, near = _in_python(text, t, T), _in_python(text, t * (1 + 1e-14), T * (1 - 1e-14))
    return here is not None and near is not None and math.isclose(here, near, rel_tol=1e-10, abs_tol=1e-10)


@given(EXPRESSIONS, st.integers(0, 49))
def test_one_step_alone_has_the_bits_it_has_in_a_table(text: str, t: int) -> None:
    table = evaluate(text, np.arange(50.0))
    assert table.shape == (50,) and table.dtype == np.float64
    assert np.array_equal(evaluate(text, float(t)), table[t], equal_nan=True)


@given(EXPRESSIONS, st.floats(0, 300))
def test_its_printed_code_says_the_same(text: str, t: float) -> None:
    code = parse(text, VARIABLES).code({"t": "step", "T": "10.0"})
    scope = {name: getattr(np, {"min": "minimum", "max": "maximum"}.get(name, name)) for name in FUNCTIONS}
    try:
        with np.errstate(all="ignore"):
            value = eval(code, {"__builtins__": {}}, {**scope, **CONSTANTS, "step": np.array([t, t])})
    except ArithmeticError:  # two plain numbers, where Python raises
        return
    if np.isrealobj(value):
        np.testing.assert_allclose(np.asarray(value) * np.ones(2), evaluate(text, [t, t]), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 / 0", math.inf),
        ("-1 / (t - 3)", -math.inf),
        ("9 ** 9 ** 9", math.inf),
        ("exp(t ** 9)", math.inf),
        ("0 / 0", math.nan),
        ("sqrt(-1)", math.nan),
        ("log(0)", -math.inf),
        ("5 % 0", math.nan),
        ("-(t < 5)", -1.0),
        ("(t < 5) - (t < 1)", 1.0),
        ("(t < 5) % 1", 0.0),
        ("exp(t < 5)", math.e),
        ("2^3", 8.0),
        ("0.1", 0.1),
        ("t", 3.0),
    ],
)
def test_what_has_no_finite_value_is_inf_or_nan_and_never_an_exception(text: str, value: float) -> None:
    assert np.array_equal(evaluate(text), value, equal_nan=True)
    assert np.array_equal(evaluate(text, np.full((2, 3), 3.0)), np.full((2, 3), value), equal_nan=True)


# ----------------------------------------------------------------------------------------- and it can do nothing else

_NOT_ALLOWED = """
    __import__('os')  t.real  (1).__class__  t[0]  [t]  (t, T)  {t}  lambda: 1  f'{t}'  'text'  b'x'  open  print(t)  x
    t and T  not t  ~t  t | T  t << 2  t @ T  t == T  0 < t < 5  [x for x in t]  (x := 3)  sin  np.sin(t)  sin(*t)
    min(t, key=T)  True  None  ...  1j  (lambda: t)()  t.__class__.__bases__  sin.__call__(t)  (yield)  {**t}
"""
REFUSED = {
    "formula_not_allowed": [
        text.strip() for line in _NOT_ALLOWED.split("\n") for text in line.split("  ") if text.strip()
    ],
    "formula_syntax": [
        *("", " ", "1 +", "(", "t t", "t = 3", "import os", "t; T", "\0", "for", "𝟙 +", "0x", "t\n+1", "return t"),
        *("t if t", "await", "sin(", "1__0", "'"),
    ],
    "formula_number": ["1e999", "-1e400", "9" * 10 + "e300"],
    "formula_arguments": ["sin()", "sin(t, T)", "min(t)", "where(t, T)", "max(t, T, 1)"],
    "formula_too_long": ["1" * (MAX_LENGTH + 1), "t" + " " * MAX_LENGTH, "(" * 100_000],
    "formula_too_deep": ["-" * 199 + "t", "(" * 40 + "t" + "+1)" * 39 + ")", "abs(" * 39 + "t" + ")" * 39],
}
DEEP = ("~" * 199 + "t", "not " * 49 + "t", "(" * 99 + ")" * 99, "t." * 90 + "t", "[" * 99 + "]" * 99)


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in REFUSED.items() for text in texts])
def test_everything_else_is_refused_by_name(code: str, text: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        parse(text, VARIABLES)
    assert refusal.value.code == code
    assert len(refusal.value.found) <= 40


@pytest.mark.parametrize("text", DEEP)
def test_deep_nesting_of_what_is_not_allowed_is_refused_even_on_a_full_stack(text: str) -> None:
    def deeper(levels: int) -> None:
        if levels:
            deeper(levels - 1)
        else:
            with pytest.raises(FormulaError):
                parse(text, VARIABLES)

    deeper(400)


@given(st.text(st.characters(), max_size=60) | st.text("()[]{}.,:;'\"\\~*+-/%tTe19 _if", max_size=60))
def test_no_text_raises_anything_but_a_formula_error(text: str) -> None:
    try:
        program = parse(text, VARIABLES)
    except FormulaError as error:
        assert error.code in REFUSED
    else:
        assert program(t=np.arange(4), T=9).shape == (4,)


@given(EXPRESSIONS)
def test_the_parsed_tree_holds_only_what_is_on_the_list(text: str) -> None:
    nodes = {type(node) for node in ast.walk(parse(text, VARIABLES).tree)}
    assert not nodes & {ast.Attribute, ast.Subscript, ast.Lambda, ast.JoinedStr, ast.NamedExpr, ast.Starred, ast.List}


def test_the_longest_formula_over_a_million_steps_is_bounded() -> None:
    text = "+".join(["t**t**t"] * 24)
    assert len(text) <= MAX_LENGTH
    started = time.perf_counter()
    assert evaluate(text, np.arange(1_000_000.0)).shape == (1_000_000,)
    assert time.perf_counter() - started < 30  # a bound on hanging, not a measurement
