"""The test functions of the optimization literature, over two coordinates.

Source of those without one of their own: Jamil & Yang 2013, arXiv 1308.4008.
"""

import math
from typing import ClassVar, Literal

from lrviz.surfaces.base import Domain, Minimum, OnPlane, Place
from lrviz.surfaces.minima import searched
from lrviz.surfaces.planes import ORIGIN


class Beale(OnPlane):
    """A flat valley between steep walls: the sum of (c - x + x * y^i)^2 for c = 1.5, 2.25, 2.625 and i = 1, 2, 3."""

    kind: Literal["beale"] = "beale"
    expression: ClassVar[str] = "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2"
    area: ClassVar[Domain] = ((-4.5, 4.5), (-4.5, 4.5))
    begin: ClassVar[Place] = (1.0, 1.5)
    lowest: ClassVar[tuple[Place, ...]] = ((3.0, 0.5),)
    steep: ClassVar[bool] = True


class Himmelblau(OnPlane):
    """Four hollows of the same depth: f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2."""

    kind: Literal["himmelblau"] = "himmelblau"
    expression: ClassVar[str] = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"
    area: ClassVar[Domain] = ((-5.0, 5.0), (-5.0, 5.0))
    begin: ClassVar[Place] = (0.0, 0.0)
    lowest: ClassVar[tuple[Place, ...]] = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.2831859912861696),
        (3.5844283403304917, -1.8481265269644034),
    )


class Rastrigin(OnPlane):
    """A bowl with a hollow at every whole number: f = 20 + the sum of u^2 - 10 * cos(2 * pi * u) over u = x, y."""

    kind: Literal["rastrigin"] = "rastrigin"
    expression: ClassVar[str] = "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)"
    area: ClassVar[Domain] = ((-5.12, 5.12), (-5.12, 5.12))
    begin: ClassVar[Place] = (-2.0, 3.5)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, ORIGIN)


class Ackley(OnPlane):
    """A funnel with waves: f = 20 + e - 20 * exp(-0.2 * r) - exp((cos(2 * pi * x) + cos(2 * pi * y)) / 2).

    r = sqrt((x^2 + y^2) / 2). Its tip is a corner, where a derivative of r does not exist.
    Source: Ackley 1987, A Connectionist Machine for Genetic Hillclimbing.
    """

    kind: Literal["ackley"] = "ackley"
    # 1e-40 under the root: at the tip itself the gradient is 0, not 0 / 0; elsewhere it changes no digit of the loss.
    expression: ClassVar[str] = (
        "20 + e - 20*exp(-0.2*sqrt((x**2 + y**2)/2 + 1e-40)) - exp((cos(2*pi*x) + cos(2*pi*y))/2)"
    )
    area: ClassVar[Domain] = ((-5.0, 5.0), (-5.0, 5.0))
    begin: ClassVar[Place] = (3.5, 2.5)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, self.lowest)

    @property
    def kinked(self) -> bool:
        return True


class StyblinskiTang(OnPlane):
    """Four hollows of different depth: f = half the sum of u^4 - 16 * u^2 + 5 * u over u = x, y."""

    kind: Literal["styblinski_tang"] = "styblinski_tang"
    expression: ClassVar[str] = "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2"
    area: ClassVar[Domain] = ((-5.0, 5.0), (-5.0, 5.0))
    begin: ClassVar[Place] = (1.0, 3.0)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, ((-2.9035340277711774, -2.9035340277711774),))


class ThreeHumpCamel(OnPlane):
    """Three hollows in a row: f = 2 * x^2 - 1.05 * x^4 + x^6 / 6 + x * y + y^2."""

    kind: Literal["three_hump_camel"] = "three_hump_camel"
    expression: ClassVar[str] = "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2"
    area: ClassVar[Domain] = ((-2.2, 2.2), (-2.2, 2.2))
    begin: ClassVar[Place] = (-1.9, 1.5)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, ORIGIN)


class SixHumpCamel(OnPlane):
    """Six hollows, two of them deepest: f = (4 - 2.1 * x^2 + x^4 / 3) * x^2 + x * y + (4 * y^2 - 4) * y^2."""

    kind: Literal["six_hump_camel"] = "six_hump_camel"
    expression: ClassVar[str] = "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2"
    area: ClassVar[Domain] = ((-3.0, 3.0), (-2.0, 2.0))
    begin: ClassVar[Place] = (-1.5, 1.0)
    lowest: ClassVar[tuple[Place, ...]] = (
        (0.08984201310031806, -0.7126564030207396),
        (-0.08984201310031806, 0.7126564030207396),
    )

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, self.lowest)


class GoldsteinPrice(OnPlane):
    """Curved valleys whose heights differ a millionfold: a product of two polynomials of degree four.

    Source: Goldstein & Price 1971, doi 10.1090/S0025-5718-1971-0312365-X.
    """

    kind: Literal["goldstein_price"] = "goldstein_price"
    expression: ClassVar[str] = (
        "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))"
    )
    area: ClassVar[Domain] = ((-2.0, 2.0), (-2.0, 2.0))
    begin: ClassVar[Place] = (1.5, 1.0)
    lowest: ClassVar[tuple[Place, ...]] = ((0.0, -1.0), (-0.6, -0.4), (1.8, 0.2), (1.2, 0.8))
    steep: ClassVar[bool] = True


class McCormick(OnPlane):
    """A wavy trough: f = sin(x + y) + (x - y)^2 - 1.5 * x + 2.5 * y + 1, lower still beyond the picture."""

    kind: Literal["mccormick"] = "mccormick"
    expression: ClassVar[str] = "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1"
    area: ClassVar[Domain] = ((-1.5, 4.0), (-3.0, 4.0))
    begin: ClassVar[Place] = (3.0, 3.0)
    lowest: ClassVar[tuple[Place, ...]] = (
        (0.5 - math.pi / 3, -0.5 - math.pi / 3),
        (0.5 + 2 * math.pi / 3, -0.5 + 2 * math.pi / 3),
    )


class Easom(OnPlane):
    """A needle's hole in a plain: f = -cos(x) * cos(y) * exp(-(x - pi)^2 - (y - pi)^2)."""

    kind: Literal["easom"] = "easom"
    expression: ClassVar[str] = "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)"
    area: ClassVar[Domain] = ((-10.0, 10.0), (-10.0, 10.0))
    begin: ClassVar[Place] = (1.5, 1.5)
    lowest: ClassVar[tuple[Place, ...]] = ((math.pi, math.pi),)


class Levy13(OnPlane):
    """Ripples across a bowl: f = sin^2(3 pi x) + (x - 1)^2 (1 + sin^2(3 pi y)) + (y - 1)^2 (1 + sin^2(2 pi y))."""

    kind: Literal["levy13"] = "levy13"
    expression: ClassVar[str] = "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)"
    area: ClassVar[Domain] = ((-10.0, 10.0), (-10.0, 10.0))
    begin: ClassVar[Place] = (-3.0, 4.0)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, ((1.0, 1.0),))


class Bohachevsky(OnPlane):
    """A bowl with shallow waves: f = x^2 + 2 * y^2 - 0.3 * cos(3 * pi * x) - 0.4 * cos(4 * pi * y) + 0.7."""

    kind: Literal["bohachevsky"] = "bohachevsky"
    expression: ClassVar[str] = "x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7"
    area: ClassVar[Domain] = ((-3.0, 3.0), (-3.0, 3.0))
    begin: ClassVar[Place] = (-2.0, 2.0)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self, ORIGIN)


class DropWave(OnPlane):
    """Rings as of a drop in water: f = -(1 + cos(12 * r)) / (r^2 / 2 + 2), r^2 = x^2 + y^2."""

    kind: Literal["drop_wave"] = "drop_wave"
    # 1e-40 under the root: in the middle itself the gradient is 0, not 0 / 0.
    expression: ClassVar[str] = "-(1 + cos(12*sqrt(x**2 + y**2 + 1e-40)))/((x**2 + y**2)/2 + 2)"
    area: ClassVar[Domain] = ((-5.12, 5.12), (-5.12, 5.12))
    begin: ClassVar[Place] = (1.5, 1.2)
    lowest: ClassVar[tuple[Place, ...]] = ORIGIN
