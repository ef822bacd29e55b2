"""What is read from the ends of a sweep's nets: the middle, the best, the good band, rules of thumb."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.train.kinds import ByOptimizer
from lrviz.train.numbers import packed, unpacked
from lrviz.train.quantities import ByBatchSize, ByRate, BySeed, ByWidth
from lrviz.train.sweep import MEASURES, Measure, SweepScene
from lrviz.train.swept import middle, nothing, rules, scale, swept
from lrviz.train.tasks import Diabetes, Wine
from lrviz.train.training import Training, data_of

SMALL = SweepScene(across=ByRate(low=0.01, high=1.0, count=3), up=ByOptimizer(values=("sgd", "adam")), seeds=2)


# --- knowing nothing ---


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_knowing_nothing_is_the_best_constant_answer_on_the_training_rows(loss: Any) -> None:
    one = Training(task=Wine(subset=40), loss=loss)
    data, found = data_of(one.task), nothing(one)
    shares = np.array([(data.y == c).mean() for c in range(3)])
    sides: dict[Measure, Any] = {"loss": data.y, "loss_val": data.y_val}
    for name, y in sides.items():
        rows = [
            -np.log(shares[int(c)]) if loss == "cross_entropy" else ((np.eye(3)[int(c)] - shares) ** 2).mean()
            for c in y
        ]
        assert found[name] == pytest.approx(np.mean(rows))
    assert found["accuracy"] == pytest.approx(shares.max())
    numbers = nothing(Training(task=Diabetes(subset=40)))
    assert numbers["loss"] == pytest.approx(data_of(Diabetes(subset=40)).y.var()) and np.isnan(numbers["accuracy"])


# --- what is read from the ends ---


def told(scene: SweepScene, ends: Any, bad: Any = None, **others: Any) -> list[dict[str, Any]]:
    """The event of a job that has trained all cells, each net ending at the same by every measure."""
    ends = np.asarray(ends, dtype=float).reshape(-1, scene.each)
    bad = np.full(ends.shape, -1) if bad is None else bad
    each = {measure: packed(ends) for measure in MEASURES}
    return [{"cells": packed(np.arange(len(ends)), "<i4"), "each": each, "bad": packed(bad, "<i4"), **others}]


ROW = SweepScene(across=ByRate(low=0.001, high=10.0, count=9), up=BySeed(count=2), seeds=1)
LOSSES = [2.31, 2.3, 1.2, 0.4, 0.35, 0.33, 0.9, 5.0, np.nan]


def test_the_good_band_is_what_misses_little_of_the_bests_gain() -> None:
    scene = ROW.but(tolerance=0.1)
    row = swept(scene, told(scene, [LOSSES, LOSSES])).row(0, 0)
    none = nothing(scene.training)["loss_val"]
    assert 0.4 <= 0.33 + 0.1 * (none - 0.33) < 0.9
    assert (row.best, row.band, row.open_ends) == (5, (3, 5), (False, False))
    wide = swept(scene.but(tolerance=1.0), told(scene, [LOSSES, LOSSES])).row(0, 0)
    assert wide.band == (0, 6) or none < 2.31, "all that is no worse than knowing nothing"
    assert swept(scene.but(tolerance=0.0), told(scene, [LOSSES, LOSSES])).row(0, 0).band == (5, 5)


@given(
    losses=st.lists(st.one_of(st.floats(0.01, 4), st.just(np.nan)), min_size=9, max_size=9),
    tolerance=st.floats(0, 1),
    measure=st.sampled_from(["loss_val", "accuracy_val"]),
)
def test_a_band_surrounds_the_best_and_ends_where_it_must(losses: list[float], tolerance: float, measure: Any) -> None:
    scene = ROW.but(tolerance=tolerance, measure=measure)
    values = losses if measure == "loss_val" else [v / 4 for v in losses]
    result = swept(scene, told(scene, [values, values]))
    row, sign = result.row(0, 1), 1 if measure == "accuracy_val" else -1
    worth = [-np.inf if np.isnan(v) else sign * float(np.float32(v)) for v in values]
    if row.best is None:
        assert not np.isfinite(worth).any() and result.best is None
        return
    assert worth[row.best] == max(worth)
    none = sign * result.nothing
    good = [w >= max(worth) - tolerance * (max(worth) - none) for w in worth]
    if row.band is None:
        assert max(worth) <= none
        return
    first, last = row.band
    assert first <= row.best <= last and all(good[first : last + 1])
    assert (first == 0 or not good[first - 1]) and (last == 8 or not good[last + 1])
    assert row.open_ends == (first == 0, last == 8)


def test_the_limit_of_good_lies_between_the_best_and_knowing_nothing() -> None:
    result = swept(ROW, told(ROW, [LOSSES, LOSSES]))
    assert result.limit == pytest.approx(0.33 + 0.1 * (result.nothing - 0.33))
    right = ROW.but(measure="accuracy_val", tolerance=0.5)
    most = swept(right, told(right, [[0.1, 0.2, 0.9, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1]] * 2))
    assert most.limit == pytest.approx((0.9 + most.nothing) / 2)
    assert swept(ROW, ()).limit is None and swept(ROW, told(ROW, np.full(18, 3.0))).limit is None


def test_the_middle_seed_counts_and_one_that_diverged_is_the_worst() -> None:
    values = np.array([[1.0, np.nan, 2.0], [np.nan, np.nan, 2.0], [3.0, 1.0, 2.0]])
    losses, right = middle(values, "loss"), middle(values, "accuracy")
    assert losses.mid.tolist() == [2, np.inf, 2] and losses.low.tolist() == [1, 2, 1]
    assert right.mid.tolist() == [1, -np.inf, 2] and right.high.tolist() == [2, 2, 3]
    assert middle(np.array([[np.nan, np.nan]]), "loss").mid == np.inf


def test_a_sweep_is_put_together_as_far_as_it_has_come() -> None:
    scene, event = SMALL, told(SMALL, np.arange(12) / 12)[0]
    half = {"cells": packed([1, 4], "<i4"), "bad": packed([[-1, 3], [-1, -1]], "<i4")}
    half |= {"each": {m: packed([[0.5, np.nan], [0.25, 0.75]]) for m in MEASURES}}
    result = swept(scene, [{"split": 24, "step": 0}, half])
    assert (result.count, result.whole, result.split) == (4, False, (24,))
    assert np.isnan(result.middle.mid[0, 0, 0]) and result.best == (0, 1, 1) and result.middle.mid[0, 1, 1] == 0.5
    assert (
        np.isinf(result.middle.mid[0, 0, 1]) and result.gone[0, 0, 1] == 1 and result.bad[0, 0, 1].tolist() == [-1, 3]
    )
    assert result.gone[~result.done[None].squeeze(0)].size and np.isnan(result.gone[0, 0, 0])
    whole = swept(scene, [half, event])
    assert (
        whole.whole
        and whole.best == (0, 0, 0)
        and whole.ends == pytest.approx(scale(1 / 24, whole.nothing, "loss_val"))
    )
    nobody = swept(scene, ())
    assert nobody.best is None and nobody.ends[0] < nobody.nothing < nobody.ends[1]


def test_numbers_travel_as_text_and_come_back() -> None:
    for values, dtype in (([[1.5, np.nan]], "<f4"), ([[1, -1]], "<i4"), ([3, 4], "|u1")):
        np.testing.assert_array_equal(unpacked(packed(values, dtype)), values)


def test_the_scale_of_colours_has_knowing_nothing_in_its_middle() -> None:
    assert scale(0.3, 2.3, "loss") == (0.3, pytest.approx(4.3)) and scale(0.9, 0.1, "accuracy") == (
        pytest.approx(-0.7),
        0.9,
    )
    low, high = scale(np.inf, 2.3, "loss")
    assert low < 2.3 < high and (low + high) / 2 == pytest.approx(2.3)


def test_rules_of_thumb_start_at_the_first_rows_best() -> None:
    scene = SweepScene(
        across=ByRate(low=0.01, high=1.0, count=3), up=ByBatchSize(high=16, count=3), seeds=1, budget="epochs"
    )
    result = swept(scene, told(scene, [[0.5, 1, 2], [1, 0.5, 2], [1, 0.5, 2]]))
    linear, root = rules(result)
    assert (linear.name, root.name) == ("linear", "sqrt")
    assert linear.rates == pytest.approx([0.01, 0.04, 0.16]) and root.rates == pytest.approx([0.01, 0.02, 0.04])
    (inverse,) = rules(swept(wide := scene.but(up=ByWidth(count=3, high=64)), told(wide, np.ones(9))))
    assert inverse.rates == pytest.approx([0.01, 0.005, 0.0025])
    assert rules(swept(scene, ())) == [] == rules(swept(SMALL, told(SMALL, np.ones(12))))
    assert rules(swept(scene, told(scene, [np.nan] * 9))) == []
