"""What published networks drop, by depth, as a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrviz.figures.parts import axis, end_labels, label_room
from lrviz.figures.theme import series
from lrviz.layers.dropout_recipes import RECIPES


def recipes_figure(p: float, words: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """Draw what published networks drop against how deep it is dropped, and the learner's own p.

    `words` holds depth, rate and own; `names` the label of every recipe.
    """
    span = (-0.02, max(0.6, 1.05 * p))
    ends = [(names[one.name], series(i), one.rates[-1]) for i, one in enumerate(RECIPES)]
    own = {"color": "@text", "width": 1.5, "dash": "dash"}
    line = {"type": "scatter", "mode": "lines", "x": np.array([0.0, 1.0]), "y": np.array([p, p]), "line": own}
    return {
        "data": [
            line | {"name": words["own"], "hovertemplate": "%{y}"},
            *(
                {
                    "type": "scatter", "mode": "lines+markers", "name": names[one.name], "x": np.array(one.depths),
                    "y": np.array(one.rates), "line": {"color": series(i), "width": 2, "shape": "hv"},
                    "marker": {"size": 8, "symbol": i, "color": series(i)}, "hovertemplate": "%{y}",
                }
                for i, one in enumerate(RECIPES)
            ),
        ],
        "layout": {
            "xaxis": axis(words["depth"], (-0.02, 1.02)) | {"tickvals": [0, 0.25, 0.5, 0.75, 1]},
            "yaxis": axis(words["rate"], span),
            "annotations": end_labels([*ends, (words["own"], "@text", p)], *span, False),
            "showlegend": False,
            "hovermode": "closest",
            "margin": {"l": 62, "r": label_room([*names.values(), words["own"]]), "t": 12, "b": 48},
            "uirevision": "recipes",
        },
    }  # fmt: skip
