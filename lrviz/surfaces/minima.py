"""The minima of a surface that are not known beforehand: every hollow of a grid, then Newton's method."""

from typing import Any

import numpy as np

from lrviz.spec import cached
from lrviz.surfaces.base import Array, Minimum, Place, SurfaceSpec

Mask = np.ndarray[Any, np.dtype[np.bool_]]
POINTS = {1: 2_001, 2: 161}  # grid points a coordinate
MOST = 128  # minima kept, the lowest
NEWTON_STEPS, HALVINGS, LAST_STEPS = 40, 40, 8
NOISE = 1e-15  # differences below this share of a loss are rounding


@cached(512)
def searched(spec: SurfaceSpec, known: tuple[Place, ...] = ()) -> tuple[Minimum, ...]:
    """Return the known minima and all others found in the domain, lowest first, the known ones before equal others."""
    with np.errstate(all="ignore"):
        places = np.array(known, dtype=np.float64).reshape(-1, spec.dims)
        every = _apart(spec, np.concatenate([places, _found(spec)]), len(places))
        losses = np.asarray(spec(every))
        order = np.argsort(np.round(losses, 9), kind="stable")[:MOST]
    return tuple(Minimum(tuple(every[i].tolist()), float(losses[i])) for i in order)


def _found(spec: SurfaceSpec) -> Array:
    """Return the bottoms of all hollows, (K, D); one that leads far below all of the grid is a pole."""
    places = grid(spec, POINTS[spec.dims])
    losses = np.asarray(spec(places))
    bottoms = _polished(spec, _hollows(spec, places, losses))
    finite = losses[np.isfinite(losses)]
    if not len(bottoms):
        return bottoms
    return _one_a_valley(spec, bottoms[np.asarray(spec(bottoms)) >= 2 * finite.min() - finite.max()])


def grid(spec: SurfaceSpec, points: int) -> Array:
    """Return evenly spaced positions over the domain, (points, ..., D)."""
    axes = [np.linspace(low, high, points) for low, high in spec.domain]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _hollows(spec: SurfaceSpec, places: Array, losses: Array) -> Array:
    """Return the inner grid points that no neighbour is below and some neighbour is above, (K, D)."""
    inner = (slice(1, -1),) * spec.dims
    middle = losses[inner]
    lowest: Mask = np.isfinite(middle)
    lower: Mask = np.zeros(middle.shape, dtype=bool)
    for shift in np.ndindex(*(3,) * spec.dims):
        around = losses[tuple(slice(s, s + n) for s, n in zip(shift, middle.shape, strict=True))]
        lowest &= ~(around < middle)
        lower |= np.isfinite(around) & (around - middle > NOISE * np.abs(middle))
    found = places[inner][lowest & lower]
    return found[np.argsort(np.asarray(spec(found)), kind="stable")[: 2 * MOST]]


def _polished(spec: SurfaceSpec, places: Array) -> Array:
    """Return the bottoms: Newton down, ever closer neighbours where that is no use, Newton to the end."""
    if not len(places):
        return places
    for _ in range(NEWTON_STEPS):
        places = _where_less(spec, places, places - _newton(spec, places))
    step = _spacing(spec)
    directions = np.concatenate([np.eye(spec.dims), -np.eye(spec.dims)])
    for halving in range(HALVINGS):
        for direction in directions:
            places = _where_less(spec, places, places + direction * step * 0.5**halving)
    for _ in range(LAST_STEPS):  # so near that losses differ no more, but gradients do
        places = _where_flatter(spec, places, places - _newton(spec, places))
    return _where_flatter(spec, places, np.round(places, 9))


def _newton(spec: SurfaceSpec, places: Array) -> Array:
    """Return Newton's step, on the sizes of the eigenvalues so that it leads down; none where it is not finite."""
    hessian = np.asarray(spec.hessian(places))
    sound = np.atleast_1d(np.isfinite(hessian).all(axis=(-2, -1)))
    values, vectors = np.linalg.eigh(np.where(sound[:, None, None], hessian, np.eye(spec.dims)))
    along = np.einsum("kij,ki->kj", vectors, np.asarray(spec.grad(places)))
    step = np.einsum("kij,kj->ki", vectors, along / np.abs(values))
    return np.where(np.isfinite(step), step, 0.0)


def _where_less(spec: SurfaceSpec, places: Array, others: Array) -> Array:
    return np.where((np.asarray(spec(others)) < np.asarray(spec(places)))[:, None], others, places)


def _where_flatter(spec: SurfaceSpec, places: Array, others: Array) -> Array:
    before, after = (np.square(np.asarray(spec.grad(x))).sum(axis=-1) for x in (places, others))
    losses, levels = np.asarray(spec(others)), np.asarray(spec(places))
    flatter: Mask = (after <= before) & (losses <= levels + 1e-9 * np.abs(levels))
    return np.where(flatter[:, None], others, places)


def _one_a_valley(spec: SurfaceSpec, places: Array) -> Array:
    """Return one bottom, the middle one, of those that lie side by side at the same height."""
    losses, near = np.asarray(spec(places)), 2 * _spacing(spec)
    level = np.abs(losses[:, None] - losses) <= 1e-12 * np.abs(losses) + 1e-24
    linked = level & np.all(np.abs(places[:, None] - places) <= near, axis=-1)
    labels, before = np.arange(len(places)), None
    while before is None or np.any(labels != before):
        before, labels = labels, np.where(linked, labels, len(places)).min(axis=1, initial=len(places))
    middles = []
    for label in np.unique(labels):
        valley = places[labels == label]
        middles.append(valley[np.square((valley - valley.mean(axis=0)) / near).sum(axis=1).argmin()])
    return np.array(middles).reshape(-1, spec.dims)


def _spacing(spec: SurfaceSpec) -> Array:
    """Return the distance of neighbouring grid points, (D,)."""
    return np.array([(high - low) / (POINTS[spec.dims] - 1) for low, high in spec.domain])


def _apart(spec: SurfaceSpec, places: Array, known: int) -> Array:
    """Return the places inside the domain, each once; the known ones are kept as they are."""
    low, high = np.array(spec.domain).T
    near = (high - low) * 1e-5
    kept = list(range(known))
    for i in range(known, len(places)):
        inside = np.all((places[i] >= low) & (places[i] <= high))
        if inside and not np.any(np.all(np.abs(places[kept] - places[i]) <= near, axis=1)):
            kept.append(i)
    return places[kept]
