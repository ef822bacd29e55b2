"""How far two outputs are from their targets: each output's part of the error, and its slope."""

from math import log
from typing import ClassVar, Literal, Union

import numpy as np
import numpy.typing as npt

from lrviz.spec import Spec

Array = npt.NDArray[np.float64]
LOWEST_LOG = -100.0
LEAST_SLOPE = float(np.float32(1e-12))
"""PyTorch's BCELoss takes no logarithm below the one, and divides by no out * (1 - out) below the other (a float32)."""


class HalfSquared(Spec):
    """Half the squared distance: E_k = (target - out)^2 / 2, with the slope out - target.

    Over two outputs the sum is their mean squared error. Shapes: out (..., 2), target (2,) -> (..., 2).
    PyTorch: nn.MSELoss().
    """

    kind: Literal["half_squared"] = "half_squared"
    formula: ClassVar[str] = "½·({target} − {out})²"
    derivative: ClassVar[str] = "{out} − {target}"
    torch: ClassVar[str] = "torch.nn.MSELoss()"

    def __call__(self, out: Array, target: Array) -> Array:
        away = out - target
        return 0.5 * away * away

    def slope(self, out: Array, target: Array) -> Array:
        """Return dE / d out."""
        return out - target

    @staticmethod
    def at(out: float, target: float) -> tuple[float, float]:
        """Return the error and its slope for one output."""
        away = out - target
        return 0.5 * away * away, away


class SumSquared(Spec):
    """The squared distance: E_k = (target - out)^2, with the slope 2 * (out - target).

    Shapes: out (..., 2), target (2,) -> (..., 2). PyTorch: nn.MSELoss(reduction="sum").
    """

    kind: Literal["sum_squared"] = "sum_squared"
    formula: ClassVar[str] = "({target} − {out})²"
    derivative: ClassVar[str] = "2·({out} − {target})"
    torch: ClassVar[str] = 'torch.nn.MSELoss(reduction="sum")'

    def __call__(self, out: Array, target: Array) -> Array:
        away = out - target
        return away * away

    def slope(self, out: Array, target: Array) -> Array:
        """Return dE / d out."""
        return 2 * (out - target)

    @staticmethod
    def at(out: float, target: float) -> tuple[float, float]:
        """Return the error and its slope for one output."""
        away = out - target
        return away * away, 2 * away


class CrossEntropy(Spec):
    """The surprise at the target: E_k = -(target * ln out + (1 - target) * ln(1 - out)) / 2, of two outputs the mean.

    Its slope, (out - target) / (2 * out * (1 - out)), cancels that of a sigmoid. Logarithms are never below -100 and
    the product under the slope never below 1e-12, as in PyTorch. Shapes: out (..., 2) in 0..1, target (2,) in 0..1.
    PyTorch: nn.BCELoss().
    """

    kind: Literal["cross_entropy"] = "cross_entropy"
    formula: ClassVar[str] = "−½·({target}·ln {out} + (1 − {target})·ln(1 − {out}))"
    derivative: ClassVar[str] = "({out} − {target}) / (2·{out}·(1 − {out}))"
    torch: ClassVar[str] = "torch.nn.BCELoss()"

    def __call__(self, out: Array, target: Array) -> Array:
        with np.errstate(divide="ignore"):
            hit, miss = np.maximum(np.log(out), LOWEST_LOG), np.maximum(np.log(1 - out), LOWEST_LOG)
        return -0.5 * (target * hit + (1 - target) * miss)

    def slope(self, out: Array, target: Array) -> Array:
        """Return dE / d out."""
        return 0.5 * (out - target) / np.maximum(out * (1 - out), LEAST_SLOPE)

    @staticmethod
    def at(out: float, target: float) -> tuple[float, float]:
        """Return the error and its slope for one output."""
        hit, miss = _log(out), _log(1 - out)
        slope = 0.5 * (out - target) / max(LEAST_SLOPE, out * (1 - out))
        return -0.5 * (target * hit + (1 - target) * miss), slope


def _log(share: float) -> float:
    return max(log(share), LOWEST_LOG) if share > 0 else LOWEST_LOG if share <= 0 else share


Loss = Union[
    HalfSquared,
    SumSquared,
    CrossEntropy,
]
"""What the error can be."""
