"""One beta, four averages: a smoothed loss, momentum, and Adam's two, all fed by the same noisy training."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lrviz.optimizers import Adam, Momentum, RuleSpec, hyper
from lrviz.optimizers import steps as step_by_step
from lrviz.smoothing.averages import Array, ewma
from lrviz.spec import Knob, Spec

STEPS = 150
RATE = 0.03
BEGIN = 3.0


class GradientStream(Spec):
    """What a small training sees: one weight, and at every step one example that is off by some noise.

    The example of step t is c_t = noise * a normal number. Its loss is (w - c_t)^2 / 2, its gradient w - c_t, and plain
    descent at a rate of 0.03 takes w from 3 towards 0. The averages listen to this stream; none of them steers it.
    """

    kind: Literal["gradient_stream"] = "gradient_stream"
    noise: Annotated[float, Field(ge=0, le=100), Knob(0, 3)] = 1.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    def gradients(self) -> Array:
        """Return the gradient of every step, (STEPS,)."""
        examples = self.noise * np.random.default_rng(self.seed).standard_normal(STEPS)
        weight, found = BEGIN, np.empty(STEPS)
        for t, example in enumerate(examples.tolist()):
            found[t] = weight - example
            weight -= RATE * found[t]
        return found


@dataclass(frozen=True)
class Connection:
    """A stream of gradients and losses, and what four averages with the same beta make of it, (T,) each."""

    stream: GradientStream
    beta: float

    @cached_property
    def gradients(self) -> Array:
        """The gradients."""
        return self.stream.gradients()

    @property
    def losses(self) -> Array:
        """The losses of the examples: half the square of the gradient."""
        return self.gradients**2 / 2

    @cached_property
    def smoothed(self) -> Array:
        """The losses as a smoothed curve shows them: from 0, corrected; NaN at beta 1."""
        return ewma(self.losses[None], self.beta, "corrected")[0]

    @cached_property
    def summed(self) -> Array:
        """Momentum as PyTorch has it, v = beta * v + g."""
        return memories(Momentum(momentum=self.beta), self.gradients)["v"]

    @cached_property
    def averaged(self) -> Array:
        """Momentum as an average, s = beta * s + (1 - beta) * g: v times 1 - beta."""
        return memories(Momentum(momentum=self.beta, form="ema"), self.gradients)["s"]

    @cached_property
    def adam(self) -> dict[str, Array]:
        """Adam's averages with beta1 = beta2 = beta: m, v, m_hat, v_hat; none at beta 1, which Adam does not take."""
        if self.beta >= 1:
            return {}
        return memories(Adam(beta1=self.beta, beta2=self.beta), self.gradients)


def memories(rule: RuleSpec, gradients: Array) -> dict[str, Array]:
    """Let an update rule listen to gradients (T,) and return every term of its updates by name, (T,) each."""
    h, x, said = hyper(rule), np.zeros((1, 1)), []
    state = rule.init(h, x)
    for g, c in zip(gradients, step_by_step(rule.table(h, np.ones((1, len(gradients))))), strict=True):
        update = rule.update(h, c, x, np.array([[g]]), state)
        x, state = update.x, update.state
        said.append(update.terms)
    return {name: np.array([terms[name][0, 0] for terms in said]) for name in said[0]}
