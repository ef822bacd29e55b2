"""Derivations as mathematics: the names of the update rules as LaTeX symbols, and formulas with numbers put in."""

import ast
import re
from collections.abc import Collection, Mapping
from copy import deepcopy
from functools import lru_cache

from lrviz.formula import Program, latex, parse
from lrviz.formula.grammar import evaluate
from lrviz.text import number

DIGITS = 4
MIDDLING, LONG = 22, 40
"""Beyond so many letters a formula is written smaller, and smaller still."""
_FIXED: Mapping[str, str] = {
    "lr": r"\mathrm{lr}\,",
    "t": "t",
    "beta": r"\beta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "momentum": r"\beta",
    "dampening": r"\tau",
    "weight_decay": r"\mathrm{wd}\,",
    "lr_decay": r"\kappa",
    "eps": r"\varepsilon",
    "alpha": r"\alpha",
    "rho": r"\rho",
    "momentum_decay": r"\psi",
    "eta_minus": r"\eta_-",
    "eta_plus": r"\eta_+",
    "step_min": r"\mathrm{min}",
    "step_max": r"\mathrm{max}",
    "lambd": r"\lambda",
    "t0": "t_0",
    "weight_lr_power": "p",
    "r": "r",
    "rho_inf": r"\rho_\infty",
    "clip_norm": r"\mathrm{clip}",
}
"""What does not change from step to step; a `rho` or an `alpha` that is a term of its own does."""
_CHANGING: Mapping[str, str] = {
    "x": "w",
    "g_raw": r"\nabla",
    "m_hat": r"\hat m",
    "v_hat": r"\hat v",
    "m_bar": r"\bar m",
    "v_max": r"v^{\max}",
    "ahead": "d",
    "sign": r"\sigma",
    "scale": "r",
    "factor": "f",
    "size": r"\Delta",
    "decay": r"\delta",
    "rate": r"\eta",
    "rho": r"\rho",
    "mu": r"\mu",
    "product": "P",
    "next": r"w",
    "ax": r"\bar w",
    "w": r"\gamma",
    "total": r"\Gamma",
    "lr_max": r"\mathrm{lr}^{\max}",
    "update": r"\Delta w",
}
_SIGN = re.compile(r"where\((\w+) > 0, 1, where\(\1 < 0, -1, 0\)\)")
_SIGN_OF = "sign_of_"
_NEXT = {"mu_next": r"\mu_{t+1}"}
"""What an update needs of the step after."""


def symbol(name: str, changing: Collection[str] = ()) -> str:
    """Return how a name of a derivation is written; `changing` are the derivation's own terms."""
    if name in _NEXT:
        return _NEXT[name]
    if name.endswith("_prev"):
        return f"{_letter(name.removesuffix('_prev'))}_{{t-1}}"
    if name in changing and name != "rho_inf":
        return f"{_letter(name)}_t"
    return _FIXED.get(name) or f"{_letter(name)}_t"


def _letter(name: str) -> str:
    return r"\mathrm{lr}" if name == "lr" else _CHANGING.get(name, name)


def written(formula: str, numbers: Mapping[str, float], changing: frozenset[str]) -> str:
    """Return a formula in symbols; of a choice that is long, or a part of something, only the side that is taken."""
    whole = _in_symbols(formula, tuple(numbers), changing)
    widest = max(map(letters, whole.split(r"\\")))
    if "cases" not in whole or (whole.startswith(r"\begin") and widest <= MIDDLING):
        return whole
    return latex(_taken(formula, numbers), {name: symbol(name, changing) for name in numbers})


@lru_cache(maxsize=512)
def _in_symbols(formula: str, names: tuple[str, ...], changing: frozenset[str]) -> str:
    symbols = {name: symbol(name, changing) for name in names}
    told = _SIGN.sub(lambda found: f"{_SIGN_OF}{found[1]}", formula)
    signs = {
        f"{_SIGN_OF}{name}": rf"\operatorname{{sign}}\left({symbols[name]}\right)" for name in _SIGN.findall(formula)
    }
    return latex(parse(told, (*names, *signs)), symbols | signs)


def filled(formula: str, numbers: Mapping[str, float]) -> str:
    """Return a formula with numbers in the place of its names; of a choice only the side that is taken."""
    return latex(_taken(formula, numbers), {name: _number(value) for name, value in numbers.items()})


def _taken(formula: str, numbers: Mapping[str, float]) -> Program:
    program = parse(formula, tuple(numbers))
    return Program(_Taken(numbers).visit(deepcopy(program.tree)), program.variables)


class _Taken(ast.NodeTransformer):
    """Puts the side that is taken in the place of every choice."""

    def __init__(self, numbers: Mapping[str, float]):
        self.numbers = numbers

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if getattr(node.func, "id", "") != "where":
            return self.generic_visit(node)
        test, then, otherwise = node.args
        return self.visit(then if evaluate(test, self.numbers) else otherwise)


def _number(value: float) -> str:
    text = number(value, DIGITS)
    return {"∞": r"\infty", "-∞": r"\left(-\infty\right)", "NaN": r"\mathrm{NaN}"}.get(text, text)


def inline(text: str) -> str:
    """Return LaTeX as it stands in a cell of a Markdown table: a bar would end the cell, a long line leave it.

    A single fraction is written in full size; of two that break over lines the parts would run into each other.
    """
    length = letters(text)
    size = r"\small" if length <= MIDDLING else r"\footnotesize" if length <= LONG else r"\scriptsize"
    style = r" \displaystyle" if text.count(r"\frac") == 1 and length <= LONG else ""
    return f"${size}{style} {text.replace('|', chr(92) + 'vert ')}$"


def letters(text: str) -> int:
    """Return about how many letters of LaTeX are seen."""
    return len(re.sub(r"\\[a-z]+|[{}\\^_& ]", "", text, flags=re.IGNORECASE))
