"""What a range test's curve is made into: smoothed losses, a stop, and the rate each known rule suggests."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.intp]]
Average = Literal["corrected", "first_value"]
Rule = Literal["valley", "slide", "minimum", "steep", "steep_step"]
WINDOW, FLAT = 15, 0.005
"""The rule "slide" compares slopes so many points apart, and calls those closer than this equal."""


def smoothed(losses: Array, beta: float, average: Average = "corrected") -> Array:
    """Return losses smoothed along their first axis, (T, ...) -> (T, ...).

    m_t = beta m_(t-1) + (1 - beta) loss_t, t from 1. "corrected": m_0 = 0, shown is m_t / (1 - beta^t), as in fastai
    and Lightning. "first_value": m_1 = loss_1, shown is m_t, as in torch-lr-finder with smooth_f = 1 - beta. After a
    loss that is not finite none is.
    """
    out, mean = np.empty_like(losses), np.zeros_like(losses[0])
    with np.errstate(all="ignore"):
        for t, loss in enumerate(losses):
            first = t == 0 and average == "first_value"
            mean = loss if first else beta * mean + (1 - beta) * loss
            out[t] = mean / (1 - beta ** (t + 1)) if average == "corrected" else mean
    return out


def stopped(smooth: Array, times: float) -> Indices:
    """Return the first update after which a finder stops: smooth_t > times * min(smooth_1 .. smooth_t), (T, R) -> (R,).

    -1 where it never does, as with `times` 0. Source: fastai and Lightning stop at 4 times, torch-lr-finder at 5.
    """
    if not times:
        return np.full(smooth.shape[1], -1)
    with np.errstate(all="ignore"):
        over = smooth > times * np.fmin.accumulate(smooth, axis=0)
    return np.where(over.any(axis=0), over.argmax(axis=0), -1)


# ------------------------------------------------------------------------------------------------------ the rules


def valley(rates: Array, losses: Array) -> float:
    """Return the rate half way along the longest fall, as fastai counts it; NaN for no points.

    The longest strictly falling subsequence has L points and ends at index e (the first such end); the answer stands
    at (e - L) + floor(L / 3) + floor(L / 6). Source: fastai, `valley`, its default since 2.3 (after ESRI's).
    """
    if not len(losses):
        return np.nan
    lengths, tails = [], []
    for loss in losses.tolist():
        at = bisect_left(tails, -loss)
        tails[at : at + 1] = [-loss]
        lengths.append(at + 1)
    longest = max(lengths)
    end = lengths.index(longest) if longest > 1 else 0
    begin = end - longest if longest > 1 else 0
    third = (end - begin) / 3
    return float(rates[begin + int(third) + int(third / 2)])


def slide(rates: Array, losses: Array) -> float:
    """Return where the loss begins to bend, seen from the right: NaN for too few points.

    A window of WINDOW points slides left from the end while the slopes (per point) at its two ends differ by more than
    FLAT; the answer is the last left end that did. Source: fastai, `slide` (Ranger's "interval slide rule").
    """
    last = len(losses) - 1 - WINDOW
    if last < 0:
        return np.nan
    slope = np.gradient(losses)
    apart = np.abs(slope[WINDOW:] - slope[:-WINDOW])[::-1]
    alike = np.flatnonzero(~(apart > FLAT))
    moved = int(alike[0]) - 1 if len(alike) else last
    return float(rates[last - max(moved, 0)])


def minimum(rates: Array, losses: Array) -> float:
    """Return a tenth of the rate at the lowest loss. Source: fastai, `minimum`."""
    return float(rates[losses.argmin()]) / 10 if len(losses) else np.nan


def steep(rates: Array, losses: Array) -> float:
    """Return where the loss falls most per power of ten of the rate: argmin of d loss / d log rate. fastai: `steep`."""
    return float(rates[slopes(rates, losses).argmin()]) if len(losses) > 1 else np.nan


def steep_step(rates: Array, losses: Array) -> float:
    """Return where the loss falls most per update, however far apart the rates are: argmin of d loss / d index.

    Source: torch-lr-finder's `plot` and Lightning's `suggestion`. On an exponential sweep all updates are equally far
    apart in log rate, and it is `steep` but for half a point; on a linear one it is not (Lightning issue 14248).
    """
    return float(rates[np.gradient(losses).argmin()]) if len(losses) > 1 else np.nan


def slopes(rates: Array, losses: Array) -> Array:
    """Return d loss / d log10 rate between each point and the next, (T,) and (T,) -> (T - 1,)."""
    return np.diff(losses) / np.diff(np.log10(rates))


RULES: Mapping[Rule, Callable[[Array, Array], float]] = {
    "valley": valley,
    "slide": slide,
    "minimum": minimum,
    "steep": steep,
    "steep_step": steep_step,
}
"""Every rule by its name: rates (T,) and smoothed losses (T,) -> the rate it suggests."""
