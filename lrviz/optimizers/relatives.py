"""Adam's further relatives: another measure of size (Adamax), a look ahead (NAdam), a careful start (RAdam)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.arrays import namespace
from lrviz.optimizers.adam import AVERAGE_LINES, averages, correction, decay_lines, decayed, zeros
from lrviz.optimizers.adaptive import root
from lrviz.optimizers.base import (
    Array,
    Beta,
    Epsilon,
    Line,
    Numbers,
    RuleSpec,
    SlowBeta,
    Update,
    WeightDecay,
    coupled,
    gradient_line,
    per_value,
    powers,
)
from lrviz.spec import Knob


class Adamax(RuleSpec):
    """Adam with the largest gradient in place of the root: u = max(beta2 * u_prev, |g| + eps).

    x = x_prev - lr * m_hat / u. Source: Kingma & Ba 2015, arXiv 1412.6980, algorithm 2. PyTorch: Adamax.
    """

    kind: Literal["adamax"] = "adamax"
    usual_lr: ClassVar[float] = 2e-3
    torch: ClassVar[str] = "Adamax"
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.999
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0.0

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        return {"lr": rates, "bias1": correction(h["beta1"], rates.shape[1])}

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return zeros(x, "m", "u")

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g = coupled(h, x, g)
        m = h["beta1"] * state["m"] + (1 - h["beta1"]) * g
        u = namespace(x).maximum(h["beta2"] * state["u"], abs(g) + h["eps"])
        m_hat = m / c["bias1"]
        scale = 1 / u
        terms = {"g": g, "m": m, "u": u, "m_hat": m_hat}
        return Update(x - c["lr"] * (m_hat * scale), {"m": m, "u": u}, m_hat, scale, None, terms)

    def lines(self) -> tuple[Line, ...]:
        return (
            gradient_line(self.weight_decay),
            AVERAGE_LINES[0],
            Line("u", "max(beta2*u_prev, abs(g) + eps)"),
            Line("m_hat", "m/(1 - beta1**t)"),
            Line("x", "x_prev - lr*m_hat/u"),
        )


class NAdam(RuleSpec):
    """Adam with Nesterov's look ahead: x = x_prev - lr * m_bar / (sqrt(v_hat) + eps).

    m_bar = (1 - mu) / (1 - P) * g + mu_next / (1 - P * mu_next) * m, mu = beta1 * (1 - 0.96^(t * momentum_decay) / 2),
    mu_next the same at t + 1, P the product of all mu up to t, which torch keeps in float32, and so does this.
    Source: Dozat 2016 (ICLR workshop). PyTorch: NAdam (decoupled_weight_decay).
    """

    kind: Literal["nadam"] = "nadam"
    usual_lr: ClassVar[float] = 2e-3
    torch: ClassVar[str] = "NAdam"
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.999
    eps: Epsilon = 1e-8
    momentum_decay: Annotated[float, Field(ge=0, le=1e3), Knob(1e-4, 1, "log")] = 4e-3
    weight_decay: WeightDecay = 0.0
    decoupled: bool = False

    @property
    def idle(self) -> frozenset[str]:
        return frozenset(() if self.weight_decay else {"decoupled"})

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        last = rates.shape[1]
        parts = per_value(lambda beta1, decay: _momenta(beta1, decay, last), h["beta1"], h["momentum_decay"])
        named = dict(zip(("mu", "mu_next", "product", "product_prev"), parts, strict=True))
        return {"lr": rates, "bias2": correction(h["beta2"], last)} | named

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return zeros(x, "m", "v")

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        g, start, decay = decayed(h, c, x, g, self.decoupled)
        m, v = averages(h, g, state)
        now, ahead = (1 - c["mu"]) / (1 - c["product"]), c["mu_next"] / (1 - c["product"] * c["mu_next"])
        m_bar = now * g + ahead * m
        v_hat = v / c["bias2"]
        scale = 1 / root(v_hat, h["eps"], inside=False)
        shared = {name: c[name] for name in ("mu", "mu_next", "product")}
        terms = {"g": g, "m": m, "v": v, **shared, "m_bar": m_bar, "v_hat": v_hat}
        if decay is not None:
            terms["decay"] = decay
        return Update(start - c["lr"] * (m_bar * scale), {"m": m, "v": v}, m_bar, scale, decay, terms)

    def lines(self) -> tuple[Line, ...]:
        first, start = decay_lines(self.weight_decay, self.decoupled)
        return (
            *first,
            *AVERAGE_LINES,
            Line("mu", "beta1*(1 - 0.5*0.96**(t*momentum_decay))"),
            Line("mu_next", "beta1*(1 - 0.5*0.96**((t + 1)*momentum_decay))"),
            Line("product", "product_prev*mu"),
            Line("m_bar", "(1 - mu)/(1 - product)*g + mu_next/(1 - product*mu_next)*m"),
            Line("v_hat", "v/(1 - beta2**t)"),
            Line("x", f"{start} - lr*m_bar/(sqrt(v_hat) + eps)"),
        )


def _momenta(beta1: Array, momentum_decay: Array, last: int) -> tuple[Array, Array, Array, Array]:
    """Return mu, mu_next, the product of all mu so far and that product one step before, each (U, last).

    The product is rounded to float32 at every step, as torch's state "mu_product" is.
    """
    exponents = np.arange(1.0, last + 2) * momentum_decay
    falls = np.array([[0.96**exponent for exponent in row] for row in exponents.tolist()])
    mu = beta1 * (1 - 0.5 * falls)
    product = np.cumprod(mu[:, :-1].astype(np.float32), axis=1).astype(np.float64)
    before = np.concatenate([np.ones((len(mu), 1)), product[:, :-1]], axis=1)
    return mu[:, :-1], mu[:, 1:], product, before


class RAdam(RuleSpec):
    """Adam that divides by the root only once there are enough squares to trust it, and then by a rectified one.

    rho = rho_inf - 2 * t * beta2^t / (1 - beta2^t), rho_inf = 2 / (1 - beta2) - 1. While rho <= 5:
    x = x_prev - lr * m_hat; after that x = x_prev - lr * m_hat * r * sqrt(1 - beta2^t) / (sqrt(v) + eps),
    r^2 = (rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho). Source: Liu et al. 2020, arXiv 1908.03265.
    PyTorch: RAdam (decoupled_weight_decay).
    """

    kind: Literal["radam"] = "radam"
    usual_lr: ClassVar[float] = 1e-3
    torch: ClassVar[str] = "RAdam"
    beta1: Beta = 0.9
    beta2: SlowBeta = 0.999
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0.0
    decoupled: bool = False

    @property
    def idle(self) -> frozenset[str]:
        return frozenset(() if self.weight_decay else {"decoupled"})

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        last = rates.shape[1]
        parts = per_value(lambda one: _rectified(one, last), h["beta2"])
        named = dict(zip(("rho_inf", "rho", "factor"), parts, strict=True))
        return {"lr": rates, "bias1": correction(h["beta1"], last)} | named

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        return zeros(x, "m", "v")

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        xp, factor = namespace(x), c["factor"]
        g, start, decay = decayed(h, c, x, g, self.decoupled)
        m, v = averages(h, g, state)
        m_hat = m / c["bias1"]
        scale = factor / root(v, h["eps"], inside=False)
        if type(factor) is not float:
            scale = xp.where(factor > 0, scale, xp.ones_like(scale))
        elif factor == 0:
            scale = xp.ones_like(scale)
        terms = {"g": g, "m": m, "v": v, "m_hat": m_hat, "rho_inf": c["rho_inf"], "rho": c["rho"], "scale": scale}
        if decay is not None:
            terms["decay"] = decay
        return Update(start - c["lr"] * (m_hat * scale), {"m": m, "v": v}, m_hat, scale, decay, terms)

    def lines(self) -> tuple[Line, ...]:
        first, start = decay_lines(self.weight_decay, self.decoupled)
        r = "sqrt((rho - 4)*(rho - 2)*rho_inf/((rho_inf - 4)*(rho_inf - 2)*rho))"
        return (
            *first,
            *AVERAGE_LINES,
            Line("m_hat", "m/(1 - beta1**t)"),
            Line("rho_inf", "2/(1 - beta2) - 1"),
            Line("rho", "rho_inf - 2*t*beta2**t/(1 - beta2**t)"),
            Line("scale", f"where(rho > 5, {r}*sqrt(1 - beta2**t)/(sqrt(v) + eps), 1)"),
            Line("x", f"{start} - lr*m_hat*scale"),
        )


def _rectified(beta2: Array, last: int) -> tuple[Array, Array, Array]:
    """Return rho_inf, rho and the rectified factor sqrt(1 - beta2^t) * r (0 while rho <= 5), each (U, last)."""
    power = powers(beta2, last)
    rho_inf = (2 / (1 - beta2) - 1) * np.ones_like(power)
    rho = rho_inf - 2 * np.arange(1, last + 1) * power / (1 - power)
    with np.errstate(all="ignore"):
        r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
    return rho_inf, rho, np.where(rho > 5, r * np.sqrt(1 - power), 0.0)
