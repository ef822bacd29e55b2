"""What goes on inside a net while it learns: a line a layer for gradient, update, weights and dead units."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

from lrviz.figures.live import grown
from lrviz.figures.parts import SPIKE, axis
from lrviz.figures.theme import series

RULE_OF_THUMB = 1e-3
"""A usual size of an update over its weights, by a rule of thumb of A. Karpathy's."""
SLOTS = (4, 3, 7, 6, 5, 0, 2)
"""The colours of the layers: those of losses and rates come last."""
LEAST = 1e-6
"""No axis goes on below this, however small what is measured gets."""
NAMES = ("gradient", "update_ratio", "weight", "dead")
SIDE_BY_SIDE = ([0, 0.44], [0.56, 1]), ([0.56, 1], [0.56, 1], [0, 0.42], [0, 0.42])
ABOVE_EACH_OTHER = ([0, 1], [0, 1]), ([0.8, 1], [0.54, 0.73], [0.27, 0.46], [0, 0.2])


def inside_figure(
    steps: int, layers: Sequence[str], words: Mapping[str, str], *, narrow: bool = False
) -> dict[str, Any]:
    """Draw `steps` updates of the first net from inside. `layers` names the layers that have weights.

    `words` holds update, gradient, weight, update_ratio, dead and thumb.
    """
    columns, rows = ABOVE_EACH_OTHER if narrow else SIDE_BY_SIDE
    layout: dict[str, Any] = {
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 66, "r": 14, "t": 42, "b": 46},
        "annotations": [*_layer_names(layers, narrow), _thumb_name(words["thumb"])],
        "uirevision": f"inside {steps} {len(layers)} {narrow}",
        "shapes": [_thumb()],
    }
    for i, name in enumerate(NAMES):
        end, last = "" if i == 0 else str(i + 1), i >= len(NAMES) - (1 if narrow else 2)
        time = axis(words["update"] if last else "", (0, steps)) | SPIKE | ({"matches": "x"} if i else {})
        layout[f"xaxis{end}"] = time | {"domain": columns[i % 2], "anchor": f"y{end}"}
        layout[f"yaxis{end}"] = _axis(name, len(layers), words) | {"domain": rows[i], "anchor": f"x{end}"}
    return {"data": [line for i, name in enumerate(NAMES) for line in _layers(name, i, layers)], "layout": layout}


def _titles(words: Mapping[str, str]) -> dict[str, str]:
    return {
        "gradient": words["gradient"],
        "update_ratio": words["update_ratio"],
        "weight": words["weight"],
        "dead": words["dead"],
    }


_SPANS = {"gradient": (1e-3, 1.0), "update_ratio": (1e-4, 1e-1), "weight": (1.0, 10.0)}


def _axis(name: str, layers: int, words: Mapping[str, str]) -> dict[str, Any]:
    if name == "dead":
        return axis(_titles(words)[name], (-0.02, 1.02)) | {"tickformat": ".0%", "dtick": 0.5}
    of = [_measured(name, i) for i in range(layers)]
    live = {"of": of, "down": True, "up": True, "least": LEAST}
    return axis(_titles(words)[name], _SPANS[name], log=True) | {"live": live}


def _measured(name: str, layer: int) -> dict[str, Any]:
    return {"grow": f"inside.{name}", "column": layer, "at": "measured"}


def _layers(name: str, place: int, layers: Sequence[str]) -> list[dict[str, Any]]:
    end = "" if place == 0 else str(place + 1)
    on = {"xaxis": f"x{end}", "yaxis": f"y{end}"}
    count = len(layers) - 1 if name == "dead" else len(layers)
    return [grown(_measured(name, i), layers[i], {"color": series(SLOTS[i]), "width": 2}, on) for i in range(count)]


def _layer_names(layers: Sequence[str], narrow: bool) -> list[dict[str, Any]]:
    """Name the layers in their colours, in a row above all."""
    width = 1 / max(len(layers), 3 if narrow else 5)
    place = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "left", "yshift": 10}
    return [
        place | {"text": name, "x": i * width, "showarrow": False, "font": {"color": series(SLOTS[i])}}
        for i, name in enumerate(layers)
    ]


def _thumb() -> dict[str, Any]:
    line = {"color": "@muted", "width": 1.5, "dash": "dash"}
    ends = {"x0": 0, "x1": 1, "y0": RULE_OF_THUMB, "y1": RULE_OF_THUMB}
    return {"type": "line", "xref": "x2 domain", "yref": "y2", "line": line} | ends


def _thumb_name(text: str) -> dict[str, Any]:
    place = {"xref": "x2 domain", "yref": "y2", "x": 1, "y": log10(RULE_OF_THUMB), "xanchor": "right"}
    return place | {"yanchor": "bottom", "text": text, "showarrow": False, "font": {"color": "@muted", "size": 12}}
