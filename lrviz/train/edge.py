"""The edge of stability: what is trained, and what its job told, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.spec import Knob, Rate, Spec, refuse
from lrviz.train.models import ActivationName
from lrviz.train.numbers import unpacked

Array = np.ndarray[Any, np.dtype[np.float64]]
ROWS = 20
GAIN = 1.9
MOST_STEPS = 40_000
MOST_WORK = 4_000_000
"""Steps times units, at most: about half a minute."""
MEASURED = 250
"""How often the sharpness is measured from the first step to the last."""
TAIL = 0.25
"""The last share of a run over which the sharpness is averaged."""


class Edge(Spec):
    """One hidden layer fitted to a Chebyshev polynomial by gradient descent on all rows.

    f(x) = sum_j v_j phi(w_j x + b_j), with H units; L = 1 / (2 n) sum_i (f(x_i) - T_k(x_i))^2 over n = 20 points from
    -1 to 1. w is normal with deviation 1.9 sqrt(2 / (1 + H)), v with sqrt(2 / (H + 1)) (Xavier), b is 0; the output has
    no bias. With momentum beta a step is beta times the last one less eta times the gradient.
    Source: Cohen et al. 2021, arXiv 2103.00065, section 3 and its repository's "regression" net.
    """

    kind: Literal["edge"] = "edge"
    degree: Annotated[int, Field(ge=1, le=8), Knob(1, 8)] = 4
    eta: Annotated[Rate, Knob(0.02, 1, "log")] = 0.1
    momentum: Annotated[float, Field(ge=0, lt=1), Knob(0, 0.95)] = 0.0
    width: Annotated[int, Field(ge=1, le=400), Knob(5, 200, "log")] = 100
    activation: ActivationName = "tanh"
    steps: Annotated[int, Field(ge=10, le=MOST_STEPS), Knob(500, 40_000, "log")] = 20_000
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    @model_validator(mode="after")
    def _bounded(self) -> "Edge":
        if self.steps * self.width > MOST_WORK:
            raise refuse("edge_too_long", "steps", "width", most=MOST_WORK // self.width, width=self.width)
        return self

    @property
    def bound(self) -> float:
        """The largest sharpness at which gradient descent is stable on a parabola: (2 + 2 beta) / eta."""
        return (2 + 2 * self.momentum) / self.eta

    @property
    def every(self) -> int:
        """After how many steps the sharpness is measured."""
        return max(1, -(-self.steps // MEASURED))

    def points(self) -> tuple[Array, Array]:
        """Return the inputs and the targets, (n,) each."""
        x = np.linspace(-1, 1, ROWS)
        return x, np.cos(self.degree * np.arccos(np.clip(x, -1, 1)))


@dataclass(frozen=True)
class Trained:
    """What became of an edge's run: the loss before every step, (T,), and the sharpness after the steps `at`, (M,)."""

    edge: Edge
    loss: Array
    at: Array
    sharpness: Array
    fitted: Array
    """What the net says at the end, at the points."""
    bad: int | None = None
    """The step from which on the loss is beyond all bounds, where the run broke off."""

    @property
    def tail(self) -> float:
        """The mean sharpness over the last quarter of what was measured, in terms of the bound; NaN before that."""
        last = self.at[-1] if len(self.at) else 0
        late = self.sharpness[self.at >= (1 - TAIL) * last]
        return float(late.mean() / self.edge.bound) if len(late) else float("nan")

    @cached_property
    def rises(self) -> int:
        """How many steps raised the loss."""
        with np.errstate(invalid="ignore"):
            return int((np.diff(self.loss) > 0).sum())

    @property
    def reached(self) -> int | None:
        """The first measured step at which the sharpness is at or above the bound; None where it never is."""
        above = np.flatnonzero(self.sharpness >= self.edge.bound)
        return int(self.at[above[0]]) if len(above) else None


def trained_of(edge: Edge, events: Sequence[Mapping[str, Any]]) -> Trained:
    """Put a run together from what its job told."""
    loss = np.concatenate([unpacked(event["loss"]) for event in events if "loss" in event])
    measured = [event for event in events if event.get("sharpness") is not None]
    at = np.array([event["step"] for event in measured], dtype=np.float64)
    sharpness = np.array([event["sharpness"] for event in measured], dtype=np.float64)
    bad = events[-1].get("bad", (None,))[0]
    return Trained(edge, loss.astype(np.float64), at, sharpness, unpacked(events[-1]["fitted"]), bad)
