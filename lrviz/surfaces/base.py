"""What every surface is: a frozen Spec that, called with positions, gives losses, and knows its derivatives."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from array_api_compat import is_array_api_obj

from lrviz.arrays import namespace
from lrviz.formula import Program, Tape, bind, derivative, parse
from lrviz.spec import Spec, cached, fields_of

Array = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.int32]]
"""Numbers of data rows."""
Place = tuple[float, ...]
"""One value a coordinate."""
Domain = tuple[tuple[float, float], ...]
"""The lowest and the highest value of each coordinate that a picture shows."""
Parts = Literal["value", "gradient", "both", "hessian"]


@dataclass(frozen=True)
class Minimum:
    """A place lower than all around it, and the loss there."""

    x: Place
    loss: float


class SurfaceSpec(Spec):
    """A loss over one or two coordinates: `spec(x)` is the loss at x; x: (..., D) -> (...).

    NumPy arrays come back in float64 and column-major, which is fast for many runs with few coordinates; torch tensors
    come back as tensors that can be differentiated through.
    """

    dims: ClassVar[Literal[1, 2]]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the coordinates in formulas."""
        return ("x", "y")[: self.dims]

    @property
    def formula(self) -> Program | None:
        """The loss as a formula in the coordinates, with numbers for its fields; None where it has no short one."""
        raise NotImplementedError

    @property
    def domain(self) -> Domain:
        """What a picture shows, ((low, high), ...), one pair a coordinate."""
        raise NotImplementedError

    @property
    def start(self) -> Place:
        """Where a run begins unless told otherwise."""
        raise NotImplementedError

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The known minima in the domain, lowest first; none where the loss falls without end."""
        raise NotImplementedError

    @property
    def kinked(self) -> bool:
        """Whether the gradient jumps at the lowest minimum, so that there is no curvature there."""
        return False

    @property
    def log_levels(self) -> bool:
        """Whether the loss spans so much that a picture needs levels of log(loss - floor)."""
        return False

    @property
    def floor(self) -> float | None:
        """The lowest known loss."""
        return self.minima[0].loss if self.minima else None

    @property
    def sharpness(self) -> float | None:
        """The largest curvature at the lowest minimum: gradient descent settles there for rates below 2 / sharpness."""
        if not self.minima or self.kinked:
            return None
        return float(self.curvature(np.array(self.minima[0].x)))

    def __call__(self, x: Any) -> Any:
        """Return the loss; x: (..., D) -> (...)."""
        return _rows(self, "value", x)[0]

    def grad(self, x: Any, rows: Any = None) -> Any:
        """Return the gradient; x: (..., D) -> (..., D).

        `rows` are the data rows of one batch, (B,), for surfaces that draw them; others leave them alone.
        """
        return stacked_last(_rows(self, "gradient", x))

    def value_and_grad(self, x: Any) -> tuple[Any, Any]:
        """Return the loss and the gradient, what they share computed once; x: (..., D) -> (...) and (..., D)."""
        both = _rows(self, "both", x)
        return both[0], stacked_last(both[1:])

    def hessian(self, x: Any) -> Any:
        """Return the second derivatives; x: (..., D) -> (..., D, D)."""
        flat = stacked_last(_rows(self, "hessian", x))
        return flat.reshape(*flat.shape[:-1], self.dims, self.dims)

    def curvature(self, x: Any) -> Any:
        """Return the eigenvalue of the Hessian that is largest in size, with its sign; x: (..., D) -> (...).

        Of two of the same size, as on a saddle, the positive one.
        """
        hessian = self.hessian(x)
        return hessian[..., 0, 0] if self.dims == 1 else dominant(hessian)

    def draws(self, steps: int, seed: int) -> Rows | None:
        """Return the data rows of each step's batch, (T, B), or None where the gradient is exact at every step."""
        return None


def dominant(hessian: Any) -> Any:
    """Return the eigenvalue largest in size of symmetric 2 x 2 matrices, (..., 2, 2) -> (...)."""
    xp = namespace(hessian)
    a, b, d = hessian[..., 0, 0], hessian[..., 0, 1], hessian[..., 1, 1]
    middle, half = (a + d) / 2, xp.hypot((a - d) / 2, b)
    return xp.where(middle < 0, middle - half, middle + half)


def columns(x: Any, dims: int) -> list[Any]:
    """Return the coordinates of positions as arrays of their own, (..., D) -> D arrays (...)."""
    array: Any = x if is_array_api_obj(x) else np.asarray(x, dtype=np.float64)
    if array.shape[-1:] != (dims,):
        raise ValueError(f"positions must have {dims} coordinates last, got the shape {tuple(array.shape)}")
    return [array[..., i] for i in range(dims)]


def stacked_last(rows: Any) -> Any:
    """Return (n, ...) as (..., n), for NumPy without a copy."""
    if rows.ndim == 2:
        return rows.T
    return np.moveaxis(rows, 0, -1) if isinstance(rows, np.ndarray) else namespace(rows).moveaxis(rows, 0, -1)


def _rows(spec: SurfaceSpec, parts: Parts, x: Any) -> Any:
    return tape(spec, parts).rows(columns(x, spec.dims))


@cached(512)
def tape(spec: SurfaceSpec, parts: Parts) -> Tape:
    """Return the formulas of a surface, ready to run: made once for a surface, however often it is called."""
    value = spec.formula
    assert value is not None
    slopes = [derivative(value, name) for name in spec.variables]
    bends = [derivative(slopes[min(i, j)], spec.variables[max(i, j)]) for i, j in np.ndindex(spec.dims, spec.dims)]
    return Tape({"value": [value], "gradient": slopes, "both": [value, *slopes], "hessian": bends}[parts])


class Written(SurfaceSpec):
    """A built-in surface: `expression` in x (and y) and its fields, what to show, where to begin, its minima."""

    expression: ClassVar[str]
    area: ClassVar[Domain]
    begin: ClassVar[Place]
    lowest: ClassVar[tuple[Place, ...]] = ()
    steep: ClassVar[bool] = False

    @property
    def formula(self) -> Program:
        return _bound(self)

    @property
    def domain(self) -> Domain:
        return self.area

    @property
    def start(self) -> Place:
        return self.begin

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return at(self, self.lowest)

    @property
    def log_levels(self) -> bool:
        return self.steep


@cached(512)
def _bound(spec: Written) -> Program:
    fields = {name: getattr(spec, name) for name, _ in fields_of(spec)}
    return bind(parse(spec.expression, (*spec.variables, *fields)), **fields)


@cached(512)
def at(spec: SurfaceSpec, places: tuple[Place, ...]) -> tuple[Minimum, ...]:
    """Return the minima at known places."""
    return tuple(Minimum(place, float(spec(np.array(place)))) for place in places)


class OnLine(Written):
    """A built-in surface over x alone."""

    dims: ClassVar[Literal[1, 2]] = 1


class OnPlane(Written):
    """A built-in surface over x and y."""

    dims: ClassVar[Literal[1, 2]] = 2
