"""The pictures of what was measured: a run with a bug in it beside the one that was suspected, and trainings."""

from typing import Any

import numpy as np

from lrviz.exercises.forms import Array, Bug, Curves, Exercise
from lrviz.figures.exercises import Line, lines_figure
from lrviz.figures.theme import ROLES, series
from lrviz.text import Words
from lrviz.train.ended import Ended
from lrviz.train.scene import TrainScene
from lrviz.ui import lesson
from lrviz.ui.exercises.sitting import Sitting

COLORS = {"training_loss": ROLES["training_loss"], "step_length": ROLES["update"], "output": "@series0"}
COLORS |= {"sgd": series(0), "momentum": series(1), "adam": series(3)}
AXIS = "page.exercises.axis"


def drawn(exercise: Exercise[Any], now: Sitting, words: Words) -> tuple[dict[str, Any], str] | None:
    """Draw what was measured; None where there is nothing yet."""
    if isinstance(exercise, Bug):
        return _bug(exercise, now, words)
    if now.result is not None:
        return _losses(exercise, now.result, words)
    return _rates(exercise, now, words) if exercise.form == "knobs" else None


def _bug(exercise: Bug[Any], now: Sitting, words: Words) -> tuple[dict[str, Any], str]:
    """Draw the run that is seen; over it, dashed, the run with the suspected bug; in the end the one without."""
    seen = exercise.run(exercise.scene, exercise.cause)
    lines = [_line(seen, name, words.w(f"page.exercises.line.{name}")) for name in seen.lines]
    said = [words.w("page.exercises.alt.seen", y=words.w(f"{AXIS}.{seen.y}"), **_ends(seen))]
    if now.fixed:
        fixed = exercise.run(exercise.scene, "")
        lines = [_line(seen, name, "", color="@line", dash="dot") for name in seen.lines]
        lines += [_line(fixed, name, words.w(f"page.exercises.line.{name}")) for name in fixed.lines]
        said.append(words.w("page.exercises.alt.fixed", **_ends(fixed)))
    elif now.ran is not None and not now.found:
        suspected = exercise.run(exercise.scene, now.ran)
        lines += [_line(suspected, name, "", color="@text", dash="dash") for name in suspected.lines]
        said.append(words.w("page.exercises.alt.suspected", **_ends(suspected)))
    x, y = (words.w(f"{AXIS}.{name}") for name in (seen.x, seen.y))
    return lines_figure(lines, x, y, log=seen.log, narrow=lesson.on_phone()), " ".join(said)


def _line(curves: Curves, name: str, said: str, *, color: str = "", dash: str = "solid") -> Line:
    values = curves.lines[name]
    return Line(said, color or COLORS[name], _over(values, curves.first), values, dash)


def _over(values: Array, first: int) -> Array:
    return np.arange(first, first + len(values), dtype=np.float64)


def _ends(curves: Curves) -> dict[str, float]:
    values = list(curves.lines.values())[-1]
    return {"first": float(values[0]), "last": float(values[-1])}


# ----------------------------------------------------------------------------------------------------- trainings


def _losses(exercise: Exercise[Any], result: Ended, words: Words) -> tuple[dict[str, Any], str]:
    """Draw the mean validation loss: of the rival and the learner's trainings, or of one alone."""
    at = result.at.astype(np.float64)
    each = np.split(result.loss, 2, axis=1) if exercise.form == "knobs" else [result.loss]
    means = [part.mean(axis=1) for part in each]
    names = ["rival", "yours"] if len(means) == 2 else ["validation"]
    colors = ["@line", ROLES["validation_loss"]][-len(means) :]
    said = [words.w(f"page.exercises.line.{name}") for name in names]
    lines = [Line(name, color, at, mean) for name, color, mean in zip(said, colors, means, strict=True)]
    axes = (words.w(f"{AXIS}.{name}") for name in ("update", "validation_loss"))
    figure = lines_figure(lines, *axes, log=len(means) == 2, narrow=lesson.on_phone())
    ends = {"first": float(means[-1][0]), "last": float(means[-1][-1])}
    return figure, words.w("page.exercises.alt.training", **ends)


def _rates(exercise: Exercise[Any], now: Sitting, words: Words) -> tuple[dict[str, Any], str]:
    """Draw the rates of the rival and the learner's, before anything is trained."""
    scene = now.given
    assert isinstance(scene, TrainScene)
    rates = {"rival": exercise.scene.training.rates(), "yours": scene.training.rates()}
    colors = {"rival": "@line", "yours": ROLES["learning_rate"]}
    lines = [
        Line(words.w(f"page.exercises.line.{name}"), colors[name], _over(values, 0), values)
        for name, values in rates.items()
    ]
    axes = (words.w(f"{AXIS}.{name}") for name in ("update", "rate"))
    figure = lines_figure(lines, *axes, log=False, narrow=lesson.on_phone())
    ends = {"first": float(rates["yours"][0]), "last": float(rates["yours"][-1])}
    return figure, words.w("page.exercises.alt.rates", **ends)
