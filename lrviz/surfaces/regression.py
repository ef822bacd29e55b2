"""Losses of two weights on real data, whose gradients over a batch of the data are noisy."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lrviz.arrays import namespace
from lrviz.formula import Program, bind, parse
from lrviz.spec import Knob, cached
from lrviz.surfaces.base import Array, Domain, Minimum, Place, Rows, SurfaceSpec, at, columns, stacked_last
from lrviz.surfaces.data import SIZES, Data, batches, data

BLOCK = 262_144  # products of run and row held at a time


class LinearRegression(SurfaceSpec):
    """A straight line through patients: the mean of (w_1 x_1 + w_2 x_2 - y)^2 / 2 over `batch_size` of 442 rows.

    x_1, x_2 are total and low-density cholesterol, y the progression of diabetes, all standardised; the two features
    go together (correlation 0.9), which makes a ravine. A `batch_size` of 0 takes all rows: the gradient is exact.
    """

    kind: Literal["linear_regression"] = "linear_regression"
    dims: ClassVar[Literal[1, 2]] = 2
    batch_size: Annotated[int, Field(ge=0, le=SIZES["diabetes"]), Knob(0, 64)] = 0

    @property
    def formula(self) -> Program:
        return _quadratic()

    @property
    def domain(self) -> Domain:
        return ((-1.5, 2.0), (-2.0, 1.5))

    @property
    def start(self) -> Place:
        return (-1.2, 0.6)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return _least_squares(self)

    def draws(self, steps: int, seed: int) -> Rows | None:
        return batches(SIZES["diabetes"], self.batch_size, steps, seed) if self.batch_size else None

    def grad(self, x: Any, rows: Rows | None = None) -> Any:
        if rows is None:
            return super().grad(x)
        (p, q, r), (u, v) = _moments(data("diabetes").part(rows))
        first, second = columns(x, 2)
        xp = namespace(first)
        return stacked_last(xp.stack([p * first + q * second - u, q * first + r * second - v]))


def _moments(part: Data) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Return the second moments of the features, and of the features with the target."""
    a, b, y = part.first, part.second, part.target
    return (_mean(a * a), _mean(a * b), _mean(b * b)), (_mean(a * y), _mean(b * y))


def _mean(values: Array) -> float:
    return float(values.mean())


@lru_cache
def _quadratic() -> Program:
    """Return the loss over all rows; standardised, the mean square of each column is 1."""
    (_, q, _), (u, v) = _moments(data("diabetes"))
    return bind(parse("(1 + x**2 + y**2)/2 + q*x*y - u*x - v*y", ("x", "y", "q", "u", "v")), q=q, u=u, v=v)


@cached(512)
def _least_squares(spec: SurfaceSpec) -> tuple[Minimum, ...]:
    (p, q, r), target = _moments(data("diabetes"))
    return at(spec, (tuple(np.linalg.solve([[p, q], [q, r]], target).tolist()),))


class LogisticRegression(SurfaceSpec):
    """Malignant or benign: the mean of log(1 + exp(z)) - y z, z = w_1 x_1 + w_2 x_2, over `batch_size` of 569 rows.

    x_1, x_2 are the radius and the texture of cell nuclei, standardised; y is 1 for a malignant mass, 0 for a benign
    one. A `batch_size` of 0 takes all rows: the gradient is exact.
    """

    kind: Literal["logistic_regression"] = "logistic_regression"
    dims: ClassVar[Literal[1, 2]] = 2
    batch_size: Annotated[int, Field(ge=0, le=SIZES["breast_cancer"]), Knob(0, 64)] = 0

    @property
    def formula(self) -> None:
        return None

    @property
    def domain(self) -> Domain:
        return ((-2.0, 8.0), (-3.0, 5.0))

    @property
    def start(self) -> Place:
        return (-1.0, 4.0)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return _most_likely(self)

    def draws(self, steps: int, seed: int) -> Rows | None:
        return batches(SIZES["breast_cancer"], self.batch_size, steps, seed) if self.batch_size else None

    def __call__(self, x: Any) -> Any:
        return _means(_log_loss, x, None, 1)[0]

    def grad(self, x: Any, rows: Rows | None = None) -> Any:
        return stacked_last(_means(_slopes, x, rows, 2))

    def value_and_grad(self, x: Any) -> tuple[Any, Any]:
        return self(x), self.grad(x)

    def hessian(self, x: Any) -> Any:
        flat = stacked_last(_means(_bends, x, None, 4))
        return flat.reshape(*flat.shape[:-1], 2, 2)


def _means(of: Callable[..., list[Any]], x: Any, rows: Rows | None, count: int) -> Any:
    """Return the means over the rows of what `of` gives for each; x: (..., 2) -> (count, ...)."""
    part = data("breast_cancer").part(rows)
    first, second = columns(x, 2)
    xp = namespace(first)
    a, b, y = (xp.asarray(column, dtype=first.dtype, device=first.device) for column in part.columns)
    if not isinstance(first, np.ndarray):
        return xp.stack([xp.mean(v, axis=-1) for v in of(xp, first[..., None] * a + second[..., None] * b, a, b, y)])
    flat, out = [np.ravel(first), np.ravel(second)], np.empty((count, first.size))
    size = max(1, BLOCK // len(a))
    with np.errstate(all="ignore"):
        for start in range(0, first.size, size):
            at_once = slice(start, start + size)
            z = flat[0][at_once, None] * a + flat[1][at_once, None] * b
            for row, values in zip(out, of(np, z, a, b, y), strict=True):
                row[at_once] = values.mean(axis=-1)
    return out.reshape(count, *first.shape)


def _log_loss(xp: Any, z: Any, a: Any, b: Any, y: Any) -> list[Any]:
    return [xp.maximum(z, xp.zeros_like(z)) + xp.log1p(xp.exp(-xp.abs(z))) - y * z]


def _slopes(xp: Any, z: Any, a: Any, b: Any, y: Any) -> list[Any]:
    error = 1 / (1 + xp.exp(-z)) - y
    return [error * a, error * b]


def _bends(xp: Any, z: Any, a: Any, b: Any, y: Any) -> list[Any]:
    chance = 1 / (1 + xp.exp(-z))
    spread = chance * (1 - chance)
    return [spread * a * a, spread * a * b, spread * a * b, spread * b * b]


@cached(512)
def _most_likely(spec: LogisticRegression) -> tuple[Minimum, ...]:
    """Return the one minimum: Newton from 0, until it moves no more."""
    x = np.zeros(2)
    for _ in range(30):
        x = x - np.linalg.solve(np.asarray(spec.hessian(x)), np.asarray(spec.grad(x)))
    return at(spec, (tuple(x.tolist()),))
