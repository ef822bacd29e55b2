"""The Exercises page: every exercise opens and is worked out, answers get their hints, broken links their sentence."""

from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lrviz import jobs
from lrviz.exercises import BY_ID, EXERCISES, of_lesson
from lrviz.exercises.train import SEEDS
from lrviz.text import LANGUAGES, words
from lrviz.train.ended import Ended
from lrviz.ui.exercises.sitting import Sitting
from tests.lessons import BY_NAME
from tests.test_pages import assert_whole, opened, widget

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
LOSSES = np.linspace(2.3, 0.1, 4)


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that answers at once: the learner's trainings end lower than the rival's."""

    def submit(_: str, trainings: tuple[Any, ...]) -> Future[Ended]:
        answer: Future[Ended] = Future()
        gains = np.arange(len(trainings)) < SEEDS
        loss = LOSSES[:, None] + 0.1 * gains + 0.001 * np.arange(len(trainings))
        answer.set_result(Ended(np.arange(4) * 100, loss, 1 - loss / 3))
        return answer

    monkeypatch.setattr(jobs, "submit", submit)


def at(id: str, language: str = "en") -> AppTest:
    app = opened("exercises", {"lang": language, "exercise": id})
    assert_whole(app, "exercises", language)
    return app


def press(app: AppTest, id: str, button: str, language: str = "en") -> None:
    widget(app, f"exercise {id} {button} {language}").click().run()
    assert_whole(app, "exercises", language)


def said(app: AppTest) -> list[str]:
    """What is said of the answer."""
    return [box.value for box in (*app.success, *app.info, *app.warning)]


# --- every exercise ---


@pytest.mark.parametrize(
    ("id", "language"), [(one.id, LANGUAGES[i % 2]) for i, one in enumerate(EXERCISES)], ids=lambda value: value
)
def test_an_exercise_opens_and_its_solution_is_worked_out(id: str, language: str) -> None:
    app, exercise, w = at(id, language), BY_ID[id], words(language)
    assert w.w(f"exercise.{id}.question", **exercise.told) in [text.value for text in app.markdown]
    press(app, id, "give up", language)
    assert said(app) == [w.w("page.exercises.verdict.shown")]
    assert w.w(f"exercise.{id}.solution", **exercise.told) in [text.value for text in app.markdown]
    assert app.session_state["progress marks"] == {id: "shown"}
    press(app, id, "again", language)
    assert said(app) == [] and widget(app, f"exercise {id} give up {language}") is not None


@IN_EACH_LANGUAGE
def test_a_broken_id_gets_one_sentence_and_the_first_exercise_opens(language: str) -> None:
    app = opened("exercises", {"lang": language, "exercise": "no_such<b>"})
    assert_whole(app, "exercises", language)
    (warning,) = app.warning
    assert "no\\_such" in warning.value and warning.value.count("\n- ") == 1
    first = words(language).w(f"exercise.{EXERCISES[0].id}.name")
    assert first in [head.value for head in app.subheader] and first in warning.value
    assert EXERCISES[0].id.replace("_", "\\_") not in warning.value, "its name is said, not its id"


def test_the_address_names_the_open_exercise() -> None:
    app = opened("exercises")
    widget(app, "exercise open kept_unit").click().run()
    assert dict(app.query_params) == {"exercise": "kept_unit"}
    assert app.subheader[0].value == words("en").w("exercise.kept_unit.name")


# --- forms ---


def test_a_number_is_run_hinted_at_and_solved() -> None:
    app = at("one_step")
    for text, heard in (("x", "not a number"), ("0.25", "2/λ"), ("0.05", "too small"), ("1/8", "one step is enough")):
        widget(app, "exercise one_step number en").set_value(text)
        press(app, "one_step", "run")
        assert len(said(app)) == 1 and heard in said(app)[0], text
    assert app.session_state["progress marks"] == {"one_step": "solved"}
    assert words("en").w("page.exercises.done", solved=1, count=len(EXERCISES)) in [text.value for text in app.markdown]


def test_a_choice_is_run_hinted_at_and_solved() -> None:
    app = at("which_regime")
    assert widget(app, "exercise which_regime run en").disabled
    for choice, heard in (("creeping", "close to 1"), ("oscillating", "nearer every time")):
        widget(app, "exercise which_regime choice en").set_value(choice).run()
        press(app, "which_regime", "run")
        assert heard in said(app)[0]
    assert app.session_state["progress marks"] == {"which_regime": "solved"}


def test_a_bug_is_found_and_then_mended() -> None:
    app = at("runaway_scheduler")
    widget(app, "exercise runaway_scheduler choice en").set_value("never").run()
    press(app, "runaway_scheduler", "run")
    assert "dashed" in said(app)[0]
    widget(app, "exercise runaway_scheduler choice en").set_value("per_batch").run()
    press(app, "runaway_scheduler", "run")
    assert "progress marks" not in app.session_state
    press(app, "runaway_scheduler", "fix")
    assert app.session_state["progress marks"] == {"runaway_scheduler": "solved"}
    assert [block.value for block in app.code] == [BY_ID["runaway_scheduler"].fix]  # type: ignore[attr-defined]


@pytest.mark.parametrize("id", ["three_drops", "draw_warmup", "cross_the_plateau", "least_error"])
def test_knobs_and_drawings_are_judged_by_what_they_lead_to(id: str) -> None:
    app, exercise = at(id), BY_ID[id]
    for name, scene in exercise.traps.items():
        app.session_state[f"exercise {id} scene"] = scene
        app.run()
        press(app, id, "run")
        assert app.session_state[f"exercise sitting {id}"].verdict.code == name
    app.session_state[f"exercise {id} scene"] = exercise.solution
    app.run()
    press(app, id, "run")
    assert app.session_state["progress marks"] == {id: "solved"}


@pytest.mark.parametrize("id", ["over_the_hill", "fast_cell", "far_basin"])
def test_a_place_is_run_and_judged(id: str) -> None:
    app, exercise = at(id), BY_ID[id]
    assert widget(app, f"exercise {id} run en").disabled
    app.session_state[f"exercise sitting {id}"] = Sitting(given=exercise.solution)
    app.run()
    press(app, id, "run")
    assert app.session_state["progress marks"] == {id: "solved"}


# --- a worker's part ---


def test_a_training_is_run_by_a_worker_and_judged() -> None:
    app, exercise = at("beat_the_steps"), BY_ID["beat_the_steps"]
    app.session_state["exercise beat_the_steps scene"] = exercise.solution
    app.run()
    press(app, "beat_the_steps", "run")
    assert app.session_state["progress marks"] == {"beat_the_steps": "solved"}


@pytest.mark.parametrize(("waiting", "broke"), [(0, "failed"), (99, "busy")])
def test_a_worker_that_has_no_answer_is_told(waiting: int, broke: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: Future[Ended] = Future()
    lost.set_exception(MemoryError())
    monkeypatch.setattr(jobs, "submit", lambda *_: lost)
    monkeypatch.setattr(jobs, "waiting", lambda: waiting)
    app = at("beat_the_steps")
    press(app, "beat_the_steps", "run")
    assert said(app) == [words("en").w(f"page.exercises.broke.{broke}")]


# --- in the lessons ---


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("lesson", BY_NAME)
def test_every_lesson_leads_to_its_exercises(lesson: str, language: str) -> None:
    app = opened(lesson, {"lang": language})
    widget(app, f"{lesson} tab {language}").set_value("try").run()
    assert_whole(app, lesson, language)
    links = {link.proto.label for link in app.get("page_link")}
    assert {words(language).w(f"exercise.{one.id}.name") for one in of_lesson(lesson)} <= links
