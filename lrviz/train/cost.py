"""About how long a training takes, from what it is made of: whether it can run by itself, how often it is measured.

The constants are one core's of 2020 or so; a factor of two either way does no harm.
"""

from collections.abc import Sequence

from lrviz.train.models import Activation, Conv, Dense, Drop, Layer, Norm
from lrviz.train.training import Training, data_of

UPDATE, LAYER = 12e-6, 7e-6
"""Seconds of an update that do not depend on its rows: its own, and for each layer."""
ROW, NUMBER, PRODUCT = 1e-7, 3e-9, 3e-11
"""Seconds forward of a row, of each number that is passed on, and of each product of two."""
BACKWARD = 3
"""How many times as long an update of a row takes as a forward pass."""
MOST_MEASURED, FEWEST_MEASURED = 200, 20
"""How often a run is measured, from its first update to its last, where that is not more work than its updates."""


def seconds(trainings: Sequence[Training]) -> float:
    """Return about how long trainings of one shape take together, measuring included."""
    first, runs = trainings[0], len(trainings)
    return first.steps * (update(first, runs) + _judging(first, runs) / every(first))


def every(training: Training) -> int:
    """Return after how many updates a run is measured."""
    most = -(-training.steps // MOST_MEASURED)
    fewest = -(-training.steps // FEWEST_MEASURED)
    return max(1, most, min(fewest, round(_judging(training, 1) / update(training, 1))))


def update(training: Training, runs: int = 1) -> float:
    """Return about how long one update takes."""
    layers = _layers(training)
    passed = BACKWARD * runs * training.rows_per_batch * _row(layers)
    return UPDATE + LAYER * sum(not isinstance(layer, Drop) for layer in layers) + passed


def _judging(training: Training, runs: int) -> float:
    data, layers = data_of(training.task), _layers(training)
    return UPDATE + LAYER * len(layers) + runs * (data.rows + len(data.x_val)) * _row(layers)


def _layers(training: Training) -> tuple[Layer, ...]:
    data = data_of(training.task)
    return training.model.layers(data.features, data.outputs)


def _row(layers: Sequence[Layer]) -> float:
    """Return the seconds that one row takes forward."""
    return ROW + sum(NUMBER * numbers + PRODUCT * products for numbers, products in map(_work, layers))


def _work(layer: Layer) -> tuple[int, int]:
    """Return how many numbers a layer passes on for a row, and how many products it sums."""
    match layer:
        case Dense(inputs, outputs):
            return outputs, inputs * outputs
        case Conv(inputs, outputs, side):
            return side**2 * (9 * inputs + outputs), side**2 * 9 * inputs * outputs
        case Norm(_, features):
            return 4 * features, 0
        case Activation(_, units):
            return 2 * units, 0
    return 0, 0
