"""Schedules as Transformers writes them: its own function where there is one, else PyTorch's scheduler."""

from typing import cast

from lrviz.export import pytorch
from lrviz.export.snippet import Code, Note, Piece, assemble, call, comments, times
from lrviz.schedules import WSD, Constant, Cosine, InverseSqrt, Linear, Polynomial, Warmup
from lrviz.schedules.base import ScheduleSpec

_OPTIMIZER = Code("optimizer")


def piece(spec: ScheduleSpec) -> Piece:
    """Return a schedule as Transformers writes it."""
    made = own(spec)
    if made is not None:
        return made
    reason = "transformers_warmup_other" if isinstance(spec, Warmup) else "transformers_no_function"
    made = pytorch.piece(spec)
    return made.but(notes=(reason, *made.notes))


def own(spec: ScheduleSpec) -> Piece | None:
    """Return a schedule as Transformers' own function, or None where it has none that is equal."""
    match spec:
        case Constant():
            return _made(spec.lr, "get_constant_schedule")
        case InverseSqrt():
            warmup, scale = spec.warmup_steps, spec.timescale
            made = _made(spec.lr, "get_inverse_sqrt_schedule", num_warmup_steps=warmup, timescale=scale)
            return made.but(notes=("transformers_warmup_zero",) if spec.warmup_steps else ())
        case WSD():
            return _trapezoid(spec)
        case Warmup(start_factor=0.0, shape="linear"):
            made = _after_warmup(cast(ScheduleSpec, spec.then), spec.steps)
            return made and made.but(notes=("transformers_warmup_zero", *made.notes))
        case _:
            return _after_warmup(spec, 0)


def _trapezoid(spec: WSD) -> Piece:
    made = _made(
        spec.lr,
        "get_wsd_schedule",
        num_warmup_steps=spec.warmup,
        num_stable_steps=spec.stable,
        num_decay_steps=spec.decay,
        decay_type=spec.shape,
        min_lr_ratio=spec.min_ratio,
    )
    return made.but(notes=("transformers_wsd_decay_type",))


def _after_warmup(spec: ScheduleSpec, warmup: int) -> Piece | None:
    """Return the functions that warm up from 0 and then follow a curve."""
    match spec:
        case Constant():
            return _made(spec.lr, "get_constant_schedule_with_warmup", num_warmup_steps=warmup)
        case Linear(start_factor=1.0, end_factor=0.0):
            return _made(spec.lr, "get_linear_schedule_with_warmup", **_lengths(warmup, spec.total_iters))
        case Linear(start_factor=1.0) if spec.end_factor < 1:
            end = times(spec.lr, spec.end_factor)
            return _polynomial(spec.lr, warmup, spec.total_iters, end, 1.0)
        case Polynomial() if spec.lr > spec.end_lr:
            return _polynomial(spec.lr, warmup, spec.total_iters, spec.end_lr, spec.power)
        case Cosine(eta_min=0.0):
            made = _made(spec.lr, "get_cosine_schedule_with_warmup", **_lengths(warmup, spec.T_max))
        case Cosine():
            name = "get_cosine_with_min_lr_schedule_with_warmup"
            made = _made(spec.lr, name, **_lengths(warmup, spec.T_max), min_lr=spec.eta_min)
        case _:
            return None
    return made.but(notes=("transformers_cosine_rises",))


def _polynomial(lr: float, warmup: int, length: int, end: object, power: float) -> Piece:
    name = "get_polynomial_decay_schedule_with_warmup"
    made = _made(lr, name, **_lengths(warmup, length), lr_end=end, power=power)
    return made.but(notes=("transformers_polynomial_end",))


def _lengths(warmup: int, then: int) -> dict[str, object]:
    """Return the two lengths these functions take: the second one counts the warmup."""
    return {"num_warmup_steps": warmup, "num_training_steps": Code(f"{warmup} + {then}") if warmup else then}


def _made(lr: float, name: str, **named: object) -> Piece:
    return Piece(call(name, _OPTIMIZER, **named), lr=lr)


def code(made: Piece, note: Note) -> str:
    """Return the whole snippet: a model, its optimizer, the scheduler, and how the Trainer takes them."""
    name = made.expression.split("(")[0]
    imports = [f"from transformers import {name}"] if name.startswith("get_") else []
    lines = [*pytorch.optimizer_lines(made.lr), *comments(made.notes, note), f"scheduler = {made.expression}"]
    return assemble(made.definitions, [*lines, *comments(["transformers_trainer"], note)], imports)
