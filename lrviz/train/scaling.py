"""How first weights and rates follow the width of a net, layer by layer, so that one rate suits every width."""

from dataclasses import dataclass

from lrviz.optimizers import RuleSpec
from lrviz.spec import kind_of
from lrviz.train.models import MLP, ModelSpec

BY_GRADIENT = frozenset({"sgd", "momentum", "nesterov"})
"""Rules whose steps are as long as the gradient is large."""
BY_SIGN = frozenset({"rmsprop", "adam", "amsgrad", "adamw", "adamax", "nadam", "radam", "lion", "sign"})
"""Rules whose steps are as long however large the gradient is."""


@dataclass(frozen=True)
class Scale:
    """What one array of parameters is multiplied by at the start, and what its rate is multiplied by all along."""

    first: float = 1.0
    rate: float = 1.0


def base_of(model: ModelSpec) -> int | None:
    """Return the width that a model's scaling counts in; None where first weights and rates follow no width."""
    return model.base_width if isinstance(model, MLP) and model.scaling == "mup" and model.depth > 0 else None


def has_scaling(rule: RuleSpec) -> bool:
    """Say whether there is a scaling for a rule."""
    return kind_of(rule) in BY_GRADIENT | BY_SIGN


def scale(model: ModelSpec, rule: RuleSpec, layer: int, name: str, last: int) -> Scale:
    """Return the maximal update parametrization of one array: `layer` by its number, of which `last` is the highest.

    With r = width / base_width, rates are multiplied, for rules by gradient and by sign, by: first weights r and 1;
    weights between hidden layers 1 and 1 / r; last weights 1 / r and 1 / r, which also start 1 / sqrt(r) times as
    large; hidden biases, scales and shifts r and 1; last biases 1 and 1. Anything else stays as it is.

    Source: Yang et al. 2022, arXiv 2203.03466, table 3, with the width counted in base_width.
    """
    base = base_of(model)
    if base is None or not isinstance(model, MLP):
        return Scale()
    ratio, by_gradient = model.width / base, kind_of(rule) in BY_GRADIENT
    if name != "weight":
        return Scale(rate=ratio if by_gradient and layer != last else 1.0)
    if layer == last:
        return Scale(ratio**-0.5, 1 / ratio)
    if layer == 0:
        return Scale(rate=ratio if by_gradient else 1.0)
    return Scale(rate=1.0 if by_gradient else 1 / ratio)
