"""A descent as a complete PyTorch program: the loss, the optimizer, the schedule, and the loop that prints its path."""

import textwrap
from collections.abc import Sequence

from lrviz.export import pytorch
from lrviz.export.dialect import PYTHON
from lrviz.export.formulas import as_function
from lrviz.export.losses import batch_lines, data_imports, data_lines, loss_function
from lrviz.export.snippet import Code, Namer, Note, Piece, assemble, call, comments
from lrviz.export.written_rules import class_of, settings_of, written_rule
from lrviz.optimizers import RuleSpec
from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.schedules import Constant
from lrviz.schedules.base import ScheduleSpec
from lrviz.surfaces import SurfaceSpec

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


def descent_code(
    surface: SurfaceSpec,
    optimizer: RuleSpec,
    schedule: ScheduleSpec,
    start: Sequence[float],
    steps: int,
    clip_norm: float,
    noise: float,
    seed: int,
    note: Note,
) -> str:
    """Return a whole program that walks `steps` updates from `start`, printing each position: step, coordinates.

    Torch's own optimizer and scheduler stand in it where they are equal, else the rule is written out as an optimizer
    and the rate as a function. `clip_norm` and `noise` are 0 for none. `note` gives the comment for a key of
    [export_note].
    """
    rates = rates_code(schedule, steps)
    made = optimizer_code(optimizer, rates.lr, "[position]")
    definitions = (*data_lines(surface), loss_function(surface), *made.definitions, *rates.definitions)
    lines = [
        *comments(["descent_float64"], note),
        f"position = torch.nn.Parameter(torch.tensor({[float(x) for x in start]!r}, dtype=torch.float64))",
        *comments(made.notes, note),
        f"optimizer = {made.expression}",
        *comments(rates.notes, note),
        *([f"scheduler = {rates.expression}"] if rates.expression else []),
        *_chance(surface, steps, noise, seed, note),
        f"for t in range({steps}):",
        *(textwrap.indent(line, "    ") for line in _update(surface, clip_norm, noise, bool(rates.expression))),
    ]
    return assemble(definitions, lines, data_imports(surface))


def rates_code(schedule: ScheduleSpec, steps: int) -> Piece:
    """Return the schedule as PyTorch writes it; as a function where torch's own would part from it within the run."""
    if isinstance(schedule, Constant):
        return Piece(Code(""), lr=schedule.lr)
    own = pytorch.piece(schedule)
    if own.until is None or steps < own.until:
        return own
    function = as_function(schedule, PYTHON, Namer())
    expression = call("lr_scheduler.LambdaLR", Code("optimizer"), function.expression)
    return function.but(expression=expression, notes=("descent_past_the_end", "torch_lambda_lr"))


def optimizer_code(rule: RuleSpec, lr: float, parameters: str) -> Piece:
    """Return the call that makes an optimizer of parameters, the class it needs, the keys of the comments above."""
    settings, given = torch_settings(rule), Code(parameters)
    if isinstance(settings, Missing):
        made = call(class_of(rule), given, lr=lr, **settings_of(rule))
        return Piece(made, notes=(_WRITTEN_OUT[settings.reason],), definitions=(written_rule(rule),))
    kept = {name: value for name, value in settings.items() if value or not _off(rule.torch, name)}
    return Piece(call(f"torch.optim.{rule.torch}", given, lr=lr, **kept))


def _off(name: str, setting: str) -> bool:
    return setting in _OFF_IN_TORCH and (name, setting) != ("AdamW", "weight_decay")


def _chance(surface: SurfaceSpec, steps: int, noise: float, seed: int, note: Note) -> list[str]:
    """Return the lines that draw the batches and the noise, from the picture's own seed."""
    draw = f"np.random.default_rng({seed}).standard_normal(({steps}, {surface.dims}))"
    drawn = batch_lines(surface, steps, seed)
    drawn += [f"noise = torch.from_numpy({noise!r} * {draw})"] if noise else []
    return [*comments(["descent_seed"], note), *drawn] if drawn else []


def _update(surface: SurfaceSpec, clip_norm: float, noise: float, scheduled: bool) -> list[str]:
    """Return the body of the loop."""
    rows = ", batches[t]" if surface.draws(1, 0) is not None else ""
    return [
        "optimizer.zero_grad()",
        f"loss(*position{rows}).backward()",
        *(["position.grad += noise[t]"] if noise else []),
        *([f"torch.nn.utils.clip_grad_norm_([position], max_norm={clip_norm!r})"] if clip_norm else []),
        "optimizer.step()",
        *(["scheduler.step()"] if scheduled else []),
        "print(t + 1, *position.tolist())",
    ]
