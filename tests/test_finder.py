"""The range test: its rules are the libraries' own, its sweeps are the engine's, and its numbers are read as said."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.figures.finder import GLYPHS, SYMBOLS, finder_figure, loss_span, rate_span
from lrviz.schedules import Constant, Cosine, Points
from lrviz.schedules.ramps import RangeTest
from lrviz.spec import from_address, to_address
from lrviz.text import words
from lrviz.train.finder import PRESETS, FinderScene, Sweep, smoothing_at, sweep_of
from lrviz.train.models import MLP
from lrviz.train.numbers import packed, unpacked
from lrviz.train.range_test import BLOCK, swept
from lrviz.train.suggestions import RULES, Rule, slide, slopes, smoothed, steep, steep_step, stopped, valley
from lrviz.train.tasks import Moons, Sine
from lrviz.train.training import Training

SMALL = Training(task=Moons(points=60), model=MLP(width=5), batch_size=8)
NAMES = {name: name for name in (*RULES, "rate", "loss", "slope", "raw", "smooth", "others", "unread", "seed")}


def curve(rates: Any) -> Any:
    """A loss that falls along a sigmoid and then blows up."""
    power = np.log10(rates)
    return 2.3 - 1.6 / (1 + np.exp(-4 * (power + 2.2))) + np.exp(3.5 * (power - 0.1))


def scene_of(rates: int = 60, **given: Any) -> FinderScene:
    test = RangeTest(start_lr=1e-3, end_lr=10.0, num_iter=rates)
    return FinderScene(training=SMALL, test=test, runs=2, skip_start=3, skip_end=2, **given)


def whole(scene: FinderScene) -> Sweep:
    """Run a sweep from its first chunk to its last."""
    state, events = None, []
    while True:
        chunk = swept(scene.trainings, state, {})
        state = chunk.state
        events += chunk.events
        if chunk.done:
            return sweep_of(scene, events)


# --- the rules, as recorded from the libraries ---


def test_the_rules_are_the_libraries_own_on_their_own_grids() -> None:
    """Recorded from fastai 2.8.12, torch-lr-finder and Lightning 2.6.6, run on this curve."""
    fastai = 1e-7 * 1e8 ** (np.arange(100) / 100)
    kept = slice(100 // 10, -5)
    found = {name: rule(fastai[kept], curve(fastai)[kept]) for name, rule in RULES.items()}
    assert found["valley"] == pytest.approx(0.0001584893192461114, rel=1e-12)
    assert found["slide"] == pytest.approx(3.019951720402016e-05, rel=1e-12)
    assert found["minimum"] == pytest.approx(0.008317637711026709, rel=1e-12)
    assert found["steep"] == pytest.approx(0.005248074602497722, rel=1e-12)
    others = RangeTest(start_lr=1e-7, end_lr=10.0, num_iter=100).table(100)
    for skip_end in (5, 1):
        kept = slice(10, -skip_end)
        assert steep_step(others[kept], curve(others)[kept]) == pytest.approx(0.005857020818056661, rel=1e-12)


def test_both_ways_to_smooth_are_the_libraries_own() -> None:
    losses = np.array([3.0, 2, 4, 1, 5])[:, None]
    fastai = [2.9999999999999973, 2.49494949494949, 3.0068017956740536, 2.4897969699030664, 3.0123248316030975]
    np.testing.assert_allclose(smoothed(losses, 0.98)[:, 0], fastai, rtol=1e-12)
    others = [3.0, 2.9499999999999997, 3.0025, 2.9023749999999997, 3.0072562499999997]
    np.testing.assert_allclose(smoothed(losses, 0.95, "first_value")[:, 0], others, rtol=1e-12)


def longest_fall(losses: list[float]) -> tuple[int, int]:
    """The longest strictly falling subsequence, counted pair by pair: its length and where the first such one ends."""
    lengths = [1] * len(losses)
    for i in range(len(losses)):
        lengths[i] += max((lengths[j] for j in range(i) if losses[j] > losses[i]), default=0)
    return max(lengths), lengths.index(max(lengths))


@given(st.lists(st.floats(0, 5), min_size=1, max_size=40))
def test_the_valley_is_half_way_along_the_longest_fall(losses: list[float]) -> None:
    length, end = longest_fall(losses)
    begin = end - length if length > 1 else 0
    third = (end - begin) / 3 if length > 1 else 0
    assert (
        valley(np.arange(1.0, len(losses) + 1), np.array(losses))
        == np.arange(len(losses))[begin + int(third) + int(third / 2)] + 1
    )


@given(st.lists(st.floats(0, 5), min_size=2, max_size=60))
def test_the_slide_stops_where_the_slopes_of_its_ends_are_alike(losses: list[float]) -> None:
    rates, slope = np.arange(1.0, len(losses) + 1), np.gradient(losses)
    last = len(losses) - 16
    if last < 0:
        assert np.isnan(slide(rates, np.array(losses)))
        return
    found = int(slide(rates, np.array(losses))) - 1
    moving = [abs(slope[left + 15] - slope[left]) > 0.005 for left in range(last, found - 1, -1)]
    assert all(moving) or found == last
    assert found == 0 or abs(slope[found + 14] - slope[found - 1]) <= 0.005


def test_on_a_linear_sweep_the_two_steepest_points_part() -> None:
    exponential = np.geomspace(1e-4, 1, 400)
    assert steep_step(exponential, curve(exponential)) == pytest.approx(
        steep(exponential, curve(exponential)), rel=0.05
    )
    linear = np.linspace(1e-4, 1, 400)
    fallen = 2 - 1.5 * (1 - np.exp(-linear / 0.1))
    assert steep(linear, fallen) > 5 * steep_step(linear, fallen)
    assert steep(linear, fallen) == linear[slopes(linear, fallen).argmin()]


def test_too_few_points_give_no_suggestion() -> None:
    none = np.zeros(0)
    assert all(np.isnan(rule(none, none)) for rule in RULES.values())
    one = np.ones(1)
    assert {name for name, rule in RULES.items() if np.isnan(rule(one, one))} == {"slide", "steep", "steep_step"}


# --- smoothing and the stop ---


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.floats(0, 0.999))
def test_smoothing_stays_within_the_losses_so_far_and_keeps_a_level_one(losses: list[float], beta: float) -> None:
    column = np.array(losses)[:, None]
    for average in ("corrected", "first_value"):
        found = smoothed(column, beta, average)[:, 0]
        assert (found <= np.maximum.accumulate(losses) + 1e-9).all()
        assert (found >= np.minimum.accumulate(losses) - 1e-9).all()
    np.testing.assert_allclose(smoothed(np.full((9, 1), 2.5), beta), 2.5)
    np.testing.assert_array_equal(smoothed(column, 0.0), column)


def test_after_a_loss_that_is_no_number_none_is() -> None:
    found = smoothed(np.array([[1.0], [np.nan], [1.0]]), 0.9)[:, 0]
    assert np.isfinite(found).tolist() == [True, False, False]


def test_a_finder_stops_at_the_first_update_that_is_too_high() -> None:
    smooth = np.array([[4.0, 4], [1, 4], [3.9, 4], [4.1, 4], [0.5, 4]])
    assert stopped(smooth, 4).tolist() == [3, -1]
    assert stopped(smooth, 3).tolist() == [2, -1]
    assert stopped(smooth, 0).tolist() == [-1, -1]


def test_the_smoothing_is_worked_out_in_numbers_that_add_up() -> None:
    losses = np.abs(np.random.default_rng(0).standard_normal((20, 2)))
    for average in ("corrected", "first_value"):
        sweep = Sweep(scene_of(20, smoothing=0.7, average=average), losses)
        for t in (1, 5, 19):
            step = smoothing_at(sweep, t)
            assert step.mean == pytest.approx(0.7 * step.before + 0.3 * step.loss)
            assert step.shown == pytest.approx(
                step.mean / (1 - 0.7 ** (t + 1)) if average == "corrected" else step.mean
            )


# --- what a sweep is read as ---


def test_the_rules_see_nothing_that_is_skipped_stopped_at_or_no_number() -> None:
    losses = np.concatenate([np.linspace(2, 1, 30), np.full(10, 9.0), np.full(20, np.nan)])[:, None]
    sweep = Sweep(scene_of(60, smoothing=0.0), losses)
    assert sweep.stops.tolist() == [30] and sweep.ends.tolist() == [31]
    assert sweep.read(0) == slice(3, 29)
    assert sweep.lowest_at == 29 and sweep.lowest == 1
    never = Sweep(scene_of(60, smoothing=0.0, stop=0.0), losses)
    assert never.stops.tolist() == [-1] and never.ends.tolist() == [40]
    short = Sweep(FinderScene(training=SMALL, skip_start=50), losses)
    assert short.too_few and all(np.isnan(rates[0]) for rates in short.suggestions.values())


def test_suggestions_are_read_from_every_seed_and_their_spread_is_a_factor() -> None:
    scene = scene_of(60, smoothing=0.0, stop=0.0)
    rates = scene.test.table(60)
    sweep = Sweep(scene, np.stack([curve(rates), curve(rates / 10)], axis=1))
    assert sweep.spread("steep") == pytest.approx(10, rel=0.4)
    assert sweep.loss_at(float(rates[7])) == pytest.approx(curve(rates)[7]) and np.isnan(sweep.loss_at(99.0))
    assert np.isnan(Sweep(scene, curve(rates)[:, None]).spread("steep"))


# --- the sweep itself ---


def test_a_sweep_is_each_seeds_training_with_the_sweeps_rates() -> None:
    scene = scene_of(2 * BLOCK + 5)
    sweep = whole(scene)
    assert sweep.losses.shape == (2 * BLOCK + 5, 2)
    for r, training in enumerate(scene.trainings):
        assert (training.schedule, training.steps, training.seed) == (scene.test, scene.test.num_iter, r)
        alone = whole(scene.but(training=SMALL.but(seed=r), runs=1))
        np.testing.assert_allclose(sweep.losses[:, r], alone.losses[:, 0], rtol=1e-3)


def test_a_sweep_in_chunks_is_told_update_by_update_with_its_rates() -> None:
    scene = scene_of(BLOCK + 3)
    first = swept(scene.trainings, None, {"once": 5})
    assert first.state.step == 5 and not first.done and first.progress == pytest.approx(5 / (BLOCK + 3))
    rest = swept(scene.trainings, first.state, {})
    told = [*first.events, *rest.events]
    np.testing.assert_allclose(
        np.concatenate([unpacked(event["rates"]) for event in told]), scene.test.table(BLOCK + 3), rtol=1e-6
    )
    np.testing.assert_array_equal(sweep_of(scene, told).losses, whole(scene).losses)


def test_a_sweep_ends_where_no_run_has_a_finite_loss_any_more() -> None:
    wild = Training(task=Sine(), model=MLP(depth=1, activation="relu"), schedule=Constant(lr=0.1))
    sweep = whole(FinderScene(training=wild, test=RangeTest(start_lr=1.0, end_lr=1e3, num_iter=400), runs=2))
    assert len(sweep.losses) < 400 and not np.isfinite(sweep.losses[-1]).any()
    assert len(sweep.rates) == len(sweep.losses) and np.isfinite(sweep.smooth[: sweep.ends[0], 0]).all()


# --- the scene ---


def test_training_goes_on_at_the_rate_that_was_read_with_its_own_schedule() -> None:
    scene = FinderScene(training=SMALL.but(schedule=Cosine(lr=0.5, T_max=300), steps=700))
    found = scene.trained_at(0.0123456)
    assert found == SMALL.but(schedule=Cosine(lr=0.0123, T_max=300), steps=700)
    drawn = FinderScene(training=SMALL.but(schedule=Points(points=((0, 0.1), (9, 0.01)))))
    assert drawn.trained_at(1e9) is None


def test_an_untrained_net_loses_about_what_is_said() -> None:
    for training in (SMALL, SMALL.but(loss="mse"), Training(task=Sine()), PRESETS["digits"].training):
        scene = FinderScene(training=training, test=RangeTest(start_lr=1e-6, end_lr=1e-5, num_iter=2))
        assert whole(scene).losses[0].mean() == pytest.approx(scene.untrained, rel=0.7)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"test.num_iter": "1001"}, "range_test_too_long"),
        ({"test.end_lr": "1e-9"}, "range_falls"),
        ({"runs": "17"}, "less_than_equal"),
        ({"smoothing": "1"}, "less_than"),
        ({"stop": "-1"}, "greater_than_equal"),
        ({"training.task": "sudoku"}, "unknown_kind"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(address: dict[str, str], code: str) -> None:
    scene, problems = from_address(address, FinderScene())
    assert [problem.code for problem in problems] == [code] and scene == FinderScene()
    with pytest.raises(ValidationError):
        FinderScene(runs=0)


# --- the picture ---


def test_the_picture_holds_the_sweep_and_what_every_rule_suggests() -> None:
    scene = scene_of(60, smoothing=0.0, stop=0.0)
    rates = scene.test.table(60)
    sweep = Sweep(scene, np.stack([curve(rates), curve(rates / 2)], axis=1))
    figure = finder_figure(scene, sweep, NAMES)
    by_name: dict[str, list[Any]] = {}
    for trace in figure["data"]:
        by_name.setdefault(trace["name"], []).append(trace)
    read = by_name["smooth"][0]
    kept = np.isfinite(read["y"])
    np.testing.assert_allclose(read["x"][kept], rates[sweep.read(0)], rtol=1e-6)
    np.testing.assert_allclose(read["y"][kept], curve(rates)[sweep.read(0)], rtol=1e-6)
    for row, rule in enumerate(RULES):
        on_curve, seeds = by_name[rule]
        assert on_curve["x"][0] == seeds["x"][0] == sweep.suggestions[rule][0]
        np.testing.assert_array_equal(seeds["x"], sweep.suggestions[rule])
        assert set(seeds["y"]) == {row} and seeds["marker"]["symbol"] == SYMBOLS[rule]
    assert set(SYMBOLS) == set(GLYPHS) == set(RULES)
    assert len(figure["layout"]["shapes"]) == len(RULES)
    assert any(curve(rates) > loss_span(scene)[1]) == bool(figure["layout"]["annotations"])


def test_before_the_sweep_is_there_the_picture_has_its_axes_and_grows() -> None:
    for test, narrow in ((RangeTest(), False), (RangeTest(scale="linear"), True)):
        scene = FinderScene(test=test)
        figure = finder_figure(scene, None, NAMES, narrow=narrow)
        assert figure["data"][0]["live"] == {"across": ["rates", "losses"], "column": 0}
        assert {trace.get("yaxis", "y") for trace in figure["data"]} == {"y", "y3"} | (set() if narrow else {"y2"})
        assert ("yaxis2" in figure["layout"]) is not narrow
        low, high = rate_span(scene)
        assert low < test.start_lr < test.end_lr < high


def test_arrays_come_back_as_they_were_packed() -> None:
    for values, dtype in (([[1.5, np.nan]], "<f4"), ([3, -4], "|i1"), ([2**31 - 1], "<i4")):
        np.testing.assert_array_equal(unpacked(packed(values, dtype)), np.asarray(values, dtype))


@pytest.mark.parametrize("name", PRESETS)
def test_every_worked_example_is_its_address(name: str) -> None:
    assert from_address(to_address(PRESETS[name], FinderScene()), FinderScene()) == (PRESETS[name], [])
    assert words("en").w(f"page.finder.preset.{name}.name")


@pytest.fixture(scope="module")
def told() -> dict[str, Sweep]:
    return {name: whole(PRESETS[name]) for name in ("digits", "linear", "adam", "lightning", "spirals", "cnn")}


def test_the_stories_of_the_examples_are_true(told: dict[str, Sweep]) -> None:
    digits, adam = told["digits"], told["adam"]
    assert digits.smooth[0, 0] > 2 and digits.lowest < 0.3 and (digits.stops >= 0).all()
    assert PRESETS["adam"].training.model == PRESETS["digits"].training.model
    assert 7 < digits.suggestions["steep"][0] / adam.suggestions["steep"][0] < 15
    assert adam.rates[adam.stops[0]] < digits.rates[digits.stops[0]] / 5
    linear = told["linear"].suggestions
    assert np.median(linear["steep"] / linear["steep_step"]) > 3 and linear["steep"][0] > 3 * linear["steep_step"][0]
    assert told["lightning"].stops[0] == told["cnn"].stops[0] == -1


def test_on_the_spirals_the_loss_halts_where_the_valley_answers(told: dict[str, Sweep]) -> None:
    sweep = told["spirals"]
    halt = sweep.smooth[(sweep.rates > 0.0028) & (sweep.rates < 0.03), 0]
    assert np.ptp(halt) < 0.08 and sweep.smooth[0, 0] - halt[0] > 0.2 and halt[-1] - sweep.lowest > 0.2
    assert 0.0028 < sweep.suggestions["valley"][0] < 0.03 < sweep.rates[sweep.lowest_at]


@pytest.mark.parametrize("rule", ["steep", "minimum"])
def test_the_more_is_smoothed_the_farther_right_the_curve_seems_to_fall(told: dict[str, Sweep], rule: Rule) -> None:
    losses = told["digits"].losses
    found = [Sweep(FinderScene(smoothing=beta), losses).suggestions[rule][0] for beta in (0.5, 0.9, 0.98, 0.99)]
    assert found == sorted(found) and found[-1] > 2 * found[0]
