"""The map of trainability that needs no net: a parabola with a wave on it, descended at every pair of rates at once."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from lrviz.spec import Knob, Spec
from lrviz.train.trainability import TOP, RateMapResult, axes, check_window, gone_after

Array = np.ndarray[Any, np.dtype[np.float64]]
Plain = Annotated[float, Field(ge=-50, le=50), Knob(0, 3)]
"""A rate as it is."""
FAR = 1e3
NEAR, WIDE = 1e-8, 1.0
"""Of cells that stay: the mean distance that gets the deepest colour, and the one that gets the palest."""
SIFTED = 8
"""After every so many steps those that have diverged are left out of the work."""


class CosineMap(Spec):
    """A parabola with a wave on it, descended at every pair of rates, one for each of its two weights.

    "added": L = (x^2 + y^2) / 2 + epsilon cos(2 pi (x + y) / wavelength); "multiplied": L = (x^2 + y^2) / 2 * (1 +
    epsilon cos(2 pi (x + y) / wavelength)). A cell has diverged once |x| + |y| > 1000, the sooner the deeper its
    colour; else it is the deeper the nearer it stays to 0 in the second half. The axes are the two rates.
    Source: Liu 2024, arXiv 2406.13971 (there in one dimension or with one rate).
    """

    kind: Literal["cosine_map"] = "cosine_map"
    wave: Literal["added", "multiplied"] = "multiplied"
    epsilon: Annotated[float, Field(ge=0, le=10), Knob(0, 1)] = 0.2
    wavelength: Annotated[float, Field(gt=0.01, le=100), Knob(0.1, 4, "log")] = 1.0
    steps: Annotated[int, Field(ge=20, le=400), Knob(20, 200)] = 100
    start_x: Annotated[float, Field(ge=-100, le=100), Knob(-2, 2)] = 1.0
    start_y: Annotated[float, Field(ge=-100, le=100), Knob(-2, 2)] = 0.7
    across_low: Plain = 0.0
    across_high: Plain = 2.0
    up_low: Plain = 0.0
    up_high: Plain = 2.0

    @model_validator(mode="after")
    def _fits(self) -> "CosineMap":
        check_window(self)
        return self


def cosine_map(spec: CosineMap, cells: int) -> RateMapResult:
    """Descend from one start at every pair of rates."""
    across, up = axes(spec, cells)
    lr = np.stack([np.tile(across, cells), np.repeat(up, cells)])
    x = np.repeat([[spec.start_x], [spec.start_y]], cells * cells, axis=1).astype(np.float64)
    alive, inside = np.arange(cells * cells), np.zeros(cells * cells)
    levels, far = np.zeros(cells * cells, np.int8), np.zeros(cells * cells)
    k, half = 2 * np.pi / spec.wavelength, spec.steps // 2
    with np.errstate(all="ignore"):
        for t in range(1, spec.steps + 1):
            x -= lr * _slope(spec, x, k)
            away = np.abs(x[0]) + np.abs(x[1])
            near = away <= FAR
            inside += near
            far += away if t > half else 0.0
            if t % SIFTED == 0 or t == spec.steps:
                gone = ~near
                levels[alive[gone]] = gone_after(inside[gone] + 1, spec.steps)
                x, lr, alive, inside, far = x[:, near], lr[:, near], alive[near], inside[near], far[near]
        settled = np.log(np.clip(far / (spec.steps - half), NEAR, WIDE) / NEAR) / np.log(WIDE / NEAR)
    levels[alive] = np.maximum(1, np.round(TOP * (1 - settled)))
    return RateMapResult(spec, levels.reshape(cells, cells), np.ones((cells, cells), bool))


def cosine_path(spec: CosineMap, rate_x: Array, rate_y: Array, steps: int) -> Array:
    """Return where descents at rates (N,) each go, from the start on, (T + 1, 2, N)."""
    lr, x = np.stack([rate_x, rate_y]), np.repeat([[spec.start_x], [spec.start_y]], len(rate_x), axis=1)
    found = [x.astype(np.float64)]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            found.append(found[-1] - lr * _slope(spec, found[-1], 2 * np.pi / spec.wavelength))
    return np.stack(found)


def _slope(spec: CosineMap, x: Array, k: float) -> Array:
    """Return the gradient of both weights, (2, N)."""
    angle = k * (x[0] + x[1])
    steep = spec.epsilon * k * np.sin(angle)
    if spec.wave == "added":
        return x - steep
    bowl = (x * x).sum(axis=0) / 2
    return x * (1 + spec.epsilon * np.cos(angle)) - steep * bowl
