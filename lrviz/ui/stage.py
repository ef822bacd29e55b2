"""The race on a surface: contour, 3-D surface, loss and table on one clock that runs in the browser alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt
import streamlit as st

from lrviz.figures.parts import compact
from lrviz.figures.theme import ROLES
from lrviz.ui.chart import pack
from lrviz.ui.scripts import component

Numbers = npt.NDArray[np.float64]

_stage = component("stage", isolate_styles=False)


@dataclass(frozen=True)
class Track:
    """The way of one racer: T + 1 positions and losses, and the first step that is not usable, or -1.

    ``color`` is a token like ``"@series3"``. The way is drawn up to step ``bad``, or to the last finite one before.
    """

    name: str
    color: str
    x: Numbers
    y: Numbers
    loss: Numbers
    bad: int = -1


@dataclass(frozen=True)
class Anatomy:
    """The parts of every update of one racer, each (T, 2).

    ``gradient`` and ``momentum`` as the rule has them, uphill; they are shown negated, as the ways downhill.
    ``scale`` is the factor per coordinate; ``step`` is the move made, x[t + 1] - x[t]. Momentum and scale are NaN where
    the rule's steps are not made of them: then they are not shown, nor is a momentum that is always the gradient.
    """

    gradient: Numbers
    momentum: Numbers
    scale: Numbers
    step: Numbers


def stage(
    tracks: Sequence[Track],
    *,
    key: str,
    surface: str,
    start: tuple[float, float],
    minima: Sequence[Sequence[float]],
    steps: int,
    alt: str,
    words: Mapping[str, str],
    on_start: Callable[[float, float, bool], None] | None,
    height: int = 620,
    chosen: int = 0,
    anatomy: Anatomy | None = None,
    floor: float | None = None,
    filename: str = "lrviz",
) -> None:
    """Show the race; playing, stepping and scrubbing send nothing, and the surface is fetched once from its address.

    ``surface`` is an address from ``grids.surface_address``. Where ``floor``, the lowest known loss, is given, the
    loss curve shows what is above it. ``minima`` are positions (x, y). ``on_start(x, y, done)`` gets every new
    start while it is dragged; ``done`` is false until it is let go; with None the start stays where it is.
    ``anatomy`` belongs to track ``chosen``. ``height`` is in pixels; a narrow column takes what it needs instead.
    Positions and losses are sent in single precision, the loss as its distance from ``floor``: give both in double.
    ``words`` holds WORDS.
    """
    message = {
        "key": key, "surface": surface, "alt": alt, "words": dict(words), "height": height, "filename": filename,
        "start": [float(start[0]), float(start[1])], "minima": [[float(v) for v in place[:2]] for place in minima],
        "still": on_start is None, "steps": int(steps), "floor": floor, "chosen": chosen,
        "echo": _start(st.session_state.get(key))[0],
        "roles": {"gradient": ROLES["gradient"], "direction": ROLES["momentum"], "step": ROLES["update"]},
        "tracks": [_track(track, floor or 0.0) for track in tracks],
        "anatomy": None if anatomy is None else _parts(anatomy),
    }  # fmt: skip
    _stage(key=key, data=pack(message), on_start_change=lambda: _answer(key, on_start))


WORDS = (
    "playback", "play", "pause", "back", "forward", "restart", "scrub", "frame_of", "speed", "per_second", "anatomy",
    "png", "show_3d", "hide_3d", "solid", "no_3d", "curve", "keys", "start", "place", "racer", "step",
    "loss", "gap", "distance", "gradient", "direction", "scale", "update", "drawn_at", "diverged_at", "not_drawn",
    "failed",
)  # fmt: skip
"""The words a stage needs, those of [film] among them; `frame_of` has {frame} and {frames}, `per_second` {rate},
`drawn_at` {factor}, `diverged_at` {step}, `not_drawn` {name} and {step}."""


def _track(track: Track, floor: float) -> dict[str, Any]:
    return {
        "name": track.name, "color": track.color, "bad": int(track.bad),
        "x": _small(track.x), "y": _small(track.y), "gap": _small(track.loss - floor),
    }  # fmt: skip


def _parts(anatomy: Anatomy) -> dict[str, Any]:
    """Return what is shown of every update, what points downhill as it is drawn; None for what is not shown."""
    known = not np.isnan(anatomy.momentum).all()
    other = known and not np.array_equal(anatomy.momentum, anatomy.gradient, equal_nan=True)
    return {
        "gradient": _small(-anatomy.gradient), "direction": _small(-anatomy.momentum) if other else None,
        "scale": _small(anatomy.scale) if known else None, "step": _small(anatomy.step),
    }  # fmt: skip


def _small(values: Numbers) -> npt.NDArray[np.floating[Any]]:
    return compact(np.asarray(values, np.float64))


def _answer(key: str, on_start: Callable[[float, float, bool], None] | None) -> None:
    _, place = _start(st.session_state.get(key))
    if place is not None and on_start is not None:
        on_start(*place)


def _start(state: Any) -> tuple[int, tuple[float, float, bool] | None]:
    """Read the browser's last start and its running number; whatever is not of the expected form counts as none."""
    start = state.get("start") if isinstance(state, Mapping) else None
    start = start if isinstance(start, Mapping) else {}
    n, x, y = start.get("n"), start.get("x"), start.get("y")
    place = (float(x), float(y), start.get("done") is True) if _is_number(x) and _is_number(y) else None
    return (n if type(n) is int else 0), place


def _is_number(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float) and bool(np.isfinite(value))
