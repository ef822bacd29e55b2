"""The 2-2-2 network: the numbers of the worked example, both orders of the update, every path, every stage."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.backprop.chain import is_output
from lrviz.backprop.engine import PARAMETERS, Rule, Update, error_of, run_pass, slopes, updated
from lrviz.backprop.losses import CrossEntropy, HalfSquared, Loss, SumSquared
from lrviz.backprop.ruler import RATES as TRIED
from lrviz.backprop.scene import MOST_STEPS, PRESETS, STAGES, BackpropScene, Worked, worked
from lrviz.backprop.training import train
from lrviz.backprop.units import Identity, ReLU, Sigmoid, Tanh, Unit
from lrviz.spec import choices_of, kind_of
from tests.strategies import specs

# float64, from PyTorch's autograd and SGD, and the same with w5 to w8 updated first.
GOLDEN: Any = json.loads((Path(__file__).parent / "mazur.json").read_text(encoding="utf-8"))
MAZUR = BackpropScene()
UNITS: list[Any] = [unit() for unit in choices_of(Unit)]
LOSSES: list[Any] = [loss() for loss in choices_of(Loss)]


def after(steps: int, **scene: Any) -> Worked:
    return worked(MAZUR.but(done=steps, **scene))


# ------------------------------------------------------------------------------------------- the worked example


@pytest.mark.parametrize("name", ["net_h", "out_h", "net_o", "out_o", "errors", "gradient"])
def test_the_first_pass(name: str) -> None:
    np.testing.assert_allclose(getattr(worked(MAZUR).now, name)[0], GOLDEN[name], rtol=1e-14)


def test_the_numbers_as_they_are_known() -> None:
    first = worked(MAZUR)
    assert f"{first.error:.9f}" == "0.298371109"
    assert f"{first.gradient[4]:.9f}" == "0.082167041"
    assert f"{first.after[4]:.8f}" == "0.35891648"
    assert f"{first.error_after:.9f}" == "0.291027774"
    assert f"{after(0, update='reuse').error_after:.9f}" == "0.291027924"
    outputs = after(10_000, update="reuse").now.out_o[0]
    assert [f"{out:.9f}" for out in outputs] == ["0.015912196", "0.984065734"]


@pytest.mark.parametrize(
    ("steps", "update", "name"),
    [(1, "simultaneous", "once"), (1, "reuse", "once_reusing")]
    + [(10_000, "simultaneous", "ten_thousand"), (10_000, "reuse", "ten_thousand_reusing")],
)
def test_both_orders_of_the_update(steps: int, update: Update, name: str) -> None:
    found = after(steps, update=update)
    np.testing.assert_allclose(found.parameters, GOLDEN[name]["parameters"], rtol=1e-11)
    assert found.error == pytest.approx(GOLDEN[name]["error"], rel=1e-10)
    np.testing.assert_allclose(found.now.out_o[0], GOLDEN[name].get("out_o", found.now.out_o[0]), rtol=1e-12)


def test_the_biases_move_only_when_they_are_to() -> None:
    still, moved = after(1), after(1, biases=True)
    assert still.parameters[8:].tolist() == [0.35, 0.6]
    np.testing.assert_allclose(moved.parameters[8:], GOLDEN["once_with_biases"]["biases"], rtol=1e-14)
    np.testing.assert_array_equal(moved.parameters[:8], still.parameters[:8])
    assert moved.error == pytest.approx(GOLDEN["once_with_biases"]["error"], rel=1e-14)


def test_both_curves_are_drawn_whatever_the_order_that_is_open() -> None:
    for update in get_args(Update):
        found = worked(MAZUR.but(update=update, steps=10_000, done=7)).curves
        for curve, name in ((found.simultaneous, ""), (found.reuse, "_reusing")):
            assert len(curve) == 10_001
            assert curve[0] == pytest.approx(GOLDEN["error"], rel=1e-14)
            assert curve[1] == pytest.approx(GOLDEN[f"once{name}"]["error"], rel=1e-14)
            assert curve[-1] == pytest.approx(GOLDEN[f"ten_thousand{name}"]["error"], rel=1e-10)


# ------------------------------------------------------------------------------------------------- any network


@given(specs(BackpropScene))
@settings(max_examples=60)
def test_of_any_scene_everything_can_be_asked(scene: BackpropScene) -> None:
    found = worked(scene)
    assert found.gradient.shape == found.after.shape == found.parameters.shape == (10,)
    assert len(found.curves.of(scene.update)) == max(scene.steps, scene.done) + 1
    assert found.ruler.best is None or found.ruler.stretches
    assert found.bad is None or found.bad <= max(scene.steps, scene.done)
    for name in PARAMETERS:
        assert found.paths(name)


@given(specs(BackpropScene))
@settings(max_examples=60)
def test_the_products_of_all_paths_add_up_to_the_gradient(scene: BackpropScene) -> None:
    found = worked(scene.but(done=0))
    for at, name in enumerate(PARAMETERS):
        paths = found.paths(name)
        assert len(paths) == (4 if name == "b1" else 1 if name in PARAMETERS[4:8] else 2)
        products = [path.product for path in paths]
        size = max(map(abs, products))
        if np.isfinite(size):
            assert sum(products) == pytest.approx(found.gradient[at], rel=1e-9, abs=1e-12 * size + 1e-300)


@given(specs(BackpropScene), st.integers(1, 40))
@settings(max_examples=60)
def test_the_plain_loop_makes_the_engines_updates(scene: BackpropScene, steps: int) -> None:
    trained, parameters, errors = train(scene.net, scene.start, scene.rule, steps), scene.start[None], []
    with np.errstate(all="ignore"):
        for _ in range(steps):
            errors.append(error_of(scene.net, parameters)[0])
            parameters = updated(scene.net, parameters, scene.rule)
    # Where a training leaves for infinity, rounding decides on the way; up to there both make the same.
    kept = np.flatnonzero(~(np.abs(errors) < 1e6))[:1].tolist() or [steps]
    np.testing.assert_allclose(trained.errors[: kept[0]], errors[: kept[0]], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("unit", UNITS, ids=kind_of)
def test_a_unit_is_the_same_for_one_number_and_for_many(unit: Any) -> None:
    nets = np.array([-1e308, -800.0, -3.0, -0.0, 0.0, 1e-9, 0.7, 40.0, 800.0, np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        outs = unit(nets)
        rises = unit.slope(nets, outs)
    one_by_one = np.array([unit.at(net) for net in nets.tolist()])
    np.testing.assert_allclose(one_by_one[:, 0], outs, rtol=1e-15)
    np.testing.assert_allclose(one_by_one[:-1, 1], rises[:-1], rtol=1e-15)


@pytest.mark.parametrize("loss", LOSSES, ids=kind_of)
def test_an_error_is_the_same_for_one_number_and_for_many(loss: Any) -> None:
    outs = np.array([0.0, 1e-300, 0.2, 0.5, 1 - 1e-16, 1.0])
    for target in (0.0, 0.3, 1.0):
        one_by_one = np.array([loss.at(out, target) for out in outs.tolist()])
        np.testing.assert_allclose(one_by_one[:, 0], loss(outs, np.array(target)), rtol=1e-15)
        np.testing.assert_allclose(one_by_one[:, 1], loss.slope(outs, np.array(target)), rtol=1e-15)


@pytest.mark.parametrize("update", get_args(Update))
def test_many_parameter_sets_at_once_are_each_by_itself(update: Update) -> None:
    many = np.random.default_rng(0).normal(size=(7, 10))
    rule, rates = Rule(0.3, update, biases=True), np.geomspace(0.1, 2, 7)
    together = updated(MAZUR.net, many, rule, rates)
    for one, rate, row in zip(many, rates, together, strict=True):
        np.testing.assert_allclose(updated(MAZUR.net, one[None], Rule(rate, update, biases=True))[0], row, rtol=1e-13)
    np.testing.assert_allclose(run_pass(MAZUR.net, many).error, error_of(MAZUR.net, many), rtol=1e-14)


def test_new_weights_change_the_gradient_of_the_hidden_layer_alone() -> None:
    true, late = (slopes(MAZUR.net, MAZUR.start[None], Rule(0.5, update)).gradient[0] for update in get_args(Update))
    np.testing.assert_array_equal(true[4:8], late[4:8])
    assert (np.abs(true[:4] - late[:4]) > 1e-6).all()
    reused = [f.reused for path in worked(MAZUR.but(update="reuse")).paths("w1") for f in path.factors]
    assert sum(reused) == 2 and not any(f.reused for path in worked(MAZUR).paths("w1") for f in path.factors)


# ------------------------------------------------------------------------------------------- what the presets say


def test_half_the_squares_of_two_outputs_is_their_mean_square() -> None:
    half, total = worked(MAZUR), worked(MAZUR.but(loss=SumSquared()))
    assert half.error == pytest.approx(np.mean((half.now.out_o[0] - scene_targets()) ** 2), rel=1e-14)
    assert total.error == pytest.approx(2 * half.error, rel=1e-14)


def scene_targets() -> Any:
    return MAZUR.net.targets


def test_cross_entropy_cancels_the_slope_of_the_sigmoid() -> None:
    found = worked(PRESETS["cross_entropy"]).now
    np.testing.assert_allclose(found.delta_o[0], (found.out_o[0] - scene_targets()) / 2, rtol=1e-13)


def test_saturation_flattens_and_a_dead_relu_cuts() -> None:
    flat, first = worked(PRESETS["saturated"]).gradient, worked(MAZUR).gradient
    assert abs(flat[4]) < 0.02 * abs(first[4])
    dead = worked(PRESETS["dead"])
    assert not dead.gradient[:8].any() and dead.error_after == dead.error and not dead.grows
    assert dead.ruler.stretches == () and dead.ruler.best is None


def test_too_large_a_rate_is_noticed_and_a_lower_one_offered() -> None:
    found = worked(PRESETS["too_large"])
    assert found.grows and 20 < found.error_after / found.error < 25
    saved = found.saving_rate
    assert saved is not None and saved < found.scene.lr
    assert not worked(found.scene.but(lr=saved)).grows
    assert worked(found.scene.but(steps=1_000)).bad is not None
    assert worked(MAZUR).saving_rate is None and worked(MAZUR).bad is None


@given(specs(BackpropScene), st.floats(0.01, 100))
@settings(max_examples=60)
def test_the_ruler_says_of_a_rate_what_the_update_does(scene: BackpropScene, lr: float) -> None:
    found = worked(scene.but(done=0, lr=lr)).ruler
    tried = np.geomspace(0.01, 100, TRIED)
    if not found.stretches:
        return
    at = int(np.abs(np.log(tried / lr)).argmin())
    stretch = next(one for one in (*found.stretches, *found.stretches[-1:]) if tried[at] <= one.to * 1.001)
    now = worked(scene.but(done=0, lr=float(tried[at])))
    assert stretch.falls == (now.error_after < now.error)


def test_the_best_rate_lowers_the_error_more_than_its_neighbours() -> None:
    scene = PRESETS["too_large"]
    best = worked(scene).ruler.best
    assert best is not None
    lowest = worked(scene.but(lr=best)).error_after
    assert all(worked(scene.but(lr=best * factor)).error_after > lowest for factor in (0.9, 1.1))


# ------------------------------------------------------------------------------------------------------- the scene


def test_stepping_on_goes_through_every_stage_and_then_begins_the_next_pass() -> None:
    scene, seen = MAZUR.at("inputs"), list[tuple[int, str]]()
    for _ in range(len(STAGES) + 1):
        seen.append((scene.done, scene.stage))
        scene = scene.stepped(1) or scene
    assert seen == [*((0, stage) for stage in STAGES), (1, "inputs")]
    for expected in reversed(seen):
        scene = scene.stepped(-1) or scene
        assert (scene.done, scene.stage) == expected
    assert MAZUR.at("inputs").stepped(-1) is None
    assert MAZUR.but(done=MOST_STEPS).at("update").stepped(1) is None


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_picked_parameter_is_lit_and_its_gradient_worked_out(name: str) -> None:
    picked = MAZUR.at("inputs").picked(name)
    assert picked.lit == name and picked.stage == ("grad_o" if is_output(name) else "grad_h")
    assert picked.picked(name).lit == ""
    assert picked.but(stage="update").picked(PARAMETERS[0] if name != "w1" else "w2").stage == "update"
    assert picked.but(stage="error").lit == ""


def test_picking_what_is_no_parameter_puts_the_light_out() -> None:
    assert MAZUR.picked("i1").lit == ""


def test_training_on_stays_within_what_there_is() -> None:
    assert MAZUR.trained(10).done == 10 and MAZUR.trained(-1).done == 0
    assert MAZUR.trained(10**9).done == MOST_STEPS


def test_cross_entropy_is_only_offered_where_it_means_something() -> None:
    scene = PRESETS["cross_entropy"]
    assert CrossEntropy in MAZUR.losses
    assert CrossEntropy not in MAZUR.but(output=Tanh()).losses and CrossEntropy not in MAZUR.but(t1=-0.5).losses
    assert scene.with_output(ReLU()).loss == HalfSquared() and scene.with_output(Sigmoid()).loss == CrossEntropy()
    assert MAZUR.but(loss=SumSquared()).with_output(Identity()).loss == SumSquared()
    for wrong in ({"output": Tanh()}, {"t2": 1.5}):
        with pytest.raises(ValidationError, match="cross_entropy"):
            scene.but(**wrong)
