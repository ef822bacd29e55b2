"""Lines that grow while a job runs: what the chart is told instead of points."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def grown(live: Mapping[str, Any], name: str, line: Mapping[str, Any], on: Mapping[str, str]) -> dict[str, Any]:
    """Return a line without points yet, which grows from a job's events as `live` says (see lrviz.ui.chart.Live)."""
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": np.zeros(0, np.float32), "y": np.zeros(0, np.float32),
        "line": dict(line), "hovertemplate": "%{x}: %{y:.4~g}", "live": dict(live),
    } | dict(on)  # fmt: skip
