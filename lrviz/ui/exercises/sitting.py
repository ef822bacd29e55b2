"""Where a learner is with an exercise: what is answered, what was run, what was said of it; and a worker's part."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from lrviz import jobs
from lrviz.exercises.forms import Bug, Exercise, Verdict
from lrviz.ui import progress

MOST_WAITING = 8
"""Jobs of all visitors beyond which no exercise asks for more: a check behind them must still be answered in time."""


@dataclass(frozen=True)
class Sitting:
    """`given` is answered but not run yet; `ran` was run last, with what was said of it and a worker's `result`.

    `shown`: the solution was asked for; `fixed`: a bug that was found is mended; `broke`: why a worker has no answer.
    """

    given: Any = None
    ran: Any = None
    verdict: Verdict | None = None
    result: Any = None
    work: Future[Any] | None = None
    shown: bool = False
    fixed: bool = False
    broke: str = ""

    @property
    def found(self) -> bool:
        """Whether the answer that was run last is right."""
        return self.verdict is not None and self.verdict.solved

    @property
    def waits(self) -> bool:
        """Whether a worker is at it."""
        return self.work is not None


def sitting(exercise: Exercise[Any]) -> Sitting:
    """Return where the learner is."""
    return st.session_state.get(_key(exercise), Sitting(given=exercise.start))


def change(exercise: Exercise[Any], **changes: Any) -> None:
    """Note where the learner is now."""
    st.session_state[_key(exercise)] = replace(sitting(exercise), **changes)


def _key(exercise: Exercise[Any]) -> str:
    return f"exercise sitting {exercise.id}"


def over(exercise: Exercise[Any]) -> bool:
    """Say whether there is nothing more to answer: it is solved, a bug mended too, or its solution was shown."""
    now = sitting(exercise)
    return now.shown or (now.found and (now.fixed or not isinstance(exercise, Bug)))


def run(exercise: Exercise[Any], given: Any) -> None:
    """Run an answer and judge it; where a worker has to, ask one."""
    change(exercise, given=given, ran=given, verdict=None, result=None, work=None, broke="")
    if not exercise.target:
        _judged(exercise, None)
    elif exercise.form != "knobs" and not (said := exercise.judge(given)).solved:
        change(exercise, verdict=said)
    else:
        _ask(exercise, given if exercise.form == "knobs" else exercise.scene)


def _ask(exercise: Exercise[Any], scene: Any) -> None:
    assert exercise.question is not None
    if jobs.waiting() >= MOST_WAITING:
        change(exercise, broke="busy")
        return
    change(exercise, work=jobs.submit(exercise.target, exercise.question(scene)))


def arrived(exercise: Exercise[Any]) -> bool:
    """Take up a worker's answer, if there is one by now, and say whether there is."""
    now = sitting(exercise)
    if now.work is None or not now.work.done():
        return False
    if now.work.exception() is not None:
        change(exercise, work=None, broke="failed")
        return True
    result = now.work.result()
    change(exercise, work=None, result=result)
    if not now.shown:
        _judged(exercise, result)
    return True


def _judged(exercise: Exercise[Any], result: Any) -> None:
    verdict = exercise.judge(sitting(exercise).ran, result)
    change(exercise, verdict=verdict)
    if verdict.solved and not isinstance(exercise, Bug):
        progress.mark(exercise.id, "solved")


def mend(exercise: Exercise[Any]) -> None:
    """Mend a bug that was found."""
    change(exercise, fixed=True)
    progress.mark(exercise.id, "solved")


def give_up(exercise: Exercise[Any]) -> None:
    """Show the solution, and its run."""
    change(exercise, shown=True, fixed=True, verdict=None, given=exercise.solution, ran=exercise.solution, work=None)
    progress.mark(exercise.id, "shown")
    if exercise.target:
        _ask(exercise, exercise.solution if exercise.form == "knobs" else exercise.scene)


def again(exercise: Exercise[Any]) -> None:
    """Begin anew; a mark that was earned stays."""
    st.session_state.pop(_key(exercise), None)
