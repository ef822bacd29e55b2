"""Our dropout beside torch.nn.Dropout, in a layer and in networks: under its own masks, in both modes, on average."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from lrviz.layers import dropout
from lrviz.layers.dropout import Array
from lrviz.layers.dropout_network import Activation, Dense, sigmoid, thinned, whole
from lrviz.layers.dropout_scene import DEEP_WIDTH, INPUT, DropoutScene, Ensemble, ensemble, stack
from lrviz.verify.answers import difference, told

DRAWS = 100_000
"""Units drawn in all, by torch and by us, to see how often each keeps one."""
SURE = 5.0
"""Standard errors: chance alone goes beyond that once in two million checks."""
TOLERANCE = 1e-12
ROWS = 64
"""Masks under which a network is compared number by number."""
MODULES = {"identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh}


@dataclass(frozen=True)
class DropoutReport:
    """How far we are from torch: in training under the masks that it drew, in gradients, in evaluation.

    `ours` and `theirs` are what comes of many draws on both sides: the share of units that is kept, or the average
    output of a network. `expected` and its standard `error` are what chance allows, `grain` is what one draw changes.
    """

    training: float
    gradient: float
    evaluation: float
    ours: float
    theirs: float
    expected: float
    error: float
    grain: float

    @property
    def agrees(self) -> bool:
        """Whether all numbers are equal but for rounding."""
        return max(self.training, self.gradient, self.evaluation) <= TOLERANCE

    @property
    def even(self) -> bool:
        """Whether the draws of both are what is expected, as far as chance allows."""
        room = SURE * (self.error + self.grain) + TOLERANCE
        return max(abs(self.ours - self.expected), abs(self.theirs - self.expected)) <= room


def answer(scene: DropoutScene) -> dict[str, Any]:
    """Answer a question: {"code", "values", "tone"}, every value a string."""
    if scene.view in ("layer", "average"):
        report, written = compare_layer(scene), "{:.2%}"
    else:
        report, written = compare_network(scene), "{:.4g}"
    draws = {part: written.format(getattr(report, part)) for part in ("ours", "theirs", "expected", "error")}
    sizes = {part: getattr(report, part) for part in ("training", "gradient", "evaluation")}
    values = sizes | draws | {"draws": f"{DRAWS:,}", "masks": str(ROWS)}
    if not report.agrees:
        return told("differs", "warn", **values)
    if not report.even:
        return told("uneven", "warn", **values)
    if scene.view == "depth":
        return told("stack", "ok", **values)
    if scene.view == "networks":
        return told("network", "ok", **values)
    return told("verified", "ok", **values) if scene.scaling == "training" else told("other_scale", "note", **values)


# ---------------------------------------------------------------------------------------------------------- a layer


def compare_layer(scene: DropoutScene) -> DropoutReport:
    """Put the layer through torch's dropout in both modes, and through ours under the mask that torch drew.

    torch scales in training; another way of scaling is compared with its factor put on torch's numbers.
    """
    x = torch.tensor(scene.values, dtype=torch.float64, requires_grad=True)
    module = nn.Dropout(scene.p)
    with torch.random.fork_rng(devices=[]):
        mask = drawn(module, len(scene.values), scene.seed)
        torch.manual_seed(scene.seed)
        trained = module(x)
        trained.sum().backward()
        share = kept_shares(scene)
    evaluated = module.eval()(x)
    assert x.grad is not None
    factor = 1.0 if scene.scaling == "training" else 1 - scene.p
    after = 1 - scene.p if scene.scaling == "evaluation" else 1.0
    theirs = (factor * trained.detach().numpy(), factor * x.grad.numpy(), after * evaluated.detach().numpy())
    ours = (
        dropout.train(scene.x, mask, scene.p, scene.scaling),
        dropout.backward(np.ones(len(scene.values)), mask, scene.p, scene.scaling),
        dropout.evaluate(scene.x, scene.p, scene.scaling),
    )
    training, gradient, evaluation = (difference(a, b).relative for a, b in zip(ours, theirs, strict=True))
    return DropoutReport(training, gradient, evaluation, *share)


def drawn(module: nn.Dropout, count: int, seed: int) -> Array:
    """Return the mask that torch draws for so many units after a seed: what it leaves of ones, (n,)."""
    torch.manual_seed(seed)
    return (module(torch.ones(count, dtype=torch.float64)).numpy() != 0).astype(np.float64)


def kept_shares(scene: DropoutScene) -> tuple[float, float, float, float, float]:
    """Return which share of DRAWS units we keep, and torch; what is to be expected, its standard error, one draw."""
    torch.manual_seed(scene.seed)
    theirs = torch.count_nonzero(nn.Dropout(scene.p)(torch.ones(DRAWS))).item() / DRAWS
    ours = dropout.kept(dropout.uniforms(scene.seed, (DRAWS,)), scene.p).mean()
    return float(ours), theirs, 1 - scene.p, float(np.sqrt(scene.p * (1 - scene.p) / DRAWS)), 1 / DRAWS


# ------------------------------------------------------------------------------------------------------- a network


def compare_network(scene: DropoutScene) -> DropoutReport:
    """Run the scene's network in torch, whole and under masks that its nn.Dropout drew, and ours under the same.

    What torch gives on average over DRAWS is compared with our average over all sub-networks, where there are few.
    """
    if scene.view == "depth":
        training, evaluation, _ = _gaps(scene, stack(scene)[0], np.ones(DEEP_WIDTH), "identity")
        return DropoutReport(training, 0.0, evaluation, 0.0, 0.0, 0.0, 0.0, 0.0)
    result = ensemble(scene)
    training, evaluation, theirs = _gaps(scene, result.layers, np.array(INPUT), scene.activation)
    return DropoutReport(training, 0.0, evaluation, result.average, theirs, result.average, *_chance(result))


def _gaps(scene: DropoutScene, layers: Sequence[Dense], x: Array, activation: Activation) -> tuple[float, float, float]:
    """Return the differences in training and in evaluation, and torch's average output over DRAWS."""
    bent = scene.view == "networks" and scene.output == "sigmoid"
    given, last = torch.from_numpy(x), sigmoid if bent else np.asarray
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        network = sequential(layers, scene.p, activation, bent)
        torch.manual_seed(scene.seed)
        masks, trained = masks_and_outputs(network, given.expand(ROWS, -1))
        mean = float(network(given.expand(DRAWS, -1)).mean()) if scene.view == "networks" else 0.0
        evaluated = network.eval()(given)
    ours = last(thinned(x, layers, masks, dropout.scale(scene.p), activation)[-1])
    alone = last(whole(x, layers, activation)[-1])
    return difference(ours, trained.numpy()).relative, difference(alone, evaluated.numpy()).relative, mean


def _chance(result: Ensemble) -> tuple[float, float]:
    """Return the standard error of an average over DRAWS sub-networks, and how much one of them changes it."""
    square = float(result.probabilities @ (result.outputs - result.average) ** 2)
    return float(np.sqrt(square / DRAWS)), float(np.ptp(result.outputs)) / DRAWS


def sequential(layers: Sequence[Dense], p: float, activation: Activation, bent: bool) -> nn.Sequential:
    """Build the network of torch's own modules: after each hidden layer its activation, then dropout."""
    modules: list[nn.Module] = []
    for w, b in layers:
        linear = nn.Linear(w.shape[1], w.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
        modules += [linear, MODULES[activation](), nn.Dropout(p)]
    return nn.Sequential(*modules[:-2], *([nn.Sigmoid()] if bent else []))


def masks_and_outputs(network: nn.Sequential, x: torch.Tensor) -> tuple[list[Array], torch.Tensor]:
    """Return the masks that the network's dropouts draw, (R, n) each, and what it gives; 0 counts as kept."""
    masks: list[Array] = []

    def look(_: nn.Module, given: tuple[torch.Tensor, ...], left: torch.Tensor) -> None:
        masks.append(((left != 0) | (given[0] == 0)).numpy().astype(np.float64))

    hooks = [module.register_forward_hook(look) for module in network if isinstance(module, nn.Dropout)]
    outputs = network(x)
    for hook in hooks:
        hook.remove()
    return masks, outputs
