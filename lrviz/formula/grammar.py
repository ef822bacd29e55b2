"""A formula typed by a learner: parsed to a small whitelist of syntax, evaluated over arrays, printed as code."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

MAX_LENGTH = 200
MAX_DEPTH = 30

Array = np.ndarray[Any, np.dtype[np.float64]]

FUNCTIONS: Mapping[str, tuple[Callable[..., Array], int]] = {
    "abs": (np.abs, 1),
    "ceil": (np.ceil, 1),
    "cos": (np.cos, 1),
    "exp": (np.exp, 1),
    "floor": (np.floor, 1),
    "log": (np.log, 1),
    "max": (np.maximum, 2),
    "min": (np.minimum, 2),
    "sin": (np.sin, 1),
    "sqrt": (np.sqrt, 1),
    "tan": (np.tan, 1),
    "tanh": (np.tanh, 1),
    "where": (np.where, 3),
}
CONSTANTS: Mapping[str, float] = {"pi": float(np.pi), "e": float(np.e)}
_BINARY: Mapping[type[ast.operator], Callable[..., Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.FloorDiv: np.floor_divide,
    ast.Pow: np.power,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[..., Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


class FormulaError(ValueError):
    """A formula that cannot be used; `code` names the sentence, `found` is the part that is at fault."""

    def __init__(self, code: str, found: str = ""):
        super().__init__(code)
        self.code, self.found = code, found


@dataclass(frozen=True)
class Program:
    """A parsed formula: call it with one array per variable."""

    tree: ast.expr
    variables: tuple[str, ...]

    def __call__(self, **values: Any) -> Array:
        """Evaluate in float64; a division by zero or an overflow gives inf or nan, never an exception."""
        arrays = np.broadcast_arrays(*(np.asarray(values[name], dtype=np.float64) for name in self.variables))
        # One value goes as a pair: alone NumPy takes short cuts for it that have another last digit than in a table.
        if arrays[0].size == 1:
            return self._run([np.stack([array, array]) for array in arrays])[0]
        return self._run([np.ascontiguousarray(array) for array in arrays])

    def _run(self, arrays: Sequence[Array]) -> Array:
        result = evaluate(self.tree, dict(zip(self.variables, arrays, strict=True)))
        return np.broadcast_to(np.asarray(result, dtype=np.float64), arrays[0].shape).copy()

    def code(self, names: Mapping[str, str]) -> str:
        """Print the formula as Python, each name in it replaced through `names` where that has an entry."""
        return ast.unparse(_Rename(names).visit(ast.parse(ast.unparse(self.tree), mode="eval")))


@lru_cache(maxsize=256)
def parse(text: str, variables: tuple[str, ...]) -> Program:
    """Parse a formula in the given variables, or raise FormulaError; nothing in it is ever executed as Python.

    Allowed: numbers, the variables, `pi`, `e`, + - * / // % **, comparisons, `a if c else b`, and FUNCTIONS.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError("formula_too_long", str(len(text)))
    try:
        tree = ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as err:
        raise FormulaError("formula_syntax", text.strip()[:40]) from err
    _check(tree, variables, 0)
    return Program(tree, variables)


def _check(node: ast.AST, variables: tuple[str, ...], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise FormulaError("formula_too_deep")
    for part in _parts(node, variables):
        _check(part, variables, depth + 1)


def _parts(node: ast.AST, variables: tuple[str, ...]) -> list[ast.expr]:
    """Return the operands of an allowed node, or raise for one that is not allowed."""
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) < 1e300:
                raise FormulaError("formula_number", str(value)[:20])
            return []
        case ast.Name(id=name) if name in variables or name in CONSTANTS:
            return []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return [left, right]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return [operand]
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return [left, right]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [test, body, orelse]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            if len(args) != FUNCTIONS[name][1]:
                raise FormulaError("formula_arguments", name)
            return args
        case _:
            raise FormulaError("formula_not_allowed", _written(node))


def _written(node: ast.AST) -> str:
    """Return the beginning of a part as it reads, or nothing where it is nested too deep to print."""
    try:
        return ast.unparse(node)[:40]
    except RecursionError:
        return ""


def evaluate(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """Return the value of a part of a formula, in float64, for the values of its names."""
    with np.errstate(all="ignore"):
        return _evaluate(node, scope)


def _evaluate(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return np.float64(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return scope[name] if name in scope else CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, scope), _evaluate(right, scope))
        case ast.UnaryOp(op=op, operand=operand):
            value = _evaluate(operand, scope)
            return -value if isinstance(op, ast.USub) else value
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            truth = _COMPARE[type(op)](_evaluate(left, scope), _evaluate(right, scope))
            return np.asarray(
                truth, dtype=np.float64
            )  # on booleans NumPy refuses - and %, and halves the digits of sqrt
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return np.where(*(_evaluate(part, scope) for part in (test, body, orelse)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name][0](*(_evaluate(arg, scope) for arg in args))
    raise AssertionError(node)  # _check let through only the cases above


class _Rename(ast.NodeTransformer):
    """Replace names, and write `a if c else b` as where(c, a, b) so that it also runs on arrays."""

    def __init__(self, names: Mapping[str, str]):
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(self.names.get(node.id, node.id), mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        # Python's whole numbers grow without end: 9**9**9 must overflow like the formula does, not run for years.
        if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Constant):
            node.left = ast.Constant(float(node.left.value))  # type: ignore[arg-type]
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        call = ast.Call(ast.Name("where", ast.Load()), [node.test, node.body, node.orelse], [])
        return self.generic_visit(call)
