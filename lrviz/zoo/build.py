"""The real optimizer object for a name: what its class wants beside the parameter, as far as two numbers have it."""

import inspect
from dataclasses import dataclass
from typing import Any

import torch

MATRICES = {"muon", "adamuon", "adago", "normuon", "muonclip", "distributedmuon", "spectralsphere"}
"""They move matrices only."""
MODELS = {"lomo", "adalomo"}
"""They run the backward pass of a whole network themselves."""
CLOSURES = {"torch.LBFGS", "lbfgs", "alig", "bsam"}
"""They ask for the loss again within a step."""
CURVED = {"adahessian", "sophiah"}
"""They differentiate the gradient."""


SINGLE = {"fadam"}
"""They work in float32 only; all others are driven in float64."""


OWN_RATE = {"a2grad", "adafactor"}
"""They find their rates themselves, whatever they are told."""
RATES = {"alig": ("max_lr",), "mars": ("lr", "lr_1d")}
"""What a rate is called where it is not just lr; mars moves what is not a matrix by its lr_1d."""


class Unsuitable(Exception):
    """An optimizer that cannot run here; the code says why."""

    def __init__(self, code: str, **values: str):
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class Driven:
    """A real optimizer, and how it wants to be driven.

    closure: give `step` a closure; curved: the gradient must be differentiable; rates: what its rate is called in its
    parameter groups.
    """

    optimizer: Any
    closure: bool
    curved: bool
    rates: tuple[str, ...]

    def set_rate(self, rate: float) -> None:
        """Set the rate of the next update, as a scheduler does."""
        for group in self.optimizer.param_groups:
            group.update(dict.fromkeys(self.rates, rate))


def build(name: str, parameter: torch.nn.Parameter, lr: float, steps: int) -> Driven:
    """Build the object with its own default settings; raises Unsuitable, or whatever its class raises."""
    if name in MATRICES:
        raise Unsuitable("needs_matrix")
    if name in MODELS:
        raise Unsuitable("needs_model")
    made = _class(name)
    wanted, rates = inspect.signature(made.__init__).parameters, RATES.get(name, ("lr",))
    given: dict[str, Any] = {rate: lr for rate in rates if rate in wanted}
    given |= {key: value for key, value in {"num_iterations": steps, "num_data": 1}.items() if key in wanted}
    if "foreach" in wanted:
        given["foreach"] = False
    optimizer: Any = made(_held(parameter) if "model" in wanted else [parameter], **given)
    if hasattr(optimizer, "train"):
        optimizer.train()
    return Driven(optimizer, name in CLOSURES, name in CURVED, rates)


def _class(name: str) -> Any:
    if name.startswith("torch."):
        return getattr(torch.optim, name.removeprefix("torch."))
    try:
        import pytorch_optimizer
    except ImportError as err:
        raise Unsuitable("not_installed", package="pytorch_optimizer") from err
    return pytorch_optimizer.load_optimizer(name)


def _held(parameter: torch.nn.Parameter) -> torch.nn.Module:
    """Return the smallest model that holds a parameter."""
    model = torch.nn.Module()
    model.register_parameter("weight", parameter)
    return model
