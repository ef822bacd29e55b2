"""What a recommendation is: a schedule or an optimizer of the house with values to start from."""

from collections.abc import Callable, Mapping
from typing import Any

from lrviz.guide.scene import GuideScene
from lrviz.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, RMSprop, Rule
from lrviz.schedules import Plateau
from lrviz.schedules.compose import Schedule, Warmup
from lrviz.schedules.cycles import Cyclic, OneCycle, WarmRestarts
from lrviz.schedules.decays import Exponential, InverseSqrt, Step
from lrviz.schedules.ramps import WSD, Constant, Cosine, Linear

STEPS: Mapping[str, int] = {"little": 1_000, "medium": 10_000, "much": 100_000}
"""How many updates a reader's run is taken to have, by the amount of data."""
OPTIMIZERS: Mapping[str, Rule] = {
    "sgd": SGD(), "momentum": Momentum(), "adam": Adam(), "adamw": AdamW(), "adagrad": Adagrad(), "rmsprop": RMSprop(),
}  # fmt: skip
RATES: Mapping[str, float] = {
    "sgd": 0.1, "momentum": 0.05, "adam": 1e-3, "adamw": 1e-3, "adagrad": 0.03, "rmsprop": 1e-3,
}  # fmt: skip
"""A rate to start from, by the optimizer."""
GENTLER = 0.02
"""A pre-trained model gets so much of it: 2e-5 with AdamW."""
HIGHER: Mapping[str, int] = {"one_cycle": 3, "cyclic": 3}
"""The peak of a cycle may be so many times a constant rate."""
WARM = 0.05
"""The share of a run that a warmup takes."""


def _warm(steps: int) -> int:
    return max(2, round(WARM * steps))


def _one_cycle(lr: float, steps: int) -> Schedule:
    return OneCycle(max_lr=lr, total_steps=max(steps, 4))


def _cyclic(lr: float, steps: int) -> Schedule:
    half = max(1, steps // 8)
    return Cyclic(base_lr=lr / 10, max_lr=lr, step_size_up=half, step_size_down=half, mode="triangular2")


def _exponential(lr: float, steps: int) -> Schedule:
    return Exponential(lr=lr, gamma=float(f"{0.01 ** (1 / steps):.7g}"))


def _warmup_linear(lr: float, steps: int) -> Schedule:
    warm = _warm(steps)
    return Warmup(steps=warm, then=Linear(lr=lr, end_factor=0.0, total_iters=steps - warm))


def _warmup_cosine(lr: float, steps: int) -> Schedule:
    warm = _warm(steps)
    return Warmup(steps=warm, then=Cosine(lr=lr, T_max=steps - warm))


def _wsd(lr: float, steps: int) -> Schedule:
    warm, decay = _warm(steps), max(1, steps // 5)
    return WSD(lr=lr, warmup=warm, stable=steps - warm - decay, decay=decay)


RECIPES: Mapping[str, Callable[[float, int], Schedule]] = {
    "one_cycle": _one_cycle,
    "cyclic": _cyclic,
    "step": lambda lr, steps: Step(lr=lr, step_size=max(1, -(-steps // 3)), gamma=0.1),
    "exponential": _exponential,
    "cosine": lambda lr, steps: Cosine(lr=lr, T_max=steps),
    "linear": lambda lr, steps: Linear(lr=lr, end_factor=0.0, total_iters=steps),
    "warm_restarts": lambda lr, steps: WarmRestarts(lr=lr, T_0=max(1, -(-steps // 7)), T_mult=2),
    "warmup_linear": _warmup_linear,
    "warmup_cosine": _warmup_cosine,
    "inverse_sqrt": lambda lr, steps: InverseSqrt(lr=lr, warmup_steps=_warm(steps), timescale=_warm(steps)),
    "wsd": _wsd,
    "constant": lambda lr, steps: Constant(lr=lr),
}
"""Every schedule that is known before the run, from its largest rate and the length of the run."""


def rate_of(scene: GuideScene, optimizer: str) -> float:
    """Return a constant rate to start from."""
    return _round(RATES[optimizer] * (GENTLER if scene.model == "fine_tune" else 1))


def start_of(name: str, scene: GuideScene, optimizer: str) -> Schedule | Plateau:
    """Return a recommended schedule with values to start from, over a run as long as the reader's."""
    rate = rate_of(scene, optimizer)
    if name == "plateau":
        return Plateau(lr=rate, factor=0.1, patience=10 if scene.loss == "noisy" else 5)
    return RECIPES[name](_round(rate * HIGHER.get(name, 1)), STEPS[scene.amount])


def _round(rate: float) -> float:
    return float(f"{rate:.2g}")


def settings(schedule: Any) -> dict[str, Any]:
    """Return what a reader would type for it, by PyTorch's names: its own fields, and those of what it leads into."""
    if isinstance(schedule, Warmup):
        return {"warmup": schedule.steps} | settings(schedule.then)
    fields = type(schedule).model_fields
    chosen = {name: getattr(schedule, name) for name in fields if name in SAID}
    return {name: value for name, value in chosen.items() if name != "mode" or value != fields[name].default}


SAID = frozenset({
    "lr", "max_lr", "base_lr", "total_steps", "total_iters", "step_size", "step_size_up", "gamma", "T_max", "T_0",
    "T_mult", "warmup_steps", "warmup", "stable", "decay", "factor", "patience", "mode",
})  # fmt: skip
"""The settings that a reader has to choose; the others stay as they are by default."""
