"""The list of all surfaces."""

from typing import Union

from lrviz.spec import choices_of, kind_of
from lrviz.surfaces.base import SurfaceSpec
from lrviz.surfaces.classics import (
    Ackley,
    Beale,
    Bohachevsky,
    DropWave,
    Easom,
    GoldsteinPrice,
    Himmelblau,
    Levy13,
    McCormick,
    Rastrigin,
    SixHumpCamel,
    StyblinskiTang,
    ThreeHumpCamel,
)
from lrviz.surfaces.free import FormulaLine, FormulaPlane
from lrviz.surfaces.lines import Absolute, DoubleWell, PlateauLine, Quadratic, Quartic, Wiggly
from lrviz.surfaces.planes import (
    Booth,
    Bowl,
    D2LBowl,
    IllConditioned,
    Kink,
    Matyas,
    MonkeySaddle,
    Plateau,
    QuarticSaddle,
    Ravine,
    Rosenbrock,
    RosenbrockMild,
    Saddle,
    SharpFlat,
)
from lrviz.surfaces.regression import LinearRegression, LogisticRegression
from lrviz.surfaces.slices import Slice

# A new surface is added to one of these two lists, and nowhere else.
Line = Union[
    Quadratic,
    DoubleWell,
    Wiggly,
    Absolute,
    PlateauLine,
    Quartic,
    FormulaLine,
]
Plane = Union[
    Bowl,
    IllConditioned,
    D2LBowl,
    Ravine,
    Rosenbrock,
    RosenbrockMild,
    Beale,
    Himmelblau,
    Rastrigin,
    Ackley,
    StyblinskiTang,
    ThreeHumpCamel,
    SixHumpCamel,
    Booth,
    Matyas,
    GoldsteinPrice,
    McCormick,
    Easom,
    Levy13,
    Saddle,
    MonkeySaddle,
    QuarticSaddle,
    Plateau,
    Kink,
    SharpFlat,
    Bohachevsky,
    DropWave,
    FormulaPlane,
    LinearRegression,
    LogisticRegression,
    Slice,
]
Surface = Union[Line, Plane]


def surface_kinds() -> dict[str, type[SurfaceSpec]]:
    """Return every surface class by its kind, in the order of the lists."""
    return {kind_of(choice): choice for choice in choices_of(Surface)}  # type: ignore[misc]
