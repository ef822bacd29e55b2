"""The average that forgets: its recursion, its starts, the weights it gives, and what theory says of it."""

import math
from itertools import accumulate
from typing import Any, Literal

import numpy as np

from lrviz.optimizers.adam import correction

Array = np.ndarray[Any, np.dtype[np.float64]]
Start = Literal["first", "zero", "corrected", "tensorboard"]


def ewma(values: Array, beta: float | Array, start: Start = "first") -> Array:
    """Smooth each run: S_t = beta * S_{t-1} + (1 - beta) * Y_t.

    values: Y (R or 1, T); beta: one number, or one a run (R,); returns S (R, T). Where it begins, for t = 1 .. T:
    "first": S_1 = Y_1. "zero": S_0 = 0. "corrected": the same from 0, divided by 1 - beta^t, which is how much weight
    all values have had. "tensorboard": corrected over the finite values alone, see `as_tensorboard`.

    beta 0: S = Y. beta 1: nothing new ever enters, so that "first" keeps Y_1, "zero" keeps 0, and "corrected" is 0 / 0,
    NaN. But for "tensorboard" a value that is not finite stays in every later average. Source: Brown 1959; Kingma & Ba
    2015, arXiv 1412.6980, section 3 (the correction). PyTorch: swa_utils.get_ema_multi_avg_fn (first); Adam's exp_avg
    (zero), exp_avg / (1 - beta1^t) (corrected).
    """
    betas = np.ravel(np.asarray(beta, dtype=np.float64))
    rows = np.broadcast_to(values, (max(len(values), betas.size), values.shape[1]))
    pairs = zip(rows, np.broadcast_to(betas, len(rows)).tolist(), strict=True)
    return np.array([_START[start](row, one) for row, one in pairs])


def _from_first(row: Array, beta: float) -> Array:
    # Python's floats: on one long run a loop over them is a hundred times quicker than one over arrays.
    return np.fromiter(accumulate(row.tolist(), lambda s, y: beta * s + (1 - beta) * y), np.float64, len(row))


def _from_zero(row: Array, beta: float) -> Array:
    return _from_first(np.append(0.0, row), beta)[1:]


def _corrected(row: Array, beta: float) -> Array:
    with np.errstate(invalid="ignore"):
        return _from_zero(row, beta) / correction(beta, len(row))[0]


def as_tensorboard(row: Array, beta: float) -> Array:
    """Smooth one run (T,) as TensorBoard's slider does.

    Corrected from 0, but a value that is not finite is passed through and not counted, a run of equal values is left as
    it is, and beta 1 gives 0. Source: tensorboard, line_chart_v2/data_transformer.ts, issues #610 and #786.
    """
    if (row == row[0]).all():
        return row.copy()
    counted, smoothed = np.isfinite(row), row.copy()
    smoothed[counted] = (_corrected if beta < 1 else _from_zero)(row[counted], beta)
    return smoothed


_START = {"first": _from_first, "zero": _from_zero, "corrected": _corrected, "tensorboard": as_tensorboard}


def weights(count: int, beta: float, start: Start) -> Array:
    """Return what each of `count` values weighs in the average after the last of them, oldest first, (count,).

    The value k steps back has (1 - beta) * beta^k; with the start "first" the oldest has all that is left over,
    beta^(count - 1). They sum to 1, from "zero" to 1 - beta^count: the rest is on the 0. beta 1: "corrected" is NaN.
    """
    found = (1 - beta) * beta ** np.arange(count - 1, -1, -1, dtype=np.float64)
    if start == "first":
        found[0] = beta ** (count - 1)
    if start in ("corrected", "tensorboard"):
        with np.errstate(invalid="ignore"):
            found = found / correction(beta, count)[0, -1]
    return found


# ------------------------------------------------------------------------------------------------ what theory says


def half_life(beta: float) -> float:
    """Return after how many steps a value's weight has halved: ln(1/2) / ln(beta); 0 at beta 0, inf at beta 1."""
    if beta in (0, 1):
        return math.inf if beta else 0.0
    return math.log(0.5) / math.log(beta)


def window(beta: float) -> float:
    """Return the effective window, 1 / (1 - beta), in steps: the mean age of what it holds, the newest being 1 old.

    So many of the newest values hold about two thirds of the weight: 1 - beta^window, 75 % at 0.5, 65 % at 0.9 and
    towards 1 - 1/e = 63 %. inf at beta 1.
    """
    return 1 / (1 - beta) if beta < 1 else math.inf


def lag(beta: float) -> float:
    """Return how many steps the average is behind a steady slope in the long run: beta / (1 - beta); inf at beta 1."""
    return beta / (1 - beta) if beta < 1 else math.inf


def noise_left(beta: float) -> float:
    """Return what is left of the spread of independent noise in the long run: sqrt((1 - beta) / (1 + beta))."""
    return math.sqrt((1 - beta) / (1 + beta))
