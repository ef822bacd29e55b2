"""The 2-2-2 network beside torch: autograd finds its gradients, torch.optim.SGD makes its updates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lrviz.backprop.engine import Net, Rule, error_of, run_pass, updated
from lrviz.backprop.scene import BackpropScene, Worked, worked
from lrviz.backprop.units import ReLU
from lrviz.verify.answers import Difference, difference, told

Array = np.ndarray[Any, np.dtype[np.float64]]
MOST_UPDATES = 100
TOLERANCE = 1e-12
STEP = 1e-6
CLOSE = 1e-6
"""How far finite differences over STEP may be from the gradient, as a share of its largest entry."""
UNITS = {
    "sigmoid_unit": torch.nn.Sigmoid(),
    "tanh_unit": torch.nn.Tanh(),
    "relu_unit": torch.nn.ReLU(),
    "identity_unit": torch.nn.Identity(),
}
LOSSES = {
    "half_squared": torch.nn.MSELoss(),
    "sum_squared": torch.nn.MSELoss(reduction="sum"),
    "cross_entropy": torch.nn.BCELoss(),
}


@dataclass(frozen=True)
class BackpropReport:
    """What torch made of a pass and of `steps` updates, each from our place.

    `gradient`: the true gradient beside autograd's; `apart`: the one the update uses beside it; `finite`: central
    differences of the error beside ours; `position`: torch.optim.SGD's parameters beside ours, None where the order is
    not SGD's. `kink` is how near the nearest ReLU is to its kink, None where there is none.
    """

    steps: int
    gradient: Difference
    apart: Difference
    finite: Difference
    position: Difference | None
    kink: float | None
    known: bool


def compare_backprop(scene: BackpropScene) -> BackpropReport:
    """Compare the pass that is shown, its update, and up to MOST_UPDATES updates from the start."""
    result = worked(scene)
    here, net = result.parameters, scene.net
    ours, theirs = run_pass(net, here[None]).gradient[0], autograd(net, here)
    places = _places(scene, result)
    reached = None if scene.update == "reuse" else _gap(net, scene.rule, places)
    return BackpropReport(
        len(places), difference(ours, theirs), difference(result.gradient, theirs),
        difference(ours, finite_differences(net, here)), reached, _kink(result), bool(np.isfinite(theirs).all()),
    )  # fmt: skip


def _places(scene: BackpropScene, result: Worked) -> Array:
    """Return where updates are compared, (T, 10): the first ones of the training, and the one that is shown."""
    places = [scene.start]
    for _ in range(min(scene.done, MOST_UPDATES - 1)):
        places.append(updated(scene.net, places[-1][None], scene.rule)[0])
    return np.array([*places[: scene.done], result.parameters])


def _gap(net: Net, rule: Rule, places: Array) -> Difference:
    """Return how far our updates from all places are from those of torch.optim.SGD."""
    return difference(updated(net, places, rule), np.array([sgd(net, rule, place) for place in places]))


# ------------------------------------------------------------------------------------------------------ torch's own


@dataclass(frozen=True)
class TorchNet:
    """The network as torch has it: two weight matrices and two shared biases, each a parameter."""

    net: Net
    parameters: tuple[torch.nn.Parameter, ...]

    def loss(self) -> torch.Tensor:
        """Return the error."""
        hidden, output, b1, b2 = self.parameters
        out_h = UNITS[self.net.hidden.kind](hidden @ torch.tensor(self.net.inputs) + b1)
        out_o = UNITS[self.net.output.kind](output @ out_h + b2)
        return LOSSES[self.net.loss.kind](out_o, torch.tensor(self.net.targets))

    def flat(self, of: str = "data") -> Array:
        """Return the parameters, or their gradients, (10,)."""
        return torch.cat([getattr(p, of).reshape(-1) for p in self.parameters]).numpy()


def torch_net(net: Net, parameters: Array) -> TorchNet:
    """Build the network in torch at parameters (10,)."""
    parts = (parameters[:4].reshape(2, 2), parameters[4:8].reshape(2, 2), parameters[8], parameters[9])
    return TorchNet(net, tuple(torch.nn.Parameter(torch.tensor(part, dtype=torch.float64)) for part in parts))


def autograd(net: Net, parameters: Array) -> Array:
    """Return the gradient that autograd finds, (10,)."""
    made = torch_net(net, parameters)
    made.loss().backward()
    return made.flat("grad")


def sgd(net: Net, rule: Rule, parameters: Array) -> Array:
    """Return the parameters after one step of torch.optim.SGD, (10,)."""
    made = torch_net(net, parameters)
    optimizer = torch.optim.SGD(made.parameters if rule.biases else made.parameters[:2], lr=rule.lr)
    made.loss().backward()
    optimizer.step()
    return made.flat()


# ------------------------------------------------------------------------------------------------ finite differences


def finite_differences(net: Net, parameters: Array) -> Array:
    """Return central differences of the error along every parameter: (E(p + h) - E(p - h)) / 2h, (10,)."""
    widths = STEP * np.maximum(1.0, np.abs(parameters))
    shifts = np.diag(widths)
    return (error_of(net, parameters + shifts) - error_of(net, parameters - shifts)) / (2 * widths)


def _kink(result: Worked) -> float | None:
    """Return the distance of the nearest net input from the kink of its ReLU."""
    layers = ((result.scene.hidden, result.now.net_h), (result.scene.output, result.now.net_o))
    nets = [float(np.abs(net).min()) for unit, net in layers if isinstance(unit, ReLU)]
    return min(nets, default=None)


# ---------------------------------------------------------------------------------------------------------- answers


def answer(scene: BackpropScene) -> dict[str, Any]:
    """Answer for a scene: {"code", "values", "tone"}, every value a string."""
    return said(compare_backprop(scene))


def said(report: BackpropReport) -> dict[str, Any]:
    """Put a report into an answer."""
    absolute = report.position.absolute if report.position else None
    values: dict[str, object] = {
        "steps": report.steps, "gradient": report.gradient.absolute, "apart": report.apart.absolute,
        "finite": report.finite.absolute, "absolute": absolute, "width": 2 * STEP,
    }  # fmt: skip
    agrees = report.gradient.relative <= TOLERANCE and (
        report.position is None or report.position.relative <= TOLERANCE
    )
    if not agrees:
        return told("differs", "warn", **values)
    if not report.known:
        return told("no_number", "note", **values)
    if report.position is None:
        return told("reuse", "note", **values)
    if report.finite.relative <= CLOSE:
        return told("verified", "ok", **values)
    if report.kink is not None and report.kink <= 2 * STEP:
        return told("kink", "ok", **values)
    return told("rough", "ok", **values)
