"""A training beside torch: its nn and autograd find the losses and gradients, its optimizer takes the same steps."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.spec import Spec
from lrviz.train import cost, reference
from lrviz.train.engine import Batch
from lrviz.train.parameters import Slot
from lrviz.train.training import Training, data_of
from lrviz.verify.answers import difference, told

Array = np.ndarray[Any, np.dtype[np.float64]]
Tensor = torch.Tensor
MOST_UPDATES = 200
SECONDS = 4.0
"""About how long the updates that are compared may take."""
CLOSE = 1e-9
"""How far apart two numbers may be, as a share of the largest of their kind so far."""


class TrainQuestion(Spec):
    """Is this training, update by update, what torch computes?"""

    kind: Literal["train_question"] = "train_question"
    training: Training = Training()


@dataclass(frozen=True)
class TrainReport:
    """The largest differences over `steps` updates, each a share of the largest number of its kind.

    `loss` of a batch, `gradient` of its loss and penalties, `weight` after the update that torch's class `torch` makes
    from the same gradient (None without such a class), `said`: what the net says of the validation rows at the end.
    """

    steps: int
    torch: str
    loss: float
    gradient: float
    weight: float | None
    said: float

    @property
    def agrees(self) -> bool:
        """Whether all of them are rounding."""
        return max(self.loss, self.gradient, self.weight or 0.0, self.said) <= CLOSE


def compare_training(training: Training, most: int = MOST_UPDATES) -> TrainReport:
    """Train, and at each update put torch's net where ours is: losses, gradients and steps cannot drift apart.

    Compared are at most `most` updates, and those before the first whose loss is no number.
    """
    ours = Batch([training], dtype=torch.float64)
    ours.load(ours.start())
    theirs = Beside(training, ours)
    count = min(training.steps, most)
    pairs = [pair for t in range(count) if (pair := theirs.update(t)) is not None]
    names = ("losses", "gradients", "weights")
    gaps = {name: max((getattr(pair, name) for pair in pairs), default=0.0) for name in names}
    weight = gaps["weights"] if theirs.optimizer else None
    return TrainReport(len(pairs), training.optimizer.torch, gaps["losses"], gaps["gradients"], weight, theirs.said())


@dataclass(frozen=True)
class Pair:
    """How far one update is from torch's, each as a share of the largest number of its kind."""

    losses: float
    gradients: float
    weights: float


class Beside:
    """Torch's own net, optimizer and loss for a training, driven along a batch of ours that has it as its only run."""

    def __init__(self, training: Training, ours: Batch) -> None:
        self.training, self.ours, self.net = training, ours, reference.net_of(training)
        self.rates = training.rates()
        settings = torch_settings(training.optimizer)
        self.optimizer: torch.optim.Optimizer | None = None
        if not isinstance(settings, Missing):
            made = getattr(torch.optim, training.optimizer.torch)
            self.optimizer = made(self.net.parameters(), lr=max(float(self.rates[0]), 0.0), **settings)
        data = data_of(training.task)
        self.x, self.y, self.x_val = (torch.tensor(values) for values in (data.x, data.y, data.x_val))
        self.modules = [m for m in self.net if [*m.parameters()]]
        self.layers = sorted({slot.layer for slot in ours.slots})

    def update(self, t: int) -> Pair | None:
        """Make update t here and there and compare; None once a number is not finite."""
        self._place()
        loss = self._gradients(t)
        theirs = self._flat(lambda p: p.grad)
        mine = float(self.ours.run(1)[0, 0])
        gradient = self.ours.net.grad[0].numpy().copy()
        after = self.ours.net.theta[0].numpy().copy()
        if not (np.isfinite(mine) and np.isfinite(after).all()):
            return None
        weights = self._stepped(t, gradient)
        far = 0.0 if weights is None else difference(after, weights).relative
        return Pair(difference([mine], [loss]).relative, difference(gradient, theirs).relative, far)

    def _parameter(self, slot: Slot) -> Any:
        module: Any = self.modules[self.layers.index(slot.layer)]
        return module.weight if slot.name in ("weight", "scale") else module.bias

    def _place(self) -> None:
        """Give torch's net the parameters that ours has."""
        with torch.no_grad():
            for slot in self.ours.slots:
                target = self._parameter(slot)
                target.copy_(_turned(slot.of(self.ours.net.theta)[0], target))

    def _gradients(self, t: int) -> float:
        """Let autograd find the gradients of update t, penalties and clipping included; return the loss."""
        one, rows = self.training, self.ours.feed.orders.drawn(t, 1)
        batch = rows.index[0, 0][rows.share[0, 0] > 0]
        reference.draw(self.net, one, t)
        loss = reference.criterion(one, self.net(self.x[batch]), self.y[batch])
        weights = [p for p in self.net.parameters() if p.ndim > 1]
        penalty = sum(one.l1 * w.abs().sum() + one.l2 / 2 * (w * w).sum() for w in weights)
        self.net.zero_grad()
        (loss + penalty).backward()
        if one.clip_norm:
            nn.utils.clip_grad_norm_(self.net.parameters(), one.clip_norm)
        return loss.item()

    def _stepped(self, t: int, gradient: Array) -> Array | None:
        """Let torch's optimizer make its step with our gradient; return where that leads."""
        if self.optimizer is None:
            return None
        self.optimizer.param_groups[0]["lr"] = float(self.rates[t])
        with torch.no_grad():
            for slot in self.ours.slots:
                target = self._parameter(slot)
                target.grad = _turned(torch.from_numpy(gradient)[slot.begin : slot.end].view(slot.shape), target)
                if slot.is_weight:
                    target.mul_(1 - self.rates[t] * self.training.weight_decay)
        self.optimizer.step()
        return self._flat(lambda p: p)

    def _flat(self, of: Any) -> Array:
        """Return torch's parameters, or what belongs to each, side by side as ours are."""
        parts = []
        for slot in self.ours.slots:
            values = of(self._parameter(slot)).detach()
            parts.append(values.reshape(len(values), -1).T.reshape(-1) if values.ndim > 1 else values.reshape(-1))
        return torch.cat(parts).numpy().copy()

    def said(self) -> float:
        """Compare what both nets say of the validation rows, each with the running statistics of its own."""
        self._place()
        with torch.no_grad():
            theirs = self.net.eval()(self.x_val).numpy()
        return difference(self.ours.says(self.x_val.numpy())[0], theirs).relative


def _turned(values: Tensor, target: Tensor) -> Tensor:
    """Return an array of ours in the shape torch keeps it in."""
    return values.T.reshape(target.shape) if target.ndim > 1 else values.reshape(target.shape)


def answer(question: TrainQuestion) -> dict[str, Any]:
    """Compare as many updates as there is time for, and say what came of it."""
    training = question.training
    most = max(1, min(MOST_UPDATES, int(SECONDS / (4 * cost.update(training)))))
    report = compare_training(training, most)
    sizes = {"loss": report.loss, "gradient": report.gradient, "weight": report.weight, "said": report.said}
    values = sizes | {"steps": report.steps, "torch": report.torch}
    if not report.agrees:
        return told("differs", "warn", **values)
    return told("verified", "ok", **values) if report.weight is not None else told("gradient", "note", **values)
