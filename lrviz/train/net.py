"""R nets of one shape: what they say of rows, what that costs, and the gradient of it."""

from dataclasses import dataclass
from typing import Literal

import torch

from lrviz.train.layers import Live, Norm, Pass, alive
from lrviz.train.models import Layer
from lrviz.train.parameters import slots_of

Tensor = torch.Tensor
Criterion = Literal["cross_entropy", "mse"]


@dataclass(frozen=True)
class Cost:
    """The loss of every row (R, B), and its gradient with respect to what the net said, (R, B, outputs)."""

    rows: Tensor
    gradient: Tensor


class Net:
    """R nets: parameters `theta` and gradients `grad` (R, P), in layers that share them."""

    def __init__(self, layers: tuple[Layer, ...], theta: Tensor, images: bool = False) -> None:
        self.shapes, self.slots, self.images = layers, slots_of(layers), images
        self.theta, self.grad = theta, torch.zeros_like(theta)
        self.layers: list[Live] = alive(layers, self.slots, theta, self.grad)

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        """Return what the nets say of rows: (R, B, F) -> (R, B, outputs)."""
        if self.images:
            x = x.reshape(len(x), -1, 1)
        for layer in self.layers:
            x = layer.forward(x, now)
        return x

    def backward(self, grad: Tensor) -> None:
        """Fill `grad`, given the gradient with respect to what `forward` said."""
        for layer in reversed(self.layers):
            grad = layer.backward(grad)

    @property
    def norms(self) -> list[Norm]:
        """The layers that keep running statistics, in order."""
        return [layer for layer in self.layers if isinstance(layer, Norm) and layer.keeps]


def cost(said: Tensor, y: Tensor, criterion: Criterion, share: Tensor | float) -> Cost:
    """Return the loss of each row and its gradient, each row counting `share`, (R or 1, B, 1) or one number.

    Cross-entropy: -log softmax(said)[y], with classes y (R or 1, B) in whole numbers. Squared error: the mean over the
    outputs of (said - y)^2, with targets y (R or 1, B, outputs). PyTorch: CrossEntropyLoss and MSELoss.
    """
    if criterion == "mse":
        apart = said - y
        return Cost((apart * apart).mean(2), apart * (2 / said.shape[2] * share))
    logs = torch.log_softmax(said, 2)
    right = y.unsqueeze(2).expand(len(said), -1, 1)
    gradient = torch.exp(logs).scatter_add_(2, right, torch.full_like(right, -1, dtype=said.dtype))
    return Cost(-logs.gather(2, right).squeeze(2), gradient.mul_(share))


def hits(said: Tensor, y: Tensor) -> Tensor:
    """Say of each row whether the class with the largest output is the right one: (R, B, classes), (B,) -> (R, B)."""
    return said.argmax(2) == y
