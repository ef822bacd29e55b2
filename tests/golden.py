"""Numbers recorded from the real libraries (golden.json, with their versions), and what here should give them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrviz.schedules import (
    REX,
    WSD,
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    ExponentialDecay,
    InverseSqrt,
    InverseTime,
    Linear,
    MultiStep,
    NaturalExponential,
    Noam,
    OneCycle,
    Polynomial,
    Product,
    ReducedStart,
    Sequence,
    Step,
    Tanh,
    WarmRestarts,
    Warmup,
)
from lrviz.schedules.base import ScheduleSpec

RECORDED: Mapping[str, Any] = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))
FLOAT32 = 2e-6
"""Relative; Keras and Optax compute their schedules in float32."""


@dataclass(frozen=True)
class Golden:
    """Which schedule a recording stands for; `first` to `last` are the steps at which the library agrees with it.

    `shift`: the library uses at step t what the schedule here uses at step t + shift.
    """

    schedule: ScheduleSpec
    last: int = 10_000
    rtol: float = 1e-12
    shift: int = 0
    first: int = 0


def _warm(then: ScheduleSpec) -> Warmup:
    """Ten steps up from 0, as Transformers, Keras, Optax and timm warm up."""
    return Warmup(steps=10, start_factor=0.0, then=then)  # type: ignore[arg-type]


def _stairs(*drops: tuple[int, float]) -> Product:
    return Product(parts=tuple(MultiStep(milestones=(at,), gamma=gamma) for at, gamma in drops))  # type: ignore[arg-type]


def _torch_warm(start: float, steps: int, at: int, then: ScheduleSpec) -> Sequence:
    return Sequence(parts=(Linear(start_factor=start, end_factor=1.0, total_iters=steps), then), milestones=(at,))  # type: ignore[arg-type]


_OLD = ReducedStart(factor=0.1, total_iters=2)
_WARM_COSINE = _warm(Cosine(T_max=90))
_SQRT_COOLDOWN = WSD(warmup=10, stable=70, decay=20, shape="1-sqrt")

GOLDEN: Mapping[str, Golden] = {
    "StepLR(50,.5)": Golden(Step(step_size=50, gamma=0.5)),
    "MultiStepLR([50,125,160],.5)": Golden(MultiStep(milestones=(50, 125, 160), gamma=0.5)),
    "ExponentialLR(.95)": Golden(Exponential(gamma=0.95)),
    "CosineAnnealingLR(30)": Golden(Cosine(T_max=30)),
    "OneCycleLR default(cos,2-phase)": Golden(OneCycle(total_steps=1000)),
    "OneCycleLR linear": Golden(OneCycle(total_steps=1000, anneal_strategy="linear")),
    "OneCycleLR three_phase cos": Golden(OneCycle(total_steps=1000, three_phase=True)),
    "OneCycleLR three_phase linear": Golden(OneCycle(total_steps=1000, three_phase=True, anneal_strategy="linear")),
    "CyclicLR triangular": Golden(Cyclic(base_lr=0.001, max_lr=0.006, step_size_up=2000, step_size_down=2000)),
    "CyclicLR triangular2": Golden(
        Cyclic(base_lr=0.001, max_lr=0.006, step_size_up=2000, step_size_down=2000, mode="triangular2")
    ),
    "CyclicLR exp_range": Golden(
        Cyclic(base_lr=0.001, max_lr=0.006, step_size_up=2000, step_size_down=2000, mode="exp_range", gamma=0.99994)
    ),
    "ConstantLR()": Golden(ReducedStart(total_iters=5)),
    "LinearLR()": Golden(Linear(start_factor=1 / 3, end_factor=1.0, total_iters=5)),
    "LinearLR(.1,1,total_iters=10)": Golden(Linear(start_factor=0.1, end_factor=1.0, total_iters=10)),
    "PolynomialLR(total_iters=10,power=2)": Golden(Polynomial(total_iters=10)),
    "CosineAnnealingWarmRestarts(10,2)": Golden(WarmRestarts(T_0=10, T_mult=2)),
    "SequentialLR([LinearLR(.1,1,5),CosineAnnealingLR(10)],[5])": Golden(_torch_warm(0.1, 5, 5, Cosine(T_max=10))),
    "SequentialLR([ConstantLR(.1,2),ExponentialLR(.9)],[2])": Golden(
        Sequence(parts=(_OLD, Exponential(gamma=0.9)), milestones=(2,))
    ),
    "SequentialLR([LinearLR(.1,1,5),StepLR(3,.5)],[5])": Golden(_torch_warm(0.1, 5, 5, Step(step_size=3, gamma=0.5))),
    "SequentialLR([LinearLR(.1,1,5),ExponentialLR(.9)],[3])": Golden(_torch_warm(0.1, 5, 3, Exponential(gamma=0.9))),
    "ChainedScheduler([ConstantLR(.1,2),ExponentialLR(.9)])": Golden(Product(parts=(_OLD, Exponential(gamma=0.9)))),
    "ChainedScheduler([LinearLR(.1,1,5),CosineAnnealingLR(10)])": Golden(
        Product(parts=(Linear(start_factor=0.1, end_factor=1.0, total_iters=5), Cosine(T_max=10)))
    ),
    "torch.LinearLR(1/3,1,T)": Golden(Linear(start_factor=1 / 3, end_factor=1.0, total_iters=100)),
    "torch.LinearLR(1,0,T)": Golden(Linear(end_factor=0.0, total_iters=100)),
    "torch.PolynomialLR(T,2)": Golden(Polynomial(total_iters=100)),
    "torch.CosineAnnealingLR(T)": Golden(Cosine(T_max=100)),
    "torch.CosineAnnealingWarmRestarts(25,2)": Golden(WarmRestarts(T_0=25, T_mult=2)),
    "torch.SequentialLR[Linear(.01,1,W),Cosine(T-W)]": Golden(Warmup(steps=10, then=Cosine(T_max=90))),
    "torch.OneCycleLR(T)": Golden(OneCycle(total_steps=100)),
    "transformers.linear": Golden(_warm(Linear(end_factor=0.0, total_iters=90))),
    "transformers.cosine": Golden(_WARM_COSINE),
    "transformers.cosine{'num_cycles': 1.5}": Golden(_warm(Cosine(T_max=30))),
    "transformers.cosine_with_restarts{'num_cycles': 2}": Golden(_warm(WarmRestarts(T_0=45, T_mult=1)), last=99),
    "transformers.polynomial": Golden(_warm(Polynomial(total_iters=90, power=1.0, end_lr=1e-7))),
    "transformers.polynomial{'power': 2.0}": Golden(_warm(Polynomial(total_iters=90, end_lr=1e-7))),
    "transformers.constant": Golden(Constant()),
    "transformers.constant_with_warmup": Golden(_warm(Constant())),
    "transformers.inverse_sqrt": Golden(InverseSqrt(warmup_steps=10, timescale=10)),
    "transformers.inverse_sqrt{'timescale': 100}": Golden(InverseSqrt(warmup_steps=10, timescale=100)),
    "transformers.cosine_with_min_lr{'min_lr': 0.01}": Golden(_warm(Cosine(T_max=90, eta_min=0.01)), first=10),
    "transformers.cosine_warmup_with_min_lr{'min_lr': 0.01}": Golden(_warm(Cosine(T_max=90, eta_min=0.01)), shift=1),
    "transformers.warmup_stable_decay{'num_decay_steps': 20}": Golden(
        WSD(warmup=10, stable=70, decay=20, shape="cosine")
    ),
    "transformers.warmup_stable_decay{'num_decay_steps': 20, 'decay_type': '1-sqrt'}": Golden(_SQRT_COOLDOWN),
    "transformers.warmup_stable_decay{'num_decay_steps': 20, 'decay_type': 'linear', 'min_lr_ratio': 0.1}": Golden(
        WSD(warmup=10, stable=70, decay=20, shape="linear", min_ratio=0.1)
    ),
    "timm.Cosine(T)": Golden(Cosine(T_max=100), last=100),
    "timm.Cosine(T-W,warmup_t=W,warmup_prefix)": Golden(_WARM_COSINE, last=100),
    "timm.Tanh(T)": Golden(Tanh(total_steps=100)),
    "timm.Poly(T)": Golden(Polynomial(total_iters=100, power=0.5)),
    "timm.Step(30,.1)": Golden(Step(step_size=30, gamma=0.1)),
    "timm.MultiStep([50,99],.1)": Golden(MultiStep(milestones=(50, 99), gamma=0.1), shift=1),
    "timm.WSD(T-W,decay_t=20,warmup_t=W)": Golden(_SQRT_COOLDOWN),
    "keras.ExponentialDecay(T,.1)": Golden(ExponentialDecay(decay_rate=0.1, decay_steps=100), rtol=FLOAT32),
    "keras.ExponentialDecay(25,.5,staircase)": Golden(
        ExponentialDecay(decay_rate=0.5, decay_steps=25, staircase=True), rtol=FLOAT32
    ),
    "keras.PiecewiseConstantDecay([10,50],[.1,.05,.01])": Golden(
        _stairs((10, 0.5), (50, 0.2)), rtol=FLOAT32, shift=-1, first=1
    ),
    "keras.PolynomialDecay(T)": Golden(Polynomial(total_iters=100, power=1.0, end_lr=1e-4), rtol=FLOAT32),
    "keras.InverseTimeDecay(10,1)": Golden(InverseTime(decay_rate=1.0, decay_steps=10), rtol=FLOAT32),
    "keras.InverseTimeDecay(10,1,staircase)": Golden(
        InverseTime(decay_rate=1.0, decay_steps=10, staircase=True), rtol=FLOAT32
    ),
    "keras.CosineDecay(T)": Golden(Cosine(T_max=100), last=100, rtol=FLOAT32),
    "keras.CosineDecay(0,T-W,warmup_target=.1,warmup_steps=W)": Golden(_WARM_COSINE, last=100, rtol=FLOAT32),
    "keras.CosineDecayRestarts(25)": Golden(WarmRestarts(T_0=25, T_mult=2), rtol=FLOAT32),
    "optax.linear_schedule(.1,0,T)": Golden(Linear(end_factor=0.0, total_iters=100), rtol=FLOAT32),
    "optax.polynomial_schedule(.1,0,2,T)": Golden(Polynomial(total_iters=100), rtol=FLOAT32),
    "optax.exponential_decay(.1,T,.1)": Golden(ExponentialDecay(decay_rate=0.1, decay_steps=100), rtol=FLOAT32),
    "optax.exponential_decay(25,.5,staircase)": Golden(
        ExponentialDecay(decay_rate=0.5, decay_steps=25, staircase=True), rtol=FLOAT32
    ),
    "optax.piecewise_constant({10:.5,50:.2})": Golden(_stairs((10, 0.5), (50, 0.2)), rtol=FLOAT32),
    "optax.cosine_decay(T)": Golden(Cosine(T_max=100), last=100, rtol=FLOAT32),
    "optax.warmup_cosine_decay(0,.1,W,T)": Golden(_WARM_COSINE, last=100, rtol=FLOAT32),
    "optax.warmup_exponential_decay(0,.1,W,T,.1)": Golden(
        _warm(ExponentialDecay(decay_rate=0.1, decay_steps=100)), rtol=FLOAT32
    ),
    "optax.warmup_constant(0,.1,W)": Golden(_warm(Constant()), rtol=FLOAT32),
    "po.REX(T,.1)": Golden(REX(total_steps=100), first=1),
    "po.wsd(10,70,20)": Golden(_SQRT_COOLDOWN),
    "formula.noam(d=512,W) * 1": Golden(Noam(d_model=512, warmup_steps=10)),
    "formula.REX(T)": Golden(REX(total_steps=100)),
    "formula.natural_exp .1*exp(-.05t)": Golden(NaturalExponential(k=0.05)),
}
