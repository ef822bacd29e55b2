"""The regime map: every cell is the run it stands for, and theory's edge is the measured one."""

from typing import Any

import numpy as np
import pytest

from lrviz.descend import outcome as outcome_module
from lrviz.descend.engine import Noise, descend, frame
from lrviz.descend.outcome import ARRIVED, outcome
from lrviz.descend.parabola import ParabolaScene, walk
from lrviz.descend.race import RaceScene, race
from lrviz.descend.racer import Racer, runs_of_spec
from lrviz.descend.regime_map import TOP, RegimeMap, computed, ladder, opened, place_of, racer_of, regime_map, steps_at
from lrviz.descend.regimes import RegimesScene
from lrviz.optimizers import SGD, Adam, Momentum, Nesterov, RMSprop, RuleSpec
from lrviz.schedules import Constant, Cosine
from lrviz.spec import from_address, kind_of, to_address
from lrviz.surfaces import Quadratic, SurfaceSpec
from lrviz.surfaces.classics import Ackley, Himmelblau, Rastrigin, SixHumpCamel, StyblinskiTang
from lrviz.surfaces.lines import Wiggly
from lrviz.surfaces.planes import Bowl, IllConditioned, Ravine
from lrviz.surfaces.regression import LinearRegression

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
def test_theorys_edge_is_the_measured_one_to_within_a_cell(rule: Any, surface: Any, across: str) -> None:
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
        runs = runs_of_spec(rule_of(racer), racer.schedule, place_of(scene, cell), scene.steps)
        path = descend(scene.surface, runs, noise)
        assert np.array_equal(path.x[0, -1], result.outcome.x[u * scene.cells + a], equal_nan=True)
        assert np.array_equal(path.loss[0, -1], result.outcome.loss[u * scene.cells + a], equal_nan=True)
        assert int(path.bad[0]) == (-1 if cell.bad is None else cell.bad)
        assert reached(scene.surface, path.x[0]) == cell.reached or cell.bad is not None


def rule_of(racer: Racer) -> RuleSpec:
    assert isinstance(racer.optimizer, RuleSpec)
    return racer.optimizer


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


def basins(surface: Any, rate: float, cells: int = 60) -> RegimeMap:
    return computed(RegimesScene(surface=surface, schedule=Constant(lr=rate), across="x", up="y", cells=cells))


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


def test_a_map_is_kept() -> None:
    scene = RegimesScene(cells=12, steps=3)
    assert regime_map(scene) is regime_map(RegimesScene(cells=12, steps=3))
