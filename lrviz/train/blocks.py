"""Many trainings cut into batches: each of one shape, and small enough for the cache or the memory there is."""

from collections.abc import Sequence

import torch

from lrviz.train.engine import shape_of
from lrviz.train.models import Activation, Conv, Layer
from lrviz.train.parameters import slots_of
from lrviz.train.training import Training, data_of

CACHE = 6_000_000
"""Bytes that a batch may move in an update on a CPU: about what its caches hold, where each update is quickest."""
GPU_SHARE = 0.4
"""The share of a GPU's free memory that one batch may take."""
KEPT = 8
"""Arrays of the parameters' size: themselves, gradient, the rule's memory, and what an update makes on its way."""
PASSED = 4
"""Arrays of a layer's size: what goes forward, what comes back, and what is made on the way."""
NUMBER = 4


def bytes_of(training: Training, rows: int) -> int:
    """Return about how many bytes one run needs to pass so many rows through its net and back."""
    data = data_of(training.task)
    layers = training.model.layers(data.features, data.outputs)
    units = data.features + 2 * data.outputs + sum(_units(layer) for layer in layers)
    return NUMBER * (KEPT * slots_of(layers)[-1].end + PASSED * rows * units)


def _units(layer: Layer) -> int:
    """Return how many numbers a row is in a layer; a convolution's patches are nine times its channels."""
    if isinstance(layer, Conv):
        return layer.side**2 * (9 * layer.inputs + layer.outputs)
    return layer.units if isinstance(layer, Activation) else getattr(layer, "features", 0)


def room(device: torch.device) -> int:
    """Return how many bytes a batch may take on a device."""
    if device.type != "cuda":
        return CACHE
    free, _ = torch.cuda.mem_get_info(device)
    return int(GPU_SHARE * free)


def blocks(trainings: Sequence[Training], most_bytes: int) -> list[list[int]]:
    """Cut trainings into batches, as indices: equal shapes together, as many as `most_bytes` allow, one at least."""
    shapes: dict[object, list[int]] = {}
    for index, training in enumerate(trainings):
        shapes.setdefault(shape_of(training), []).append(index)
    return [block for alike in shapes.values() for block in _cut(alike, trainings, most_bytes)]


def _cut(alike: list[int], trainings: Sequence[Training], most_bytes: int) -> list[list[int]]:
    largest = max(trainings[i].largest_batch for i in alike)
    size = max(1, most_bytes // bytes_of(trainings[alike[0]], largest))
    count = -(-len(alike) // size)
    return [alike[i::count] for i in range(count)]  # each holds some from everywhere, so a map fills evenly
