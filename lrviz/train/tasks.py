"""Tasks: what there is to learn, each a frozen Spec that, called, gives its data."""

from functools import cached_property
from typing import Annotated, Any, Literal, Union

import numpy as np
from pydantic import Field

from lrviz.spec import PRINTABLE, Held, Knob, Spec
from lrviz.train.data import Array, Data, Table, bundled, split, standardised
from lrviz.train.own import LONGEST_NAME, PLACEHOLDER, Columns, table_of

MOST_POINTS = 2_000
SEEN = 8
"""How many values of a series a net sees."""
LETTERS = 8
Points = Annotated[int, Field(ge=20, le=MOST_POINTS), Knob(50, 1_000)]
"""How many rows are made, those that validate included."""
Spread = Annotated[float, Field(ge=0, le=5), Knob(0, 0.5)]
"""The standard deviation of the noise on every coordinate."""
LabelNoise = Annotated[float, Field(ge=0, le=1), Knob(0, 0.5)]
"""The share of training labels that are drawn anew."""
Validation = Annotated[float, Field(ge=0.05, le=0.9), Knob(0.1, 0.5)]
"""The share of rows that only judge."""
Subset = Annotated[int, Field(ge=0, le=MOST_POINTS), Knob(0, 500)]
"""How many of the training rows are used; 0 uses all."""
DataSeed = Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)]


class TaskSpec(Spec):
    """A task: called, it gives the data; the same Spec gives the same data."""

    def __call__(self) -> Data:
        """Return training and validation rows."""
        raise NotImplementedError


def _plane(x: Array, y: Array, classes: int, task: "Spirals | Moons | Circles | Xor") -> Data:
    random = np.random.default_rng([task.seed, 2])
    noisy = x + task.noise * random.standard_normal(x.shape)
    return split(Table(noisy, y, classes, ("x", "y")), task.validation, 0, task.label_noise, task.seed)


class Spirals(TaskSpec):
    """Arms of a spiral, one a class: radius r from 0 to 1, angle 2 pi (turns r + class / classes)."""

    kind: Literal["spirals"] = "spirals"
    classes: Annotated[int, Field(ge=2, le=5), Knob(2, 5)] = 2
    turns: Annotated[float, Field(gt=0, le=4), Knob(0.25, 2)] = 1.0
    points: Points = 400
    noise: Spread = 0.03
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        y = np.arange(self.points, dtype=np.float64) % self.classes
        r = np.sqrt((np.arange(self.points) // self.classes + 1) / (self.points // self.classes + 1))
        angle = 2 * np.pi * (self.turns * r + y / self.classes)
        return _plane(r[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), y, self.classes, self)


class Moons(TaskSpec):
    """Two half circles that reach into each other."""

    kind: Literal["moons"] = "moons"
    points: Points = 300
    noise: Spread = 0.15
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        y = np.arange(self.points, dtype=np.float64) % 2
        angle = np.pi * (np.arange(self.points) // 2 + 0.5) / (self.points / 2)
        x = np.where(y == 0, np.cos(angle), 1 - np.cos(angle)) - 0.5
        height = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle)) - 0.25
        return _plane(np.stack([x, height], 1), y, 2, self)


class Circles(TaskSpec):
    """A ring around a disc: no straight line parts them."""

    kind: Literal["circles"] = "circles"
    points: Points = 300
    noise: Spread = 0.08
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        y = np.arange(self.points, dtype=np.float64) % 2
        angle = 2 * np.pi * (np.arange(self.points) // 2) / (self.points / 2)
        r = np.where(y == 0, 1.0, 0.45)
        return _plane(r[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), y, 2, self)


class Xor(TaskSpec):
    """Four quadrants, the opposite ones alike: the smallest problem a linear net cannot solve."""

    kind: Literal["xor"] = "xor"
    points: Points = 300
    noise: Spread = 0.1
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        random = np.random.default_rng([self.seed, 3])
        x = random.uniform(0.1, 1, (self.points, 2)) * random.choice([-1.0, 1.0], (self.points, 2))
        return _plane(x, (x[:, 0] * x[:, 1] > 0).astype(np.float64), 2, self)


class Sine(TaskSpec):
    """A number to predict: y = sin(2 pi waves x) + noise, x from -1 to 1."""

    kind: Literal["sine"] = "sine"
    waves: Annotated[float, Field(gt=0, le=8), Knob(0.25, 3)] = 1.0
    points: Points = 120
    noise: Spread = 0.2
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        random = np.random.default_rng([self.seed, 4])
        x = random.uniform(-1, 1, (self.points, 1))
        y = np.sin(2 * np.pi * self.waves * x[:, 0]) + self.noise * random.standard_normal(self.points)
        return split(Table(x, y, 0, ("x",)), self.validation, 0, 0.0, self.seed)


class Series(TaskSpec):
    """A time series to go on with: eight values of two noisy waves, and the ninth to predict.

    s(t) = sin(2 pi t / period) + sin(2 pi t / (1.618 period)) / 2 + noise. Every row begins at a time of its own and
    has noise of its own, so that no validation row overlaps a training row.
    """

    kind: Literal["series"] = "series"
    period: Annotated[float, Field(ge=3, le=100), Knob(4, 40)] = 12.0
    points: Points = 400
    noise: Spread = 0.2
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        random = np.random.default_rng([self.seed, 5])
        t = random.uniform(0, 1000, (self.points, 1)) + np.arange(SEEN + 1)
        s = np.sin(2 * np.pi * t / self.period) + 0.5 * np.sin(2 * np.pi * t / (1.618 * self.period))
        s = s + self.noise * random.standard_normal(s.shape)
        names = tuple(f"s(t-{SEEN - i})" for i in range(SEEN))
        return split(Table(s[:, :SEEN], s[:, SEEN], 0, names), self.validation, 0, 0.0, self.seed)


class Letters(TaskSpec):
    """A made-up language of eight letters: from three letters, one-hot, the next.

    The next letter depends on the two before it, by a table of habits drawn once; a `dialect` has that share of its
    habits drawn anew.
    """

    kind: Literal["letters"] = "letters"
    points: Points = 600
    dialect: Annotated[float, Field(ge=0, le=1), Knob(0, 1)] = 0.0
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        habits = np.random.default_rng(6)
        first, second = (habits.dirichlet(np.full(LETTERS, 0.2), (LETTERS, LETTERS)) for _ in range(2))
        table = np.where(habits.uniform(size=(LETTERS, LETTERS, 1)) < self.dialect, second, first)
        random = np.random.default_rng([self.seed, 6])
        word = random.integers(0, LETTERS, (self.points, 2))
        for _ in range(2):
            sums = table[word[:, -2], word[:, -1]].cumsum(1)
            following = (sums < random.uniform(size=(self.points, 1))).sum(1)
            word = np.column_stack([word, np.minimum(following, LETTERS - 1)])
        x = np.eye(LETTERS)[word[:, :3]].reshape(self.points, -1)
        names = tuple(f"{'abcdefgh'[letter]}(t-{3 - i})" for i in range(3) for letter in range(LETTERS))
        known = Table(x, word[:, 3].astype(np.float64), LETTERS, names, tuple("abcdefgh"))
        return split(known, self.validation, 0, self.label_noise, self.seed)


class Digits(TaskSpec):
    """Handwritten digits, 8 x 8 pixels from 0 to 1, ten classes."""

    kind: Literal["digits"] = "digits"
    subset: Subset = 0
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.25
    seed: DataSeed = 0

    def __call__(self) -> Data:
        found = bundled("digits", 10)
        pixels = Table(found.x / 16, found.y, 10, found.names)
        return split(pixels, self.validation, self.subset, self.label_noise, self.seed)


class BreastCancer(TaskSpec):
    """Breast masses, 30 measurements each, benign or malignant."""

    kind: Literal["breast_cancer"] = "breast_cancer"
    subset: Subset = 0
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        return standardised(
            split(bundled("breast_cancer", 2), self.validation, self.subset, self.label_noise, self.seed)
        )


class Wine(TaskSpec):
    """Wines of three cultivators, 13 measurements each."""

    kind: Literal["wine"] = "wine"
    subset: Subset = 0
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        return standardised(split(bundled("wine", 3), self.validation, self.subset, self.label_noise, self.seed))


class Diabetes(TaskSpec):
    """Patients, ten measurements each, and how far their diabetes had come a year later: a number to predict."""

    kind: Literal["diabetes"] = "diabetes"
    subset: Subset = 0
    validation: Validation = 0.3
    seed: DataSeed = 0

    def __call__(self) -> Data:
        return standardised(split(bundled("diabetes", 0), self.validation, self.subset, 0.0, self.seed))


class Own(TaskSpec):
    """A table of one's own: one column to predict from the others; a session holds it, an address names the column.

    `aim`: whether the column holds classes, numbers, or what its values look like. An unknown column stands for the
    last one; without a table there are twenty rows of nothing, so that a form can be shown before a file is chosen.
    """

    kind: Literal["own"] = "own"
    column: Annotated[str, Field(max_length=LONGEST_NAME, pattern=PRINTABLE)] = ""
    aim: Literal["auto", "classes", "number"] = "auto"
    subset: Subset = 0
    label_noise: LabelNoise = 0.0
    validation: Validation = 0.3
    seed: DataSeed = 0
    table: Annotated[bytes, Held()] = b""

    @property
    def idle(self) -> frozenset[str]:
        return frozenset({"label_noise"} if self.table and not self.data.classes else ())

    @property
    def data(self) -> Data:
        """Its rows, made once, and gone with this Spec: what a visitor brings is not kept for all."""
        return self._data

    @cached_property
    def _data(self) -> Data:
        return self()

    def __getstate__(self) -> dict[Any, Any]:
        """Travel without the rows, which the table gives again."""
        state = super().__getstate__()
        return state | {"__dict__": {name: value for name, value in state["__dict__"].items() if name != "_data"}}

    def __call__(self) -> Data:
        columns = Columns.unpacked(self.table) if self.table else PLACEHOLDER
        table = table_of(columns, self.column, self.aim)
        return standardised(split(table, self.validation, self.subset, self.label_noise, self.seed))


# The list of all tasks: a new one is added here, and nowhere else.
Task = Union[Spirals, Moons, Circles, Xor, Sine, Series, Letters, Digits, BreastCancer, Wine, Diabetes, Own]
