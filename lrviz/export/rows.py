"""The rows of a training as a file, and the lines of a program that read them."""

import numpy as np

from lrviz.export.snippet import Note, comments
from lrviz.export.table import csv
from lrviz.export.varied import varies
from lrviz.train.quantities import ByRows
from lrviz.train.sweep import SweepScene
from lrviz.train.tasks import BreastCancer, Diabetes, Wine
from lrviz.train.training import data_of

FILE = "rows.csv"


def rows_csv(scene: SweepScene) -> str:
    """Return the rows of a sweep as a file: whether a row only judges, its target, its features."""
    task = scene.training.task
    data = data_of(task.but(subset=0) if varies(scene, ByRows) else task)
    judges = np.concatenate([np.zeros(len(data.y)), np.ones(len(data.y_val))])
    columns = [judges, np.concatenate([data.y, data.y_val]), *np.concatenate([data.x, data.x_val]).T]
    return csv(["judges", "target", *data.names], np.array(columns), first="row")


def rows_code(scene: SweepScene, note: Note) -> str:
    """Return the lines that read the rows."""
    data = data_of(scene.training.task)
    lines = [
        *comments(["sweep_rows"], note),
        f'table = torch.tensor(np.loadtxt("{FILE}", delimiter=",", skiprows=1))',
        "judges, target, features = table[:, 1] == 1, table[:, 2], table[:, 3:]",
        "x, x_val = features[~judges], features[judges]",
        "y, y_val = target[~judges], target[judges]",
    ]
    if data.classes and scene.training.criterion == "cross_entropy":
        lines += ["y, y_val = y.long(), y_val.long()"]
    elif data.classes:
        lines += [f"y, y_val = (nn.functional.one_hot(v.long(), {data.classes}).double() for v in (y, y_val))"]
    else:
        lines += ["y, y_val = y[:, None], y_val[:, None]"]
    return "\n".join(lines)


def chosen_rows(scene: SweepScene) -> list[str]:
    """Return the lines that choose the rows."""
    if not varies(scene, ByRows):
        return ["x_now, y_now, x_judged, y_judged = x, y, x_val, y_val"]
    lines = ["x_now, y_now, x_judged, y_judged = x[:rows], y[:rows], x_val, y_val"]
    if isinstance(scene.training.task, BreastCancer | Wine | Diabetes):
        lines += ["middle, spread = x_now.mean(0), x_now.std(0, correction=0)"]
        lines += ["spread = torch.where(spread > 0, spread, 1.0)"]
        lines += ["x_now, x_judged = (x_now - middle) / spread, (x_val - middle) / spread"]
    if isinstance(scene.training.task, Diabetes):
        lines += ["middle, spread = y_now.mean(), y_now.std(correction=0)"]
        lines += ["y_now, y_judged = (y_now - middle) / spread, (y_val - middle) / spread"]
    return lines
