"""Plateau is ReduceLROnPlateau, bit for bit, whatever the metric does."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.schedules import Plateau
from lrviz.schedules.feedback import PlateauState
from lrviz.spec import kind_of
from lrviz.verify import compare_plateau
from tests.golden import RECORDED
from tests.strategies import specs

METRICS = st.lists(
    st.one_of(
        st.floats(-2, 2),
        st.sampled_from([0.0, 1.0, 0.9999, 0.99, -1.0, math.nan, math.inf, -math.inf]),
        st.floats(allow_nan=True),
    ),
    max_size=120,
)
SMALL = st.builds(
    Plateau,
    lr=st.sampled_from([0.1, 1e-7, 1.0]),
    mode=st.sampled_from(["min", "max"]),
    factor=st.sampled_from([0.1, 0.5, 0.99]),
    patience=st.integers(0, 3),
    threshold=st.sampled_from([0.0, 1e-4, 0.01, 2.0]),
    threshold_mode=st.sampled_from(["rel", "abs"]),
    cooldown=st.integers(0, 3),
    min_lr=st.sampled_from([0.0, 1e-3, 0.5]),
    eps=st.sampled_from([0.0, 1e-8, 0.05]),
)


@given(SMALL | specs(Plateau), METRICS)
def test_every_rate_is_torchs_bit_for_bit(plateau: Plateau, metric: list[float]) -> None:
    report = compare_plateau(plateau, metric)
    assert report.absolute == report.relative == 0.0
    assert report.steps == len(metric)


@given(SMALL, METRICS)
def test_a_replay_tells_every_drop(plateau: Plateau, metric: list[float]) -> None:
    replay = plateau.replay(metric)
    rates = np.append(replay.rates, replay.final)
    assert [drop.epoch for drop in replay.drops] == np.flatnonzero(np.diff(rates) < 0).tolist()
    for drop in replay.drops:
        assert (drop.before, drop.after) == (rates[drop.epoch], rates[drop.epoch + 1])
        assert drop.best_epoch is None or metric[drop.best_epoch] == drop.best
        assert drop.best_epoch is None or drop.best_epoch < drop.epoch
    assert (np.diff(rates) <= 0).all() or plateau.min_lr > plateau.lr


RECORDED_AS: dict[str, dict[str, Any]] = {
    "factor=.1,patience=5": {},
    "cooldown=3": {"cooldown": 3},
    "patience=0": {"patience": 0},
    "min_lr=.005": {"min_lr": 0.005},
    "mode=max": {"mode": "max"},
}


@pytest.mark.parametrize("name", RECORDED["plateau"])
def test_the_recorded_drops_on_a_flat_metric(name: str) -> None:
    recorded, replay = RECORDED["plateau"][name], Plateau(**RECORDED_AS[name]).replay([1.0] * 60)
    assert [drop.epoch + 1 for drop in replay.drops] == recorded["calls_(1-based)_where_lr_dropped"]
    assert replay.final == recorded["final_lr_after_60"]
    assert replay.rates[1:31].tolist() == recorded["lr_after_call_1..30"]


@pytest.mark.parametrize("name", RECORDED["plateau_threshold"])
def test_the_recorded_thresholds(name: str) -> None:
    mode, rest = name.split(" ", 1)
    threshold, values = rest.split(": ")
    state = Plateau().init()
    plateau = Plateau(threshold_mode=mode, threshold=float(threshold))  # type: ignore[arg-type]
    for value in values.split(" then "):
        state = plateau.update(float(value), state)
    recorded = RECORDED["plateau_threshold"][name]
    assert (state.best, state.num_bad_epochs) == (recorded["best"], recorded["num_bad_epochs"])


def test_a_state_is_never_changed_in_place() -> None:
    before = Plateau().init()
    Plateau().update(1.0, before)
    assert before == PlateauState(0.1, math.inf)


@pytest.mark.parametrize(
    ("values", "code"),
    [({"factor": 1.0}, "less_than"), ({"factor": 0.0}, "greater_than"), ({"patience": -1}, "greater_than_equal")],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Plateau(**values)
    assert refusal.value.errors()[0]["type"] == code
    assert kind_of(Plateau) == "plateau" and Plateau.headline in Plateau.model_fields
