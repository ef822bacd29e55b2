"""Slices of a loss landscape, measured: the training with its way, two directions, and the loss on their plane."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from lrviz.jobs import Chunk
from lrviz.train import chance
from lrviz.train.engine import Batch, State
from lrviz.train.feed import Feed
from lrviz.train.job import BUDGET, device
from lrviz.train.layers import Pass
from lrviz.train.models import Activation, Conv
from lrviz.train.net import Net, worth
from lrviz.train.numbers import packed
from lrviz.train.parameters import Slot, slots_of
from lrviz.train.slices import CHECKPOINTS, SIDE, Landscape, logs_of
from lrviz.train.training import Training, data_of

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]
TOGETHER = 2_000_000
"""Numbers of the widest layer that nets at several places may hold at a time."""
ROOM = 0.25
"""How much farther than the way the plane of its directions reaches, on each side, as a share of it."""
NARROWEST = 0.15
"""The plane's shorter side, as a share of the longest way."""
EPS = 1e-10
"""Keeps a direction's length from dividing by zero, as in the authors' code."""


# ------------------------------------------------------------------------------------------------ losses anywhere


def losses_at(training: Training, places: Tensor, running: Sequence[Array] = ()) -> Array:
    """Return the mean training loss, without penalties, of nets with parameters (R, P), (R,).

    `running`: what batch normalization has remembered, as in State, of one net.
    """
    return np.concatenate([_losses(training, part, running) for part in places.split(together(training))])


def together(training: Training) -> int:
    """Return how many nets are asked at a time."""
    data = data_of(training.task)
    layers = training.model.layers(data.features, data.outputs)
    widths = [layer.units for layer in layers if isinstance(layer, Activation)]
    widths += [9 * layer.inputs * layer.side**2 for layer in layers if isinstance(layer, Conv)]
    return max(1, TOGETHER // (data.rows * max([data.features, *widths])))


@torch.inference_mode()
def _losses(training: Training, places: Tensor, running: Sequence[Array]) -> Array:
    data = data_of(training.task)
    net = Net(training.model.layers(data.features, data.outputs), places.contiguous(), training.model.images)
    for norm, kept in zip(net.norms, running, strict=True):
        mean, var = (torch.as_tensor(values).to(places).expand(len(places), -1, -1) for values in kept)
        norm.mean, norm.var = mean, var
    fed = Feed([training], net.shapes, places.device, places.dtype)
    said = net.forward(fed.x.expand(len(places), -1, -1), Pass())
    return worth(said, fed.y, training.criterion).cpu().numpy()


# ------------------------------------------------------------------------------------------------ directions


def filter_normalised(direction: Tensor, theta: Tensor, slots: Sequence[Slot]) -> Tensor:
    """Scale a direction (P,), neuron by neuron, to the length of the neuron's weights; biases and the like become 0.

    d *= |w| / (|d| + 1e-10) for all weights w into one unit, or of one convolution filter.
    """
    out = torch.zeros_like(direction)
    for slot in slots:
        if slot.is_weight:
            d, w = (slot.of(values[None])[0] for values in (direction, theta))
            slot.of(out[None])[0].copy_(d * (w.norm(dim=0) / (d.norm(dim=0) + EPS)))
    return out


def random_directions(landscape: Landscape, theta: Tensor, slots: Sequence[Slot]) -> Tensor:
    """Return two random directions, (2, P)."""
    seeds, step = torch.tensor([landscape.seed]), torch.zeros(1, dtype=torch.int64)
    drawn = chance.normal(seeds, 50, step, 2 * len(theta))[0, 0].view(2, -1).to(theta)
    if landscape.filters:
        return torch.stack([filter_normalised(each, theta, slots) for each in drawn])
    weights = torch.cat([torch.full((slot.end - slot.begin,), float(slot.is_weight)) for slot in slots]).to(theta)
    return drawn * weights


def principal_directions(way: Tensor) -> Tensor:
    """Return the two directions along which a way (K, P) varies most, (2, P), of length 1, both turned to its start.

    PCA of the ways theta_t - theta_end.
    """
    away = way - way[-1]
    _, _, right = torch.linalg.svd(away - away.mean(0), full_matrices=False)
    found = right[:2]
    if len(found) < 2:
        found = torch.cat([found, torch.eye(way.shape[1], dtype=way.dtype)[: 2 - len(found)]])
    return found * torch.where(found @ away[0] < 0, -1.0, 1.0)[:, None]


def projected(way: Tensor, directions: Tensor) -> tuple[Array, Array]:
    """Return a way's coordinates in the plane of two directions, from its end, (K, 2), and their shares of it.

    The coordinates are those of the nearest place in the plane. A direction's share is what it adds to the one before.
    """
    away = way - way[-1]
    inside = torch.linalg.lstsq(directions.T, away.T).solution.T
    total = (away - away.mean(0)).square().sum()
    basis, _ = torch.linalg.qr(directions.T)
    parts = ((away - away.mean(0)) @ basis).square().sum(0)
    return inside.numpy(), (parts / total if total > 0 else torch.zeros(2)).numpy()


# ------------------------------------------------------------------------------------------------ the job


@dataclass(frozen=True)
class Plane:
    """A plane of two directions (2, P) through where a training ended: axes x and y (n,), and its way there.

    `path` (K, 2) with losses (K,): the way in the plane's coordinates; `shares` (2,): of its variance.
    """

    directions: Array
    x: Array
    y: Array
    path: Array
    path_losses: Array
    shares: Array


@dataclass(frozen=True)
class Walked:
    """How far a slice is: the engine's state, the parameters gone through at `steps`, the plane, its losses.

    Once there is a plane, only the last of the parameters is kept.
    """

    state: State
    way: tuple[Array, ...]
    steps: tuple[int, ...]
    plane: Plane | None = None
    losses: tuple[Array, ...] = ()


def sliced(landscape: Landscape, now: Walked | None, steering: Mapping[str, Any]) -> Chunk:
    """Go on with a slice: with its training, then with its plane, cell by cell; tell each part and then the whole."""
    if now is None or not _trained(landscape, now.state):
        now = _walked(landscape, now)
        share = 0.5 * now.state.step / landscape.training.steps
        return Chunk(now, [{"step": now.state.step, "bad": int(now.state.bad[0])}], share, False)
    if now.plane is None:
        now = replace(now, plane=plane_of(landscape, now), way=now.way[-1:])  # the state travels with every chunk
    now, events = _asked(landscape, now)
    known = sum(map(len, now.losses))
    done = known == SIDE**2
    if done:
        events.append({"step": now.state.step} | _told(now))
    return Chunk(now, events, 0.5 + 0.5 * known / SIDE**2, done, size=sum(len(str(event)) for event in events))


def _trained(landscape: Landscape, state: State) -> bool:
    return state.step >= landscape.training.steps or state.bad[0] >= 0


def _walked(landscape: Landscape, now: Walked | None) -> Walked:
    """Train on, and keep where it comes by."""
    training, began = landscape.training, time.monotonic()
    batch = Batch([training], torch.device(device()))
    batch.load(now.state if now else batch.start())
    way, steps = ([*now.way], [*now.steps]) if now else ([_theta(batch)], [0])
    every = max(1, -(-training.steps // CHECKPOINTS))
    while batch.step < training.steps and batch.bad[0] < 0:
        batch.run(min(every, training.steps - batch.step))
        if batch.bad[0] < 0:
            way.append(_theta(batch))
            steps.append(batch.step)
        if time.monotonic() - began > BUDGET:
            break
    return Walked(batch.save(), tuple(way), tuple(steps))


def _theta(batch: Batch) -> Array:
    return batch.net.theta[0].cpu().numpy().copy()


def plane_of(landscape: Landscape, walked: Walked) -> Plane:
    """Choose the directions, and how far to look."""
    training, way = landscape.training, torch.tensor(np.stack(walked.way)).double()
    data = data_of(training.task)
    slots = slots_of(training.model.layers(data.features, data.outputs))
    random = landscape.directions == "random"
    directions = random_directions(landscape, way[-1], slots) if random else principal_directions(way)
    path, shares = projected(way, directions)
    x, y = _axes(landscape, path)
    return Plane(directions.numpy(), x, y, path, losses_at(training, way, _running(walked)), shares)


def _running(walked: Walked) -> list[Array]:
    return [kept[:, 0] for kept in walked.state.running]


def _axes(landscape: Landscape, path: Array) -> tuple[Array, Array]:
    """Return the coordinates of the grid's columns and rows: around the end, or around the way."""
    if landscape.directions == "random":
        ends = np.linspace(-landscape.reach, landscape.reach, SIDE)
        return ends, ends
    low, high = path.min(axis=0), path.max(axis=0)
    widest = float((high - low).max())
    half = np.maximum((0.5 + ROOM) * (high - low), NARROWEST * widest + 1e-6) * landscape.reach
    across, up = (np.linspace(m - h, m + h, SIDE) for m, h in zip((low + high) / 2, half, strict=True))
    return across, up


def _asked(landscape: Landscape, now: Walked) -> tuple[Walked, list[dict[str, Any]]]:
    """Measure the loss at the next cells, row by row; tell log10 of it, as a map is filled."""
    assert now.plane is not None
    began, events, losses = time.monotonic(), [], [*now.losses]
    end, directions = torch.tensor(now.way[-1]).double(), torch.tensor(now.plane.directions)
    cells = torch.cartesian_prod(torch.tensor(now.plane.y), torch.tensor(now.plane.x)).flip(1)
    begin, count = sum(map(len, losses)), together(landscape.training)
    while begin < SIDE**2:
        places = end + cells[begin : begin + count] @ directions
        losses.append(losses_at(landscape.training, places, _running(now)))
        told = {"cells": packed(np.arange(begin, begin + len(places)), "<i4"), "logs": packed(logs_of(losses[-1]))}
        events.append({"step": now.state.step} | told)
        begin += len(places)
        if time.monotonic() - began > BUDGET:
            break
    return replace(now, losses=tuple(losses)), events


def _told(walked: Walked) -> dict[str, Any]:
    """Return a whole slice as it travels: the arrays of a Relief."""
    plane = walked.plane
    assert plane is not None
    losses = np.concatenate(walked.losses).reshape(SIDE, SIDE)
    found = {"x": plane.x, "y": plane.y, "losses": losses, "path": plane.path}
    found |= {"path_losses": plane.path_losses, "shares": plane.shares}
    return {name: packed(values, "<f8") for name, values in found.items()} | {"steps": packed(walked.steps, "<i4")}
