"""The fair race: the sweep of rates is single runs, and best and band are read off it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.engine import descend
from lrviz.descend.fair import HIGHEST, LOWEST, MOST_WORK, RATES, WORKS, Tuned, rates_for, tuned
from lrviz.descend.race import PRESETS, RaceScene, finished, race
from lrviz.descend.racer import Racer, rates_at
from lrviz.descend.work import weight
from lrviz.optimizers import Lion, Named
from lrviz.schedules import Constant, Cosine, Formula, Points, Step, Warmup
from lrviz.schedules.rate import at_rate, at_rate_or_none
from lrviz.surfaces import FormulaPlane
from lrviz.surfaces.planes import Saddle
from lrviz.surfaces.regression import LogisticRegression
from lrviz.ui.fair import at_best


def swept(scene: RaceScene, index: int) -> Tuned:
    found = tuned(scene)[index]
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["ravine", "sharp_flat", "noisy", "real_data"])
def test_every_point_of_the_sweep_is_the_run_at_that_rate(name: str) -> None:
    scene = PRESETS[name]
    floor = scene.surface.floor
    assert floor is not None
    had = float(scene.surface(np.array(scene.begin))) - floor
    for i, racer in enumerate(scene.racers):
        found = swept(scene, i)
        for k in (0, 20, 33, 40, 47, 60, 70, found.best):
            runs = racer.at_rate(float(found.rates[k])).runs(scene.begin, scene.steps)
            assert runs is not None
            path = descend(scene.surface, runs, scene.chance)
            left = max((path.loss[0, -1] - floor) / had, 0.0) if path.bad[0] < 0 else np.inf
            assert found.left[k] == pytest.approx(left, rel=1e-9, abs=1e-15)
            assert found.reached[k] == (-1 if (step := finished(scene, racer, path).reached) is None else step)


def test_all_get_the_same_rates() -> None:
    for one in tuned(RaceScene()):
        assert one is not None and len(one.rates) == 71 and one.spacing == pytest.approx(0.1)
        assert (one.rates[0], one.rates[-1]) == (LOWEST, HIGHEST)
        assert np.diff(np.log10(one.rates)) == pytest.approx(np.full(70, 0.1), abs=4e-3)
        assert [float(f"{rate:.3g}") for rate in one.rates] == list(one.rates), "what is read is what is run"


def test_where_the_work_is_too_much_every_optimizer_gets_fewer_of_the_same_rates() -> None:
    racers = tuple(Racer(slot=i) for i in range(8))
    for steps, count in ((100, 71), (500, 36), (2000, 15)):
        scene = RaceScene(surface=LogisticRegression(), steps=steps, racers=racers)
        rates = rates_for(scene)
        assert len(rates) == count and set(rates) <= set(RATES) and (rates[0], rates[-1]) == (LOWEST, HIGHEST)
        assert count == 15 or len(racers) * count * steps * weight(scene.surface) <= MOST_WORK
    assert len(rates_for(RaceScene(steps=2000, racers=racers))) == 71, "on a short formula all of them"
    hidden = tuple(racer.but(shown=i < 2) for i, racer in enumerate(racers))
    few = RaceScene(surface=LogisticRegression(), steps=500, racers=hidden)
    assert len(rates_for(few)) == 71, "only who takes part is work"
    found = swept(few.but(steps=2000), 0)
    assert len(found.rates) == len(found.left) == 36 and found.spacing == pytest.approx(0.2)
    assert found.band and found.width == found.band[1] / found.band[0]


def made(left: list[float], reached: list[float] | None = None) -> Tuned:
    rates = np.geomspace(0.01, 0.01 * 10 ** (0.1 * (len(left) - 1)), len(left))
    return Tuned(rates, np.array(left), np.array(reached or [-1.0] * len(left)))


def test_the_band_is_what_works_around_the_best_without_a_gap() -> None:
    found = made([1.0, 0.005, 0.5, 0.01, 0.0, 0.009, 0.02, 0.001])
    assert found.best == 4
    assert found.band == (pytest.approx(found.rates[3]), pytest.approx(found.rates[5]))
    assert found.width == pytest.approx(10**0.2)


def test_where_nothing_works_there_is_a_best_but_no_band() -> None:
    found = made([1.0, 0.5, np.inf])
    assert (found.best, found.band, found.width) == (1, None, None)
    lost = made([np.inf] * 4)
    assert (lost.band, lost.width) == (None, None)


def test_of_those_that_arrive_the_first_to_arrive_is_best() -> None:
    assert made([0.0, 1e-9, 1e-5, 0.5], [90, 40, 60, 10]).best == 1, "what leaves half has not arrived where it should"


@given(st.lists(st.one_of(st.floats(0, 2), st.just(np.inf)), min_size=2, max_size=30))
def test_a_band_holds_the_best_and_only_what_works(left: list[float]) -> None:
    found = made(left)
    if found.band is None:
        assert min(left) > WORKS
        return
    low, high = found.band
    inside = (found.rates >= low * (1 - 1e-9)) & (found.rates <= high * (1 + 1e-9))
    assert inside[found.best] and np.all(found.left[inside] <= WORKS)
    assert found.width == pytest.approx(10 ** (0.1 * (inside.sum() - 1)))


def test_only_rules_of_ours_are_swept_and_only_where_a_lowest_loss_is_known() -> None:
    scene = RaceScene(racers=(Racer(optimizer=Named()), Racer()))
    assert [one is None for one in tuned(scene)] == [True, False]
    assert tuned(RaceScene(racers=(Racer(shown=False), Racer(slot=1))))[0] is None
    assert tuned(RaceScene(surface=Saddle())) == (None,) * 4
    assert at_best(RaceScene(surface=Saddle(), view="fair")) == RaceScene(surface=Saddle())


@pytest.mark.parametrize("name", ["ravine", "local_minimum", "noisy"])
def test_the_race_at_the_best_rates_runs_at_them(name: str) -> None:
    scene = PRESETS[name].but(view="fair")
    best = at_best(scene)
    assert best.view == "race" and len(best.racers) == len(scene.racers)
    for before, after, one in zip(scene.racers, best.racers, tuned(scene), strict=True):
        assert one is not None and after.rate == one.rates[one.best]
        assert after.at_rate(before.rate) == before
    for one, finish in zip(tuned(scene), race(best).finishes, strict=True):
        assert one is not None and one.reached[one.best] == (-1 if finish.reached is None else finish.reached)


def test_a_loss_below_the_lowest_known_is_neither_arrived_nor_a_share_that_works() -> None:
    # Its minimum at 0 is the only one; beyond the hump, out of the picture, it falls for ever.
    surface = FormulaPlane(expression="x**2 - x**4/40 + y**2", low=-3, high=3, start_x=2.5, start_y=1.0)
    racers = (Racer(optimizer=Lion(), schedule=Constant(lr=0.1)),)
    scene = RaceScene(surface=surface, noise=300.0, steps=40, racers=racers)
    assert surface.floor == pytest.approx(0.0, abs=1e-12)
    found = swept(scene, 0)
    lower = np.isnan(found.left)
    assert found.below and lower.any() and np.all(found.reached[lower] == -1)
    for k in np.flatnonzero(lower):
        runs = racers[0].at_rate(float(found.rates[k])).runs(scene.begin, scene.steps)
        assert runs is not None
        path = descend(surface, runs, scene.chance)
        assert path.loss[0, -1] < -scene.tolerance and finished(scene, racers[0], path).reached is None
    assert found.band is None or not any(found.band[0] <= rate <= found.band[1] for rate in found.rates[lower])
    assert np.isfinite(found.left[found.best])


def test_where_every_run_ends_below_the_lowest_known_nothing_works_and_nobody_is_changed() -> None:
    found = made([np.nan, np.nan, np.inf])
    assert (found.lost, found.band, found.width) == (True, None, None)
    assert made([np.nan, 0.5, np.inf]).best == 1


def test_a_schedule_that_cannot_be_written_at_its_best_rate_stays_as_it_is() -> None:
    long = Formula(expression="0.9 ** t" + " + 0 * t" * 24)
    scene = RaceScene(racers=(Racer(schedule=long), Racer(slot=1)), view="fair")
    found = swept(scene, 0)
    assert not found.lost and at_rate_or_none(long, float(found.rates[found.best])) is None
    best = at_best(scene)
    assert best.racers[0] == scene.racers[0] and best.racers[1] != scene.racers[1]


def test_a_race_that_starts_at_its_goal_has_nothing_to_tune() -> None:
    scene = RaceScene(start_x=0.0, start_y=0.0, view="fair")
    for one in tuned(scene):
        assert one is None or one.band is None
    assert at_best(scene) == scene.but(view="race")


SCHEDULES = [
    Cosine(T_max=50),
    Warmup(then=Step(step_size=20)),
    Points(),
    Constant(lr=500.0),
    Warmup(start_factor=0.001),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_any_schedule_is_swept_by_its_own_shape(schedule: Cosine) -> None:
    racer = Racer(schedule=schedule)
    tables = rates_at(racer.schedule, np.array([0.001, 0.1, 2.0]), 40)
    shape = schedule.table(40) / racer.rate
    np.testing.assert_allclose(tables, np.array([[0.001], [0.1], [2.0]]) * shape, rtol=1e-9)


def test_a_rate_that_is_not_valid_is_a_row_of_nothing_and_counts_as_lost() -> None:
    tables = rates_at(Constant(), np.array([0.1, 1e9]), 3)
    assert np.isfinite(tables[0]).all() and np.isnan(tables[1]).all()


def test_a_formula_too_long_to_be_written_with_a_factor_is_swept_all_the_same() -> None:
    short = Formula(expression="0.9 ** t")
    long = Formula(expression=" + ".join(["0.9 ** t", *["0 * t"] * 23]))
    rates = np.array([1e-5, 0.1, 99.0])
    np.testing.assert_array_equal(rates_at(long, rates, 50), rates_at(short, rates, 50))
    np.testing.assert_array_equal(rates_at(short, rates, 50)[1], at_rate(short, 0.1).table(50))
