"""Thousands of updates of one 2-2-2 network, one after another, in plain floats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lrviz.backprop.engine import Net, Rule

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """The error before each update, (T,), and the parameters after the last one, (10,)."""

    errors: Array
    parameters: Array


def train(net: Net, parameters: Sequence[float] | Array, rule: Rule, steps: int) -> Trained:
    """Make `steps` updates in turn; the same formulas as engine.updated, a test holds them equal.

    Written out for two units a layer: on numbers so few, an array expression costs twenty times as much as the sum it
    stands for, and ten thousand updates have to fit between two frames of a turning knob.
    """
    hidden, output, loss = net.hidden.at, net.output.at, net.loss.at
    (i1, i2), (t1, t2), lr = net.inputs.tolist(), net.targets.tolist(), rule.lr
    w1, w2, w3, w4, w5, w6, w7, w8, b1, b2 = map(float, parameters)
    reuse, biases = rule.update == "reuse", rule.biases
    errors: list[float] = []
    note = errors.append
    for _ in range(steps):
        h1, slope_h1 = hidden(w1 * i1 + w2 * i2 + b1)
        h2, slope_h2 = hidden(w3 * i1 + w4 * i2 + b1)
        o1, slope_o1 = output(w5 * h1 + w6 * h2 + b2)
        o2, slope_o2 = output(w7 * h1 + w8 * h2 + b2)
        e1, slope_e1 = loss(o1, t1)
        e2, slope_e2 = loss(o2, t2)
        note(e1 + e2)
        d_o1, d_o2 = slope_e1 * slope_o1, slope_e2 * slope_o2
        n5, n6, n7, n8 = w5 - lr * (d_o1 * h1), w6 - lr * (d_o1 * h2), w7 - lr * (d_o2 * h1), w8 - lr * (d_o2 * h2)
        if reuse:
            w5, w6, w7, w8 = n5, n6, n7, n8
        d_h1, d_h2 = (w5 * d_o1 + w7 * d_o2) * slope_h1, (w6 * d_o1 + w8 * d_o2) * slope_h2
        w5, w6, w7, w8 = n5, n6, n7, n8
        w1, w2, w3, w4 = w1 - lr * (d_h1 * i1), w2 - lr * (d_h1 * i2), w3 - lr * (d_h2 * i1), w4 - lr * (d_h2 * i2)
        if biases:
            b1, b2 = b1 - lr * (d_h1 + d_h2), b2 - lr * (d_o1 + d_o2)
    return Trained(np.array(errors), np.array([w1, w2, w3, w4, w5, w6, w7, w8, b1, b2]))
