"""The rows of a training as a file, and the lines of a program that read them."""

import numpy as np

from lrviz.export.snippet import Note, comments
from lrviz.export.table import csv
from lrviz.export.varied import axes_of, varies
from lrviz.train.data import Array
from lrviz.train.quantities import ByRows
from lrviz.train.sweep import SweepScene
from lrviz.train.tasks import BreastCancer, Diabetes, Wine
from lrviz.train.training import data_of

FILE = "rows.csv"


def rows_csv(scene: SweepScene) -> str:
    """Return the rows of a sweep as a file: whether a row only judges, its target, its features.

    Where labels are wrong and the number of rows is varied, each number has wrong labels, and a column, of its own.
    """
    task = scene.training.task
    data = data_of(task.but(subset=0) if varies(scene, ByRows) else task)
    judges = np.concatenate([np.zeros(len(data.y)), np.ones(len(data.y_val))])
    targets = [np.concatenate([_with(data.y, y), data.y_val]) for y in _targets(scene)]
    names = [f"target_{rows}" for rows in _counts(scene)] or ["target"]
    columns = [judges, *(targets or [np.concatenate([data.y, data.y_val])]), *np.concatenate([data.x, data.x_val]).T]
    return csv(["judges", *names, *data.names], np.array(columns), first="row")


def _counts(scene: SweepScene) -> tuple[int, ...]:
    """Return the numbers of rows that have targets of their own."""
    found = [axis for axis in axes_of(scene) if isinstance(axis, ByRows)]
    noisy = getattr(scene.training.task, "label_noise", 0.0) > 0
    return tuple(int(rows) for rows in found[0]()) if found and noisy else ()


def _targets(scene: SweepScene) -> list[Array]:
    return [data_of(scene.training.task.but(subset=rows)).y for rows in _counts(scene)]


def _with(all_rows: Array, first: Array) -> Array:
    """Return targets whose first ones are others."""
    return np.concatenate([first, all_rows[len(first) :]])


def rows_code(scene: SweepScene, note: Note) -> str:
    """Return the lines that read the rows."""
    several = max(1, len(_counts(scene)))
    lines = [
        *comments(["sweep_rows"], note),
        f'table = torch.tensor(np.loadtxt("{FILE}", delimiter=",", skiprows=1))',
        f"judges, targets, features = table[:, 1] == 1, table[:, 2:{2 + several}].T, table[:, {2 + several}:]",
        "x, x_val = features[~judges], features[judges]",
        f"targets, y_val = {_typed(scene, 'targets[:, ~judges]')}, {_typed(scene, 'targets[0, judges]')}",
    ]
    return "\n".join(lines if several > 1 else [*lines, "(y,) = targets"])


def _typed(scene: SweepScene, code: str) -> str:
    """Return targets as the loss wants them."""
    classes = data_of(scene.training.task).classes
    if not classes:
        return f"{code}.unsqueeze(-1)"
    if scene.training.criterion == "cross_entropy":
        return f"{code}.long()"
    return f"nn.functional.one_hot({code}.long(), {classes}).double()"


def chosen_rows(scene: SweepScene) -> list[str]:
    """Return the lines that choose the rows."""
    if not varies(scene, ByRows):
        return ["x_now, y_now, x_judged, y_judged = x, y, x_val, y_val"]
    counts = _counts(scene)
    y = f"targets[{counts}.index(rows)]" if counts else "y"
    lines = [f"x_now, y_now, x_judged, y_judged = x[:rows], {y}[:rows], x_val, y_val"]
    if isinstance(scene.training.task, BreastCancer | Wine | Diabetes):
        lines += ["middle, spread = x_now.mean(0), x_now.std(0, correction=0)"]
        lines += ["spread = torch.where(spread > 0, spread, 1.0)"]
        lines += ["x_now, x_judged = (x_now - middle) / spread, (x_val - middle) / spread"]
    if isinstance(scene.training.task, Diabetes):
        lines += ["middle, spread = y_now.mean(), y_now.std(correction=0)"]
        lines += ["y_now, y_judged = (y_now - middle) / spread, (y_val - middle) / spread"]
    return lines
