"""The real optimizer object for a name: whatever its class wants beside the parameter, as far as two numbers have it."""

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


class Unsuitable(Exception):
    """An optimizer that cannot run here; the code says why."""

    def __init__(self, code: str, **values: str):
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class Driven:
    """A real optimizer, and how it wants to be driven.

    closure: give `step` a closure; curved: the gradient must be differentiable; rate: the name of its rate, "" where it
    has none to set.
    """

    optimizer: Any
    closure: bool
    curved: bool
    rate: str


def build(name: str, parameter: torch.nn.Parameter, lr: float, steps: int) -> Driven:
    """Build the object with its own default settings; raises Unsuitable, or whatever its class raises."""
    if name in MATRICES:
        raise Unsuitable("needs_matrix")
    if name in MODELS:
        raise Unsuitable("needs_model")
    made = _class(name)
    rate = "max_lr" if name == "alig" else "lr"
    wanted = inspect.signature(made.__init__).parameters
    given: dict[str, Any] = {rate: lr} if rate in wanted else {}
    given |= {key: value for key, value in {"num_iterations": steps, "num_data": 1}.items() if key in wanted}
    if "foreach" in wanted:
        given["foreach"] = False
    optimizer: Any = made(_held(parameter) if "model" in wanted else [parameter], **given)
    if hasattr(optimizer, "train"):
        optimizer.train()
    settable = rate if rate in optimizer.param_groups[0] else ""
    return Driven(optimizer, name in CLOSURES, name in CURVED, settable)


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
