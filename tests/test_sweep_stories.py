"""What the ready-made experiments say is what comes of them: each story, on some of its rows, columns and seeds."""

from typing import Any

import numpy as np
import pytest

from lrviz.spec import Spec
from lrviz.train.axis import Value
from lrviz.train.kinds import ByStages
from lrviz.train.quantities import ByBatchSize, ByDecay, ByDropout, ByRows, ByWarmup
from lrviz.train.sweep import PRESETS, SweepScene
from lrviz.train.swept import Row, Swept, rules
from tests.test_sweep_job import whole


def told_by(name: str, **smaller: Any) -> Swept:
    """What comes of a ready-made experiment, or of less of it."""
    return whole(PRESETS[name].but(**smaller))


def rows(result: Swept, b: int = 0) -> dict[Value, Row]:
    return {value: result.row(b, u) for u, value in enumerate(result.scene.up())}


def best(row: Row, scene: SweepScene) -> float:
    """The best value of what is varied across."""
    assert row.best is not None
    return float(scene.across()[row.best])


def end(row: Row) -> float:
    """What the best of a row ends at."""
    assert row.best is not None
    return float(row.middle.mid[row.best])


def edges(row: Row, scene: SweepScene) -> tuple[float, float]:
    assert row.band is not None
    low, high = (float(scene.across()[i]) for i in row.band)
    return low, high


def width(row: Row, scene: SweepScene) -> float:
    low, high = edges(row, scene)
    return high / low


def fewer(axis: Spec, count: int) -> Any:
    return axis.but(count=count)


def test_optimizers_end_alike_at_rates_far_apart_in_bands_of_their_own_width() -> None:
    result = told_by("optimizers")
    scene, found = result.scene, rows(result)
    rates = {name: best(row, scene) for name, row in found.items()}
    assert rates["sgd"] > 50 * rates["adam"] and min(rates.values()) == rates["lion"] < rates["adam"]
    assert 5 <= rates["sgd"] / rates["momentum"] <= 20
    ends = [end(row) for row in found.values()]
    assert max(ends) / min(ends) < 2 and end(found["sgd"]) < 1.1 * end(found["adam"])
    widths = {name: width(row, scene) for name, row in found.items()}
    assert min(widths["adam"], widths["rmsprop"]) > 7 and widths["lion"] < 2
    assert all(2 < widths[name] < 7 for name in ("sgd", "momentum"))


def test_a_rate_that_falls_ends_lower_and_begins_higher_unless_it_is_too_small() -> None:
    result = told_by("schedules")
    found = rows(result)
    fixed = found["constant"]
    for name in ("step", "cosine", "one_cycle"):
        assert end(found[name]) < 0.9 * end(fixed)
        assert 1.5 < best(found[name], result.scene) / best(fixed, result.scene) < 4
        assert found[name].middle.mid[2] > fixed.middle.mid[2], "at a small rate the order turns round"
    assert max(end(found["cosine"]), end(found["one_cycle"])) < end(found["step"])


def test_a_warmup_lets_larger_rates_live_and_ends_lower() -> None:
    result = told_by("warmup", up=ByWarmup(count=2), across=fewer(PRESETS["warmup"].across, 7))
    found = rows(result)
    assert (found[0.4].middle.mid[-2:] < found[0.0].middle.mid[-2:] - 0.2).all(), "at the two largest rates"
    assert end(found[0.4]) < end(found[0.0])


def test_the_good_rates_of_sgd_double_with_the_batch_until_they_meet_a_limit() -> None:
    result = told_by("batch_scaling", up=ByBatchSize(low=4, high=256, count=4))
    scene, sgd, adam = result.scene, rows(result, 0), rows(result, 1)
    lower = [edges(sgd[batch], scene)[0] for batch in (4, 16, 64)]
    assert np.diff(np.log2(lower)) == pytest.approx(2, abs=0.1), "four times the batch, four times the rate"
    assert [edges(sgd[batch], scene)[1] for batch in (16, 64, 256)] == [1.0] * 3
    assert np.diff([width(sgd[batch], scene) for batch in (4, 16, 64, 256)]).max() < 0, "the band narrows"
    grown = best(adam[256], scene) / best(adam[4], scene)
    assert 2 <= grown <= 16 < 64, "Adam's best rate grows rather with the root of the batch"
    assert end(sgd[256]) > 2 * end(sgd[4])
    early = [sgd[batch].middle.mid[2 * i : 2 * i + 6] for i, batch in enumerate((4, 16, 64))]
    np.testing.assert_allclose(early[1:], early[:-1], rtol=0.05, err_msg="along the diagonals the colours repeat")
    assert len(rules(result)) == 4


def test_a_falling_rate_and_a_growing_batch_end_alike_within_their_seeds() -> None:
    result = told_by("decay_or_grow", up=ByStages(values=("decay", "grow")), seeds=3)
    decay, grow = rows(result).values()
    assert decay.band == grow.band
    assert (grow.middle.low <= decay.middle.high + 0.05).all() and (decay.middle.low <= grow.middle.high + 0.05).all()
    assert result.cell(0, 0, 0).steps == 1_280 and result.cell(0, 1, 0).steps == 496


def test_fewer_rows_need_more_dropout_and_training_itself_none() -> None:
    result = told_by("dropout", up=ByRows(low=50, high=800, count=3), across=ByDropout(high=0.8, count=5), seeds=3)
    found = list(rows(result).values())
    shares = [best(row, result.scene) for row in found]
    assert shares == sorted(shares, reverse=True) and shares[0] >= 0.6 and shares[-1] <= 0.2
    gains = [float(row.middle.mid[0]) - end(row) for row in found]
    assert gains[0] > 0.3 > gains[1] > gains[2] and gains[2] < 0.05
    losses = np.median(result.values["loss"], axis=-1)[0]
    assert (losses[:, 1:] > losses[:, :1] - 0.05).all(), "on the training rows"


def test_normalization_widens_the_band_batches_more_than_layers() -> None:
    result = told_by("batch_norm", seeds=3)
    found = rows(result)
    assert int((found["none"].middle.mid < 0.8 * result.nothing).sum()) in (2, 3)
    none, batch, layer = (width(found[name], result.scene) for name in ("none", "batch", "layer"))
    assert batch > 8 * none and batch > layer > none
    assert end(found["batch"]) < 0.5 * end(found["none"]) > end(found["layer"])


def test_each_penalty_has_a_strength_of_its_own() -> None:
    result = told_by("penalties", across=ByDecay(count=7), seeds=3)
    found = rows(result)
    l1, l2, decoupled = (best(found[name], result.scene) for name in ("l1", "l2", "decoupled"))
    assert l1 < l2 < decoupled and decoupled / l1 >= 1_000
    assert end(found["decoupled"]) < end(found["l2"]) < end(found["l1"])
    dead = {name: int((row.middle.mid > 0.99 * result.nothing).sum()) for name, row in found.items()}
    assert dead["l1"] > dead["l2"] > dead["decoupled"] == 0, "too much of the first two kills the net"


def test_in_mup_one_rate_suits_all_widths_and_in_the_standard_scaling_it_drifts() -> None:
    result = told_by("mup")
    scene, (standard, mup) = result.scene, (rows(result, b) for b in range(2))
    drift = np.log2(best(standard[16], scene) / best(standard[256], scene))
    assert drift >= 2.9, "in octaves: three of them at least"
    assert abs(np.log2(best(mup[16], scene) / best(mup[256], scene))) <= 1.1
    small = np.array([row.middle.mid[:4] for row in mup.values()])
    assert np.ptp(small, axis=0).max() < 0.06, "in µP the curves lie on one another"
    assert np.ptp([row.middle.mid[:4] for row in standard.values()], axis=0).max() > 0.4
