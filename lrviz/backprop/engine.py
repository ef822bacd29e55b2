"""One pass through the 2-2-2 network: forward to the error, backward to its slope along every parameter."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lrviz.backprop.losses import HalfSquared, Loss
from lrviz.backprop.units import Sigmoid, Unit

Array = npt.NDArray[np.float64]
Update = Literal["simultaneous", "reuse"]

WEIGHTS = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
PARAMETERS = (*WEIGHTS, "b1", "b2")
"""In this order everywhere: into h1, into h2, into o1, into o2, then one bias for each layer's two units."""


@dataclass(frozen=True)
class Net:
    """What is given beside the parameters: inputs (2,), targets (2,), the units of both layers, the error."""

    inputs: Array
    targets: Array
    hidden: Unit = Sigmoid()
    output: Unit = Sigmoid()
    loss: Loss = HalfSquared()


@dataclass(frozen=True)
class Pass:
    """Every number of one pass, each (R, 2): R parameter sets at once, two units a layer; gradient (R, 10).

    `inputs` are (2,), `parameters` (R, 10). `carried` are the weights w5 to w8, (R, 2, 2), that took delta_o back to
    the hidden layer: the parameters' own, or new ones that were `reused`.
    """

    inputs: Array
    parameters: Array
    net_h: Array
    out_h: Array
    net_o: Array
    out_o: Array
    errors: Array
    error_slope: Array
    output_slope: Array
    hidden_slope: Array
    delta_o: Array
    delta_h: Array
    gradient: Array
    carried: Array
    reused: bool

    @property
    def error(self) -> Array:
        """E, the sum of both outputs' errors, (R,)."""
        return self.errors.sum(axis=1)


def layers(parameters: Array) -> tuple[Array, Array, Array, Array]:
    """Return hidden weights (R, 2, 2) and bias (R, 1), output weights and bias: a row of weights a unit."""
    matrices = parameters[:, :8].reshape(-1, 2, 2, 2)
    return matrices[:, 0], parameters[:, 8:9], matrices[:, 1], parameters[:, 9:10]


def error_of(net: Net, parameters: Array) -> Array:
    """Return the error E of R parameter sets: (R, 10) -> (R,)."""
    hidden, b1, output, b2 = layers(parameters)
    with np.errstate(all="ignore"):
        out_h = net.hidden(hidden @ net.inputs + b1)
        out_o = net.output((output @ out_h[:, :, None])[:, :, 0] + b2)
        return net.loss(out_o, net.targets).sum(axis=1)


def run_pass(net: Net, parameters: Array, carried: Array | None = None) -> Pass:
    """Run forward and backward: parameters (R, 10) -> Pass.

    delta_o = dE/dout_o * dout_o/dnet_o; delta_h = (W_o^T delta_o) * dout_h/dnet_h; the slope along a weight is the
    delta of the unit it leads to times what comes in through it, along a bias the sum of its layer's deltas.
    `carried` puts other weights (R, 2, 2) in the place of W_o on the way back, which is no longer the gradient.
    Source: Rumelhart, Hinton, Williams 1986, "Learning representations by back-propagating errors", eq. 4 to 7.
    PyTorch: loss.backward().
    """
    hidden, b1, output, b2 = layers(parameters)
    with np.errstate(all="ignore"):
        net_h = hidden @ net.inputs + b1
        out_h = net.hidden(net_h)
        net_o = (output @ out_h[:, :, None])[:, :, 0] + b2
        out_o = net.output(net_o)
        error_slope = net.loss.slope(out_o, net.targets)
        output_slope, hidden_slope = net.output.slope(net_o, out_o), net.hidden.slope(net_h, out_h)
        delta_o = error_slope * output_slope
        back = output if carried is None else carried
        delta_h = (back.swapaxes(1, 2) @ delta_o[:, :, None])[:, :, 0] * hidden_slope
        into_h, into_o = delta_h[:, :, None] * net.inputs, delta_o[:, :, None] * out_h[:, None, :]
        biases = np.stack([delta_h.sum(axis=1), delta_o.sum(axis=1)], axis=1)
        gradient = np.concatenate([into_h.reshape(-1, 4), into_o.reshape(-1, 4), biases], axis=1)
        errors = net.loss(out_o, net.targets)
    forward = (net.inputs, parameters, net_h, out_h, net_o, out_o, errors, error_slope, output_slope, hidden_slope)
    return Pass(*forward, delta_o, delta_h, gradient, back, carried is not None)


@dataclass(frozen=True)
class Rule:
    """How an update is made: the rate, whether the biases move too, and in which order.

    "simultaneous" moves every parameter along the slopes of one and the same pass; "reuse" moves w5 to w8 first and
    lets the new ones carry the deltas back, as a widely copied tutorial does.
    """

    lr: float
    update: Update = "simultaneous"
    biases: bool = False


def slopes(net: Net, parameters: Array, rule: Rule, rates: Array | None = None) -> Pass:
    """Return the pass whose gradient the update uses: parameters (R, 10), rates (R,) where they are not all rule.lr."""
    first = run_pass(net, parameters)
    if rule.update == "simultaneous":
        return first
    lr = rule.lr if rates is None else rates[:, None]
    with np.errstate(all="ignore"):
        moved = parameters[:, 4:8] - lr * first.gradient[:, 4:8]
    return run_pass(net, parameters, moved.reshape(-1, 2, 2))


def updated(net: Net, parameters: Array, rule: Rule, rates: Array | None = None) -> Array:
    """Return the parameters after one update: p - lr * gradient, (R, 10) -> (R, 10); biases stay unless they move too.

    PyTorch: torch.optim.SGD where the update is simultaneous.
    """
    gradient = slopes(net, parameters, rule, rates).gradient
    moving = np.array([1.0] * 8 + [float(rule.biases)] * 2)
    lr = rule.lr if rates is None else rates[:, None]
    with np.errstate(all="ignore"):
        return np.where(moving > 0, parameters - lr * gradient, parameters)
