"""The surface under a race, sampled for drawing: fetched by the browser once, whatever else changes."""

import math
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response

from lrviz.spec import Spec, cached, from_address, kind_of, to_address
from lrviz.surfaces import Plane, SurfaceSpec
from lrviz.surfaces.planes import IllConditioned
from lrviz.ui.chart import pack

SIDE = 121
LEVELS = 16
DECADES = 8
LARGEST = float(np.finfo(np.float32).max)  # heights are sent in single precision
LONGEST_ADDRESS = 4_096  # characters: any formula fits
ONE_HOUR = {"Cache-Control": "public, max-age=3600"}
NO_STORE = {"Cache-Control": "no-store"}


class SurfaceQuestion(Spec):
    """Which surface a browser wants to see."""

    kind: Literal["surface_question"] = "surface_question"
    surface: Plane = IllConditioned()


def surface_address(surface: SurfaceSpec) -> str:
    """Return where a browser finds the grid of a surface, relative to the app; the kind is always named."""
    question = SurfaceQuestion().but(surface=surface)
    return f"api/surface?{urlencode({'surface': kind_of(surface)} | to_address(question, SurfaceQuestion()))}"


def surface_grid(request: Request) -> Response:
    """Answer with the packed grid of the surface in the address, or say that there is no such surface.

    No coroutine: Starlette runs it in one of its threads, of which there are no more than 40.
    """
    if len(request.url.query) > LONGEST_ADDRESS:
        return Response(status_code=414, headers=NO_STORE)
    question, problems = from_address(dict(request.query_params), SurfaceQuestion())
    if problems:
        return Response(status_code=404, headers=NO_STORE)
    surface: SurfaceSpec = question.surface
    return Response(packed_grid(surface), media_type="application/octet-stream", headers=ONE_HOUR)


@cached(64)
def packed_grid(surface: SurfaceSpec) -> bytes:
    """Return a grid as one message; see `grid`."""
    return pack(grid(surface))


def grid(surface: SurfaceSpec) -> Mapping[str, Any]:
    """Return x (n,), y (n,) and the heights z (n, n), one row a y, with how to draw contours through them.

    `scale` says what is level: "log" where the heights are log10(loss - floor), at most DECADES below the highest;
    "root" where they are losses and contours are evenly spaced in sqrt(loss - floor), as on a bowl; "plain" where there
    is no floor. `contours` are in those units, `lines` in the heights'.
    """
    (x_low, x_high), (y_low, y_high) = surface.domain
    x, y = np.linspace(x_low, x_high, SIDE), np.linspace(y_low, y_high, SIDE)
    with np.errstate(all="ignore"):
        loss = np.asarray(surface(np.stack(np.meshgrid(x, y), axis=-1)), np.float64)
    loss[~(np.abs(loss) <= LARGEST)] = np.nan
    floor = surface.floor
    scale = "plain" if floor is None else "log" if surface.log_levels else "root"
    z = _logged(loss - floor) if floor is not None and scale == "log" else loss
    levels = np.sqrt(np.fmax(loss - floor, 0.0)) if floor is not None and scale == "root" else z
    made = {name: values.astype(np.float32) for name, values in {"x": x, "y": y, "z": z}.items()}
    return made | {"scale": scale, "floor": floor, "contours": contours(levels), "lines": contours(z)}


def _logged(gap: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return log10 of what lies above the floor; the floor itself, and what is within rounding of it, at the lowest."""
    positive = gap[gap > 0]
    if not positive.size:
        return np.zeros_like(gap)
    highest = math.log10(positive.max())
    lowest = max(math.log10(positive.min()), highest - DECADES)
    with np.errstate(all="ignore"):
        return np.where(np.isnan(gap), np.nan, np.fmax(np.log10(np.fmax(gap, 0.0)), lowest))


def contours(z: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return Plotly's start, end and size of about LEVELS contours on round numbers."""
    finite = z[np.isfinite(z)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    rough = (high - low) / LEVELS or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    size = next(nice for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough * 0.999) * power
    return {"start": math.ceil(low / size) * size, "end": math.floor(high / size) * size, "size": size}
