"""The 2-2-2 network beside torch: autograd finds its gradients, torch.optim.SGD makes its updates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lrviz.backprop.engine import Net, Pass, Rule, error_of, run_pass, updated
from lrviz.backprop.scene import BackpropScene, Worked, worked
from lrviz.backprop.units import ReLU
from lrviz.verify.answers import Difference, difference, told

Array = np.ndarray[Any, np.dtype[np.float64]]
MOST_UPDATES = 100
TOLERANCE = 1e-12
EPS = float(np.finfo(np.float64).eps)
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
    not SGD's. `agrees` says whether gradient and position differ by no more than rounding; `kinked`, whether a ReLU is
    within `width` of its kink, as far as the finite differences reach; `known`, whether there are numbers at all.
    """

    steps: int
    gradient: Difference
    apart: Difference
    finite: Difference
    position: Difference | None
    agrees: bool
    kinked: bool
    width: float
    known: bool


def compare_backprop(scene: BackpropScene) -> BackpropReport:
    """Compare the pass that is shown, its update, and up to MOST_UPDATES updates from the start."""
    result, net = worked(scene), scene.net
    here, done = result.parameters, run_pass(net, result.parameters[None])
    ours, theirs = done.gradient[0], autograd(net, here)
    places, gradient = _places(scene, result), difference(ours, theirs)
    moved = None if scene.update == "reuse" else _gap(net, scene.rule, places)
    agrees = close(gradient, felt(done)) and (
        moved is None or close(moved, scene.lr * felt(run_pass(net, places)) + largest(places))
    )
    width = reach(done, here)
    return BackpropReport(
        len(places), gradient, difference(result.gradient, theirs), difference(ours, finite_differences(net, here)),
        moved, agrees, _nearest_kink(result) <= width, width, bool(np.isfinite(theirs).all()),
    )  # fmt: skip


def close(found: Difference, scale: float) -> bool:
    """Say whether a difference is rounding: a share TOLERANCE of the numbers, or four units in the last place of scale.

    What is left where large numbers cancel, in a net input near 0 or in the slope of a unit that saturates, has the
    rounding of those numbers, which `scale` measures.
    """
    return found.relative <= TOLERANCE or found.absolute <= 4 * EPS * scale


def felt(done: Pass) -> float:
    """Return how large a gradient would be if nothing cancelled and no unit flattened it."""
    came = max(1.0, largest(done.out_h), largest(done.inputs))
    summed = max(1.0, largest(done.parameters)) * came
    return (largest(done.error_slope) + summed) * max(1.0, largest(done.carried)) * came


def largest(values: Array) -> float:
    """Return the largest size of some numbers, those that are not finite left out."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


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
    with np.errstate(all="ignore"):  # a training that is lost has no finite error
        return (error_of(net, parameters + shifts) - error_of(net, parameters - shifts)) / (2 * widths)


def reach(done: Pass, parameters: Array) -> float:
    """Return how far the shifts of finite_differences can move a net input."""
    return STEP * max(1.0, largest(parameters)) * max(1.0, largest(done.inputs), largest(done.out_h))


def _nearest_kink(result: Worked) -> float:
    """Return the distance of the nearest net input from the kink of its ReLU, inf where there is none."""
    layers = ((result.scene.hidden, result.now.net_h), (result.scene.output, result.now.net_o))
    return min((float(np.abs(net).min()) for unit, net in layers if isinstance(unit, ReLU)), default=np.inf)


# ---------------------------------------------------------------------------------------------------------- answers


def answer(scene: BackpropScene) -> dict[str, Any]:
    """Answer for a scene: {"code", "values", "tone"}, every value a string."""
    return said(compare_backprop(scene))


def said(report: BackpropReport) -> dict[str, Any]:
    """Put a report into an answer."""
    values: dict[str, object] = {
        "steps": report.steps, "gradient": report.gradient.absolute, "apart": report.apart.absolute,
        "finite": report.finite.absolute, "width": report.width,
        "absolute": report.position.absolute if report.position else None,
    }  # fmt: skip
    if not report.agrees:
        return told("differs", "warn", **values)
    if not report.known:
        return told("no_number", "note", **values)
    if report.position is None:
        return told("reuse", "note", **values)
    if report.finite.relative <= CLOSE:
        return told("verified", "ok", **values)
    if report.kinked:
        return told("kink", "ok", **values)
    return told("rough", "ok", **values)
