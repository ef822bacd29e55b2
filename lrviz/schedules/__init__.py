"""The rate at step t: every schedule a learner can choose, each a frozen Spec that is its own formula."""

from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.compose import Product, Schedule, Sequence, Warmup, schedule_kinds
from lrviz.schedules.cycles import CosineCycle, Cyclic, OneCycle, WarmRestarts
from lrviz.schedules.decays import (
    Exponential,
    ExponentialDecay,
    InverseSqrt,
    InverseTime,
    MultiStep,
    NaturalExponential,
    Noam,
    Step,
)
from lrviz.schedules.feedback import Plateau
from lrviz.schedules.free import Formula, Points
from lrviz.schedules.ramps import REX, WSD, Constant, Cosine, Linear, Polynomial, RangeTest, ReducedStart, Tanh
from lrviz.schedules.scene import fitted

__all__ = [
    "REX",
    "WSD",
    "Constant",
    "Cosine",
    "CosineCycle",
    "Cyclic",
    "Exponential",
    "ExponentialDecay",
    "Formula",
    "InverseSqrt",
    "InverseTime",
    "Linear",
    "MultiStep",
    "NaturalExponential",
    "Noam",
    "OneCycle",
    "Plateau",
    "Points",
    "Polynomial",
    "Product",
    "RangeTest",
    "ReducedStart",
    "Schedule",
    "ScheduleSpec",
    "Sequence",
    "Step",
    "Tanh",
    "WarmRestarts",
    "Warmup",
    "fitted",
    "schedule_kinds",
]
