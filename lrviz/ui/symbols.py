"""Derivations as mathematics: the names of the update rules as LaTeX symbols, and formulas with numbers put in."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from lrviz.formula import latex, parse
from lrviz.text import number

DIGITS = 5
_FIXED: Mapping[str, str] = {
    "lr": r"\mathrm{lr}",
    "t": "t",
    "beta": r"\beta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "momentum": r"\beta",
    "dampening": r"\tau",
    "weight_decay": r"\mathrm{wd}",
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
    "largest": r"\mathrm{lr}^{\max}",
}
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
    return _safe(latex(parse(formula, names), {name: symbol(name, changing) for name in names}))


def filled(formula: str, numbers: Mapping[str, float]) -> str:
    """Return a formula with numbers in the place of its names."""
    return _safe(latex(parse(formula, tuple(numbers)), {name: figure(value) for name, value in numbers.items()}))


def figure(value: float, digits: int = DIGITS) -> str:
    """Return a number as LaTeX; one that would not stand alone in a product or power gets brackets."""
    text = number(value, digits)
    mantissa, _, exponent = text.partition("e")
    if exponent:
        text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    text = {"∞": r"\infty", "-∞": r"-\infty", "NaN": r"\mathrm{NaN}"}.get(text, text)
    return rf"\left({text}\right)" if exponent or text.startswith("-") else text


def _safe(text: str) -> str:
    """Return LaTeX that can stand in a cell of a Markdown table, where a bar ends the cell."""
    return text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
