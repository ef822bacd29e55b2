"""The loss at a position: every surface a learner can choose, each a frozen Spec that is its own formula."""

from lrviz.surfaces.base import Domain, Minimum, Place, SurfaceSpec
from lrviz.surfaces.free import FormulaLine, FormulaPlane
from lrviz.surfaces.kinds import Line, Plane, Surface, surface_kinds
from lrviz.surfaces.lines import Quadratic

__all__ = [
    "Domain",
    "FormulaLine",
    "FormulaPlane",
    "Line",
    "Minimum",
    "Place",
    "Plane",
    "Quadratic",
    "Surface",
    "SurfaceSpec",
    "surface_kinds",
]
