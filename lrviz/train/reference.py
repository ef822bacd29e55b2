"""One training as anyone would write it with torch.nn, torch.optim and a scheduler: what the batched engine must equal.

Chance alone is ours: the first parameters, the order of rows and the dropout masks come from lrviz.train.chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.train import chance
from lrviz.train.batches import orders_of
from lrviz.train.models import IMAGE, Activation, Conv, Dense, Drop, Layer, Norm, Pool
from lrviz.train.parameters import initial, slots_of
from lrviz.train.scaling import Scale, scale
from lrviz.train.training import Training, data_of

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]


class GivenDropout(nn.Module):
    """Dropout whose uniform numbers are given, not drawn: a unit is kept where its number is at least p."""

    def __init__(self, index: int, p: float) -> None:
        super().__init__()
        self.index, self.p, self.drawn = index, p, torch.empty(0)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        return x * (self.drawn[: len(x)] >= self.p) / (1 - self.p)


def module_of(layer: Layer, index: int, p: float) -> nn.Module:
    """Return torch's own module for one layer."""
    match layer:
        case Dense(inputs, outputs, bias):
            return nn.Linear(inputs, outputs, bias=bias)
        case Conv(inputs, outputs, _, bias):
            return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
        case Norm("layer", features):
            return nn.LayerNorm(features)
        case Norm(_, features):
            return nn.BatchNorm1d(features)
        case Activation(name, _):
            return {"tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU}[name]()
        case Drop():
            return GivenDropout(index, p)
        case Pool():
            return nn.AvgPool2d(2)


def net_of(training: Training, theta: Tensor | None = None) -> nn.Sequential:
    """Return the net of a training, in float64, with its first parameters, or with others (P,)."""
    data, p = data_of(training.task), getattr(training.model, "dropout", 0.0)
    layers = training.model.layers(data.features, data.outputs)
    modules = [module_of(layer, i, p) for i, layer in enumerate(layers)]
    slots = slots_of(layers)
    first = initial(slots, training.model.init, torch.tensor([training.seed])) if theta is None else theta[None]
    for slot in slots:
        by = _scale(training, len(layers), slot.layer, slot.name).first
        fill(modules[slot.layer], layers[slot.layer], slot.name, by * slot.of(first)[0])
    if training.model.images:
        modules = [nn.Unflatten(1, (1, IMAGE, IMAGE)), *_imaged(modules)]
    return nn.Sequential(*modules).double()


def _scale(training: Training, count: int, layer: int, name: str) -> Scale:
    return scale(training.model, training.optimizer, layer, name, count - 1)


def groups(training: Training, net: nn.Sequential) -> list[dict[str, Any]]:
    """Return the parameters of a net as torch.optim takes them: each with what its rate is multiplied by."""
    return [
        {
            "params": [p],
            "lr": _scale(training, len(net), int(name.split(".")[0]), "weight" if p.ndim > 1 else "bias").rate,
        }
        for name, p in net.named_parameters()
    ]


def fill(module: Any, layer: Layer, name: str, values: Tensor) -> None:
    """Give a module one of its parameter arrays, in our shape."""
    if isinstance(layer, Conv) and name == "weight":
        values = values.T.reshape(layer.outputs, layer.inputs, 3, 3)
    elif name == "weight":
        values = values.T
    target = module.weight if name in ("weight", "scale") else module.bias
    target.data = values.reshape(target.shape).clone()


def _imaged(modules: list[nn.Module]) -> Iterator[nn.Module]:
    """Yield the modules of a convolutional net: batch norm over images, and rows again after the last pooling."""
    last = max(i for i, module in enumerate(modules) if isinstance(module, nn.AvgPool2d))
    for i, module in enumerate(modules):
        if isinstance(module, nn.BatchNorm1d):
            over = nn.BatchNorm2d(module.num_features, dtype=module.weight.dtype)
            over.load_state_dict(module.state_dict())
            yield over
        else:
            yield module
        if i == last:
            yield ToRows()


class ToRows(nn.Module):
    """Images as rows, pixel by pixel, the channels of one pixel side by side."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


@dataclass(frozen=True)
class Trained:
    """What came of it: the loss of each update's batch (T,), the net, what it says of the validation rows (M, ..)."""

    losses: Array
    net: nn.Sequential
    said: Array


def train(training: Training, count: int) -> Trained:
    """Train for `count` updates. Raises ValueError where torch.optim has no such optimizer."""
    settings = torch_settings(training.optimizer)
    if isinstance(settings, Missing):
        raise ValueError(f"torch.optim has no {training.optimizer.kind}")
    data, net, rates = data_of(training.task), net_of(training), training.rates()
    x, y = torch.tensor(data.x), torch.tensor(data.y)
    optimizer = getattr(torch.optim, training.optimizer.torch)(groups(training, net), lr=1.0, **settings)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: rates[min(t, len(rates) - 1)])
    rows, losses = orders_of([training], torch.device("cpu")).drawn(0, count), []
    weights = [p for name, p in net.named_parameters() if p.ndim > 1]
    for t in range(count):
        batch = rows.index[t, 0][rows.share[t, 0] > 0]
        draw(net, training, t)
        loss = criterion(training, net(x[batch]), y[batch])
        losses.append(loss.item())
        penalty = sum(training.l1 * w.abs().sum() + training.l2 / 2 * (w * w).sum() for w in weights)
        optimizer.zero_grad()
        (loss + penalty).backward()
        if training.clip_norm:
            nn.utils.clip_grad_norm_(net.parameters(), training.clip_norm)
        with torch.no_grad():
            for w in weights:
                w.mul_(1 - rates[t] * training.weight_decay)
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        return Trained(np.array(losses), net, net.eval()(torch.tensor(data.x_val)).numpy())


def criterion(training: Training, said: Tensor, y: Tensor) -> Tensor:
    """Return the mean loss of a batch by torch's own functions."""
    if training.criterion == "cross_entropy":
        return nn.functional.cross_entropy(said, y.long())
    classes = data_of(training.task).classes
    target = nn.functional.one_hot(y.long(), classes).double() if classes else y[:, None]
    return nn.functional.mse_loss(said, target)


def draw(net: nn.Sequential, training: Training, t: int) -> None:
    """Give every dropout layer the numbers of update t."""
    data = data_of(training.task)
    for layer in net:
        if isinstance(layer, GivenDropout) and layer.p:
            units = _units(training, layer.index, data.features, data.outputs)
            seeds, step = torch.tensor([training.seed]), torch.tensor([t])
            drawn = chance.uniform(seeds, chance.DROP + layer.index, step, training.largest_batch * units)
            layer.drawn = drawn.view(-1, units)


def _units(training: Training, index: int, features: int, outputs: int) -> int:
    layer = training.model.layers(features, outputs)[index]
    assert isinstance(layer, Drop)
    return layer.units
