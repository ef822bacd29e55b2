"""Formulas as code over torch tensors: what varies by torch's functions, what stays a plain number by Python's."""

import ast
import math
from collections.abc import Set

from lrviz.export.dialect import PYTHON, tidy
from lrviz.formula import CONSTANTS
from lrviz.formula.algebra import names_in
from lrviz.formula.grammar import evaluate

LARGEST_INTEGER = 2**31  # beyond it a whole number is written as a float: a tensor's integers end


def tensor_code(tree: ast.expr, tensors: Set[str]) -> str:
    """Return a formula as code in which the names of `tensors` are torch tensors and all others Python numbers."""
    made = _Tensors(tensors).visit(ast.parse(ast.unparse(tree), mode="eval").body)
    return tidy(ast.unparse(ast.fix_missing_locations(made)))


def surface_code(tree: ast.expr, tensors: Set[str]) -> str:
    """Return the same for a loss: one that falls nowhere still reads a tensor, or backward() would refuse it."""
    code = tensor_code(tree, tensors)
    return code if _slopes(tree, tensors) else f"{code} + 0 * {min(tensors)}"


def _slopes(node: ast.AST, tensors: Set[str]) -> bool:
    """Say whether a gradient can reach a tensor: not through a comparison or a condition."""
    if isinstance(node, ast.Name):
        return node.id in tensors
    if isinstance(node, ast.Compare):
        return False
    if isinstance(node, ast.IfExp) or (isinstance(node, ast.Call) and _name_of(node) == "where"):
        return any(_slopes(part, tensors) for part in _choice(node)[1:])
    return any(_slopes(part, tensors) for part in ast.iter_child_nodes(node))


def _choice(node: ast.expr) -> list[ast.expr]:
    """Return the condition and the two outcomes of `a if c else b` or where(c, a, b)."""
    return [node.test, node.body, node.orelse] if isinstance(node, ast.IfExp) else node.args  # type: ignore[union-attr]


def _name_of(call: ast.Call) -> str:
    return call.func.id  # type: ignore[union-attr]  # the grammar has no other calls


class _Tensors(ast.NodeTransformer):
    """Rewrites a formula from the top: a part without tensors is a number, and stays one."""

    def __init__(self, tensors: Set[str]):
        self.tensors = tensors

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and not names_in(node) & self.tensors:
            return _number(node)
        return super().visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.FloorDiv):
            return _call("torch.div", self.tensor(node.left, node), right, rounding_mode=ast.Constant("floor"))
        if isinstance(node.op, ast.Mod) and not names_in(node.left) & self.tensors:
            return _call("torch.remainder", self.tensor(node.left, node), right)  # 2 % x has no derivative in torch
        return ast.BinOp(left, node.op, right)  # type: ignore[arg-type]

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        return ast.Call(ast.Attribute(self.condition(node), "double"), [], [])  # type: ignore[arg-type]

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self.choice(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = _name_of(node)
        if name == "where":
            return self.choice(node)
        if name in ("max", "min"):
            return _call(f"torch.{name}imum", *(self.tensor(arg, node) for arg in node.args))
        return _call(f"torch.{name}", *map(self.visit, node.args))

    def choice(self, node: ast.expr) -> ast.AST:
        test, body, orelse = _choice(node)
        if not names_in(test) & self.tensors:
            return ast.IfExp(_number(test), self.visit(body), self.visit(orelse))  # type: ignore[arg-type]
        first = self.visit(body) if names_in(orelse) & self.tensors else self.tensor(body, test)
        return _call("torch.where", self.condition(test), first, self.visit(orelse))

    def condition(self, test: ast.expr) -> ast.AST:
        if not isinstance(test, ast.Compare):
            return ast.Compare(self.visit(test), [ast.NotEq()], [ast.Constant(0)])  # type: ignore[arg-type]
        return ast.Compare(self.visit(test.left), test.ops, [self.visit(test.comparators[0])])  # type: ignore[arg-type]

    def tensor(self, node: ast.expr, beside: ast.expr) -> ast.AST:
        """Return a part as a tensor, where torch takes no plain number, or would hold it in float32."""
        if names_in(node) & self.tensors:
            return self.visit(node)
        return _call(f"{min(names_in(beside) & self.tensors)}.new_tensor", self.visit(node))


def _number(node: ast.expr) -> ast.expr:
    """Return a part without tensors: worked out where Python would do otherwise than float64 does."""
    if names_in(node) - CONSTANTS.keys() or _plain(node):
        return ast.parse(PYTHON.translate(ast.unparse(node)), mode="eval").body
    value = float(evaluate(node, {}))
    return ast.parse(repr(value) if math.isfinite(value) else f'float("{value}")', mode="eval").body


def _plain(node: ast.expr) -> bool:
    """Say whether Python goes the same way as float64: all numbers finite, no whole one too large for a tensor."""
    parts = [part for part in ast.walk(node) if isinstance(part, ast.expr) and not _is_function(part, node)]
    values = [float(evaluate(part, {})) for part in parts]
    return all(math.isfinite(value) and abs(value) < LARGEST_INTEGER for value in values)


def _is_function(part: ast.expr, tree: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) and node.func is part for node in ast.walk(tree))


def _call(name: str, *args: ast.AST, **named: ast.expr) -> ast.Call:
    function = ast.parse(name, mode="eval").body
    return ast.Call(function, list(args), [ast.keyword(key, value) for key, value in named.items()])  # type: ignore[arg-type]
