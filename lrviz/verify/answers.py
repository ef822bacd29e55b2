"""What a comparison with torch is told as: a code for which the page has the sentence, its numbers, and a tone."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lrviz.spec import Problem

Tone = Literal["ok", "note", "warn"]


def told(code: str, tone: Tone, **values: object) -> dict[str, Any]:
    """Return an answer; every value travels as text, a float in two digits and None as nothing."""
    return {"code": code, "values": {name: _text(value) for name, value in values.items()}, "tone": tone}


def refused(problem: Problem) -> dict[str, Any]:
    """Answer an address that could not be read."""
    return told("bad_address", "warn", path=problem.path[:80], given=problem.given[:80], problem=problem.code)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1e}" if value else "0"
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Difference:
    """The largest difference of two arrays: as it is, and as a share of the largest number in either."""

    absolute: float
    relative: float


def difference(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> Difference:
    """Compare arrays of one shape number by number; where neither is finite they count as equal, where one is not, inf.

    Raises ValueError where the shapes differ.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"shapes must be alike, got {a.shape} and {b.shape}")
    known = np.isfinite(a), np.isfinite(b)
    if (known[0] != known[1]).any():
        return Difference(np.inf, np.inf)
    apart = np.abs(np.where(known[0], a, 0.0) - np.where(known[1], b, 0.0)).max(initial=0.0)
    size = max(np.abs(a[known[0]]).max(initial=0.0), np.abs(b[known[1]]).max(initial=0.0))
    return Difference(float(apart), float(apart / size) if size else 0.0)
