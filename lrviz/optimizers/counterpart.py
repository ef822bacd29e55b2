"""What torch.optim calls a rule: the settings with which its class is equal, or why it has none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lrviz.optimizers.base import RuleSpec
from lrviz.spec import kind_of


@dataclass(frozen=True)
class Missing:
    """Why torch has nothing that is equal to a rule.

    "no_class", "ema_form", "eps_inside", "no_bias_correction"; "centered_without_memory": with alpha 0 the centered
    square is what rounding left of g^2 - g^2, there as here.
    """

    reason: str


def torch_settings(rule: RuleSpec) -> dict[str, Any] | Missing:
    """Return what the class `torch.optim.<rule.torch>` is built with, the rate aside, or why there is none."""
    settings = _SETTINGS.get(kind_of(rule))
    if settings is None:
        return Missing("no_class")
    if getattr(rule, "form", "torch") == "ema":
        return Missing("ema_form")
    if getattr(rule, "eps_inside", False):
        return Missing("eps_inside")
    if not getattr(rule, "bias_correction", True):
        return Missing("no_bias_correction")
    if getattr(rule, "centered", False) and getattr(rule, "alpha", 1) == 0:
        return Missing("centered_without_memory")
    return settings(rule)


def _betas(rule: Any) -> dict[str, Any]:
    return {"betas": (rule.beta1, rule.beta2), "eps": rule.eps, "weight_decay": rule.weight_decay}


def _decoupling(rule: Any) -> dict[str, Any]:
    return _betas(rule) | {"decoupled_weight_decay": rule.decoupled}


def _same(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda rule: {name: getattr(rule, name) for name in names}


def _nesterov(rule: Any) -> dict[str, Any]:
    ahead = {"nesterov": True} if rule.momentum else {}  # torch refuses it without momentum, where it changes nothing
    return {"momentum": rule.momentum, "weight_decay": rule.weight_decay} | ahead


_SETTINGS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "sgd": _same("weight_decay"),
    "momentum": _same("momentum", "dampening", "weight_decay"),
    "nesterov": _nesterov,
    "adagrad": _same("lr_decay", "initial_accumulator_value", "eps", "weight_decay"),
    "adadelta": _same("rho", "eps", "weight_decay"),
    "rmsprop": _same("alpha", "eps", "momentum", "centered", "weight_decay"),
    "adam": _decoupling,
    "amsgrad": lambda rule: _decoupling(rule) | {"amsgrad": True},
    "adamw": _betas,
    "adamax": _betas,
    "nadam": lambda rule: _decoupling(rule) | {"momentum_decay": rule.momentum_decay},
    "radam": _decoupling,
    "rprop": lambda rule: {"etas": (rule.eta_minus, rule.eta_plus), "step_sizes": (rule.step_min, rule.step_max)},
    "asgd": _same("lambd", "alpha", "t0", "weight_decay"),
}
"""How each rule that torch has is set up there."""
