"""Each lesson's own picture, tiny: a result as a few shapes, without axes and words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lrviz.backprop.scene import Worked as Backprop
from lrviz.batches.scene import Paths
from lrviz.batches.training import LOSS
from lrviz.descend.parabola import Walk
from lrviz.descend.race import Race
from lrviz.descend.regime_map import TOP, RegimeMap
from lrviz.descend.rules import Worked
from lrviz.figures.batches.paths import WINDOW
from lrviz.figures.strokes import BOX, Shape, Window, around, bars, cells
from lrviz.figures.theme import ROLES, series
from lrviz.guide.curves import Curves
from lrviz.layers.dropout_scene import Layer
from lrviz.layers.four_steps import FourSteps
from lrviz.schedules.overlay import Overlay
from lrviz.smoothing.scene import Smoothed
from lrviz.train.canvas import plane_axis
from lrviz.train.data import Data
from lrviz.train.trainability import RateMapResult

Array = np.ndarray[Any, np.dtype[np.float64]]
GROUND = {i: ("@line", 0.06 + 0.08 * i) for i in range(5)}
"""What lies under a path: the darker, the higher the loss."""
ENDS = {
    -3: ("@diverges", 1.0), -2: ("@diverges_mid", 1.0), -1: ("@diverges_late", 1.0), 0: ("@neither", 1.0),
    1: ("@arrives_late", 1.0), 2: ("@arrives_mid", 1.0), 3: ("@arrives", 1.0),
}  # fmt: skip
CLASSES = (5, 4)
WORTH = {i: ("@series0", 0.08 + 0.14 * i) for i in range(7)}
SIGNS = {-2: ("@below", 0.9), -1: ("@below", 0.45), 0: ("@zero", 1.0), 1: ("@above", 0.45), 2: ("@above", 0.9)}


def rates(result: Overlay) -> list[Shape]:
    """Draw the curves of rates."""
    window = Window((0, result.rates.shape[1] - 1), (0, float(result.rates.max())))
    t = np.arange(result.rates.shape[1])
    return [window.line(t, line, series(slot), 2.5) for slot, line in enumerate(result.rates)]


def advice(result: Curves) -> list[Shape]:
    """Draw the schedules that come first, the best one thicker."""
    window = Window((0, result.steps - 1), (0, float(result.rates.max())))
    drawn = zip(result.places, result.rates, strict=True)
    return [window.line(result.t, line, series(place), 2 if place else 4) for place, line in drawn][::-1]


def walk(result: Walk) -> list[Shape]:
    """Draw the curve and the walk on it."""
    reach = 1.1 * float(np.abs(result.x).max())
    x = np.linspace(-reach, reach, 60)
    y = result.scene.surface(x[:, None])
    window = Window((-reach, reach), (0.0, float(y.max())))
    path = window.line(result.x, result.loss, ROLES["update"], 1.5)
    return [window.line(x, y, "@line", 2.5), path, window.dots(result.x, result.loss, ROLES["update"], 7)]


def rules(result: Worked) -> list[Shape]:
    """Draw the weight under every rule, the two that are compared in front."""
    mine, other = result.mine.weights, result.other.weights
    t, window = np.arange(len(mine)), Window((0, len(mine) - 1), around(mine, other, room=0.3))
    behind = [window.line(t, line, "@line", 1.5, 0.5) for line in result.behind.values()]
    return [*behind, window.line(t, other, "@series1", 2.5), window.line(t, mine, "@series0", 2.5)]


def race(result: Race) -> list[Shape]:
    """Draw the surface and every racer's path."""
    across, up = result.scene.surface.domain
    window = Window(across, up)
    paths = [one.run.x[0] for one in result.finishes if one.run is not None]
    lines = [window.line(path[:, 0], path[:, 1], series(slot), 2) for slot, path in enumerate(paths)]
    return [*ground(result.scene.surface, window), *lines, window.dots(paths[0][:1, 0], paths[0][:1, 1], "@text", 6)]


def regimes(result: RegimeMap) -> list[Shape]:
    """Draw how the cells end: arrived or gone, at once or late."""
    return _ends(result.levels)


def average(result: Smoothed) -> list[Shape]:
    """Draw the values and their average."""
    t = np.arange(len(result.values))
    window = Window((0, len(t) - 1), around(result.values))
    return [window.dots(t, result.values, "@line", 4), window.line(t, result.average, "@series0", 2.5)]


def batches(result: Paths) -> list[Shape]:
    """Draw the loss, and the paths of single samples, of batches and of all samples."""
    window = Window(*WINDOW)
    runs = ((result.single, "@series5", 1.0), (result.yours, ROLES["batch"], 2.0), (result.full, "@series0", 2.5))
    return [
        *ground(LOSS, window),
        *(window.line(run.w[0, :, 0], run.w[0, :, 1], color, width) for run, color, width in runs),
    ]


def backprop(result: Backprop) -> list[Shape]:
    """Draw the network; a weight is as strong as its gradient."""
    window = Window((-0.15, 2.15), (0, 1))
    share = np.abs(result.gradient[:8]) / np.abs(result.gradient[:8]).max()
    ends = [(layer, start, end) for layer in (0, 1) for end in (0.85, 0.15) for start in (0.85, 0.15)]
    edges = [
        window.line(np.array([layer, layer + 1]), np.array([start, end]), ROLES["gradient"], 1 + 4 * size, 0.9)
        for (layer, start, end), size in zip(ends, share, strict=True)
    ]
    x, y = np.repeat([0.0, 1.0, 2.0], 2), np.tile([0.85, 0.15], 3)
    return [*edges, window.dots(x, y, "@series0", 15)]


def dropout(result: Layer) -> list[Shape]:
    """Draw the layer's outputs before, pale, and after: what is left is larger."""
    before, after, most = result.scene.x, result.output, float(result.output.max())
    return [bars([*before, most][:-1], "@line", 0.35), bars([*after], "@series0", 0.9)]


def batchnorm(result: FourSteps) -> list[Shape]:
    """Draw the values that come in, and beside them those that go out, by their distance from 0."""
    sides = []
    for values in (result.steps[0], result.steps[-1]):
        laid = result.laid(values)
        sides.append(np.clip(np.round(laid / np.abs(laid).max() * 2), -2, 2).astype(int))
    gap = np.full((len(sides[0]), 1), 9)
    return cells(np.flipud(np.hstack([sides[0], gap, sides[1]])), SIGNS)


def points(data: Data) -> list[Shape]:
    """Draw the rows of a task in the colours of their classes."""
    window = Window(around(data.x[:, 0]), around(data.x[:, 1]))
    return _rows(data, window, 4)


def learned(said: Array, data: Data) -> list[Shape]:
    """Draw which class a net sees at each point of its plane (SIDE, SIDE), the first row below, and the rows on it."""
    end = float(plane_axis(data)[-1])
    window = Window((-end, end), (-end, end))
    colors = [series(slot) for slot in CLASSES[: data.classes]]
    return [*cells(said, {kind: (color, 0.4) for kind, color in enumerate(colors)}), *_rows(data, window, 3.5)]


def _rows(data: Data, window: Window, size: float) -> list[Shape]:
    """Draw the rows of a plane that are trained on, in the colours of their classes."""
    kinds = ((data.x[data.y == kind], series(slot)) for kind, slot in enumerate(CLASSES[: data.classes]))
    return [window.dots(rows[:, 0], rows[:, 1], color, size) for rows, color in kinds]


def range_test(rates: Array, losses: Array, suggested: Sequence[float]) -> list[Shape]:
    """Draw the loss over the logarithm of the rate, and where the rules would go."""
    x, marks = np.log10(rates), np.log10([rate for rate in suggested if np.isfinite(rate)])
    window = Window(around(x, room=0), around(losses))
    line = window.line(x, losses, ROLES["training_loss"], 2.5)
    return [line, window.dots(marks, np.interp(marks, x, losses), ROLES["learning_rate"], 7)]


def sweep(worth: Array) -> list[Shape]:
    """Draw how good every cell is (U, A), in as many shades as WORTH has; one that diverged in its own colour."""
    low, high = np.nanmin(worth), np.nanmax(worth)
    shades = np.nan_to_num((worth - low) / max(high - low, 1e-12)) * (len(WORTH) - 1)
    return cells(np.where(np.isnan(worth), -1, np.round(shades)).astype(int), WORTH | {-1: ENDS[-3]})


def boundary(result: RateMapResult) -> list[Shape]:
    """Draw which pairs of rates train, and which diverge, at once or late."""
    return _ends(result.levels)


def _ends(levels: np.ndarray[Any, Any]) -> list[Shape]:
    """Draw signed levels, from -TOP, gone at once, to TOP, there at once."""
    share = levels.astype(float) / TOP
    return cells((np.sign(share) * np.ceil(np.abs(share) * 3)).astype(int), ENDS)


def ground(surface: Any, window: Window) -> list[Shape]:
    """Draw how high a surface lies, in as many steps as GROUND has."""
    x, y = np.linspace(*window.x, BOX[0] // 4), np.linspace(*window.y, BOX[1] // 4)
    height = np.asarray(surface(np.stack(np.meshgrid(x, y), axis=-1)))
    ranks = np.log1p(np.fmax(height - np.nanmin(height), 0) / np.nanmedian(height - np.nanmin(height)))
    kinds = np.minimum(ranks / np.nanmax(ranks) * len(GROUND), len(GROUND) - 1).astype(int)
    return cells(kinds, GROUND)
