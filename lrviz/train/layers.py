"""The layers of R nets at once: forward, and backward by hand; every array has the runs first.

`x`: (R, B, inputs) for rows, (R, B * side * side, channels) for images. A layer keeps what its backward needs from its
last training forward, and reads and writes parameters and gradients through views made once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from lrviz.train import models as shapes
from lrviz.train.models import ActivationName, Layer
from lrviz.train.parameters import Slot

Tensor = torch.Tensor
EPS = 1e-5
"""What keeps normalization from dividing by zero: PyTorch's default."""
KEPT = 0.1
"""The share of a new batch in the running statistics: PyTorch's momentum."""
aten: Any = torch.ops.aten


@dataclass
class Pass:
    """What one forward pass needs besides its rows.

    `share`: what each row counts in the batch, (R or 1, B, 1), 0 for rows that only fill it up; None where all count
    the same. `masks`: for each dropout layer what its units are multiplied by, (R or 1, B, units).
    """

    training: bool = False
    share: Tensor | None = None
    masks: dict[int, Tensor] = field(default_factory=dict)


class Dense:
    """y = x W + b, or x W: two arrays, or one, then as many gradients."""

    def __init__(self, *arrays: Tensor) -> None:
        values, grads = arrays[: len(arrays) // 2], arrays[len(arrays) // 2 :]
        self.weight, self.weight_grad = values[0], grads[0]
        self.turned = self.weight.transpose(1, 2)
        self.alone, self.single = len(self.weight) == 1, self.weight.shape[2] == 1
        self.bias, self.bias_grad = (values[1], grads[1]) if len(values) > 1 else (None, None)
        self.first = False

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        self.x = x
        return torch.bmm(x, self.weight) if self.bias is None else torch.baddbmm(self.bias, x, self.weight)

    def backward(self, grad: Tensor) -> Tensor:
        self._gather(self.x.transpose(1, 2), grad)
        if self.bias_grad is not None:
            torch.sum(grad, 1, keepdim=True, out=self.bias_grad)
        if self.first:
            return grad
        return grad * self.turned if self.single else torch.bmm(grad, self.turned)

    def _gather(self, x: Tensor, grad: Tensor) -> None:
        """Fill the weights' gradient: in place it is quicker for one net, and far slower for many."""
        if self.alone:
            torch.bmm(x, grad, out=self.weight_grad)
        else:
            self.weight_grad.copy_(torch.bmm(x, grad))


class Conv(Dense):
    """The same over every 3 x 3 neighbourhood: y[pixel] = patch(pixel) W + b, with zeros beyond the border."""

    def __init__(self, shape: shapes.Conv, *arrays: Tensor) -> None:
        super().__init__(*arrays)
        self.side, self.channels = shape.side, shape.inputs

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        self.shape = x.shape
        return super().forward(self._patches(x), now)

    def backward(self, grad: Tensor) -> Tensor:
        patches = super().backward(grad)
        return patches if self.first else self._summed(patches)

    def _patches(self, x: Tensor) -> Tensor:
        """Return what surrounds every pixel, (R, B * side * side, 9 * channels)."""
        side, channels = self.side, self.channels
        images = x.reshape(-1, side, side, channels).permute(0, 3, 1, 2)
        patches = torch.nn.functional.unfold(images, 3, padding=1)  # (R * B, channels * 9, side * side)
        return patches.transpose(1, 2).reshape(*x.shape[:2], 9 * channels)

    def _summed(self, patches: Tensor) -> Tensor:
        side = self.side
        columns = patches.reshape(-1, side * side, 9 * self.channels).transpose(1, 2)
        images = torch.nn.functional.fold(columns, (side, side), 3, padding=1)
        return images.permute(0, 2, 3, 1).reshape(self.shape)


class Norm:
    """x_hat = (x - mean) / sqrt(var + eps), y = scale x_hat + shift; over the batch or over each row's features.

    Batch statistics are biased in the division; the running ones, which judge, take the unbiased variance.
    """

    def __init__(
        self, shape: shapes.Norm, scale: Tensor, shift: Tensor, scale_grad: Tensor, shift_grad: Tensor
    ) -> None:
        self.scale, self.shift, self.scale_grad, self.shift_grad = scale, shift, scale_grad, shift_grad
        self.axis = 1 if shape.name == "batch" else 2
        self.keeps = shape.name == "batch"
        self.mean, self.var = torch.zeros_like(scale), torch.ones_like(scale)

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        if self.keeps and not now.training:
            return torch.addcmul(self.shift, x - self.mean, self.scale / torch.sqrt(self.var + EPS))
        self.share = _pixelwise(now.share, x) if self.keeps else None
        mean = self._mean(x)
        centred = x - mean
        var = self._mean(centred * centred)
        self.inverse = torch.rsqrt(var + EPS)
        self.normal = centred * self.inverse
        if self.keeps:
            self._remember(x, mean, var)
        return torch.addcmul(self.shift, self.normal, self.scale)

    def _mean(self, x: Tensor) -> Tensor:
        if self.share is None:
            return x.mean(self.axis, keepdim=True)
        return (x * self.share).sum(self.axis, keepdim=True)

    def _remember(self, x: Tensor, mean: Tensor, var: Tensor) -> None:
        count = x.shape[1] if self.share is None else (self.share > 0).sum(1, keepdim=True).to(x.dtype)
        self.mean.lerp_(mean, KEPT)
        self.var.lerp_(var * (count / (count - 1)), KEPT)

    def backward(self, grad: Tensor) -> Tensor:
        torch.sum(grad * self.normal, 1, keepdim=True, out=self.scale_grad)
        torch.sum(grad, 1, keepdim=True, out=self.shift_grad)
        inner = grad * self.scale
        if self.share is None:
            back = inner - inner.mean(self.axis, keepdim=True)
            back = back - self.normal * (inner * self.normal).mean(self.axis, keepdim=True)
            return back * self.inverse
        back = inner - self.share * inner.sum(1, keepdim=True)
        back = back - self.share * self.normal * (inner * self.normal).sum(1, keepdim=True)
        return back * self.inverse


def _pixelwise(share: Tensor | None, x: Tensor) -> Tensor | None:
    """Return what every pixel counts, given what every row counts."""
    if share is None or share.shape[1] == x.shape[1]:
        return share
    pixels = x.shape[1] // share.shape[1]
    return (share / pixels).repeat_interleave(pixels, dim=1)


FORWARD: dict[ActivationName, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh_,
    "relu": torch.relu_,
    "gelu": torch.nn.functional.gelu,
}


class Activation:
    """tanh, max(0, x), or GELU x Phi(x); the first two take the place of x, which the layer before has just made."""

    def __init__(self, shape: shapes.Activation) -> None:
        self.name, self.apply = shape.name, FORWARD[shape.name]

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        out = self.apply(x)
        self.kept = x if self.name == "gelu" else out
        self.out = out
        return out

    def backward(self, grad: Tensor) -> Tensor:
        if self.name == "tanh":
            return aten.tanh_backward(grad, self.kept)
        if self.name == "relu":
            return aten.threshold_backward(grad, self.kept, 0)
        return aten.gelu_backward(grad, self.kept)


class Drop:
    """In training, y = x * mask, where the mask holds 0 and 1 / (1 - p)."""

    def __init__(self, index: int) -> None:
        self.index = index

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        self.mask = now.masks.get(self.index) if now.training else None
        return x if self.mask is None else x * self.mask

    def backward(self, grad: Tensor) -> Tensor:
        return grad if self.mask is None else grad * self.mask


class Pool:
    """The mean of every 2 x 2 pixels; the last one of a net leaves each image as one row."""

    def __init__(self, shape: shapes.Pool, last: bool) -> None:
        self.side, self.channels, self.last = shape.side, shape.channels, last

    def forward(self, x: Tensor, now: Pass) -> Tensor:
        self.shape, half = x.shape, self.side // 2
        means = x.view(len(x), -1, half, 2, half, 2, self.channels).mean((3, 5))
        return means.reshape(len(x), -1, half * half * self.channels if self.last else self.channels)

    def backward(self, grad: Tensor) -> Tensor:
        half = self.side // 2
        spread = grad.reshape(len(grad), -1, half, 1, half, 1, self.channels) / 4
        return spread.expand(-1, -1, -1, 2, -1, 2, -1).reshape(self.shape)


Live = Dense | Conv | Norm | Activation | Drop | Pool


def alive(layers: tuple[Layer, ...], slots: tuple[Slot, ...], theta: Tensor, grad: Tensor) -> list[Live]:
    """Return layers that work, their parameters and gradients views of (R, P) matrices."""
    made = [_made(layers, i, [s for s in slots if s.layer == i], theta, grad) for i in range(len(layers))]
    first = next(layer for layer in made if isinstance(layer, Dense))
    first.first = True  # nobody asks for the gradient of the rows
    return made


def _made(layers: tuple[Layer, ...], index: int, slots: list[Slot], theta: Tensor, grad: Tensor) -> Live:
    arrays = [*(slot.of(theta) for slot in slots), *(slot.of(grad) for slot in slots)]
    match layers[index]:
        case shapes.Dense():
            return Dense(*arrays)
        case shapes.Conv() as shape:
            return Conv(shape, *arrays)
        case shapes.Norm() as shape:
            return Norm(shape, *arrays)
        case shapes.Activation() as shape:
            return Activation(shape)
        case shapes.Drop():
            return Drop(index)
        case shapes.Pool() as shape:
            last = not any(isinstance(layer, shapes.Conv) for layer in layers[index:])
            return Pool(shape, last)
