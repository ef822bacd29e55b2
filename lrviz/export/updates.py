"""The optimizer and the rates of an exported program: torch's own where they are equal, else written out."""

from lrviz.export import pytorch
from lrviz.export.dialect import PYTHON
from lrviz.export.formulas import as_function
from lrviz.export.snippet import Code, Namer, Piece, call
from lrviz.export.written_rules import class_of, settings_of, written_rule
from lrviz.optimizers import RuleSpec
from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.schedules import Constant
from lrviz.schedules.base import ScheduleSpec

_WRITTEN_OUT = {
    "no_class": "descent_no_class",
    "ema_form": "descent_ema_form",
    "eps_inside": "descent_eps_inside",
    "no_bias_correction": "descent_no_bias_correction",
    "centered_without_memory": "descent_centered_without_memory",
}
_OFF_IN_TORCH = (
    *("momentum", "dampening", "lr_decay", "initial_accumulator_value"),
    *("centered", "decoupled_weight_decay", "weight_decay"),
)
"""The settings that are 0 or off unless one says otherwise; AdamW's weight_decay is not."""


def rates_of(schedule: ScheduleSpec, steps: int) -> Piece:
    """Return the schedule as PyTorch writes it; as a function where torch's own would part from it within the run."""
    if isinstance(schedule, Constant):
        return Piece(Code(""), lr=schedule.lr)
    own = pytorch.piece(schedule)
    if own.until is None or steps < own.until:
        return own
    function = as_function(schedule, PYTHON, Namer())
    expression = call("lr_scheduler.LambdaLR", Code("optimizer"), function.expression)
    return function.but(expression=expression, notes=("descent_past_the_end", "torch_lambda_lr"))


def rates_by_factor(schedule: ScheduleSpec, steps: int) -> Piece:
    """Return the schedule as a factor of each group's own rate, for groups whose rates differ."""
    if isinstance(schedule, Constant):
        return Piece(Code(""), lr=schedule.lr)
    function = as_function(schedule, PYTHON, Namer())
    return function.but(expression=call("lr_scheduler.LambdaLR", Code("optimizer"), function.expression), lr=1.0)


def optimizer_of(rule: RuleSpec, lr: float, parameters: Code) -> Piece:
    """Return a rule as PyTorch writes it, over some parameters: torch's own class, else one that is written out."""
    settings = torch_settings(rule)
    if isinstance(settings, Missing):
        made = call(class_of(rule), parameters, lr=lr, **settings_of(rule))
        return Piece(made, notes=(_WRITTEN_OUT[settings.reason],), definitions=(written_rule(rule),))
    kept = {name: value for name, value in settings.items() if value or not _off(rule.torch, name)}
    return Piece(call(f"torch.optim.{rule.torch}", parameters, lr=lr, **kept))


def _off(name: str, setting: str) -> bool:
    return setting in _OFF_IN_TORCH and (name, setting) != ("AdamW", "weight_decay")
