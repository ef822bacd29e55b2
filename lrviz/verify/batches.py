"""What the batches lesson shows beside torch: the real DataLoader counts and cuts, autograd and SGD take the steps."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrviz.batches.counting import Indices, cut
from lrviz.batches.growth import ByPerformance, GrowInSteps, Growth, sized
from lrviz.batches.noise import draws
from lrviz.batches.quadratic import MEASURED_AT, RULES, NoisyQuadratic, noise, walks
from lrviz.batches.scene import BatchesScene, View, cloud_of, growth_of, paths
from lrviz.batches.training import LOSS, SAMPLES, Trained, orders
from lrviz.descend.engine import Array
from lrviz.surfaces.data import data
from lrviz.verify.answers import Difference, difference, told
from lrviz.verify.comparison import TOLERANCE

MOST_ITERATED = 200_000
"""Samples up to which the real loader's batches are gone through; of more only its length is asked."""
WALK, RUNS = 100, 20
"""Steps and runs of the noisy parabola that are compared."""


def answer(scene: BatchesScene) -> dict[str, Any]:
    """Answer what the scene's view claims: {"code", "values", "tone"}, every value a string."""
    return _CHECKS[scene.view](scene)


def apart(ours: Array, theirs: Array) -> Difference:
    """Compare walks (T, ...) step by step; relative is to each walk's largest size so far, lest one explosion hide all.

    Where neither is finite they count as equal.
    """
    with np.errstate(all="ignore"):
        size = np.maximum.accumulate(np.maximum(np.abs(ours), np.abs(theirs)), axis=0)
        scaled = [np.where(size > 0, walk / size, walk) for walk in (ours, theirs)]
    return Difference(difference(ours, theirs).absolute, difference(*scaled).absolute)


def _sizes(found: Difference) -> dict[str, object]:
    return {"absolute": found.absolute, "relative": found.relative}


def _if_close(found: Difference, verdict: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict where the difference is no more than rounding, else that the two differ."""
    return verdict if found.relative <= TOLERANCE else told("differs", "warn", **_sizes(found))


# ------------------------------------------------------------------------------------------------------------ counts


def _count(scene: BatchesScene) -> dict[str, Any]:
    count = scene.count
    length, sizes = loaded(count.samples, count.batch_size, count.drop_last)
    starts, stops = cut(count.samples, count.batch_size, count.drop_last)
    same = length == count.iterations and (sizes is None or np.array_equal(sizes, stops - starts))
    values = {"torch": length, "ours": count.iterations, "last": count.last}
    if not same:
        return told("count_differs", "warn", **values)
    return told("counted_length", "ok", **values) if sizes is None else told("counted", "ok", **values)


def loaded(samples: int, batch_size: int, drop_last: bool) -> tuple[int, Indices | None]:
    """Return the length of a real DataLoader and the size of each of its batches, None where there are too many."""
    loader = DataLoader(range(samples), batch_size=batch_size, shuffle=True, drop_last=drop_last)  # type: ignore[arg-type]
    if samples > MOST_ITERATED:
        return len(loader), None
    assert loader.batch_sampler is not None
    return len(loader), np.array([len(batch) for batch in loader.batch_sampler], dtype=np.intp)


# --------------------------------------------------------------------------------------------------------- trainings


def _paths(scene: BatchesScene) -> dict[str, Any]:
    ours = paths(scene).yours
    order = orders(SAMPLES, scene.epochs, [scene.seed])[0]
    theirs = trained(order, ours.sizes[0], ours.rates[0], scene.drop_last)
    found = apart(ours.w[0], theirs)
    return _if_close(found, told("trained", "ok", updates=len(theirs) - 1, epochs=scene.epochs, **_sizes(found)))


def trained(order: Indices, sizes: Indices, rates: Array, drop_last: bool) -> Array:
    """Return the weights after every update of torch.optim.SGD over real DataLoaders, (T+1, 2).

    `order` (E, N) holds the order of the samples of every epoch, sizes and rates (E,) its batch size and its rate.
    """
    a, b, y = (torch.tensor(column) for column in data("diabetes").columns)
    dataset = TensorDataset(torch.stack([a, b], dim=1), y)
    weights = torch.nn.Parameter(torch.tensor(LOSS.start, dtype=torch.float64))
    optimizer, path = torch.optim.SGD([weights], lr=0.1), [weights.detach().clone()]
    for rows, size, rate in zip(order.tolist(), sizes.tolist(), rates.tolist(), strict=True):
        optimizer.param_groups[0]["lr"] = rate
        for features, target in DataLoader(dataset, batch_size=size, sampler=rows, drop_last=drop_last):
            optimizer.zero_grad()
            (torch.nn.functional.mse_loss(features @ weights, target) / 2).backward()
            optimizer.step()
            path.append(weights.detach().clone())
    return torch.stack(path).numpy()


def _growth(scene: BatchesScene) -> dict[str, Any]:
    """Train the first seed's runs again: the growing batch, and its twin at the rates of torch's own scheduler."""
    ours = growth_of(scene)
    order = orders(SAMPLES, scene.growth_epochs, [scene.seed])[0]
    grow, decay = ours.grow.trained, ours.decay.trained
    name, rates = twin_rates(scene.growth, scene.lr, grow.sizes[0], decay.sizes[0], decay.loss[0, decay.ends[1:]])
    found = [
        _by_update(grow, trained(order, grow.sizes[0], grow.rates[0], scene.drop_last)),
        _by_update(decay, trained(order, decay.sizes[0], rates, scene.drop_last)),
    ]
    worst = max(found, key=lambda one: one.relative)
    counts = {"grow": int(grow.updates[0, -1]), "decay": int(decay.updates[0, -1])}
    return _if_close(worst, told("grown", "ok", torch=name, **counts, **_sizes(worst)))


def _by_update(ours: Trained, theirs: Array) -> Difference:
    """Compare the first run's path; where it stands still for a while, its steps are counted by the updates made."""
    return apart(ours.w[0][np.unique(ours.updates[0], return_index=True)[1]], theirs)


def twin_rates(growth: Growth, lr: float, grown: Indices, kept: Indices, losses: Array) -> tuple[str, Array]:
    """Return torch's scheduler for a growing batch's twin, and the rate it sets for every epoch, (E,).

    `grown` (E,) are the batches that grew, `kept` those of the twin, `losses` (E,) what it had after every epoch.
    StepLR where no batch had to be rounded or ends at the size of the data; else LambdaLR, by the sizes themselves.
    """
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    if isinstance(growth, ByPerformance):
        return "ReduceLROnPlateau", _plateau_rates(growth, optimizer, int(kept[0]), losses)
    whole = np.array_equal(grown, kept[0] * np.asarray(growth(np.arange(len(grown)))))
    if isinstance(growth, GrowInSteps) and whole:
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=growth.every, gamma=1 / growth.factor)
    else:
        last = len(grown) - 1
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: kept[0] / grown[min(epoch, last)])
    rates = list[float]()
    for _ in grown:
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return type(scheduler).__name__, np.array(rates)


def _plateau_rates(growth: ByPerformance, optimizer: torch.optim.Optimizer, first: int, losses: Array) -> Array:
    """Return the rates of ReduceLROnPlateau, each for the batch it stands for: rounded, no larger than the data."""
    settings = {"factor": 1 / growth.factor, "patience": growth.patience, "threshold": growth.threshold, "eps": 0.0}
    plateau, lr = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings), optimizer.param_groups[0]["lr"]
    rates = list[float]()
    for loss in losses.tolist():
        rates.append(optimizer.param_groups[0]["lr"])
        plateau.step(loss)
    return lr * first / sized(first, lr / np.array(rates))


# ------------------------------------------------------------------------------------------------------------- noise


def _noise(scene: BatchesScene) -> dict[str, Any]:
    result = cloud_of(scene)
    theirs, single = (
        gradients(result.w, draws(result.size, scene.seed)),
        gradients(result.w, np.arange(SAMPLES)[:, None]),
    )
    size = float(np.abs(result.gradients).max())
    found = difference(result.batches / size, theirs / size), difference(result.gradients / size, single / size)
    spread = difference(result.covariance, torch.cov(torch.tensor(single.T), correction=0).numpy())
    worst = max((*found, spread), key=lambda one: one.absolute)
    found = Difference(worst.absolute, worst.absolute)
    return _if_close(found, told("cloud", "ok", batches=len(theirs), batch_size=result.size, **_sizes(found)))


def gradients(w: Array, rows: Indices) -> Array:
    """Return autograd's gradient of the loss over each batch's rows, (S, B) -> (S, 2)."""
    a, b, y = (torch.tensor(column)[torch.tensor(rows).long()] for column in data("diabetes").columns)
    weights = torch.tensor(np.tile(w, (len(rows), 1)), requires_grad=True)
    error = weights[:, :1] * a + weights[:, 1:] * b - y
    (found,) = torch.autograd.grad((error**2).mean(dim=1).sum() / 2, weights)
    return found.numpy()


# --------------------------------------------------------------------------------------------------- noisy parabola


def _scaling(scene: BatchesScene) -> dict[str, Any]:
    spec = scene.quadratic
    rates = np.concatenate([spec.rate(rule, MEASURED_AT) for rule in RULES])
    sizes = np.tile(MEASURED_AT, len(RULES))
    ours = np.stack(list(walks(spec, rates, sizes, WALK, RUNS)))
    found = apart(ours, walked(spec, rates, sizes))
    name = {"sgd": "SGD", "adam": "Adam"}[spec.optimizer]
    return _if_close(found, told("walked", "ok", torch=name, steps=WALK, walks=len(rates) * RUNS, **_sizes(found)))


def walked(spec: NoisyQuadratic, rates: Array, sizes: Array) -> Array:
    """Return x after every step of torch's own optimizer, on autograd's gradients with the same noise, (T, K, R)."""
    x = [torch.nn.Parameter(torch.zeros(RUNS, dtype=torch.float64)) for _ in rates]
    groups = [{"params": [one], "lr": rate} for one, rate in zip(x, rates.tolist(), strict=True)]
    optimizer = torch.optim.SGD(groups) if spec.optimizer == "sgd" else torch.optim.Adam(groups)
    size, path = spec.noise / np.sqrt(sizes), []
    for draw in torch.tensor(noise(WALK, RUNS, 0)):
        optimizer.zero_grad()
        losses = [(spec.curvature * one**2 / 2 + s * draw * one).sum() for one, s in zip(x, size.tolist(), strict=True)]
        torch.stack(losses).sum().backward()
        optimizer.step()
        path.append(torch.stack([one.detach().clone() for one in x]))
    return torch.stack(path).numpy()


_CHECKS: Mapping[View, Callable[[BatchesScene], dict[str, Any]]] = {
    "paths": _paths,
    "count": _count,
    "noise": _noise,
    "scaling": _scaling,
    "growth": _growth,
}
