"""What a measurement is printed as: the figure, what it is compared with, and whether it keeps its budget."""

from collections.abc import Sequence

import numpy as np


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """Say the median and the 95th percentile of some measurements."""
    p50, p95 = np.percentile(values, [50, 95])
    return f"p50 {p50:,.0f} {unit}, p95 {p95:,.0f} {unit}, n = {len(values)}"


def verdict(figure: float, budget: float, unit: str = "") -> str:
    """Say whether a figure stays within its budget; nothing fails on it, machines differ."""
    return f"{figure:,.2f}{unit} ({judged(figure <= budget, f'{budget:,g}{unit}')})"


def judged(kept: bool, budget: str) -> str:
    """Say what the budget is and whether it is kept."""
    return f"budget {budget}: {'met' if kept else 'MISSED'}"


def median(values: Sequence[float]) -> float:
    """The middle of some measurements."""
    return float(np.median(values))


def p95(values: Sequence[float]) -> float:
    """What all but one in twenty of some measurements stay under."""
    return float(np.percentile(values, 95))
