"""A slice of a trained net's loss: measured on a grid, between its points smooth, with exact derivatives."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from lrviz.arrays import namespace
from lrviz.spec import cached, refuse
from lrviz.surfaces.base import Array, Domain, Minimum, Place, SurfaceSpec, columns, stacked_last
from lrviz.surfaces.minima import searched

FEWEST, MOST = 5, 33
"""Points a side of the grid."""
FINEST = 65_535
STEEP = 5.0
"""Of a loss that spans more than e to this, levels of its logarithm are drawn."""
Edge = Annotated[float, Field(ge=-1e6, le=1e6)]
Log = Annotated[float, Field(ge=-700, le=700)]
SAMPLE = (
    "___R-wP3gvMK72nkitOnx3bDosMZxV3G0cYK8nrt1-gK5friI99n0g7F77wluwq837yavgDjMNy01FjQzNBj0RHPGcP_trKxHbJR"
    "s7m3yNMjy5m_PrRxsDa3aL9Wvvexsag-pjipULEpxgi9Kq9Qm3-EW32XmFSp5apCoGaaJ6AXqvW9KrbSrcKcRHTaMWVAw22LitiU"
    "y4_alpejMLyXtMqvP6UegoEtAACiJ9dU8HOFh-GQB52OvKC0JK4spiaPzVwDLzk5cVXnawl9eIsRl8y8CbU1q1Gfg44DfVZlb138"
    "ZddwWXyEhpSPO71ztLuokp3AkkKLnodse4t2VHiOfPCAA4WEvryzpKpwo2ed55kWl2CRiYNSf4p7FXl1eR69TbWFr2erjqi-pU2h"
    "GpWoiyCD63mUcKtrE70ZuLi05LIhsfWty6Oml46OHoWdeNJoD2E="
)
"""13 x 13 losses of a net of two layers of 16 ReLUs on the two moons, along two random directions."""


class Slice(SurfaceSpec):
    """The training loss of a net along two directions from where it was trained to, L = exp(S(x, y)).

    S is the natural bicubic spline through the logarithm of the loss at n x n evenly spaced points, measured once;
    `heights` holds them row by row from y_low on, in base 64: two bytes each, 0 for `bottom` and 65535 for `top`. So
    the surface is whole in its Spec, and a link to it needs no net. Outside the square nothing was measured: NaN.
    Source: Li et al. 2018, arXiv 1712.09913, for the slices; de Boor 1978 for the splines.
    """

    kind: Literal["slice"] = "slice"
    dims: ClassVar[Literal[1, 2]] = 2
    heights: Annotated[str, Field(max_length=3_000)] = SAMPLE
    bottom: Log = -3.650388118333997
    top: Log = 2.101013432772898
    x_low: Edge = -1.0
    x_high: Edge = 1.0
    y_low: Edge = -1.0
    y_high: Edge = 1.0
    start_x: Edge = 0.8
    start_y: Edge = -0.7

    @field_validator("heights")
    @classmethod
    def _is_a_grid(cls, heights: str) -> str:
        if re.fullmatch(r"[A-Za-z0-9_-]*={0,2}", heights) is None or side_of(heights) is None:
            raise refuse("slice_heights", "heights")
        return heights

    @model_validator(mode="after")
    def _rises(self) -> "Slice":
        for low, high in (("x_low", "x_high"), ("y_low", "y_high"), ("bottom", "top")):
            if getattr(self, high) - getattr(self, low) < 1e-6:
                raise refuse("slice_bounds", low, high, low=getattr(self, low), high=getattr(self, high))
        return self

    @property
    def formula(self) -> None:
        return None

    @property
    def domain(self) -> Domain:
        return ((self.x_low, self.x_high), (self.y_low, self.y_high))

    @property
    def start(self) -> Place:
        (x_low, x_high), (y_low, y_high) = self.domain
        return min(max(self.start_x, x_low), x_high), min(max(self.start_y, y_low), y_high)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return searched(self)

    @property
    def log_levels(self) -> bool:
        return self.top - self.bottom > STEEP

    def __call__(self, x: Any) -> Any:
        return _spline(self, x, ((0, 0),))[0]

    def grad(self, x: Any, rows: Any = None) -> Any:
        return self.value_and_grad(x)[1]

    def value_and_grad(self, x: Any) -> tuple[Any, Any]:
        loss, *slopes = _spline(self, x, ((0, 0), (1, 0), (0, 1)))
        return loss, stacked_last(namespace(loss).stack([loss * slope for slope in slopes]))

    def hessian(self, x: Any) -> Any:
        loss, across, up, *bends = _spline(self, x, ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)))
        first, mixed, last = bends[0] + across * across, bends[1] + across * up, bends[2] + up * up
        flat = stacked_last(namespace(loss).stack([loss * each for each in (first, mixed, mixed, last)]))
        return flat.reshape(*flat.shape[:-1], 2, 2)


def slice_of(losses: Array, x: tuple[float, float], y: tuple[float, float], start: tuple[float, float]) -> Slice:
    """Return the surface through losses on an n x n grid, (y, x), over two ranges; all must be finite."""
    logs = np.log(np.maximum(losses, 1e-12))
    bottom, top = float(logs.min()), float(max(logs.max(), logs.min() + 1e-3))
    steps = np.round(FINEST * (logs - bottom) / (top - bottom)).astype("<u2")
    heights = urlsafe_b64encode(steps.tobytes()).decode("ascii")
    return Slice(
        heights=heights, bottom=bottom, top=top, x_low=x[0], x_high=x[1], y_low=y[0], y_high=y[1],
        start_x=start[0], start_y=start[1],
    )  # fmt: skip


def side_of(heights: str) -> int | None:
    """Return how many points a side a grid has, None where it is no square of a fitting size."""
    try:
        count = len(urlsafe_b64decode(heights)) / 2
    except ValueError:
        return None
    side = round(count**0.5)
    return side if side * side == count and FEWEST <= side <= MOST else None


def logs_of(spec: Slice) -> Array:
    """Return the logarithms of the losses on the grid, (n, n), row by row from y_low on."""
    steps = np.frombuffer(urlsafe_b64decode(spec.heights), "<u2").astype(np.float64)
    side = round(len(steps) ** 0.5)
    return (spec.bottom + (spec.top - spec.bottom) * steps / FINEST).reshape(side, side)


@cached(64)
def cells(spec: Slice) -> Array:
    """Return the natural bicubic spline through the grid: in each cell sum_pq c[p, q] t^p s^q, (4, 4, cells).

    t and s run from 0 to 1 across and up a cell; cells are numbered row by row.
    """
    logs = logs_of(spec)
    inverse = np.linalg.inv(_collocation(len(logs)))[:, 1:-1]
    spline, last = inverse @ logs @ inverse.T, len(logs) - 1
    patches = np.stack([[spline[b : b + last, a : a + last].ravel() for b in range(4)] for a in range(4)])
    return np.einsum("pa,qb,abc->pqc", POWERS, POWERS, patches)


POWERS = np.array([[1, 4, 1, 0], [-3, 0, 3, 0], [3, -6, 3, 0], [-1, 3, -3, 1]]) / 6
"""Row p: what the four cubic B-splines over a cell have of t^p."""


def _collocation(n: int) -> Array:
    """Return what coefficients (n + 2,) are multiplied by: no curvature at the ends, (1, 4, 1) / 6 at each point."""
    matrix = np.zeros((n + 2, n + 2))
    for row in range(1, n + 1):
        matrix[row, row - 1 : row + 2] = np.array([1, 4, 1]) / 6
    matrix[0, :3] = matrix[-1, -3:] = [1, -2, 1]
    return matrix


def _spline(spec: Slice, x: Any, orders: tuple[tuple[int, int], ...]) -> list[Any]:
    """Return the loss for the order (0, 0), and derivatives of its logarithm, (times across, times up), for others."""
    across, up = columns(x, 2)
    xp, table = namespace(across), cells(spec)
    count = round(table.shape[2] ** 0.5)
    (t, column, in_x), (s, row, in_y) = (
        _placed(xp, at, ends, count) for at, ends in zip((across, up), spec.domain, strict=True)
    )
    if xp is not np:
        table = xp.asarray(table, dtype=across.dtype, device=across.device)
    here, outside = table[:, :, row * count + column], ~(in_x & in_y)
    scale = [count / (high - low) for low, high in spec.domain]
    lines = {order: _polynomial(here, t, order) for order in {right for right, _ in orders}}
    found = []
    for right, above in orders:
        value = _polynomial(lines[right], s, above)
        value = xp.exp(value) if right + above == 0 else value * (scale[0] ** right * scale[1] ** above)
        found.append(xp.where(outside, xp.nan, value))
    return found


def _placed(xp: Any, at: Any, ends: tuple[float, float], count: int) -> tuple[Any, Any, Any]:
    """Return where positions lie within their cell, 0 to 1, its number, and whether they are on the grid at all."""
    low, high = ends
    inside = (at >= low) & (at <= high)
    place = (xp.where(inside, at, low) - low) * (count / (high - low))
    number = xp.astype(xp.clip(xp.floor(place), 0, count - 1), xp.int64)
    return place - number, number, inside


def _polynomial(c: Any, t: Any, order: int) -> Any:
    """Return c[0] + c[1] t + c[2] t^2 + c[3] t^3, or its first or second derivative."""
    if order == 0:
        return ((c[3] * t + c[2]) * t + c[1]) * t + c[0]
    return (3 * c[3] * t + 2 * c[2]) * t + c[1] if order == 1 else 6 * c[3] * t + 2 * c[2]
