"""Three batch sizes from one start: their paths over the loss, and the loss by samples seen and by updates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.batches.counting import Indices
from lrviz.batches.scene import Paths
from lrviz.batches.training import LOSS, SAMPLES, Trained
from lrviz.descend.engine import Array
from lrviz.figures.parts import SPIKE, axis, compact, end_labels, label_room, runaways, steady_range, thin
from lrviz.figures.theme import ROLES

FEW = 60
"""Updates up to which each of them is marked."""
MOST = 500
"""Points of a line; of a longer path every so manyth update is drawn."""
MANY, WINDOWS = 200, 60
"""Updates beyond which a loss is drawn pale, under its means over so many equal parts of the run."""
LEVELS = 14
WINDOW = ((-1.5, 1.5), (-1.3, 1.5))
"""What is shown of the weights."""
LOWEST, HIGHEST = 1e-4, 100.0
"""What the loss axis shows at most: single updates that dip below mean nothing."""
SIDE_BY_SIDE = ({"domain": [0, 0.48]}, {"domain": [0.6, 1]}, {}, {"domain": [0.58, 1]}, {"domain": [0, 0.42]})
ABOVE_EACH_OTHER = ({}, {}, {"domain": [0.5, 1]}, {"domain": [0.26, 0.42]}, {"domain": [0, 0.16]})


@dataclass(frozen=True)
class Line:
    """One training as it is drawn."""

    trained: Trained
    name: str
    color: str
    width: float

    @property
    def kept(self) -> Indices:
        """The updates that are drawn: all, or every so manyth and the last."""
        last = self.trained.w.shape[1] - 1
        return np.unique(np.append(np.arange(0, last + 1, -(-(last + 1) // MOST)), last))


def paths_figure(result: Paths, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw the trainings with one sample, with the learner's batch and with all samples; equal ones are drawn once.

    `words` holds first and second (the weights), samples, updates, loss, minimum, single, yours, full (their names).
    """
    left, right, upper, middle, lower = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    lines = drawn(result, words)
    span = loss_span([line.trained.excess[0] for line in lines])
    longest = max(int(line.trained.updates[0, -1]) for line in lines)
    last = int(result.full.seen[0, -1]) or SAMPLES * result.scene.epochs
    data = [*_hills(), _minimum(words["minimum"])]
    for line in lines:
        data += [_path(line), *_losses(line)]
    return {
        "data": data,
        "layout": {
            "xaxis": axis(words["first"], WINDOW[0]) | left | {"showgrid": False},
            "yaxis": axis(words["second"], WINDOW[1]) | upper | {"showgrid": False},
            "xaxis2": axis(words["samples"], (0, last)) | SPIKE | right | {"anchor": "y2"},
            "yaxis2": axis(words["loss"], span, log=True) | middle | {"anchor": "x2"},
            "xaxis3": axis(words["updates"], (1, max(longest, 2)), log=True) | SPIKE | right | {"anchor": "y3"},
            "yaxis3": axis(words["loss"], span, log=True) | lower | {"anchor": "x3"},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 60, "r": label_room([line.name for line in lines]), "t": 12, "b": 46},
            "uirevision": f"{span} {last} {longest} {narrow}",
            "annotations": [*_names(lines, span), *_strays(lines, 1.0 if narrow else left["domain"][1])],
        },
    }


def drawn(result: Paths, words: Mapping[str, str]) -> list[Line]:
    """Return the trainings to draw, the learner's own last and in place of one that is the same."""
    size = result.scene.batch_size
    lines = [
        Line(result.single, words["single"], "@series4", 1.2),
        Line(result.full, words["full"], "@text", 2.0),
        Line(result.yours, words["yours"], ROLES["batch"], 2.2),
    ]
    same = [size == 1, size >= SAMPLES and result.yours.updates[0, -1] == result.full.updates[0, -1], False]
    return [line for line, is_yours in zip(lines, same, strict=True) if not is_yours]


def loss_span(losses: list[Array], lowest: float = LOWEST) -> tuple[float, float]:
    """Return the range of a loss axis: it stays put unless a run climbs above 1, and then moves in round steps."""
    return lowest, float(np.clip(steady_range(np.concatenate(losses), log=True)[1], 1.0, HIGHEST))


def _hills() -> list[dict[str, Any]]:
    """Draw levels of the loss: ellipses around its minimum, each as much farther out as the one before."""
    minimum = np.array(LOSS.minima[0].x)
    values, directions = np.linalg.eigh(np.asarray(LOSS.hessian(minimum)))
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn), np.full_like(turn, np.nan)])[:2]
    reach = np.sqrt(2 * np.linspace(0.12, 2.4, LEVELS) ** 2)
    ring = directions @ (circle / np.sqrt(values)[:, None])
    places = minimum[:, None, None] + ring[:, None, :] * reach[None, :, None]
    x, y = np.pad(places, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan).reshape(2, -1)
    line = {"color": "@grid", "width": 1.3}
    return [
        {
            "type": "scatter", "mode": "lines", "x": compact(x), "y": compact(y), "line": line, "hoverinfo": "skip",
            "showlegend": False,
        }
    ]  # fmt: skip


def _minimum(name: str) -> dict[str, Any]:
    x, y = LOSS.minima[0].x
    marker = {"symbol": "cross-thin", "size": 13, "line": {"width": 2, "color": "@text"}}
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": np.array([x]), "y": np.array([y]), "marker": marker,
        "hovertemplate": "%{x:.3f}, %{y:.3f}", "showlegend": False,
    }  # fmt: skip


def _path(line: Line) -> dict[str, Any]:
    """Join the weights of one training, with a mark at each where they are few."""
    kept = line.kept
    updates = line.trained.w.shape[1] - 1
    few = updates <= FEW
    shown = replace(line, color=f"{line.color}/0.6") if updates > MANY else line
    return _trace(shown, line.trained.w[0, kept, 0], line.trained.w[0, kept, 1]) | {
        "mode": "lines+markers" if few else "lines",
        "marker": {"size": 5, "color": line.color},
        "customdata": kept.astype(np.int32),
        "hovertemplate": "%{customdata}: %{x:.3f}, %{y:.3f}",
        "showlegend": False,
    }


def _losses(line: Line) -> list[dict[str, Any]]:
    """Draw the loss by samples seen and by updates: every update, pale where they are many, and then their means."""
    kept = thin(line.trained.excess[0], MOST)
    seen, updates = line.trained.seen[0], line.trained.updates[0]
    if len(seen) <= MANY:
        return _both(line, seen[kept], updates[kept], line.trained.excess[0, kept])
    pale = replace(line, color=f"{line.color}/0.2", width=1.0)
    means = mean_over(line.trained.excess[0])
    raw = _both(pale, seen[kept], updates[kept], line.trained.excess[0, kept])
    bold = _both(replace(line, width=2.2), seen[means.at], updates[means.at], means.values)
    return [*(trace | {"showlegend": False, "hoverinfo": "skip"} for trace in raw), *bold]


@dataclass(frozen=True)
class Means:
    """Means of a line over equal parts of it, each at the middle of its part; the first value stands for itself."""

    at: Indices
    values: Array


def mean_over(values: Array, parts: int = WINDOWS) -> Means:
    """Return the means of a line over so many equal parts of all but its first value."""
    edges = np.linspace(1, len(values), parts + 1).astype(int)
    with np.errstate(all="ignore"):
        means = np.add.reduceat(values, edges[:-1])[:parts]
        means[-1] = values[edges[-2] :].sum()
        means /= np.diff(edges)
    middles = (edges[:-1] + edges[1:] - 1) // 2
    return Means(np.concatenate([[0], middles, [len(values) - 1]]), np.concatenate([values[:1], means, means[-1:]]))


def _both(line: Line, seen: Indices, updates: Indices, loss: Array) -> list[dict[str, Any]]:
    """Return a loss by samples and by updates; on a log axis the start, behind which lie none, has no place."""
    hovered = {"mode": "lines", "hovertemplate": "%{x}: %{y:.3~g}"}
    made = _trace(line, seen.astype(np.int32), _positive(loss)) | {"xaxis": "x2", "yaxis": "y2"}
    below = _trace(line, updates[1:].astype(np.int32), _positive(loss[1:])) | {"xaxis": "x3", "yaxis": "y3"}
    return [made | hovered, below | hovered | {"showlegend": False}]


def _trace(line: Line, x: np.ndarray[Any, Any], y: Array) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": line.name,
        "x": x if x.dtype.kind == "i" else compact(x),
        "y": compact(y),
        "line": {"color": line.color, "width": line.width},
    }


def _positive(values: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.where(values > 0, values, np.nan)


def _names(lines: list[Line], span: tuple[float, float]) -> list[dict[str, Any]]:
    """Name the lines at their ends in the upper of the two loss plots."""
    losses = [line.trained.excess[0] for line in lines]
    heights = [loss[-1] if len(loss) <= MANY else mean_over(loss).values[-1] for loss in losses]
    ends = [(line.name, line.color, float(height)) for line, height in zip(lines, heights, strict=True)]
    low, high = SIDE_BY_SIDE[3]["domain"]
    return [label | {"yref": "y2 domain"} for label in end_labels(ends, *span, log=True, share=high - low)]


def _strays(lines: list[Line], across: float) -> list[dict[str, Any]]:
    """Point to where a path ends that has left the picture."""
    ends = [line.trained.w[0, -1] for line in lines]
    labels = [line.name for line in lines]
    colors = [line.color for line in lines]
    x, y = [float(end[0]) for end in ends], [float(end[1]) for end in ends]
    found = runaways(x, y, labels, colors, *WINDOW, across=across)
    return [mark | {"xref": "x domain", "yref": "y domain"} for mark in found]
