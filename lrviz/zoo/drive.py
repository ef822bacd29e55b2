"""The loop that drives a real optimizer with the gradients of a surface, and stops it when it goes wrong."""

import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrviz.descend.engine import Array, Noise, clipped
from lrviz.zoo.build import OWN_RATE, SINGLE, Driven, Unsuitable, build

if TYPE_CHECKING:
    from lrviz.zoo import ZooQuestion

SECONDS = 5.0
"""How long a run may take."""


def drive(question: "ZooQuestion") -> dict[str, Any]:
    """Run the optimizer of a question: {"code", "values", "x"}; never raises."""
    x = [[question.start_x, question.start_y]]
    name = question.optimizer.which
    values = {"name": name, "rate": "own" if name in OWN_RATE else "given"}
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # other people's optimizers warn about much that does not matter here
        torch.manual_seed(question.seed)
        try:
            code = _run(question, x)
        except Unsuitable as err:
            return {"code": err.code, "values": values | err.values, "x": []}
        except Exception as err:  # whatever a hundred foreign classes may raise: the race goes on without this one
            values |= {"error": type(err).__name__, "message": str(err)[:200]}
            code = "raised"
    return {"code": code, "values": values | {"step": str(len(x) - 1)}, "x": x}


def _run(question: "ZooQuestion", x: list[list[float]]) -> str:
    """Make all steps, writing every position down as it is reached; return the code of how it ended."""
    dtype = torch.float32 if question.optimizer.which in SINGLE else torch.float64
    parameter = torch.nn.Parameter(torch.tensor(x[0], dtype=dtype))
    rates = question.schedule.table(question.steps).tolist()
    driven = build(question.optimizer.which, parameter, rates[0], question.steps)
    slope = _Slope(question, parameter, driven)
    started = time.monotonic()
    for t, rate in enumerate(rates):
        driven.set_rate(rate)
        slope.step(t)
        x.append(parameter.detach().tolist())
        if not np.isfinite(x[-1]).all():
            return "not_finite"
        if time.monotonic() - started > SECONDS:
            return "too_slow"
    return "ok"


class _Slope:
    """Gives a parameter the gradient of a surface at its place: of a batch, with noise, clipped, as the race has it."""

    def __init__(self, question: "ZooQuestion", parameter: torch.nn.Parameter, driven: Driven):
        self.surface, self.clip_norm, self.size = question.surface, question.clip_norm, question.noise
        self.parameter, self.driven = parameter, driven
        self.rows = question.surface.draws(question.steps, question.seed)
        self.noise = Noise(question.noise, question.seed).draws(question.steps, 2)

    def step(self, t: int) -> None:
        """Let the optimizer make one update."""
        self.give(t)
        if self.driven.closure:
            self.driven.optimizer.step(lambda: self.give(t))
        else:
            self.driven.optimizer.step()

    def give(self, t: int) -> torch.Tensor:
        """Set the gradient at the parameter's place, and return the loss there."""
        place = self.parameter.detach().numpy().astype(np.float64)
        self.parameter.grad = self._differentiable(t) if self.driven.curved else self._plain(t, place)
        return torch.tensor(float(self.surface(place)), dtype=self.parameter.dtype)

    def _plain(self, t: int, place: Array) -> torch.Tensor:
        gradient = self._of(place[None], t)
        if self.noise is not None:
            gradient = gradient + self.size * self.noise[t]
        used = clipped(gradient, self.clip_norm) if self.clip_norm else gradient
        return torch.tensor(used[0], dtype=self.parameter.dtype)

    def _differentiable(self, t: int) -> torch.Tensor:
        gradient = self._of(self.parameter[None], t)
        if self.noise is not None:
            gradient = gradient + self.size * torch.tensor(self.noise[t])
        if self.clip_norm:
            gradient = gradient * torch.clamp(self.clip_norm / (gradient.norm() + 1e-6), max=1.0)
        return gradient[0]

    def _of(self, place: Any, t: int) -> Any:
        return self.surface.grad(place) if self.rows is None else self.surface.grad(place, self.rows[t])
