"""The chain rule, path by path: which factors, multiplied and added, make the slope of the error along a parameter."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

from lrviz.backprop.engine import PARAMETERS, WEIGHTS, Net, Pass

Part = Literal["error", "unit", "weight", "input"]


@dataclass(frozen=True)
class Factor:
    """One slope on a path: d `top` / d `bottom`, its value, and the formula it is worked out by.

    `at` is the unit or weight of the drawing it belongs to; `formula` has a {placeholder} for each of `numbers`.
    `reused` says that it is a weight that was updated before it was used.
    """

    part: Part
    top: str
    bottom: str
    value: float
    at: str
    formula: str
    numbers: Mapping[str, float]
    reused: bool = False


@dataclass(frozen=True)
class Path:
    """One way from the error back to a parameter: its factors from the error on; what it adds is their product."""

    factors: tuple[Factor, ...]

    @property
    def product(self) -> float:
        """The product of the factors."""
        return math.prod(factor.value for factor in self.factors)

    @property
    def lit(self) -> tuple[str, ...]:
        """The units and weights the path goes through."""
        return tuple(factor.at for factor in self.factors)


def paths(net: Net, done: Pass, name: str) -> tuple[Path, ...]:
    """Return every path from the error to a parameter of PARAMETERS, of the first of the pass's parameter sets.

    A weight of the output layer has one, one of the hidden layer two; a bias has as many as its layer's units together.
    """
    return tuple(Path(tuple(_factors(net, done, name, j, k))) for j, k in _ways(name))


def _ways(name: str) -> list[tuple[int, int]]:
    """Return the hidden unit j and the output unit k of every path; for the output layer the j the weight starts at."""
    if name == "b2":
        return [(0, 0), (0, 1)]
    if name == "b1":
        return list(product((0, 1), (0, 1)))
    k, j = divmod(WEIGHTS.index(name) % 4, 2)
    return [(j, k)] if is_output(name) else [(k, 0), (k, 1)]


def is_output(name: str) -> bool:
    """Say whether a parameter belongs to the output layer."""
    return name == "b2" or PARAMETERS.index(name) in range(4, 8)


def _factors(net: Net, done: Pass, name: str, j: int, k: int) -> list[Factor]:
    way = [_of_error(net, done, k), _of_unit(done, f"o{k + 1}", net.output.derivative, k)]
    if is_output(name):
        return [*way, _of_input(done, name, f"o{k + 1}", j, net)]
    way += [_of_weight(done, j, k), _of_unit(done, f"h{j + 1}", net.hidden.derivative, j)]
    return [*way, _of_input(done, name, f"h{j + 1}", _source(name), net)]


def _source(name: str) -> int:
    return 0 if name == "b1" else WEIGHTS.index(name) % 2


def _of_error(net: Net, done: Pass, k: int) -> Factor:
    numbers = {"out": float(done.out_o[0, k]), "target": float(net.targets[k])}
    value, bottom = float(done.error_slope[0, k]), f"out_o{k + 1}"
    return Factor("error", "E", bottom, value, f"e{k + 1}", net.loss.derivative, numbers)


def _of_unit(done: Pass, unit: str, formula: str, index: int) -> Factor:
    nets, outs, rises = (
        (done.net_o, done.out_o, done.output_slope)
        if unit.startswith("o")
        else (done.net_h, done.out_h, done.hidden_slope)
    )
    numbers = {"net": float(nets[0, index]), "out": float(outs[0, index])}
    return Factor("unit", f"out_{unit}", f"net_{unit}", float(rises[0, index]), unit, formula, numbers)


def _of_weight(done: Pass, j: int, k: int) -> Factor:
    name = WEIGHTS[4 + 2 * k + j]
    value, before = float(done.carried[0, k, j]), float(done.parameters[0, 4 + 2 * k + j])
    reused = done.reused and value != before
    return Factor("weight", f"net_o{k + 1}", f"out_h{j + 1}", value, name, name, {}, reused)


def _of_input(done: Pass, name: str, unit: str, source: int, net: Net) -> Factor:
    if name.startswith("b"):
        return Factor("input", f"net_{unit}", name, 1.0, f"{name}{unit}", "1", {})
    if unit.startswith("o"):
        return Factor("input", f"net_{unit}", name, float(done.out_h[0, source]), name, f"out_h{source + 1}", {})
    return Factor("input", f"net_{unit}", name, float(net.inputs[source]), name, f"i{source + 1}", {})
