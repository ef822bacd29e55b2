"""Update rules: every optimizer a learner can choose, each a frozen Spec with its update, limit and derivation."""

from typing import Union, cast

from lrviz.optimizers.adam import Adam, AdamW, AMSGrad
from lrviz.optimizers.adaptive import Adadelta, Adagrad, RMSprop
from lrviz.optimizers.averaged import ASGD, ScheduleFree
from lrviz.optimizers.base import Line, OptimizerSpec, RuleSpec, Update, hyper, steps
from lrviz.optimizers.named import NAMES, Named
from lrviz.optimizers.relatives import Adamax, NAdam, RAdam
from lrviz.optimizers.sgd import SGD, Momentum, Nesterov
from lrviz.optimizers.signs import Lion, Rprop, SignDescent
from lrviz.spec import choices_of, kind_of

# The list of all rules: a new one is added here, and nowhere else.
Rule = Union[
    SGD,
    Momentum,
    Nesterov,
    Adagrad,
    Adadelta,
    RMSprop,
    Adam,
    AMSGrad,
    AdamW,
    Adamax,
    NAdam,
    RAdam,
    Rprop,
    ASGD,
    Lion,
    SignDescent,
    ScheduleFree,
]
Optimizer = Union[Rule, Named]


def rule_kinds() -> dict[str, type[RuleSpec]]:
    """Return every rule's class under its kind, in the order of the list above."""
    return {kind_of(cls): cast(type[RuleSpec], cls) for cls in choices_of(Rule)}


def optimizer_kinds() -> dict[str, type[OptimizerSpec]]:
    """Return every optimizer's class under its kind: the rules, then the ones known by name."""
    return {kind_of(cls): cast(type[OptimizerSpec], cls) for cls in choices_of(Optimizer)}


__all__ = [
    "ASGD",
    "NAMES",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Line",
    "Lion",
    "Momentum",
    "NAdam",
    "Named",
    "Nesterov",
    "Optimizer",
    "OptimizerSpec",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Rule",
    "RuleSpec",
    "ScheduleFree",
    "SignDescent",
    "Update",
    "hyper",
    "optimizer_kinds",
    "rule_kinds",
    "steps",
]
