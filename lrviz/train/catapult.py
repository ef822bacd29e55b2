"""The catapult: two layers of linear units, whose loss and curvature follow an exact recursion of two numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lrviz.spec import Knob, Spec

Array = np.ndarray[Any, np.dtype[np.float64]]
Phase = Literal["lazy", "catapult", "diverging"]
ENDS = 361
"""How many rates are tried for the picture of where runs end."""
HIGHEST = 4.5
"""The largest eta lambda_0 that picture shows."""


class Catapult(Spec):
    """f = v . u / sqrt(n), L = f^2 / 2, trained by gradient descent on u and v, n weights each, from N(0, 1).

    The curvature is lambda = (|u|^2 + |v|^2) / n. `times` is eta lambda_0: below 2 the loss falls at once, from 2 to 4
    it first rises and lambda falls until eta lambda < 2, above 4 it diverges.
    f' = (1 - eta lambda + eta^2 f^2 / n) f,  lambda' = lambda + (eta f^2 / n) (eta lambda - 4), exactly.
    Source: Lewkowycz et al. 2020, arXiv 2003.02218, equations 3 and 4.
    """

    kind: Literal["catapult"] = "catapult"
    times: Annotated[float, Field(gt=0, le=100), Knob(0.1, HIGHEST)] = 2.5
    width: Annotated[int, Field(ge=2, le=4_096), Knob(8, 2_048, "log")] = 512
    steps: Annotated[int, Field(ge=2, le=500), Knob(10, 200)] = 60
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0

    def weights(self) -> tuple[Array, Array]:
        """Return the first u and v, (n,) each."""
        u, v = np.random.default_rng([self.seed, 5]).standard_normal((2, self.width))
        return u, v

    @property
    def phase(self) -> Phase:
        """What theory says of the rate."""
        return "lazy" if self.times < 2 else "catapult" if self.times <= 4 else "diverging"


@dataclass(frozen=True)
class Flight:
    """A catapult's run: f and lambda before each of T steps and after the last, (T + 1,), and its rate eta."""

    catapult: Catapult
    f: Array
    curvature: Array
    eta: float

    @property
    def loss(self) -> Array:
        """f^2 / 2, (T + 1,)."""
        with np.errstate(all="ignore"):
            return self.f**2 / 2

    @property
    def times(self) -> Array:
        """eta lambda, (T + 1,)."""
        return self.eta * self.curvature

    @property
    def bad(self) -> int | None:
        """The first step whose loss is no number, or far beyond all others; None where there is none."""
        broken = np.flatnonzero(~(self.loss < 1e12 * max(self.loss[0], 1.0)))
        return int(broken[0]) if len(broken) else None

    @property
    def peak(self) -> int:
        """The step with the largest loss that is a number."""
        return int(np.nanargmax(np.where(np.isfinite(self.loss), self.loss, np.nan)))

    @cached_property
    def apart(self) -> float:
        """The largest difference from gradient descent on all 2 n weights, of f and lambda over the largest of each."""
        kept = slice(0, self.bad if self.bad is not None else len(self.f))
        theirs = descended(self.catapult, self.eta)
        pairs = zip((self.f, self.curvature), theirs, strict=True)
        return max(float((np.abs(a[kept] - b[kept]) / np.abs(a[kept]).max()).max(initial=0.0)) for a, b in pairs)


def flown(catapult: Catapult) -> Flight:
    """Run the recursion from the first weights' f and lambda."""
    u, v = catapult.weights()
    f, curvature = u @ v / np.sqrt(catapult.width), (u @ u + v @ v) / catapult.width
    eta = catapult.times / curvature
    fs, curvatures = recursion(f, curvature, eta, catapult.width, catapult.steps)
    return Flight(catapult, fs, curvatures, float(eta))


def recursion(f: Any, curvature: Any, eta: Any, width: int, steps: int) -> tuple[Array, Array]:
    """Return f and lambda before each step and after the last; arguments may be arrays (R,), then (T + 1, R)."""
    fs, curvatures = [np.asarray(f, dtype=np.float64)], [np.asarray(curvature, dtype=np.float64)]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            f, curvature = fs[-1], curvatures[-1]
            pushed = eta * f**2 / width
            fs.append((1 - eta * curvature + eta * pushed) * f)
            curvatures.append(curvature + pushed * (eta * curvature - 4))
    return np.stack(fs), np.stack(curvatures)


def descended(catapult: Catapult, eta: float) -> tuple[Array, Array]:
    """Return f and lambda of gradient descent on the weights themselves: u' = u - eta f v / sqrt(n), v' likewise."""
    u, v = catapult.weights()
    root, fs, curvatures = np.sqrt(catapult.width), [], []
    with np.errstate(all="ignore"):
        for _ in range(catapult.steps + 1):
            f = u @ v / root
            fs.append(f)
            curvatures.append((u @ u + v @ v) / catapult.width)
            u, v = u - eta * f / root * v, v - eta * f / root * u
    return np.array(fs), np.array(curvatures)


@dataclass(frozen=True)
class Ends:
    """Where runs from the same weights end, for many rates: eta lambda_0 (N,), eta lambda at the end, loss at its peak.

    NaN where they diverge.
    """

    times: Array
    end: Array
    peak: Array


def ends(catapult: Catapult, most_steps: int = 500) -> Ends:
    """Run the recursion at ENDS rates at once, long enough to settle."""
    first = flown(catapult.but(steps=2))
    times = np.linspace(0.02, max(HIGHEST, catapult.times), ENDS)
    etas = times / first.curvature[0]
    f, curvature = (np.full(ENDS, values[0]) for values in (first.f, first.curvature))
    fs, curvatures = recursion(f, curvature, etas, catapult.width, most_steps)
    with np.errstate(all="ignore"):
        loss = fs**2 / 2
        gone = ~np.isfinite(curvatures[-1]) | (loss[-1] > 1e12)
        return Ends(times, np.where(gone, np.nan, etas * curvatures[-1]), np.where(gone, np.nan, loss.max(axis=0)))
