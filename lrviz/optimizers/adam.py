"""Adam and its two nearest relatives: an average of the gradients over the root of an average of their squares."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from lrviz.arrays import namespace
from lrviz.optimizers.adaptive import root, root_formula
from lrviz.optimizers.base import (
    Array,
    Beta,
    Epsilon,
    Line,
    Numbers,
    RuleSpec,
    SlowBeta,
    Update,
    Value,
    WeightDecay,
    absent,
    coupled,
    gradient_line,
    per_value,
    powers,
)


def correction(beta: Value, last: int) -> Array:
    """Return what the average after t steps is divided by: 1 - beta^t for t = 1 .. last, (R or 1, last)."""
    return per_value(lambda one: [1 - powers(one, last)], beta)[0]


def averages(h: Numbers, g: Array, state: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return the new averages of the gradient, m, and of its square, v."""
    beta1, beta2 = h["beta1"], h["beta2"]
    return beta1 * state["m"] + (1 - beta1) * g, beta2 * state["v"] + (1 - beta2) * (g * g)


AVERAGE_LINES = (
    Line("m", "beta1*m_prev + (1 - beta1)*g"),
    Line("v", "beta2*v_prev + (1 - beta2)*g**2"),
)


def zeros(x: Array, *names: str) -> dict[str, Array]:
    """Return a state of zeros."""
    none = namespace(x).zeros_like(x)
    return dict.fromkeys(names, none)


def decayed(h: Numbers, c: Numbers, x: Array, g: Array, decoupled: bool) -> tuple[Array, Array, Array | None]:
    """Return gradient, position and decay term with weight decay in the one place or the other."""
    if absent(h["weight_decay"]):
        return g, x, None
    if not decoupled:
        return coupled(h, x, g), x, None
    decay = -(c["lr"] * h["weight_decay"]) * x
    return g, x + decay, decay


def decay_lines(weight_decay: float, decoupled: bool) -> tuple[tuple[Line, ...], str]:
    """Return the first lines of a derivation, and what its last line starts from."""
    if not (weight_decay and decoupled):
        return (gradient_line(weight_decay),), "x_prev"
    return (gradient_line(0), Line("decay", "-lr*weight_decay*x_prev")), "x_prev + decay"


@dataclass(frozen=True)
class Switches:
    """Where the members of the family differ."""

    eps_inside: bool = False
    bias_correction: bool = True
    decoupled: bool = False
    maximum: bool = False

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        if not self.bias_correction:
            return {"lr": rates}
        last = rates.shape[1]
        return {"lr": rates, "bias1": correction(h["beta1"], last), "bias2": correction(h["beta2"], last)}

    def init(self, x: Array) -> dict[str, Array]:
        return zeros(x, "m", "v", "v_max") if self.maximum else zeros(x, "m", "v")

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g, start, decay = decayed(h, c, x, g, self.decoupled)
        m, v = averages(h, g, state)
        new = {"m": m, "v": v}
        if self.maximum:
            new["v_max"] = namespace(x).maximum(state["v_max"], v)
        terms = {"g": g, **new} if decay is None else {"g": g, "decay": decay, **new}
        square = new["v_max"] if self.maximum else v
        if self.bias_correction:
            m = terms["m_hat"] = m / c["bias1"]
            square = terms["v_hat"] = square / c["bias2"]
        scale = 1 / root(square, h["eps"], self.eps_inside)
        return Update(start - c["lr"] * (m * scale), new, m, scale, decay, terms)

    def lines(self, weight_decay: float) -> tuple[Line, ...]:
        first, start = decay_lines(weight_decay, self.decoupled)
        square = "v_max" if self.maximum else "v"
        hats = (Line("m_hat", "m/(1 - beta1**t)"), Line("v_hat", f"{square}/(1 - beta2**t)"))
        m, v = ("m_hat", "v_hat") if self.bias_correction else ("m", square)
        return (
            *first,
            *AVERAGE_LINES,
            *((Line("v_max", "max(v_max_prev, v)"),) if self.maximum else ()),
            *(hats if self.bias_correction else ()),
            Line("x", f"{start} - lr*{m}/{root_formula(v, self.eps_inside)}"),
        )


class Adam(RuleSpec):
    """Averages of the gradient and of its square, started at 0 and corrected for that.

    m = beta1 * m_prev + (1 - beta1) * g, v = beta2 * v_prev + (1 - beta2) * g^2, m_hat = m / (1 - beta1^t),
    v_hat = v / (1 - beta2^t), x = x_prev - lr * m_hat / (sqrt(v_hat) + eps). weight_decay adds to g, or decoupled
    takes lr * weight_decay * x_prev off. Source: Kingma & Ba 2015, arXiv 1412.6980, algorithm 1. PyTorch: Adam
    (decoupled_weight_decay); eps inside the root and bias_correction off have no class.
    """

    kind: Literal["adam"] = "adam"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "Adam"
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.999
    eps: Epsilon = 1e-8
    eps_inside: bool = False
    bias_correction: bool = True
    weight_decay: WeightDecay = 0.0
    decoupled: bool = False

    @property
    def idle(self) -> frozenset[str]:
        return frozenset(() if self.weight_decay else {"decoupled"})

    @cached_property
    def _switches(self) -> Switches:
        return Switches(self.eps_inside, self.bias_correction, self.decoupled)

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        return self._switches.table(h, rates)

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return self._switches.init(x)

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        return self._switches.update(h, c, x, g, state)

    def lines(self) -> tuple[Line, ...]:
        return self._switches.lines(self.weight_decay)


class AMSGrad(RuleSpec):
    """Adam with the largest v so far in place of v, so that a rate never grows back: v_max = max(v_max_prev, v).

    As in torch the maximum is taken before the bias correction. Source: Reddi, Kale & Kumar 2018, arXiv 1904.09237.
    PyTorch: Adam(amsgrad=True); eps inside the root and bias_correction off have no class.
    """

    kind: Literal["amsgrad"] = "amsgrad"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "Adam"
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.999
    eps: Epsilon = 1e-8
    eps_inside: bool = False
    bias_correction: bool = True
    weight_decay: WeightDecay = 0.0
    decoupled: bool = False

    @property
    def idle(self) -> frozenset[str]:
        return frozenset(() if self.weight_decay else {"decoupled"})

    @cached_property
    def _switches(self) -> Switches:
        return Switches(self.eps_inside, self.bias_correction, self.decoupled, maximum=True)

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        return self._switches.table(h, rates)

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return self._switches.init(x)

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        return self._switches.update(h, c, x, g, state)

    def lines(self) -> tuple[Line, ...]:
        return self._switches.lines(self.weight_decay)


class AdamW(RuleSpec):
    """Adam whose weight decay leaves the gradient alone: x = x_prev - lr * weight_decay * x_prev - Adam's step.

    Source: Loshchilov & Hutter 2019, arXiv 1711.05101. PyTorch: AdamW.
    """

    kind: Literal["adamw"] = "adamw"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "AdamW"
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.999
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0.01

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        return _ADAMW.table(h, rates)

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return _ADAMW.init(x)

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        return _ADAMW.update(h, c, x, g, state)

    def lines(self) -> tuple[Line, ...]:
        return _ADAMW.lines(self.weight_decay)


_ADAMW = Switches(decoupled=True)
