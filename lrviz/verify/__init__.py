"""The proof on the spot: is a schedule or a descent what torch computes? Only workers import this room, for torch."""

from typing import Annotated, Any, Literal

from pydantic import AllowInfNan, Field

from lrviz.schedules.compose import Schedule
from lrviz.schedules.feedback import Plateau
from lrviz.schedules.ramps import Cosine
from lrviz.spec import Problem, Spec, Steps, from_address
from lrviz.verify.comparison import Report, compare, compare_plateau
from lrviz.verify.counterparts import Counterpart, Limit, counterpart
from lrviz.verify.descents import DescentQuestion, DescentReport, answer, compare_descent

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


def check(address: dict[str, str]) -> dict[str, Any]:
    """Answer a question written as an address: {"code", "values", "tone"}, every value a string; never raises for one.

    "schedule": kind, "schedule.x", "steps"; or "plateau.x" and "metric": numbers between commas; or "question":
    "descent" and the fields of DescentQuestion.
    """
    asked = dict(address)
    question, problems = from_address(asked, _base(asked.pop("question", ""), asked))
    if problems:
        return _refused(problems[0])
    if isinstance(question, DescentQuestion):
        return answer(question)
    if isinstance(question, PlateauQuestion):
        return _answer(compare_plateau(question.plateau, question.metric))
    return _answer(compare(question.schedule, min(question.steps, LONGEST_CHECK)))


def _base(name: str, address: dict[str, str]) -> ScheduleQuestion | PlateauQuestion | DescentQuestion:
    if name == "descent":
        return DescentQuestion()
    about_plateau = any(path.partition(".")[0] in ("plateau", "metric") for path in address)
    return PlateauQuestion() if about_plateau else ScheduleQuestion()


def _refused(problem: Problem) -> dict[str, Any]:
    values = {"path": problem.path[:80], "given": problem.given[:80], "problem": problem.code}
    return {"code": "bad_address", "values": values, "tone": "warn"}


def _answer(report: Report | None) -> dict[str, Any]:
    if report is None:
        return {"code": "no_counterpart", "values": {}, "tone": "note"}
    code = ("verified" if report.until is None else "verified_until") if report.agrees else "differs"
    tone = {"verified": "ok", "verified_until": "note", "differs": "warn"}[code]
    counts = {"steps": report.steps, "step": report.absolute_step, "until": report.until, "torch": report.torch}
    sizes = {"absolute": report.absolute, "relative": report.relative, "after": report.after}
    values = {name: "" if value is None else str(value) for name, value in counts.items()}
    values |= {name: "" if value is None else f"{value:.1e}" if value else "0" for name, value in sizes.items()}
    return {"code": code, "values": values | {"difference": report.difference or ""}, "tone": tone}
