"""Losses over two coordinates: bowls, valleys, saddles and edges."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lrviz.spec import Knob
from lrviz.surfaces.base import Domain, Minimum, OnPlane, Place
from lrviz.surfaces.lines import Width
from lrviz.surfaces.minima import searched

ORIGIN = ((0.0, 0.0),)
Kappa = Annotated[float, Field(ge=1, le=1e4), Knob(1, 1_000, "log")]
"""The condition number: how many times more the steepest direction curves than the flattest."""


class Bowl(OnPlane):
    """A round bowl: f = (x^2 + y^2) / 2, of curvature 1 in every direction."""

    kind: Literal["bowl"] = "bowl"
    expression: ClassVar[str] = "(x**2 + y**2)/2"
    area: ClassVar[Domain] = ((-3.0, 3.0), (-3.0, 3.0))
    begin: ClassVar[Place] = (-2.5, 2.0)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN


class IllConditioned(OnPlane):
    """A long bowl: f = (x^2 + kappa * y^2) / 2."""

    kind: Literal["ill_conditioned"] = "ill_conditioned"
    expression: ClassVar[str] = "(x**2 + kappa*y**2)/2"
    area: ClassVar[Domain] = ((-10.0, 10.0), (-3.0, 3.0))
    begin: ClassVar[Place] = (-9.0, 2.0)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN
    kappa: Kappa = 25.0


class D2LBowl(OnPlane):
    """The bowl of a textbook's chapter on momentum: f = 0.1 * x^2 + 2 * y^2.

    Source: Zhang et al., Dive into Deep Learning, section 12.6.
    """

    kind: Literal["d2l_bowl"] = "d2l_bowl"
    expression: ClassVar[str] = "0.1*x**2 + 2*y**2"
    area: ClassVar[Domain] = ((-6.0, 2.0), (-3.0, 2.0))
    begin: ClassVar[Place] = (-5.0, -2.0)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN


class Ravine(OnPlane):
    """A long bowl that lies at an angle: f = (u^2 + kappa * v^2) / 2, u and v being x and y turned by `angle` degrees.

    Turned, it couples the coordinates, and methods that scale each coordinate for itself lose their advantage.
    """

    kind: Literal["ravine"] = "ravine"
    expression: ClassVar[str] = (
        "((x*cos(angle*pi/180) + y*sin(angle*pi/180))**2 + kappa*(y*cos(angle*pi/180) - x*sin(angle*pi/180))**2)/2"
    )
    area: ClassVar[Domain] = ((-3.0, 3.0), (-3.0, 3.0))
    begin: ClassVar[Place] = (-2.0, 2.5)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN
    kappa: Kappa = 100.0
    angle: Annotated[float, Field(ge=-180, le=180), Knob(0, 90)] = 45.0


class Rosenbrock(OnPlane):
    """A bent valley: f = (1 - x)^2 + b * (y - x^2)^2.

    Source: Rosenbrock 1960, doi 10.1093/comjnl/3.3.175.
    """

    kind: Literal["rosenbrock"] = "rosenbrock"
    expression: ClassVar[str] = "(1 - x)**2 + b*(y - x**2)**2"
    area: ClassVar[Domain] = ((-2.0, 2.0), (-1.0, 3.0))
    begin: ClassVar[Place] = (-1.5, 2.0)
    lowest: ClassVar[tuple[Place, ...]] = ((1.0, 1.0),)
    steep: ClassVar[bool] = True
    b: Annotated[float, Field(gt=0, le=1e4), Knob(1, 1_000, "log")] = 100.0


class RosenbrockMild(OnPlane):
    """A bent valley with gentle walls: f = (1 - x)^2 + 5 * (y - x^2)^2."""

    kind: Literal["rosenbrock_mild"] = "rosenbrock_mild"
    expression: ClassVar[str] = "(1 - x)**2 + 5*(y - x**2)**2"
    area: ClassVar[Domain] = ((-2.0, 2.0), (-1.0, 3.0))
    begin: ClassVar[Place] = (-1.5, 2.0)
    lowest: ClassVar[tuple[Place, ...]] = ((1.0, 1.0),)
    steep: ClassVar[bool] = True


class Booth(OnPlane):
    """A bowl away from the origin: f = (x + 2 * y - 7)^2 + (2 * x + y - 5)^2."""

    kind: Literal["booth"] = "booth"
    expression: ClassVar[str] = "(x + 2*y - 7)**2 + (2*x + y - 5)**2"
    area: ClassVar[Domain] = ((-10.0, 10.0), (-10.0, 10.0))
    begin: ClassVar[Place] = (-8.0, -6.0)
    lowest: ClassVar[tuple[Place, ...]] = ((1.0, 3.0),)


class Matyas(OnPlane):
    """A shallow ravine along the diagonal: f = 0.26 * (x^2 + y^2) - 0.48 * x * y."""

    kind: Literal["matyas"] = "matyas"
    expression: ClassVar[str] = "0.26*(x**2 + y**2) - 0.48*x*y"
    area: ClassVar[Domain] = ((-10.0, 10.0), (-10.0, 10.0))
    begin: ClassVar[Place] = (-9.0, 6.0)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN


class Saddle(OnPlane):
    """Up along x, down along y without end: f = x^2 - y^2; the start is almost on the ridge."""

    kind: Literal["saddle"] = "saddle"
    expression: ClassVar[str] = "x**2 - y**2"
    area: ClassVar[Domain] = ((-2.0, 2.0), (-2.0, 2.0))
    begin: ClassVar[Place] = (-1.5, 0.001)


class MonkeySaddle(OnPlane):
    """Three ways down and three up: f = x^3 - 3 * x * y^2, without curvature in the middle."""

    kind: Literal["monkey_saddle"] = "monkey_saddle"
    expression: ClassVar[str] = "x**3 - 3*x*y**2"
    area: ClassVar[Domain] = ((-1.5, 1.5), (-1.5, 1.5))
    begin: ClassVar[Place] = (-0.1, 0.9)


class QuarticSaddle(OnPlane):
    """A saddle between two hollows: f = x^2 - y^2 + y^4 / 4."""

    kind: Literal["quartic_saddle"] = "quartic_saddle"
    expression: ClassVar[str] = "x**2 - y**2 + y**4/4"
    area: ClassVar[Domain] = ((-2.0, 2.0), (-2.5, 2.5))
    begin: ClassVar[Place] = (-1.5, 0.001)
    lowest: ClassVar[tuple[Place, ...]] = ((0.0, 2**0.5), (0.0, -(2**0.5)))


class Plateau(OnPlane):
    """A hollow in a plain: f = 1 - exp(-(x^2 + y^2) / (2 * width^2)), hardly any gradient far from it."""

    kind: Literal["plateau_2d"] = "plateau_2d"
    expression: ClassVar[str] = "1 - exp(-(x**2 + y**2)/(2*width**2))"
    area: ClassVar[Domain] = ((-6.0, 6.0), (-6.0, 6.0))
    begin: ClassVar[Place] = (-4.5, 3.5)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN
    width: Width = 1.5


class Kink(OnPlane):
    """An edge along each axis: f = |x| + 0.1 * |y|; a rate that stays the same never comes to rest."""

    kind: Literal["kink"] = "kink"
    expression: ClassVar[str] = "abs(x) + 0.1*abs(y)"
    area: ClassVar[Domain] = ((-3.0, 3.0), (-3.0, 3.0))
    begin: ClassVar[Place] = (-2.5, 2.0)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN

    @property
    def kinked(self) -> bool:
        return True


class SharpFlat(OnPlane):
    """A narrow hollow, a little deeper, and a wide one: f = 1 - 0.95 * G(x - 1.5, width) - 0.9 * G(x + 1.5, 1.2).

    G(d, w) = exp(-(d^2 + y^2) / (2 * w^2)). Large rates leave the narrow hollow and settle in the wide one.
    """

    kind: Literal["sharp_flat"] = "sharp_flat"
    expression: ClassVar[str] = (
        "1 - 0.95*exp(-((x - 1.5)**2 + y**2)/(2*width**2)) - 0.9*exp(-((x + 1.5)**2 + y**2)/(2*1.2**2))"
    )
    area: ClassVar[Domain] = ((-4.0, 4.0), (-3.0, 3.0))
    begin: ClassVar[Place] = (1.5, 1.5)
    width: Annotated[float, Field(ge=0.1, le=2), Knob(0.1, 1)] = 0.25

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self)
