"""The range test's picture: loss over rate with what each rule reads off it, its slope, and every seed's rates."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, compact, runaways, thin
from lrviz.figures.theme import ROLES, series
from lrviz.schedules.base import Array
from lrviz.train.finder import FinderScene, Sweep
from lrviz.train.suggestions import RULES, Rule, slopes

COLORS: Mapping[Rule, str] = {
    "valley": series(0), "slide": series(3), "minimum": series(4), "steep": series(1), "steep_step": series(7),
}  # fmt: skip
SYMBOLS: Mapping[Rule, str] = {
    "valley": "circle", "slide": "diamond", "minimum": "square", "steep": "triangle-up", "steep_step": "triangle-down",
}  # fmt: skip
GLYPHS: Mapping[Rule, str] = {"valley": "●", "slide": "◆", "minimum": "■", "steep": "▲", "steep_step": "▼"}
"""Those symbols as letters."""
MOST_DRAWN = 300
Span = tuple[float, float]
SLOPE = (0.31, 0.42)
"""What the slope takes of the height."""

HEADROOM = 1.3
"""How far above an untrained net's loss the curve's axis goes: what blows up leaves it by an arrow."""
LOSS = ROLES["training_loss"]


def heights_of(narrow: bool) -> tuple[Span, Span]:
    """Return what the curve and the seeds take of the height; where it is narrow, the slope between them goes."""
    return ((0.42, 1.0), (0.0, 0.36)) if narrow else ((0.48, 1.0), (0.0, 0.26))


def finder_figure(
    scene: FinderScene, sweep: Sweep | None, words: Mapping[str, str], *, narrow: bool = False
) -> dict[str, Any]:
    """Draw a sweep; before there is one, the axes, and points that come in with its losses.

    `words` holds rate, loss, slope, raw, smooth, others, unread, seed and the name of each of RULES.
    """
    traces = _coming(words) if sweep is None else _swept(sweep, words)
    traces = [trace for trace in traces if not narrow or trace.get("yaxis") != "y2"]
    marks = [] if sweep is None else _plumbs(sweep, narrow)
    notes = [*(_names(words) if narrow else []), *([] if sweep is None else _beyond(sweep))]
    return {"data": traces, "layout": _layout(scene, words, narrow) | {"shapes": marks, "annotations": notes}}


def _layout(scene: FinderScene, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    names, log = [words[name] for name in RULES], scene.test.scale == "exponential"
    span, heights = rate_span(scene), loss_span(scene)
    curve, seeds = heights_of(narrow)
    return {
        "xaxis": axis(words["rate"], span, log=log) | {"anchor": "y3"} | ({"dtick": 2} if narrow and log else {}),
        "yaxis": axis(words["loss"], heights) | {"domain": curve},
        **(
            {}
            if narrow
            else {"yaxis2": axis(words["slope"], None) | {"domain": SLOPE, "nticks": 2, "tickfont": {"size": 12}}}
        ),
        "yaxis3": axis("", (len(names) - 0.4, -0.6))
        | {"domain": seeds, "tickvals": [*range(len(names))], "ticktext": names, "tickfont": {"size": 12}}
        | {"showticklabels": not narrow},
        "showlegend": False,
        "hovermode": "closest",
        "margin": {"l": 48 if narrow else 122, "r": 16, "t": 14, "b": 48},
        "uirevision": f"{span} {heights} {narrow}",
    }


def rate_span(scene: FinderScene) -> tuple[float, float]:
    """Return the range of the rate axis: the sweep with a little room."""
    low, high = scene.test.start_lr, scene.test.end_lr
    if scene.test.scale == "linear":
        room = 0.02 * (high - low)
        return low - room, high + room
    factor = (high / low) ** 0.02
    return low / factor, high * factor


def loss_span(scene: FinderScene) -> tuple[float, float]:
    """Return the range of the loss axis, by what an untrained net loses, so that it stays put."""
    return 0.0, HEADROOM * scene.untrained


# ------------------------------------------------------------------------------------------------------ the curve


def _coming(words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return points that come in with the losses, and nothing yet in the pictures below, whose room is kept."""
    points = _raw(np.zeros(0), np.zeros(0), words) | {"live": {"across": ["rates", "losses"], "column": 0}}
    nothing = {"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip"}
    return [points, nothing | {"yaxis": "y2"}, nothing | {"yaxis": "y3"}]


def _swept(sweep: Sweep, words: Mapping[str, str]) -> list[dict[str, Any]]:
    part = sweep.read(0)
    smooth = sweep.smooth[:, 0]
    shown = thin(smooth, MOST_DRAWN)
    read = np.where((shown >= part.start) & (shown < part.stop), smooth[shown], np.nan)
    rates = compact(sweep.rates[shown])
    line = {"type": "scatter", "mode": "lines", "x": rates, "hovertemplate": "%{x:.3~g}: %{y:.4~g}"}
    return [
        *_others(sweep, words),
        _raw(sweep.rates[shown], sweep.losses[shown, 0], words),
        line | {"name": words["unread"], "y": compact(smooth[shown]), "line": {"color": f"{LOSS}/0.55", "width": 1.5}},
        line | {"name": words["smooth"], "y": compact(read), "line": {"color": LOSS, "width": 3}},
        *_slope(sweep, words),
        *(_suggested(rule, sweep, words) for rule in RULES),
        *(_of_seeds(i, rule, sweep, words) for i, rule in enumerate(RULES)),
    ]


def _raw(rates: Array, losses: Array, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": words["raw"], "x": compact(rates), "y": compact(losses),
        "marker": {"color": f"{LOSS}/0.45", "size": 4}, "hoverinfo": "skip",
    }  # fmt: skip


def _others(sweep: Sweep, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the other seeds' smoothed losses, as far as they are read, as one faint line with gaps."""
    runs = range(1, sweep.smooth.shape[1])
    x, y = [np.full(1, np.nan)], [np.full(1, np.nan)]
    for run in runs:
        part = sweep.read(run)
        kept = thin(sweep.smooth[part, run], MOST_DRAWN // 3)
        x += [sweep.rates[part][kept], np.full(1, np.nan)]
        y += [sweep.smooth[part, run][kept], np.full(1, np.nan)]
    line = {"color": "@line/0.4", "width": 1.2}
    return [
        {
            "type": "scatter", "mode": "lines", "name": words["others"], "x": compact(np.concatenate(x)),
            "y": compact(np.concatenate(y)), "line": line, "hoverinfo": "skip",
        }
    ] if len(runs) else []  # fmt: skip


def _slope(sweep: Sweep, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the slope of what is read: how much the loss changes per power of ten of the rate."""
    part = sweep.read(0)
    if part.stop - part.start < 2:
        return []
    slope = slopes(sweep.rates[part], sweep.smooth[part, 0])
    kept = thin(slope, MOST_DRAWN)
    return [
        {
            "type": "scatter", "mode": "lines", "name": words["slope"], "x": compact(sweep.rates[part][kept]),
            "y": compact(slope[kept]), "yaxis": "y2", "line": {"color": "@text", "width": 1.5},
            "hovertemplate": "%{x:.3~g}: %{y:.4~g}",
        }
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------- suggestions


def _suggested(rule: Rule, sweep: Sweep, words: Mapping[str, str]) -> dict[str, Any]:
    rate = float(sweep.suggestions[rule][0])
    return _mark(rule, words) | {
        "x": np.array([rate]), "y": np.array([sweep.loss_at(rate)]),
        "marker": _dot(rule, 13), "hovertemplate": f"{words[rule]} %{{x:.3~g}}",
    }  # fmt: skip


def _of_seeds(row: int, rule: Rule, sweep: Sweep, words: Mapping[str, str]) -> dict[str, Any]:
    """Draw a rule's rates on all seeds side by side, the first seed's larger."""
    rates = sweep.suggestions[rule]
    sizes = np.full(len(rates), 8.0)
    sizes[0] = 13.0
    return _mark(rule, words) | {
        "x": rates, "y": np.full(len(rates), float(row)), "yaxis": "y3",
        "marker": _dot(rule, sizes) | {"opacity": np.where(np.arange(len(rates)) == 0, 1.0, 0.55)},
        "customdata": np.arange(len(rates), dtype=np.int32) + sweep.scene.training.seed,
        "hovertemplate": f"{words['seed']} %{{customdata}}: %{{x:.3~g}}",
    }  # fmt: skip


def _mark(rule: Rule, words: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "markers", "name": words[rule]}


def _dot(rule: Rule, size: Any) -> dict[str, Any]:
    line = {"color": "@background", "width": 1.5}
    return {"symbol": SYMBOLS[rule], "size": size, "color": COLORS[rule], "line": line}


def _names(words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name the rows at their left ends, where there is no room beside them."""
    place = {"xref": "paper", "x": 0, "yref": "y3", "xanchor": "left", "yanchor": "middle", "showarrow": False}
    font = {"size": 12, "color": "@text"}
    return [place | {"y": row, "text": words[rule], "font": font} for row, rule in enumerate(RULES)]


def _plumbs(sweep: Sweep, narrow: bool) -> list[dict[str, Any]]:
    heights = heights_of(narrow)
    return [line for row, rule in enumerate(RULES) for line in _plumb(row, rule, sweep, *heights)]


def _plumb(row: int, rule: Rule, sweep: Sweep, curve: Span, seeds: Span) -> list[dict[str, Any]]:
    """Draw a line from a suggestion on the curve to the same rate among all seeds."""
    rate = float(sweep.suggestions[rule][0])
    height = sweep.loss_at(rate) / loss_span(sweep.scene)[1]
    if not np.isfinite(height):
        return []
    top = curve[0] + min(height, 1.0) * (curve[1] - curve[0])
    bottom = seeds[1] - (row + 0.6) / (len(RULES) + 0.2) * (seeds[1] - seeds[0])
    line = {"color": f"{COLORS[rule]}/0.8", "width": 1.2, "dash": "dot"}
    return [
        {"type": "line", "xref": "x", "yref": "paper", "x0": rate, "x1": rate, "y0": bottom, "y1": top, "line": line}
    ]


def _beyond(sweep: Sweep) -> list[dict[str, Any]]:
    smooth = sweep.smooth[:, 0]
    labels = [f"{loss:.3g}" for loss in smooth]
    colors = [LOSS] * len(labels)
    log = sweep.scene.test.scale == "exponential"
    found = runaways(
        sweep.rates, smooth, labels, colors, rate_span(sweep.scene), loss_span(sweep.scene), log_x=log, at_edge=1
    )
    return [mark | {"xref": "x domain", "yref": "y domain", "text": mark["text"].split(" (")[0]} for mark in found]
