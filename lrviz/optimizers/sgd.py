"""Plain descent and its momenta: the rules that have an exact limit of stability."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.arrays import namespace
from lrviz.optimizers.base import (
    Array,
    Line,
    MomentumShare,
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

Dampening = Annotated[float, Field(ge=0, lt=1), Knob(0, 0.99)]


class SGD(RuleSpec):
    """Descent along the gradient: x = x_prev - lr * g.

    weight_decay adds weight_decay * x_prev to g. Source: Robbins & Monro 1951, doi 10.1214/aoms/1177729586.
    PyTorch: SGD.
    """

    kind: Literal["sgd"] = "sgd"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "SGD"
    weight_decay: WeightDecay = 0.0

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        return Update(x - c["lr"] * g, {}, g, None, None, {"g": g})

    def limit(self, h: Numbers) -> float:
        return 2.0

    def felt_curvature(self, h: Numbers, curvature: Value) -> Value:
        return curvature + h["weight_decay"]

    def lines(self) -> tuple[Line, ...]:
        return gradient_line(self.weight_decay), Line("x", "x_prev - lr*g")


class Momentum(RuleSpec):
    """Descent along a direction that remembers the old ones: x = x_prev - lr * v.

    form "torch": v = momentum * v_prev + (1 - dampening) * g, but v = g at the first step; form "ema": an average from
    0, s = momentum * s_prev + (1 - momentum) * g. With a constant rate the average at lr equals torch's form at
    lr * (1 - momentum). With momentum 0 torch leaves dampening out. Source: Polyak 1964,
    doi 10.1016/0041-5553(64)90137-5. PyTorch: SGD(momentum, dampening); the average has no class.
    """

    kind: Literal["momentum"] = "momentum"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "SGD"
    momentum: MomentumShare = 0.9
    dampening: Dampening = 0.0
    form: Literal["torch", "ema"] = "torch"
    weight_decay: WeightDecay = 0.0

    @property
    def idle(self) -> frozenset[str]:
        return frozenset({"dampening"} if self.form == "ema" or self.momentum == 0 else ())

    @property
    def _buffer(self) -> str:
        return "s" if self.form == "ema" else "v"

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        if self.form == "ema" or absent(h["dampening"]):
            return {"lr": rates}
        share = np.where(column(h["momentum"]) == 0, 1.0, 1.0 - column(h["dampening"]))
        return {"lr": rates, "share": np.where(np.arange(rates.shape[1]) == 0, 1.0, share)}

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return {self._buffer: namespace(x).zeros_like(x)}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        if self.form == "ema":
            v = h["momentum"] * state["s"] + (1 - h["momentum"]) * g
        else:
            v = h["momentum"] * state["v"] + (c["share"] * g if "share" in c else g)
        return Update(x - c["lr"] * v, {self._buffer: v}, v, None, None, {"g": g, self._buffer: v})

    def limit(self, h: Numbers) -> Value:
        beta = h["momentum"]
        if self.form == "ema":
            share = 1 - beta
        else:
            share = np.where(np.asarray(beta) == 0, 1.0, 1.0 - np.asarray(h["dampening"]))
        with np.errstate(all="ignore"):
            limit = np.where(np.asarray(beta) < 1, 2 * (1 + np.asarray(beta)) / share, 0.0)
        return limit if limit.ndim else float(limit)

    def felt_curvature(self, h: Numbers, curvature: Value) -> Value:
        return curvature + h["weight_decay"]

    def lines(self) -> tuple[Line, ...]:
        return gradient_line(self.weight_decay), self._line(), Line("x", f"x_prev - lr*{self._buffer}")

    def _line(self) -> Line:
        if self.form == "ema":
            return Line("s", "momentum*s_prev + (1 - momentum)*g")
        if self.dampening and self.momentum:
            return Line("v", "where(t > 1, momentum*v_prev + (1 - dampening)*g, g)")
        return Line("v", "momentum*v_prev + g")


class Nesterov(RuleSpec):
    """Momentum that looks ahead: v = momentum * v_prev + g, x = x_prev - lr * (g + momentum * v).

    With momentum 0 it is SGD (torch refuses nesterov=True there). Source: Nesterov 1983; in this form Sutskever et al.
    2013 (ICML). PyTorch: SGD(nesterov=True).
    """

    kind: Literal["nesterov"] = "nesterov"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "SGD"
    momentum: MomentumShare = 0.9
    weight_decay: WeightDecay = 0.0

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return {"v": namespace(x).zeros_like(x)}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        v = h["momentum"] * state["v"] + g
        ahead = g + h["momentum"] * v
        return Update(x - c["lr"] * ahead, {"v": v}, ahead, None, None, {"g": g, "v": v, "ahead": ahead})

    def limit(self, h: Numbers) -> Value:
        return (2 + 2 * h["momentum"]) / (1 + 2 * h["momentum"])

    def felt_curvature(self, h: Numbers, curvature: Value) -> Value:
        return curvature + h["weight_decay"]

    def lines(self) -> tuple[Line, ...]:
        ahead = Line("ahead", "g + momentum*v")
        return (
            gradient_line(self.weight_decay),
            Line("v", "momentum*v_prev + g"),
            ahead,
            Line("x", "x_prev - lr*ahead"),
        )
