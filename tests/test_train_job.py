"""A training in chunks: however it is cut, steered or measured, its numbers are the one run's."""

from typing import Any

import numpy as np
import pytest
import torch

from lrviz.schedules import Constant, Points
from lrviz.train.anatomy import anatomy
from lrviz.train.canvas import LEVELS, LINE, SIDE, TILES, grid_of
from lrviz.train.cost import every
from lrviz.train.engine import Batch
from lrviz.train.job import BUDGET, Watched, rates_of, watched
from lrviz.train.measured import INSIDE, WORTH, Measured, measured
from lrviz.train.models import MLP, Linear
from lrviz.train.numbers import unpacked
from lrviz.train.tasks import Diabetes, Digits, Moons, Sine, Spirals, Wine
from lrviz.train.training import Training, data_of

SMALL = Training(task=Moons(points=60), model=MLP(width=5), steps=300)


def whole(*trainings: Training, **steering: Any) -> list[dict[str, Any]]:
    """The events of a job from its first chunk to its last."""
    events, state = [], None
    while True:
        chunk = watched(trainings, state, steering)
        state = chunk.state
        events += chunk.events
        if chunk.done:
            assert chunk.progress == 1 or (state.state.bad >= 0).all()
            return events


def found(events: list[dict[str, Any]]) -> Measured:
    told = measured(events)
    assert told is not None
    return told


def losses(events: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    return found(events).losses


def test_every_update_is_told_once_and_measured_at_the_same_places_at_any_speed() -> None:
    fast, slow = whole(SMALL), whole(SMALL, speed=700.0)
    assert losses(fast).shape == losses(slow).shape == (300, 1)
    one, other = found(fast), found(slow)
    assert np.array_equal(one.losses, other.losses) and np.array_equal(one.rates, other.rates)
    assert all(np.array_equal(one.worth[name], other.worth[name]) for name in WORTH)
    assert all(np.array_equal(one.inside[name], other.inside[name]) for name in INSIDE)
    assert one.steps.tolist() == other.steps.tolist() == [0, *range(every(SMALL), 301, every(SMALL))]
    np.testing.assert_allclose(one.rates, SMALL.rates(), 1e-6)


def test_single_steps_go_one_by_one() -> None:
    state: Watched | None = None
    for step in (1, 2, 3):
        chunk = watched((SMALL,), state, {"once": 1})
        state = chunk.state
        assert chunk.state.state.step == step and not chunk.done
    assert chunk.events[-1]["step"] == 3


def test_a_watched_speed_makes_so_many_updates_and_then_rests() -> None:
    warm = watched((SMALL,), None, {"once": 1})
    chunk = watched((SMALL,), warm.state, {"speed": 50.0})
    assert chunk.state.state.step == 1 + round(50 * BUDGET) and 0 < chunk.rest <= BUDGET


def test_a_rate_set_by_hand_holds_from_there_on_and_is_the_training_with_those_points() -> None:
    first = watched((SMALL,), None, {"once": 100})
    second = watched((SMALL,), first.state, {"once": 200, "rate": 0.02})
    told = found([*first.events, *second.events])
    assert told.by_hand == second.state.by_hand == ((100, 0.02),)
    assert told.rates[[99, 100, 299]] == pytest.approx([0.1, 0.02, 0.02])
    same = SMALL.but(schedule=Points(points=((0, 0.1), (100, 0.02)), interpolation="step"))
    np.testing.assert_array_equal(rates_of(SMALL, second.state.by_hand), same.rates())
    np.testing.assert_array_equal(told.losses, losses(whole(same)))


def test_at_one_update_only_the_last_rate_set_by_hand_counts() -> None:
    first = watched((SMALL,), None, {"once": 10, "rate": 0.2})
    paused = watched((SMALL,), first.state, {"once": 1, "rate": 0.3})
    again = watched((SMALL,), paused.state, {"once": 1, "rate": 0.3})
    assert again.state.by_hand == ((0, 0.2), (10, 0.3))


def test_many_seeds_are_told_side_by_side_and_each_is_that_training_alone() -> None:
    together = losses(whole(*(SMALL.but(seed=seed) for seed in range(3))))
    assert together.shape == (300, 3)
    alone = losses(whole(SMALL.but(seed=2)))
    np.testing.assert_allclose(together[:, 2], alone[:, 0], rtol=1e-6)  # told in single precision


def test_a_run_that_breaks_ends_there_and_says_when() -> None:
    events = whole(Training(task=Sine(), model=Linear(), schedule=Constant(lr=1e3), steps=5_000))
    (bad,) = events[-1]["bad"]
    assert 0 < bad < 5_000 and events[-1]["step"] < 5_000
    lost = losses(events)[:, 0]
    assert not np.isfinite(lost[bad]) and not np.isnan(lost[:bad]).any()  # told in single precision, some are inf


@pytest.mark.parametrize(
    ("task", "names", "count"),
    [
        (Spirals(classes=3), {"plane"}, SIDE**2),
        (Sine(), {"curve"}, LINE),
        (Wine(), {"confusion"}, 9),
        (Diabetes(), {"said"}, 133),
        (Digits(), {"tiles", "confusion"}, None),
    ],
)
def test_what_the_net_says_is_told_as_it_can_be_drawn(task: Any, names: set[str], count: int | None) -> None:
    last = whole(Training(task=task, steps=3))[-1]
    assert names == {"plane", "curve", "said", "confusion", "tiles"} & set(last)
    assert count is None or all(unpacked(last[name]).size == count for name in names)


def test_the_shades_of_a_plane_are_the_nets_classes_and_how_sure_it_is() -> None:
    one = Training(task=Spirals(classes=3, points=60), steps=40)
    last = whole(one)[-1]
    batch = Batch([one], dtype=torch.float64)
    batch.load(batch.start())
    batch.run(40)
    said = torch.softmax(torch.tensor(batch.says(grid_of(data_of(one.task)))[0]), 1)
    shades = unpacked(last["plane"]).astype(int)
    assert np.array_equal(shades // LEVELS, said.argmax(1).numpy())
    sure = (3 * said.amax(1) - 1) / 2
    np.testing.assert_allclose(shades % LEVELS, (LEVELS - 1) * sure.numpy(), atol=0.5 + 1e-6)


def test_the_digits_shown_are_the_worst_and_those_it_gets_wrong_say_what_for() -> None:
    one = Training(task=Digits(subset=300), steps=30)
    last = whole(one)[-1]
    wrong, right = last["wrong"], last["right"]
    assert len(wrong) == len(right) == TILES[0] * TILES[1]
    assert all(bool(a) != bool(b) for a, b in zip(wrong, right, strict=True))
    counted = unpacked(last["confusion"]).reshape(10, 10)
    assert counted.sum() == 449 and min(int(counted.sum() - np.trace(counted)), len(wrong)) == sum(map(bool, wrong))
    assert unpacked(last["tiles"]).size == TILES[0] * 12 * TILES[1] * 9


def test_a_net_that_broke_is_still_drawn() -> None:
    event = whole(Training(task=Moons(points=60), loss="mse", schedule=Constant(lr=1e3), steps=900))[-1]
    assert event["bad"][0] >= 0 and unpacked(event["plane"]).max() <= 2 * LEVELS - 1


def test_the_inside_of_a_net_is_measured_a_number_a_layer() -> None:
    dead = Training(task=Moons(points=60), model=MLP(depth=2, activation="relu"), schedule=Constant(lr=100.0), steps=50)
    inside = found(whole(dead)).inside
    assert inside["weight"].shape == inside["update_ratio"].shape == (51, 3)
    assert inside["dead"].shape == (51, 2) and inside["dead"][-1].max() > 0.5, "so large a rate kills units"


@pytest.mark.parametrize("name", ["tanh", "relu", "gelu"])
def test_dead_units_and_lengths_are_what_torch_counts(name: Any) -> None:
    one = Training(
        task=Moons(points=60), model=MLP(depth=1, width=9, activation=name), schedule=Constant(lr=30.0), steps=20
    )
    batch = Batch([one], dtype=torch.float64)
    batch.load(batch.start())
    batch.run(19)
    before = batch.net.theta.clone()
    batch.run(1)
    batch.judge()
    seen = anatomy(batch, before)
    theta, data = batch.net.theta[0], data_of(one.task)
    first, bias = theta[:18].view(2, 9), theta[18:27]
    out = getattr(torch.nn.functional, name)(torch.tensor(data.x) @ first + bias).abs()
    limits = {"tanh": (out.amin(0) > 0.99), "relu": (out.amax(0) < 1e-12), "gelu": (out.amax(0) < 1e-3)}
    assert seen.dead == pytest.approx([float(limits[name].double().mean())])
    assert seen.weight[0] == pytest.approx(float(first.norm()))
    assert seen.gradient[0] == pytest.approx(float(batch.net.grad[0, :18].norm()))
    assert seen.update_ratio[0] == pytest.approx(float((theta[:18] - before[0, :18]).norm() / first.norm()))
