"""The noisy parabola, on which every rule for scaling the rate with the batch can be worked out exactly.

SGD on h x^2 / 2, whose gradients have noise of standard deviation sigma / sqrt(B) over a batch of B samples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import Field

from lrviz.descend.engine import Array
from lrviz.optimizers import SGD, Adam, hyper
from lrviz.optimizers import steps as one_by_one
from lrviz.spec import Knob, Spec, cached

Rule = Literal["constant", "linear", "sqrt"]
RULES: tuple[Rule, ...] = get_args(Rule)
NEARLY = 0.1
"""How far a rule may be off what it promises and still be said to hold."""
RUNS, STEPS, SETTLING = 200, 800, 400
"""How many runs measure a variance, for how many steps, and how many of them are not counted."""
REMAINS = 0.01
"""How much of the way to its limit a variance may still have before it when measuring begins."""
MEASURED_AT: Array = np.array([1, 4, 16, 64, 256, 1_024, 4_096], dtype=np.float64)


class NoisyQuadratic(Spec):
    """The parabola h x^2 / 2 with noisy gradients, and the rate that suits a batch of one."""

    kind: Literal["noisy_quadratic"] = "noisy_quadratic"
    optimizer: Literal["sgd", "adam"] = "sgd"
    lr: Annotated[float, Field(ge=1e-6, le=10), Knob(0.001, 0.5, "log")] = 0.02
    curvature: Annotated[float, Field(ge=1e-3, le=1e3), Knob(0.1, 10, "log")] = 1.0
    noise: Annotated[float, Field(ge=1e-3, le=1e3), Knob(0.1, 10, "log")] = 1.0

    def rate(self, rule: Rule, batch_size: Any) -> Array:
        """Return the rate a rule gives a batch: lr, lr B or lr sqrt(B); (...) -> (...).

        Source: Goyal et al. (2017), arXiv 1706.02677, section 2.1, for lr B; Krizhevsky (2014), arXiv 1404.5997, and
        Malladi et al. (2022), arXiv 2205.10287, for lr sqrt(B).
        """
        b = np.asarray(batch_size, dtype=np.float64)
        return self.lr * {"constant": np.ones_like(b), "linear": b, "sqrt": np.sqrt(b)}[rule]

    def felt(self, rule: Rule, batch_size: Any) -> Array:
        """Return the rate as plain SGD would feel it; (...) -> (...).

        Adam divides by the root mean square of its gradients: where those are mostly noise, by sigma / sqrt(B).
        Source: Malladi et al. (2022), arXiv 2205.10287, for that regime.
        """
        rate = self.rate(rule, batch_size)
        return rate * np.sqrt(batch_size) / self.noise if self.optimizer == "adam" else rate

    def variance(self, rule: Rule, batch_size: Any) -> Array:
        """Return where the mean of x^2 settles: eta sigma^2 / (B h (2 - eta h)), inf for eta h >= 2; (...) -> (...).

        eta is the rate as `felt`. It follows from x <- (1 - eta h) x - eta sigma / sqrt(B) xi with normal xi.
        Source: Zhang et al. (2019), arXiv 1907.04164, the noisy quadratic model.
        """
        b, eta = np.asarray(batch_size, dtype=np.float64), self.felt(rule, batch_size)
        with np.errstate(all="ignore"):
            settled = eta * self.noise**2 / (b * self.curvature * (2 - eta * self.curvature))
        return np.where(eta * self.curvature < 2, settled, np.inf)

    def half_life(self, rule: Rule, batch_size: Any) -> Array:
        """Return after how many samples half of the distance is left on average, inf where it grows; (...) -> (...).

        B ln 2 / -ln|1 - eta h|: every update keeps |1 - eta h| of it and uses B samples.
        """
        with np.errstate(all="ignore"):
            kept = np.abs(1 - self.felt(rule, batch_size) * self.curvature)
            return np.where(kept < 1, batch_size * np.log(2) / -np.log(kept), np.inf)

    def reach(self, rule: Rule, product: float) -> float:
        """Return the batch size at which a rule's rate, as felt, times the curvature is `product`."""
        power = {"constant": 0.0, "linear": 1.0, "sqrt": 0.5}[rule] + 0.5 * (self.optimizer == "adam")
        unit = float(self.felt(rule, np.ones(()))) * self.curvature
        with np.errstate(all="ignore"):
            return float(np.float64(product / unit) ** (1 / power)) if power else np.inf

    @property
    def promising(self) -> Rule:
        """The rule that is meant to change nothing but the number of updates: lr B for SGD, lr sqrt(B) for Adam."""
        return "linear" if self.optimizer == "sgd" else "sqrt"

    @property
    def holds_to(self) -> float:
        """The batch up to which that rule's variance stays within NEARLY of its limit for small rates.

        eta h (2 - eta h)^-1 is 1 + NEARLY times eta h / 2 at eta h = 2 NEARLY / (1 + NEARLY).
        """
        return self.reach(self.promising, 2 * NEARLY / (1 + NEARLY))

    @property
    def breaks_at(self) -> float:
        """The batch from which on that rule diverges: there eta h = 2."""
        return self.reach(self.promising, 2.0)


@dataclass(frozen=True)
class Measured:
    """What runs made of a rule: the mean of x^2 at every size of MEASURED_AT, NaN where they had not settled yet."""

    sizes: Array
    variance: Mapping[Rule, Array]


@cached(64)
def measured(spec: NoisyQuadratic) -> Measured:
    """Run the real rule on the parabola for every way to scale and batch size, and measure where x^2 settles."""
    rates = np.stack([spec.rate(rule, MEASURED_AT) for rule in RULES])
    total = np.zeros(rates.size)
    with np.errstate(all="ignore"):
        for t, x in enumerate(walks(spec, rates.ravel(), np.tile(MEASURED_AT, len(RULES)), STEPS, RUNS)):
            total += (x * x).mean(axis=1) if t >= SETTLING else 0.0
        found = (total / (STEPS - SETTLING)).reshape(rates.shape)
    kept = np.where(_left(spec) < REMAINS, found, np.nan)
    return Measured(MEASURED_AT, dict(zip(RULES, kept, strict=True)))


def _left(spec: NoisyQuadratic) -> Array:
    """Return the share of its limit that a variance has still before it when measuring begins, (rules, sizes)."""
    product = np.stack([spec.felt(rule, MEASURED_AT) for rule in RULES]) * spec.curvature
    if spec.optimizer == "adam":  # its divisor grows with the gradients it meets, so that it never runs away
        product = np.minimum(product, 1.0)
    with np.errstate(all="ignore"):
        return np.abs(1 - product) ** (2 * SETTLING)


def walks(spec: NoisyQuadratic, rates: Array, sizes: Array, steps: int, runs: int, seed: int = 0) -> Iterator[Array]:
    """Yield x after every update, (K, R): R runs from 0 for each of K rates (K,) and batch sizes (K,).

    The noise of a batch is the mean of B normal numbers: one of standard deviation sigma / sqrt(B), the same for all K.
    """
    rule = SGD() if spec.optimizer == "sgd" else Adam()
    numbers, x = hyper(rule), np.zeros((len(rates), runs))
    state, size = rule.init(numbers, x), (spec.noise / np.sqrt(sizes))[:, None]
    table = rule.table(numbers, np.repeat(rates[:, None], steps, axis=1))
    with np.errstate(all="ignore"):
        for now, draw in zip(one_by_one(table), noise(steps, runs, seed), strict=True):
            update = rule.update(numbers, now, x, spec.curvature * x + size * draw, state)
            x, state = update.x, update.state
            yield x


def noise(steps: int, runs: int, seed: int) -> Array:
    """Return the normal numbers that stand for the noise of every update and run, (T, R)."""
    return np.random.default_rng(seed).standard_normal((steps, runs))
