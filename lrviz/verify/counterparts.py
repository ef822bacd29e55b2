"""The torch scheduler that equals a schedule, built with the same settings and stepped for real."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.optim import SGD, Optimizer
from torch.optim import lr_scheduler as torch_lr

from lrviz.schedules.base import Array, ScheduleSpec
from lrviz.schedules.compose import Product, Sequence, Warmup, chains
from lrviz.schedules.cycles import CosineCycle, Cyclic, OneCycle, WarmRestarts
from lrviz.schedules.decays import Exponential, ExponentialDecay, MultiStep, NaturalExponential, Step
from lrviz.schedules.ramps import Constant, Cosine, Linear, Polynomial, RangeTest, ReducedStart


@dataclass(frozen=True)
class Limit:
    """Equality is promised for the first `steps` steps only; `difference` names why; `raises`: torch stops there."""

    steps: int
    difference: str
    raises: bool = False


@dataclass(frozen=True)
class Counterpart:
    """A torch scheduler with a schedule's settings: its class, the optimizer's rate, how to build it, its limits."""

    name: str
    lr: float
    build: Callable[[Optimizer], torch_lr.LRScheduler]
    limits: tuple[Limit, ...] = ()

    @property
    def first_limit(self) -> Limit | None:
        """The limit that is met first."""
        return min(self.limits, key=lambda limit: limit.steps, default=None)

    @property
    def until(self) -> int | None:
        """The number of steps for which equality is promised; None: for ever."""
        return None if self.first_limit is None else self.first_limit.steps

    @property
    def difference(self) -> str | None:
        """The code of what differs afterwards."""
        return None if self.first_limit is None else self.first_limit.difference

    def reach(self, steps: int) -> int:
        """Return how many of `steps` steps torch can be stepped through without raising."""
        return min([steps, *(limit.steps for limit in self.limits if limit.raises)])

    def rates(self, steps: int) -> Array:
        """Return the rates of `steps` updates, (T,), from stepping the real scheduler; raises where torch does."""
        optimizer = optimizer_at(self.lr)
        scheduler = self.build(optimizer)
        optimizer.step()  # once, first: torch warns about a scheduler that runs ahead of its optimizer
        group, rates = optimizer.param_groups[0], np.empty(steps)
        rates[0] = group["lr"]
        for t in range(1, steps):
            scheduler.step()
            rates[t] = group["lr"]
        return rates


def counterpart(schedule: ScheduleSpec) -> Counterpart | None:
    """Return the torch scheduler that a schedule equals, or None where torch has no class for it."""
    if isinstance(schedule, Product):
        return _chained(schedule)
    pieces = _pieces(schedule, 0)
    if pieces is None:
        return None
    return pieces[0].torch if len(pieces) == 1 else _sequential(pieces)


def optimizer_at(lr: float) -> Optimizer:
    """Return the least a scheduler needs: an optimizer of one parameter, without a gradient."""
    return SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def _is(cls: type[torch_lr.LRScheduler], lr: float, *limits: Limit, **settings: Any) -> Counterpart:
    return Counterpart(cls.__name__, lr, partial(cls, **settings), limits)


def _polynomial(s: Polynomial) -> Counterpart | None:
    return _is(torch_lr.PolynomialLR, s.lr, total_iters=s.total_iters, power=s.power) if s.end_lr == 0 else None


def _exponential_decay(s: ExponentialDecay) -> Counterpart:
    if s.staircase:
        return _is(torch_lr.StepLR, s.lr, step_size=s.decay_steps, gamma=s.decay_rate)
    return _is(torch_lr.ExponentialLR, s.lr, gamma=s.decay_rate ** (1 / s.decay_steps))


def _cosine(lr: float, T_max: int, eta_min: float) -> Counterpart:
    # From the turn on torch blows up what rounding left of rate - eta_min there, by a factor of up to T_max^2.
    turn = Limit(T_max + 1, "cosine_turn_drifts")
    return _is(torch_lr.CosineAnnealingLR, lr, turn, T_max=T_max, eta_min=eta_min)


def _cyclic(s: Cyclic) -> Counterpart:
    overflow = Limit(1024 * (s.step_size_up + s.step_size_down), "cyclic_overflows", raises=True)  # torch: 2.0 ** 1024
    names = ("base_lr", "max_lr", "step_size_up", "step_size_down", "mode", "gamma")
    settings = {name: getattr(s, name) for name in names}
    limits = (overflow,) if s.mode == "triangular2" else ()
    return _is(torch_lr.CyclicLR, s.base, *limits, cycle_momentum=False, **settings)


def _one_cycle(s: OneCycle) -> Counterpart:
    end = Limit(s.total_steps + 1, "one_cycle_raises", raises=True)
    settings = {name: value for name, value in dict(s).items() if name != "kind"}
    return _is(torch_lr.OneCycleLR, s.base, end, cycle_momentum=False, **settings)


def _range_test(s: RangeTest) -> Counterpart:
    intervals = s.num_iter - 1
    if s.scale == "linear":
        return _is(torch_lr.LinearLR, s.end_lr, start_factor=s.start_lr / s.end_lr, total_iters=intervals)
    gamma = (s.end_lr / s.start_lr) ** (1 / intervals)
    return _is(torch_lr.ExponentialLR, s.start_lr, Limit(s.num_iter, "range_continues"), gamma=gamma)


_SINGLE: Mapping[type[ScheduleSpec], Callable[[Any], Counterpart | None]] = {
    Constant: lambda s: _is(torch_lr.ConstantLR, s.lr, factor=1.0),
    ReducedStart: lambda s: _is(torch_lr.ConstantLR, s.lr, factor=s.factor, total_iters=s.total_iters),
    Linear: lambda s: _is(
        torch_lr.LinearLR, s.lr, start_factor=s.start_factor, end_factor=s.end_factor, total_iters=s.total_iters
    ),
    Polynomial: _polynomial,
    Step: lambda s: _is(torch_lr.StepLR, s.lr, step_size=s.step_size, gamma=s.gamma),
    MultiStep: lambda s: _is(torch_lr.MultiStepLR, s.lr, milestones=s.milestones, gamma=s.gamma),
    Exponential: lambda s: _is(torch_lr.ExponentialLR, s.lr, gamma=s.gamma),
    ExponentialDecay: _exponential_decay,
    NaturalExponential: lambda s: _is(torch_lr.ExponentialLR, s.lr, gamma=float(np.exp(-s.k))),
    Cosine: lambda s: _cosine(s.lr, s.T_max, s.eta_min),
    CosineCycle: lambda s: _cosine(s.max_lr, s.step_size, s.min_lr),
    WarmRestarts: lambda s: _is(
        torch_lr.CosineAnnealingWarmRestarts, s.lr, T_0=s.T_0, T_mult=s.T_mult, eta_min=s.eta_min
    ),
    Cyclic: _cyclic,
    OneCycle: _one_cycle,
    RangeTest: _range_test,
}
"""The schedules that torch has a class for."""

# ------------------------------------------------------------------------------------------------- compositions


@dataclass(frozen=True)
class _Piece:
    """One scheduler of a flat SequentialLR, and the step it starts at."""

    start: int
    torch: Counterpart


def _pieces(schedule: ScheduleSpec, start: int) -> list[_Piece] | None:
    """Flatten a schedule: torch cannot start a SequentialLR or ChainedScheduler inside a SequentialLR (no get_lr)."""
    if isinstance(schedule, Warmup):
        return _warmup_pieces(schedule, start)
    if isinstance(schedule, Sequence):
        return _sequence_pieces(schedule, start)
    single = _SINGLE.get(type(schedule), lambda _: None)(schedule)
    return [_Piece(start, single)] if single else None


def _warmup_pieces(warmup: Warmup, start: int) -> list[_Piece] | None:
    then = _pieces(warmup.then, start + warmup.steps)
    if then is None or warmup.shape != "linear" or warmup.start_factor == 0:
        return None
    rise = _is(torch_lr.LinearLR, warmup.base, start_factor=warmup.start_factor, total_iters=warmup.steps)
    return [_Piece(start, rise), *then]


def _sequence_pieces(sequence: Sequence, start: int) -> list[_Piece] | None:
    starts = [start + milestone for milestone in (0, *sequence.milestones)]
    flat: list[_Piece] = []
    for part, begin, end in zip(sequence.parts, starts, [*starts[1:], None], strict=True):
        pieces = _pieces(part, begin)
        if pieces is None:
            return None
        flat += [piece for piece in pieces if end is None or piece.start < end]
    return flat


def _sequential(pieces: list[_Piece]) -> Counterpart | None:
    """Put pieces into one SequentialLR, unless its one shared "initial_lr" cannot serve them all."""
    first = pieces[0].torch.lr
    readers = [piece.torch for piece in pieces if piece.torch.name == "OneCycleLR"]  # it reads it at every step
    if len(readers) > 1 or any(not math.isclose(reader.lr, first, rel_tol=1e-14) for reader in readers):
        return None
    ends = [*(piece.start for piece in pieces[1:]), None]
    limits = [
        Limit(piece.start + limit.steps, limit.difference, limit.raises)
        for piece, end in zip(pieces, ends, strict=True)
        for limit in piece.torch.limits
        if end is None or piece.start + limit.steps < end
    ]
    return Counterpart("SequentialLR", first, partial(_build_sequence, pieces), tuple(limits))


def _build_sequence(pieces: list[_Piece], optimizer: Optimizer) -> torch_lr.SequentialLR:
    """Build the parts, each on its own base rate: "initial_lr" is where a new torch scheduler reads it."""
    group, schedulers = optimizer.param_groups[0], []
    for piece in pieces:
        group["lr"] = group["initial_lr"] = piece.torch.lr
        schedulers.append(piece.torch.build(optimizer))
    group["initial_lr"] = pieces[0].torch.lr  # the rate SequentialLR starts from
    return torch_lr.SequentialLR(optimizer, schedulers, [piece.start for piece in pieces[1:]])


def _chained(product: Product) -> Counterpart | None:
    parts = [_SINGLE[type(part)](part) for part in product.parts if chains(part)]
    found = [part for part in parts if part is not None]
    if len(found) < len(product.parts):
        return None
    # One past its T_max a chained cosine adds to the rate instead of scaling it: the other factors are gone.
    turns = [Limit(part.T_max + 1, "chained_cosine_forgets") for part in product.parts if isinstance(part, Cosine)]
    return Counterpart("ChainedScheduler", product.base, partial(_build_chain, found), tuple(turns))


def _build_chain(parts: list[Counterpart], optimizer: Optimizer) -> torch_lr.ChainedScheduler:
    return torch_lr.ChainedScheduler([part.build(optimizer) for part in parts], optimizer)
