"""The sweep's scene: its axes, its cells, its limits, and what is read from its ends."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.optimizers import Adagrad, Adam, rule_kinds
from lrviz.schedules import Constant, Cosine, Step, Warmup
from lrviz.spec import choices_of, from_address, kind_of, to_address
from lrviz.train.axes import Axis, Beside
from lrviz.train.axis import AxisSpec
from lrviz.train.kinds import Alone, ByNorm, ByOptimizer, ByPenalty, ByScaling, BySchedule, ByStages
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.quantities import (
    ByBatchSize,
    ByDecay,
    ByDepth,
    ByDropout,
    ByRate,
    ByRows,
    BySeed,
    ByWarmup,
)
from lrviz.train.spanning import spanning
from lrviz.train.sweep import BASE, BY_ITSELF, MOST_NETS, PRESETS, SweepScene
from lrviz.train.swept import swept
from lrviz.train.tasks import Diabetes, Digits, Moons
from lrviz.train.training import Training
from lrviz.train.work import seconds_of

AXES: list[Any] = [cls() for cls in choices_of(Axis)]
SMALL = SweepScene(across=ByRate(low=0.01, high=1.0, count=3), up=ByOptimizer(values=("sgd", "adam")), seeds=2)


def beside_another(axis: AxisSpec) -> SweepScene:
    other = BySeed(count=2) if kind_of(axis) != "by_seed" else ByDropout(high=0.2, count=2)
    return SweepScene(across=axis, up=other, seeds=1)  # type: ignore[arg-type]


FULL = "0.9 + 0 * t" + " + 0 * t" * 23
"""A rate with no room for a factor before it."""

# --- axes ---


@pytest.mark.parametrize("axis", AXES, ids=kind_of)
def test_an_axis_puts_each_of_its_values_where_it_says_and_nowhere_else(axis: Any) -> None:
    scene = beside_another(axis)
    row, values = scene.cells[: scene.shape[2]], axis()
    assert len(row) == len(values) == len(set(values))
    if axis.sets and not isinstance(axis, BySchedule | ByStages):
        part, _, name = axis.sets.rpartition(".")
        found = [getattr(getattr(cell, part) if part else cell, name) for cell in row]
        assert [kind_of(v) if isinstance(axis, ByOptimizer) else v for v in found] == list(values)
    changed = {name for cell in row for name, value in dict(cell).items() if value != getattr(scene.training, name)}
    assert changed <= {axis.sets.partition(".")[0]} | ({"schedule"} if axis.timed else set()) | {
        "by_penalty": {"l1", "l2", "weight_decay"},
        "by_stages": {"growth_epochs", "schedule"},
    }.get(axis.kind, set())


@pytest.mark.parametrize("axis", [axis for axis in AXES if hasattr(axis, "low")], ids=kind_of)
def test_numbers_rise_from_end_to_end_even_in_steps_or_factors(axis: Any) -> None:
    values = np.array(axis(), dtype=float)
    assert (values[0], values[-1]) == (axis.low, axis.high) and (np.diff(values) > 0).all()
    apart = np.diff(np.log(values) if axis.scale == "log" else values)
    assert isinstance(values[1], float) and apart.max() / apart.min() < (1.8 if isinstance(axis.low, int) else 1.02)


def test_rates_are_read_as_they_are_used() -> None:
    assert ByRate(low=0.001, high=1.0, count=4)() == (0.001, 0.01, 0.1, 1.0)
    assert all(float(f"{v:.3g}") == v for v in ByRate()()) and len(ByRate()()) == 21
    assert ByBatchSize()() == (1, 2, 4, 8, 16, 32, 64, 128, 256) and ByDepth(high=2)() == (0, 1, 2)


def test_a_rate_scales_the_schedule_and_goes_beside_any_other_axis() -> None:
    scene = SweepScene(training=BASE.but(schedule=Cosine(lr=0.2, T_max=300)), across=ByRate(), up=BySeed(count=2))
    assert [cell.schedule for cell in scene.cells[:21]] == [Cosine(lr=float(lr), T_max=300) for lr in ByRate()()]


@pytest.mark.parametrize("kind", ByOptimizer.model_fields["values"].annotation.__args__[0].__args__)  # type: ignore[union-attr]
def test_every_optimizer_that_can_be_named_is_a_rule_with_its_usual_settings(kind: str) -> None:
    scene = SweepScene(across=BySeed(count=2), up=ByOptimizer(values=(kind,)))  # type: ignore[arg-type]
    assert all(cell.optimizer == rule_kinds()[kind]() for cell in scene.cells)


def test_the_trainings_own_optimizer_keeps_its_settings() -> None:
    own = Adam(beta1=0.5)
    scene = SweepScene(training=BASE.but(optimizer=own), across=BySeed(count=2), up=ByOptimizer(values=("adam", "sgd")))
    assert scene.cells[0].optimizer == own


def test_schedules_span_the_run_at_the_same_peak() -> None:
    for name in BySchedule.model_fields["values"].annotation.__args__[0].__args__:  # type: ignore[union-attr]
        scene = SweepScene(across=BySchedule(values=(name,)), up=BySeed(count=2))
        rates = scene.cells[0].rates()
        assert rates.max() == pytest.approx(0.1) and len(rates) == 300
        assert rates[-1] <= (0.1 if name == "constant" else 0.011)
    assert spanning(Step, 0.1, 300) == Step(lr=0.1, step_size=100, gamma=0.1)


def test_a_warmup_takes_its_share_and_the_schedule_the_rest() -> None:
    base = BASE.but(schedule=Cosine(lr=0.1, T_max=300))
    scene = SweepScene(training=base, across=ByWarmup(high=0.4, count=3), up=BySeed(count=2))
    none, some, long = (cell.schedule for cell in scene.cells[:3])
    assert none == Cosine(lr=0.1, T_max=300)
    assert some == Warmup(steps=60, then=Cosine(lr=0.1, T_max=240))
    assert long == Warmup(steps=120, then=Cosine(lr=0.1, T_max=180))


def test_a_penalty_takes_over_the_strength_that_stands_or_is_varied() -> None:
    scene = SweepScene(across=ByDecay(low=0.1, high=1.0, count=2), up=ByPenalty())
    found = [(cell.l1, cell.l2, cell.weight_decay) for cell in scene.cells]
    assert found == [(0.1, 0, 0), (1, 0, 0), (0, 0.1, 0), (0, 1, 0), (0, 0, 0.1), (0, 0, 1)]
    alone = SweepScene(training=BASE.but(weight_decay=0.5, l1=0.2), across=BySeed(count=2), up=ByPenalty())
    assert [(c.l1, c.l2, c.weight_decay) for c in alone.cells[::2]] == [(0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)]


def test_decaying_and_growing_take_the_same_epochs_in_1280_and_496_updates() -> None:
    constant, decay, grow = PRESETS["decay_or_grow"].cells[::13]
    assert (constant.steps, decay.steps, grow.steps) == (1280, 1280, 496)
    assert decay.schedule == Step(lr=0.001, step_size=4 * 64, gamma=0.5) and grow.schedule == Constant(lr=0.001)
    epoch, _, size = grow.epochs.at(np.arange(496))
    noise = constant.rates()[0] / size  # rate over batch: the noise scale, but for the number of rows
    for e in range(20):
        lowered = decay.rates()[e * 64] / 8
        assert noise[epoch == e] == pytest.approx(lowered), "the two lower the noise alike, epoch by epoch"


def test_equal_epochs_give_large_batches_fewer_updates() -> None:
    by_updates = SweepScene(across=ByRate(count=2), up=ByBatchSize(high=300, count=3))
    by_epochs = by_updates.but(budget="epochs")
    epochs = round(300 / 19)
    assert [cell.steps for cell in by_updates.cells[::2]] == [300, 300, 300]
    assert [cell.steps for cell in by_epochs.cells[::2]] == [epochs * 300, epochs * 18, epochs]


# --- the cells ---


def test_cells_come_map_by_map_row_by_row_and_seeds_one_after_another() -> None:
    scene = SMALL.but(beside=ByNorm(values=("none", "layer")))
    assert scene.shape == (2, 2, 3) and scene.nets == 24 and len(scene.trainings()) == 24
    cell = swept(scene, ()).cell(1, 0, 2)
    assert (cell.model.norm, kind_of(cell.optimizer), cell.schedule.lr) == ("layer", "sgd", 1.0)  # type: ignore[union-attr]
    assert [one.seed for one in scene.trainings()[:4]] == [0, 1, 0, 1]
    assert scene.trainings()[2 * (1 * 6 + 0 * 3 + 2)] == cell


def test_what_is_looked_at_changes_none_of_the_work() -> None:
    assert SMALL.but(measure="accuracy", tolerance=0.5).work == SMALL.work != SMALL.but(seeds=3).work


def test_places_trade_what_they_vary() -> None:
    scene = SMALL.varying("up", ByRate())
    assert (kind_of(scene.across), kind_of(scene.up)) == ("by_optimizer", "by_rate") and scene == SMALL.swapped()
    assert scene.up == SMALL.across, "an axis that only moves keeps its values"
    three = SMALL.but(up=BySeed(count=2)).varying("beside", ByOptimizer())
    assert three.beside == ByOptimizer(values=("sgd", "momentum")), "no more maps than there is room for"


def test_a_task_without_classes_is_judged_by_its_loss() -> None:
    scene = SMALL.but(measure="accuracy_val")
    assert (
        scene.on(BASE.but(task=Diabetes())).measure == "loss_val"
        and scene.on(BASE.but(seed=1)).measure == scene.measure
    )


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"across": "by_optimizer"}, "same_axis"),
        ({"up": "by_rows", "training.task": "moons"}, "axis_needs_subset"),
        ({"up": "by_width", "training.model": "linear_model"}, "axis_needs_hidden"),
        ({"up": "by_dropout", "training.model.depth": "0"}, "axis_needs_hidden"),
        ({"up": "by_width", "training.model": "cnn"}, "axis_needs_hidden"),
        ({"beside": "by_schedule"}, "too_many_maps"),
        ({"across.count": "33", "up": "by_batch_size", "up.count": "33", "seeds": "20"}, "too_many_nets"),
        ({"training.steps": "100000"}, "sweep_too_long"),
        ({"training.model.width": "512", "training.model.depth": "6", "training.steps": "3000"}, "sweep_too_long"),
        ({"budget": "epochs", "training.schedule": "cosine"}, "own_length"),
        ({"measure": "accuracy", "training.task": "diabetes"}, "no_accuracy"),
        ({"across.low": "5", "across.high": "1"}, "empty_range"),
        ({"up.values": "sgd,sgd"}, "twice_the_same"),
        ({"up.values": "sgd,adamant"}, "literal_error"),
        ({"up.values": ""}, "too_short"),
        ({"up": "by_batch_size", "training.model.norm": "batch", "training.model.depth": "1"}, "batch_norm_alone"),
        ({"up": "by_scaling", "training.optimizer": "adagrad"}, "no_scaling"),
        ({"training.schedule": "formula", "training.schedule.expression": FULL}, "cell_impossible"),
        ({"across.count": "1000000000"}, "less_than_equal"),
        ({"seeds": "0"}, "greater_than_equal"),
        ({"tolerance": "nan"}, "finite_number"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_the_rest_opens(address: dict[str, str], code: str) -> None:
    scene, problems = from_address(address | {"training.seed": "7"}, SweepScene())
    assert code in [problem.code for problem in problems]
    rest = "training" not in " ".join(address) or code in ("axis_needs_subset", "axis_needs_hidden")
    assert scene.training.seed == 7 or not rest


@pytest.mark.parametrize("name", PRESETS)
def test_every_ready_made_experiment_starts_by_itself_and_has_an_address(name: str) -> None:
    scene = PRESETS[name]
    assert scene.seconds <= BY_ITSELF and 100 <= scene.nets <= MOST_NETS
    assert from_address(to_address(scene, SweepScene()), SweepScene()) == (scene, [])


@given(st.data())
def test_any_two_axes_make_a_sweep_or_a_reason(data: st.DataObject) -> None:
    across, up = data.draw(st.sampled_from(AXES)), data.draw(st.sampled_from(AXES))
    beside = data.draw(st.sampled_from([cls() for cls in choices_of(Beside)]))
    model = data.draw(st.sampled_from([MLP(), MLP(depth=0), Linear(), CNN(channels=2)]))
    training = BASE.but(model=model, task=data.draw(st.sampled_from([Digits(subset=60), Digits(subset=61)])), steps=20)
    try:
        scene = SweepScene(training=training, across=across, up=up, beside=beside, seeds=1)  # type: ignore[arg-type]
    except ValidationError as error:
        assert error.errors()[0]["type"] in (
            *("same_axis", "too_many_maps", "axis_needs_hidden", "batch_norm_alone", "literal_error", "no_scaling"),
            *("sweep_too_long", "one_cycle_short"),
        )
        return
    assert len(scene.cells) == np.prod(scene.shape) and all(isinstance(cell, Training) for cell in scene.cells)


def test_the_estimate_counts_what_is_done() -> None:
    base = seconds_of(BASE)
    assert seconds_of(BASE.but(steps=600)) == pytest.approx(2 * base)
    wider, fuller, later = BASE.but(model=MLP(width=96)), BASE.but(batch_size=64), BASE.but(optimizer=Adam())
    images = BASE.but(model=CNN())
    assert all(seconds_of(one) > 1.3 * base for one in (wider, fuller, later, images))
    drops = BASE.but(model=BASE.model.but(dropout=0.5))
    assert seconds_of(drops) > base and SMALL.seconds == pytest.approx(2 * sum(map(seconds_of, SMALL.cells)))


def test_nothing_beside_and_a_scaling_beside_are_maps() -> None:
    assert Alone()() == ("",) and PRESETS["mup"].beside == ByScaling() and PRESETS["mup"].shape == (2, 5, 11)
    assert Moons().kind and Adagrad().kind and ByRows().sets == "task.subset"
