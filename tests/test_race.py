"""The race: each racer's path is its own run, the finish is read off it, and the presets do what their story says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.engine import Noise, Runs, descend, frame, retraced
from lrviz.descend.race import PRESETS, RaceScene, finished, is_lowest, nearest_minimum, race
from lrviz.descend.racer import HOME_SLOTS, MAX_RACERS, Racer, rescued
from lrviz.optimizers import SGD, Adam, Lion, Momentum, Named, Nesterov, RAdam, RMSprop
from lrviz.schedules import Constant, Cosine
from lrviz.spec import choices_of, from_address, kind_of
from lrviz.surfaces import Plane
from lrviz.surfaces.classics import Ackley, Himmelblau, Rastrigin
from lrviz.surfaces.planes import Bowl, IllConditioned, Saddle
from lrviz.surfaces.regression import LogisticRegression
from tests.strategies import specs


def kinds(scene: RaceScene) -> list[str]:
    return [kind_of(racer.optimizer) for racer in scene.racers]


# --- the runs ---


@given(scene=specs(RaceScene))
def test_every_racer_runs_as_it_would_alone(scene: RaceScene) -> None:
    scene = scene.but(steps=min(scene.steps, 40))
    found = race(scene)
    assert len(found.finishes) == len(scene.racers)
    for racer, finish in zip(scene.racers, found.finishes, strict=True):
        assert finish.racer == racer
        if isinstance(racer.optimizer, Named):
            assert finish.run is None and finish.bad is None
            continue
        assert finish.run is not None
        rates = racer.schedule.table(scene.steps)[None]
        runs = Runs(racer.optimizer, rates, np.array([scene.begin]), clip_norm=racer.clip_norm)
        alone = descend(scene.surface, runs, Noise(scene.noise, scene.seed))
        np.testing.assert_array_equal(finish.run.x, alone.x)
        np.testing.assert_array_equal(finish.run.x[0, 0], scene.begin)
    assert found.autopsy is None or found.finishes[scene.open].bad is not None


def test_the_same_racer_twice_runs_twice_the_same() -> None:
    scene = RaceScene(surface=LogisticRegression(batch_size=8), noise=1.0, racers=(Racer(), Racer()))
    first, second = race(scene).finishes
    assert first.run and second.run
    np.testing.assert_array_equal(first.run.x, second.run.x)
    again = race(scene.but(seed=1)).finishes[0].run
    assert again and not np.array_equal(first.run.x, again.x)


@pytest.mark.parametrize("surface", [choice() for choice in choices_of(Plane)], ids=kind_of)  # type: ignore[call-arg]
def test_a_race_can_be_held_anywhere(surface: Plane) -> None:
    found = race(RaceScene().on(surface).but(steps=30))
    for finish in found.finishes:
        assert finish.run is not None and np.all(np.isfinite(finish.run.x[0, 0]))
        assert finish.bad is not None or np.isfinite(finish.loss)


# --- the finish ---


@pytest.mark.parametrize("name", PRESETS)
def test_the_finish_is_read_off_the_path(name: str) -> None:
    scene = PRESETS[name]
    floor = scene.surface.floor
    assert floor is not None
    for finish in race(scene).finishes:
        assert finish.run is not None and finish.bad is None
        losses = finish.run.loss[0]
        stays = [t for t in range(scene.steps + 1) if np.all(losses[t:] - floor <= scene.tolerance)]
        assert finish.reached == (stays[0] if stays else None)
        assert finish.loss == losses[-1] and finish.x == tuple(finish.run.x[0, -1])


def test_a_racer_that_diverges_says_when_and_where_it_last_was() -> None:
    scene = RaceScene(racers=(Racer(schedule=Constant(lr=0.5)), Racer(schedule=Constant(lr=0.01))), open=0)
    found = race(scene)
    lost = found.finishes[0]
    assert lost.bad is not None and lost.run is not None and (lost.reached, lost.minimum) == (None, None)
    assert lost.x == tuple(lost.run.x[0, lost.bad - 1]) and lost.loss == lost.run.loss[0, lost.bad - 1]
    assert found.autopsy and found.autopsy.explained and found.autopsy.bad == lost.bad
    rate = rescued(0.5, found.autopsy)
    assert rate is not None
    saved = race(scene.with_changed(0, scene.racers[0].at_rate(rate)))
    assert saved.finishes[0].bad is None
    assert race(scene.but(open=1)).autopsy is None


def test_the_nearest_minimum_is_named_only_from_near() -> None:
    surface = Himmelblau()
    for i, minimum in enumerate(surface.minima):
        assert nearest_minimum(surface, np.array(minimum.x) + 1e-3) == i
    assert nearest_minimum(surface, np.array([0.0, 0.0])) is None
    assert nearest_minimum(Saddle(), np.zeros(2)) is None or Saddle().minima


def test_on_a_saddle_without_a_lowest_loss_nobody_arrives() -> None:
    assert all(finish.reached is None for finish in race(RaceScene(surface=Saddle())).finishes)


# --- a racer a worker runs ---


def test_a_named_racer_waits_then_has_the_path_it_is_given_or_the_reason_why_not() -> None:
    scene = RaceScene(racers=(Racer(optimizer=Named()), Racer()), steps=20)
    waiting, fails = race(scene, {0: "waiting"}).finishes[0], race(scene, {0: "needs_matrix"}).finishes[0]
    assert (waiting.run, waiting.problem, fails.problem) == (None, "waiting", "needs_matrix")
    path = retraced(scene.surface, np.linspace([[3.0, 2.0]], [[0.0, 0.0]], 21, axis=1), np.ones((1, 20)))
    found = race(scene, {0: path})
    assert found.finishes[0].run is path and found.finishes[0].x == (0.0, 0.0) and found.finishes[0].minimum == 0
    assert found.autopsy is None


def test_a_path_cut_short_by_its_worker_counts_as_lost_from_there() -> None:
    x = np.linspace([[3.0, 2.0]], [[0.0, 0.0]], 21, axis=1)
    x[:, 7:] = np.nan
    finish = finished(RaceScene(steps=20), Racer(), retraced(IllConditioned(), x, np.ones((1, 20))))
    assert finish.bad == 7 and finish.x == tuple(x[0, 6])


# --- the list of racers ---


def test_racers_come_and_go_and_keep_their_colours() -> None:
    scene = RaceScene()
    assert scene.slots == tuple(HOME_SLOTS[kind] for kind in kinds(scene))
    more = scene.with_item(Racer(optimizer=Lion()))
    assert more.open == 4 and more.slots == (*scene.slots, HOME_SLOTS["lion"])
    less = more.without_item(1)
    assert less.slots == (0, 2, 3, 7) and kinds(less)[less.open] == "lion"
    assert less.with_item(Racer(optimizer=Momentum())).slots[-1] == HOME_SLOTS["momentum"]
    assert less.with_item(Racer(optimizer=Adam())).slots[-1] == 1, "its own is taken: the first free one"


def test_the_open_racer_stays_open_when_another_goes() -> None:
    scene = RaceScene(open=2)
    assert kind_of(scene.without_item(0).opened.optimizer) == kind_of(scene.opened.optimizer)
    assert scene.without_item(3).open == 2
    last = RaceScene(open=3).without_item(3)
    assert last.open == 2 and len(last.racers) == 3


def test_no_more_racers_than_there_are_colours() -> None:
    scene = RaceScene()
    while not scene.full:
        scene = scene.with_item(Racer())
    assert len(scene.racers) == MAX_RACERS and sorted(scene.slots) == list(range(MAX_RACERS))
    with pytest.raises(IndexError):
        scene.with_item(Racer())


@given(slots=st.lists(st.integers(0, MAX_RACERS - 1), min_size=1, max_size=MAX_RACERS))
def test_two_racers_never_share_a_colour(slots: list[int]) -> None:
    scene = RaceScene(racers=tuple(Racer(slot=slot) for slot in slots))
    assert len(set(scene.slots)) == len(slots)
    assert all(
        got == asked for i, (got, asked) in enumerate(zip(scene.slots, slots, strict=True)) if asked not in slots[:i]
    )


@given(x=st.floats(-1e9, 1e9), y=st.floats(-1e9, 1e9))
def test_a_start_that_is_dragged_out_is_held_at_the_edge(x: float, y: float) -> None:
    scene = RaceScene().from_start(x, y)
    for place, wanted, (low, high) in zip(scene.begin, (x, y), scene.surface.domain, strict=True):
        assert low <= place <= high and (place == wanted or not low <= wanted <= high)


def test_another_surface_starts_from_its_own_start() -> None:
    scene = RaceScene(start_x=1.0, start_y=-1.0).on(Bowl())
    assert (scene.start_x, scene.start_y, scene.begin) == (None, None, Bowl().start)


def test_the_seed_is_idle_while_nothing_is_by_chance() -> None:
    assert RaceScene().idle == {"seed"}
    assert RaceScene(noise=0.1).idle == RaceScene(surface=LogisticRegression(batch_size=4)).idle == frozenset()


# --- the stories ---


def ends(name: str) -> dict[str, int | None]:
    scene = PRESETS[name]
    return {f"{kind}{i}": f.minimum for i, (kind, f) in enumerate(zip(kinds(scene), race(scene).finishes, strict=True))}


def test_in_the_ravine_plain_descent_swings_across_and_the_others_arrive_without() -> None:
    scene = PRESETS["ravine"]
    assert isinstance(scene.surface, IllConditioned)
    sgd = race(scene).finishes[0].run
    steep = int(np.argmax(np.diag(IllConditioned().hessian(np.zeros(2)))))
    assert sgd and 0.05 * np.diag(IllConditioned().hessian(np.zeros(2)))[steep] > 1
    across = sgd.x[0, :6, steep]
    assert np.all(across[1:] * across[:-1] < 0)


def test_momentum_leaves_the_local_minimum_and_plain_descent_does_not() -> None:
    assert ends("local_minimum") == {"sgd0": 1, "momentum1": 0, "nesterov2": 0, "adam3": 1}


def test_a_large_rate_is_thrown_out_of_the_sharp_minimum_and_a_small_one_stays() -> None:
    scene, small, large = PRESETS["sharp_flat"], *list(ends("sharp_flat").values())[:2]
    assert (small, large) == (0, 1)
    sharp, flat = (float(scene.surface.curvature(np.array(m.x))) for m in scene.surface.minima)
    assert 0.05 < 2 / sharp < 0.4 < 2 / flat


def test_on_the_plateau_plain_descent_hardly_moves_and_the_scaled_ones_cross_it() -> None:
    scene = PRESETS["plateau"]
    found = race(scene).finishes
    begin, radius = np.array(scene.begin), frame(scene.surface)[1]
    assert np.linalg.norm(np.array(found[0].x) - begin) < 0.2 * radius
    assert found[0].reached is None and all(finish.reached is not None for finish in found[1:])
    reached = dict(zip(kinds(scene), (finish.reached or 0 for finish in found), strict=True))
    assert reached["rmsprop"] < reached["adam"] < reached["momentum"]


def test_everyone_leaves_the_saddle_and_not_at_once() -> None:
    found = race(PRESETS["saddle"]).finishes
    assert all(finish.minimum is not None for finish in found)
    first = found[0].run
    assert first and first.loss[0, 10] > -0.1, "near the ridge hardly anything happens at first"


def test_with_noise_a_falling_rate_ends_nearer_than_a_constant_one() -> None:
    scene = PRESETS["noisy"]
    assert isinstance(scene.racers[1].schedule, Cosine)
    nearer = 0
    for seed in range(8):
        constant, falling = race(scene.but(seed=seed)).finishes[:2]
        nearer += falling.loss < constant.loss
    assert nearer >= 7


def test_on_real_data_the_batches_are_drawn_and_all_come_near() -> None:
    scene = PRESETS["real_data"]
    floor = scene.surface.floor
    assert scene.surface.draws(3, 0) is not None and scene.idle == frozenset() and floor is not None
    for finish in race(scene).finishes:
        assert finish.run and finish.loss - floor < 0.05 * (finish.run.loss[0, 0] - floor)


# --- what cannot be ---


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ({"start_x": "1e6"}, ["start_outside"]),
        ({"start_x": "1e7"}, ["less_than_equal"]),
        ({"surface": "himmelblau", "start_y": "77"}, ["start_outside"]),
        ({"racers.0.schedule.lr": "1e30"}, ["less_than_equal"]),
        ({"steps": "1000000000"}, ["less_than_equal"]),
        ({"racers.0.optimizer": "adamant"}, ["unknown_kind"]),
        ({"racers.0.optimizer": "named", "racers.0.optimizer.which": "torch.Adamm"}, ["unknown_optimizer"]),
        ({"racers": "99"}, ["less_than_equal"]),
        ({"racers": "0"}, ["greater_than_equal"]),
        ({"open": "6"}, ["no_such_curve"]),
        ({"surface": "formula_2d", "surface.expression": "x + q"}, ["formula_not_allowed"]),
        ({"surface": "formula_2d", "surface.expression": "1/0"}, ["formula_nowhere_finite"]),
        ({"surface": "formula_2d", "surface.expression": "9**9**9**9*x*y"}, ["formula_nowhere_finite"]),
        ({"surface": "formula_2d", "surface.expression": "(" * 1000 + "x" + ")" * 1000}, ["string_too_long"]),
        ({"racers.0.clip_norm": "-1", "noise": "nan"}, ["finite_number", "greater_than_equal"]),
    ],
    ids=str,
)
def test_what_a_link_cannot_have_is_named_and_the_rest_opens(address: dict[str, str], codes: list[str]) -> None:
    scene, problems = from_address(address | {"tolerance": "0.5"}, RaceScene())
    assert sorted(problem.code for problem in problems) == sorted(codes)
    assert scene.tolerance == 0.5
    assert race(scene.but(steps=5)).finishes


def test_rates_beyond_measure_are_survived() -> None:
    scene = RaceScene(racers=tuple(Racer(optimizer=o, schedule=Constant(lr=1e3)) for o in (SGD(), RMSprop(), Adam())))
    for i, finish in enumerate(race(scene).finishes):
        assert finish.run is not None and finish.run.x.shape == (1, 201, 2)
        assert race(scene.but(open=i)).autopsy is None or finish.bad is not None


def test_of_equally_low_minima_each_is_the_lowest_and_a_higher_one_is_not() -> None:
    assert all(is_lowest(Himmelblau(), i) for i in range(4))
    hollows = PRESETS["local_minimum"].surface
    assert is_lowest(hollows, 0) and not is_lowest(hollows, 1)


@pytest.mark.parametrize(
    ("surface", "optimizer", "rate"),
    [(Himmelblau(), SGD(), 10.0), (Rastrigin(), RAdam(), 100.0), (Ackley(), Nesterov(), 100.0)],
    ids=("himmelblau", "rastrigin", "ackley"),
)
def test_the_rate_offered_has_three_digits_and_the_run_at_it_does_not_diverge(
    surface: Plane, optimizer: SGD | RAdam | Nesterov, rate: float
) -> None:
    scene = RaceScene(surface=surface, steps=150, racers=(Racer(optimizer=optimizer, schedule=Constant(lr=rate)),))
    found = race(scene).autopsy
    assert found is not None
    saved = rescued(rate, found)
    assert saved is not None and saved == float(f"{saved:.3g}")
    assert race(scene.with_changed(0, scene.opened.at_rate(saved))).finishes[0].bad is None
