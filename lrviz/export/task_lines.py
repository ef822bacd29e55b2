"""A task's data as the NumPy lines that make or load them, and split them, exactly as the lesson does."""

from collections.abc import Callable, Mapping
from typing import Any

from lrviz.export.snippet import Note, comments
from lrviz.spec import kind_of
from lrviz.train.tasks import TaskSpec

OWN_FILE = "lrviz-table.csv"
_PLANE = "x = {across}\nx = x + {noise!r} * np.random.default_rng([{seed}, 2]).standard_normal(x.shape)"
_ON_CIRCLE = "r[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)"


def _spirals(task: Any) -> str:
    made = (
        f"points, classes, turns = {task.points}, {task.classes}, {task.turns!r}\n"
        "y = np.arange(points) % classes\n"
        "r = np.sqrt((np.arange(points) // classes + 1) / (points // classes + 1))\n"
        "angle = 2 * np.pi * (turns * r + y / classes)\n"
    )
    return made + _PLANE.format(across=_ON_CIRCLE, noise=task.noise, seed=task.seed)


def _moons(task: Any) -> str:
    made = (
        f"points, classes = {task.points}, 2\n"
        "y = np.arange(points) % 2\n"
        "angle = np.pi * (np.arange(points) // 2 + 0.5) / (points / 2)\n"
        "across = np.where(y == 0, np.cos(angle), 1 - np.cos(angle)) - 0.5\n"
        "up = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle)) - 0.25\n"
    )
    return made + _PLANE.format(across="np.stack([across, up], 1)", noise=task.noise, seed=task.seed)


def _circles(task: Any) -> str:
    made = (
        f"points, classes = {task.points}, 2\n"
        "y = np.arange(points) % 2\n"
        "angle = 2 * np.pi * (np.arange(points) // 2) / (points / 2)\n"
        "r = np.where(y == 0, 1.0, 0.45)\n"
    )
    return made + _PLANE.format(across=_ON_CIRCLE, noise=task.noise, seed=task.seed)


def _xor(task: Any) -> str:
    return (
        f"points, classes = {task.points}, 2\n"
        f"random = np.random.default_rng([{task.seed}, 3])\n"
        "corners = random.uniform(0.1, 1, (points, 2))\n"
        "corners *= random.choice([-1.0, 1.0], (points, 2))\n"
        "y = (corners[:, 0] * corners[:, 1] > 0).astype(int)\n"
    ) + _PLANE.format(across="corners", noise=task.noise, seed=task.seed)


def _sine(task: Any) -> str:
    return (
        f"points, classes = {task.points}, 0\n"
        f"random = np.random.default_rng([{task.seed}, 4])\n"
        "x = random.uniform(-1, 1, (points, 1))\n"
        f"y = np.sin(2 * np.pi * {task.waves!r} * x[:, 0])\n"
        f"y = y + {task.noise!r} * random.standard_normal(points)"
    )


def _series(task: Any) -> str:
    return (
        f"points, classes, period = {task.points}, 0, {task.period!r}\n"
        f"random = np.random.default_rng([{task.seed}, 5])\n"
        "t = random.uniform(0, 1000, (points, 1)) + np.arange(9)\n"
        "s = np.sin(2 * np.pi * t / period) + 0.5 * np.sin(2 * np.pi * t / (1.618 * period))\n"
        f"s = s + {task.noise!r} * random.standard_normal(s.shape)\n"
        "x, y = s[:, :8], s[:, 8]"
    )


def _letters(task: Any) -> str:
    return (
        f"points, classes = {task.points}, 8\n"
        "habits = np.random.default_rng(6)\n"
        "first, second = (habits.dirichlet(np.full(8, 0.2), (8, 8)) for _ in range(2))\n"
        f"table = np.where(habits.uniform(size=(8, 8, 1)) < {task.dialect!r}, second, first)\n"
        f"random = np.random.default_rng([{task.seed}, 6])\n"
        "word = random.integers(0, 8, (points, 2))\n"
        "for _ in range(2):\n"
        "    sums = table[word[:, -2], word[:, -1]].cumsum(1)\n"
        "    following = (sums < random.uniform(size=(points, 1))).sum(1)\n"
        "    word = np.column_stack([word, np.minimum(following, 7)])\n"
        "x, y = np.eye(8)[word[:, :3]].reshape(points, -1), word[:, 3]"
    )


def _own(task: Any) -> str:
    return (
        f'table = np.loadtxt("{OWN_FILE}", delimiter=",", skiprows=1)\n'
        f"x, y, classes = table[:, :-1], table[:, -1], {task.data.classes}"
    )


def _loaded(loader: str, classes: int, given: str = "", scale: str = "") -> Callable[[Any], str]:
    lines = f"data = {loader}({given})\nx, y, classes = data.data{scale}, data.target, {classes}"
    return lambda task: lines


_MADE: Mapping[str, Callable[[Any], str]] = {
    "spirals": _spirals,
    "moons": _moons,
    "circles": _circles,
    "xor": _xor,
    "sine": _sine,
    "series": _series,
    "letters": _letters,
    "digits": _loaded("load_digits", 10, scale=" / 16"),
    "breast_cancer": _loaded("load_breast_cancer", 2),
    "wine": _loaded("load_wine", 3),
    "diabetes": _loaded("load_diabetes", 0, "scaled=False"),
    "own": _own,
}
_STANDARDISED = ("breast_cancer", "wine", "diabetes", "own")


def task_imports(task: TaskSpec) -> list[str]:
    """Return the imports that loading a task needs."""
    made = _MADE[kind_of(task)](task)
    return [f"from sklearn.datasets import {made.split()[2].partition('(')[0]}"] if "load_" in made else []


def task_lines(task: Any, note: Note) -> str:
    """Return the lines that make x, y, x_val, y_val and classes, as tensors. Raises KeyError for an unknown task."""
    kind = kind_of(task)
    about = ["train_own"] if kind == "own" else ["train_sklearn"] if task_imports(task) else []
    return "\n".join([*comments(about, note), _MADE[kind](task), *_split(task, note), *_standard(task), *_tensors()])


def _split(task: Any, note: Note) -> list[str]:
    """Return the lines that lay rows aside, keep some of the others, and spoil labels."""
    subset, spoiled = getattr(task, "subset", 0), getattr(task, "label_noise", 0.0)
    lines = [
        *comments(["train_split"], note),
        f"random = np.random.default_rng([{task.seed}, 1])",
        "order = random.permutation(len(x))",
        f"aside = min(max(round({task.validation!r} * len(x)), 1), len(x) - 2)",
        "kept, held = order[:-aside], order[-aside:]",
        *([f"kept = kept[:{max(subset, 2)}]"] if subset else []),
        "x, y, x_val, y_val = x[kept], y[kept], x[held], y[held]",
    ]
    if not spoiled:
        return lines
    drawn = "random.integers(0, classes, len(hit))" if _classes(task) else "random.permutation(y[hit])"
    return [
        *lines,
        *comments(["train_label_noise"], note),
        f"hit = random.permutation(len(y))[:round({spoiled!r} * len(y))]",
        f"y[hit] = {drawn}",
    ]


def _classes(task: Any) -> int:
    return task.data.classes if kind_of(task) == "own" else 2


def _standard(task: Any) -> list[str]:
    """Return the lines that give every feature the mean 0 and deviation 1 over the training rows; numbers likewise."""
    if kind_of(task) not in _STANDARDISED:
        return []
    lines = [
        "middle, spread = x.mean(0), x.std(0)",
        "spread = np.where(spread > 0, spread, 1.0)",
        "x, x_val = (x - middle) / spread, (x_val - middle) / spread",
    ]
    if kind_of(task) == "diabetes" or (kind_of(task) == "own" and not task.data.classes):
        lines += [
            "middle, spread = y.mean(), y.std() or 1.0",
            "y, y_val = (y - middle) / spread, (y_val - middle) / spread",
        ]
    return lines


def _tensors() -> list[str]:
    return ["x, y, x_val, y_val = (torch.tensor(v, dtype=torch.float64) for v in (x, y, x_val, y_val))"]
