"""A training in chunks: however it is cut, steered or measured, its numbers are the one run's."""

from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from lrviz.schedules import Constant, Points
from lrviz.train.job import BUDGET, SIDE, Watched, every, grid_of, rates_of, watched
from lrviz.train.models import MLP, Linear
from lrviz.train.tasks import Moons, Sine, Spirals, Wine
from lrviz.train.training import Training

SMALL = Training(task=Moons(points=60), model=MLP(width=5), steps=300)


def numbers(sent: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(b64decode(sent["b"]), "<" + sent["t"]).reshape(sent["s"])


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


def losses(events: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    return np.concatenate([numbers(event["losses"]) for event in events if "losses" in event])


def worth(events: list[dict[str, Any]]) -> dict[int, list[bytes]]:
    """What was measured after each update, to the last bit."""
    return {e["step"]: [b64decode(v["b"]) for v in e["worth"].values()] for e in events if "worth" in e}


def test_every_update_is_told_once_and_measured_at_the_same_places_at_any_speed() -> None:
    fast, slow = whole(SMALL), whole(SMALL, speed=700.0)
    assert losses(fast).shape == losses(slow).shape == (300, 1)
    assert np.array_equal(losses(fast), losses(slow))
    assert worth(fast) == worth(slow)
    assert sorted(worth(fast)) == [0, *range(every(SMALL), 301, every(SMALL))]


def test_single_steps_go_one_by_one() -> None:
    state: Watched | None = None
    for step in (1, 2, 3):
        chunk = watched((SMALL,), state, {"once": 1})
        state = chunk.state
        assert chunk.state.state.step == step and not chunk.done
    assert chunk.events[-1]["step"] == 3


def test_a_watched_speed_makes_so_many_updates_and_then_rests() -> None:
    chunk = watched((SMALL,), None, {"speed": 50.0})
    assert chunk.state.state.step == round(50 * BUDGET) and 0 < chunk.rest <= BUDGET


def test_a_rate_set_by_hand_holds_from_there_on_and_is_the_training_with_those_points() -> None:
    first = watched((SMALL,), None, {"once": 100})
    second = watched((SMALL,), first.state, {"once": 200, "rate": 0.02})
    assert second.state.by_hand == ((100, 0.02),) and second.events[-1]["rate"] == pytest.approx(0.02)
    drawn = Points(points=((0, 0.1), (100, 0.02)), interpolation="step")
    same = SMALL.but(schedule=drawn)
    np.testing.assert_array_equal(rates_of(SMALL, second.state.by_hand), same.rates())
    told = losses([*first.events, *second.events])
    np.testing.assert_array_equal(told, losses(whole(same)))


def test_many_seeds_are_told_side_by_side_and_each_is_that_training_alone() -> None:
    together = losses(whole(*(SMALL.but(seed=seed) for seed in range(3))))
    assert together.shape == (300, 3)
    alone = losses(whole(SMALL.but(seed=2)))
    np.testing.assert_allclose(together[:, 2], alone[:, 0], rtol=1e-3)


def test_a_run_that_breaks_ends_there_and_says_when() -> None:
    events = whole(Training(task=Sine(), model=Linear(), schedule=Constant(lr=1e3), steps=5_000))
    (bad,) = events[-1]["bad"]
    assert 0 < bad < 5_000 and events[-1]["step"] < 5_000


@pytest.mark.parametrize(
    ("task", "names", "count"),
    [(Spirals(classes=3), {"classes", "sure"}, SIDE**2), (Sine(), {"curve"}, 161), (Wine(), set(), 0)],
)
def test_what_the_net_says_everywhere_is_drawn_where_that_can_be(task: Any, names: set[str], count: int) -> None:
    one = Training(task=task, steps=3)
    (*_, last) = watched((one,), None, {}).events
    assert names == {"classes", "sure", "curve"} & set(last)
    assert all(numbers(last[name]).size == count for name in names)
    assert (grid_of(one) is None) == (not names)


def test_the_inside_of_a_net_is_measured_a_number_a_layer() -> None:
    dead = Training(task=Moons(points=60), model=MLP(depth=2, activation="relu"), schedule=Constant(lr=100.0), steps=50)
    for event in whole(dead):
        inside = {name: numbers(values) for name, values in event.get("inside", {}).items()}
        assert not inside or (inside["weight"].shape == inside["update_ratio"].shape == (3,))
    assert inside["dead"].shape == (2,) and inside["dead"].max() > 0.5, "so large a rate kills units"
