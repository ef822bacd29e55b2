"""What one training step costs on this machine, in time and memory, by batch size; asked of a worker, with torch."""

import time
from functools import lru_cache
from typing import Any

SIZES = (1, 4, 16, 64, 256, 1024, 4096)
INPUTS, HIDDEN, CLASSES = 64, 256, 10
ENOUGH = 0.04
"""Seconds of steps that are measured at each size, at least three of them."""


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    """Train a small network and return what a step took, {"device", "weights", "sizes", "seconds", "bytes"}.

    A step is forward, backward and SGD on a network of 64-256-256-10 units with ReLU and cross-entropy; seconds are the
    median of several steps, bytes what the forward pass keeps for the backward pass beside the weights. A worker
    measures once: whoever asks later gets the same answer.
    """
    import torch

    from lrviz import device

    where = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    hidden = (torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU())
    net = torch.nn.Sequential(*hidden, torch.nn.Linear(HIDDEN, CLASSES)).to(where)
    found = [_cost(net, size, where) for size in SIZES]
    weights = sum(parameter.numel() for parameter in net.parameters())
    seconds, held = zip(*found, strict=True)
    return {"device": device.name(), "weights": weights, "sizes": SIZES, "seconds": seconds, "bytes": held}


def _cost(net: Any, size: int, where: Any) -> tuple[float, int]:
    """Return the seconds of a step with a batch of so many samples, and the bytes it keeps."""
    import torch

    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    features = torch.randn(size, INPUTS, device=where)
    target = torch.randint(CLASSES, (size,), device=where)

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(features), target).backward()
        optimizer.step()
        if where.type == "cuda":
            torch.cuda.synchronize()

    step()  # the first one also allocates
    return _median(step), _kept(net, features, target)


def _median(step: Any) -> float:
    """Return the middle one of the times of some steps."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < ENOUGH:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


def _kept(net: Any, features: Any, target: Any) -> int:
    """Return how many bytes the forward pass keeps for the backward pass, each tensor once, the weights left out."""
    import torch

    weights = {parameter.untyped_storage().data_ptr() for parameter in net.parameters()}
    found: dict[int, int] = {}

    def keep(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = torch.nn.functional.cross_entropy(net(features), target)
    del loss
    return sum(found.values())
