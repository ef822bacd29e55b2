"""Three batch sizes from one start: their paths over the loss, and the loss by samples seen and by updates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.batches.counting import Indices
from lrviz.batches.scene import Paths
from lrviz.batches.training import LOSS, SAMPLES, Trained
from lrviz.descend.engine import Array
from lrviz.figures.parts import SPIKE, axis, compact, end_labels, label_room, runaways, thin
from lrviz.figures.theme import ROLES

FEW = 60
"""Updates up to which each of them is marked."""
MOST = 500
"""Points of a line; of a longer path every so manyth update is drawn."""
LEVELS = 10
LOWEST, HIGHEST = 1e-5, 100.0
"""What the loss axis shows at most: dips below mean nothing, and beyond the top stands an arrow."""
SIDE_BY_SIDE = ({"domain": [0, 0.5]}, {"domain": [0.6, 1]}, {}, {"domain": [0.58, 1]}, {"domain": [0, 0.42]})
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
    domain_x, domain_y = LOSS.domain
    data = [*_hills(), _minimum(words["minimum"])]
    for line in lines:
        data += [_path(line), _by_samples(line), _by_updates(line)]
    return {
        "data": data,
        "layout": {
            "xaxis": axis(words["first"], domain_x) | left | {"showgrid": False},
            "yaxis": axis(words["second"], domain_y) | upper | {"showgrid": False},
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


def loss_span(losses: list[Array]) -> tuple[float, float]:
    """Return the range of a loss axis: it stays put unless a run climbs above 1."""
    most = max((float(loss[np.isfinite(loss)].max(initial=0.0)) for loss in losses), default=0.0)
    return LOWEST, float(np.clip(10 ** np.ceil(np.log10(max(most, 0.5))), 1.0, HIGHEST))


def _hills() -> list[dict[str, Any]]:
    """Draw levels of the loss: ellipses around its minimum, each as much farther out as the one before."""
    minimum = np.array(LOSS.minima[0].x)
    values, directions = np.linalg.eigh(np.asarray(LOSS.hessian(minimum)))
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn), np.full_like(turn, np.nan)])[:2]
    reach = np.sqrt(2 * np.linspace(0.15, 3.2, LEVELS) ** 2)
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
    few = line.trained.w.shape[1] <= FEW
    return _trace(line, line.trained.w[0, kept, 0], line.trained.w[0, kept, 1]) | {
        "mode": "lines+markers" if few else "lines",
        "marker": {"size": 5, "color": line.color},
        "customdata": kept.astype(np.int32),
        "hovertemplate": "%{customdata}: %{x:.3f}, %{y:.3f}",
        "showlegend": False,
    }


def _by_samples(line: Line) -> dict[str, Any]:
    kept = thin(line.trained.excess[0], MOST)
    x, y = line.trained.seen[0, kept], line.trained.excess[0, kept]
    return _trace(line, x.astype(np.int32), _positive(y)) | {"xaxis": "x2", "yaxis": "y2"} | _HOVERED


def _by_updates(line: Line) -> dict[str, Any]:
    """Draw the loss by updates; on a log axis the start, behind which lie none, has no place."""
    kept = thin(line.trained.excess[0], MOST)[1:]
    x, y = line.trained.updates[0, kept], line.trained.excess[0, kept]
    below = {"xaxis": "x3", "yaxis": "y3", "showlegend": False}
    return _trace(line, x.astype(np.int32), _positive(y)) | below | _HOVERED


_HOVERED = {"mode": "lines", "hovertemplate": "%{x}: %{y:.3~g}"}


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
    ends = [(line.name, line.color, float(line.trained.excess[0, -1])) for line in lines]
    spread = end_labels(ends, *span, log=True)
    apart = _apart([label["y"] for label in spread])
    return [label | {"yref": "y2 domain", "y": y} for label, y in zip(spread, apart, strict=True)]


def _apart(heights: list[float]) -> list[float]:
    """Move heights on a plot of under half the picture's height apart: what is enough for a whole one is not here."""
    gap, placed = 0.14, dict[int, float]()
    limit = 1.0
    for i in sorted(range(len(heights)), key=lambda i: -heights[i]):
        placed[i] = max(min(heights[i], limit), gap * sum(h < heights[i] for h in heights))
        limit = placed[i] - gap
    return [placed[i] for i in range(len(heights))]


def _strays(lines: list[Line], across: float) -> list[dict[str, Any]]:
    """Point to where a path ends that has left the picture."""
    ends = [line.trained.w[0, -1] for line in lines]
    labels = [line.name for line in lines]
    colors = [line.color for line in lines]
    x, y = [float(end[0]) for end in ends], [float(end[1]) for end in ends]
    found = runaways(x, y, labels, colors, *LOSS.domain, across=across)
    return [mark | {"xref": "x domain", "yref": "y domain"} for mark in found]
