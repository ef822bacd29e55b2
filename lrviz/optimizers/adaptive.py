"""Rules with a rate of its own for every coordinate, from the squares of its gradients; without bias correction."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.arrays import namespace
from lrviz.optimizers.base import (
    Array,
    Epsilon,
    Line,
    MomentumShare,
    Numbers,
    RuleSpec,
    SlowBeta,
    Update,
    Value,
    WeightDecay,
    absent,
    column,
    coupled,
    gradient_line,
)
from lrviz.spec import Knob


def root(square: Array, eps: Value, inside: bool) -> Array:
    """Return the root that a step is divided by: sqrt(square + eps) or sqrt(square) + eps."""
    xp = namespace(square)
    return xp.sqrt(square + eps) if inside else xp.sqrt(square) + eps


def root_formula(square: str, inside: bool) -> str:
    """Write the same in the formula language."""
    return f"sqrt({square} + eps)" if inside else f"(sqrt({square}) + eps)"


class Adagrad(RuleSpec):
    """The rate shrinks with all gradients so far: v = v_prev + g^2, x = x_prev - rate * g / (sqrt(v) + eps).

    rate = lr / (1 + (t - 1) * lr_decay), t from 1; v starts at initial_accumulator_value. eps_inside:
    sqrt(v + eps). Source: Duchi, Hazan & Singer 2011 (JMLR 12). PyTorch: Adagrad; eps inside has no class.
    """

    kind: Literal["adagrad"] = "adagrad"
    usual_lr: ClassVar[float] = 1e-2
    torch: ClassVar[str] = "Adagrad"
    lr_decay: Annotated[float, Field(ge=0, le=1e3), Knob(1e-4, 1, "log")] = 0.0
    initial_accumulator_value: Annotated[float, Field(ge=0, le=1e6), Knob(1e-3, 10, "log")] = 0.0
    eps: Epsilon = 1e-10
    eps_inside: bool = False
    weight_decay: WeightDecay = 0.0

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        if absent(h["lr_decay"]):
            return {"lr": rates}
        return {"lr": rates, "rate": rates / (1 + np.arange(rates.shape[1]) * column(h["lr_decay"]))}

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return {"v": namespace(x).zeros_like(x) + h["initial_accumulator_value"]}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        v = state["v"] + g * g
        scale = 1 / root(v, h["eps"], self.eps_inside)
        rate, named = (c["rate"], {"rate": c["rate"]}) if "rate" in c else (c["lr"], {})
        return Update(x - rate * (g * scale), {"v": v}, g, scale, None, {"g": g, "v": v} | named)

    def lines(self) -> tuple[Line, ...]:
        rates = (Line("rate", "lr/(1 + (t - 1)*lr_decay)"),) if self.lr_decay else ()
        step = f"{'rate' if self.lr_decay else 'lr'}*g/{root_formula('v', self.eps_inside)}"
        return gradient_line(self.weight_decay), Line("v", "v_prev + g**2"), *rates, Line("x", f"x_prev - {step}")


class Adadelta(RuleSpec):
    """Steps in the size of the steps before: d = sqrt(u_prev + eps) / sqrt(v + eps) * g, x = x_prev - lr * d.

    v and u are averages of g^2 and d^2: v = rho * v_prev + (1 - rho) * g^2, u = rho * u_prev + (1 - rho) * d^2.
    Source: Zeiler 2012, arXiv 1212.5701. PyTorch: Adadelta.
    """

    kind: Literal["adadelta"] = "adadelta"
    usual_lr: ClassVar[float] = 1.0
    torch: ClassVar[str] = "Adadelta"
    rho: SlowBeta = 0.9
    eps: Epsilon = 1e-6
    weight_decay: WeightDecay = 0.0

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        zeros = namespace(x).zeros_like(x)
        return {"v": zeros, "u": zeros}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        xp, rho = namespace(x), h["rho"]
        g = coupled(h, x, g)
        v = rho * state["v"] + (1 - rho) * (g * g)
        scale = xp.sqrt(state["u"] + h["eps"]) / xp.sqrt(v + h["eps"])
        d = scale * g
        u = rho * state["u"] + (1 - rho) * (d * d)
        return Update(x - c["lr"] * d, {"v": v, "u": u}, g, scale, None, {"g": g, "v": v, "d": d, "u": u})

    def lines(self) -> tuple[Line, ...]:
        return (
            gradient_line(self.weight_decay),
            Line("v", "rho*v_prev + (1 - rho)*g**2"),
            Line("d", "sqrt(u_prev + eps)/sqrt(v + eps)*g"),
            Line("u", "rho*u_prev + (1 - rho)*d**2"),
            Line("x", "x_prev - lr*d"),
        )


class RMSprop(RuleSpec):
    """The gradient over the root of an average of its squares: v = alpha * v_prev + (1 - alpha) * g^2.

    x = x_prev - lr * d, d = g / (sqrt(v) + eps). centered subtracts the square of the average gradient a from v;
    momentum m > 0 steps along b = m * b_prev + d. There is no bias correction, so the first step is
    lr / sqrt(1 - alpha). Source: Tieleman & Hinton 2012; centered Graves 2013, arXiv 1308.0850. PyTorch: RMSprop; eps
    inside has no class.
    """

    kind: Literal["rmsprop"] = "rmsprop"
    usual_lr: ClassVar[float] = 1e-2
    torch: ClassVar[str] = "RMSprop"
    alpha: SlowBeta = 0.99
    eps: Epsilon = 1e-8
    eps_inside: bool = False
    momentum: MomentumShare = 0.0
    centered: bool = False
    weight_decay: WeightDecay = 0.0

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        zeros = namespace(x).zeros_like(x)
        return {"v": zeros} | ({"a": zeros} if self.centered else {}) | ({} if absent(h["momentum"]) else {"b": zeros})

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        new = {"v": h["alpha"] * state["v"] + (1 - h["alpha"]) * (g * g)}
        square = new["v"]
        if self.centered:
            new["a"] = h["alpha"] * state["a"] + (1 - h["alpha"]) * g
            square = square - new["a"] * new["a"]
        scale = 1 / root(square, h["eps"], self.eps_inside)
        d = g * scale
        terms = {"g": g, "d": d} | new
        if "b" not in state:
            return Update(x - c["lr"] * d, new, g, scale, None, terms)
        new["b"] = terms["b"] = h["momentum"] * state["b"] + d
        return Update(x - c["lr"] * new["b"], new, new["b"], None, None, terms)

    def lines(self) -> tuple[Line, ...]:
        square = "v - a**2" if self.centered else "v"
        return (
            gradient_line(self.weight_decay),
            Line("v", "alpha*v_prev + (1 - alpha)*g**2"),
            *((Line("a", "alpha*a_prev + (1 - alpha)*g"),) if self.centered else ()),
            Line("d", f"g/{root_formula(square, self.eps_inside)}"),
            *((Line("b", "momentum*b_prev + d"),) if self.momentum else ()),
            Line("x", f"x_prev - lr*{'b' if self.momentum else 'd'}"),
        )
