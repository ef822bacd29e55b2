"""One neutral way to write a formula, and its translation into the array language of each library."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

PLAIN_NAMES = frozenset({"abs", "ceil", "cos", "exp", "floor", "log", "max", "min", "sin", "sqrt", "tan", "tanh"})
"""The functions that translate name by name; where, power, clip and interp translate by shape."""


@dataclass(frozen=True)
class Dialect:
    """How one library writes the functions of a formula.

    `number` makes one of its floats; `scalar` marks plain Python, where a step is one number.
    """

    prefix: str
    constants: str
    number: str
    renamed: Mapping[str, str]
    scalar: bool = False

    def translate(self, source: str) -> str:
        """Return neutral source, statements and all, as this library writes it."""
        return tidy(ast.unparse(ast.fix_missing_locations(_Translate(self).visit(ast.parse(source)))))

    def function(self, name: str) -> str:
        """Return what the library calls a neutral function."""
        return self.renamed.get(name, f"{self.prefix}{name}")


_PAIRWISE = {"max": "maximum", "min": "minimum"}

PYTHON = Dialect("math.", "math.", "float({})", {"abs": "abs", "max": "max", "min": "min", "interp": "np.interp"}, True)
NUMPY = Dialect("np.", "np.", "np.float64({})", {k: f"np.{v}" for k, v in _PAIRWISE.items()})
KERAS = Dialect("ops.", "math.", 'ops.cast({}, "float32")', {k: f"ops.{v}" for k, v in _PAIRWISE.items()})
JAX = Dialect("jnp.", "jnp.", "jnp.float32({})", {k: f"jnp.{v}" for k, v in _PAIRWISE.items()})


_OPERAND = r"[A-Za-z_][\w.]*|\d[\w.]*"
_POWER = re.compile(rf"(?<![\w.])({_OPERAND}) \*\* (?:\((-[\d.]+)\)|({_OPERAND})(?![\w.(]))")
_PAIR = re.compile(r"^(\s*\w+(?:, \w+)+ = )\((.*)\)$", re.MULTILINE)


def tidy(code: str) -> str:
    """Lay out what ast.unparse writes as a formatter would: a**b between plain operands, no brackets round a tuple."""
    return _PAIR.sub(r"\1\2", _POWER.sub(lambda m: f"{m[1]}**{m[2] or m[3]}", code)).replace("'", '"')


class _Translate(ast.NodeTransformer):
    """Rewrites neutral names; what it does not know (parameters, other rates) stays as it is."""

    def __init__(self, dialect: Dialect):
        self.dialect = dialect

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _name(f"{self.dialect.constants}{node.id}") if node.id in ("pi", "e") else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            return self.generic_visit(node)  # type: ignore[return-value]
        name, args = node.func.id, [self.visit(arg) for arg in node.args]
        if name == "where" and self.dialect.scalar:
            return ast.IfExp(*args)
        if name == "power":
            return self._power(*args)
        if name == "clip" and self.dialect.scalar:
            return _call("min", _call("max", args[0], args[1]), args[2])
        known = name in PLAIN_NAMES or name in ("where", "clip", "interp")
        return _call(self.dialect.function(name) if known else name, *args)

    def _power(self, base: ast.expr, exponent: ast.expr) -> ast.expr:
        # In float32 a base close to 1 is rounded before it is raised; its logarithm, taken in float64, is not.
        if self.dialect.scalar:
            return ast.BinOp(base, ast.Pow(), exponent)
        return _call(self.dialect.function("exp"), ast.BinOp(_call("math.log", base), ast.Mult(), exponent))


def _name(dotted: str) -> ast.expr:
    return ast.parse(dotted, mode="eval").body


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(_name(name), list(args), [])


class _Typed(ast.NodeTransformer):
    """Make a typed formula mean the same everywhere.

    A comparison is 1 or 0, a condition is a comparison, and arithmetic that does not involve t is done in the
    library's floats: Python would raise for 1 / 0 and never finish 9 ** 9 ** 9.
    """

    def __init__(self, number: str):
        self.number = number

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        risky = isinstance(node.op, ast.Div | ast.Mod | ast.FloorDiv | ast.Pow)
        still = not any(isinstance(part, ast.Name) and part.id == "t" for part in ast.walk(node))
        left, right = self.visit(node.left), self.visit(node.right)
        return ast.BinOp(self._number(left) if risky and still else left, node.op, right)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        too_long = isinstance(node.value, int) and abs(node.value) >= 2**31  # for the libraries' 32-bit integers
        return ast.Constant(float(node.value)) if too_long else node  # type: ignore[arg-type]

    def _number(self, node: ast.expr) -> ast.expr:
        return ast.parse(self.number.format(ast.unparse(ast.fix_missing_locations(node))), mode="eval").body

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        return _call("where", self._compared(node), ast.Constant(1.0), ast.Constant(0.0))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not (isinstance(node.func, ast.Name) and node.func.id == "where"):
            return self.generic_visit(node)  # type: ignore[return-value]
        test = node.args[0]
        if isinstance(test, ast.Compare):
            condition = self._compared(test)
        else:
            condition = ast.Compare(self.visit(test), [ast.NotEq()], [ast.Constant(0)])
        return _call("where", condition, *(self.visit(arg) for arg in node.args[1:]))

    def _compared(self, node: ast.Compare) -> ast.Compare:
        return ast.Compare(self.visit(node.left), node.ops, [self.visit(part) for part in node.comparators])


def typed(source: str, dialect: Dialect) -> str:
    """Return a learner's formula with everything Python would do differently from float arrays spelled out."""
    return ast.unparse(ast.fix_missing_locations(_Typed(dialect.number).visit(ast.parse(source, mode="eval"))))
