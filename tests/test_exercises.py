"""Exercises: the start fails, the solution passes, every trap fails with its own hint, in both languages."""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.exercises import BY_ID, EXERCISES, of_lesson
from lrviz.exercises.forms import Bug, Choose, Click, Exercise, Knobs, Number, Verdict, same
from lrviz.exercises.progress import Unreadable, cleaned, merged, read, written
from lrviz.exercises.scene import ExercisesScene
from lrviz.exercises.train import SEEDS, pair
from lrviz.spec import from_address, value_at
from lrviz.text import LANGUAGES, number, words
from lrviz.train.ended import Ended
from lrviz.ui.exercises.answers import read_number
from lrviz.ui.exercises.measured import drawn
from lrviz.ui.exercises.page import hint, way
from lrviz.ui.exercises.sitting import Sitting
from tests.lessons import BY_NAME

EACH = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
NUMBERS = [one for one in EXERCISES if isinstance(one, Number)]
BUGS = [one for one in EXERCISES if isinstance(one, Bug)]


@lru_cache(maxsize=64)
def trained(trainings: tuple[Any, ...]) -> Ended:
    from lrviz.train.brief import ended

    return ended(trainings)


def judged(exercise: Exercise[Any], answer: Any) -> Verdict:
    """What is said of an answer, a worker's part done here."""
    asks = exercise.target and isinstance(exercise, Knobs)
    assert exercise.question or not asks
    return exercise.judge(answer, trained(exercise.question(answer)) if asks and exercise.question else None)


# ------------------------------------------------------------------------------------------------- how many


def test_there_are_thirty_and_two_for_every_lesson() -> None:
    assert len(EXERCISES) >= 30 and len(BY_ID) == len(EXERCISES)
    taught = set(BY_NAME) - {"guide"}  # which recommends, and teaches nothing of its own
    assert {name: len(of_lesson(name)) for name in taught if len(of_lesson(name)) < 2} == {}
    assert {one.lesson for one in EXERCISES} == taught


def test_every_form_and_every_bug_that_was_asked_for_is_there() -> None:
    assert {one.form for one in EXERCISES} == {"number", "choose", "click", "knobs", "draw", "bug"}
    asked = {"no_zero_grad", "train_mode", "per_batch", "adam_tripled", "no_correction"}
    assert asked <= {one.cause for one in BUGS}


@EACH
def test_the_way_to_the_lesson_opens_the_exercises_scene(exercise: Exercise[Any]) -> None:
    found, base = way(exercise), BY_NAME[exercise.lesson].base
    assert found is None or from_address(found, base) == (exercise.scene, [])


# ------------------------------------------------------------------------------------------------- right and wrong


@EACH
def test_the_start_fails_and_the_solution_passes(exercise: Exercise[Any]) -> None:
    assert not judged(exercise, exercise.start).solved
    assert judged(exercise, exercise.solution).solved


@EACH
def test_every_trap_is_told_by_its_name(exercise: Exercise[Any]) -> None:
    assert exercise.traps
    assert {name: judged(exercise, answer).code for name, answer in exercise.traps.items()} == {
        name: name for name in exercise.traps
    }


@IN_EACH_LANGUAGE
@EACH
def test_every_trap_has_a_hint_of_its_own(exercise: Exercise[Any], language: str) -> None:
    said = words(language)
    hints = {}
    for name, answer in {**exercise.traps, "solved": exercise.solution}.items():
        assert said.has(f"exercise.{exercise.id}.hint.{name}")
        verdict = judged(exercise, answer)
        hints[name] = hint(exercise, verdict.code, verdict.values, answer, said)
    assert len(set(hints.values())) == len(hints)
    assert not any("{" in text for text in hints.values())


@IN_EACH_LANGUAGE
@EACH
def test_no_hint_is_left_over_and_every_number_in_the_words_is_known(exercise: Exercise[Any], language: str) -> None:
    said = words(language)
    shared = {"too_small", "too_large", "not_there", "outside", "on_its_way", "gone", "another", "not_better"}
    written_down = set(said.group(f"exercise.{exercise.id}.hint"))
    assert written_down <= {*exercise.traps, "solved", *shared}
    for part in ("question", "solution"):
        assert "{" not in said.w(f"exercise.{exercise.id}.{part}", **exercise.told)
    assert "{" not in said.w(f"exercise.{exercise.id}.name")
    options = exercise.suspects if isinstance(exercise, Bug) else getattr(exercise, "options", ())
    assert len({said.w(f"exercise.{exercise.id}.option.{option}") for option in options}) == len(options)


@pytest.mark.parametrize("exercise", NUMBERS, ids=lambda one: one.id)
def test_the_answer_as_it_is_written_passes(exercise: Number[Any]) -> None:
    assert exercise.judge(float(number(exercise.solution))).solved


@pytest.mark.parametrize("exercise", NUMBERS, ids=lambda one: one.id)
@given(answer=st.floats())
def test_any_number_is_judged_and_only_what_is_near_enough_passes(exercise: Number[Any], answer: float) -> None:
    verdict, room = exercise.judge(answer), exercise.room(exercise.scene)
    assert verdict.solved == (abs(answer - exercise.solution) <= max(room, 1e-9 * abs(exercise.solution)))
    if not math.isfinite(answer):
        assert verdict.code == "no_number"
    elif verdict.code in ("too_small", "too_large"):
        assert (answer < exercise.solution) == (verdict.code == "too_small")
    exercise.shown(answer)


KNOWN = {
    "one_step": 1 / 8,
    "largest_rate": 2 / 8,
    "adams_first_step": 0.05,
    "momentum_adds_up": 0.1 / (1 - 0.9),
    "window_of_50": 1 - 1 / 50,
    "updates_of_an_epoch": 196,
    "four_times_the_batch": 0.4,
    "slope_of_w5": 0.08216704,
    "kept_unit": 5,
    "sub_networks": 16,
    "knows_nothing": math.log(10),
    "how_many_weights": 64 * 32 + 32 + 32 * 10 + 10,
    "fifth_update": 0.04,
}


@pytest.mark.parametrize("id", KNOWN)
def test_what_the_engine_answers_is_what_paper_and_pencil_do(id: str) -> None:
    assert BY_ID[id].solution == pytest.approx(KNOWN[id], rel=1e-6)


def test_a_number_near_two_mistakes_is_taken_for_the_nearer_one() -> None:
    exercise = BY_ID["updates_of_an_epoch"]
    assert [exercise.judge(value).code for value in (195.0, 195.3125, 50_000.0, 3.0)] == [
        "dropped", "unrounded", "too_large", "too_small",
    ]  # fmt: skip


CLICKS = [one for one in EXERCISES if isinstance(one, Click)]


@pytest.mark.parametrize("exercise", CLICKS, ids=lambda one: one.id)
@given(place=st.tuples(st.floats(-20, 20), st.floats(-20, 20)))
def test_wherever_is_clicked_there_is_something_to_say(exercise: Click[Any], place: tuple[float, float]) -> None:
    verdict = exercise.judge(place)
    for language in LANGUAGES:
        assert hint(exercise, verdict.code, verdict.values, place, words(language))
    assert exercise.shown(place) is not None and exercise.before(exercise.scene, place) is not None


# ------------------------------------------------------------------------------------------------- bug hunts


@pytest.mark.parametrize("exercise", BUGS, ids=lambda one: one.id)
def test_every_suspect_makes_a_run_of_its_own_and_the_mended_one_is_none_of_them(exercise: Bug[Any]) -> None:
    runs = [exercise.run(exercise.scene, one) for one in (*exercise.suspects, "")]
    assert not any(same(one, other) for i, one in enumerate(runs) for other in runs[:i])
    assert exercise.solution == exercise.cause and "# <-" in exercise.fix
    compile(exercise.fix, exercise.id, "exec")


# ------------------------------------------------------------------------------------------- the training to beat


def test_the_rival_and_the_learner_get_the_same_nets_batches_and_budget() -> None:
    exercise = BY_ID["beat_the_steps"]
    trainings = pair(exercise.solution)
    rivals, mine = trainings[:SEEDS], trainings[SEEDS:]
    assert [one.but(schedule=rivals[0].schedule) for one in mine] == list(rivals)
    assert len({one.seed for one in rivals}) == SEEDS


def test_a_short_training_is_the_one_that_the_lesson_runs() -> None:
    from lrviz.train.engine import Batch

    (training,) = BY_ID["knows_nothing"].question(BY_ID["knows_nothing"].scene)  # type: ignore[misc]
    short = training.but(steps=30)
    found, batch = trained((short,)), Batch([short])
    batch.load(batch.start())
    batch.run(30)
    assert list(found.at) == [0, 10, 20, 30]
    assert found.loss[-1, 0] == batch.judge().loss_val[0]
    assert found.loss[0, 0] == pytest.approx(math.log(10), rel=0.1)
    assert found.loss.dtype == found.accuracy.dtype == np.float64


@pytest.mark.parametrize("exercise", [one for one in EXERCISES if one.target], ids=lambda one: one.id)
def test_what_a_worker_measured_is_drawn(exercise: Exercise[Any]) -> None:
    asked = exercise.solution if isinstance(exercise, Knobs) else exercise.scene
    result = trained(exercise.question(asked))  # type: ignore[misc]
    figure, alt = drawn(exercise, Sitting(ran=exercise.solution, result=result), words("en"))  # type: ignore[misc]
    assert all(np.isfinite(line["y"]).all() for line in figure["data"])
    assert number(result.loss[-1, -SEEDS:].mean(), 4) in alt


# ------------------------------------------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.25", 0.25), (" 1/8 ", 0.125), ("0,5", 0.5), ("1e-3", 1e-3), (".5", 0.5), ("-3", -3.0), ("196", 196.0)]
    + [(text, None) for text in ("", "x", "1/0", "nan", "inf", "1e999", "1/2/3", "__import__", "9" * 5000, "1e", "/")],
)
def test_a_number_is_read_as_learners_write_it(text: str, value: float | None) -> None:
    assert read_number(text) == value or (text.startswith("999") and read_number(text) is not None)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_not(text: str) -> None:
    found = read_number(text)
    assert found is None or math.isfinite(found)


def test_an_exercise_there_is_not_is_a_problem_and_the_first_one_opens() -> None:
    scene, (problem,) = from_address({"exercise": "no_such"}, ExercisesScene())
    assert scene == ExercisesScene() and problem.code == "no_such_exercise"
    scene, problems = from_address({"exercise": "one_step"}, ExercisesScene())
    assert value_at(scene, "exercise") == "one_step" and not problems


# ------------------------------------------------------------------------------------------------- progress


def test_progress_comes_back_from_its_file() -> None:
    marks = {"one_step": "solved", "largest_rate": "shown"}
    assert read(written(marks)) == marks  # type: ignore[arg-type]
    assert len(written({one.id: "solved" for one in EXERCISES})) < 5_000


def test_what_is_solved_stays_solved() -> None:
    assert merged({"one_step": "solved"}, {"one_step": "shown", "kept_unit": "shown"}) == {
        "one_step": "solved",
        "kept_unit": "shown",
    }
    assert merged({"one_step": "shown"}, {"one_step": "solved"}) == {"one_step": "solved"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"{", "not_json"),
        (b"[" * 10_000, "not_json"),
        (b"[]", "not_progress"),
        (b"1", "not_progress"),
        (b'{"marks": {}}', "not_progress"),
        (b'{"file": "lrviz-exercises", "version": 1, "marks": 3}', "not_progress"),
        (b'{"file": "lrviz-exercises", "version": 2, "marks": {}}', "newer"),
        (b" " * 30_000, "not_progress"),
    ],
)
def test_a_file_that_is_no_progress_is_named(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.code == code
    assert all(words(language).has(f"page.exercises.file.error.{code}") for language in LANGUAGES)


def test_marks_of_exercises_there_are_not_and_marks_there_are_not_are_left_out() -> None:
    sent: Mapping[str, Any] = {"one_step": "solved", "gone": "solved", "kept_unit": "won", "sub_networks": 3}
    assert cleaned(sent) == {"one_step": "solved"}
    assert read(json.dumps({"file": "lrviz-exercises", "version": 1, "marks": sent}).encode()) == {"one_step": "solved"}
    assert cleaned(None) == cleaned([]) == cleaned({str(i): "solved" for i in range(2_000)}) == {}


def test_a_choice_that_is_none_of_the_answers_is_told() -> None:
    for exercise in EXERCISES:
        if isinstance(exercise, Choose | Bug):
            assert exercise.judge("no such").code == "no_choice"
