"""Schedules as PyTorch writes them: its own scheduler where there is one, else LambdaLR."""

from typing import cast

from lrviz.export.dialect import PYTHON
from lrviz.export.formulas import as_function
from lrviz.export.snippet import Code, Namer, Note, Piece, assemble, call, comments, joined_until, listed, shortest
from lrviz.schedules import (
    Constant,
    Cosine,
    CosineCycle,
    Cyclic,
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
from lrviz.schedules.compose import chains

_OPTIMIZER = Code("optimizer")


def piece(spec: ScheduleSpec) -> Piece:
    """Return a schedule as PyTorch writes it."""
    return own(spec) or _as_lambda(spec)


def _as_lambda(spec: ScheduleSpec) -> Piece:
    made = as_function(spec, PYTHON, Namer())
    reason = _REASONS.get(type(spec), "torch_no_class")
    if isinstance(spec, Warmup):
        reason = "torch_warmup_from_zero" if spec.shape == "linear" and spec.start_factor == 0 else "torch_warmup_other"
    expression = _scheduler("LambdaLR", made.expression)
    return made.but(expression=expression, notes=(reason, "torch_lambda_lr"))


_REASONS = {
    Polynomial: "torch_polynomial_zero",
    CosineCycle: "torch_cosine_cycle",
    Sequence: "torch_sequence_other",
    Product: "torch_product_other",
}


def own(spec: ScheduleSpec) -> Piece | None:
    """Return a schedule as PyTorch's own scheduler, or None where it has none that is equal."""
    match spec:
        case Warmup():
            return _warmup(spec)
        case Sequence():
            return _sequence(spec)
        case Product():
            return _product(spec)
        case Cyclic() | OneCycle() | RangeTest():
            return _sweep(spec)
        case _:
            return _plain(spec)


def _plain(spec: ScheduleSpec) -> Piece | None:
    """Return the schedulers that take their rate from the optimizer."""
    match spec:
        case Constant():
            return _made(spec.lr, "ConstantLR", factor=1.0)
        case ReducedStart():
            return _made(spec.lr, "ConstantLR", factor=spec.factor, total_iters=spec.total_iters)
        case Linear():
            start, end = spec.start_factor, spec.end_factor
            return _made(spec.lr, "LinearLR", start_factor=start, end_factor=end, total_iters=spec.total_iters)
        case Polynomial(end_lr=0.0):
            return _made(spec.lr, "PolynomialLR", total_iters=spec.total_iters, power=spec.power)
        case Step():
            return _made(spec.lr, "StepLR", step_size=spec.step_size, gamma=spec.gamma)
        case MultiStep():
            return _made(spec.lr, "MultiStepLR", milestones=list(spec.milestones), gamma=spec.gamma)
        case Exponential():
            return _made(spec.lr, "ExponentialLR", gamma=spec.gamma)
        case ExponentialDecay(staircase=True):
            return _made(spec.lr, "StepLR", step_size=spec.decay_steps, gamma=spec.decay_rate)
        case ExponentialDecay():
            return _made(spec.lr, "ExponentialLR", gamma=Code(f"{spec.decay_rate!r} ** (1 / {spec.decay_steps})"))
        case NaturalExponential():
            return _made(spec.lr, "ExponentialLR", gamma=Code(f"math.exp({-spec.k!r})"))
        case Cosine():
            made = _made(spec.lr, "CosineAnnealingLR", T_max=spec.T_max, eta_min=spec.eta_min)
            if spec.eta_min == 0:
                return made.but(notes=("torch_cosine_rises",))
            # The step up from T_max multiplies what rounding left of rate - eta_min; of 0 it leaves nothing.
            return made.but(until=spec.T_max + 1, notes=("torch_cosine_rises", "torch_cosine_drifts"))
        case CosineCycle(min_lr=0.0):
            return _made(spec.max_lr, "CosineAnnealingLR", T_max=spec.step_size)
        case WarmRestarts():
            name, eta_min = "CosineAnnealingWarmRestarts", spec.eta_min
            return _made(spec.lr, name, T_0=spec.T_0, T_mult=spec.T_mult, eta_min=eta_min)
    return None


def _sweep(spec: Cyclic | OneCycle | RangeTest) -> Piece | None:
    """Return the schedulers that set the optimizer's rate themselves, or stop."""
    match spec:
        case Cyclic():
            fields = spec.model_dump(exclude={"kind"} if spec.mode == "exp_range" else {"kind", "gamma"})
            made = _made(spec.base_lr, "CyclicLR", **fields, cycle_momentum=False)
            return made.but(until=_overflow(spec), notes=("torch_cycle_momentum",))
        case OneCycle():
            made = _made(spec.base, "OneCycleLR", **spec.model_dump(exclude={"kind"}), cycle_momentum=False)
            return made.but(until=spec.total_steps + 1, notes=("torch_cycle_momentum", "torch_one_cycle_end"))
        case RangeTest(scale="exponential"):
            gamma = Code(f"({spec.end_lr!r} / {spec.start_lr!r}) ** (1 / {spec.num_iter - 1})")
            made = _made(spec.start_lr, "ExponentialLR", gamma=gamma)
            return made.but(until=spec.num_iter, notes=("torch_range_grows",))
    share = Code(f"{spec.start_lr!r} / {spec.end_lr!r}")
    return _made(spec.end_lr, "LinearLR", start_factor=share, end_factor=1.0, total_iters=spec.num_iter - 1)


def _overflow(spec: Cyclic) -> int | None:
    """Return the step at which triangular2 raises: PyTorch divides by 2.0 to the power of the cycles that are over."""
    return 1024 * (spec.step_size_up + spec.step_size_down) if spec.mode == "triangular2" else None


def _warmup(spec: Warmup) -> Piece | None:
    after = _plain(cast(ScheduleSpec, spec.then))
    if after is None or spec.shape != "linear" or spec.start_factor == 0 or spec.base != after.lr:
        return None
    rise = _scheduler("LinearLR", start_factor=spec.start_factor, end_factor=1.0, total_iters=spec.steps)
    until = joined_until((0, spec.steps), (None, after.until))
    return after.but(expression=_joined([rise, after.expression], (spec.steps,)), until=until)


def _sequence(spec: Sequence) -> Piece | None:
    parts = [_plain(cast(ScheduleSpec, part)) for part in spec.parts]
    made = [part for part in parts if part is not None]
    if len(made) < len(parts) or len({part.lr for part in made}) > 1:
        return None
    until = joined_until((0, *spec.milestones), [part.until for part in made])
    notes = tuple(key for part in made for key in part.notes)
    expression = _joined([part.expression for part in made], spec.milestones)
    return Piece(expression, until, notes, lr=made[0].lr)


def _product(spec: Product) -> Piece | None:
    made = [_plain(part) for part in spec.parts if chains(part)]
    parts = [part for part in made if part is not None]
    if len(parts) < len(spec.parts):
        return None
    until = shortest(part.T_max + 1 for part in spec.parts if isinstance(part, Cosine))
    expression = call("lr_scheduler.ChainedScheduler", listed(part.expression for part in parts))
    return Piece(expression, until, ("torch_chain_zero",) if until else (), lr=parts[0].lr)


def _scheduler(name: str, *positional: object, **named: object) -> Code:
    return call(f"lr_scheduler.{name}", _OPTIMIZER, *positional, **named)


def _made(lr: float, name: str, **named: object) -> Piece:
    return Piece(_scheduler(name, **named), lr=lr)


def _joined(schedulers: list[Code], milestones: tuple[int, ...]) -> Code:
    return _scheduler("SequentialLR", schedulers=listed(schedulers), milestones=list(milestones))


def optimizer_lines(lr: float) -> list[str]:
    """Return the lines that make an optimizer with a rate, over a model that stands for the reader's own."""
    return ["model = torch.nn.Linear(1, 1)", f"optimizer = torch.optim.SGD(model.parameters(), lr={lr!r})"]


def code(made: Piece, note: Note) -> str:
    """Return the whole snippet: a model, its optimizer, the scheduler."""
    lines = [*optimizer_lines(made.lr), *comments(made.notes, note), f"scheduler = {made.expression}"]
    return assemble(made.definitions, [*lines, *comments(["torch_step"], note)])
