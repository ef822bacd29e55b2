"""One loop for every descent: batched is one by one, the parts add up, one seed gives one path, nothing is clipped."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.engine import ESCAPED, Noise, Path, Runs, clipped, descend, first_bad, frame, retraced, updates
from lrviz.descend.outcome import ARRIVED, BLOCK, outcome
from lrviz.optimizers import SGD, Adam, Momentum, RuleSpec, ScheduleFree, hyper, rule_kinds, steps
from lrviz.schedules import Cosine
from lrviz.spec import kind_of
from lrviz.surfaces import Quadratic, SurfaceSpec, surface_kinds
from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.planes import IllConditioned, Rosenbrock, Saddle
from lrviz.surfaces.regression import LinearRegression, LogisticRegression
from tests.driving import numbers
from tests.strategies import specs

RULES = pytest.mark.parametrize("cls", rule_kinds().values(), ids=kind_of)
SURFACES = (IllConditioned(), Rosenbrock(), Himmelblau(), LogisticRegression(batch_size=8))
PARTS = ("x", "loss", "gradient", "momentum", "scale", "decay", "rates", "bad")


def ways(surface: SurfaceSpec, runs: Runs, noise: Noise) -> list[Path]:
    """The path of each run by itself."""
    return [descend(surface, runs.part(slice(i, i + 1)), noise.part(slice(i, i + 1))) for i in range(runs.count)]


def a_sweep(draw: Callable[..., Any], cls: type[RuleSpec], surface: SurfaceSpec, count: int = 4) -> tuple[Runs, Noise]:
    """Runs that differ in rate, start, every field of the rule and noise, or share some of these."""
    first, *others = draw(st.lists(specs(cls), min_size=count, max_size=count))
    rules = [first, *(first.but(**numbers(other)) for other in others)]
    swept = {name: np.array([getattr(rule, name) for rule in rules]) for name in numbers(first)}
    shared = draw(st.sets(st.sampled_from(sorted(swept))))
    swept = {name: values for name, values in swept.items() if name not in shared}
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    low, high = np.array(surface.domain).T
    rates = random.uniform(0, 0.3, (draw(st.sampled_from([1, count])), 15))
    size = draw(st.sampled_from([0.0, 0.7])) if draw(st.booleans()) else random.uniform(0, 1, count)
    starts = random.uniform(
        low, high, (draw(st.sampled_from([1, count])) if np.ndim(size) == 0 else count, surface.dims)
    )
    return Runs(first, rates, starts, swept, draw(st.sampled_from([0.0, 0.5]))), Noise(size, draw(st.integers(0, 9)))


# --- batched = one by one ---


@RULES
@given(data=st.data())
def test_many_runs_at_once_are_each_run_alone_bit_for_bit(cls: type[RuleSpec], data: st.DataObject) -> None:
    surface = data.draw(st.sampled_from(SURFACES))
    runs, noise = a_sweep(data.draw, cls, surface)
    together = descend(surface, runs, noise)
    for i, alone in enumerate(ways(surface, runs, noise)):
        for part in PARTS:
            np.testing.assert_array_equal(getattr(together, part)[[i]], getattr(alone, part), err_msg=part)


def test_many_runs_can_share_few_tables_of_rates() -> None:
    tables, rows = np.array([[0.1] * 5, [0.2] * 5]), np.array([1, 0, 1])
    starts = np.array([[1.0], [2.0], [-1.0]])
    shared = outcome(Quadratic(), Runs(SGD(), tables, starts, rows=rows))
    apart = outcome(Quadratic(), Runs(SGD(), tables[rows], starts))
    np.testing.assert_array_equal(shared.x, apart.x)


def test_runs_are_counted_by_whatever_differs_between_them() -> None:
    assert Runs(SGD(), np.ones((1, 4)), np.ones((1, 2))).count == 1
    assert Runs(SGD(), np.ones((3, 4)), np.ones((1, 2))).count == 3
    assert Runs(SGD(), np.ones((1, 4)), np.ones((5, 2))).count == 5
    assert Runs(Momentum(), np.ones((1, 4)), np.ones((1, 2)), {"momentum": np.zeros(7)}).count == 7


# --- the parts add up ---


@RULES
@given(data=st.data())
def test_the_parts_of_an_update_add_up_to_it(cls: type[RuleSpec], data: st.DataObject) -> None:
    rule, surface = data.draw(specs(cls)), Rosenbrock()
    runs = Runs(rule, np.full((1, 12), 1e-4), np.array([surface.start]))
    path, held = descend(surface, runs), hyper(rule)
    for t, (moment, now) in enumerate(zip(updates(surface, runs, Noise()), _tables(rule, held, runs), strict=True)):
        rate = moment.update.terms.get("rate", 1.0 if kind_of(rule) == "rprop" else now["lr"])
        if isinstance(rule, ScheduleFree):  # its new position is a mix of two others
            assert np.isnan(path.momentum[:, t]).all() and np.isnan(path.scale[:, t]).all()
            continue
        whole = -rate * path.scale[:, t] * path.momentum[:, t] + path.decay[:, t]
        close = np.abs(path.step[:, t] - whole) <= 1e-9 * (np.abs(whole) + np.abs(path.x[:, t]))
        assert np.all(close | ~np.isfinite(path.x[:, t + 1])), (t, path.step[:, t], whole)


def _tables(rule: RuleSpec, held: Any, runs: Runs) -> Any:
    return steps(rule.table(held, runs.rates))


def test_a_path_holds_start_steps_and_losses() -> None:
    path = descend(Quadratic(), Runs(SGD(), np.full((1, 3), 0.1), np.array([[2.0]])))
    assert path.x[0, :, 0] == pytest.approx([2, 0.4, 0.08, 0.016])
    assert path.loss[0] == pytest.approx(4 * path.x[0, :, 0] ** 2)
    assert path.gradient[0, :, 0] == pytest.approx(8 * path.x[0, :-1, 0])
    np.testing.assert_array_equal(path.step, np.diff(path.x, axis=1))
    assert path.rates.shape == (1, 3) and list(path.bad) == [-1]


def test_a_schedules_table_is_what_the_loop_uses() -> None:
    table = Cosine(lr=0.2, T_max=10).table(10)
    path = descend(Quadratic(), Runs(SGD(), table[None], np.array([[2.0]])))
    np.testing.assert_allclose(path.x[0, :, 0], 2 * np.cumprod(np.append(1, 1 - 8 * table)), rtol=1e-12)
    np.testing.assert_array_equal(path.rates[0], table)


def test_weight_decay_shows_as_its_own_part() -> None:
    rule = Adam(weight_decay=0.5, decoupled=True)
    path = descend(IllConditioned(), Runs(rule, np.full((1, 5), 0.1), np.array([[3.0, 2.0]])))
    np.testing.assert_allclose(path.decay, -0.1 * 0.5 * path.x[:, :-1], rtol=1e-12)


# --- chance ---


@given(size=st.floats(0.01, 5), seed=st.integers(0, 2**31 - 1))
def test_one_seed_gives_one_path_and_another_seed_another(size: float, seed: int) -> None:
    runs = Runs(Momentum(), np.full((1, 20), 0.01), np.array([[1.0, 1.0]]))
    first, again = (descend(IllConditioned(), runs, Noise(size, seed)) for _ in range(2))
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, descend(IllConditioned(), runs, Noise(size, seed + 1)).x)


def test_noise_is_the_same_for_all_runs_up_to_its_size() -> None:
    runs = Runs(SGD(), np.full((1, 6), 0.01), np.zeros((3, 2)))
    clean = descend(IllConditioned(), runs).gradient[0, 0]
    sizes = np.array([0.0, 1.0, 3.0])
    path = descend(IllConditioned(), runs, Noise(sizes, 4))
    drawn = np.random.default_rng(4).standard_normal((6, 1, 2))
    np.testing.assert_allclose(path.gradient[:, 0], clean + sizes[:, None] * drawn[0], rtol=1e-15)


def test_noise_has_the_spread_it_says() -> None:
    flat = Runs(SGD(), np.full((1, 4_000), 1e-9), np.array([[0.0, 0.0]]))
    gradient = descend(IllConditioned(), flat, Noise(2.0)).gradient
    assert gradient.std() == pytest.approx(2, rel=0.05) and abs(gradient.mean()) < 0.1


@pytest.mark.parametrize("surface", [LinearRegression(batch_size=8), LogisticRegression(batch_size=32)], ids=kind_of)
def test_every_racer_gets_the_same_batches(surface: Any) -> None:
    rows, start = surface.draws(30, 7), np.array([surface.start])
    for rule in (SGD(), Momentum(), Adam()):
        path = descend(surface, Runs(rule, np.full((1, 30), 0.01), start), Noise(0.0, 7))
        for t in (0, 1, 17, 29):
            np.testing.assert_array_equal(path.gradient[:, t], surface.grad(path.x[:, t], rows[t]))
    assert not np.array_equal(rows, surface.draws(30, 8))


def test_the_loss_of_a_stochastic_path_is_that_of_all_data() -> None:
    surface = LinearRegression(batch_size=4)
    path = descend(surface, Runs(SGD(), np.full((1, 5), 0.1), np.array([surface.start])), Noise(0.0, 1))
    np.testing.assert_array_equal(path.loss, surface.but(batch_size=0)(path.x))


# --- clipping ---


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=5), st.floats(0.01, 100))
def test_clipping_shortens_what_is_too_long_and_turns_nothing(vectors: list[Any], most: float) -> None:
    given_, kept = np.array(vectors), clipped(np.array(vectors), most)
    length = np.linalg.norm(given_, axis=1)
    assert np.all(np.linalg.norm(kept, axis=1) <= np.minimum(most, length) * (1 + 1e-12))
    np.testing.assert_allclose(kept * length[:, None], given_ * np.linalg.norm(kept, axis=1)[:, None], atol=1e-6)
    np.testing.assert_array_equal(kept[length + 1e-6 <= most], given_[length + 1e-6 <= most])


def test_clipping_is_torchs() -> None:
    import torch

    for vector in ([3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [1e-9, 0.0]):
        weight = torch.zeros(2, dtype=torch.float64)
        weight.grad = torch.tensor(vector, dtype=torch.float64)
        torch.nn.utils.clip_grad_norm_([weight], 1.0)
        np.testing.assert_allclose(clipped(np.array([vector]), 1.0)[0], weight.grad.numpy(), rtol=1e-14)


def test_a_path_keeps_the_raw_gradient_beside_the_clipped_step() -> None:
    runs = Runs(SGD(), np.full((1, 3), 0.1), np.array([[2.0]]), clip_norm=1.0)
    path = descend(Quadratic(), runs)
    assert path.gradient[0, 0, 0] == 16 and path.step[0, 0, 0] == pytest.approx(-0.1, rel=1e-6)


# --- divergence is a value ---


def test_nothing_is_clipped_and_the_first_bad_step_is_the_first() -> None:
    path = descend(Quadratic(), Runs(SGD(), np.full((1, 3_000), 0.4), np.array([[2.0]])))
    x = path.x[0, :, 0]
    exact = 2 * (1 - 8 * 0.4) ** np.arange(600.0)
    np.testing.assert_allclose(x[:600], exact, rtol=1e-12)
    assert path.bad[0] == np.argmax(np.abs(exact) > ESCAPED * 2.5)
    assert not np.isfinite(x[-1]), "it goes on into infinity, and no one stops it"


def test_a_start_or_rate_without_measure_is_a_value_too() -> None:
    path = descend(Quadratic(), Runs(SGD(), np.array([[1e30], [1e300], [np.nan]]), np.array([[2.0]])))
    assert list(path.bad) == [1, 1, 1] and path.x[0, 1, 0] == pytest.approx(-1.6e31)


def test_first_bad_counts_leaving_by_any_coordinate_and_what_is_no_number() -> None:
    centre, radius = frame(IllConditioned())
    far = centre + np.array([0.0, 1.01 * ESCAPED * radius])
    x = np.array([[centre, centre, far, centre], [centre, centre, centre, centre], [centre, far * np.nan, far, far]])
    assert list(first_bad(IllConditioned(), x)) == [2, -1, 1]


# --- a path we only know the positions of ---


def test_a_retraced_path_has_the_surfaces_losses_and_gradients() -> None:
    path = descend(Rosenbrock(), Runs(SGD(), np.full((1, 20), 1e-3), np.array([Rosenbrock().start])))
    again = retraced(Rosenbrock(), path.x, path.rates)
    for part in ("loss", "gradient", "bad"):
        np.testing.assert_allclose(getattr(again, part), getattr(path, part), rtol=1e-12)
    assert np.isnan(again.momentum).all() and np.isnan(again.scale).all(), "nobody knows how another's rule got there"
    cut = retraced(Rosenbrock(), np.where(np.arange(21)[None, :, None] < 5, path.x, np.nan), path.rates)
    assert cut.bad[0] == 5


# --- how runs end, without their paths ---


ENDING = (Quadratic(), IllConditioned(), Himmelblau(), Saddle(), LogisticRegression(batch_size=16))


@pytest.mark.parametrize("surface", ENDING, ids=kind_of)
@given(data=st.data())
def test_the_outcome_is_what_the_paths_say(surface: Any, data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from(list(rule_kinds().values())))
    runs, noise = a_sweep(data.draw, cls, surface, 5)
    ended, path = outcome(surface, runs, noise), descend(surface, runs, noise)
    np.testing.assert_array_equal(ended.bad, path.bad)
    np.testing.assert_array_equal(ended.x, path.x[:, -1])
    np.testing.assert_allclose(ended.loss, path.loss[:, -1], rtol=1e-12)
    for i in range(runs.count):
        assert (ended.nearest[i], ended.reached[i]) == arrival(surface, path.x[i], int(path.bad[i]))


def arrival(surface: SurfaceSpec, x: Any, bad: int) -> tuple[int, int]:
    """The minimum a path ends nearest to, and the step from which on it stays near, told the slow way."""
    if bad >= 0 or not surface.minima:
        return -1, -1
    away = [np.linalg.norm(x - np.array(minimum.x), axis=1) for minimum in surface.minima]
    home = int(np.argmin([distances[-1] for distances in away]))
    near = away[home] <= ARRIVED * frame(surface)[1]
    return home, next((t for t in range(len(near)) if near[t:].all()), -1)


def test_blocks_of_runs_meet_without_a_seam() -> None:
    count = BLOCK + 3
    rates = np.linspace(0.001, 0.3, count)[:, None].repeat(4, axis=1)
    starts, sizes = np.linspace(-2, 2, count)[:, None], np.linspace(0, 1, count)
    runs, noise = Runs(Momentum(), rates, starts, {"momentum": np.linspace(0, 0.9, count)}), Noise(sizes, 3)
    whole = outcome(Quadratic(), runs, noise)
    for i in (0, 1, BLOCK - 1, BLOCK, BLOCK + 2):
        alone = outcome(Quadratic(), runs.part(slice(i, i + 1)), noise.part(slice(i, i + 1)))
        for part in ("reached", "bad", "nearest", "x", "loss"):
            np.testing.assert_array_equal(getattr(whole, part)[[i]], getattr(alone, part))


@pytest.mark.parametrize("cls", surface_kinds().values(), ids=kind_of)
def test_every_surface_can_be_run_on_from_its_start(cls: type[SurfaceSpec]) -> None:
    surface = cls()
    path = descend(surface, Runs(Adam(), np.full((1, 50), 1e-3), np.array([surface.start])))
    assert path.bad[0] == -1 and path.loss[0, -1] <= path.loss[0, 0] + 1e-9
