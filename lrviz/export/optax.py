"""Schedules as Optax writes them: its own functions where they are equal, else a function of the step in jax.numpy."""

from textwrap import indent
from typing import cast

from lrviz.export.dialect import JAX
from lrviz.export.formulas import as_function
from lrviz.export.keras import FLOAT32_NOTES, late_stairs, loses_digits, per_steps
from lrviz.export.snippet import (
    Code,
    Namer,
    Note,
    Piece,
    assemble,
    call,
    comments,
    function,
    joined_until,
    listed,
    shortest,
    times,
)
from lrviz.schedules import (
    WSD,
    Constant,
    Cosine,
    Exponential,
    ExponentialDecay,
    Linear,
    MultiStep,
    NaturalExponential,
    OneCycle,
    Polynomial,
    Product,
    RangeTest,
    ReducedStart,
    Sequence,
    Step,
    WarmRestarts,
    Warmup,
)
from lrviz.schedules.base import ScheduleSpec


def piece(spec: ScheduleSpec, names: Namer | None = None) -> Piece:
    """Return a schedule as Optax writes it."""
    names = names or Namer()
    return own(spec, names) or _as_function(spec, names)


def _as_function(spec: ScheduleSpec, names: Namer) -> Piece:
    special = {OneCycle: "optax_one_cycle_between", WarmRestarts: "optax_restarts"}
    reason = "optax_stairs" if late_stairs(spec) else special.get(type(spec), "optax_no_function")
    reason = FLOAT32_NOTES[type(spec)] if loses_digits(spec) else reason
    return as_function(spec, JAX, names).but(notes=(reason,))


def own(spec: ScheduleSpec, names: Namer) -> Piece | None:
    """Return a schedule made of Optax' own functions, or None where they cannot make it."""
    if late_stairs(spec) or loses_digits(spec):
        return None
    match spec:
        case Warmup():
            return _warmup(spec, names)
        case Sequence():
            return _sequence(spec, names)
        case Product():
            return _product(spec, names)
        case OneCycle():
            return _one_cycle(spec)
        case WSD() if spec.shape != "1-sqrt":
            return _trapezoid(spec)
        case _:
            return _ramp(spec) or _decay(spec)


def _ramp(spec: ScheduleSpec) -> Piece | None:
    """Return the functions that lead from one rate to another."""
    match spec:
        case Constant():
            return _made("constant_schedule", value=spec.lr)
        case Linear():
            start, end = times(spec.lr, spec.start_factor), times(spec.lr, spec.end_factor)
            return _line(start, end, spec.total_iters)
        case Polynomial():
            fields = {"end_value": spec.end_lr, "power": spec.power, "transition_steps": spec.total_iters}
            return _made("polynomial_schedule", init_value=spec.lr, **fields)
        case Cosine():
            return _cosine(spec)
        case RangeTest(scale="linear"):
            return _line(spec.start_lr, spec.end_lr, spec.num_iter - 1)
        case RangeTest():
            ratio = Code(f"{spec.end_lr!r} / {spec.start_lr!r}")
            made = _exponential(spec.start_lr, spec.num_iter - 1, ratio, end_value=spec.end_lr)
            return made.but(notes=("optax_end_value",))
    return None


def _decay(spec: ScheduleSpec) -> Piece | None:
    """Return the functions that shrink the rate, in stairs or smoothly."""
    match spec:
        case ReducedStart():
            scales = Code(f"{{{spec.total_iters}: 1 / {spec.factor!r}}}")
            return _made(
                "piecewise_constant_schedule",
                init_value=times(spec.lr, spec.factor),
                boundaries_and_scales=scales,
            )
        case MultiStep():
            scales = dict.fromkeys(spec.milestones, spec.gamma)
            return _made("piecewise_constant_schedule", init_value=spec.lr, boundaries_and_scales=scales)
        case Step():
            return _exponential(spec.lr, spec.step_size, spec.gamma, staircase=True)
        case ExponentialDecay():
            return _exponential(spec.lr, spec.decay_steps, spec.decay_rate, staircase=spec.staircase)
        case Exponential() | NaturalExponential():
            steps, rate = per_steps(spec)
            return _exponential(spec.lr, steps, rate).but(notes=("float32_power",) if steps > 1 else ())
        case WarmRestarts() if spec.T_mult > 1:
            return _restarts(spec)
    return None


def _cosine(spec: Cosine) -> Piece:
    alpha = Code(f"{spec.eta_min!r} / {spec.lr!r}") if spec.eta_min else 0.0
    made = _made("cosine_decay_schedule", init_value=spec.lr, decay_steps=spec.T_max, alpha=alpha)
    return made.but(until=spec.T_max + 1, notes=("optax_alpha", "optax_cosine_holds")[not spec.eta_min :])


def _restarts(spec: WarmRestarts) -> Piece:
    # Enough cycles for a very long run, without filling the screen.
    lengths = [spec.T_0]
    while len(lengths) < 12 and sum(lengths) < 100_000:
        lengths.append(lengths[-1] * spec.T_mult)
    rates = {"init_value": spec.lr, "peak_value": spec.lr, "end_value": spec.eta_min}
    cycle = indent(call("dict", **rates, warmup_steps=0, decay_steps=Code("T_i")), "    ")
    cycles = Code(f"[\n{cycle}\n    for T_i in ({spec.T_0} * {spec.T_mult}**i for i in range({len(lengths)}))\n]")
    made = _made("sgdr_schedule", cycles)
    return made.but(until=sum(lengths), notes=("optax_cycles_listed",))


def _one_cycle(spec: OneCycle) -> Piece | None:
    first = spec.pct_start * spec.total_steps - 1
    if abs(first - round(first)) > 1e-9:
        return None
    turns: dict[int, Code] = {round(first): Code(repr(spec.div_factor))}
    if spec.three_phase:
        turns |= {2 * round(first): Code(f"1 / {spec.div_factor!r}")}
        turns |= {spec.total_steps - 1: Code(f"1 / {spec.final_div_factor!r}")}
    else:
        turns |= {spec.total_steps - 1: Code(f"1 / ({spec.div_factor!r} * {spec.final_div_factor!r})")}
    made = _made(
        "piecewise_interpolate_schedule",
        interpolate_type={"cos": "cosine", "linear": "linear"}[spec.anneal_strategy],
        init_value=Code(f"{spec.max_lr!r} / {spec.div_factor!r}"),
        boundaries_and_scales=Code("{" + ", ".join(f"{at}: {scale}" for at, scale in turns.items()) + "}"),
    )
    return made.but(until=spec.total_steps, notes=("optax_one_cycle_peak", "optax_one_cycle_end"))


def _trapezoid(spec: WSD) -> Piece:
    low = times(spec.lr, spec.min_ratio)
    if spec.shape == "linear":
        fall = _line(spec.lr, low, spec.decay).expression
    else:
        fields = {"decay_steps": spec.decay, "alpha": spec.min_ratio}
        fall = _made("cosine_decay_schedule", init_value=spec.lr, **fields).expression
    parts = [_made("constant_schedule", spec.lr).expression, fall]
    starts = [spec.warmup + spec.stable]
    if spec.warmup:
        parts, starts = [_line(low, spec.lr, spec.warmup).expression, *parts], [spec.warmup, *starts]
    return Piece(_joined(parts, starts))


def _warmup(spec: Warmup, names: Namer) -> Piece | None:
    if spec.shape != "linear":
        return None
    then = cast(ScheduleSpec, spec.then)
    if isinstance(then, Cosine):
        made = _made(
            "warmup_cosine_decay_schedule",
            init_value=times(then.lr, spec.start_factor),
            peak_value=then.lr,
            warmup_steps=spec.steps,
            decay_steps=Code(f"{spec.steps} + {then.T_max}"),
            end_value=then.eta_min,
        )
        return made.but(until=spec.steps + then.T_max + 1, notes=("optax_warmup_decay_steps", "optax_cosine_holds"))
    after = piece(then, names)
    rise = _line(times(spec.base, spec.start_factor), spec.base, spec.steps).expression
    until = joined_until((0, spec.steps), (None, after.until))
    return after.but(expression=_joined([rise, after.expression], [spec.steps]), until=until)


def _sequence(spec: Sequence, names: Namer) -> Piece:
    made = [piece(cast(ScheduleSpec, part), names) for part in spec.parts]
    until = joined_until((0, *spec.milestones), [part.until for part in made])
    return _together(made, _joined([part.expression for part in made], list(spec.milestones)), until)


def _product(spec: Product, names: Namer) -> Piece:
    made = [piece(part, names) for part in spec.parts]
    factors, lines = [], []
    for part, written in zip(spec.parts, made, strict=True):
        name = written.expression
        if not name.isidentifier():
            name = names.new(part.kind).removesuffix("_rate")
            lines.append(f"{name}_rate = {written.expression}")
            name = f"{name}_rate"
        factors.append(f"{name}(t)")
    bases = "".join(f" / {part.base!r}" for part in spec.parts[1:])
    name = names.new(spec.kind)
    last = function(name, {}, f"return {' * '.join(factors)}{bases}")
    together = _together(made, Code(name), shortest(part.until for part in made))
    return together.but(definitions=(*together.definitions, *(["\n".join(lines)] if lines else []), last))


def _together(made: list[Piece], expression: Code, until: int | None) -> Piece:
    notes = tuple(key for part in made for key in part.notes)
    return Piece(expression, until, notes, tuple(text for part in made for text in part.definitions))


def _line(start: object, end: object, steps: int) -> Piece:
    return _made("linear_schedule", init_value=start, end_value=end, transition_steps=steps)


def _exponential(lr: float, steps: int, rate: object, **more: object) -> Piece:
    return _made("exponential_decay", init_value=lr, transition_steps=steps, decay_rate=rate, **more)


def _made(name: str, *positional: object, **named: object) -> Piece:
    return Piece(call(f"optax.{name}", *positional, **named))


def _joined(parts: list[Code], boundaries: list[int]) -> Code:
    return call("optax.join_schedules", listed(parts), boundaries=boundaries)


def code(made: Piece, note: Note) -> str:
    """Return the whole snippet: the schedule, and an optimizer that takes it."""
    lines = [*comments([*made.notes, "optax_float32"], note), f"schedule = {made.expression}"]
    return assemble(made.definitions, [*lines, "optimizer = optax.sgd(learning_rate=schedule)"])
