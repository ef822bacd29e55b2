"""Schedules as Keras writes them: its own class where there is one, else a LearningRateSchedule around a function."""

import math
from collections.abc import Mapping

import numpy as np

from lrviz.export.dialect import KERAS
from lrviz.export.formulas import as_function
from lrviz.export.snippet import Code, Namer, Note, Piece, assemble, call, comments, times
from lrviz.schedules import (
    Constant,
    Cosine,
    Exponential,
    ExponentialDecay,
    InverseTime,
    Linear,
    MultiStep,
    NaturalExponential,
    Points,
    Polynomial,
    RangeTest,
    ReducedStart,
    Step,
    WarmRestarts,
    Warmup,
)
from lrviz.schedules.base import ScheduleSpec
from lrviz.spec import MAX_STEPS

_SCHEDULES = "keras.optimizers.schedules"
FLOAT32_NOTES: Mapping[type[ScheduleSpec], str] = {Polynomial: "float32_polynomial", RangeTest: "float32_range"}


def piece(spec: ScheduleSpec) -> Piece:
    """Return a schedule as Keras writes it."""
    return own(spec) or _as_class(spec)


def _as_class(spec: ScheduleSpec) -> Piece:
    made = as_function(spec, KERAS, Namer())
    reasons = {Constant: "keras_constant", WarmRestarts: "keras_restarts"}
    reason = "keras_stairs" if late_stairs(spec) else reasons.get(type(spec), "keras_no_class")
    reason = FLOAT32_NOTES[type(spec)] if loses_digits(spec) else reason
    return made.but(expression=Code("Schedule()"), notes=(reason,), definitions=(*made.definitions, _class(made)))


def _class(made: Piece) -> str:
    return (
        f"class Schedule({_SCHEDULES}.LearningRateSchedule):\n"
        "    def __call__(self, step):\n"
        f'        return {made.expression}(ops.cast(step, "float32"))\n'
        "\n"
        "    def get_config(self):\n"
        "        return {}"
    )


def own(spec: ScheduleSpec) -> Piece | None:
    """Return a schedule as Keras' own class, or None where it has none that is equal."""
    if late_stairs(spec) or loses_digits(spec):
        return None
    match spec:
        case ReducedStart() | MultiStep() | Points(interpolation="step"):
            return _piecewise(spec)
        case Exponential() | NaturalExponential() | ExponentialDecay() | Step() | InverseTime():
            return _decay(spec)
        case Linear() | Polynomial():
            return _polynomial(spec)
        case Cosine():
            return _cosine(spec)
        case Warmup(shape="linear", then=Cosine() as cosine):
            return _warmup_cosine(spec, cosine)
        case RangeTest():
            return _range_test(spec)
    return None


def _piecewise(spec: ReducedStart | MultiStep | Points) -> Piece:
    if isinstance(spec, ReducedStart):
        changes, values = [spec.total_iters], [times(spec.lr, spec.factor), spec.lr]
    elif isinstance(spec, MultiStep):
        changes, values = list(spec.milestones), [spec.lr * spec.gamma**i for i in range(len(spec.milestones) + 1)]
    else:
        changes, values = [step for step, _ in spec.points[1:]], [rate for _, rate in spec.points]
    boundaries = [Code(f"{change} - 1") for change in changes]
    listing = {"boundaries": _list(boundaries), "values": _list(values)}
    return _made("PiecewiseConstantDecay", **listing).but(notes=("keras_boundary",))


def _list(items: list[Code] | list[float] | list[Code | float]) -> Code:
    return Code(f"[{', '.join(map(str, items))}]")


def _decay(spec: Exponential | NaturalExponential | ExponentialDecay | Step | InverseTime) -> Piece:
    match spec:
        case Exponential() | NaturalExponential():
            steps, rate = per_steps(spec)
            made = _made("ExponentialDecay", spec.lr, decay_steps=steps, decay_rate=rate)
            return made.but(notes=("float32_power",) if steps > 1 else ())
        case Step():
            fields = {"decay_steps": spec.step_size, "decay_rate": spec.gamma, "staircase": True}
            return _made("ExponentialDecay", spec.lr, **fields)
    name = "InverseTimeDecay" if isinstance(spec, InverseTime) else "ExponentialDecay"
    steps, rate, stairs = spec.decay_steps, spec.decay_rate, spec.staircase
    return _made(name, spec.lr, decay_steps=steps, decay_rate=rate, staircase=stairs)


def late_stairs(spec: ScheduleSpec) -> bool:
    """Say whether a compiled float32 staircase would drop a step late for this stair length.

    XLA turns t / n into t * (1 / n), and where 1 / n is rounded down, n * (1 / n) may be a little less than 1.
    """
    match spec:
        case Step():
            length = spec.step_size
        case ExponentialDecay(staircase=True) | InverseTime(staircase=True):
            length = spec.decay_steps
        case _:
            return False
    stairs = np.arange(1, MAX_STEPS // length + 1)
    steps = (stairs * length).astype(np.float32)
    return bool((np.floor(steps * (np.float32(1) / np.float32(length))) < stairs).any())


def loses_digits(spec: ScheduleSpec) -> bool:
    """Say whether the formula of a library's own class goes wrong in float32, where another one does not.

    1 - t / N near the end may come out a little below 0, whose power is no number; a power over many decades enlarges
    the rounding of its exponent.
    """
    if isinstance(spec, RangeTest):
        return spec.scale == "exponential" and spec.end_lr / spec.start_lr > 1e4
    return isinstance(spec, Polynomial) and not spec.power.is_integer()


def per_steps(spec: Exponential | NaturalExponential) -> tuple[int, Code]:
    """Return a number of steps over which the rate falls to about a third, and that fall, as code.

    In float32 a factor close to 1 is rounded, and the rounding grows with every step; over many steps it does not.
    """
    per_step = -math.log(spec.gamma) if isinstance(spec, Exponential) else spec.k
    steps = min(max(1, round(1 / per_step)), 1_000_000) if per_step > 1e-6 else 1_000_000
    if isinstance(spec, NaturalExponential):
        return steps, Code(f"math.exp({-spec.k!r} * {steps})")
    return steps, Code(f"{spec.gamma!r}**{steps}") if steps > 1 else Code(repr(spec.gamma))


def _polynomial(spec: Linear | Polynomial) -> Piece:
    if isinstance(spec, Polynomial):
        lr, end, power = spec.lr, spec.end_lr, spec.power
    else:
        lr, end, power = times(spec.lr, spec.start_factor), times(spec.lr, spec.end_factor), 1.0
    return _made("PolynomialDecay", lr, decay_steps=spec.total_iters, end_learning_rate=end, power=power)


def _cosine(spec: Cosine) -> Piece:
    made = _made("CosineDecay", spec.lr, decay_steps=spec.T_max, alpha=_share(spec.eta_min, spec.lr))
    notes = ("keras_alpha",) if spec.eta_min else ()
    return made.but(until=spec.T_max + 1, notes=(*notes, "keras_cosine_holds"))


def _warmup_cosine(spec: Warmup, cosine: Cosine) -> Piece:
    made = _made(
        "CosineDecay",
        times(cosine.lr, spec.start_factor),
        decay_steps=cosine.T_max,
        alpha=_share(cosine.eta_min, cosine.lr),
        warmup_target=cosine.lr,
        warmup_steps=spec.steps,
    )
    notes = ("keras_warmup_alpha",) if cosine.eta_min else ()
    return made.but(until=spec.steps + cosine.T_max + 1, notes=("keras_warmup_steps", *notes, "keras_cosine_holds"))


def _range_test(spec: RangeTest) -> Piece:
    start, steps = spec.start_lr, spec.num_iter - 1
    if spec.scale == "linear":
        return _made("PolynomialDecay", start, decay_steps=steps, end_learning_rate=spec.end_lr, power=1.0)
    made = _made("ExponentialDecay", start, decay_steps=steps, decay_rate=Code(f"{spec.end_lr!r} / {start!r}"))
    return made.but(until=spec.num_iter, notes=("keras_range_grows",))


def _share(least: float, of: float) -> Code | float:
    return Code(f"{least!r} / {of!r}") if least else 0.0


def _made(name: str, initial: object = None, **named: object) -> Piece:
    first = {} if initial is None else {"initial_learning_rate": initial}
    return Piece(call(f"{_SCHEDULES}.{name}", **first, **named))


def code(made: Piece, note: Note) -> str:
    """Return the whole snippet: the schedule, and an optimizer that takes it."""
    lines = [*comments([*made.notes, "keras_float32"], note), f"schedule = {made.expression}"]
    return assemble(made.definitions, [*lines, "optimizer = keras.optimizers.SGD(learning_rate=schedule)"])
