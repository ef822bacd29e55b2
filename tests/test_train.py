"""The training lesson: its scene, the rates set by hand, a table of one's own, the ledger, what things cost."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.optimizers import Adam, Momentum
from lrviz.schedules import Constant, Cosine, Points, Sequence, Step
from lrviz.schedules.base import ScheduleSpec
from lrviz.spec import from_address, kind_of, to_address
from lrviz.train import cost
from lrviz.train.job import rates_of
from lrviz.train.ledger import MOST, Kept, Ledger, differing, quantile
from lrviz.train.measured import INSIDE, WORTH, Measured, measured
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.own import FEWEST_ROWS, MOST_CLASSES, MOST_ROWS, Columns, own_csv, read_own, table_of, targets
from lrviz.train.scene import MOST_POINTS, PRESETS, TrainScene, kept_by_hand
from lrviz.train.tasks import Digits, Moons, Own, Sine, Spirals, Wine
from lrviz.train.training import Training, data_of
from lrviz.training_log import LogError

# --- the scene ---


def test_the_address_of_every_preset_leads_back_to_it() -> None:
    for scene in PRESETS.values():
        assert from_address(to_address(scene, TrainScene()), TrainScene()) == (scene, [])


def test_a_scene_is_one_training_at_several_seeds() -> None:
    scene = TrainScene(seeds=3, training=Training(seed=7))
    assert [one.seed for one in scene.trainings()] == [7, 8, 9]
    assert all(one.but(seed=7) == scene.training for one in scene.trainings())
    last = TrainScene(seeds=2, training=Training(seed=2**31 - 1))
    assert [one.seed for one in last.trainings()] == [2**31 - 1, 1], "no seed is beyond what is valid"


def test_a_table_joins_the_training_and_never_the_address() -> None:
    scene = TrainScene(training=Training(task=Own(column="c")))
    assert to_address(scene, TrainScene())["training.task.column"] == "c"
    (one,) = scene.trainings(TABLE.packed())
    assert isinstance(one.task, Own) and one.task.table == TABLE.packed()
    filled = TrainScene(training=one)
    assert to_address(filled, TrainScene()) == to_address(scene, TrainScene())
    _, problems = from_address({"training.task": "own", "training.task.table": "x"}, TrainScene())
    assert [problem.code for problem in problems] == ["unknown_part"]


# --- rates set by hand ---


def changes(most: int, last: int = 900) -> Any:
    steps = st.lists(st.integers(0, last), min_size=1, max_size=most, unique=True).map(sorted)
    return steps.flatmap(lambda at: st.tuples(*(st.tuples(st.just(s), st.floats(1e-5, 10)) for s in at)))


PLANS = (
    Constant(lr=0.3),
    Cosine(lr=0.3, T_max=500),
    Points(points=((0, 0.1), (700, 0.2))),
    Sequence(parts=(Constant(), Step()), milestones=(400,)),
)


@given(by_hand=changes(20), plan=st.sampled_from(PLANS))
def test_kept_rates_are_those_the_training_had(by_hand: Any, plan: Any) -> None:
    one = Training(schedule=plan, steps=1_000)
    kept = kept_by_hand(plan, by_hand)
    assert kind_of(kept) in ("points", "sequence")
    np.testing.assert_allclose(one.but(schedule=kept).rates(), rates_of(one, by_hand), rtol=1e-15)


def test_of_too_many_changes_those_that_change_least_go() -> None:
    by_hand = [(10 * i, 0.1 * (1 + 1e-6 * i)) for i in range(80)] + [(900, 5.0)]
    kept = kept_by_hand(Constant(), by_hand)
    assert isinstance(kept, Points) and len(kept.points) == MOST_POINTS
    assert kept.points[0] == (0, 0.1) and kept.points[-1] == (900, 5.0)


def test_what_has_too_many_parts_already_becomes_stairs() -> None:
    full = Sequence(parts=(Constant(), Step(), Cosine(), Constant()), milestones=(100, 200, 300))
    kept: ScheduleSpec = kept_by_hand(full, [(400, 0.7)])
    assert isinstance(kept, Points) and float(kept(400)) == float(kept(999)) == 0.7
    assert float(kept(0)) == float(full(0))
    early = kept_by_hand(full, [(150, 0.7)])
    assert isinstance(early, Sequence) and len(early.parts) == 3


# --- a table of one's own ---

RANDOM = np.random.default_rng(0)
TABLE = Columns(
    ("a", "b", "c"), ((), ("no", "yes"), ()), np.round(RANDOM.uniform(0, 2, (40, 3)), 3) // [0.001, 1, 0.001]
)


def text(columns: Columns, separator: str = ",") -> str:
    def cell(value: float, labels: tuple[str, ...]) -> str:
        return labels[int(value)] if labels else repr(float(value))

    rows = [map(cell, row, columns.labels) for row in columns.values]
    return "\n".join(separator.join(row) for row in (columns.names, *rows))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_as_it_is(separator: str) -> None:
    read = read_own(text(TABLE, separator))
    assert read.columns.names == TABLE.names and read.columns.labels == TABLE.labels
    assert np.array_equal(read.columns.values, TABLE.values) and (read.rows_left_out, read.left_out) == (0, ())


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(st.floats(-1e6, 1e6), min_size=width, max_size=width), min_size=1, max_size=30)
    )
)
def test_packing_a_table_loses_nothing(rows: list[list[float]]) -> None:
    values = np.array(rows)
    names = tuple(f"col \n{i}" for i in range(values.shape[1]))
    back = Columns.unpacked(Columns(names, ((),) * len(names), values).packed())
    assert back.names == names and np.array_equal(back.values, values)


def test_what_cannot_be_used_is_left_out_and_named() -> None:
    lines = text(TABLE).splitlines()
    lines[3] = "," + lines[3].partition(",")[2]
    extra = ["id,gaps,big", *(f"row {i},{'' if i % 2 else 1},1e31" for i in range(40))]
    lines = [f"{line},{more}" for line, more in zip(lines, extra, strict=True)]
    read = read_own("\n".join(lines))
    assert read.left_out == (("id", "texts"), ("gaps", "empty"), ("big", "huge")) and read.rows_left_out == 1
    assert read.columns.names == ("a", "b", "c") and len(read.columns.values) == 39


BROKEN = {
    "empty": ("", "empty"),
    "binary": ("\x01\x02\x03" * 50, "not_text"),
    "quotes": ('a,b\n1,"2\n' + "1,2\n" * 40_000, "broken_quotes"),
    "one column": ("a\n" + "1\n" * 40, "one_column"),
    "texts only": ("a,b\n" + "x,y\n" * 40, "one_column"),
    "a handful": ("a,b\n1,2\n" * 5, "too_few_rows"),
    "too long": ("a,b\n" + "1,2\n" * (MOST_ROWS + 1), "too_many_rows"),
    "too wide": (",".join(f"c{i}" for i in range(70)) + "\n" + (",".join(["1"] * 70) + "\n") * 40, "too_wide"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_refused_by_name(name: str) -> None:
    given_text, code = BROKEN[name]
    with pytest.raises(LogError) as refused:
        read_own(given_text)
    assert refused.value.code == code


@given(st.text(max_size=400))
def test_any_text_at_all_is_read_or_refused(given_text: str) -> None:
    try:
        assert len(read_own(given_text).columns.values) >= FEWEST_ROWS
    except LogError as error:
        assert error.code


def test_a_column_holds_classes_or_numbers_as_it_looks_or_as_one_says() -> None:
    values = np.column_stack([np.arange(30) % 3 + 5, np.linspace(0, 1, 30), np.arange(30) % 25, np.zeros(30)])
    columns = Columns(("few", "fine", "many", "flat"), ((),) * 4, values.astype(np.float64))
    few = table_of(columns, "few", "auto")
    assert (few.classes, few.labels) == (3, ("5", "6", "7")) and set(few.y) == {0, 1, 2}
    assert few.names == ("fine", "many", "flat") and few.x.shape == (30, 3)
    assert table_of(columns, "fine", "auto").classes == table_of(columns, "many", "auto").classes == 0
    assert table_of(columns, "few", "number").classes == 0
    assert table_of(columns, "many", "classes").classes == 0, f"more than {MOST_CLASSES} are no classes"
    assert table_of(columns, "no such column", "auto").names == ("few", "fine", "many")


def test_a_column_that_leaves_nothing_to_predict_from_is_no_target() -> None:
    columns = Columns(("x", "kind"), ((), ("a", "b")), np.column_stack([np.arange(20.0), np.arange(20) % 2]))
    assert targets(columns) == ("kind",)
    assert table_of(columns, "x", "auto").labels == ("a", "b")
    assert targets(TABLE) == ("a", "b", "c")


def test_a_table_trains_like_any_task() -> None:
    one = Training(task=Own(column="b", table=TABLE.packed()))
    data = data_of(one.task)
    assert (data.classes, data.labels, data.names, data.features) == (2, ("no", "yes"), ("a", "c"), 2)
    assert data.plane and one.rows_per_batch == 28
    assert data.x.mean(0) == pytest.approx([0, 0], abs=1e-12) and data.x.std(0) == pytest.approx([1, 1])
    assert data_of(one.but(seed=3).task) is data, "split once, and with the task it goes"
    same = Own(column="b", table=TABLE.packed())
    assert one.task == same and hash(one.task) == hash(same) and data_of(same) is not data
    assert one.task == same and one.task != same.but(seed=1), "also once the rows of both are made"
    assert len(pickle.dumps(one.task)) < len(TABLE.packed()) + 1_000 and pickle.loads(pickle.dumps(one.task)) == same
    waiting = data_of(Own())
    assert waiting.rows + len(waiting.x_val) == FEWEST_ROWS


def test_the_file_that_comes_with_a_program_holds_features_and_target() -> None:
    lines = own_csv(TABLE, "b", "auto").splitlines()
    assert lines[0] == '"a","c","b"' and len(lines) == 41
    assert np.array_equal(np.loadtxt(lines[1:], delimiter=","), TABLE.values[:, [0, 2, 1]])


# --- the ledger ---


def brought(seeds: int = 1, bad: int = -1) -> Measured:
    worth = {name: np.linspace(1, 0.1, 5)[:, None] + np.arange(seeds) / 10 for name in WORTH}
    inside = {name: np.zeros((5, 2)) for name in INSIDE}
    return Measured(np.zeros((40, seeds)), np.zeros(40), np.arange(0, 50, 10), worth, inside, np.array([bad] * seeds))


def test_runs_are_kept_renamed_hidden_and_removed() -> None:
    ledger = Ledger().keep("a", Training(), brought()).keep("b", Training(seed=1), brought(bad=7))
    assert [(run.name, run.slot, run.bad) for run in ledger.runs] == [("a", 0, -1), ("b", 1, 7)]
    assert ledger.changed(0, name="c", shown=False).runs[0].shown is False
    left = ledger.without(0).keep("d", Training(), brought())
    assert [(run.name, run.slot) for run in left.runs] == [("b", 1), ("d", 0)], "a free colour is taken again"


def test_ten_are_the_most() -> None:
    ledger = Ledger()
    for i in range(MOST + 3):
        ledger = ledger.keep(str(i), Training(), brought())
    assert ledger.full and [run.slot for run in ledger.runs] == [*range(MOST)]


def test_of_many_seeds_the_middle_and_the_band_are_kept() -> None:
    run: Kept = Ledger().keep("a", Training(), brought(11)).runs[0]
    assert run.seeds == 11 and run.low is not None and run.high is not None
    np.testing.assert_allclose(run.loss_val, np.linspace(1, 0.1, 5) + 0.5)
    np.testing.assert_allclose(run.high - run.low, 0.8)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=12), st.floats(0, 1))
def test_a_run_that_broke_counts_as_the_worst(values: list[float], share: float) -> None:
    (found,) = quantile(np.array([values]), share)
    finite = np.sort([v for v in values if np.isfinite(v)])
    place = share * (len(values) - 1)
    assert not np.isnan(found)
    if np.ceil(place) < len(finite):
        assert found == pytest.approx(np.quantile(np.append(finite, np.full(len(values) - len(finite), 1e308)), share))
    elif np.floor(place) >= len(finite):
        assert found == np.inf


def test_the_difference_of_runs_names_each_setting_once() -> None:
    one = Training(optimizer=Momentum(), schedule=Cosine(lr=0.1))
    assert differing([one, one]) == []
    found = dict(differing([one, one.but(optimizer=Adam(), schedule=Cosine(lr=0.2), seed=4)]))
    assert found["schedule.lr"] == [0.1, 0.2] and found["seed"] == [0, 4]
    assert [kind_of(rule) for rule in found["optimizer"]] == ["momentum", "adam"]
    assert found["optimizer.momentum"] == [0.9, None] and found["optimizer.beta1"] == [None, 0.9]
    assert "task" not in found and "schedule" not in found


# --- what has been measured so far ---


def test_nothing_is_measured_before_the_first_event() -> None:
    assert measured([]) is None


# --- what a training costs ---


def test_what_is_more_work_is_said_to_take_longer() -> None:
    base = Training()
    more = [
        [base.but(steps=20_000)],
        [base.but(model=MLP(width=256, depth=4))],
        [base.but(batch_size=0)],
        [base.but(seed=i) for i in range(16)],
        [base.but(task=Digits())],
    ]
    assert all(cost.seconds(trainings) > cost.seconds([base]) for trainings in more)
    digits = Training(task=Digits(), batch_size=8)
    assert cost.seconds([digits.but(model=CNN(channels=16))]) > cost.seconds([digits.but(model=CNN(channels=4))])
    assert cost.seconds([base.but(model=Linear())]) < cost.seconds([base])


@pytest.mark.parametrize("task", [Spirals(), Moons(), Sine(), Wine(), Digits()], ids=kind_of)
def test_a_run_is_measured_neither_too_often_nor_too_seldom(task: Any) -> None:
    for steps in (1, 7, 150, 2_000, 100_000):
        count = steps / cost.every(Training(task=task, steps=steps))
        assert min(steps, cost.FEWEST_MEASURED) * 0.5 <= count <= cost.MOST_MEASURED
