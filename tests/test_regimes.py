"""The regime map: every cell is the run it stands for, theory's edge is the measured one, and no link can hurt it."""

import math

import numpy as np
import pytest

from lrviz.descend import outcome as outcome_module
from lrviz.descend.engine import Noise, descend, frame
from lrviz.descend.outcome import ARRIVED, outcome
from lrviz.descend.parabola import ParabolaScene, walk
from lrviz.descend.race import RaceScene, race
from lrviz.descend.racer import runs_of_spec
from lrviz.descend.regime_map import TOP, RegimeMap, computed, ladder, opened, place_of, racer_of, regime_map, steps_at
from lrviz.descend.regimes import MOST_WORK, PRESETS, RegimesScene, weight
from lrviz.figures.regimes import regimes_figure
from lrviz.formula import MAX_LENGTH
from lrviz.optimizers import SGD, Adam, Momentum, Nesterov, RMSprop, RuleSpec, rule_kinds
from lrviz.schedules import Constant, Cosine
from lrviz.spec import from_address, kind_of, to_address
from lrviz.surfaces import Quadratic, SurfaceSpec, surface_kinds
from lrviz.surfaces.classics import Ackley, Himmelblau, Rastrigin, SixHumpCamel, StyblinskiTang
from lrviz.surfaces.lines import Wiggly
from lrviz.surfaces.planes import Bowl, IllConditioned, Ravine
from lrviz.surfaces.regression import LinearRegression, LogisticRegression

# ------------------------------------------------------------------------------------- theory against measurement

STABLE = [SGD(), Momentum(), Momentum(form="ema"), Momentum(dampening=0.5), Nesterov(), SGD(weight_decay=1.0)]


def edges(result: RegimeMap) -> list[int]:
    """For each value of what is not the rate, the first cell along the rate whose run diverges."""
    bad = result.levels < 0
    rows = bad if result.scene.across == "lr" else bad.T
    assert not np.any(np.diff(rows.astype(int), axis=1) < 0), "beyond the edge every run diverges"
    return [int(np.argmax(np.append(row, True))) for row in rows]


@pytest.mark.parametrize("surface", [Quadratic(), IllConditioned(), Ravine()], ids=kind_of)
@pytest.mark.parametrize("rule", STABLE, ids=str)
@pytest.mark.parametrize("across", ["lr", "other"])
def test_theorys_edge_is_the_measured_one_to_within_a_cell(rule: RuleSpec, surface: SurfaceSpec, across: str) -> None:
    other = "momentum" if "momentum" in type(rule).model_fields else "weight_decay"
    scene = RegimesScene(cells=60, steps=1_000, surface=surface).with_optimizer(rule)
    scene = scene.but(across="lr", up=other) if across == "lr" else scene.but(across=other, up="lr")
    scene = widened(scene, other)
    result = computed(scene)
    assert result.boundary is not None and result.exact
    rates, cells = (result.across, result.boundary[0]) if across == "lr" else (result.up, result.boundary[1])
    along = result.boundary[1] if across == "lr" else result.boundary[0]
    places = result.up if across == "lr" else result.across
    expected = np.interp(places, along, cells)
    size = rates[1] - rates[0]
    shown = (expected > rates[0]) & (expected < rates[-1])
    assert shown.sum() > 20
    measured = np.array([rates[min(first, len(rates) - 1)] for first in edges(result)])
    assert (
        np.abs(measured - expected)[shown].max() <= 1.5 * size
    )  # the edge is half a cell before the first one's centre


def widened(scene: RegimesScene, other: str) -> RegimesScene:
    """The scene over 0 to 0.9 of what is not the rate, and over rates to beyond the highest edge there."""
    side, rate = ("up", "across") if scene.across == "lr" else ("across", "up")
    span = (1e-2, 10.0) if other == "weight_decay" else (0.0, 0.9)
    whole = scene.but(**{f"{side}_low": span[0], f"{side}_high": span[1]})
    bound = computed(whole.but(cells=10, steps=2)).boundary
    assert bound is not None
    highest = float(np.quantile(bound[0 if scene.across == "lr" else 1], 0.8))
    return whole.but(**{f"{rate}_low": 0.0, f"{rate}_high": 1.3 * highest})


def test_inside_the_edge_nothing_diverges_and_beyond_it_nothing_arrives() -> None:
    result = computed(RegimesScene(cells=100, steps=1_000))
    rates, momenta = np.meshgrid(result.across, result.up)
    bound = 2 * (1 + momenta) / 8
    assert not (result.levels[rates < bound] < 0).any()
    assert not (result.levels[rates > bound] > 0).any()


@pytest.mark.parametrize(
    "scene",
    [
        RegimesScene(optimizer=Adam(), up="beta2"),
        RegimesScene(schedule=Cosine()),
        RegimesScene(surface=Himmelblau(), across="x", up="y"),
    ],
)
def test_without_a_theory_there_is_no_line(scene: RegimesScene) -> None:
    assert computed(scene.but(cells=10, steps=5)).boundary is None


def test_a_surface_of_changing_curvature_is_said_to_have_one() -> None:
    assert computed(RegimesScene(cells=10, steps=2)).exact
    assert not computed(RegimesScene(cells=10, steps=2, surface=Himmelblau())).exact


# --------------------------------------------------------------------------------------- a cell is a run by itself

ALONE = {
    "momentum": RegimesScene(cells=20),
    "adam": RegimesScene(optimizer=Adam(), up="beta2", lr_scale="log", cells=20),
    "basins": RegimesScene(surface=Himmelblau(), schedule=Constant(lr=0.003), across="x", up="y", cells=20),
    "noise": RegimesScene(surface=Bowl(), optimizer=SGD(), up="noise", cells=20),
    "a schedule": RegimesScene(surface=SixHumpCamel(), optimizer=RMSprop(), up="alpha", schedule=Cosine(), cells=20),
    "ripples": RegimesScene(surface=Wiggly(), optimizer=SGD(), up="x", cells=20),
    "many minima": RegimesScene(
        surface=Ackley(), optimizer=Adam(), schedule=Constant(lr=0.1), across="x", up="y", cells=20
    ),
    "batches": RegimesScene(surface=LinearRegression(batch_size=8), up="momentum", cells=20, seed=3),
}
CELLS = [(0, 0), (19, 0), (0, 19), (19, 19), (7, 12), (11, 3), (4, 17)]


@pytest.mark.parametrize("name", ALONE)
def test_a_cell_is_the_run_by_itself_bit_for_bit(name: str) -> None:
    scene = ALONE[name]
    result = computed(scene)
    for a, u in CELLS:
        cell = result.cell(float(result.across[a]), float(result.up[u]))
        racer, noise = racer_of(scene, cell), Noise(cell.values.get("noise", scene.noise), scene.seed)
        runs = runs_of_spec(racer.optimizer, racer.schedule, place_of(scene, cell), scene.steps)
        path = descend(scene.surface, runs, noise)
        assert np.array_equal(path.x[0, -1], result.outcome.x[u * scene.cells + a], equal_nan=True)
        assert np.array_equal(path.loss[0, -1], result.outcome.loss[u * scene.cells + a], equal_nan=True)
        assert int(path.bad[0]) == (-1 if cell.bad is None else cell.bad)
        assert reached(scene.surface, path.x[0]) == cell.reached or cell.bad is not None


def reached(surface: SurfaceSpec, x: np.ndarray) -> int | None:
    """The first step from which on every position is near the minimum that is nearest in the end: the plain way."""
    homes = [np.array(minimum.x) for minimum in surface.minima]
    home = min(homes, key=lambda place: float(np.sum((x[-1] - place) ** 2)))
    near = np.sqrt(((x - home) ** 2).sum(axis=1)) <= ARRIVED * frame(surface)[1]
    return next((t for t in range(len(x)) if near[t:].all()), None)


def test_some_cells_of_those_maps_arrive_some_diverge_and_some_do_neither() -> None:
    ends = [cell for scene in ALONE.values() for cell in np.unique(np.sign(computed(scene).levels))]
    assert {-1, 0, 1} <= set(ends)


@pytest.mark.parametrize("size", [1, 7, 400])
def test_the_outcome_does_not_depend_on_how_many_go_together(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ALONE["ripples"].but(steps=50)
    whole = computed(scene).outcome
    monkeypatch.setattr(outcome_module, "BLOCK", size)
    parts = computed(scene).outcome
    for name in ("reached", "bad", "nearest", "x", "loss"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name), equal_nan=True)


def test_long_maps_keep_no_more_positions_than_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = runs_of_spec(SGD(), Constant(lr=0.1), (2.0,), 100)
    whole = outcome(Quadratic(), runs)
    monkeypatch.setattr(outcome_module, "KEPT", 1)
    assert outcome(Quadratic(), runs).reached == whole.reached


# ------------------------------------------------------------------------------------------------ opening a cell


@pytest.mark.parametrize("name", ALONE)
def test_the_opened_scene_reproduces_the_cell(name: str) -> None:
    scene = ALONE[name]
    result = computed(scene)
    for a, u in CELLS:
        cell = result.cell(float(result.across[a]), float(result.up[u]))
        shown = opened(scene, cell)
        assert shown is not None
        base = RaceScene() if isinstance(shown, RaceScene) else ParabolaScene()
        read, problems = from_address(to_address(shown, base), base)
        assert read == shown and problems == []
        path = race(read).finishes[0].run if isinstance(read, RaceScene) else walk(read).path
        assert path is not None
        assert np.array_equal(path.x[0, -1], result.outcome.x[u * scene.cells + a], equal_nan=True)
        assert int(path.bad[0]) == (-1 if cell.bad is None else cell.bad)


def test_a_noisy_run_on_a_curve_cannot_be_opened() -> None:
    result = computed(RegimesScene(cells=10, steps=5, noise=0.1))
    assert opened(result.scene, result.cell(0.1, 0.5)) is None


# -------------------------------------------------------------------------------------------------------- basins


def basins(surface: SurfaceSpec, rate: float, cells: int = 60) -> RegimeMap:
    return computed(
        RegimesScene(surface=surface, schedule=Constant(lr=rate), across="x", up="y", cells=cells)  # type: ignore[arg-type]
    )


def homes(result: RegimeMap) -> np.ndarray:
    """The place each start leads to, (U, A, 2); NaN where it leads to none."""
    places = np.array([minimum.x for minimum in result.scene.surface.minima])
    return np.where((result.nearest >= 0)[..., None], places[result.nearest], np.nan)


def test_basins_are_symmetric_where_the_surface_is_in_its_diagonal() -> None:
    found = homes(basins(StyblinskiTang(), 0.005))
    assert len(np.unique(found.reshape(-1, 2), axis=0)) == 4
    assert np.array_equal(found, found.transpose(1, 0, 2)[..., ::-1], equal_nan=True)


def test_basins_are_symmetric_where_the_surface_is_in_its_middle() -> None:
    found = homes(basins(SixHumpCamel(), 0.005))
    turned = -found[::-1, ::-1]
    same = np.isclose(found, turned, atol=1e-6, equal_nan=True).all(axis=-1)
    assert same.mean() > 0.995  # on the very border rounding decides
    assert len(np.unique(np.round(found, 6).reshape(-1, 2), axis=0)) > 2


def test_a_small_rate_leads_from_beside_a_minimum_to_it() -> None:
    result = basins(Rastrigin(), 0.001)
    for i, minimum in enumerate(result.scene.surface.minima[:9]):
        cell = result.cell(*minimum.x)
        assert result.nearest[cell.u, cell.a] == i


# --------------------------------------------------------------------------------------------------- levels, zoom


@pytest.mark.parametrize("steps", [2, 10, 126, 200, 1_000])
def test_levels_go_down_one_after_the_other_and_name_the_steps_they_hold(steps: int) -> None:
    found = ladder(steps).astype(int)
    assert found[0] == TOP and found[-1] >= 1 and (np.diff(found) <= 0).all()
    for step in range(steps + 1):
        first, last = steps_at(int(found[step]), steps)
        assert first <= step <= last and found[first] == found[last] == found[step]
    for bad in range(1, steps + 1):
        first, last = steps_at(-int(found[bad - 1]), steps)
        assert 1 <= first <= bad <= last <= steps


def test_a_level_is_the_outcome_of_its_cell() -> None:
    result = computed(RegimesScene(cells=30))
    for a, u in [(3, 3), (25, 2), (15, 29), (7, 20)]:
        cell, level = result.cell(float(result.across[a]), float(result.up[u])), int(result.levels[u, a])
        if level == 0:
            assert cell.bad is None and cell.reached is None
            continue
        first, last = steps_at(level, result.scene.steps)
        step = cell.reached if level > 0 else cell.bad
        assert step is not None and first <= step <= last


def test_zooming_recomputes_at_full_resolution_and_the_way_back_is_the_whole() -> None:
    whole = RegimesScene(cells=50)
    part = whole.zoomed({"across": (0.24, 0.26), "up": (0.0, 0.1)})
    result = computed(part)
    assert part.is_zoomed and len(result.across) == 50
    assert 0.24 < result.across[0] < result.across[-1] < 0.26 and 0 < result.up[0] < result.up[-1] < 0.1
    assert len(np.unique(result.levels)) > 5
    assert part.zoomed(None) == whole and not whole.is_zoomed


def test_a_zoom_deep_into_a_border_keeps_its_ends_apart() -> None:
    scene = RegimesScene(surface=Himmelblau(), schedule=Constant(lr=0.003), across="x", up="y")
    for scale in (1e-2, 1e-5, 1e-9):
        part = scene.zoomed({"across": (1.234567891, 1.234567891 + scale), "up": (-1.0, -1.0 + scale)})
        low, high = part.span("across")
        assert math.isclose(high - low, scale, rel_tol=0.05)


def test_the_counted_axes_of_a_map_are_log_where_their_knob_is() -> None:
    scene = RegimesScene(optimizer=Adam(), across="lr", up="eps", lr_scale="log", cells=10, steps=2)
    result = computed(scene)
    for values in (result.across, result.up):
        assert np.allclose(np.diff(np.log(values)), np.log(values[1] / values[0]))


# -------------------------------------------------------------------------------------------------------- changes


def test_axes_change_places_when_one_takes_what_the_other_varies() -> None:
    scene = RegimesScene(across_high=0.3, up_low=0.2)
    assert scene.varying("across", "momentum") == scene.swapped()
    swapped = scene.swapped()
    assert (swapped.across, swapped.up, swapped.up_high, swapped.across_low) == ("momentum", "lr", 0.3, 0.2)
    assert swapped.swapped() == scene
    assert scene.varying("up", "noise") == scene.but(up="noise", up_low=None)


def test_the_swapped_map_is_the_map_turned() -> None:
    scene = RegimesScene(cells=20, steps=50)
    assert np.array_equal(computed(scene).levels, computed(scene.swapped()).levels.T)


def test_a_log_rate_axis_forgets_a_range_from_zero() -> None:
    scene = RegimesScene(across_low=0.0, across_high=0.5, up_high=0.5)
    assert scene.scaled("log").span("across") == (1e-4, 10.0) and scene.scaled("log").up_high == 0.5


@pytest.mark.parametrize("kind", rule_kinds())
def test_a_map_of_every_rule_runs(kind: str) -> None:
    scene = PRESETS["momentum_map"].but(cells=10, steps=5).with_optimizer(rule_kinds()[kind]())  # type: ignore[arg-type]
    assert kind_of(scene.optimizer) == kind and scene.across == "lr" and scene.up in scene.axes
    assert computed(scene).levels.shape == (10, 10)


@pytest.mark.parametrize("kind", surface_kinds())
def test_a_map_of_every_surface_runs_and_can_be_varied_in_all_it_offers(kind: str) -> None:
    scene = PRESETS["basins"].but(steps=5).on(surface_kinds()[kind]())  # type: ignore[arg-type]
    assert kind_of(scene.surface) == kind
    for varied in scene.axes:
        if varied != scene.up:
            assert computed(scene.varying("across", varied).but(cells=10)).levels.shape == (10, 10)


def test_work_is_bounded_where_a_step_is_summed_over_rows() -> None:
    scene = RegimesScene().on(LogisticRegression(batch_size=0))
    assert scene.cells**2 * scene.steps * weight(scene.surface) <= MOST_WORK
    assert scene.most_cells >= scene.cells and RegimesScene().most_steps == 250


def test_what_changes_nothing_is_idle() -> None:
    assert {"start_y", "seed"} <= RegimesScene().idle and "start_x" not in RegimesScene().idle
    assert {"start_x", "start_y", "lr_scale"} <= PRESETS["basins"].idle
    assert "noise" in PRESETS["noise_map"].idle and "seed" not in PRESETS["noise_map"].idle


# ------------------------------------------------------------------------------------------------------ bad input

LONG_FORMULA = f"0.1{' + 0 * t' * 70}"[: MAX_LENGTH - MAX_LENGTH % 8 - 5]
"""One that is as long as can be, so that there is no room left to scale it by a rate."""
REFUSED = {
    "an empty range": ({"across_low": "0.5", "across_high": "0.1"}, ["empty_range"]),
    "the same axis twice": ({"across": "momentum"}, ["same_axis"]),
    "an axis the rule does not have": ({"up": "beta2"}, ["no_such_axis"]),
    "an axis the surface does not have": ({"up": "y"}, ["no_such_axis"]),
    "an axis unheard of": ({"up": "batch"}, ["literal_error"]),
    "too many cells": ({"cells": "100000"}, ["less_than_equal"]),
    "too large a map": ({"steps": "1000"}, ["map_too_large"]),
    "a billion steps": ({"steps": "1000000000"}, ["less_than_equal"]),
    "a log axis from 0": ({"lr_scale": "log", "across_low": "0"}, ["empty_range"]),
    "momentum of 3": ({"up_high": "3"}, ["range_outside"]),
    "a negative rate": ({"across_low": "-1"}, ["range_outside"]),
    "a rate of 1e5": ({"across_high": "1e5"}, ["range_outside"]),
    "a start outside": ({"up": "x", "up_low": "-100"}, ["range_outside"]),
    "a place outside": ({"start_x": "99"}, ["start_outside"]),
    "no rates to scale": ({"schedule": "formula", "schedule.expression": LONG_FORMULA}, ["range_outside"]),
    "not a number": ({"across_low": "nan"}, ["finite_number"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_link_cannot_have_is_named_once_and_the_map_still_runs(name: str) -> None:
    address, codes = REFUSED[name]
    scene, problems = from_address(address, RegimesScene())
    assert [problem.code for problem in problems] == codes
    assert computed(scene.but(cells=10, steps=2)).levels.shape == (10, 10)


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_address_reads_back(name: str) -> None:
    assert from_address(to_address(PRESETS[name], RegimesScene()), RegimesScene()) == (PRESETS[name], [])


# -------------------------------------------------------------------------------------------------------- picture

WORDS = {
    "x": "rate", "y": "momentum", "theory": "theory", "arrives_at": "arrives after {step}", "stays": "stays",
    "diverges_at": "diverges at {step}", "ends_in": "ends in {index}", "converged": "arrives", "diverged": "diverges",
    "neither": "neither",
}  # fmt: skip


def names_drawn(trace: dict) -> np.ndarray:
    """The text of every cell, as the browser makes it from levels and names."""
    text = trace["text"]
    return np.array(text["names"], dtype=object)[text["$named"].astype(int) - text["least"]]


def test_the_picture_holds_the_map_and_names_every_cell() -> None:
    result = computed(RegimesScene(cells=40))
    cells, *lines = regimes_figure(result, WORDS)["data"]
    assert np.array_equal(cells["z"], result.levels) and cells["z"].dtype == np.int8
    drawn = names_drawn(cells)
    assert (drawn[result.levels == 0] == "stays").all() and (drawn != "").all()
    assert all(text.startswith("arrives") for text in drawn[result.levels > 0])
    assert all(text.startswith("diverges") for text in drawn[result.levels < 0])
    cell = result.cell(0.1, 0.3)
    first, *last = drawn[cell.u, cell.a].removeprefix("arrives after ").split("–")
    assert cell.reached is not None and int(first) <= cell.reached <= int((last or [first])[0])
    assert result.boundary is not None
    assert all(np.array_equal(line["x"], result.boundary[0]) for line in lines) and lines[-1]["line"]["dash"] == "dash"


def test_basins_are_drawn_in_their_minimums_colour() -> None:
    result = basins(Himmelblau(), 0.003, cells=30)
    figure = regimes_figure(result, WORDS)
    cells = figure["data"][0]
    drawn = names_drawn(cells)
    for i in range(4):
        assert (drawn[result.nearest == i] == f"ends in {i + 1}").all()
    shades = (TOP + 1) // 4
    assert np.array_equal(cells["z"][result.nearest >= 0] // shades, result.nearest[result.nearest >= 0])
    levels = [level for level, _ in cells["colorscale"]]
    assert levels == sorted(levels) and levels[0] == 0 and levels[-1] == 1
    assert [trace["type"] for trace in figure["data"]] == ["heatmap", "contour", "scatter"]


def test_starts_that_do_not_arrive_or_diverge_have_levels_of_their_own() -> None:
    bad = basins(Himmelblau(), 0.5, cells=20)
    assert (bad.nearest == -1).any()
    drawn = names_drawn(regimes_figure(bad, WORDS)["data"][0])
    assert (drawn[bad.nearest == -1] == "diverges").all()
    slow = basins(Himmelblau(), 1e-5, cells=20)
    drawn = names_drawn(regimes_figure(slow, WORDS)["data"][0])
    assert (slow.nearest == -2).any() and (drawn[slow.nearest == -2] == "neither").all()


def test_many_minima_share_colours_without_a_name() -> None:
    result = basins(Rastrigin(), 0.002, cells=20)
    cells = regimes_figure(result, WORDS)["data"][0]
    assert (names_drawn(cells) == "arrives").all() and cells["z"].max() <= TOP


def test_the_chosen_cell_is_marked() -> None:
    result = computed(RegimesScene(cells=20, steps=20))
    *_, mark = regimes_figure(result, WORDS, chosen=result.cell(0.3, 0.5))["data"]
    assert (mark["x"], mark["y"]) == ([pytest.approx(0.3, abs=0.02)], [pytest.approx(0.5, abs=0.03)])


def test_a_map_is_kept() -> None:
    scene = RegimesScene(cells=12, steps=3)
    assert regime_map(scene) is regime_map(RegimesScene(cells=12, steps=3))
