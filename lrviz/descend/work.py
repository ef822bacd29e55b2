"""How much work a step on a surface is: what keeps maps and sweeps within the time a page has."""

from typing import Any

from lrviz.surfaces.base import tape
from lrviz.surfaces.data import SIZES
from lrviz.surfaces.regression import LogisticRegression
from lrviz.surfaces.slices import Slice

UPDATE, SHORT = 100, 200
"""The work of an update without its gradient, and with that of a short formula, in array operations."""
SLOW, SLOWER = frozenset({"sin", "cos", "tan", "exp", "log", "tanh", "pow", "remainder", "floor_divide"}), 60
"""Operations that take as long as so many others, far from 0 above all."""

SPLINE = 8.0
"""How much more work a step on a slice is: sixteen coefficients for every run, twice the products for its slopes."""


def weight(surface: Any) -> float:
    """Return how much more work a step on a surface is than on a short formula: a long one, or a sum over rows."""
    if isinstance(surface, LogisticRegression):
        return 1 + (surface.batch_size or SIZES["breast_cancer"]) / 2
    if isinstance(surface, Slice):
        return SPLINE
    done = [operation for operation, *_ in tape(surface, "gradient").steps]
    return max(1.0, (UPDATE + len(done) + SLOWER * sum(operation in SLOW for operation in done)) / SHORT)
