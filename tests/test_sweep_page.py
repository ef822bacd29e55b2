"""The Sweep page: every edge, language and broken link; what it says of a sweep that is done; what is touched."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lrviz import jobs
from lrviz.figures.sweep_places import cell_at, column
from lrviz.jobs import Brought
from lrviz.optimizers import ScheduleFree
from lrviz.schedules import Constant
from lrviz.spec import from_address, to_address
from lrviz.text import LANGUAGES, words
from lrviz.train.kinds import ByNorm, ByOptimizer, ByScaling
from lrviz.train.models import MLP, Linear
from lrviz.train.quantities import ByDropout, ByRate, ByRows, BySeed, ByWidth
from lrviz.train.scene import TrainScene
from lrviz.train.sweep import PRESETS, SweepScene
from lrviz.train.swept import swept
from lrviz.train.tasks import Diabetes, Moons, Sine
from lrviz.train.training import Training
from lrviz.ui.sweep import PICKED, TARGET, best_table, watched_at
from lrviz.ui.sweep_form import LID
from lrviz.ui.sweep_tabs import table
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import assert_whole, opened, widget
from tests.test_sweep_job import chunks, ended
from tests.test_swept import told

TINY = SweepScene(
    training=Training(task=Moons(points=40), model=MLP(width=4), steps=30, batch_size=8, schedule=Constant(lr=0.1)),
    across=ByRate(low=0.001, high=1.0, count=4), up=ByOptimizer(values=("sgd", "adam")), seeds=3,
)  # fmt: skip
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """What the job of the tiny sweep tells."""
    return ended(chunks(TINY))


@pytest.fixture
def done(events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server on which somebody has run the tiny sweep before."""
    monkeypatch.setattr(jobs.BOARD, "kept", jobs.Kept())
    jobs.BOARD.kept.put((TARGET, TINY.work), Brought(tuple(events), 1.0, 1_000))
    yield


def address(scene: SweepScene, language: str = "en") -> dict[str, str]:
    return {"lang": language} | to_address(scene, SweepScene())


def scene_of(app: AppTest) -> SweepScene:
    return app.session_state["sweep scene"]


def said(app: AppTest) -> list[str]:
    return [*(caption.value for caption in app.caption), *(block.value for block in app.markdown)]


# --- before anything has run ---

EDGES = {
    "numbers to predict": SweepScene(training=Training(task=Diabetes()), across=ByRate(), up=ByRows()),
    "a line to lay": TINY.on(TINY.training.but(task=Sine())),
    "no hidden layer": TINY.but(training=TINY.training.but(model=Linear())),
    "one column": TINY.but(up=ByRate(), across=ByNorm(values=("batch",))),
    "as many cells as there may be": TINY.but(across=ByRate(count=33), up=BySeed(count=33)),
    "three maps": TINY.but(beside=ByNorm()),
    "kinds both ways": TINY.but(across=ByNorm()),
    "an average handed over": TINY.but(training=TINY.training.but(optimizer=ScheduleFree()), up=BySeed()),
    "accuracy, no tolerance": TINY.but(measure="accuracy", tolerance=0.0),
    "all is good": TINY.but(tolerance=1.0),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("sweep", address(EDGES[name], language))
    assert_whole(app, "sweep", language)
    assert len(app.warning) == 0 and scene_of(app) == EDGES[name]
    app.session_state[LID] = True
    for tab in ("code", "data", "check"):
        widget(app, f"sweep tab {language}").set_value(tab).run()
        assert_whole(app, "sweep", language)


def test_a_page_that_nobody_looks_at_starts_nothing() -> None:
    app = opened("sweep", address(TINY))
    assert "job" not in app.query_params and words("en").w("page.sweep.good.waiting") in said(app)


BROKEN: dict[str, tuple[dict[str, str], list[tuple[str, str]]]] = {
    "the same twice": ({"across": "by_optimizer"}, [("by_optimizer", "by_rate")]),
    "no such axis": ({"up": "by_luck"}, [("by_luck", "by_optimizer")]),
    "rows of a task that makes them": ({"up": "by_rows", "training.task": "moons"}, [("", "by_optimizer")]),
    "a rate without end": ({"across.high": "1e9"}, [("1000", "10")]),
    "an empty range": ({"across.low": "20"}, [("20", "0.0001")]),
    "too many seeds": ({"seeds": "99"}, [("20", "5")]),
    "too many nets": (
        {"across.count": "33", "up": "by_batch_size", "up.count": "33", "seeds": "20"},
        [],
    ),
    "no such optimizer": ({"up.values": "sgd,adamm"}, [("adamm", "")]),
    "twice the same": ({"up.values": "sgd,sgd"}, [("sgd", "")]),
    "too long": ({"training.steps": "100000"}, [("240", "")]),
    "tolerance NaN": ({"tolerance": "nan"}, [("nan", "0.1")]),
    "steps unheard of": ({"training.stepps": "3"}, [("stepps", "")]),
    "µP for whom there is none": ({"training.model.scaling": "mup"}, [("", "")]),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", [name for name, (_, expected) in BROKEN.items() if expected])
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    given, expected = BROKEN[name]
    assert_broken_parts_are_said("sweep", given, expected, language)


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_whatever_is_broken_the_page_opens(name: str, language: str) -> None:
    app = opened("sweep", {"lang": language} | BROKEN[name][0])
    assert_whole(app, "sweep", language)
    assert len(app.warning) == 1


# --- a sweep that is done ---


@IN_EACH_LANGUAGE
def test_what_somebody_has_run_opens_at_once_with_its_numbers(language: str, done: None) -> None:
    app = opened("sweep", address(TINY, language))
    assert_whole(app, "sweep", language)
    assert "job" not in app.query_params
    given, result = words(language), swept(TINY, jobs.BOARD.kept.get((TARGET, TINY.work)).events)  # type: ignore[union-attr]
    head, lines = best_table(result, given)
    assert len(lines) == 2 and head[1:3] == [given.w("page.sweep.table.best"), given.w("page.sweep.table.end")]
    shown = [block.value for block in app.markdown if "---" in block.value]
    assert any(all(line[1] in block and line[2] in block for line in lines) for block in shown)
    rule = given.w("page.sweep.good.rule").split("{")[0]
    assert any(text.startswith(rule) and "0.1" in text for text in said(app))


def test_the_rule_in_numbers_follows_the_tolerance(done: None) -> None:
    rules = []
    for tolerance in (0.1, 0.3):
        app = opened("sweep", address(TINY.but(tolerance=tolerance)))
        rules += [text for text in said(app) if f"{tolerance}·(" in text]
    assert len(rules) == 2 and rules[0] != rules[1]


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("tab", ["data", "check", "look"])
def test_the_tabs_speak_of_what_has_come(tab: str, language: str, done: None) -> None:
    app = opened("sweep", address(TINY, language))
    widget(app, f"sweep tab {language}").set_value(tab).run()
    assert_whole(app, "sweep", language)
    assert words(language).w("page.sweep.data.waiting") not in said(app)


def test_a_cell_that_is_clicked_is_read_out(done: None) -> None:
    app = opened("sweep", address(TINY))
    app.session_state[PICKED] = (TINY.work, (0, 1, 2))
    app.run()
    assert any("Adam" in text and "0.1" in text and "3 seeds" in text for text in said(app))
    app.session_state[PICKED] = (PRESETS["mup"].work, (0, 1, 2))
    app.run()
    assert words("en").w("page.sweep.cell.hint") in said(app), "a cell of another sweep is none of this one's"


def test_all_nets_go_into_the_file(events: list[dict[str, Any]]) -> None:
    heads, columns, names = table(swept(TINY, events), words("en"))
    assert heads[:3] == ["Optimizer (0 SGD, 1 Adam)", "Learning rate", "seed"] and len(heads) == len(columns) == 8
    assert columns.shape == (8, 24) and len(names) == 24
    assert columns[0].tolist() == [0.0] * 12 + [1.0] * 12 and columns[2].tolist() == [0.0, 1.0, 2.0] * 8
    assert sorted(set(columns[1])) == list(TINY.across())


def test_memory_that_was_short_is_said(done: None, events: list[dict[str, Any]]) -> None:
    jobs.BOARD.kept.put((TARGET, TINY.work), Brought(({"split": 6, "step": 0}, *events), 1.0, 1_000))
    assert words("en").w("page.sweep.split.note", size=6) in said(opened("sweep", address(TINY)))


def test_a_sweep_that_was_cut_short_shows_what_it_has(
    monkeypatch: pytest.MonkeyPatch, events: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(jobs.BOARD, "_go", lambda: None)
    monkeypatch.setattr(jobs.BOARD, "kept", jobs.Kept())
    id = jobs.BOARD.start("ann", TARGET, TINY.work)
    job = jobs.BOARD.find(id)
    assert job is not None
    job.events += events[:1]
    jobs.BOARD.cancel(id)
    app = opened("sweep", address(TINY) | {"job": id})
    assert_whole(app, "sweep", "en")
    assert dict(app.query_params)["job"] == id
    assert any("---" in text for text in said(app)), "the table of what is known so far"
    other = opened("sweep", address(TINY.but(seeds=2)) | {"job": id})
    assert words("en").w("page.sweep.good.waiting") in said(other), "a job of another sweep is none of this one's"


# --- what is touched ---


def with_training(scene: SweepScene, language: str = "en") -> AppTest:
    """The page with the lid over the training lifted."""
    app = opened("sweep", address(scene, language))
    app.session_state[LID] = True
    return app.run()


def test_the_training_is_drawn_only_where_its_lid_is_lifted() -> None:
    closed, lifted = opened("sweep", address(TINY)), with_training(TINY)
    assert_whole(lifted, "sweep", "en")
    assert "moons" not in [box.value for box in closed.selectbox] and "moons" in [box.value for box in lifted.selectbox]


def test_an_axis_is_chosen_and_trades_places() -> None:
    app = opened("sweep", address(TINY))
    box = next(box for box in app.selectbox if box.value == "by_rate")
    box.set_value("by_optimizer").run()
    assert_whole(app, "sweep", "en")
    assert scene_of(app) == TINY.swapped()
    widget(app, "sweep swap").click().run()
    assert scene_of(app) == TINY and dict(app.query_params) == address(TINY)


def test_only_what_the_training_has_is_offered() -> None:
    app = opened("sweep", address(TINY))
    options = next(box for box in app.selectbox if box.value == "by_rate").options
    names = words("en")
    assert names.kind("by_width") in options and names.kind("by_rows") not in options
    linear = opened("sweep", address(TINY.but(training=TINY.training.but(model=Linear()))))
    assert names.kind("by_width") not in next(box for box in linear.selectbox if box.value == "by_rate").options


def test_several_kinds_are_chosen_in_the_order_in_which_they_stand() -> None:
    app = opened("sweep", address(TINY))
    widget(app, "several en up.values by_optimizer").set_value(["adam", "momentum", "sgd"]).run()
    assert scene_of(app).up == ByOptimizer(values=("sgd", "momentum", "adam"))
    widget(app, "several en up.values by_optimizer").set_value([]).run()
    assert_whole(app, "sweep", "en")
    assert scene_of(app).up == ByOptimizer(values=("sgd", "momentum", "adam")) and len(app.error) == 1


@IN_EACH_LANGUAGE
def test_a_choice_that_does_not_go_with_the_rest_is_refused_in_a_sentence(language: str) -> None:
    scene = TINY.but(up=ByScaling(), across=ByWidth(count=2, high=32))
    app = with_training(scene, language)
    next(box for box in app.selectbox if box.value == "sgd").set_value("adagrad").run()
    assert_whole(app, "sweep", language)
    assert scene_of(app) == scene
    (error,) = app.error
    assert error.value == words(language).problem("no_scaling", rule="adagrad")


def test_another_task_takes_what_does_not_fit_it_along() -> None:
    scene = TINY.but(measure="accuracy_val")
    app = with_training(scene)
    next(box for box in app.selectbox if box.value == "moons").set_value("sine").run()
    assert_whole(app, "sweep", "en")
    now = scene_of(app)
    assert now.training.task.kind == "sine" and now.measure == "loss_val"


def test_a_cells_run_has_an_address_on_the_page_that_shows_one() -> None:
    one = TINY.cells[5]
    page, link = watched_at(one)
    assert page == "train" and from_address(link, TrainScene()) == (TrainScene(training=one), [])


def test_every_place_of_the_picture_is_a_cell_or_none() -> None:
    scene = TINY.but(beside=ByNorm(values=("none", "layer")))
    result = swept(scene, told(scene, [1.0] * 16 * 3))
    for b in range(2):
        for u in range(2):
            for a in range(4):
                assert cell_at(column(b, a, result) + 0.3, u - 0.4, result) == (b, u, a)
    for x, y in ((4.0, 0.0), (-1.0, 0.0), (9.0, 0.0), (1.0, 2.0), (1.0, -1.0)):
        assert cell_at(x, y, result) is None
    assert ByDropout().kind == "by_dropout"
