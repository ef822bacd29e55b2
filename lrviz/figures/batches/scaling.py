"""What each way to scale the rate with the batch does to the noise that stays and to the samples that are needed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.batches.quadratic import MEASURED_AT, RULES, Measured, NoisyQuadratic, Rule
from lrviz.descend.engine import Array
from lrviz.figures.parts import axis, compact, end_labels, label_room
from lrviz.figures.theme import ROLES, series

COLORS: Mapping[Rule, str] = {"constant": "@muted", "linear": ROLES["learning_rate"], "sqrt": series(4)}
LARGEST = float(MEASURED_AT[-1])
SIZES = np.geomspace(1, LARGEST, 241)
DECADES = 5
SIDE_BY_SIDE = ({"domain": [0, 0.44]}, {"domain": [0.56, 1]}, {}, {})
ABOVE_EACH_OTHER = ({}, {}, {"domain": [0.56, 1]}, {"domain": [0, 0.38]})


def scaling_figure(
    spec: NoisyQuadratic, batch_size: int, found: Measured, words: Mapping[str, str], *, narrow: bool = False
) -> dict[str, Any]:
    """Draw the variance that stays and the samples that halve the distance, by batch size, for every rule.

    `words` holds batch_size, variance, half_life, holds and ends (the regions), and the names of the rules.
    """
    left, right, upper, lower = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    names = [words[rule] for rule in RULES]
    spans = _variance_span(spec), _samples_span(spec)
    mine = float(np.clip(batch_size, 1, LARGEST))
    return {
        "data": [
            *(_theory(spec, rule, words[rule], spec.variance(rule, SIZES), 1) for rule in RULES),
            *(_dots(rule, found, words[rule]) for rule in RULES),
            *(_theory(spec, rule, words[rule], spec.half_life(rule, SIZES), 2) for rule in RULES),
            *_yours(spec, mine),
        ],
        "layout": {
            "xaxis": axis(words["batch_size"], (0.9, 1.12 * LARGEST), log=True) | left,
            "yaxis": axis(words["variance"], spans[0], log=True) | upper,
            "xaxis2": axis(words["batch_size"], (0.9, 1.12 * LARGEST), log=True) | right | {"anchor": "y2"},
            "yaxis2": axis(words["half_life"], spans[1], log=True) | lower | {"anchor": "x2"},
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 64, "r": label_room(names), "t": 24, "b": 46},
            "uirevision": f"{spans} {narrow}",
            "shapes": [*_regions(spec), *_here(mine)],
            "annotations": [*_region_names(spec, words), *_ends(spec, names, spans[1], narrow)],
        },
    }


def _variance_span(spec: NoisyQuadratic) -> tuple[float, float]:
    """Return the range of the variances: from a decade above a batch of one's to some below."""
    first = float(spec.variance("constant", np.ones(())))
    top = 10.0 ** (np.ceil(np.log10(first if np.isfinite(first) else spec.lr)) + 1)
    return top / 10**DECADES, top


def _samples_span(spec: NoisyQuadratic) -> tuple[float, float]:
    """Return the range of the samples: from a decade below a batch of one's to some above."""
    first = float(spec.half_life("constant", np.ones(())))
    floor = 10.0 ** (np.floor(np.log10(max(first, 1e-3) if np.isfinite(first) else 1.0)) - 1)
    return floor, floor * 10**DECADES


def _theory(spec: NoisyQuadratic, rule: Rule, name: str, values: Array, plot: int) -> dict[str, Any]:
    """Draw a rule's exact line; where it diverges there is none. For Adam it is the limit, thin and dashed."""
    dash = "dash" if spec.optimizer == "adam" else "solid"
    place = {} if plot == 1 else {"xaxis": "x2", "yaxis": "y2"}
    shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    return place | {
        "type": "scatter", "mode": "lines", "name": name, "x": compact(SIZES), "y": compact(shown),
        "line": {"color": COLORS[rule], "width": 2.4 if dash == "solid" else 1.8, "dash": dash},
        "hovertemplate": "%{x:.0f}: %{y:.3~g}", "showlegend": plot == 2,
    }  # fmt: skip


def _dots(rule: Rule, found: Measured, name: str) -> dict[str, Any]:
    """Draw what runs measured."""
    y = found.variance[rule]
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": found.sizes, "y": np.where(np.isfinite(y), y, np.nan),
        "marker": {"color": COLORS[rule], "size": 9, "line": {"color": "@background", "width": 1.5}},
        "hovertemplate": "%{x:.0f}: %{y:.3~g}", "showlegend": False,
    }  # fmt: skip


def _yours(spec: NoisyQuadratic, mine: float) -> list[dict[str, Any]]:
    """Ring each rule's line at the learner's own batch size."""
    ring = {"symbol": "circle-open", "size": 15, "color": ROLES["batch"], "line": {"width": 2.5}}
    at = np.full(len(RULES), mine)
    plots = (("x", "y", spec.variance), ("x2", "y2", spec.half_life))
    return [
        {
            "type": "scatter", "mode": "markers", "x": at, "xaxis": x, "yaxis": y, "marker": ring, "hoverinfo": "skip",
            "y": _finite([float(of(rule, np.array(mine))) for rule in RULES]), "showlegend": False, "name": "",
        }
        for x, y, of in plots
    ]  # fmt: skip


def _finite(values: list[float]) -> Array:
    return np.array([v if np.isfinite(v) and v > 0 else np.nan for v in values])


def _here(mine: float) -> list[dict[str, Any]]:
    line = {"type": "line", "x0": mine, "x1": mine, "y0": 0, "y1": 1}
    look = {"line": {"color": ROLES["batch"], "width": 1.2, "dash": "dot"}}
    return [line | look | {"xref": x, "yref": f"{y} domain"} for x, y in (("x", "y"), ("x2", "y2"))]


def _ends_of(spec: NoisyQuadratic) -> tuple[float, float]:
    """Return where the promising rule stops holding and where it breaks, within the axis."""
    held, broken = np.clip([spec.holds_to, spec.breaks_at], 1, LARGEST).tolist()
    return held, broken


def _regions(spec: NoisyQuadratic) -> list[dict[str, Any]]:
    """Shade where the rule that should change nothing holds, and where SGD diverges or Adam's limit ends."""
    held, broken = _ends_of(spec)
    end = "@regime_bad/0.14" if spec.optimizer == "sgd" else "@shade"
    parts = ((1.0, held, "@regime_good/0.12"), (broken, LARGEST, end))
    box = {"type": "rect", "y0": 0, "y1": 1, "line": {"width": 0}, "layer": "below"}
    return [
        box | {"x0": low, "x1": high, "fillcolor": color, "xref": x, "yref": f"{y} domain"}
        for low, high, color in parts
        if low < high
        for x, y in (("x", "y"), ("x2", "y2"))
    ]


def _region_names(spec: NoisyQuadratic, words: Mapping[str, str]) -> list[dict[str, Any]]:
    held, broken = _ends_of(spec)
    parts = ((held > 1, 1.0, "left", words["holds"]), (broken < LARGEST, LARGEST, "right", words["ends"]))
    note = {"xref": "x", "yref": "y domain", "y": 1, "yanchor": "bottom", "showarrow": False}
    return [
        note | {"x": float(np.log10(at)), "xanchor": side, "text": text, "font": {"size": 12, "color": "@muted"}}
        for shown, at, side, text in parts
        if shown
    ]


def _ends(spec: NoisyQuadratic, names: list[str], span: tuple[float, float], narrow: bool) -> list[dict[str, Any]]:
    """Name the lines at the right end, where they end; those that diverge before it at the height they had."""
    ends = []
    for rule, name in zip(RULES, names, strict=True):
        values = spec.half_life(rule, SIZES)
        finite = values[np.isfinite(values)]
        ends.append((name, COLORS[rule], float(finite[-1]) if len(finite) else span[1]))
    return [label | {"yref": "y2 domain"} for label in end_labels(ends, *span, log=True)]
