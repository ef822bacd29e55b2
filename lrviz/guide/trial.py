"""The advice put to the test: its first schedules and a constant rate on a small task like the reader's.

Fair: all have the same net, the same task, the same seeds, and each its best of the same rates.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lrviz.guide.recipes import OPTIMIZERS, RECIPES
from lrviz.guide.rules import Advice, advise
from lrviz.guide.scene import GuideScene
from lrviz.optimizers import Adam
from lrviz.schedules import Constant
from lrviz.spec import cached
from lrviz.train.comparing import Compared, Comparison
from lrviz.train.ledger import SPAN, quantile
from lrviz.train.models import CNN, MLP, Model
from lrviz.train.tasks import MOST_POINTS, Diabetes, Digits, Letters, Series, Sine, Spirals, Task
from lrviz.train.training import Training

Array = np.ndarray[Any, Any]
TRIED = 3
"""How many of the recommended schedules are tried, beside a constant rate."""
BASELINE = "constant"
ENOUGH = 5
"""Seeds that, all alike, would be so by chance in fewer than one trial in sixteen, either way."""
RATES = {
    "sgd": (0.05, 0.15, 0.5), "momentum": (0.02, 0.06, 0.2), "adam": (1e-3, 3e-3, 1e-2), "adamw": (1e-3, 3e-3, 1e-2),
    "adagrad": (0.01, 0.03, 0.1), "rmsprop": (1e-3, 3e-3, 1e-2),
}  # fmt: skip
"""The rates that each schedule is tried at: what a small net bears with each optimizer."""
UPDATES = {"little": 150, "medium": 400, "much": 1_000}
ROWS = {"little": 120, "medium": 400, "much": 1_200}
BATCHES = {"small": 8, "medium": 32, "large": 128}
IMAGE_UPDATES = {"little": 80, "medium": 160, "much": 320}
IMAGE_BATCH = 16
"""A convolutional net is the most work: its trial is shorter, and its batches are no larger than this."""
BEFORE = Training(optimizer=Adam(), schedule=Constant(lr=3e-3), steps=1_500)


@dataclass(frozen=True)
class Trial:
    """What is tried: C schedules by name, the last the constant rate, each at K rates with S seeds.

    `skipped`: what was recommended higher and cannot be tried, because it waits for the loss.
    """

    names: tuple[str, ...]
    skipped: tuple[str, ...]
    rates: tuple[float, ...]
    seeds: int
    comparison: Comparison

    @property
    def first(self) -> Training:
        """One of the trainings: all have its task, net and length."""
        return self.comparison.trainings[0]

    def column(self, schedule: int, rate: int, seed: int) -> int:
        """Return where a training stands among all."""
        return (schedule * len(self.rates) + rate) * self.seeds + seed

    def training(self, schedule: int, rate: int) -> Training:
        """Return the training of a schedule at a rate, with the first seed."""
        return self.comparison.trainings[self.column(schedule, rate, 0)]


@cached(64)
def trial(scene: GuideScene) -> Trial:
    """Return the trial that goes with a reader's answers."""
    advice = advise(scene)
    ranked = [one.name for one in advice.schedules]
    names = (*[name for name in ranked if name in RECIPES][:TRIED], BASELINE)
    tried = names[-2] if len(names) > 1 else ""
    skipped = tuple(name for name in ranked[: ranked.index(tried)] if name not in RECIPES)
    base, rates = _base(advice), RATES[advice.optimizer]
    trainings = tuple(
        base.but(schedule=RECIPES[name](rate, base.steps), seed=seed)
        for name in names for rate in rates for seed in range(scene.seeds)
    )  # fmt: skip
    return Trial(names, skipped, rates, scene.seeds, Comparison(trainings, _before(scene, base)))


def _base(advice: Advice) -> Training:
    scene, model = advice.scene, _model(advice.scene)
    return Training(
        task=task_of(scene),
        model=model,
        optimizer=OPTIMIZERS[advice.optimizer],
        steps=(IMAGE_UPDATES if model.images else UPDATES)[scene.amount],
        batch_size=min(BATCHES[scene.batch], IMAGE_BATCH) if model.images else BATCHES[scene.batch],
    )


def task_of(scene: GuideScene) -> Task:
    """Return a small task of the reader's kind, with as much data and noise as the answers say."""
    rows, noisy = ROWS[scene.amount], scene.loss == "noisy"
    wrong = 0.15 if noisy else 0.0
    if scene.task == "series":
        return Series(points=rows + 200, validation=200 / (rows + 200), noise=0.5 if noisy else 0.2)
    if scene.task == "language":
        return Letters(
            points=rows + 300,
            validation=300 / (rows + 300),
            label_noise=wrong,
            dialect=0.3 * (scene.model == "fine_tune"),
        )
    if scene.task == "regression":
        if scene.model == "fine_tune":
            return Sine(points=rows + 200, validation=200 / (rows + 200), waves=1.25, noise=0.5 if noisy else 0.2)
        return Diabetes(subset=min(rows, 300))
    if scene.model == "fine_tune":
        return Spirals(points=rows + 200, validation=200 / (rows + 200), turns=1.25, noise=0.04, label_noise=wrong)
    if scene.model == "deep":
        return Digits(subset=rows // 2, label_noise=wrong, validation=0.1)
    return Digits(subset=rows, label_noise=wrong)


def _model(scene: GuideScene) -> Model:
    if scene.model == "shallow":
        return MLP(depth=1, width=24)
    if scene.model == "fine_tune":
        return MLP(depth=3, width=24)
    return (
        CNN(channels=4, norm="batch")
        if scene.task == "classification"
        else MLP(depth=4, width=24, activation="relu", init="he")
    )


def _before(scene: GuideScene, base: Training) -> Training | None:
    """Return what a pre-trained net has learned before: a task that is like the new one, with far more data."""
    if scene.model != "fine_tune":
        return None
    tasks: dict[str, Task] = {
        "classification": Spirals(turns=1.0, noise=0.04, points=MOST_POINTS, seed=1),
        "regression": Sine(waves=1.0, points=MOST_POINTS, seed=1),
        "series": Series(period=10.0, points=MOST_POINTS, seed=1),
        "language": Letters(points=MOST_POINTS, seed=1),
    }
    return BEFORE.but(task=tasks[scene.task], model=base.model)


# ----------------------------------------------------------------------------------------------- what became of it


@dataclass(frozen=True)
class Duel:
    """Two schedules compared: which, where their middle losses end, how far the seeds of one lie apart (of the two the
    wider band), and with how many of the seeds the better one ends lower: they share first weights and batches.
    """

    better: int
    worse: int
    low: float
    high: float
    spread: float
    wins: int
    seeds: int

    @property
    def gap(self) -> float:
        """How far the one is behind the other."""
        return self.high - self.low

    @property
    def verdict(self) -> Literal["clear", "consistent", "close"]:
        """Whether the difference is larger than the spread of the seeds; if not, whether all of ENOUGH say the same."""
        if self.gap > self.spread:
            return "clear"
        return "consistent" if self.wins == self.seeds >= ENOUGH else "close"


@dataclass(frozen=True)
class Found:
    """What became of a trial: of every schedule at its best rate the validation losses (C, M, S) at M steps.

    `best`: which rate that was, (C,); `middle`, `low`, `high`: (C, M); `finals`: (C, S); `bad`: how many of all its
    trainings diverged, (C,). A loss that is no number counts as infinite.
    """

    trial: Trial
    steps: Array
    losses: Array
    best: tuple[int, ...]
    middle: Array
    low: Array
    high: Array
    bad: tuple[int, ...]

    @property
    def finals(self) -> Array:
        """The last validation loss of every seed, (C, S)."""
        return self.losses[:, -1]

    @property
    def order(self) -> list[int]:
        """The schedules, the lowest middle loss at the end first; of equals the one the advice prefers."""
        return sorted(range(len(self.middle)), key=lambda i: (self.middle[i, -1], i))

    @property
    def race(self) -> "Duel | None":
        """How the first and the second compare; None where there is no first, because all diverged."""
        first, second = self.order[:2]
        return self.duel(first, second) if np.isfinite(self.middle[first, -1]) else None

    @property
    def worth(self) -> "Duel | None":
        """How the best schedule and the constant rate compare, where those are not the first two."""
        constant = len(self.trial.names) - 1
        if self.race is None or constant in self.order[:2]:
            return None
        return self.duel(self.order[0], constant)

    def duel(self, better: int, worse: int) -> "Duel":
        """Return how two schedules compare, the better one first."""
        with np.errstate(invalid="ignore"):
            widths = [float(self.high[i, -1] - self.low[i, -1]) for i in (better, worse)]
        spread = max(0.0 if np.isnan(width) else width for width in widths)
        wins = int((self.finals[better] < self.finals[worse]).sum())
        ends = [float(self.middle[i, -1]) for i in (better, worse)]
        return Duel(better, worse, ends[0], ends[1], spread, wins, self.trial.seeds)

    @property
    def against_advice(self) -> Literal["first", "other", "constant"]:
        """Whether what was advised first came first, another of the advised ones, or the constant rate."""
        first = self.order[0]
        return "constant" if self.trial.names[first] == BASELINE else "first" if first == 0 else "other"


def found(tried: Trial, told: Compared) -> Found:
    """Return what became of a trial from what its job told."""
    c, k, s = len(tried.names), len(tried.rates), tried.seeds
    told_losses = np.where(np.isfinite(told.loss_val), told.loss_val, np.inf).astype(np.float64)
    losses = np.where(told.bad >= 0, _gone(told), told_losses).reshape(-1, c, k, s)
    ends = np.array([[quantile(losses[-1:, i, j], 0.5)[0] for j in range(k)] for i in range(c)])
    best = tuple(int(j) for j in ends.argmin(1))
    kept = np.stack([losses[:, i, j] for i, j in enumerate(best)])
    low, middle, high = (np.stack([quantile(one, share) for one in kept]) for share in (SPAN[0], 0.5, SPAN[1]))
    bad = (told.bad >= 0).reshape(c, -1).sum(1)
    return Found(tried, told.steps, kept, best, middle, low, high, tuple(int(n) for n in bad))


def _gone(told: Compared) -> Array:
    """Return the losses with infinity from the first bad update of each training on."""
    finite = np.where(np.isfinite(told.loss_val), told.loss_val, np.inf)
    return np.where(told.steps[:, None] > told.bad, np.inf, finite)
