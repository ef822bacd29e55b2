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
    """The parts of every row's loss, and the gradient with respect to what the net said, both (R, B, outputs)."""

    parts: Tensor
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


def cost(said: Tensor, y: Tensor, criterion: Criterion, share: Tensor, rows: Tensor | None = None) -> Cost:
    """Return the loss of each row and its gradient, each row counting `share`, (R or 1, B or 1, 1).

    Cross-entropy: -log softmax(said) of the right class, which is 1 in y (R or 1, B, classes) where the others are 0.
    Squared error: the mean over the outputs of (said - y)^2, with targets y (R or 1, B, outputs). The losses come in
    parts, one an output; `rows` is where to put them. PyTorch: CrossEntropyLoss and MSELoss.
    """
    if criterion == "mse":
        apart = said - y
        return Cost(torch.mul(apart, apart, out=rows), apart.mul_(share * (2 / said.shape[2])))
    logs = torch.log_softmax(said, 2)
    return Cost(torch.mul(logs, y, out=rows), logs.exp_().sub_(y).mul_(share))


def worth(said: Tensor, y: Tensor, criterion: Criterion) -> Tensor:
    """Return the mean loss of each run's rows without its gradient, (R,)."""
    parts = (said - y) ** 2 if criterion == "mse" else torch.log_softmax(said, 2) * y
    return losses(parts, criterion).mean(1)


def losses(parts: Tensor, criterion: Criterion) -> Tensor:
    """Return the loss of each row, given its parts: (.., B, outputs) -> (.., B)."""
    return parts.mean(-1) if criterion == "mse" else -parts.sum(-1)


def hits(said: Tensor, y: Tensor) -> Tensor:
    """Say of each row whether the class with the largest output is the right one: (R, B, classes) twice -> (R, B)."""
    return said.argmax(2) == y.argmax(2)
