"""A formula as LaTeX, in as few brackets as it can be read without."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from lrviz.formula.algebra import value_of
from lrviz.formula.grammar import Program


class Binding(IntEnum):
    """How firmly a written part holds together: one that is looser than its surroundings goes in brackets."""

    CHOICE, SUM, NEGATIVE, REMAINDER, PRODUCT, FRACTION, POWER, ATOM = range(8)


@dataclass(frozen=True)
class Part:
    """A written part and how firmly it holds together."""

    text: str
    binding: Binding

    def within(self, least: Binding) -> str:
        """Return the text, in brackets where it is looser than that."""
        return self.text if self.binding >= least else rf"\left({self.text}\right)"


_GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lambda", "mu"}
_GREEK |= {"nu", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "pi"}
_NAMED = {"cos": r"\cos", "log": r"\ln", "max": r"\max", "min": r"\min"}
_NAMED |= {"sin": r"\sin", "tan": r"\tan", "tanh": r"\tanh"}
_FENCED = {"abs": (r"\left|", r"\right|"), "ceil": (r"\left\lceil ", r"\right\rceil ")}
_FENCED |= {"floor": (r"\left\lfloor ", r"\right\rfloor ")}
_SIGNS: Mapping[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge"}
_OPPOSITE = {"<": r"\ge", r"\le": ">", ">": r"\le", r"\ge": "<", r"\ne": "="}


def latex(program: Program, names: Mapping[str, str] | None = None) -> str:
    """Return a formula as LaTeX; `names` says what to write for a variable: a symbol, or a number already written.

    A variable without an entry is written by its own name: x_prev as x with an index, beta1 as a Greek letter with one.
    """
    return _Writer(names or {}).part(program.tree).text


def written(value: float) -> Part:
    """Return a number in LaTeX: whole ones in full, others to six digits."""
    whole = float(value).is_integer() and abs(value) < 1e15
    return _number(str(int(value)) if whole else f"{value:.6g}")


def _number(text: str) -> Part:
    digits, _, exponent = text.partition("e")
    if exponent:
        power = f"10^{{{int(exponent)}}}"
        sign, one = ("-" if digits.startswith("-") else ""), digits.lstrip("-") == "1"
        text = f"{sign}{power}" if one else rf"{digits} \times {power}"
        firm = Binding.POWER if one else Binding.PRODUCT
    else:
        firm = Binding.ATOM
    return Part(text, Binding.NEGATIVE if text.startswith("-") else firm)


class _Writer:
    """One writing of one formula."""

    def __init__(self, names: Mapping[str, str]):
        self.names = names

    def part(self, node: ast.expr) -> Part:
        match node:
            case ast.Constant(value=int() | float() as value):
                return written(value)
            case ast.Name(id=name):
                return _symbol(self.names[name]) if name in self.names else Part(_own_name(name), Binding.ATOM)
            case ast.UnaryOp(op=op, operand=operand):
                inner = self.part(operand)
                return Part("-" + inner.within(Binding.REMAINDER), Binding.NEGATIVE) if _minus(op) else inner
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(left, op, right)
            case ast.Compare():
                return Part(rf"\left[{self.condition(node)}\right]", Binding.ATOM)
            case ast.IfExp() | ast.Call(func=ast.Name(id="where")):
                return self.cases(node)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, args, "")
        raise AssertionError(node)  # the grammar lets through only the cases above

    def operation(self, left: ast.expr, op: ast.operator, right: ast.expr) -> Part:
        match op:
            case ast.Add() | ast.Sub():
                return self.sum(left, isinstance(op, ast.Add), right)
            case ast.Mult():
                return self.product(left, right)
            case ast.Div():
                return self.fraction(left, right)
            case ast.Mod():
                pair = (self.part(side).within(Binding.FRACTION) for side in (left, right))
                return Part(r" \bmod ".join(pair), Binding.REMAINDER)
            case ast.FloorDiv():
                return self.fenced("floor", rf"\frac{{{self.part(left).text}}}{{{self.part(right).text}}}")
        return self.power(left, right)

    def sum(self, left: ast.expr, plus: bool, right: ast.expr) -> Part:
        first, second = self.part(left).within(Binding.SUM), self.part(right)
        if plus and second.text.startswith("-") and _written_negative(right):
            return Part(f"{first} - {second.text[1:]}", Binding.SUM)
        if plus and not second.text.startswith("-"):
            return Part(f"{first} + {second.within(Binding.SUM)}", Binding.SUM)
        return Part(f"{first} {'+' if plus else '-'} {second.within(Binding.REMAINDER)}", Binding.SUM)

    def product(self, left: ast.expr, right: ast.expr) -> Part:
        first, second = self.part(left), self.part(right).within(Binding.PRODUCT)
        negative = first.binding == Binding.NEGATIVE
        before = first.text if negative else first.within(Binding.PRODUCT)
        mixed = before[-1:].isdigit() and second.startswith(r"\frac{") and second[6:7].isdigit()
        between = r" \cdot " if second[:1].isdigit() or mixed else " "
        return Part(before + between + second, Binding.NEGATIVE if negative else Binding.PRODUCT)

    def fraction(self, left: ast.expr, right: ast.expr) -> Part:
        if isinstance(left, ast.UnaryOp) and _minus(left.op):
            return Part("-" + self.fraction(left.operand, right).within(Binding.PRODUCT), Binding.NEGATIVE)
        top, bottom = self.part(left), self.part(right).text
        if top.binding == Binding.NEGATIVE:
            return Part(rf"-\frac{{{top.text[1:]}}}{{{bottom}}}", Binding.NEGATIVE)
        return Part(rf"\frac{{{top.text}}}{{{bottom}}}", Binding.FRACTION)

    def power(self, base: ast.expr, exponent: ast.expr) -> Part:
        count = value_of(exponent)
        if count == 0.5:
            return self.call("sqrt", [base], "")
        if isinstance(base, ast.Call) and isinstance(base.func, ast.Name) and base.func.id in _NAMED and count != -1:
            return self.call(base.func.id, base.args, f"^{{{self.part(exponent).text}}}")
        return Part(f"{self.part(base).within(Binding.ATOM)}^{{{self.part(exponent).text}}}", Binding.POWER)

    def call(self, name: str, args: list[ast.expr], raised: str) -> Part:
        inner = ", ".join(self.part(arg).text for arg in args)
        if name == "sqrt":
            return Part(rf"\sqrt{{{inner}}}", Binding.POWER)
        if name == "exp":
            return Part(f"e^{{{inner}}}", Binding.POWER)
        if name in _FENCED:
            return self.fenced(name, inner)
        return Part(rf"{_NAMED[name]}{raised}\left({inner}\right)", Binding.POWER)

    def fenced(self, name: str, inner: str) -> Part:
        opening, closing = _FENCED[name]
        return Part(f"{opening}{inner}{closing}".rstrip(), Binding.ATOM)

    def cases(self, node: ast.expr) -> Part:
        """Write a choice as rows, one for each condition and one for where none of them holds."""
        rows, left = [], []
        while (choice := _choice(node)) is not None:
            test, yes, node = choice
            rows.append(rf"{self.part(yes).text} & {self.condition(test)}")
            left.append(self.sides(test))
        rows.append(rf"{self.part(node).text} & {_none_of(left)}")
        return Part(r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}", Binding.CHOICE)

    def condition(self, test: ast.expr) -> str:
        return " ".join(self.sides(test))

    def sides(self, test: ast.expr) -> tuple[str, str, str]:
        """Return what a condition compares, and how: the left side, the sign, the right side."""
        match test:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.part(left).within(Binding.SUM), _SIGNS[type(op)], self.part(right).within(Binding.SUM)
        return self.part(test).within(Binding.SUM), r"\ne", "0"


def _minus(op: ast.unaryop) -> bool:
    return isinstance(op, ast.USub)


def _written_negative(node: ast.expr) -> bool:
    """Whether a part begins with a minus of the formula's own, not with that of a number put in for a name."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        node = node.left
    return isinstance(node, ast.UnaryOp)


def _choice(node: ast.expr) -> tuple[ast.expr, ast.expr, ast.expr] | None:
    match node:
        case ast.IfExp(test=test, body=yes, orelse=no):
            return test, yes, no
        case ast.Call(func=ast.Name(id="where"), args=[test, yes, no]):
            return test, yes, no
    return None


def _none_of(conditions: list[tuple[str, str, str]]) -> str:
    """Return the condition under which none of the others holds; neither above nor below is equal."""
    signs: dict[tuple[str, str], list[str]] = {}
    for left, sign, right in conditions:
        signs.setdefault((left, right), []).append(sign)
    opposite = [(sides, "=" if {"<", ">"} <= set(found) else "") for sides, found in signs.items()]
    return r" \wedge ".join(
        " ".join((left, sign, right))
        for (left, right), equal in opposite
        for sign in ([equal] if equal else [_OPPOSITE[found] for found in dict.fromkeys(signs[left, right])])
    )


def _symbol(text: str) -> Part:
    if re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text):
        return _number(text.lstrip("+"))
    if text.startswith("-"):
        return Part(text, Binding.NEGATIVE)
    return Part(text, Binding.PRODUCT if r"\times" in text else Binding.POWER if "^" in text else Binding.ATOM)


def _own_name(name: str) -> str:
    stem, _, index = name.partition("_")
    found = re.fullmatch(r"([A-Za-z]+?)(\d+)", stem)
    if found and not index:
        stem, index = found.groups()
    symbol = "\\" + stem if stem in _GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    if not index:
        return symbol
    return (
        f"{symbol}_{{{index}}}" if len(index) == 1 or index.isdigit() else rf"{symbol}_{{\mathrm{{{_plain(index)}}}}}"
    )


def _plain(index: str) -> str:
    return index.replace("_", r"\_")
