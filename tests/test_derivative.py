"""A formula's derivative, the tape that computes it and its LaTeX say the same as the formula itself."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrviz.formula import Program, Tape, bind, derivative, latex, parse
from tests.test_formula import EXPRESSIONS, VARIABLES

XY = ("x", "y")
POINTS = st.tuples(st.floats(0.1, 9), st.floats(0.1, 9))


def slope(text: str, name: str = "x") -> str:
    return derivative(parse(text, XY), name).code({})


# ------------------------------------------------------------------------------------------------------- derivative


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("4*x**2", "x", "8 * x"),
        ("4*x^2", "y", "0"),
        ("7", "x", "0"),
        ("x", "x", "1"),
        ("-x", "x", "-1"),
        ("x*x", "x", "2 * x"),
        ("x*y", "x", "y"),
        ("x**3/3", "x", "x ** 2"),
        ("x**6/6", "x", "x ** 5"),
        ("x/4", "x", "1 / 4"),
        ("0.05*x**2", "x", "0.1 * x"),
        ("1/x", "x", "-(1 / x ** 2)"),
        ("(1 - x)**2 + 100*(y - x**2)**2", "y", "200 * (y - x ** 2)"),
        ("(x**2 + y**2)/2", "x", "x"),
        ("sin(3*x)", "x", "3 * cos(3 * x)"),
        ("cos(x)", "x", "-sin(x)"),
        ("tan(x)", "x", "1 + tan(x) ** 2"),
        ("tanh(x)", "x", "1 - tanh(x) ** 2"),
        ("exp(2*x)", "x", "2 * exp(2 * x)"),
        ("e**x", "x", "e ** x"),
        ("log(x)", "x", "1 / x"),
        ("sqrt(x)", "x", "1 / (2 * sqrt(x))"),
        ("abs(x)", "x", "where(x > 0, 1, where(x < 0, -1, 0))"),
        ("max(x, y)", "x", "where(x > y, 1, where(x < y, 0, 1 / 2))"),
        ("min(x, y)", "y", "where(x < y, 0, where(x > y, 1, 1 / 2))"),
        ("x if x < y else 2*x", "x", "where(x < y, 1, 2)"),
        ("x % 3", "x", "1"),
        ("x // 3 + floor(x) + ceil(x) + (x < 3)", "x", "0"),
    ],
)
def test_it_is_written_as_one_would_by_hand(text: str, name: str, written: str) -> None:
    assert slope(text, name) == written


OUTER = """
    u + v  u - v  u*v  u/v  u % v  u // v  u**v  v**u  u**3  u**-2  u**0.5  2**u  e**u  -u  abs(u - v)  max(u, v)
    min(u, v)  cos(u)  exp(u)  log(u)  sin(u)  sqrt(u)  tan(u/4)  tanh(u)  floor(u)  ceil(u)
    where(u < v, u*v, v**2)  (u < v)*u
"""
INNER = (("0.3*t + 0.1*T", "1.3 + sin(t*T)/2"), ("t*T/9", "2 + t/(1 + T)"), ("sqrt(t + T)", "exp(cos(t))*T**0.7"))
COMPOSED = [
    re.sub(r"\b[uv]\b", lambda name, u=u, v=v: f"({u if name[0] == 'u' else v})", outer)
    for outer in re.split(r"\s{2,}", OUTER.strip())
    for u, v in INNER
]


@pytest.mark.parametrize("text", COMPOSED)
def test_every_function_and_operator_has_its_rule(text: str) -> None:
    places = np.random.default_rng(0).uniform(0.5, 6, size=(20, 2))
    assert sum(_slope_is_right(text, (t, T)) for t, T in places) >= 8
    assert sum(_torch_agrees(text, (t, T)) for t, T in places) >= 8


@given(EXPRESSIONS, POINTS)
def test_it_is_the_slope_that_differences_approach(text: str, at: tuple[float, float]) -> None:
    _slope_is_right(text, at)


def _slope_is_right(text: str, at: tuple[float, float]) -> int:
    """Hold the derivatives to differences; the number of variables for which there is a slope to compare."""
    program, held = parse(text, VARIABLES), 0
    for name, place in zip(VARIABLES, at, strict=True):
        near, far = (_difference(program, at, name, place * size) for size in (1e-4, 2e-4))
        exact = float(derivative(program, name)(t=at[0], T=at[1]))
        steady = np.isfinite(near) and abs(near - far) <= 1e-5 * (1 + abs(near))
        if steady and _smooth_around(program, at, name, place * 4e-4):
            assert exact == pytest.approx(near, rel=1e-3, abs=1e-4)
            held += 1
    return held


def _difference(program: Program, at: tuple[float, float], name: str, step: float) -> float:
    values: dict[str, float] = dict(zip(VARIABLES, at, strict=True))
    above, below = (float(program(**(values | {name: values[name] + sign * step}))) for sign in (1, -1))
    return (above - below) / (2 * step) if max(abs(above), abs(below)) < 1e4 else np.nan


def _smooth_around(program: Program, at: tuple[float, float], name: str, width: float) -> bool:
    """Whether neither the values nor the slopes jump near a place: steps and corners have no one slope."""
    values: dict[str, Any] = dict(zip(VARIABLES, at, strict=True))
    line = values[name] + np.linspace(-width, width, 33)
    slopes, heights = derivative(program, name)(**(values | {name: line})), program(**(values | {name: line}))
    if not (np.isfinite(slopes).all() and np.isfinite(heights).all()):
        return False
    rise = np.abs(np.diff(heights)).max()
    return np.ptp(slopes) < 1e-3 * (1 + np.abs(slopes).max()) and rise <= width / 8 * (1 + np.abs(slopes).max())


@given(EXPRESSIONS, POINTS)
def test_it_is_what_torch_finds_by_going_backward(text: str, at: tuple[float, float]) -> None:
    _torch_agrees(text, at)


def _torch_agrees(text: str, at: tuple[float, float]) -> int:
    """Hold the derivatives to torch's; the number of variables for which both have one."""
    program, held = parse(text, VARIABLES), 0
    leaves = [torch.tensor([place], dtype=torch.float64, requires_grad=True) for place in at]
    (value,) = Tape([program])(t=leaves[0], T=leaves[1])
    if not (value.requires_grad and torch.isfinite(value).all()):
        return 0
    found = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
    for name, gradient in zip(VARIABLES, found, strict=True):
        exact, theirs = float(derivative(program, name)(t=at[0], T=at[1])), 0.0 if gradient is None else float(gradient)
        if np.isfinite(exact) and np.isfinite(theirs):
            assert exact == pytest.approx(theirs, rel=1e-7, abs=1e-9)
            held += 1
    return held


@pytest.mark.parametrize(("text", "slopes"), [("abs(x)", (0.0,)), ("max(x, 0)", (0.5,)), ("min(x, -x)", (0.0,))])
def test_on_a_corner_it_is_torchs_choice(text: str, slopes: tuple[float]) -> None:
    leaf = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(Tape([parse(text, ("x",))])(x=leaf)[0].sum(), leaf)
    assert (float(gradient),) == slopes == (float(derivative(parse(text, ("x",)), "x")(x=0.0)),)


def test_second_derivatives_of_the_longest_formulas_are_quick_to_make() -> None:
    for text in (
        "**".join(["x"] * 29),
        "*".join(["(x+y)"] * 29),
        "/".join(["(x+1)"] * 29),
        "sin(" * 29 + "x" + ")" * 29,
    ):
        first = derivative(parse(text, XY), "x")
        Tape([first, derivative(first, "x"), derivative(first, "y")])(x=np.ones(3), y=np.ones(3))


# ------------------------------------------------------------------------------------------------------------- tape


@given(EXPRESSIONS, st.lists(POINTS, min_size=1, max_size=9))
def test_a_tape_computes_the_formula(text: str, at: list[tuple[float, float]]) -> None:
    program, (t, T) = parse(text, VARIABLES), np.array(at).T
    (value,) = Tape([program])(t=t, T=T)
    moved = program(t=t * (1 + 1e-15), T=T * (1 - 1e-15))
    steady = np.isclose(moved, program(t=t, T=T), rtol=1e-11, atol=1e-11)
    assert value.shape == t.shape and value.dtype == np.float64
    np.testing.assert_allclose(value[steady], program(t=t, T=T)[steady], rtol=1e-9, atol=1e-9)


@given(EXPRESSIONS, st.lists(POINTS, min_size=1, max_size=9))
def test_one_point_alone_has_the_bits_it_has_among_others(text: str, at: list[tuple[float, float]]) -> None:
    program = parse(text, VARIABLES)
    tape = Tape([program, derivative(program, "t"), derivative(program, "T")])
    t, T = np.array(at).T
    together = tape(t=t, T=T)
    for i in range(len(at)):
        alone = tape(t=t[i : i + 1], T=T[i : i + 1])
        assert all(np.array_equal(a, b[i : i + 1], equal_nan=True) for a, b in zip(alone, together, strict=True))


def test_a_million_points_are_the_same_as_a_few() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 100_001))
    tape = Tape([parse("abs(x)**y + sin(x*y) + exp(-x**2)*tanh(y) + (x % 1)**1.5", XY)])
    (together,) = tape(x=x, y=y)
    for part in (slice(8_190, 8_195), slice(0, 1), slice(100_000, 100_001)):
        assert np.array_equal(tape(x=x[part], y=y[part])[0], together[part], equal_nan=True)
    assert np.array_equal(tape(x=x[::7], y=y[::7])[0], together[::7], equal_nan=True)
    assert np.array_equal(tape(x=x[:100].reshape(4, 25), y=y[:100].reshape(4, 25))[0].ravel(), together[:100])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/0", np.inf),
        ("x/0", np.inf),
        ("0/0", np.nan),
        ("9**9**9", np.inf),
        ("exp(x**99)", np.inf),
        ("log(-x)", np.nan),
    ],
)
def test_what_has_no_finite_value_raises_nothing(text: str, value: float) -> None:
    assert np.array_equal(Tape([parse(text, ("x",))])(x=np.full(3, 3.0))[0], np.full(3, value), equal_nan=True)


def test_what_formulas_share_is_computed_once() -> None:
    value = parse("exp(x**2 + y**2)*sin(x)", XY)
    tape = Tape([value, derivative(value, "x"), derivative(value, "y")])
    names = [name for name, *_ in tape.steps]
    assert names.count("exp") == names.count("sin") == names.count("cos") == 1
    assert "pow" not in names


def test_small_powers_are_products_and_roots() -> None:
    tape = Tape([parse("x**7 + x**0.5 + x**-2 + e**x", ("x",))])
    assert {name for name, *_ in tape.steps} == {"multiply", "add", "sqrt", "divide", "exp"}


def test_torch_arrays_come_back_as_their_own_kind() -> None:
    x = torch.linspace(-2, 2, 7, dtype=torch.float32)
    value, constant = Tape([parse("x**2 if x < 0 else max(x, 1)", ("x",)), parse("3", ("x",))])(x=x)
    assert value.dtype == torch.float32 and value.shape == constant.shape == x.shape
    assert torch.equal(value, torch.where(x < 0, x * x, torch.clamp(x, min=1)))


# ------------------------------------------------------------------------------------------------------------- bind


@pytest.mark.parametrize(
    ("text", "values", "written"),
    [
        ("a*x**2", {"a": 4.0}, "4 * x ** 2"),
        ("a*x**2", {"a": 1.0}, "x ** 2"),
        ("a*x**2 + b*x", {"a": 2.0, "b": -3.0}, "2 * x ** 2 - 3 * x"),
        ("x + b*sin(x)", {"a": 1.0, "b": 0.0}, "x"),
        ("cos(a*pi/180)*x", {"a": 60.0, "b": 0.0}, "0.5000000000000001 * x"),
        ("2*pi*x + a", {"a": 0.5}, "2 * pi * x + 0.5"),
    ],
)
def test_parameters_become_numbers(text: str, values: dict[str, float], written: str) -> None:
    bound = bind(parse(text, ("x", "a", "b")), **({"a": 1.0, "b": 1.0} | values))
    assert bound.variables == ("x",) and bound.code({}) == written


@given(EXPRESSIONS, POINTS)
def test_a_bound_formula_computes_the_same(text: str, at: tuple[float, float]) -> None:
    program = parse(text, VARIABLES)
    bound, whole = float(bind(program, T=at[1])(t=at[0])), float(program(t=at[0], T=at[1]))
    nearby = float(program(t=at[0] * (1 + 1e-14), T=at[1] * (1 - 1e-14)))
    if np.isfinite(whole) and np.isclose(whole, nearby, rtol=1e-11, atol=1e-11):
        assert bound == pytest.approx(whole, rel=1e-9, abs=1e-9)


# ------------------------------------------------------------------------------------------------------------ LaTeX


@pytest.mark.parametrize(
    ("text", "names", "written"),
    [
        ("4*x**2", {}, "4 x^{2}"),
        ("(x**2 + y**2)/2", {}, r"\frac{x^{2} + y^{2}}{2}"),
        ("(1 - x)**2", {}, r"\left(1 - x\right)^{2}"),
        ("-x**2", {}, "-x^{2}"),
        ("(-x)**2", {}, r"\left(-x\right)^{2}"),
        ("x - (y - 1)", {}, r"x - \left(y - 1\right)"),
        ("x + -y", {}, "x - y"),
        ("3*2*x", {}, r"3 \cdot 2 x"),
        ("sin(2*pi*x)**2", {}, r"\sin^{2}\left(2 \pi x\right)"),
        ("exp(-x)", {}, "e^{-x}"),
        ("exp(x)**2", {}, r"\left(e^{x}\right)^{2}"),
        ("x**0.5 + sqrt(y)", {}, r"\sqrt{x} + \sqrt{y}"),
        ("abs(x)*log(y)", {}, r"\left|x\right| \ln\left(y\right)"),
        ("x // 2 + x % 3", {}, r"\left\lfloor \frac{x}{2}\right\rfloor + x \bmod 3"),
        ("1 if x < 0 else y", {}, r"\begin{cases}1 & x < 0 \\ y & x \ge 0\end{cases}"),
        ("where(x > 0, 1, where(x < 0, -1, 0))", {}, r"\begin{cases}1 & x > 0 \\ -1 & x < 0 \\ 0 & x = 0\end{cases}"),
        ("2*(x < 3)", {}, r"2 \left[x < 3\right]"),
        ("1e-8*x", {}, "10^{-8} x"),
        ("0.1*x", {"x": "-0.5"}, r"0.1 \left(-0.5\right)"),
        ("0.1*x", {"x": "2.5"}, r"0.1 \cdot 2.5"),
        ("x**2", {"x": "1e-05"}, r"\left(10^{-5}\right)^{2}"),
        ("x**2", {"x": r"\hat{m}"}, r"\hat{m}^{2}"),
    ],
)
def test_latex_is_written_as_one_would_by_hand(text: str, names: dict[str, str], written: str) -> None:
    assert latex(parse(text, XY), names) == written


def test_names_without_a_symbol_are_written_by_themselves() -> None:
    program = parse("beta1*m_prev + lr*g_raw", ("beta1", "m_prev", "lr", "g_raw"))
    assert latex(program) == r"\beta_{1} m_{\mathrm{prev}} + \mathrm{lr} g_{\mathrm{raw}}"


@given(EXPRESSIONS)
def test_latex_of_any_formula_and_its_derivative_is_balanced(text: str) -> None:
    program = parse(text, VARIABLES)
    for written in (latex(program), latex(derivative(program, "t"), {"t": "-0.5", "T": r"\theta_{t-1}"})):
        assert balanced(written)


def balanced(written: str) -> bool:
    """Whether every brace, every \\left and every \\begin of a LaTeX text has its end."""
    open_braces = 0
    for sign in re.findall(r"(?<!\\)[{}]", written):
        open_braces += 1 if sign == "{" else -1
        if open_braces < 0:
            return False
    pairs = ((r"\\left\b", r"\\right\b"), (r"\\begin\b", r"\\end\b"))
    return open_braces == 0 and all(len(re.findall(a, written)) == len(re.findall(b, written)) for a, b in pairs)
