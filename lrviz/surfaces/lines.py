"""Losses over one coordinate."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lrviz.spec import Knob
from lrviz.surfaces.base import Domain, Minimum, OnLine, Place
from lrviz.surfaces.minima import searched

Width = Annotated[float, Field(ge=0.1, le=10), Knob(0.5, 3)]
"""How wide a hollow is: the distance from its middle to its steepest slope."""


class Quadratic(OnLine):
    """The simplest bowl: f(x) = a * x^2, of curvature 2 * a everywhere."""

    kind: Literal["quadratic"] = "quadratic"
    expression: ClassVar[str] = "a*x**2"
    area: ClassVar[Domain] = ((-2.5, 2.5),)
    begin: ClassVar[Place] = (2.0,)
    lowest: ClassVar[tuple[Place, ...]] = ((0.0,),)
    a: Annotated[float, Field(gt=0, le=1e3), Knob(0.1, 10, "log")] = 4.0


class DoubleWell(OnLine):
    """Two hollows, the left one deeper: f(x) = x^4 - 2 * x^2 + x / 4."""

    kind: Literal["double_well"] = "double_well"
    expression: ClassVar[str] = "x**4 - 2*x**2 + 0.25*x"
    area: ClassVar[Domain] = ((-2.0, 2.0),)
    begin: ClassVar[Place] = (1.5,)
    lowest: ClassVar[tuple[Place, ...]] = ((-1.0298959850506604,), (0.9671489378830301,))


class Wiggly(OnLine):
    """A bowl with waves on it: f(x) = 0.05 * x^2 + amplitude * sin(3 * x) + 0.5, many minima."""

    kind: Literal["wiggly"] = "wiggly"
    expression: ClassVar[str] = "0.05*x**2 + amplitude*sin(3*x) + 0.5"
    area: ClassVar[Domain] = ((-10.0, 10.0),)
    begin: ClassVar[Place] = (8.0,)
    amplitude: Annotated[float, Field(ge=0, le=10), Knob(0, 2)] = 0.5

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self)


class Absolute(OnLine):
    """A corner instead of a hollow: f(x) = |x|, whose gradient is 1 or -1 however near the minimum is."""

    kind: Literal["absolute"] = "absolute"
    expression: ClassVar[str] = "abs(x)"
    area: ClassVar[Domain] = ((-2.5, 2.5),)
    begin: ClassVar[Place] = (2.0,)
    lowest: ClassVar[tuple[Place, ...]] = ((0.0,),)

    @property
    def kinked(self) -> bool:
        return True


class PlateauLine(OnLine):
    """A hollow in a plain: f(x) = 1 - exp(-x^2 / (2 * width^2)), hardly any gradient far from it."""

    kind: Literal["plateau_1d"] = "plateau_1d"
    expression: ClassVar[str] = "1 - exp(-x**2/(2*width**2))"
    area: ClassVar[Domain] = ((-6.0, 6.0),)
    begin: ClassVar[Place] = (3.5,)
    lowest: ClassVar[tuple[Place, ...]] = ((0.0,),)
    width: Width = 1.5


class Quartic(OnLine):
    """A bowl without curvature at its bottom: f(x) = x^4."""

    kind: Literal["quartic"] = "quartic"
    expression: ClassVar[str] = "x**4"
    area: ClassVar[Domain] = ((-2.0, 2.0),)
    begin: ClassVar[Place] = (1.5,)
    lowest: ClassVar[tuple[Place, ...]] = ((0.0,),)
