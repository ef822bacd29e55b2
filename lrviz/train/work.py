"""How long a training computes, before it has begun: a rough count, so that no link can ask for too much."""

from typing import Any, cast

from lrviz.spec import cached, kind_of
from lrviz.train.models import Activation, Conv, Dense, Drop, Layer, ModelSpec, Norm
from lrviz.train.tasks import TaskSpec
from lrviz.train.training import Training, data_of

UPDATE = 1e-6
"""Seconds that one update of one net among many takes on one core of 2020 or so, however small it is."""
PRODUCT, PARAMETER, REMEMBERED, UNIT, DROPPED = 6e-11, 1.4e-9, 3.6e-9, 2.3e-9, 3.7e-9
"""Seconds more: for each row's product with a weight, for each parameter, for each that a rule remembers averages of,
for each unit's answer to a row, and for each answer that may be dropped."""
FORGETFUL = frozenset({"sgd", "sign"})
"""Rules that remember nothing."""


def seconds_of(training: Training) -> float:
    """Return about how many seconds a training computes, as one among many."""
    remembers = kind_of(training.optimizer) not in FORGETFUL
    return training.steps * _update(training.task, cast(Any, training.model), training.rows_per_batch, remembers)


@cached(256)
def _update(task: TaskSpec, model: ModelSpec, rows: int, remembers: bool) -> float:
    data = data_of(task)
    layers = model.layers(data.features, data.outputs)
    parameters, products = sum(map(_parameters, layers)), sum(map(_products, layers))
    units = data.features + 2 * data.outputs + sum(map(_units, layers))
    drops = getattr(model, "dropout", 0.0) > 0
    dropped = sum(layer.units for layer in layers if isinstance(layer, Drop)) if drops else 0
    each = UPDATE + (PARAMETER + REMEMBERED * remembers) * parameters
    return each + rows * (PRODUCT * products + UNIT * units + DROPPED * dropped)


def _parameters(layer: Layer) -> int:
    match layer:
        case Dense(inputs, outputs, bias):
            return (inputs + bias) * outputs
        case Conv(inputs, outputs, _, bias):
            return (9 * inputs + bias) * outputs
        case Norm(_, features):
            return 2 * features
    return 0


def _products(layer: Layer) -> int:
    """Return how many products a row takes in a layer."""
    match layer:
        case Dense(inputs, outputs):
            return inputs * outputs
        case Conv(inputs, outputs, side):
            return 9 * inputs * outputs * side**2
    return 0


def _units(layer: Layer) -> int:
    """Return how many numbers a row is on its way through a layer; a convolution's patches are nine times as many."""
    match layer:
        case Conv(inputs, _, side):
            return 9 * inputs * side**2
        case Activation(_, units):
            return units
        case Norm(_, features):
            return 3 * features
    return 0
