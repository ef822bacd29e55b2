"""A descent as a complete PyTorch program: the loss, the optimizer, the schedule, and the loop that prints its path."""

import textwrap
from collections.abc import Sequence

from lrviz.export.losses import batch_lines, data_imports, data_lines, loss_function
from lrviz.export.snippet import Code, Note, assemble, comments
from lrviz.export.updates import optimizer_of, rates_of
from lrviz.optimizers import RuleSpec
from lrviz.schedules.base import ScheduleSpec
from lrviz.surfaces import SurfaceSpec


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
    rates = rates_of(schedule, steps)
    made = optimizer_of(optimizer, rates.lr, Code("[position]"))
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
