"""R trainings as one tensor program: they share a shape and differ in any number."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from lrviz.optimizers import RuleSpec, hyper, steps
from lrviz.spec import fields_of, kind_of
from lrviz.train import chance
from lrviz.train.batches import Orders, orders_of
from lrviz.train.layers import Pass
from lrviz.train.models import Drop
from lrviz.train.net import Net, cost, hits
from lrviz.train.parameters import column, initial, slots_of
from lrviz.train.scaling import base_of, scale
from lrviz.train.training import Training, data_of

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]
BLOCK = 32
"""Updates whose rows and masks are drawn at a time."""
MASK_NUMBERS = 4_000_000
"""Random numbers drawn at a time, at most."""


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
        self.criterion, self.images = first.criterion, first.model.images
        self.slots = slots_of(self.shapes)
        self.orders: Orders = orders_of(self.trainings, self.device)
        self.net = Net(self.shapes, self._tensor(np.zeros((len(self.trainings), self.slots[-1].end))), self.images)
        self.memory: dict[str, Tensor] = {}
        self._load_data()

    # ------------------------------------------------------------------------------------------- what is fixed

    def _tensor(self, values: Any) -> Tensor:
        return torch.as_tensor(np.asarray(values, np.float64), device=self.device).to(self.dtype)

    def _column(self, name: str) -> Tensor | float:
        """Return a number of every training as a column (R, 1); one number where all have the same."""
        values = [getattr(one, name) for one in self.trainings]
        return float(values[0]) if len(set(values)) == 1 else self._tensor(values)[:, None]

    def _load_data(self) -> None:
        tasks = list(dict.fromkeys(one.task for one in self.trainings))
        found = [data_of(task) for task in tasks]
        self.which_task = torch.tensor([tasks.index(one.task) for one in self.trainings], device=self.device)
        self.x, self.x_val = (self._tensor(np.stack(xs)) for xs in zip(*((d.x, d.x_val) for d in found), strict=True))
        self.y, self.y_val = (self._targets(ys) for ys in zip(*((d.y, d.y_val) for d in found), strict=True))
        self.classes = found[0].classes

    def _targets(self, ys: Sequence[Array]) -> Tensor:
        """Return targets as the loss wants them: classes (V, N), else numbers (V, N, outputs)."""
        y, classes = torch.as_tensor(np.stack(ys), device=self.device), data_of(self.trainings[0].task).classes
        if not classes:
            return y.to(self.dtype)[:, :, None]
        if self.criterion == "mse":
            return torch.nn.functional.one_hot(y.long(), classes).to(self.dtype)
        return y.long()

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
    def _rates(self) -> tuple[list[dict[str, Any]], Tensor | None]:
        """Return the rule's table, a dict an update, for every different row of settings, and which row a run has."""
        own = [tuple(getattr(one.optimizer, name) for name in self._swept) for one in self.trainings]
        tables = (
            [row.tobytes() for row in self.rates] if self.rates is not None else [t.schedule for t in self.trainings]
        )
        keys = list(zip(tables, own, strict=True))
        first = {key: keys.index(key) for key in dict.fromkeys(keys)}
        made = [self.rates[r] if self.rates is not None else self.trainings[r].rates() for r in first.values()]
        swept = {name: np.array([numbers[i] for _, numbers in first]) for i, name in enumerate(self._swept)}
        table = self.rule.table(hyper(self.rule, swept), np.stack(made))
        rows = [{name: self._value(v) for name, v in row.items()} for row in steps(table)]
        if len(first) == 1:
            return rows, None
        place = {key: i for i, key in enumerate(first)}
        return rows, torch.tensor([place[key] for key in keys], device=self.device)

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

    @cached_property
    def _drops(self) -> dict[int, int]:
        """The units of every dropout layer, by its index; none where no run drops any."""
        shares = [getattr(one.model, "dropout", 0.0) for one in self.trainings]
        return {i: s.units for i, s in enumerate(self.shapes) if isinstance(s, Drop)} if any(shares) else {}

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
        losses = [self._block(min(BLOCK, count - done)) for done in range(0, count, BLOCK)]
        return np.concatenate(losses) if losses else np.empty((0, len(self.trainings)))

    def _block(self, count: int) -> Array:
        rows = self.orders.drawn(self.step, count)
        losses = torch.empty(count, len(self.trainings), dtype=self.dtype, device=self.device)
        masks = self._masks(count, rows.index.shape[2])
        for k in range(count):
            share = None if rows.full[k] else self._mine(rows.share[k])[..., None].to(self.dtype)
            x, y = self._batch(rows.index[k])
            losses[k] = self._update(x, y, Pass(True, share, masks[k]))
        return self._noted(losses)

    def _noted(self, losses: Tensor) -> Array:
        """Note the first bad update of every run; return the losses."""
        found = losses.double().cpu().numpy()
        broken = ~np.isfinite(found)
        first = self.step - len(found) + broken.argmax(0)
        self.bad = np.where((self.bad < 0) & broken.any(0), first, self.bad)
        return found

    def _mine(self, values: Tensor) -> Tensor:
        """Return what belongs to each run's order of rows, (C, ..) -> (R, ..); one for all where there is one order."""
        return values if len(values) == 1 else values[self.orders.which]

    def _batch(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows of one update, (R, B, F), and their targets (R or 1, B, ..): index (C, B)."""
        runs = len(self.trainings)
        if len(self.x) == 1:
            x, y = self._mine(self.x[0][index]), self._mine(self.y[0][index])
        else:
            mine = self._mine(index).expand(runs, -1)
            x, y = self.x[self.which_task[:, None], mine], self.y[self.which_task[:, None], mine]
        return x.expand(runs, -1, -1), y

    def _masks(self, count: int, width: int) -> list[dict[int, Tensor]]:
        """Return what each dropout layer multiplies by in each of `count` updates."""
        if not self._drops:
            return [{}] * count
        shares = self._tensor([getattr(one.model, "dropout", 0.0) for one in self.trainings])[:, None, None]
        seeds, which = self._seeds
        out: list[dict[int, Tensor]] = [{} for _ in range(count)]
        for index, units in self._drops.items():
            numbers = width * units
            at_once = max(1, MASK_NUMBERS // (numbers * len(seeds)))
            for begin in range(0, count, at_once):
                now = torch.arange(begin, min(begin + at_once, count), device=self.device)
                drawn = chance.uniform(seeds, chance.DROP + index, self.step + now, numbers)
                for k, one in zip(now.tolist(), drawn, strict=True):
                    kept = one.view(len(seeds), -1, units)[which] >= shares
                    out[k][index] = kept / (1 - shares)
        return out

    @cached_property
    def _seeds(self) -> tuple[Tensor, Tensor]:
        seeds = torch.tensor([one.seed for one in self.trainings], device=self.device)
        return torch.unique(seeds, return_inverse=True)

    def _update(self, x: Tensor, y: Tensor, now: Pass) -> Tensor:
        """Make one update of every run; return the mean loss of its batch, (R,)."""
        share: Tensor | float = 1 / x.shape[1] if now.share is None else now.share
        found = cost(self.net.forward(x, now), y, self.criterion, share)
        self.net.backward(found.gradient)
        self._step()
        return found.rows.mean(1) if now.share is None else (found.rows * now.share.squeeze(2)).sum(1)

    def _now(self, step: int) -> dict[str, Any]:
        """Return the table's values of one update: numbers, or columns (R, 1)."""
        rows, which = self._rates
        return rows[step] if which is None else {name: _of(value, which) for name, value in rows[step].items()}

    @property
    def rate(self) -> float:
        """The rate of the first run's last update, or its first one's before that."""
        lr = self._now(max(self.step - 1, 0))["lr"]
        return float(lr[0]) if isinstance(lr, Tensor) else lr

    def _step(self) -> None:
        theta, grad, c = self.net.theta, self.net.grad, self._now(self.step)
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
        train, val = self._judged(self.x, self.y), self._judged(self.x_val, self.y_val)
        self.net.theta.copy_(held)
        return Judged(self.step, *train, *val)

    def _judged(self, x: Tensor, y: Tensor) -> tuple[Array, Array]:
        x, y = (v.expand(len(self.trainings), *v.shape[1:]) if len(v) == 1 else v[self.which_task] for v in (x, y))
        said = self.net.forward(x, Pass())
        loss = cost(said, y, self.criterion, 1.0).rows.mean(1)
        if not self.classes:
            return _numpy(loss), np.full(len(loss), np.nan)
        right = hits(said, y if y.ndim == 2 else y.argmax(2)).to(self.dtype).mean(1)
        return _numpy(loss), _numpy(right)

    @torch.inference_mode()
    def says(self, x: Array) -> Array:
        """Return what the nets say of other rows: (N, F) -> (R, N, outputs)."""
        rows = self._tensor(x).expand(len(self.trainings), *x.shape)
        return _numpy(self.net.forward(rows, Pass()))


def _of(value: Any, which: Tensor) -> Any:
    return value if isinstance(value, float) else value[which]


def _numpy(values: Tensor) -> Array:
    return values.detach().cpu().numpy().copy()
