"""Everything that a sweep can vary."""

from typing import Union

from lrviz.train.kinds import Alone, ByNorm, ByOptimizer, ByPenalty, ByScaling, BySchedule, ByStages
from lrviz.train.quantities import (
    ByBatchSize,
    ByDecay,
    ByDepth,
    ByDropout,
    ByRate,
    ByRows,
    BySeed,
    ByWarmup,
    ByWidth,
)

# The list of all axes: a new one is added here, and nowhere else.
Axis = Union[
    ByRate,
    ByBatchSize,
    ByWidth,
    ByDepth,
    ByDropout,
    ByDecay,
    ByRows,
    ByWarmup,
    BySeed,
    BySchedule,
    ByOptimizer,
    ByNorm,
    ByPenalty,
    ByScaling,
    ByStages,
]
Beside = Union[Alone, BySchedule, ByOptimizer, ByNorm, ByPenalty, ByScaling, ByStages]
"""What may stand side by side in two or three maps, or nothing."""
