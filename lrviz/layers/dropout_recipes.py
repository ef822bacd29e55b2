"""How much networks that people built drop, layer by layer."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """What one published network drops: the rate of its input and of every hidden layer, none of its output."""

    name: str
    rates: tuple[float, ...]

    @property
    def depths(self) -> Sequence[float]:
        """How deep each of these lies: 0 is the input, 1 the output."""
        return [i / len(self.rates) for i in range(len(self.rates))]


RECIPES = (
    Recipe("mnist", (0.2, 0.5, 0.5)),
    Recipe("svhn", (0.1, 0.25, 0.25, 0.5, 0.5, 0.5)),
    Recipe("alexnet", (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5)),
    Recipe("transformer", (0.1,) * 13),
)
"""Fully connected on MNIST: Srivastava et al. (2014), section 6.1.1. Convolutional on SVHN: the same, 6.1.2, which
gives the share that is kept. AlexNet: Krizhevsky et al. (2012), section 4.2. Transformer, base: Vaswani et al. (2017),
section 5.4, after each of the encoder's twelve sub-layers and on its input."""
