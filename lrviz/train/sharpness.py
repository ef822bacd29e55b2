"""The sharpness of a loss, its Hessian's largest eigenvalue, and the run that watches it rise to the edge."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.spec import cached
from lrviz.train import chance
from lrviz.train.edge import GAIN, Edge
from lrviz.train.job import BUDGET
from lrviz.train.models import ActivationName
from lrviz.train.numbers import packed

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]
TOLERANCE = 1e-4
"""How much an eigenvalue may still change, as a share of itself, when it counts as found."""
MOST_ROUNDS = 200
MOST = 1e38
"""A run whose loss is beyond this breaks off: about where single precision, in which it is told, ends."""


def top_eigenvalue(times: Callable[[Tensor], Tensor], start: Tensor, tolerance: float = TOLERANCE) -> "Eigenpair":
    """Return the largest eigenvalue of a symmetric matrix H, given v -> H v, by power iteration from `start`.

    v <- H v / |H v| turns to the eigenvalue largest in size. Where that is a negative one, mu, the same is done with
    H - mu, whose eigenvalues are all positive. The answer is v . H v, whose error is the square of v's.
    """
    found = _iterated(times, start, tolerance)
    if found.value >= 0:
        return found
    shifted = _iterated(lambda v: times(v) - found.value * v, start, tolerance)
    return Eigenpair(shifted.value + found.value, shifted.vector, found.rounds + shifted.rounds)


@dataclass(frozen=True)
class Eigenpair:
    """An eigenvalue, its vector of length 1, and how many products with the matrix it took."""

    value: float
    vector: Tensor
    rounds: int


def _iterated(times: Callable[[Tensor], Tensor], start: Tensor, tolerance: float) -> Eigenpair:
    v, value = start / start.norm(), math.nan
    for rounds in range(1, MOST_ROUNDS + 1):
        product = times(v)
        before, value = value, float(v @ product)
        length = float(product.norm())
        if not math.isfinite(length) or length == 0 or abs(value - before) <= tolerance * abs(value):
            return Eigenpair(value, v, rounds)
        v = product / length
    return Eigenpair(value, v, MOST_ROUNDS)


# ---------------------------------------------------------------------------------------------------- the one net


def bent(activation: ActivationName, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return an activation, its slope and its curvature at z."""
    if activation == "tanh":
        h = torch.tanh(z)
        d = 1 - h * h
        return h, d, -2 * h * d
    if activation == "relu":
        return torch.relu(z), (z > 0).to(z.dtype), torch.zeros_like(z)
    bell = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    share = torch.special.ndtr(z)
    return z * share, share + z * bell, bell * (2 - z * z)


class Bump:
    """The net of an Edge: parameters theta = (w, b, v), (3 H,), its loss, gradient and products with its Hessian."""

    def __init__(self, edge: Edge) -> None:
        self.edge, self.width = edge, edge.width
        x, y = edge.points()
        self.x, self.y = torch.tensor(x)[:, None], torch.tensor(y)

    def first(self) -> Tensor:
        """Return the first parameters."""
        seeds, step = torch.tensor([self.edge.seed]), torch.zeros(1, dtype=torch.int64)
        deviation = math.sqrt(2 / (1 + self.width))
        w, v = (chance.normal(seeds, chance.INIT + 1_000 * layer, step, self.width)[0, 0] for layer in (0, 1))
        return torch.cat([GAIN * deviation * w, torch.zeros(self.width, dtype=torch.float64), deviation * v])

    def says(self, theta: Tensor) -> Tensor:
        """Return what the net says at the points, (n,)."""
        w, b, v = theta.view(3, self.width)
        return bent(self.edge.activation, self.x * w + b)[0] @ v

    def gradient(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and its gradient, (3 H,)."""
        w, b, v = theta.view(3, self.width)
        h, d, _ = bent(self.edge.activation, self.x * w + b)
        r = h @ v - self.y
        s = (r / len(r))[:, None] * d
        return (r @ r) / (2 * len(r)), torch.cat([v * (self.x * s).sum(0), v * s.sum(0), (r @ h) / len(r)])

    def hessian_times(self, theta: Tensor) -> Callable[[Tensor], Tensor]:
        """Return u -> H u: the derivative of the gradient along u. Source: Pearlmutter 1994, "R-operator"."""
        w, b, v = theta.view(3, self.width)
        h, d, c = bent(self.edge.activation, self.x * w + b)
        r, n = h @ v - self.y, len(self.y)

        def product(u: Tensor) -> Tensor:
            along_w, along_b, along_v = u.view(3, self.width)
            z = self.x * along_w + along_b
            dh = d * z
            dr = dh @ v + h @ along_v
            ds = (dr[:, None] * v + r[:, None] * along_v) * d + r[:, None] * v * c * z
            return torch.cat([(self.x * ds).sum(0), ds.sum(0), r @ dh + dr @ h]) / n

        return product


# ---------------------------------------------------------------------------------------------------- the run


@dataclass(frozen=True)
class Rising:
    """How far an edge's run is: steps done, parameters, the last step (for momentum), the last eigenvector."""

    step: int
    theta: Array
    moved: Array
    vector: Array


@cached(4)
def _net(edge: Edge) -> Bump:
    return Bump(edge)


def rising(edge: Edge, now: Rising | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with an edge's run; tell the loss before each step and the sharpness after every few.

    {"step", "loss" (K,), "sharpness", "ratio" (of the bound), "fitted" (n,)}. Done after the last step, or once the
    loss is beyond MOST; the last event then says since which step: "bad" (1,).
    """
    net, began, events = _net(edge), time.monotonic(), []
    if now is None:
        theta = net.first()
        now = Rising(0, theta.numpy(), np.zeros(len(theta)), np.ones(len(theta)))
        now, first = _measured(net, now)
        events.append(first)
    done = False
    while not done:
        now, event = _stretch(net, now, min(edge.every, edge.steps - now.step))
        events.append(event)
        done = now.step >= edge.steps or event["sharpness"] is None
        if steering.get("once") or time.monotonic() - began > BUDGET:
            break
    size = sum(len(str(event)) for event in events)
    return Chunk(now, events, now.step / edge.steps, done, size=size)


@torch.inference_mode()
def _stretch(net: Bump, now: Rising, count: int) -> tuple[Rising, dict[str, Any]]:
    """Make some steps and measure."""
    theta, moved = torch.tensor(now.theta), torch.tensor(now.moved)
    eta, beta, losses = net.edge.eta, net.edge.momentum, []
    for _ in range(count):
        loss, gradient = net.gradient(theta)
        losses.append(loss)
        moved = beta * moved - eta * gradient
        theta = theta + moved
    after, found = _measured(net, Rising(now.step + count, theta.numpy(), moved.numpy(), now.vector))
    loss = torch.stack(losses).numpy()
    if found["sharpness"] is None:
        found["bad"] = [now.step + int(np.append(loss < MOST, False).argmin())]
    return after, found | {"loss": packed(loss)}


@torch.inference_mode()
def _measured(net: Bump, now: Rising) -> tuple[Rising, dict[str, Any]]:
    """Measure the sharpness, from the last eigenvector on; no number where the loss is none."""
    theta = torch.tensor(now.theta)
    fitted = {"fitted": packed(net.says(theta).numpy())}
    if not float(net.gradient(theta)[0]) < MOST:
        return now, {"step": now.step, "sharpness": None, "ratio": None} | fitted
    found = top_eigenvalue(net.hessian_times(theta), torch.tensor(now.vector))
    value = {"sharpness": found.value, "ratio": found.value / net.edge.bound}
    return Rising(now.step, now.theta, now.moved, found.vector.numpy()), {"step": now.step} | value | fitted
