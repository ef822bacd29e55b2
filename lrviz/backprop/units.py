"""What a unit makes of its net input, and how steep it is there: four activations."""

from math import exp
from math import tanh as tanh_of
from typing import Any, ClassVar, Literal, Union

import numpy as np
import numpy.typing as npt

from lrviz.spec import Spec

Array = npt.NDArray[np.float64]


class Sigmoid(Spec):
    """A smooth step from 0 to 1: out = 1 / (1 + e^-net), with the slope out * (1 - out), at most 1/4.

    Shapes: net (...) -> out (...). PyTorch: torch.sigmoid, nn.Sigmoid.
    """

    kind: Literal["sigmoid_unit"] = "sigmoid_unit"
    formula: ClassVar[str] = "1 / (1 + e^({minus_net}))"
    derivative: ClassVar[str] = "{out}·(1 − {out})"
    torch: ClassVar[str] = "torch.sigmoid({net})"

    def __call__(self, net: Array) -> Array:
        small = np.exp(-np.abs(net))  # e^-net itself would overflow far on the left
        return np.where(net >= 0, 1.0, small) / (1 + small)

    def slope(self, net: Array, out: Array) -> Array:
        """Return d out / d net."""
        return out * (1 - out)

    @staticmethod
    def at(net: float) -> tuple[float, float]:
        """Return out and slope for one number."""
        small = exp(-abs(net))
        out = (1.0 if net >= 0 else small) / (1 + small)
        return out, out * (1 - out)


class Tanh(Spec):
    """A smooth step from -1 to 1: out = tanh(net), with the slope 1 - out^2, at most 1.

    Shapes: net (...) -> out (...). PyTorch: torch.tanh, nn.Tanh.
    """

    kind: Literal["tanh_unit"] = "tanh_unit"
    formula: ClassVar[str] = "tanh({net})"
    derivative: ClassVar[str] = "1 − {out}²"
    torch: ClassVar[str] = "torch.tanh({net})"

    def __call__(self, net: Array) -> Array:
        return np.tanh(net)

    def slope(self, net: Array, out: Array) -> Array:
        """Return d out / d net."""
        return 1 - out * out

    @staticmethod
    def at(net: float) -> tuple[float, float]:
        """Return out and slope for one number."""
        out = tanh_of(net)
        return out, 1 - out * out


class ReLU(Spec):
    """What is positive passes, the rest is 0: out = max(0, net), with the slope 1 above 0, else 0.

    At 0 itself there is no slope; 0 is taken, as in PyTorch. Shapes: net (...) -> out (...). PyTorch: nn.ReLU.
    """

    kind: Literal["relu_unit"] = "relu_unit"
    formula: ClassVar[str] = "max(0, {net})"
    derivative: ClassVar[str] = "[{net} > 0]"
    torch: ClassVar[str] = "torch.relu({net})"

    def __call__(self, net: Array) -> Array:
        return np.maximum(net, 0.0)

    def slope(self, net: Array, out: Array) -> Array:
        """Return d out / d net."""
        return (net > 0).astype(np.float64)

    @staticmethod
    def at(net: float) -> tuple[float, float]:
        """Return out and slope for one number; NaN stays NaN."""
        return (0.0, 0.0) if net <= 0 else (net, float(net > 0))


class Identity(Spec):
    """The net input as it is: out = net, with the slope 1.

    Shapes: net (...) -> out (...). PyTorch: nn.Identity.
    """

    kind: Literal["identity_unit"] = "identity_unit"
    formula: ClassVar[str] = "{net}"
    derivative: ClassVar[str] = "1"
    torch: ClassVar[str] = "{net}"

    def __call__(self, net: Array) -> Array:
        return net

    def slope(self, net: Array, out: Array) -> Array:
        """Return d out / d net."""
        return np.ones_like(net)

    @staticmethod
    def at(net: float) -> tuple[float, float]:
        """Return out and slope for one number."""
        return net, 1.0


Unit = Union[
    Sigmoid,
    Tanh,
    ReLU,
    Identity,
]
"""What a layer's units can be."""


def is_sigmoid(unit: Any) -> bool:
    """Say whether the outputs of a unit lie between 0 and 1."""
    return isinstance(unit, Sigmoid)
