"""The exact derivative of a formula, as a formula."""

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache

from lrviz.formula.algebra import ONE, ZERO, add, call, divide, multiply, negative, number, power, subtract, value_of
from lrviz.formula.grammar import Program


@lru_cache(maxsize=1024)
def derivative(program: Program, variable: str) -> Program:
    """Return the derivative of a formula in one of its variables, simplified: that of 4*x**2 is 8*x.

    Where a formula has a corner it takes the value that PyTorch takes: 0 for abs, the mean of both sides for max and
    min. Steps (floor, ceil, //, comparisons) have the derivative 0.
    """
    return Program(_Differentiation(variable)(program.tree), program.variables)


class _Differentiation:
    """One differentiation: a part that occurs more than once is done once, and stays one part of the answer."""

    def __init__(self, variable: str):
        self.variable = variable
        self.done: dict[int, ast.expr] = {}

    def __call__(self, node: ast.expr) -> ast.expr:
        if id(node) not in self.done:
            self.done[id(node)] = self.of(node)
        return self.done[id(node)]

    def of(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(id=name):
                return ONE if name == self.variable else ZERO
            case ast.UnaryOp(op=op, operand=operand):
                return negative(self(operand)) if isinstance(op, ast.USub) else self(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](left, right, self(left), self(right))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return _choice(test, self(body), self(orelse))
            case ast.Call(func=ast.Name(id="where"), args=[test, body, orelse]):
                return _choice(test, self(body), self(orelse))
            case ast.Call(func=ast.Name(id="max" | "min" as name), args=[a, b]):
                return _extreme(name, a, b, self(a), self(b))
            case ast.Call(func=ast.Name(id=name), args=[u]) if name in _FUNCTIONS:
                inner = self(u)
                return ZERO if value_of(inner) == 0 else _FUNCTIONS[name](u, inner)
        return ZERO  # numbers, comparisons and steps


def _product(u: ast.expr, v: ast.expr, du: ast.expr, dv: ast.expr) -> ast.expr:
    return add(multiply(du, v), multiply(u, dv))


def _quotient(u: ast.expr, v: ast.expr, du: ast.expr, dv: ast.expr) -> ast.expr:
    if value_of(dv) == 0:
        return divide(du, v)
    return divide(subtract(multiply(du, v), multiply(u, dv)), power(v, number(2)))


def _remainder(u: ast.expr, v: ast.expr, du: ast.expr, dv: ast.expr) -> ast.expr:
    return subtract(du, multiply(ast.BinOp(u, ast.FloorDiv(), v), dv))


def _power(u: ast.expr, v: ast.expr, du: ast.expr, dv: ast.expr) -> ast.expr:
    base = multiply(multiply(v, power(u, subtract(v, ONE))), du)
    if value_of(dv) == 0 or value_of(u) in (0, 1):
        return base
    log = ONE if isinstance(u, ast.Name) and u.id == "e" else call("log", u)
    return add(base, multiply(multiply(power(u, v), log), dv))


_OPERATORS: Mapping[type[ast.operator], Callable[[ast.expr, ast.expr, ast.expr, ast.expr], ast.expr]] = {
    ast.Add: lambda u, v, du, dv: add(du, dv),
    ast.Sub: lambda u, v, du, dv: subtract(du, dv),
    ast.Mult: _product,
    ast.Div: _quotient,
    ast.Mod: _remainder,
    ast.Pow: _power,
}


def _abs(u: ast.expr, du: ast.expr) -> ast.expr:
    return _choice(_above(u, ZERO), du, _choice(_below(u, ZERO), negative(du), ZERO))


def _sqrt(u: ast.expr, du: ast.expr) -> ast.expr:
    return divide(du, multiply(number(2), call("sqrt", u)))


def _tan(u: ast.expr, du: ast.expr) -> ast.expr:
    return multiply(add(ONE, power(call("tan", u), number(2))), du)


def _tanh(u: ast.expr, du: ast.expr) -> ast.expr:
    return multiply(subtract(ONE, power(call("tanh", u), number(2))), du)


_FUNCTIONS: Mapping[str, Callable[[ast.expr, ast.expr], ast.expr]] = {
    "abs": _abs,
    "cos": lambda u, du: multiply(negative(call("sin", u)), du),
    "exp": lambda u, du: multiply(du, call("exp", u)),
    "log": lambda u, du: divide(du, u),
    "sin": lambda u, du: multiply(du, call("cos", u)),
    "sqrt": _sqrt,
    "tan": _tan,
    "tanh": _tanh,
}


def _extreme(name: str, a: ast.expr, b: ast.expr, da: ast.expr, db: ast.expr) -> ast.expr:
    first, second = (_above(a, b), _below(a, b)) if name == "max" else (_below(a, b), _above(a, b))
    return _choice(first, da, _choice(second, db, divide(add(da, db), number(2))))


def _above(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.Compare(a, [ast.Gt()], [b])


def _below(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.Compare(a, [ast.Lt()], [b])


def _choice(test: ast.expr, yes: ast.expr, no: ast.expr) -> ast.expr:
    """Return where(test, yes, no), or just what it is where both are the same number."""
    value = value_of(yes)
    return yes if value is not None and value == value_of(no) else call("where", test, yes, no)
