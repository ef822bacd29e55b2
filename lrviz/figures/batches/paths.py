"""Three batch sizes from one start: their paths over the loss, and the loss by samples seen and by updates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.batches.counting import Indices
from lrviz.batches.scene import Paths
from lrviz.batches.training import LOSS, SAMPLES, Trained, mean_over
from lrviz.descend.engine import Array
from lrviz.figures.parts import SPIKE, axis, compact, end_labels, label_room, runaways, steady_range, thin
from lrviz.figures.theme import ROLES

FEW = 60
"""Updates up to which each of them is marked."""
MOST, MOST_LOSSES = 500, 300
"""Points of a path, of which every so manyth update is drawn if it is longer, and of a loss, whose peaks are kept."""
MANY, WINDOWS = 200, 60
"""Updates beyond which a loss is drawn pale, under its means over so many equal parts of the run."""
LEVELS, RING = 12, 49
WINDOW = ((-1.5, 1.5), (-1.3, 1.5))
"""What is shown of the weights."""
FRAMES = 61
"""Pictures of the film, the start included."""
FAR = 1_000
LOWEST, HIGHEST = 1e-4, 100.0
"""What the loss axis shows at most: single updates that dip below mean nothing."""
SIDE_BY_SIDE = ({"domain": [0, 0.48]}, {"domain": [0.6, 1]}, {}, {"domain": [0.58, 1]}, {"domain": [0, 0.42]})
ABOVE_EACH_OTHER = ({}, {}, {"domain": [0.58, 1]}, {"domain": [0.29, 0.44]}, {"domain": [0, 0.15]})


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
    samples = seen_by_frame(result)
    data = [*_hills(), _minimum(words["minimum"])]
    for line in lines:
        data += [_path(line, samples), *_losses(line, samples)]
    data += [_here(line, samples) for line in lines]
    return {
        "data": data,
        "layout": {
            "xaxis": axis(words["first"], WINDOW[0]) | left | {"showgrid": False},
            "yaxis": axis(words["second"], WINDOW[1]) | upper | {"showgrid": False},
            "xaxis2": axis(words["samples"], (0, last)) | SPIKE | right | {"anchor": "y2"},
            "yaxis2": axis(words["loss"], span, log=True) | middle | {"anchor": "x2", "dtick": 2 if narrow else 1},
            "xaxis3": axis(words["updates"], (1, max(longest, 2)), log=True) | SPIKE | right | {"anchor": "y3"},
            "yaxis3": axis(words["loss"], span, log=True) | lower | {"anchor": "x3", "dtick": 2 if narrow else 1},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 60, "r": label_room([line.name for line in lines]), "t": 12, "b": 46},
            "uirevision": f"{span} {last} {longest} {narrow}",
            "annotations": [
                *_names(lines, span),
                *_strays(lines, 1.0 if narrow else left["domain"][1]),
                *_lost(lines, span, last, 1.0 if narrow else 1 - right["domain"][0]),
            ],
        },
    }


def seen_by_frame(result: Paths) -> Indices:
    """Return how many samples have been seen in each picture of the film, (F,)."""
    last = max(int(run.seen[0, -1]) for run in (result.single, result.yours, result.full))
    return np.rint(np.linspace(0, last, FRAMES)).astype(np.intp)


def reached(trained: Trained, samples: Indices) -> Indices:
    """Return how many of a training's places, the start included, it has reached by so many samples, (F,) -> (F,)."""
    return np.searchsorted(trained.seen[0], samples, side="right")


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
    turn = np.linspace(0, 2 * np.pi, RING)
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


def _near(places: Array) -> Array:
    """Return places (T, 2) that a browser can draw: NaN for those more than FAR pictures away."""
    low, high = np.array(WINDOW).T
    room = FAR * (high - low)
    near = ((places >= low - room) & (places <= high + room)).all(axis=1)
    return np.where(near[:, None], places, np.nan)


def _reach(places: Indices, trained: Trained, samples: Indices) -> dict[str, Any]:
    """Return how many of the places that are drawn are reached in each picture of the film."""
    return {"film": {"reach": np.searchsorted(places, reached(trained, samples)).astype(np.int32)}}


def _here(line: Line, samples: Indices) -> dict[str, Any]:
    """Mark where a training is."""
    x, y = _near(line.trained.w[0, reached(line.trained, samples) - 1]).T
    marker = {"color": line.color, "size": 10, "line": {"color": "@background", "width": 1.5}}
    return {
        "type": "scatter", "mode": "markers", "name": line.name, "x": compact(x[-1:]), "y": compact(y[-1:]),
        "marker": marker, "hoverinfo": "skip", "showlegend": False,
        "film": {"x": compact(x[:, None]), "y": compact(y[:, None])},
    }  # fmt: skip


def _path(line: Line, samples: Indices) -> dict[str, Any]:
    """Join the weights of one training, with a mark at each where they are few."""
    kept = line.kept
    updates = line.trained.w.shape[1] - 1
    few = updates <= FEW
    shown = replace(line, color=f"{line.color}/0.6") if updates > MANY else line
    x, y = _near(line.trained.w[0, kept]).T
    made = _trace(shown, x, y) | _reach(kept, line.trained, samples)
    return made | {
        "mode": "lines+markers" if few else "lines",
        "marker": {"size": 5, "color": line.color},
        "customdata": kept.astype(np.int32),
        "hovertemplate": "%{customdata}: %{x:.3f}, %{y:.3f}",
        "showlegend": False,
    }


def _losses(line: Line, samples: Indices) -> list[dict[str, Any]]:
    """Draw the loss by samples seen and by updates: every update, pale where they are many, and then their means."""
    excess = line.trained.excess[0]
    kept = thin(excess, MOST_LOSSES)
    if len(excess) <= MANY:
        return _both(line, kept, excess[kept], samples)
    means = mean_over(excess, WINDOWS)
    raw = _both(replace(line, color=f"{line.color}/0.2", width=1.0), kept, excess[kept], samples)
    bold = _both(replace(line, width=2.2), means.at, means.values, samples)
    return [*(trace | {"showlegend": False, "hoverinfo": "skip"} for trace in raw), *bold]


def _both(line: Line, at: Indices, loss: Array, samples: Indices) -> list[dict[str, Any]]:
    """Return losses at some places by samples and by updates; on a log axis the start has no place among the latter."""
    hovered = {"mode": "lines", "hovertemplate": "%{x}: %{y:.3~g}"} | _reach(at, line.trained, samples)
    seen, updates = line.trained.seen[0, at].astype(np.int32), line.trained.updates[0, at].astype(np.float64)
    updates[0] = np.nan
    above = {"xaxis": "x2", "yaxis": "y2"}
    below = {"xaxis": "x3", "yaxis": "y3", "showlegend": False}
    return [_trace(line, x, positive(loss)) | place | hovered for x, place in ((seen, above), (updates, below))]


def _trace(line: Line, x: np.ndarray[Any, Any], y: Array) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": line.name,
        "x": x if x.dtype.kind == "i" else compact(x),
        "y": compact(y),
        "line": {"color": line.color, "width": line.width},
    }


def positive(values: Array) -> Array:
    """Return what has a place on a log axis, NaN in the place of the rest."""
    with np.errstate(all="ignore"):
        return np.where((values > 0) & np.isfinite(values), values, np.nan)


def _names(lines: list[Line], span: tuple[float, float]) -> list[dict[str, Any]]:
    """Name the lines at their ends in the upper of the two loss plots."""
    losses = [line.trained.excess[0] for line in lines]
    heights = [loss[-1] if len(loss) <= MANY else mean_over(loss, WINDOWS).values[-1] for loss in losses]
    ends = [(line.name, line.color, float(height)) for line, height in zip(lines, heights, strict=True)]
    low, high = SIDE_BY_SIDE[3]["domain"]
    return [label | {"yref": "y2 domain"} for label in end_labels(ends, *span, log=True, share=high - low)]


def _strays(lines: list[Line], across: float) -> list[dict[str, Any]]:
    """Point to where a path ends that has left the picture."""
    x, y = np.array([line.trained.w[0, -1] for line in lines]).T
    found = runaways(x, y, [line.name for line in lines], [line.color for line in lines], *WINDOW, across=across)
    return [mark | {"xref": "x domain", "yref": "y domain"} for mark in found]


def _lost(lines: list[Line], span: tuple[float, float], last: int, across: float) -> list[dict[str, Any]]:
    """Point to the largest loss of every training that climbs off its axis, with its value."""
    peaks = [_peak(line.trained) for line in lines]
    x, y = np.array(peaks, dtype=np.float64).T
    labels = [f"{loss:.2g}" if np.isfinite(loss) else "∞" for loss in y]
    colors = [line.color for line in lines]
    shown = span[0] / 1e300, span[1]  # what dips below the axis means nothing
    found = runaways(x, y, labels, colors, (0, last), shown, log_y=True, at_edge=1, across=across)
    return [mark | {"xref": "x2 domain", "yref": "y2 domain"} for mark in found if mark["y"] == 1]


def _peak(trained: Trained) -> tuple[int, float]:
    """Return after how many samples a training's loss was largest, and how large; NaN counts as infinite."""
    loss = np.nan_to_num(trained.excess[0], nan=np.inf, posinf=np.inf)
    at = int(loss.argmax())
    return int(trained.seen[0, at]), float(loss[at])
