"""Every schedule's formula as a Python function, written once and translated for each library."""

import ast
from collections.abc import Callable, Mapping
from typing import Any, cast

from lrviz import formula
from lrviz.export.dialect import NUMPY, PYTHON, Dialect, typed
from lrviz.export.snippet import Code, Namer, Piece, function
from lrviz.schedules import (
    WSD,
    Cyclic,
    ExponentialDecay,
    Formula,
    InverseTime,
    OneCycle,
    Points,
    Product,
    RangeTest,
    Sequence,
    WarmRestarts,
    Warmup,
)
from lrviz.schedules.base import ScheduleSpec
from lrviz.spec import MAX_STEPS, fields_of, kind_of

# Shapes are chosen to stay accurate in float32: powers fall towards the larger end, waves take a remainder first.
PLAIN: Mapping[str, str] = {
    "constant": "return lr",
    "reduced_start": "return where(t < total_iters, lr * factor, lr)",
    "linear": "p = min(t, total_iters) / total_iters\nreturn lr * (start_factor + (end_factor - start_factor) * p)",
    "polynomial": (
        "left = (total_iters - min(t, total_iters)) / total_iters\nreturn (lr - end_lr) * left**power + end_lr"
    ),
    "step": "return lr * power(gamma, t // step_size)",
    "exponential": "return lr * power(gamma, t)",
    "natural_exponential": "return lr * exp(-k * t)",
    "cosine": "p = t % (2 * T_max) / T_max\nreturn eta_min + (lr - eta_min) * (1 + cos(pi * p)) / 2",
    "cosine_cycle": "p = t % (2 * step_size) / step_size\nreturn min_lr + (max_lr - min_lr) * (1 + cos(pi * p)) / 2",
    "inverse_sqrt": (
        "past = max(t - warmup_steps, 0)\n"
        "fall = lr / sqrt((past + timescale) / timescale)\n"
        "return where(t < warmup_steps, lr * t / warmup_steps, fall)"
    ),
    "noam": "n = t + 1\nreturn factor * d_model**-0.5 * min(n**-0.5, n * warmup_steps**-1.5)",
    "rex": ("t = min(t, total_steps)\nreturn min_lr + (lr - min_lr) * (total_steps - t) / (total_steps - t / 2)"),
    "tanh": (
        "p = t / total_steps\n"
        "slide = eta_min + (lr - eta_min) * (1 - tanh(lb * (1 - p) + ub * p)) / 2\n"
        "return where(t < total_steps, slide, eta_min)"
    ),
    "multi_step": (
        "passed = 0\nfor milestone in milestones:\n    passed = passed + where(t >= milestone, 1, 0)\n"
        "return lr * power(gamma, passed)"
    ),
}


def _exponential_decay(spec: ExponentialDecay, dialect: Dialect) -> str:
    return f"return lr * power(decay_rate, t {'//' if spec.staircase else '/'} decay_steps)"


def _inverse_time(spec: InverseTime, dialect: Dialect) -> str:
    return f"return lr / (1 + decay_rate * {'(t // decay_steps)' if spec.staircase else 't / decay_steps'})"


def _range_test(spec: RangeTest, dialect: Dialect) -> str:
    left = "left = max(num_iter - 1 - t, 0) / (num_iter - 1)\n"
    if spec.scale == "linear":
        return f"{left}return end_lr + (start_lr - end_lr) * left"
    return f"{left}return end_lr * power(start_lr / end_lr, left)"


_COOLDOWN = {"linear": "1 - q", "cosine": "(1 + cos(pi * q)) / 2", "1-sqrt": "1 - sqrt(q)"}


def _wsd(spec: WSD, dialect: Dialect) -> str:
    return (
        "q = clip((t - warmup - stable) / decay, 0, 1)\n"
        f"share = where(t < warmup, t / warmup, {_COOLDOWN[spec.shape]})\n"
        "return lr * (share * (1 - min_ratio) + min_ratio)"
    )


def _cyclic(spec: Cyclic, dialect: Dialect) -> str:
    scale = {"triangular": "", "triangular2": " * 0.5 ** (t // total)", "exp_range": " * power(gamma, t)"}[spec.mode]
    return (
        "total = step_size_up + step_size_down\n"
        "x = t % total\n"
        "rise, fall = x / step_size_up, (total - x) / step_size_down\n"
        "height = where(x <= step_size_up, rise, fall)\n"
        f"return base_lr + (max_lr - base_lr) * height{scale}"
    )


def _warm_restarts(spec: WarmRestarts, dialect: Dialect) -> str:
    if spec.T_mult == 1:
        count, done = "", "t % T_0 / T_0"
    elif dialect.scalar:
        count, done = "T_i = T_0\nwhile t >= T_i:\n    t, T_i = t - T_i, T_i * T_mult\n", "t / T_i"
    else:
        count = (
            f"T_i = T_0\nfor _ in range({_cycles(spec)}):\n"
            "    over = t >= T_i\n    t, T_i = where(over, t - T_i, t), where(over, T_i * T_mult, T_i)\n"
        )
        done = "t / T_i"
    return f"{count}return eta_min + (lr - eta_min) * (1 + cos(pi * ({done}))) / 2"


def _cycles(spec: WarmRestarts) -> int:
    """Return how many cycles may end within the longest run."""
    length, start, count = spec.T_0, 0, 0
    while start + length <= MAX_STEPS:
        start, length, count = start + length, length * spec.T_mult, count + 1
    return max(count, 1)


def _one_cycle(spec: OneCycle, dialect: Dialect) -> str:
    def between(start: str, stop: str, done: str) -> str:
        eased = done if spec.anneal_strategy == "linear" else f"(1 - cos(pi * {done})) / 2"
        return f"{start} + ({stop} - {start}) * {eased}"

    rise = (
        "low, peak, last = max_lr / div_factor, pct_start * total_steps - 1, total_steps - 1\n"
        "final = low / final_div_factor\n"
        "t = where(t > total_steps, last, t)\n"
        f"up = t / peak\nrise = {between('low', 'max_lr', 'up')}\n"
    )
    if not spec.three_phase:
        fall = f"left = (last - t) / (last - peak)\nfall = {between('final', 'max_lr', 'left')}\n"
        return f"{rise}{fall}return where(t <= peak, rise, fall)"
    return (
        f"{rise}down = up - 1\nfall = {between('max_lr', 'low', 'down')}\n"
        f"left = (last - t) / (last - 2 * peak)\ntail = {between('final', 'low', 'left')}\n"
        "return where(t <= peak, rise, where(t <= 2 * peak, fall, tail))"
    )


def _points(spec: Points, dialect: Dialect) -> str:
    if spec.interpolation == "step":
        return (
            "rate = points[0][1]\nfor step, height in points:\n    rate = where(t >= step, height, rate)\nreturn rate"
        )
    if dialect.prefix == "ops.":  # Keras has no interp
        between = "a + (b - a) * p" if spec.interpolation == "linear" else "a * power(b / a, p)"
        return (
            "rate = points[0][1]\nfor (start, a), (stop, b) in zip(points, points[1:]):\n"
            "    p = clip((t - start) / (stop - start), 0, 1)\n"
            f"    rate = where(t >= start, {between}, rate)\nreturn rate"
        )
    columns = "map(jnp.array, zip(*points))" if dialect.prefix == "jnp." else "zip(*points)"  # jnp refuses tuples
    split = f"steps, rates = {columns}\n"
    if spec.interpolation == "linear":
        return f"{split}return interp(t, steps, rates)"
    return f"{split}return exp(interp(t, steps, log(rates)))"


def _formula(spec: Formula, dialect: Dialect) -> str:
    body = typed(formula.parse(spec.expression, ("t", "T")).code({}), dialect)
    as_float = f"t = {dialect.number.format('t')}\n" if dialect.prefix != "ops." else ""  # Keras' step is one already
    return f"{as_float}return float({body})" if dialect.prefix == "np." else f"{as_float}return {body}"


_BY_KIND: Mapping[str, Callable[[Any, Dialect], str]] = {
    "exponential_decay": _exponential_decay,
    "inverse_time": _inverse_time,
    "range_test": _range_test,
    "wsd": _wsd,
    "cyclic": _cyclic,
    "warm_restarts": _warm_restarts,
    "one_cycle": _one_cycle,
    "points": _points,
    "formula": _formula,
}

_RISE = {
    "linear": "rise = start_factor + (1 - start_factor) * t / steps",
    "cosine": "rise = start_factor + (1 - start_factor) * (1 - cos(pi * t / steps)) / 2",
    "exponential": "rise = power(start_factor, max(steps - t, 0) / steps)",
}


def as_function(spec: ScheduleSpec, dialect: Dialect, names: Namer) -> Piece:
    """Return a schedule as a function of the step t, after the functions of the parts it is made of."""
    if isinstance(spec, Warmup | Sequence | Product):
        return _composed(spec, dialect, names)
    kind = kind_of(spec)
    arrays = isinstance(spec, Formula) or (isinstance(spec, Points) and spec.interpolation != "step")
    own = NUMPY if dialect is PYTHON and arrays else dialect
    body = PLAIN[kind] if kind in PLAIN else _BY_KIND[kind](spec, own)
    return _defined(spec, _settings(spec, body), body, own, names)


def _composed(spec: Warmup | Sequence | Product, dialect: Dialect, names: Namer) -> Piece:
    parts = (spec.then,) if isinstance(spec, Warmup) else spec.parts
    made = [as_function(cast(ScheduleSpec, part), dialect, names) for part in parts]
    calls = [piece.expression for piece in made]
    if isinstance(spec, Warmup):
        settings = {"steps": spec.steps, "start_factor": spec.start_factor, "peak": spec.base}
        body = f"{_RISE[spec.shape]}\nreturn where(t < steps, peak * rise, {calls[0]}(t - steps))"
    elif isinstance(spec, Sequence):
        settings = {}
        later = (
            f"rate = where(t < {at}, rate, {name}(t - {at}))\n"
            for at, name in zip(spec.milestones, calls[1:], strict=True)
        )
        body = f"rate = {calls[0]}(t)\n{''.join(later)}return rate"
    else:
        settings = {}
        body = "return " + " * ".join(f"{name}(t)" for name in calls)
        body += "".join(f" / {part.base!r}" for part in spec.parts[1:])
    last = _defined(spec, settings, body, dialect, names)
    return last.but(definitions=tuple(text for piece in made for text in piece.definitions) + last.definitions)


def _settings(spec: ScheduleSpec, body: str) -> dict[str, object]:
    """Return the fields a body uses, as the defaults of its function."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    return {name: getattr(spec, name) for name, _ in fields_of(spec) if name in used}


def _defined(spec: ScheduleSpec, settings: dict[str, object], body: str, dialect: Dialect, names: Namer) -> Piece:
    name = names.new(kind_of(spec))
    return Piece(Code(name), definitions=(function(name, settings, dialect.translate(body)),))
