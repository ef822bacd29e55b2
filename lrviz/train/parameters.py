"""The parameters of R nets as one matrix (R, P), and where in it each layer's stand."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from lrviz.train import chance
from lrviz.train.models import Conv, Dense, InitName, Layer, Norm

Tensor = torch.Tensor


@dataclass(frozen=True)
class Slot:
    """One parameter array of a net: its layer, its name, its shape, where it begins, whether it is a weight.

    `inputs` and `outputs`: how many numbers each output sums over, and each input feeds.
    """

    layer: int
    name: str
    shape: tuple[int, ...]
    begin: int
    inputs: int = 0
    outputs: int = 0

    @property
    def end(self) -> int:
        """The column after its last one."""
        return self.begin + math.prod(self.shape)

    @property
    def is_weight(self) -> bool:
        """Whether penalties and weight decay act on it."""
        return self.name == "weight"

    def of(self, matrix: Tensor) -> Tensor:
        """Return its part of a matrix (R, P), as a view (R, *shape)."""
        return matrix[:, self.begin : self.end].view(len(matrix), *self.shape)


def slots_of(layers: Sequence[Layer]) -> tuple[Slot, ...]:
    """Lay all parameters of the layers out side by side."""
    found: list[Slot] = []
    for index, layer in enumerate(layers):
        for name, shape, inputs, outputs in _arrays(layer):
            begin = found[-1].end if found else 0
            found.append(Slot(index, name, shape, begin, inputs, outputs))
    return tuple(found)


def _arrays(layer: Layer) -> Iterator[tuple[str, tuple[int, ...], int, int]]:
    match layer:
        case Dense(inputs, outputs, bias):
            yield from _connection(inputs, outputs, outputs, bias)
        case Conv(inputs, outputs, _, bias):
            yield from _connection(9 * inputs, outputs, 9 * outputs, bias)
        case Norm(_, features):
            yield "scale", (1, features), 0, 0
            yield "shift", (1, features), 0, 0


def _connection(inputs: int, units: int, outputs: int, bias: bool) -> Iterator[tuple[str, tuple[int, ...], int, int]]:
    yield "weight", (inputs, units), inputs, outputs
    if bias:
        yield "bias", (1, units), inputs, outputs


def initial(slots: Sequence[Slot], init: InitName, seeds: Tensor) -> Tensor:
    """Return the first parameters of every run, (R, P), in float64, before any scaling: seeds (R,)."""
    step = torch.zeros(1, dtype=torch.int64, device=seeds.device)
    return torch.cat([_drawn(slot, init, seeds, step) for slot in slots], dim=1)


def column(slots: Sequence[Slot], values: Sequence[float], device: torch.device) -> Tensor:
    """Return one value an array as one a parameter, (P,), in float64."""
    parts = [
        torch.full((slot.end - slot.begin,), v, dtype=torch.float64) for slot, v in zip(slots, values, strict=True)
    ]
    return torch.cat(parts).to(device)


def _drawn(slot: Slot, init: InitName, seeds: Tensor, step: Tensor) -> Tensor:
    count = slot.end - slot.begin
    if slot.name in ("scale", "shift"):
        return torch.full((len(seeds), count), float(slot.name == "scale"), dtype=torch.float64, device=seeds.device)
    if init != "default" and slot.name == "bias":
        return torch.zeros(len(seeds), count, dtype=torch.float64, device=seeds.device)
    stream = chance.INIT + 1_000 * (2 * slot.layer + (slot.name == "bias"))
    if init == "he":
        return math.sqrt(2 / slot.inputs) * chance.normal(seeds, stream, step, count)[0]
    bound = math.sqrt(6 / (slot.inputs + slot.outputs)) if init == "xavier" else 1 / math.sqrt(slot.inputs)
    return bound * (2 * chance.uniform(seeds, stream, step, count)[0] - 1)
