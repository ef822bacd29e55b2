"""What theory says of a rule on a parabola: a step multiplies by one matrix, whose eigenvalues name the regime."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lrviz.descend.engine import Array
from lrviz.optimizers import RuleSpec, hyper, steps
from lrviz.spec import cached

Complex = np.ndarray[Any, np.dtype[np.complex128]]
Regime = Literal["creeping", "converging", "one_step", "oscillating", "bouncing", "exploding"]
CREEPS = 0.9
"""A run creeps while each step keeps more than this share of the distance."""
EXACT = 1e-9
SAMPLES = 400


def limit(rule: RuleSpec) -> float | None:
    """Return the largest lr * curvature at which a rule is stable on a parabola; None where theory has none."""
    found = rule.limit(hyper(rule, {}))
    return None if found is None else float(found)


def bound(rule: RuleSpec, curvature: float) -> float | None:
    """Return the largest stable rate on a parabola: limit / felt curvature; None where theory has no limit."""
    most = limit(rule)
    return None if most is None else most / float(rule.felt_curvature(hyper(rule, {}), curvature))


def multipliers(rule: RuleSpec, curvature: float, rates: Array) -> Complex:
    """Return the eigenvalues of one step on curvature * x^2 / 2 at each rate, (N,) -> (N, 1 + numbers in the state).

    For plain gradient descent it is the one factor 1 - lr * curvature. The step is a matrix because a rule with a limit
    is linear in position and state, and affine in the rate: it is read off the rule itself. A rate that is not finite
    has infinite ones. Raises ValueError for a rule without a limit.
    """
    if limit(rule) is None:
        raise ValueError(rule)
    still, moved = (_matrix(rule, curvature, rate) for rate in (0.0, 1.0))
    finite = np.isfinite(rates)
    found = np.full((len(rates), len(still)), np.inf, dtype=np.complex128)
    found[finite] = np.linalg.eigvals(still + rates[finite, None, None] * (moved - still))
    return found


def _matrix(rule: RuleSpec, curvature: float, rate: float) -> Array:
    numbers = hyper(rule, {})
    now = list(steps(rule.table(numbers, np.full((1, 3), rate))))[-1]
    names = list(rule.init(numbers, np.zeros((1, 1))))
    basis = np.eye(1 + len(names))[:, :, None]
    x, state = basis[0], {name: basis[i + 1] for i, name in enumerate(names)}
    after = rule.update(numbers, now, x, curvature * x, state)
    return np.stack([after.x, *(after.state[name] for name in names)])[:, :, 0]


def dominant(factors: Complex) -> complex:
    """Return the factor that decides in the long run: the largest in size."""
    return complex(factors[np.abs(factors).argmax()])


def regime(factor: complex) -> Regime:
    """Name what a step's dominant factor does: |factor| > 1 explodes, a negative or complex one swings around."""
    size = abs(factor)
    if size > 1 + EXACT:
        return "exploding"
    if size < EXACT:
        return "one_step"
    swings = factor.real < 0 or abs(factor.imag) > EXACT
    if swings:
        return "bouncing" if size >= 1 - EXACT else "oscillating"
    return "creeping" if size > CREEPS else "converging"


@dataclass(frozen=True)
class Stretch:
    """One band of a ruler of rates: its regime, and the rate it goes up to."""

    regime: Regime
    to: float


@cached(64)
def ruler(rule: RuleSpec, curvature: float, low: float, high: float) -> tuple[Stretch, ...]:
    """Return the regimes from one rate to another, in order, for a rule that has a limit and a curvature above 0."""
    rates = np.linspace(low, high, SAMPLES)
    # one_step and bouncing are single rates, no bands: between two samples they never matter
    names: list[Regime] = [_band(regime(dominant(row))) for row in multipliers(rule, curvature, rates)]
    changes = [i for i in range(1, SAMPLES) if names[i] != names[i - 1]]
    ends = [_change(rule, curvature, rates[i - 1], rates[i], names[i - 1]) for i in changes]
    return tuple(Stretch(names[i - 1], to) for i, to in zip([*changes, SAMPLES], [*ends, high], strict=True))


def _band(name: Regime) -> Regime:
    return "converging" if name == "one_step" else "oscillating" if name == "bouncing" else name


def _change(rule: RuleSpec, curvature: float, low: float, high: float, before: Regime) -> float:
    """Return the rate between two where a regime ends, by bisection."""
    for _ in range(40):
        middle = (low + high) / 2
        name = _band(regime(dominant(multipliers(rule, curvature, np.array([middle]))[0])))
        low, high = (middle, high) if name == before else (low, middle)
    return (low + high) / 2


def boundary(rule: RuleSpec, curvature: float, field: str, values: Array) -> Array | None:
    """Return the rate at which a rule stops being stable on a parabola, for each value of one of its fields, (N,).

    limit(field) / curvature, for quadratics the line 0 < lr * curvature < 2 (1 + momentum). None where there is none.
    """
    numbers = hyper(rule, {field: values} if field in type(rule).model_fields else {})
    found, felt = rule.limit(numbers), rule.felt_curvature(numbers, curvature)
    if found is None or curvature <= 0:
        return None
    return np.broadcast_to(np.ravel(found / felt), values.shape)
