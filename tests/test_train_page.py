"""The training page: at its edges, from broken links, what is touched, kept and brought in, in both languages."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from lrviz import jobs
from lrviz.jobs import Job, board
from lrviz.optimizers import Adam
from lrviz.schedules import Constant, Cosine, Formula, Points
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.train.job import watched
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.scene import BAND, PRESETS, TrainScene
from lrviz.train.tasks import Digits, Moons, Own, Sine, Wine
from lrviz.train.training import Training
from lrviz.ui import ledger, own_table, running, train
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget
from tests.test_train import BROKEN, TABLE, text

SMALL = TrainScene(training=Training(task=Moons(points=60), model=MLP(width=4), steps=30))
EDGES = {
    "one update": SMALL.but(training=SMALL.training.but(steps=1)),
    "as many as there may be": SMALL.but(training=SMALL.training.but(steps=100_000)),
    "a formula that is no number": SMALL.but(training=SMALL.training.but(schedule=Formula(expression="log(t - 5)"))),
    "no rate at all": SMALL.but(training=SMALL.training.but(schedule=Points(points=((0, 0), (9, 0))))),
    "seeds": SMALL.but(seeds=32),
    "a linear model from inside": SMALL.but(view="inside", training=SMALL.training.but(model=Linear())),
    "a curve from inside": SMALL.but(view="inside", training=Training(task=Sine(), model=MLP(depth=6))),
    "a large CNN": SMALL.but(training=Training(task=Digits(), model=CNN(channels=64), batch_size=0)),
    "nothing smoothed": SMALL.but(smooth=0),
    "one at a time": SMALL.but(speed=1),
}


@pytest.fixture(autouse=True)
def fresh_board() -> Iterator[None]:
    """No job of another test."""
    jobs.BOARD._jobs.clear()
    yield
    jobs.BOARD._jobs.clear()


def the_job() -> Job:
    """The one job that has not ended."""
    (job,) = [job for job in jobs.BOARD._jobs.values() if not job.ended]
    return job


def finish(**steering: Any) -> Job:
    """Work the job off here and now."""
    job = the_job()
    while not job.ended:
        work(job, **steering)
    return job


def work(job: Job, **steering: Any) -> None:
    """Work one chunk of a job off, as a worker would."""
    job.working = True
    jobs.BOARD._working += 1
    done: Future[Any] = Future()
    done.set_result(watched(job.spec, job.state, steering))
    jobs.BOARD._done(job, done, time.monotonic())


def said(app: Any) -> str:
    """All the text of a page, without the marks that keep it from being read as Markdown."""
    return "\n".join(element.value for element in app.markdown).replace("\\", "")


def page(scene: TrainScene = SMALL, **given: str) -> Any:
    return opened("train", to_address(scene, TrainScene()) | given)


def scene_of(app: Any) -> TrainScene:
    return app.session_state["train scene"]


def running_job(app: Any) -> str:
    return app.session_state[f"job {train.TARGET}"]


# --- edges and broken links ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = page(EDGES[name], lang=language)
    assert_whole(app, "train", language)
    assert scene_of(app) == EDGES[name] and len(app.warning) == 0


LINKS: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "no such task": ({"training.task": "chess"}, [("chess", "spirals")]),
    "images only": ({"training.model": "cnn"}, [("", "mlp")]),
    "one row a batch": ({"training.model.norm": "batch", "training.batch_size": "1"}, [("batch", "32")]),
    "too many seeds": ({"seeds": "33"}, [("32", "1")]),
    "too long": ({"training.steps": "100001"}, [("100000", "2000")]),
    "too wide": ({"training.model.width": "513"}, [("512", "16")]),
    "a table in a link": ({"training.task": "own", "training.task.table": "AAAA"}, [("table", "")]),
    "a broken net": (
        {"training.model.depth": "-1", "training.model.dropout": "1"},
        [("depth", "2"), ("dropout", "0")],
    ),
    "no number": ({"training.schedule.lr": "nan"}, [("nan", "0.1")]),
    "markup": ({"training.task.turns": "<b>"}, [("\\<b\\>", "1.25")]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LINKS)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = LINKS[name]
    assert_broken_parts_are_said("train", address, expected, language)


# --- the job ---


def test_a_small_training_runs_by_itself_and_a_change_starts_it_anew() -> None:
    app = page()
    first = the_job()
    assert first.spec == (SMALL.training,) and first.target == train.TARGET
    widget(app, "train preset en").set_value("curve").run()
    assert first.code == "replaced" and the_job().spec == (PRESETS["curve"].training,)


def test_an_address_that_is_written_names_the_training_that_is_shown() -> None:
    app = page()
    app.query_params["job"] = finish().id
    widget(app, "train preset en").set_value("curve").run()
    assert app.query_params["job"] == the_job().id == running_job(app)


def test_what_changes_no_number_starts_nothing() -> None:
    app = page()
    job = the_job()
    widget(app, "option en view train").set_value("inside").run()
    assert scene_of(app).view == "inside" and the_job() is job


def test_a_long_training_waits_to_be_asked_and_says_how_long_it_takes() -> None:
    app = page(EDGES["a large CNN"])
    assert jobs.BOARD._jobs == {}
    (info,) = app.info
    assert "press Train" in info.value


def test_a_training_of_the_same_link_is_found_again_by_its_id() -> None:
    page()
    done = finish()
    again = page(job=done.id)
    assert len(jobs.BOARD._jobs) == 1
    assert words("en").w("page.train.result.pending") not in said(again)
    other = page(SMALL.but(training=SMALL.training.but(seed=1)), job=done.id)
    assert len(jobs.BOARD._jobs) == 2 and not other.exception


def test_what_was_trained_before_is_shown_again_whatever_id_the_address_has() -> None:
    app = page()
    first = finish()
    app.query_params["training.seed"] = "1"
    app.run()
    other = finish()
    assert running_job(app) == other.id
    app.query_params.clear()
    for name, given in (to_address(SMALL, TrainScene()) | {"job": other.id}).items():
        app.query_params[name] = given
    app.run()
    assert running_job(app) == first.id and len(jobs.BOARD._jobs) == 2


def test_what_came_of_it_is_said_in_numbers() -> None:
    app = page()
    finish()
    app.run()
    assert re.search(r"After 30 updates: validation loss 0[.]\d+, \d+[.]\d % of the validation rows right", said(app))


def test_a_run_that_diverged_is_said_with_its_step() -> None:
    app = page(TrainScene(training=Training(task=Sine(), model=Linear(), schedule=Constant(lr=500.0), steps=900)))
    bad = int(finish().events[-1]["bad"][0])
    app.run()
    assert 0 < bad < 900 and f"Diverged: at update {bad} the loss" in said(app)


def test_over_seeds_the_middle_and_the_range_are_said() -> None:
    app = page()
    widget(app, "train band").click().run()
    assert scene_of(app).seeds == BAND and len(the_job().spec) == BAND
    finish()
    app.run()
    assert f"{BAND} seeds, 30 updates: validation loss" in said(app)
    widget(app, "train band").click().run()
    assert scene_of(app).seeds == 1


def test_two_quick_choices_are_both_kept() -> None:
    app = page()
    widget(app, "option en view train").set_value("inside")
    widget(app, "train band").click().run()
    assert (scene_of(app).view, scene_of(app).seeds) == ("inside", BAND)


def test_a_full_queue_is_said_and_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST_WAITING", 0)
    app = page()
    assert_whole(app, "train", "en")
    assert words("en").w("live.queue_full") in [warning.value for warning in app.warning]


def test_rates_set_by_hand_become_the_schedule_and_train_the_same() -> None:
    app = page()
    job = the_job()
    work(job, once=10)
    work(job, once=30, rate=0.5)
    steered = train.measured(job.events)
    app.run()
    widget(app, "train by hand").click().run()
    assert scene_of(app).training.schedule.kind == "points"
    again = train.measured(finish().events)
    assert steered and again and np.array_equal(steered.losses, again.losses)


# --- the ledger ---


def test_a_run_is_kept_opened_renamed_hidden_and_removed() -> None:
    app = page()
    finish()
    widget(app, "train keep").click().run()
    (kept,) = app.session_state[ledger.LEDGER].runs
    assert kept.training == SMALL.training and kept.name == "SGD · Constant 0.1" and len(kept.loss_val) == 31
    other = SMALL.but(training=SMALL.training.but(optimizer=Adam(), schedule=Cosine(lr=0.01)))
    app.session_state["train scene"] = app.session_state["train settled"] = other
    app.run()
    finish()
    widget(app, "train keep").click().run()
    widget(app, "train tab en").set_value("diff").run()
    assert "| Optimizer | SGD | Adam |" in said(app) and "| Schedule of the rate: lr | 0.1 | 0.01 |" in said(app)
    assert not app.exception


def test_two_kept_runs_are_needed_for_a_difference() -> None:
    app = page()
    widget(app, "train tab en").set_value("diff").run()
    assert words("en").w("page.train.ledger.two_needed") in said(app)


# --- a table of one's own ---


def with_table(given: str = "", column: str = "b") -> Any:
    app = opened("train", {"training.task": "own", "training.task.column": column})
    read = own_table.read_own(given or text(TABLE))
    app.session_state[own_table.HELD] = ("mine.csv", read.columns.packed(), read)
    return app.run()


def test_without_a_table_nothing_is_trained_and_the_page_says_what_is_missing() -> None:
    app = opened("train", {"training.task": "own"})
    assert_whole(app, "train", "en")
    assert jobs.BOARD._jobs == {}
    assert words("en").w("page.train.own.waiting") in said(app)


def test_a_table_is_trained_on_and_only_the_columns_name_is_in_the_address() -> None:
    app = with_table()
    (one,) = the_job().spec
    assert isinstance(one.task, Own) and one.task.table == TABLE.packed()
    assert dict(app.query_params) == {"training.task": "own", "training.task.column": "b"}
    task = scene_of(app).training.task
    assert isinstance(task, Own) and task.table == b"", "the scene, its undo list and the address know no table"
    for tab in ("code", "data", "check"):
        widget(app, "train tab en").set_value(tab).run()
        assert_whole(app, "train", "en")
    widget(app, "train column en").set_value("c").run()
    assert dict(app.query_params)["training.task.column"] == "c" and the_job().spec[0].task.column == "c"


def test_two_visitors_with_a_column_of_one_name_have_each_their_own_table() -> None:
    other = "a,b,c\n" + "".join(f"{i},{'yes' if i % 3 else 'no'},{i % 7}\n" for i in range(50))
    with_table()
    with_table(other)
    tables = [job.spec[0].task.table for job in jobs.BOARD._jobs.values()]
    assert len(tables) == 2 and tables[0] != tables[1]


def test_a_table_that_does_not_go_with_the_net_is_said() -> None:
    rows = "a,b\n" + "".join(f"{i},{i % 2}\n" for i in range(30))
    app = opened("train", {"training.task": "own", "training.model.norm": "batch", "training.batch_size": "20"})
    read = own_table.read_own(rows)
    app.session_state[own_table.HELD] = ("mine.csv", read.columns.packed(), read)
    app.run()
    assert_whole(app, "train", "en")
    assert "at least two rows in every batch" in "".join(warning.value for warning in app.warning)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_table_has_its_sentence(name: str, language: str) -> None:
    given_text, code = BROKEN[name]
    with pytest.raises(own_table.LogError) as refused:
        own_table.read_own(given_text)
    said = words(language).w(f"upload.error.{code}", **refused.value.values)
    assert said and "{" not in said


# --- helps and forms ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", train.PARTS)
def test_every_part_of_the_form_opens(part: str, language: str) -> None:
    for task in (Moons(), Wine(), Digits(), Own()):
        app = page(TrainScene(training=Training(task=task)), lang=language)
        widget(app, f"train part {language}").set_value(part).run()
        assert_whole(app, "train", language)


def test_a_net_for_images_gives_way_to_one_for_all() -> None:
    scene = TrainScene(training=Training(task=Digits(), model=CNN()))
    assert train.on_task(scene, Moons()).training.model == MLP()
    assert train.on_task(scene, Digits(subset=9)).training.model == CNN()


def test_a_visitor_is_one_for_a_session() -> None:
    app = page()
    first = app.session_state[running.VISITOR]
    app.run()
    assert app.session_state[running.VISITOR] == first
