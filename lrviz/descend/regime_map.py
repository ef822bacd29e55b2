"""The regime map: one descent at every point of a plane of two numbers, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np

from lrviz.descend.engine import Array, Noise, Runs
from lrviz.descend.outcome import Outcome, outcome
from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.racer import Racer, rates_at
from lrviz.descend.regimes import RegimesScene, Side
from lrviz.descend.theory import boundary
from lrviz.schedules import Constant
from lrviz.surfaces import Line, Plane

Levels = np.ndarray[Any, np.dtype[np.int8]]
TOP = 127
"""The level of a run that arrives at once; -TOP is that of one that diverges at once, and 0 is neither."""
BOUNDARY_POINTS = 101
RELIEF = 49
"""Points a side at which the loss is taken for contour lines."""


@dataclass(frozen=True)
class Cell:
    """One cell of a map: its indices, its values by what they are, and what became of its run.

    `reached`: the step from which on it stays at a minimum, and `bad`: its first step that has diverged; None where it
    does not. `minimum`: the index of the minimum it arrives at.
    """

    a: int
    u: int
    values: Mapping[str, float]
    reached: int | None
    bad: int | None
    minimum: int | None


@dataclass(frozen=True)
class RegimeMap:
    """A scene and the outcome of every cell: `across` (A,) and `up` (U,) are the cells' centres, run u * A + a."""

    scene: RegimesScene
    across: Array
    up: Array
    outcome: Outcome

    def _grid(self, values: Any) -> Any:
        return values.reshape(len(self.up), len(self.across))

    @property
    def basins(self) -> bool:
        """Whether the map is one of starts over the plane, whose colour is the minimum they lead to."""
        return {self.scene.across, self.scene.up} == {"x", "y"} and len(self.scene.surface.minima) > 1

    @cached_property
    def levels(self) -> Levels:
        """The signed outcome in the levels of a byte, (U, A): from TOP, at once there, to -TOP, at once gone."""
        ended, found = self.outcome, ladder(self.outcome.steps)
        soon = np.where(ended.reached >= 0, found[ended.reached], 0)
        return self._grid(np.where(ended.bad >= 0, -found[np.maximum(ended.bad - 1, 0)], soon).astype(np.int8))

    @property
    def nearest(self) -> Any:
        """The minimum every cell arrives at, (U, A); -1 where it diverges, -2 where it has not arrived."""
        found = np.where(self.outcome.bad >= 0, -1, np.where(self.outcome.reached >= 0, self.outcome.nearest, -2))
        return self._grid(found)

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of cells that arrive, that are still on their way, and that diverge."""
        arrived, bad = (self.outcome.reached >= 0).mean(), (self.outcome.bad >= 0).mean()
        return float(arrived), float(1 - arrived - bad), float(bad)

    @property
    def fastest(self) -> Cell | None:
        """The cell that arrives first; None where none does."""
        reached = self.outcome.reached
        if not (reached >= 0).any():
            return None
        u, a = divmod(int(np.where(reached >= 0, reached, reached.max() + 1).argmin()), len(self.across))
        return self._cell(a, u)

    def cell(self, across: float, up: float) -> Cell:
        """Return the cell nearest to a place on the map."""
        return self._cell(int(np.abs(self.across - across).argmin()), int(np.abs(self.up - up).argmin()))

    def _cell(self, a: int, u: int) -> Cell:
        run, ended = u * len(self.across) + a, self.outcome
        values = {self.scene.across: float(self.across[a]), self.scene.up: float(self.up[u])}
        reached, bad, minimum = (int(found[run]) for found in (ended.reached, ended.bad, ended.nearest))
        arrives = reached >= 0
        return Cell(a, u, values, reached if arrives else None, bad if bad >= 0 else None, minimum if arrives else None)

    # ------------------------------------------------------------------------------------------------- theory

    @cached_property
    def boundary(self) -> tuple[Array, Array] | None:
        """Theory's line between stable and not on a parabola, as (across, up) values; None where theory has none.

        lr = limit / curvature, the curvature that of the lowest minimum. Only for a map that varies the rate.
        """
        scene = self.scene
        sharpness = scene.surface.sharpness
        if "lr" not in (scene.across, scene.up) or not sharpness or not isinstance(scene.schedule, Constant):
            return None
        side: Side = "up" if scene.across == "lr" else "across"
        cells = self.up if side == "up" else self.across  # the ends of the axis themselves need not be valid
        along = (np.geomspace if scene.is_log(side) else np.linspace)(cells[0], cells[-1], BOUNDARY_POINTS)
        rates = boundary(scene.optimizer, sharpness, getattr(scene, side), along)
        if rates is None:
            return None
        return (rates, along) if scene.across == "lr" else (along, rates)

    @cached_property
    def exact(self) -> bool:
        """Whether the surface has one curvature everywhere, so that theory's line holds far from the minimum too."""
        surface = self.scene.surface
        (low, high) = np.array(surface.domain).T
        places = np.stack([low, high, (low + high) / 2, np.array(surface.start)])
        bends = np.asarray(surface.hessian(places))
        return bool(np.allclose(bends, bends[0], rtol=1e-9, atol=1e-9))

    def relief(self) -> tuple[Array, Array, Array]:
        """Return the loss under a map of starts: across (N,), up (N,) and the loss (N, N), one row a value of up.

        On a log scale where the surface asks for it.
        """
        scene = self.scene
        across, up = (np.linspace(*scene.span(side), RELIEF) for side in ("across", "up"))
        grid = np.stack(np.meshgrid(across, up), axis=-1)
        loss = np.asarray(scene.surface(grid if scene.across == "x" else grid[..., ::-1]))
        if scene.surface.log_levels and scene.surface.floor is not None:
            gap = loss - scene.surface.floor
            loss = np.log10(np.maximum(gap, gap[gap > 0].min(initial=1.0)))
        return across, up, loss


def regime_map(scene: RegimesScene) -> RegimeMap:
    """Run every cell of the map; the latest maps are kept."""
    return _kept(cast(Any, scene))


@lru_cache(maxsize=16)
def _kept(scene: Any) -> RegimeMap:
    return computed(scene)


def computed(scene: RegimesScene) -> RegimeMap:
    """Run every cell of the map."""
    across, up = centres(scene, "across"), centres(scene, "up")
    values = {scene.across: np.tile(across, len(up)), scene.up: np.repeat(up, len(across))}
    return RegimeMap(scene, across, up, outcome(scene.surface, _runs(scene, values), _noise(scene, values)))


def centres(scene: RegimesScene, side: Side) -> Array:
    """Return the centres of the cells along an axis."""
    low, high = scene.span(side)
    share = (np.arange(scene.cells) + 0.5) / scene.cells
    return low * (high / low) ** share if scene.is_log(side) else low + share * (high - low)


def _runs(scene: RegimesScene, values: Mapping[str, Array]) -> Runs:
    places = [values.get(name, np.full(1, own)) for name, own in zip("xy", scene.begin, strict=False)]
    starts = np.stack(np.broadcast_arrays(*places), axis=1)
    swept = {name: numbers for name, numbers in values.items() if name not in ("lr", "noise", "x", "y")}
    if "lr" not in values:
        return Runs(scene.optimizer, scene.schedule.table(scene.steps)[None], starts, swept)
    rates, which = np.unique(values["lr"], return_inverse=True)
    return Runs(scene.optimizer, rates_at(scene.schedule, rates, scene.steps), starts, swept, rows=which)


def _noise(scene: RegimesScene, values: Mapping[str, Array]) -> Noise:
    return Noise(values.get("noise", scene.noise), scene.seed)


@lru_cache(maxsize=64)
def ladder(steps: int) -> Levels:
    """Return the level of each number n = 0 .. steps, (steps + 1,): TOP for 0, then down to 1, even in log(1 + n)."""
    count = np.arange(1, steps + 2)
    return (TOP - np.floor(TOP * np.log(count) / np.log(steps + 2))).astype(np.int8)


def steps_at(level: int, steps: int) -> tuple[int, int]:
    """Return the first and the last step that a level of a map stands for: of arriving above 0, of diverging below."""
    found = np.flatnonzero(ladder(steps) == abs(level)) + (level < 0)
    return int(found[0]), int(min(found[-1], steps))


def opened(scene: RegimesScene, cell: Cell) -> RaceScene | ParabolaScene | None:
    """Return the scene that shows one cell's run by itself: a race of one, or a walk on a curve.

    None where no lesson can: a curve has no noise.
    """
    racer, place, noise = racer_of(scene, cell), place_of(scene, cell), cell.values.get("noise", scene.noise)
    if scene.surface.dims == 2:
        run: dict[str, Any] = {"noise": noise, "seed": scene.seed, "racers": (racer,)}
        x, y = place
        return RaceScene(surface=cast(Plane, scene.surface), start_x=x, start_y=y, steps=scene.steps, **run)
    if noise:
        return None
    walked: dict[str, Any] = {"optimizer": racer.optimizer, "schedule": racer.schedule}
    return ParabolaScene(surface=cast(Line, scene.surface), start=place[0], steps=scene.steps, **walked)


def racer_of(scene: RegimesScene, cell: Cell) -> Racer:
    """Return a cell's rule and schedule."""
    fields = {name: v for name, v in cell.values.items() if name in type(scene.optimizer).model_fields}
    racer = Racer(optimizer=scene.optimizer.but(**fields), schedule=scene.schedule)
    return racer.at_rate(cell.values["lr"]) if "lr" in cell.values else racer


def place_of(scene: RegimesScene, cell: Cell) -> tuple[float, ...]:
    """Return where a cell's run starts."""
    return tuple(cell.values.get(name, own) for name, own in zip("xy", scene.begin, strict=False))
