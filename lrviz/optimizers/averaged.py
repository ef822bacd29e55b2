"""Rules that keep an average of their positions, and hand that over instead of the last one."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.arrays import namespace
from lrviz.optimizers.base import (
    Array,
    Line,
    Numbers,
    RuleSpec,
    Update,
    Value,
    WeightDecay,
    absent,
    column,
    coupled,
    gradient_line,
)
from lrviz.spec import Knob


class ASGD(RuleSpec):
    """Descent with a fading rate, and an average of the positions from step t0 on.

    x = x_prev - lambd * rate * x_prev - rate * g, rate = lr_prev / (1 + lambd * lr_prev * (t - 1))^alpha: torch sets
    the rate at the end of a step, so a change of lr counts one step late, and keeps it in float32, as does this.
    ax = ax_prev + mu * (x - ax_prev), mu = 1 / max(1, t - 1 - t0), is what the optimizer hands over.
    Source: Polyak & Juditsky 1992, doi 10.1137/0330046. PyTorch: ASGD.
    """

    kind: Literal["asgd"] = "asgd"
    usual_lr: ClassVar[float] = 1e-2
    torch: ClassVar[str] = "ASGD"
    lambd: Annotated[float, Field(ge=0, le=10), Knob(1e-6, 1, "log")] = 1e-4
    alpha: Annotated[float, Field(ge=0, le=2), Knob(0, 1)] = 0.75
    t0: Annotated[float, Field(ge=0, le=1e9), Knob(1, 1e6, "log")] = 1e6
    weight_decay: WeightDecay = 0.0

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        before = np.concatenate([rates[:, :1], rates[:, :-1]], axis=1)
        t = np.arange(rates.shape[1])
        base = 1 + column(h["lambd"]) * before * t
        rate = _single(before / np.power(base, column(h["alpha"]) + 0 * base))
        mu = _single(1 / np.maximum(1, t - column(h["t0"])))
        return {"lr": rates, "lr_prev": before, "rate": rate, "mu": mu}

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return {"ax": namespace(x).zeros_like(x)}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g, rate, mu = coupled(h, x, g), c["rate"], c["mu"]
        terms, start, decay = {"g": g, "rate": rate, "mu": mu}, x, None
        if not absent(h["lambd"]):
            decay = terms["decay"] = -(h["lambd"] * rate) * x
            start = x + decay
        new = terms["next"] = start - rate * g
        terms["ax"] = ax = _averaged(state["ax"], new, mu)
        return Update(new, {"ax": ax}, g, None, decay, terms)

    def answer(self, x: Array, state: Mapping[str, Array]) -> Array:
        return state["ax"]

    def lines(self) -> tuple[Line, ...]:
        decay = (Line("decay", "-lambd*rate*x_prev"),) if self.lambd else ()
        return (
            gradient_line(self.weight_decay),
            Line("rate", "lr_prev/(1 + lambd*lr_prev*(t - 1))**alpha"),
            *decay,
            Line("next", f"x_prev {'+ decay ' if decay else ''}- rate*g"),
            Line("mu", "1/max(1, t - 1 - t0)"),
            Line("ax", "where(mu < 1, ax_prev + mu*(next - ax_prev), next)"),
            Line("x", "next"),
        )


def _single(values: Array) -> Array:
    """Return values as float32 holds them: torch keeps what it stores a step in that."""
    return values.astype(np.float32).astype(np.float64)


def _averaged(ax: Array, x: Array, mu: Value) -> Array:
    """Return ax + mu * (x - ax), and x itself where mu is 1."""
    if type(mu) is float:
        return x if mu == 1 else ax + mu * (x - ax)
    return namespace(x).where(mu == 1, x, ax + mu * (x - ax))


class ScheduleFree(RuleSpec):
    """SGD whose average does what a falling rate does: gradients are taken between the steps z and their average a.

    z = z_prev - lr * g, a = (1 - c) * a_prev + c * z, x = (1 - beta) * z + beta * a; c = w / (sum of all w so far),
    w = t^r * (largest lr so far)^weight_lr_power, t from 1. The average a is what the optimizer hands over. Source:
    Defazio et al. 2024, arXiv 2405.15682. PyTorch: no class. No limit is given: below 2 / (1 - beta) every run settles
    in the end, but on the way there it grows beyond all bounds first.
    """

    kind: Literal["schedule_free"] = "schedule_free"
    usual_lr: ClassVar[float] = 1.0
    beta: Annotated[float, Field(ge=0, lt=1), Knob(0, 0.98)] = 0.9
    weight_lr_power: Annotated[float, Field(ge=0, le=10), Knob(0, 4)] = 2.0
    r: Annotated[float, Field(ge=0, le=10), Knob(0, 4)] = 0.0
    weight_decay: WeightDecay = 0.0

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        lr_max = np.maximum.accumulate(rates, axis=1)
        t = np.arange(1.0, rates.shape[1] + 1)
        weight = _power(t, column(h["r"])) * _power(lr_max, column(h["weight_lr_power"]))
        total = np.cumsum(weight, axis=1)
        share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        before = {"lr_max_prev": _shifted(lr_max), "total_prev": _shifted(total)}
        return {"lr": rates, "lr_max": lr_max, "w": weight, "total": total, "c": share} | before

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return {"z": x, "a": x}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        z = state["z"] - c["lr"] * g
        a = (1 - c["c"]) * state["a"] + c["c"] * z
        new = (1 - h["beta"]) * z + h["beta"] * a
        shared = {name: c[name] for name in ("lr_max", "w", "total", "c")}
        terms = {"g": g, "z": z, **shared, "a": a}
        return Update(new, {"z": z, "a": a}, None, None, None, terms)

    def answer(self, x: Array, state: Mapping[str, Array]) -> Array:
        return state["a"]

    def lines(self) -> tuple[Line, ...]:
        return (
            gradient_line(self.weight_decay),
            Line("z", "z_prev - lr*g"),
            Line("lr_max", "max(lr_max_prev, lr)"),
            Line("w", "t**r*lr_max**weight_lr_power"),
            Line("total", "total_prev + w"),
            Line("c", "where(total > 0, w/total, 0)"),
            Line("a", "(1 - c)*a_prev + c*z"),
            Line("x", "(1 - beta)*z + beta*a"),
        )


def _shifted(values: Array) -> Array:
    """Return the values of the step before, 0 before the first."""
    return np.concatenate([np.zeros((len(values), 1)), values[:, :-1]], axis=1)


def _power(base: Array, exponent: Array) -> Array:
    """Return base ** exponent with an exponent a number: for a single exponent NumPy takes short cuts."""
    base, exponent = np.broadcast_arrays(base, exponent)
    return np.power(np.ascontiguousarray(base), np.ascontiguousarray(exponent))
