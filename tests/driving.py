"""Rules driven over streams of random gradients."""

from typing import Any

import numpy as np

from lrviz.optimizers import RuleSpec, steps


def streams(seed: int, runs: int, count: int, scale: float = 1.0) -> tuple[Any, Any, Any]:
    """Starts (R, 2), gradients (T, R, 2) and rates (R, T), from a seed; column-major, as the loop keeps them."""
    random = np.random.default_rng(seed)
    starts = np.asfortranarray(random.normal(size=(runs, 2)))
    gradients = scale * random.normal(size=(count, 2, runs)).swapaxes(1, 2)
    return starts, gradients, 0.1 * random.uniform(0, 1, (runs, count))


def drive(rule: RuleSpec, h: Any, x: Any, gradients: Any, rates: Any) -> Any:
    """Positions (T, R, D), or up to and with the first of which no number is finite."""
    state, out = rule.init(h, x), []
    with np.errstate(all="ignore"):
        for c, g in zip(steps(rule.table(h, rates)), gradients, strict=True):
            x, state, *_ = rule.update(h, c, x, g, state)
            out.append(rule.answer(x, state) if len(out) % 2 else x)
    return np.array(out)


def numbers(rule: RuleSpec) -> dict[str, float]:
    return {name: value for name, value in dict(rule).items() if type(value) is float}
