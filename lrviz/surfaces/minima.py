"""The minima of a surface that are not known beforehand: every hollow of a grid, then Newton's method."""

from typing import Any

import numpy as np

from lrviz.surfaces.base import Array, Minimum, Place, SurfaceSpec, remembered

Mask = np.ndarray[Any, np.dtype[np.bool_]]
POINTS = {1: 2_001, 2: 161}  # grid points a coordinate
MOST = 128  # minima kept, the lowest
NEWTON_STEPS, HALVINGS, LAST_STEPS = 40, 40, 8


@remembered
def searched(spec: SurfaceSpec, known: tuple[Place, ...] = ()) -> tuple[Minimum, ...]:
    """Return the known minima and all others found in the domain, lowest first, the known ones before equal others."""
    places = np.array(known, dtype=np.float64).reshape(-1, spec.dims)
    found = _polished(spec, _hollows(spec))
    every = _apart(spec, np.concatenate([places, found]), len(places))
    losses = np.asarray(spec(every))
    order = np.argsort(np.round(losses, 9), kind="stable")[:MOST]
    return tuple(Minimum(tuple(every[i].tolist()), float(losses[i])) for i in order)


def grid(spec: SurfaceSpec, points: int) -> Array:
    """Return evenly spaced positions over the domain, (points, ..., D)."""
    axes = [np.linspace(low, high, points) for low, high in spec.domain]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _hollows(spec: SurfaceSpec) -> Array:
    """Return the inner grid points that no neighbour is below and some neighbour is above, (K, D)."""
    places = grid(spec, POINTS[spec.dims])
    losses = np.where(np.isfinite(loss := spec(places)), loss, np.inf)
    inner = (slice(1, -1),) * spec.dims
    middle = losses[inner]
    noise = 1e-12 * np.ptp(losses[np.isfinite(losses)]) if np.isfinite(losses).any() else 0.0
    lowest: Mask = np.isfinite(middle)
    lower: Mask = np.zeros(middle.shape, dtype=bool)
    for shift in np.ndindex(*(3,) * spec.dims):
        around = losses[tuple(slice(s, s + n) for s, n in zip(shift, middle.shape, strict=True))]
        lowest &= middle <= around
        lower |= middle < around - noise
    found = places[inner][lowest & lower]
    return found[np.argsort(np.asarray(spec(found)), kind="stable")[: 2 * MOST]]


def _polished(spec: SurfaceSpec, places: Array) -> Array:
    """Return the bottoms: Newton down, ever closer neighbours where that is no use, Newton to the end."""
    if not len(places):
        return places
    for _ in range(NEWTON_STEPS):
        places = _where_less(spec, places, places - _newton(spec, places))
    step = np.array([(high - low) / POINTS[spec.dims] for low, high in spec.domain])
    directions = np.concatenate([np.eye(spec.dims), -np.eye(spec.dims)])
    for halving in range(HALVINGS):
        for direction in directions:
            places = _where_less(spec, places, places + direction * step * 0.5**halving)
    for _ in range(LAST_STEPS):  # so near that losses differ no more, but gradients do
        places = _where_flatter(spec, places, places - _newton(spec, places))
    return _where_flatter(spec, places, np.round(places, 9))


def _newton(spec: SurfaceSpec, places: Array) -> Array:
    """Return Newton's step, on the sizes of the eigenvalues so that it leads down; none where it is not finite."""
    with np.errstate(all="ignore"):
        hessian = np.asarray(spec.hessian(places))
        sound: Mask = np.isfinite(hessian).all(axis=(-2, -1))
        values, vectors = np.linalg.eigh(np.where(sound[:, None, None], hessian, np.eye(spec.dims)))
        along = np.einsum("kij,ki->kj", vectors, np.asarray(spec.grad(places)))
        step = np.einsum("kij,kj->ki", vectors, along / np.abs(values))
    return np.where(np.isfinite(step), step, 0.0)


def _where_less(spec: SurfaceSpec, places: Array, others: Array) -> Array:
    return np.where((np.asarray(spec(others)) < np.asarray(spec(places)))[:, None], others, places)


def _where_flatter(spec: SurfaceSpec, places: Array, others: Array) -> Array:
    before, after = (np.square(np.asarray(spec.grad(x))).sum(axis=-1) for x in (places, others))
    flatter: Mask = after <= before
    return np.where(flatter[:, None], others, places)


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
