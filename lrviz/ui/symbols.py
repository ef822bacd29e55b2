"""Derivations as mathematics: the names of the update rules as LaTeX symbols, and formulas with numbers put in."""

import ast
import re
from collections.abc import Collection, Mapping
from copy import deepcopy
from functools import lru_cache

from lrviz.formula import Program, latex, parse
from lrviz.formula.grammar import evaluate
from lrviz.text import number

DIGITS = 5
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


@lru_cache(maxsize=512)
def written(formula: str, names: tuple[str, ...], changing: frozenset[str]) -> str:
    """Return a formula in symbols."""
    symbols = {name: symbol(name, changing) for name in names}
    told = _SIGN.sub(lambda found: f"{_SIGN_OF}{found[1]}", formula)
    signs = {f"{_SIGN_OF}{name}": rf"\operatorname{{sign}}\left({symbols[name]}\right)" for name in _SIGN.findall(formula)}
    return _safe(latex(parse(told, (*names, *signs)), symbols | signs))


def filled(formula: str, numbers: Mapping[str, float]) -> str:
    """Return a formula with numbers in the place of its names; of a choice only the side that is taken."""
    program = parse(formula, tuple(numbers))
    taken = Program(_Taken(numbers).visit(deepcopy(program.tree)), program.variables)
    return _safe(latex(taken, {name: _number(value) for name, value in numbers.items()}))


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


def _safe(text: str) -> str:
    """Return LaTeX for a cell of a Markdown table, where a bar would end the cell, with fractions in full size."""
    return r"\displaystyle " + text.replace("|", r"\vert ")
