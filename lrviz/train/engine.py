"""R trainings as one tensor program: they share a shape and differ in any number."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from lrviz.optimizers import RuleSpec, hyper
from lrviz.spec import fields_of, kind_of
from lrviz.train.feed import Block, Feed
from lrviz.train.layers import Pass
from lrviz.train.net import Criterion, Net, cost, hits, losses, worth
from lrviz.train.parameters import column, initial, slots_of
from lrviz.train.scaling import base_of, scale
from lrviz.train.training import Training, data_of

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]


def shape_of(training: Training) -> Hashable:
    """Return what trainings must have in common to run in one batch."""
    data, model, rule = data_of(training.task), training.model, training.optimizer
    settings = tuple((name, value) for name, _ in fields_of(rule) if not _is_number(value := getattr(rule, name)))
    layers = model.layers(data.features, data.outputs)
    sizes = (data.x.shape, data.x_val.shape, data.classes, training.steps, training.drop_last)
    kinds = (model.init, model.images, training.criterion, kind_of(rule), settings, training.clip_norm > 0)
    return sizes, layers, base_of(model), *kinds


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


@dataclass
class State:
    """Where R runs are: updates done, parameters (R, P), the rule's memory, running statistics, first bad updates (R,).

    All arrays are NumPy's, so that it travels between processes; -1 in `bad` stands for none.
    """

    step: int
    theta: Array
    memory: dict[str, Array]
    running: list[Array]
    bad: Array


@dataclass(frozen=True)
class Judged:
    """What R nets are worth after `step` updates: mean loss and share of right answers, (R,); NaN for none."""

    step: int
    loss: Array
    accuracy: Array
    loss_val: Array
    accuracy_val: Array


@dataclass
class Batch:
    """R trainings of one shape, ready to run on a device in a precision; `rates` (R, T) take their schedules' place."""

    trainings: Sequence[Training]
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    dtype: torch.dtype = torch.float32
    rates: Array | None = None

    def __post_init__(self) -> None:
        first = self.trainings[0]
        if len({shape_of(one) for one in self.trainings}) > 1:
            raise ValueError("trainings of one batch must have one shape")
        self.rule: RuleSpec = first.optimizer
        data = data_of(first.task)
        self.shapes = first.model.layers(data.features, data.outputs)
        self.criterion: Criterion = first.criterion
        self.images = first.model.images
        self.slots = slots_of(self.shapes)
        self.feed = Feed(self.trainings, self.shapes, self.device, self.dtype)
        self.net = Net(self.shapes, self._tensor(np.zeros((len(self.trainings), self.slots[-1].end))), self.images)
        self.memory: dict[str, Tensor] = {}

    # ------------------------------------------------------------------------------------------- what is fixed

    def _tensor(self, values: Any) -> Tensor:
        return torch.as_tensor(np.asarray(values, np.float64), device=self.device).to(self.dtype)

    def _column(self, name: str) -> Tensor | float:
        """Return a number of every training as a column (R, 1); one number where all have the same."""
        values = [getattr(one, name) for one in self.trainings]
        return float(values[0]) if len(set(values)) == 1 else self._tensor(values)[:, None]

    @cached_property
    def weights(self) -> Tensor:
        """1 for each parameter that is a weight, 0 for biases, scales and shifts, (P,)."""
        return column(self.slots, [float(slot.is_weight) for slot in self.slots], self.device).to(self.dtype)

    @cached_property
    def _scaled(self) -> tuple[Tensor, Tensor] | None:
        """What first parameters and rates are multiplied by, (P,) each; None where nothing is."""
        model, rule = self.trainings[0].model, self.rule
        if base_of(model) is None:
            return None
        last = len(self.shapes) - 1
        found = [scale(model, rule, slot.layer, slot.name, last) for slot in self.slots]
        first, rate = ([getattr(one, name) for one in found] for name in ("first", "rate"))
        return column(self.slots, first, self.device), column(self.slots, rate, self.device).to(self.dtype)

    @cached_property
    def _table(self) -> tuple[dict[str, Array], list[int]]:
        """Return the rule's table, a row (C, T) for every different row of settings, and which row each run has."""
        own = [tuple(getattr(one.optimizer, name) for name in self._swept) for one in self.trainings]
        tables = [t.schedule for t in self.trainings] if self.rates is None else [row.tobytes() for row in self.rates]
        keys = list(zip(tables, own, strict=True))
        first = {key: keys.index(key) for key in dict.fromkeys(keys)}
        made = [self.trainings[r].rates() if self.rates is None else self.rates[r] for r in first.values()]
        swept = {name: np.array([numbers[i] for _, numbers in first]) for i, name in enumerate(self._swept)}
        place = {key: i for i, key in enumerate(first)}
        return self.rule.table(hyper(self.rule, swept), np.stack(made)), [place[key] for key in keys]

    def _rows(self, begin: int, end: int) -> list[dict[str, Tensor]]:
        """Return the table's values of some updates: numbers, or columns (R, 1); as tensors, which multiply fastest."""
        table, which = self._table
        columns = [self._tensor(values[:, begin:end].T) for values in table.values()]
        mine = [values[:, which, None] if values.shape[1] > 1 else values[:, 0] for values in columns]
        return [dict(zip(table, row, strict=True)) for row in zip(*(values.unbind() for values in mine), strict=True)]

    @cached_property
    def _swept(self) -> list[str]:
        """The rule's numeric fields that are not the same in all trainings."""
        numbers = [name for name, _ in fields_of(self.rule) if _is_number(getattr(self.rule, name))]
        return [n for n in numbers if len({getattr(one.optimizer, n) for one in self.trainings}) > 1]

    def _value(self, value: Any) -> Any:
        return value if isinstance(value, float) else self._tensor(value)

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """The rule's numbers: floats, or columns (R, 1)."""
        swept = {n: np.array([getattr(one.optimizer, n) for one in self.trainings]) for n in self._swept}
        return {name: self._value(value) for name, value in hyper(self.rule, swept).items()}

    # ------------------------------------------------------------------------------------------- state

    def start(self) -> State:
        """Return the state before the first update."""
        seeds = torch.tensor([one.seed for one in self.trainings], device=self.device)
        theta = initial(self.slots, self.trainings[0].model.init, seeds)
        theta = (theta if self._scaled is None else theta * self._scaled[0]).to(self.dtype)
        memory = self.rule.init(self._settings, theta)
        running = [torch.stack([norm.mean, norm.var]) for norm in self.net.norms]
        for kept in running:
            kept[0], kept[1] = 0.0, 1.0
        return State(
            0,
            _numpy(theta),
            {n: _numpy(v) for n, v in memory.items()},
            [*map(_numpy, running)],
            np.full(len(theta), -1),
        )

    def load(self, state: State) -> None:
        """Take a state up."""
        self.step, self.bad = state.step, state.bad.copy()
        self.net.theta.copy_(torch.as_tensor(state.theta))
        self.memory = {name: torch.as_tensor(value, device=self.device) for name, value in state.memory.items()}
        for norm, kept in zip(self.net.norms, state.running, strict=True):
            norm.mean, norm.var = (torch.as_tensor(values, device=self.device).clone() for values in kept)

    def save(self) -> State:
        """Return the state as it stands."""
        running = [np.stack([_numpy(norm.mean), _numpy(norm.var)]) for norm in self.net.norms]
        memory = {name: _numpy(value) for name, value in self.memory.items()}
        return State(self.step, _numpy(self.net.theta), memory, running, self.bad.copy())

    # ------------------------------------------------------------------------------------------- updates

    @torch.inference_mode()
    def run(self, count: int) -> Array:
        """Make `count` updates; return the mean loss of each one's batch before it, (count, R)."""
        goal, found = self.step + count, [np.empty((0, len(self.trainings)))]
        while self.step < goal:
            found.append(self._some(self.feed.block(self.step), goal))
        return np.concatenate(found)

    def _some(self, block: Block, goal: int) -> Array:
        """Make the updates of a block up to `goal`."""
        begin, end = self.step - block.first, min(goal, block.end) - block.first
        shape = (end - begin, len(self.trainings), block.counts.shape[2], self.feed.outputs)
        parts, table = (
            torch.empty(shape, dtype=self.dtype, device=self.device),
            self._rows(self.step, block.first + end),
        )
        for k, part, c in zip(range(begin, end), parts, table, strict=True):
            said = self.net.forward(block.x[k], block.passes[k])
            self.net.backward(cost(said, block.y[k], self.criterion, block.share[k], part).gradient)
            self._step(c)
        return self._noted((losses(parts, self.criterion) * block.counts[begin:end]).sum(2))

    def _noted(self, found: Tensor) -> Array:
        """Note the first bad update of every run; return the losses."""
        lost = found.double().cpu().numpy()
        broken = ~np.isfinite(lost)
        first = self.step - len(lost) + broken.argmax(0)
        self.bad = np.where((self.bad < 0) & broken.any(0), first, self.bad)
        return lost

    @property
    def first_rates(self) -> Array:
        """The rate of every update of the first run, (T,)."""
        table, which = self._table
        lr = table["lr"]
        return lr[which[0] if len(lr) > 1 else 0]

    def _step(self, c: dict[str, Tensor]) -> None:
        theta, grad = self.net.theta, self.net.grad
        self._penalise(theta, grad, c["lr"])
        x, self.memory, *_ = self.rule.update(self._settings, c, theta, grad, self.memory)
        theta.copy_(x) if self._scaled is None else theta.lerp_(x, self._scaled[1])
        self.step += 1

    @cached_property
    def _penalties(self) -> dict[str, Tensor | float]:
        found = {name: self._column(name) for name in ("l1", "l2", "weight_decay", "clip_norm")}
        return {name: value for name, value in found.items() if isinstance(value, Tensor) or value}

    def _penalise(self, theta: Tensor, grad: Tensor, lr: Any) -> None:
        """Add the penalties' gradients, shorten what is too long, take the decoupled decay off."""
        for name, value in self._penalties.items():
            match name:
                case "l1":
                    grad.add_(value * self.weights * torch.sign(theta))
                case "l2":
                    grad.add_(value * self.weights * theta)
                case "clip_norm":
                    grad.mul_((value / (grad.norm(dim=1, keepdim=True) + 1e-6)).clamp(max=1))
                case "weight_decay":
                    theta.mul_(1 - lr * value * self.weights)

    # ------------------------------------------------------------------------------------------- judging

    @torch.inference_mode()
    def judge(self) -> Judged:
        """Return what the nets are worth as they stand, on all training and all validation rows."""
        held = self.net.theta.clone()
        self.net.theta.copy_(self.rule.answer(held, self.memory))
        val, train = self._judged(self.feed.x_val, self.feed.y_val), self._judged(self.feed.x, self.feed.y)
        self.net.theta.copy_(held)
        return Judged(self.step, *train, *val)

    def _judged(self, x: Tensor, y: Tensor) -> tuple[Array, Array]:
        x, y = self.feed.of_each(x), self.feed.of_each(y)
        said = self.net.forward(x, Pass())
        right = _numpy(hits(said, y).to(self.dtype).mean(1)) if self.feed.classes else np.full(len(said), np.nan)
        return _numpy(worth(said, y, self.criterion)), right

    @torch.inference_mode()
    def says(self, x: Array) -> Array:
        """Return what the nets say of other rows: (N, F) -> (R, N, outputs)."""
        rows = self._tensor(x).expand(len(self.trainings), *x.shape)
        return _numpy(self.net.forward(rows, Pass()))


def _numpy(values: Tensor) -> Array:
    return values.detach().cpu().numpy().copy()
