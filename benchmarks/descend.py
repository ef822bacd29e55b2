"""Descents on the server, beside torch: a race of 8 optimizers x 500 steps, and maps of 200 x 200 cells x 200 steps.

Torch runs what the Code tab gives a learner: autograd and an optimizer of torch.optim in a loop, in a process of its
own, on one core. Ours runs on one core too. The race gets another seed in each round, which changes nothing but that
no racer is remembered. Torch runs some cells of a map, evenly spread, and its time for all is extrapolated from these:
to a loop all cells are alike.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import TypeVar

import numpy as np

from benchmarks.report import median, verdict
from benchmarks.torch_programs import Run, run_in_torch
from lrviz.descend.race import Race, RaceScene, race
from lrviz.descend.racer import Racer
from lrviz.descend.regime_map import Cell, RegimeMap, computed, place_of, racer_of
from lrviz.descend.regimes import RegimesScene
from lrviz.export import descent_code
from lrviz.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, NAdam, Named, Nesterov, RMSprop
from lrviz.schedules import Constant
from lrviz.surfaces import SurfaceSpec

ROUNDS = 15
TORCH_ROUNDS = 3
CELLS_A_SIDE = 6  # of a map, run by torch
MAP_SECONDS = 1.0
RULES = (
    *((SGD(), 0.05), (Momentum(), 0.02), (Nesterov(), 0.02), (Adagrad(), 0.5)),
    *((RMSprop(), 0.01), (Adam(), 0.2), (AdamW(), 0.2), (NAdam(), 0.2)),
)
RACE = RaceScene(
    steps=500,
    racers=tuple(Racer(slot=i, optimizer=rule, schedule=Constant(lr=lr)) for i, (rule, lr) in enumerate(RULES)),
)
MAPS: Mapping[str, RegimesScene] = {
    "momentum": RegimesScene(cells=200, steps=200),
    "Adam": RegimesScene(optimizer=Adam(), up="beta2", lr_scale="log", cells=200, steps=200),
}
T = TypeVar("T")


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    yield from race_rows()
    for name, scene in MAPS.items():
        yield from map_rows(name, scene)


def race_rows() -> Iterator[str]:
    """Say what the race takes, here and in torch."""
    seeds = count(1)
    ours, seconds = timed(lambda: race(RACE.but(seed=next(seeds))))
    runs = run_in_torch([program(RACE, racer, RACE.begin) for racer in RACE.racers] * TORCH_ROUNDS)
    of_each_round = np.reshape([run.seconds for run in runs], (TORCH_ROUNDS, -1)).sum(axis=1)
    yield f"race, 8 racers x 500 steps   {1e3 * seconds:.1f} ms of server time, no racer remembered"
    yield f"  torch in a loop            {versus(median(of_each_round), seconds)}; {agreement(ends(ours), runs)}"


def map_rows(name: str, scene: RegimesScene) -> Iterator[str]:
    """Say what a map takes, here and, extrapolated from some of its cells, in torch."""
    ours, seconds = timed(lambda: computed(scene))
    cells = some_cells(ours)
    runs = run_in_torch([program(scene, racer_of(scene, cell), place_of(scene, cell)) for cell in cells])
    share, work = len(cells) / scene.cells**2, scene.cells**2 * scene.steps
    torch_seconds = sum(run.seconds for run in runs) / share
    found = np.array([ours.outcome.x[cell.u * scene.cells + cell.a] for cell in cells])
    size = f"{scene.cells} x {scene.cells} cells x {scene.steps} steps"
    yield f"map of {name}, {size}   {verdict(seconds, MAP_SECONDS, ' s')}"
    yield f"  cell-steps a second        {work / seconds:,.0f}; torch in a loop {work / torch_seconds:,.0f}"
    yield f"  torch, all from {len(cells)} cells   {versus(torch_seconds, seconds)}; {agreement(found, runs)}"


def timed(compute: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the middle of the seconds it took, the first time not counted."""
    result, seconds = compute(), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = compute()
        seconds.append(time.perf_counter() - started)
    return result, median(seconds)


def program(scene: RaceScene | RegimesScene, racer: Racer, start: tuple[float, ...]) -> str:
    """Return one run as the program that the Code tab shows."""
    assert not isinstance(racer.optimizer, Named)
    surface: SurfaceSpec = scene.surface
    return descent_code(surface, racer.optimizer, racer.schedule, start, scene.steps, 0.0, 0.0, 0, note=lambda key: key)


def some_cells(result: RegimeMap) -> list[Cell]:
    """Return cells evenly spread over a map."""
    places = np.linspace(0, result.scene.cells - 1, CELLS_A_SIDE).astype(int)
    return [result.cell(float(result.across[a]), float(result.up[u])) for u in places for a in places]


def ends(result: Race) -> np.ndarray:
    """Return where the racers are after the last step, (N, D)."""
    return np.array([finish.run.x[0, -1] for finish in result.finishes if finish.run is not None])


def agreement(ours: np.ndarray, runs: list[Run]) -> str:
    """Say how far torch ends from where we do, at most, where a run stays in sight."""
    theirs = np.array([run.end for run in runs[: len(ours)]])
    gaps = np.abs(ours - theirs)[np.abs(theirs) < 1e3]
    return f"ends within {gaps.max():.0e} of it"


def versus(theirs: float, ours: float) -> str:
    """Say what torch takes and how many times as long that is."""
    return f"{theirs:,.2f} s, {theirs / ours:,.0f} x as long"
