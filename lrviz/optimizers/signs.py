"""Rules that step by the sign of a gradient and not by its size."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.arrays import namespace
from lrviz.optimizers.base import (
    Array,
    Beta,
    Line,
    Numbers,
    RuleSpec,
    SlowBeta,
    Update,
    WeightDecay,
    absent,
    coupled,
    gradient_line,
)
from lrviz.spec import Knob


def sign_formula(name: str) -> str:
    """Write the sign of a value in the formula language."""
    return f"where({name} > 0, 1, where({name} < 0, -1, 0))"


class SignDescent(RuleSpec):
    """A step of lr in every coordinate, against the sign of its gradient: x = x_prev - lr * sign(g).

    Source: Bernstein et al. 2018, arXiv 1802.04434. PyTorch: no class.
    """

    kind: Literal["sign"] = "sign"
    usual_lr: ClassVar[float] = 1e-3
    weight_decay: WeightDecay = 0.0

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        sign = namespace(x).sign(g)
        return Update(x - c["lr"] * sign, {}, sign, None, None, {"g": g, "sign": sign})

    def lines(self) -> tuple[Line, ...]:
        return gradient_line(self.weight_decay), Line("sign", sign_formula("g")), Line("x", "x_prev - lr*sign")


class Lion(RuleSpec):
    """The sign of a mix of gradient and memory: c = beta1 * m_prev + (1 - beta1) * g, x = x_prev - lr * sign(c).

    The memory itself is another mix, m = beta2 * m_prev + (1 - beta2) * g; weight decay is decoupled, it takes
    lr * weight_decay * x_prev off. Source: Chen et al. 2023, arXiv 2302.06675. PyTorch: no class.
    """

    kind: Literal["lion"] = "lion"
    usual_lr: ClassVar[float] = 1e-4
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.99
    weight_decay: WeightDecay = 0.0

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return {"m": namespace(x).zeros_like(x)}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        beta1, beta2 = h["beta1"], h["beta2"]
        mix = beta1 * state["m"] + (1 - beta1) * g
        sign = namespace(x).sign(mix)
        m = beta2 * state["m"] + (1 - beta2) * g
        terms = {"g": g, "c": mix, "sign": sign, "m": m}
        if absent(h["weight_decay"]):
            return Update(x - c["lr"] * sign, {"m": m}, sign, None, None, terms)
        decay = terms["decay"] = -(c["lr"] * h["weight_decay"]) * x
        return Update(x + decay - c["lr"] * sign, {"m": m}, sign, None, decay, terms)

    def lines(self) -> tuple[Line, ...]:
        decay = (Line("decay", "-lr*weight_decay*x_prev"),) if self.weight_decay else ()
        return (
            Line("g", "g_raw"),
            Line("c", "beta1*m_prev + (1 - beta1)*g"),
            Line("sign", sign_formula("c")),
            Line("m", "beta2*m_prev + (1 - beta2)*g"),
            *decay,
            Line("x", f"x_prev {'+ decay ' if decay else ''}- lr*sign"),
        )


class Rprop(RuleSpec):
    """A step size of its own for every coordinate, longer while its gradient keeps its sign, shorter when it turns.

    size = min(max(size_prev * f, step_min), step_max), f = eta_plus while g * g_prev > 0, eta_minus where it is < 0
    (there g counts as 0, so the coordinate stays for one step), 1 where it is 0; x = x_prev - sign(g) * size. The sizes
    start at the first rate; after that the rate changes nothing. Source: Riedmiller & Braun 1993,
    doi 10.1109/ICNN.1993.298623. PyTorch: Rprop.
    """

    kind: Literal["rprop"] = "rprop"
    usual_lr: ClassVar[float] = 1e-2
    torch: ClassVar[str] = "Rprop"
    eta_minus: Annotated[float, Field(gt=0, lt=1), Knob(0.1, 0.95)] = 0.5
    eta_plus: Annotated[float, Field(gt=1, le=10), Knob(1.01, 2)] = 1.2
    step_min: Annotated[float, Field(ge=0, le=1e-2), Knob(1e-9, 1e-2, "log")] = 1e-6
    step_max: Annotated[float, Field(ge=1e-2, le=1e6), Knob(1e-2, 100, "log")] = 50.0

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        first = np.zeros_like(rates)
        first[:, 0] = rates[:, 0]
        return {"lr": rates, "first": first}

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        zeros = namespace(x).zeros_like(x)
        return {"size": zeros, "g": zeros}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        xp = namespace(x)
        turn = g * state["g"]
        ones = xp.ones_like(x)
        factor = xp.where(turn > 0, h["eta_plus"] * ones, xp.where(turn < 0, h["eta_minus"] * ones, ones))
        size = (state["size"] + c["first"]) * factor  # the sizes are 0 before the first step
        size = xp.minimum(xp.maximum(size, h["step_min"] * ones), h["step_max"] * ones)
        kept = xp.where(turn < 0, 0 * ones, g)
        sign = xp.sign(kept)
        terms = {"factor": factor, "size": size, "g": kept, "sign": sign}
        return Update(x - sign * size, {"size": size, "g": kept}, sign, size, None, terms)

    def lines(self) -> tuple[Line, ...]:
        grow = "where(g_raw*g_prev > 0, eta_plus, where(g_raw*g_prev < 0, eta_minus, 1))"
        return (
            Line("factor", grow),
            Line("size", "min(max(where(t > 1, size_prev, lr)*factor, step_min), step_max)"),
            Line("g", "where(g_raw*g_prev < 0, 0, g_raw)"),
            Line("sign", sign_formula("g")),
            Line("x", "x_prev - sign*size"),
        )
