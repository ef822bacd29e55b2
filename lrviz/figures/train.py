"""The training lesson's picture: what the net makes of its task, beside its loss, accuracy and rate so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log
from typing import Any

import numpy as np

from lrviz.figures.live import grown
from lrviz.figures.parts import SPIKE, axis, compact, steady_range, turns
from lrviz.figures.sights import legend_of, sight
from lrviz.figures.theme import ROLES, SERIES, series
from lrviz.schedules.base import Array
from lrviz.train.cost import every
from lrviz.train.data import Data
from lrviz.train.ledger import SPAN, Kept
from lrviz.train.training import Training

WIDE = {"sight": [0, 0.45], "curves": [0.55, 1]}
TALL = {"loss": [0.5, 1], "accuracy": [0.27, 0.42], "rate": [0, 0.19]}
ABOVE = {"sight": [0.6, 1], "loss": [0.3, 0.48], "accuracy": [0.15, 0.25], "rate": [0, 0.1]}
TOP = 4
"""The loss axis reaches to so many times the loss of a net that knows nothing."""
FLOOR = 0.02
"""Where it ends below at first; it goes on in round steps when the loss does."""


@dataclass(frozen=True)
class Shown:
    """What is to be drawn of a training: its data, its planned rates (T,), at how many seeds, how smooth, what else."""

    training: Training
    data: Data
    rates: Array
    seeds: int
    smooth: float
    kept: Sequence[Kept] = ()


def color_of(slot: int) -> str:
    """Return the colour of a kept run; those beyond the eighth share the first ones', dashed."""
    return series(_ORDER[slot % SERIES])


_ORDER = (3, 7, 6, 4, 5, 0, 1, 2)


def learning_figure(shown: Shown, words: Mapping[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Draw what the net says, and its loss, accuracy and rate so far; a class task alone has an accuracy.

    `words` holds net, target, truth, answer, training_rows, validation_rows, hardest, training, validation, median,
    band, update, loss, accuracy, rate, leaves.
    """
    data, digits = shown.data, shown.training.task.kind == "digits"
    traces, across, down = sight(data, digits, words)
    place = ABOVE if narrow else TALL
    curves = {} if narrow else {"domain": WIDE["curves"]}
    loss, accuracy = place["loss"], place["accuracy"]
    if not data.classes:
        loss = [accuracy[0], loss[1]]
    time = axis("", (0, shown.training.steps)) | SPIKE | curves
    layout = {
        "xaxis": across | ({} if narrow else {"domain": WIDE["sight"]}),
        "yaxis": down | ({"domain": place["sight"]} if narrow else {}),
        "xaxis2": time | {"anchor": "y2", "showticklabels": False, "matches": "x4"},
        "yaxis2": _loss_axis(shown, words, narrow) | {"domain": loss, "anchor": "x2"},
        "xaxis4": time | {"anchor": "y4", "title": {"text": words["update"]}},
        "yaxis4": _rate_axis(shown, words) | {"domain": place["rate"], "anchor": "x4"},
        "hovermode": "closest", "showlegend": False, "margin": {"l": 64 if narrow else 54, "r": 14, "t": 26, "b": 46},
        "annotations": [*_legend(shown, words, digits, narrow), _leaving(shown, words)],
        "uirevision": f"{shown.training.task.kind} {shown.training.steps} {shown.training.criterion} {narrow}",
    }  # fmt: skip
    if data.classes:
        layout["xaxis3"] = time | {"anchor": "y3", "showticklabels": False, "matches": "x4"}
        layout["yaxis3"] = _accuracy_axis(words) | {"domain": accuracy, "anchor": "x3"}
    return {
        "data": [*traces, *_losses(shown, words), *_accuracies(shown, words), *_rates(shown, words)],
        "layout": layout,
    }


# -------------------------------------------------------------------------------------------------------- axes


def _clueless(shown: Shown) -> float:
    """Return the loss of a net that knows nothing: every class as likely, or always the mean."""
    classes = shown.data.classes
    if shown.training.criterion == "cross_entropy":
        return log(max(classes, 2))
    return 1 / classes if classes else max(float(np.var(shown.data.y)), 1e-3)


def _loss_axis(shown: Shown, words: Mapping[str, str], narrow: bool) -> dict[str, Any]:
    top = TOP * _clueless(shown)
    of = [{"grow": f"worth.{name}", "at": "measured"} for name in ("loss", "loss_val")]
    made = axis(words["loss"], (min(FLOOR, 0.1 * top), top), log=True)
    return made | {"exponentformat": "none", "tickformat": ".1~g", "live": {"of": of, "down": True, "fine": not narrow}}


def _accuracy_axis(words: Mapping[str, str]) -> dict[str, Any]:
    return axis(words["accuracy"], (0, 1.02)) | {"tickformat": ".0%", "dtick": 0.5, "hoverformat": ".1%"}


def _rate_axis(shown: Shown, words: Mapping[str, str]) -> dict[str, Any]:
    low, high = steady_range(shown.rates, log=False)
    return axis(words["rate"], (low, high)) | {"nticks": 4, "live": {"of": [{"grow": "rates"}], "up": True}}


# ------------------------------------------------------------------------------------------------------- curves


def _losses(shown: Shown, words: Mapping[str, str]) -> list[dict[str, Any]]:
    on = {"xaxis": "x2", "yaxis": "y2"}
    behind = [trace for run in shown.kept for trace in _kept(run, run.loss_val, on, band=True)]
    if shown.seeds > 1:
        return [*behind, *_many("loss", "training_loss", words, on), *_many("loss_val", "validation_loss", words, on)]
    step, measured = {"grow": "losses", "shift": -1}, {"grow": "worth.loss_val", "at": "measured"}
    # One average over as many updates for both: the validation loss is measured only now and then.
    smooth, sparse = shown.smooth, shown.smooth ** every(shown.training)
    return [
        *behind,
        *_raw_and_smooth(step, smooth, "training_loss", words["training"], on),
        *_raw_and_smooth(measured, sparse, "validation_loss", words["validation"], on),
    ]


def _raw_and_smooth(
    live: Mapping[str, Any], smooth: float, role: str, name: str, on: Mapping[str, str]
) -> list[dict[str, Any]]:
    color = ROLES[role]
    if smooth < 1e-3:
        return [grown(live, name, {"color": color, "width": 2.5}, on)]
    pale = grown(live, "", {"color": f"{color}/0.3", "width": 1}, on) | {"hoverinfo": "skip"}
    return [pale, grown({**live, "smooth": smooth}, name, {"color": color, "width": 2.5}, on)]


def _many(field: str, role: str, words: Mapping[str, str], on: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the median over the seeds, and the band that holds all but the best and worst tenth."""
    color, live = ROLES[role], {"grow": f"worth.{field}", "at": "measured"}
    low, high = (
        grown(live | {"share": share}, "", {"color": color, "width": 0}, on) | {"hoverinfo": "skip"} for share in SPAN
    )
    name = words["training" if role == "training_loss" else "validation"]
    middle = grown(live | {"share": 0.5}, name, {"color": color, "width": 2.5}, on)
    return [low, high | {"fill": "tonexty", "fillcolor": f"{color}/0.2"}, middle]


def _kept(run: Kept, values: Array, on: Mapping[str, str], *, band: bool) -> list[dict[str, Any]]:
    """Draw a kept run, pale, with the band of its seeds where it has one."""
    color, x = color_of(run.slot), run.steps.astype(np.float32)
    line = {"color": f"{color}/0.75", "width": 1.8, "dash": "dash" if run.slot >= SERIES else "solid"}
    drawn = {"type": "scatter", "mode": "lines", "x": x, "line": line, "hovertemplate": "%{x}: %{y:.4~g}", **on}
    middle = drawn | {"name": escape(run.name, quote=False), "y": compact(_shown(values))}
    if not band or run.low is None or run.high is None:
        return [middle]
    edge = drawn | {"line": {"width": 0, "color": color}, "hoverinfo": "skip", "name": ""}
    low, high = edge | {"y": compact(_shown(run.low))}, edge | {"y": compact(_shown(run.high))}
    return [low, high | {"fill": "tonexty", "fillcolor": f"{color}/0.12"}, middle]


def _shown(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


def _accuracies(shown: Shown, words: Mapping[str, str]) -> list[dict[str, Any]]:
    if not shown.data.classes:
        return []
    on = {"xaxis": "x3", "yaxis": "y3"}
    behind = [trace for run in shown.kept for trace in _kept(run, run.accuracy_val, on, band=False)]
    if shown.seeds > 1:
        return [*behind, *_many("accuracy_val", "validation_loss", words, on)]
    lines = (("accuracy", "training_loss", "training"), ("accuracy_val", "validation_loss", "validation"))
    return behind + [
        grown({"grow": f"worth.{field}", "at": "measured"}, words[name], {"color": ROLES[role], "width": 2}, on)
        for field, role, name in lines
    ]


def _rates(shown: Shown, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the planned rate, dashed, and the one in force."""
    on, kept = {"xaxis": "x4", "yaxis": "y4"}, turns(shown.rates)
    plan = {
        "type": "scatter", "mode": "lines", "name": words["plan"], "x": kept.astype(np.float32),
        "y": compact(shown.rates[kept]), "line": {"color": "@muted", "width": 1.5, "dash": "dot"},
        "hovertemplate": "%{x}: %{y:.4~g}",
    } | on  # fmt: skip
    line = {"color": ROLES["learning_rate"], "width": 2.5, "shape": "hv"}
    return [plan, grown({"grow": "rates", "shift": -1}, words["in_force"], line, on)]


# ----------------------------------------------------------------------------------------------------- labels


def _legend(shown: Shown, words: Mapping[str, str], digits: bool, narrow: bool) -> list[dict[str, Any]]:
    """Name the two losses above their plot in their colours, and what the left part shows."""
    place = {"showarrow": False, "yanchor": "bottom", "yref": "y2 domain", "xref": "x2 domain", "y": 1}
    band = f" ({words['band']})" if shown.seeds > 1 else ""
    names = [
        place | {"text": words["training"], "x": 0, "xanchor": "left", "font": {"color": ROLES["training_loss"]}},
        place
        | {
            "text": f"{words['validation']}{band}", "x": 1, "xanchor": "right",
            "font": {"color": ROLES["validation_loss"]},
        },
    ]  # fmt: skip
    left = place | {"xref": "x domain", "yref": "y domain", "x": 0, "xanchor": "left", "font": {"color": "@muted"}}
    said = legend_of(shown.data, digits, words)
    return [*names, left | {"text": said}] if said else names


def _leaving(shown: Shown, words: Mapping[str, str]) -> dict[str, Any]:
    """Mark where the loss leaves its plot at the top."""
    top = TOP * _clueless(shown)
    return {
        "name": "runaway", "text": words["leaves"], "xref": "x2", "yref": "y2 domain", "x": 0, "y": 1,
        "ax": 0, "ay": 26, "yanchor": "top", "showarrow": True, "arrowhead": 2, "arrowwidth": 2.5,
        "arrowcolor": "@diverges", "font": {"color": "@text", "size": 13}, "bgcolor": "@background/0.85",
        "bordercolor": "@diverges", "borderpad": 3,
        "live": {"leaves": {"grow": "losses", "shift": -1}, "above": top, "span": [0, shown.training.steps]},
    }  # fmt: skip
