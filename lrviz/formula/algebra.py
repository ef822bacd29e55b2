"""Sums, products and powers of formulas, written as short as they read; and parameters replaced by numbers."""

import ast
import math
from collections.abc import Mapping

from lrviz.formula.grammar import CONSTANTS, Program, evaluate

ZERO, ONE = ast.Constant(0), ast.Constant(1)
LARGEST = 1e300  # what the grammar itself accepts as a number


def number(value: float) -> ast.expr:
    """Return a number as a part of a formula, whole ones without a point: a negative one is a minus before it."""
    whole = float(value).is_integer() and abs(value) < 1e15
    size = ast.Constant(int(abs(value)) if whole else abs(float(value)))
    return ast.UnaryOp(ast.USub(), size) if value < 0 else size


def value_of(node: ast.expr) -> float | None:
    """Return the number that a part is, or None where it is anything else."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    return None


def split(node: ast.expr) -> tuple[float, ast.expr | None]:
    """Return a product as its number and the rest of it, None where nothing else is left."""
    value = value_of(node)
    if value is not None:
        return value, None
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            value, rest = split(left)
            if value != 1:
                return value, right if rest is None else ast.BinOp(rest, ast.Mult(), right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            value, rest = split(left)
            if value != 1 and rest is not None:
                return value, ast.BinOp(rest, ast.Div(), right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value, rest = split(operand)
            return -value, rest
    return 1, node


def add(a: ast.expr, b: ast.expr) -> ast.expr:
    """Return a + b."""
    (m, u), (n, v) = split(a), split(b)
    if u is None and v is None and _plain(m + n):
        return number(m + n)
    if v is None and n == 0:
        return a
    if u is None and m == 0:
        return b
    if _same(u, v) and _plain(m + n):
        return scaled(m + n, u)
    if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Add | ast.Sub):
        left = add(a, b.left)
        return add(left, b.right) if isinstance(b.op, ast.Add) else subtract(left, b.right)
    if u is None and m < 0 < n:
        return ast.BinOp(b, ast.Sub(), number(-m))
    return ast.BinOp(a, ast.Sub(), negative(b)) if n < 0 else ast.BinOp(a, ast.Add(), b)


def subtract(a: ast.expr, b: ast.expr) -> ast.expr:
    """Return a - b."""
    return add(a, negative(b))


def negative(a: ast.expr) -> ast.expr:
    """Return -a."""
    count, rest = split(a)
    if rest is not a:
        return scaled(-count, rest)
    return ast.UnaryOp(ast.USub(), a)


def multiply(a: ast.expr, b: ast.expr) -> ast.expr:
    """Return a * b, its number in front."""
    (m, u), (n, v) = split(a), split(b)
    if m == 0 or n == 0:
        return ZERO
    if not _plain(m * n) or m * n == 0:
        return ast.BinOp(a, ast.Mult(), b)
    return scaled(m * n, v if u is None else u if v is None else _joined(u, v))


def divide(a: ast.expr, b: ast.expr) -> ast.expr:
    """Return a / b, its numbers worked out or cancelled."""
    (m, u), (n, v) = split(a), split(b)
    if m == 0:
        return ZERO
    if n == 0 or not _plain(m / n) or m / n == 0:
        return ast.BinOp(a, ast.Div(), b)
    if isinstance(m, int) and isinstance(n, int):
        common = math.gcd(m, n) * (1 if n > 0 else -1)
        m, n = m // common, n // common
    elif (u is None) == (v is None) or n < 0:
        m, n = m / n, 1
    below = scaled(n, v)
    if value_of(below) == 1:
        return scaled(m, u)
    whole = ast.BinOp(scaled(abs(m), u), ast.Div(), below)
    return ast.UnaryOp(ast.USub(), whole) if m < 0 else whole


def power(a: ast.expr, b: ast.expr) -> ast.expr:
    """Return a ** b."""
    exponent, base = value_of(b), value_of(a)
    if exponent == 0:
        return ONE
    if exponent == 1:
        return a
    if isinstance(base, int) and isinstance(exponent, int) and 0 < exponent < 10 and abs(base) < 30:
        return number(base**exponent)
    return ast.BinOp(a, ast.Pow(), b)


def call(name: str, *args: ast.expr) -> ast.expr:
    """Return a function of some parts."""
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def scaled(count: float, rest: ast.expr | None) -> ast.expr:
    """Return count * rest."""
    if rest is None:
        return number(count)
    if count == 1:
        return rest
    if isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Div):
        return divide(multiply(number(count), rest.left), rest.right)
    return ast.UnaryOp(ast.USub(), rest) if count == -1 else ast.BinOp(number(count), ast.Mult(), rest)


def _joined(u: ast.expr, v: ast.expr) -> ast.expr:
    """Return the product of two parts without a number in front: x before x**2 + 1, and x * x as a power."""
    product, *rest = sorted(_merged([*_factors(u), *_factors(v)]), key=_rank)
    for factor in rest:
        product = ast.BinOp(product, ast.Mult(), factor)
    return product


def _factors(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def _merged(factors: list[ast.expr]) -> list[ast.expr]:
    counts: dict[str, int] = {}
    others = []
    for factor in factors:
        name, count = _named_power(factor)
        if count:
            counts[name] = counts.get(name, 0) + count
        else:
            others.append(factor)
    return [*(power(ast.Name(name, ast.Load()), number(count)) for name, count in counts.items()), *others]


def _named_power(node: ast.expr) -> tuple[str, int]:
    """Return a name and how often it is a factor; 0 for anything that is not a whole power of a name."""
    match node:
        case ast.Name(id=name):
            return name, 1
        case ast.BinOp(left=ast.Name(id=name), op=ast.Pow(), right=ast.Constant(value=int() as count)) if count > 0:
            return name, count
    return "", 0


def _rank(node: ast.expr) -> int:
    return 0 if _named_power(node)[1] else 2 if _is_sum(node) else 1


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _same(u: ast.expr | None, v: ast.expr | None) -> bool:
    """Whether two parts are the same at a glance; larger ones are not compared, which could take for ever."""
    return u is not None and (u is v or (isinstance(u, ast.Name) and isinstance(v, ast.Name) and u.id == v.id))


def _plain(value: float) -> bool:
    return abs(value) < LARGEST


# ------------------------------------------------------------------------------------------------------- parameters


def bind(program: Program, **values: float) -> Program:
    """Return the formula with parameters replaced by numbers; what they alone make up is worked out."""
    tree = _Bind(values).visit(program.tree)
    return Program(tree, tuple(name for name in program.variables if name not in values))


class _Bind:
    """Build a copy with numbers in it; what holds no parameter stays as it was written."""

    def __init__(self, values: Mapping[str, float]):
        self.values = values

    def visit(self, node: ast.expr) -> ast.expr:
        if not names_in(node) & set(self.values):
            return node
        if not names_in(node) - set(self.values) - set(CONSTANTS):
            return self.number(node)
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                return self.joined(self.visit(left), op, self.visit(right))
            case ast.UnaryOp(op=op, operand=operand):
                return ast.UnaryOp(op, self.visit(operand))
            case ast.Compare(left=left, ops=ops, comparators=[right]):
                return ast.Compare(self.visit(left), ops, [self.visit(right)])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return ast.IfExp(self.visit(test), self.visit(body), self.visit(orelse))
            case ast.Call(func=func, args=args):
                return ast.Call(func, [self.visit(arg) for arg in args], [])
        raise AssertionError(node)  # the grammar lets through only the cases above

    def number(self, node: ast.expr) -> ast.expr:
        value = float(evaluate(node, self.values))
        if math.isfinite(value) and _plain(value):
            return number(value)
        return divide_raw(value)

    def joined(self, left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
        match op:
            case ast.Add():
                return add(left, right)
            case ast.Sub():
                return subtract(left, right)
            case ast.Mult():
                return multiply(left, right)
            case ast.Div():
                return divide(left, right)
            case ast.Pow():
                return power(left, right)
        return ast.BinOp(left, op, right)


def divide_raw(value: float) -> ast.expr:
    """Return what is not a finite number, as a formula that has that value."""
    top = 0 if math.isnan(value) else 1 if value > 0 else -1
    return ast.BinOp(number(top), ast.Div(), ast.Constant(0))


def names_in(node: ast.expr) -> set[str]:
    """Return the variables, parameters and constants of a formula, not its functions."""
    functions = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and id(part) not in functions}
