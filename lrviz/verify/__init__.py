"""The proof on the spot: is what a page shows what torch computes? Only workers import this room, for torch."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AllowInfNan, Field

from lrviz.backprop.scene import BackpropScene
from lrviz.batches.scene import BatchesScene
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.dropout_scene import DropoutScene
from lrviz.schedules.compose import Schedule
from lrviz.schedules.feedback import Plateau
from lrviz.schedules.ramps import Cosine
from lrviz.spec import Spec, Steps, from_address
from lrviz.train.finder import FinderScene
from lrviz.train.stability import StabilityScene
from lrviz.verify import backprop, batches, batchnorm, dropout, finder, stability, sweep, train
from lrviz.verify.answers import refused, told
from lrviz.verify.comparison import Report, compare, compare_plateau
from lrviz.verify.counterparts import Counterpart, Limit, counterpart
from lrviz.verify.descents import DescentQuestion, DescentReport, answer, compare_descent
from lrviz.verify.smoothing import ConnectionQuestion, SmoothingQuestion, answer_connection
from lrviz.verify.smoothing import answer as answer_smoothing

__all__ = [
    "Counterpart",
    "DescentQuestion",
    "DescentReport",
    "Limit",
    "Report",
    "check",
    "compare",
    "compare_descent",
    "compare_plateau",
    "counterpart",
]

LONGEST_CHECK = 20_000
"""Steps a check from the web compares at most: torch takes 2 to 10 microseconds for each."""


class ScheduleQuestion(Spec):
    """Is this schedule the torch scheduler over so many steps (at most LONGEST_CHECK are compared)?"""

    kind: Literal["schedule_question"] = "schedule_question"
    schedule: Schedule = Cosine()
    steps: Steps = 200


class PlateauQuestion(Spec):
    """Is this Plateau ReduceLROnPlateau over this metric? nan is a measurement like any other."""

    kind: Literal["plateau_question"] = "plateau_question"
    plateau: Plateau = Plateau()
    metric: Annotated[tuple[Annotated[float, AllowInfNan()], ...], Field(min_length=1, max_length=2_000)] = (1.0,) * 100


def _schedule(question: ScheduleQuestion) -> dict[str, Any]:
    return _answer(compare(question.schedule, min(question.steps, LONGEST_CHECK)))


def _plateau(question: PlateauQuestion) -> dict[str, Any]:
    return _answer(compare_plateau(question.plateau, question.metric))


QUESTIONS: Mapping[str, tuple[Spec, Callable[[Any], dict[str, Any]]]] = {
    "schedule": (ScheduleQuestion(), _schedule),
    "plateau": (PlateauQuestion(), _plateau),
    "descent": (DescentQuestion(), answer),
    "smoothing": (SmoothingQuestion(), answer_smoothing),
    "connection": (ConnectionQuestion(), answer_connection),
    "batches": (BatchesScene(), batches.answer),
    "backprop": (BackpropScene(), backprop.answer),
    "dropout": (DropoutScene(), dropout.answer),
    "batchnorm": (BatchNormScene(), batchnorm.answer),
    "train": (train.TrainQuestion(), train.answer),
    "finder": (FinderScene(), finder.answer),
    "sweep": (sweep.SweepQuestion(), sweep.answer),
    "stability": (StabilityScene(), stability.answer),
}
"""Every question by its name: what an empty address asks, and who answers it."""


def check(address: dict[str, str]) -> dict[str, Any]:
    """Answer a question written as an address: {"code", "values", "tone"}, every value a string; never raises for one.

    "question" names one of QUESTIONS, a schedule's where it is left out; the rest are its fields.
    """
    asked = dict(address)
    name = asked.pop("question", "schedule")
    if name not in QUESTIONS:
        return told("bad_address", "warn", path="question", given=name[:80], problem="unknown_kind")
    base, answered = QUESTIONS[name]
    question, problems = from_address(asked, base)
    return refused(problems[0]) if problems else answered(question)


def _answer(report: Report | None) -> dict[str, Any]:
    if report is None:
        return told("no_counterpart", "note")
    counts = {"steps": report.steps, "step": report.absolute_step, "until": report.until, "torch": report.torch}
    sizes = {"absolute": report.absolute, "relative": report.relative, "after": report.after}
    values = counts | sizes | {"difference": report.difference}
    if not report.agrees:
        return told("differs", "warn", **values)
    return told("verified", "ok", **values) if report.until is None else told("verified_until", "note", **values)
