"""Which rates make the error fall in the next update, and which make it grow."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from lrviz.backprop.engine import Net, Rule, error_of, updated

Array = npt.NDArray[np.float64]
RATES = 241
MOST_STRETCHES = 9


@dataclass(frozen=True)
class Stretch:
    """Rates from the one before up to `to`, and whether the error falls there."""

    to: float
    falls: bool


@dataclass(frozen=True)
class Ruler:
    """The stretches of rates in order, and the rate with the lowest error after one update, if it falls at any."""

    stretches: tuple[Stretch, ...]
    best: float | None


def ruler(net: Net, parameters: Array, rule: Rule, low: float, high: float) -> Ruler:
    """Try RATES rates from low to high, evenly on a log scale: parameters (10,).

    Where the gradient is 0 or no number there is nothing to tell apart, and where falling and growing take turns more
    often than can be shown there is no ruler: no stretches and no best rate.
    """
    rates = np.geomspace(low, high, RATES)
    start = np.repeat(parameters[None], RATES, axis=0)
    before, after = error_of(net, parameters[None])[0], error_of(net, updated(net, start, rule, rates))
    falls = after < before
    if not np.isfinite(before) or (after == before).all():
        return Ruler((), None)
    stretches, lowest = _stretches(rates, falls), int(np.where(falls, after, np.inf).argmin())
    if len(stretches) > MOST_STRETCHES:
        return Ruler((), None)
    return Ruler(stretches, float(rates[lowest]) if falls[lowest] else None)


def _stretches(rates: Array, falls: npt.NDArray[np.bool_]) -> tuple[Stretch, ...]:
    """Join neighbours that agree, halfway to the next one that does not."""
    middles = np.append(np.sqrt(rates[:-1] * rates[1:]), rates[-1])
    groups = [(bool(key), [i for i, _ in group]) for key, group in groupby(enumerate(falls), key=lambda pair: pair[1])]
    return tuple(Stretch(float(middles[indices[-1]]), key) for key, indices in groups)


def largest_falling(net: Net, parameters: Array, rule: Rule) -> float | None:
    """Return the largest rate below rule.lr, of some, at which the error falls; None where none was found."""
    rates = np.geomspace(1e-6, 1.0, RATES)[:-1] * rule.lr
    start = np.repeat(parameters[None], len(rates), axis=0)
    before, after = error_of(net, parameters[None])[0], error_of(net, updated(net, start, rule, rates))
    falling = rates[after < before]
    return float(f"{falling[-1]:.2g}") if falling.size else None
