"""From formulas to a numbered list of operations: what is shared is computed once, and what is fixed beforehand."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.formula.grammar import CONSTANTS

MOST_FACTORS = 32  # the largest whole-number power written as multiplications

# The names are those of the array standard: any namespace of it has them.
_OPERATORS: Mapping[type[ast.operator] | type[ast.cmpop], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Mod: "remainder",
    ast.FloorDiv: "floor_divide",
    ast.Pow: "pow",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
_FUNCTIONS: Mapping[str, str] = {"max": "maximum", "min": "minimum"}
_TRUTHS = {"less", "less_equal", "greater", "greater_equal", "not_equal"}
_NEUTRAL: Mapping[str, float] = {"subtract": 0.0, "divide": 1.0}  # as the second operand
_ORDERLESS: Mapping[str, float] = {"add": 0.0, "multiply": 1.0}

Value = tuple[str, float]
"""("variable", its number), ("number", itself) or ("step", its number)."""
Step = tuple[str, int, int, int]
"""An operation and the places of what it takes; -1 where it takes less."""


def lowered(
    trees: Sequence[ast.expr], variables: Sequence[str]
) -> tuple[tuple[float, ...], tuple[Step, ...], tuple[int, ...]]:
    """Return constants, steps, and the place of each formula's result.

    Places count the variables first, then the constants, then the results of the steps in order.
    """
    lowering = _Lowering(variables)
    results = [lowering.number(tree) for tree in trees]
    numbers = [value for key in lowering.known for value in (*key[1:], *results) if value[0] == "number"]
    constants = list(dict.fromkeys(numbers or [value for value in results if value[0] == "number"]))

    def place(value: Value) -> int:
        kind, index = value
        if kind == "number":
            return len(variables) + constants.index(value)
        return int(index) + (len(variables) + len(constants) if kind == "step" else 0)

    steps = [(key[0], *map(place, key[1:]), *([-1] * (4 - len(key)))) for key in lowering.known]
    return tuple(value for _, value in constants), tuple(steps), tuple(map(place, results))  # type: ignore[return-value]


class _Lowering:
    """The steps so far, each under what it computes, so that nothing is computed twice."""

    def __init__(self, variables: Sequence[str]):
        self.variables = list(variables)
        self.nodes: dict[int, Value] = {}
        self.known: dict[tuple[Any, ...], Value] = {}
        self.truths: set[Value] = set()

    def number(self, node: ast.expr) -> Value:
        """Return the value of a part as a number: what is true counts as 1."""
        value = self.value(node)
        return self.step("multiply", value, _number(1.0), plain=True) if value in self.truths else value

    def condition(self, node: ast.expr) -> Value:
        """Return the value of a part as true or false: what is not 0 is true."""
        value = self.value(node)
        return value if value in self.truths else self.step("not_equal", value, _number(0.0))

    def value(self, node: ast.expr) -> Value:
        if id(node) not in self.nodes:
            self.nodes[id(node)] = self.of(node)
        return self.nodes[id(node)]

    def of(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=value):
                return _number(float(value))  # type: ignore[arg-type]
            case ast.Name(id=name):
                if name in self.variables:
                    return "variable", self.variables.index(name)
                return _number(CONSTANTS[name])
            case ast.BinOp(left=left, op=op, right=right):
                return self.step(_OPERATORS[type(op)], self.number(left), self.number(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.step(_OPERATORS[type(op)], self.number(left), self.number(right))
            case ast.UnaryOp(op=op, operand=operand):
                value = self.number(operand)
                return self.step("negative", value) if isinstance(op, ast.USub) else value
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, body, orelse)
            case ast.Call(func=ast.Name(id="where"), args=[test, body, orelse]):
                return self.choice(test, body, orelse)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.step(_FUNCTIONS.get(name, name), *map(self.number, args))
        raise AssertionError(node)  # the grammar lets through only the cases above

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Value:
        condition = self.condition(test)
        if condition[0] == "number":
            return self.number(body) if condition[1] else self.number(orelse)
        return self.step("where", condition, self.number(body), self.number(orelse))

    def step(self, name: str, *values: Value, plain: bool = False) -> Value:
        """Return the value of an operation: worked out now, or the step that will."""
        if all(kind == "number" for kind, _ in values):
            return _folded(name, [value for _, value in values])
        if name == "pow":
            return self.power(*values)
        if not plain and (same := _unchanged(name, values)):
            return same
        key = (name, *(sorted(values) if name in _ORDERLESS else values))
        if key not in self.known:
            self.known[key] = "step", len(self.known)
            if name in _TRUTHS:
                self.truths.add(self.known[key])
        return self.known[key]

    def power(self, base: Value, exponent: Value) -> Value:
        """Return a power: by multiplications where the exponent is a small whole number, by a root where it is 0.5."""
        kind, count = exponent
        if base == _number(CONSTANTS["e"]):
            return self.step("exp", exponent)
        if kind == "number" and count < 0 and (-count == 0.5 or _small(-count)):
            return self.step("divide", _number(1.0), self.power(base, _number(-count)))
        if exponent == _number(0.5):
            return self.step("sqrt", base)
        if kind == "number" and _small(count):
            return self.whole_power(base, int(count))
        key = ("pow", base, exponent)
        return self.known.setdefault(key, ("step", len(self.known)))

    def whole_power(self, base: Value, count: int) -> Value:
        if count < 2:
            return base if count else _number(1.0)
        half = self.whole_power(base, count // 2)
        square = self.step("multiply", half, half)
        return self.step("multiply", square, base) if count % 2 else square


def _number(value: float) -> Value:
    return "number", value


def _small(count: float) -> bool:
    return count.is_integer() and 0 <= count <= MOST_FACTORS


def _folded(name: str, values: Sequence[float]) -> Value:
    with np.errstate(all="ignore"):
        return _number(float(getattr(np, name)(*map(np.float64, values))))


def _unchanged(name: str, values: Sequence[Value]) -> Value | None:
    """Return the operand that an operation leaves as it is: x + 0, 1 * x, x / 1, x - 0."""
    neutral = _ORDERLESS.get(name, _NEUTRAL.get(name))
    if neutral is None:
        return None
    if values[1] == _number(neutral):
        return values[0]
    return values[1] if name in _ORDERLESS and values[0] == _number(neutral) else None
