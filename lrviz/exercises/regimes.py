"""Exercises on the regime map: the fastest cells, a start for a minimum, and whose band is widest."""

import numpy as np

from lrviz.descend.regime_map import Cell, RegimeMap, regime_map
from lrviz.descend.regimes import RegimesScene
from lrviz.exercises.forms import Choose, Click, Facts, Verdict, longest
from lrviz.optimizers import SGD, Momentum, RMSprop, Rule
from lrviz.schedules import Constant
from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.planes import IllConditioned

CELLS = 60
SOON = 4
"""How many times as many updates as the fastest cell's still count as fast."""


def _map(scene: RegimesScene) -> RegimeMap:
    return regime_map(scene)


def _place(scene: RegimesScene, cell: Cell) -> tuple[float, float]:
    return cell.values[scene.across], cell.values[scene.up]


def _outside(scene: RegimesScene, x: float, y: float) -> bool:
    (x_low, x_high), (y_low, y_high) = scene.span("across"), scene.span("up")
    return not (x_low <= x <= x_high and y_low <= y <= y_high)


# --------------------------------------------------------------------------------------------- where it is fast


def _fast(scene: RegimesScene, x: float, y: float) -> Verdict:
    cell = _map(scene).cell(x, y)
    values = {"rate": cell.values["lr"], "momentum": cell.values["momentum"], "bad": cell.bad, "reached": cell.reached}
    values |= {"limit": _limit(scene)}
    if _outside(scene, x, y):
        return Verdict("outside", values)
    if cell.bad is not None:
        return Verdict("gone", values)
    if cell.reached is None:
        return Verdict("on_its_way", values)
    return Verdict("solved" if cell.reached <= _limit(scene) else "slow", values)


def _limit(scene: RegimesScene) -> int:
    fastest = _map(scene).fastest
    assert fastest is not None and fastest.reached is not None
    return SOON * fastest.reached


def _fastest(scene: RegimesScene) -> tuple[float, float]:
    fastest = _map(scene).fastest
    assert fastest is not None
    return _place(scene, fastest)


def _worst(scene: RegimesScene, code: str) -> tuple[float, float]:
    """Return the first cell that a click is judged so."""
    found = _map(scene)
    return next(
        (float(x), float(y)) for y in found.up for x in found.across if _fast(scene, float(x), float(y)).code == code
    )


def _fast_facts(scene: RegimesScene) -> Facts:
    x, y = _fastest(scene)
    fastest = _map(scene).fastest
    assert fastest is not None
    sharpness = scene.surface.sharpness
    assert sharpness is not None
    return {"best": 1 / sharpness, "limit": _limit(scene), "rate": x, "momentum": y, "reached": fastest.reached}


# ------------------------------------------------------------------------------------------ which start leads where

NORTH_WEST = (-2.805, 3.131)
"""About where the minimum lies that is asked for: which of the four it is, the surface says."""


def _wanted(scene: RegimesScene) -> int:
    places = np.array([minimum.x for minimum in scene.surface.minima])
    return int(((places - NORTH_WEST) ** 2).sum(axis=1).argmin())


def _led(scene: RegimesScene, x: float, y: float) -> Verdict:
    (x_low, x_high), (y_low, y_high) = scene.surface.domain
    cell, goal = _map(scene).cell(x, y), scene.surface.minima[_wanted(scene)].x
    values = {"x": x, "y": y}
    if not (x_low <= x <= x_high and y_low <= y <= y_high):
        return Verdict("outside", values)
    if cell.bad is not None:
        return Verdict("gone", values)
    if cell.minimum != _wanted(scene):
        return Verdict("another", values)
    near = np.hypot(x - goal[0], y - goal[1]) < _far(scene)
    return Verdict("too_near" if near else "solved", values)


def _far(scene: RegimesScene) -> float:
    """Return how far away the start has to be: as far as the nearest other minimum."""
    goal = np.array(scene.surface.minima[_wanted(scene)].x)
    others = [np.array(m.x) for i, m in enumerate(scene.surface.minima) if i != _wanted(scene)]
    return float(min(np.linalg.norm(goal - other) for other in others))


def _judged_so(scene: RegimesScene, code: str) -> tuple[float, float]:
    """Return a cell in the middle of those that a click is judged so."""
    cells = [(float(x), float(y)) for y in _map(scene).up for x in _map(scene).across]
    found = [place for place in cells if _led(scene, *place).code == code]
    return found[len(found) // 2]


def _led_facts(scene: RegimesScene) -> Facts:
    goal, (x, y) = scene.surface.minima[_wanted(scene)].x, _judged_so(scene, "solved")
    return {"goal_x": goal[0], "goal_y": goal[1], "far": _far(scene), "x": x, "y": y}


# --------------------------------------------------------------------------------------------- the widest band

RULES: dict[str, Rule] = {"momentum": Momentum(), "rmsprop": RMSprop()}


def _of(scene: RegimesScene, name: str) -> RegimesScene:
    return scene.with_optimizer(RULES[name])


def _band(scene: RegimesScene, name: str) -> float:
    """Return how many times its lowest rate its highest is, in the widest band at which every start arrives."""
    found = _map(_of(scene, name))
    first, last = longest(np.asarray(found.outcome.reached >= 0).reshape(len(found.up), -1).all(axis=0))
    return float(found.across[last] / found.across[first])


def _widest(scene: RegimesScene) -> str:
    return max(RULES, key=lambda name: _band(scene, name))


def _band_facts(scene: RegimesScene) -> Facts:
    shares = {f"{name}_share": 100 * _map(_of(scene, name)).shares[0] for name in RULES}
    return {f"{name}_band": _band(scene, name) for name in RULES} | shares


EXERCISES = (
    Click(
        id="fast_cell",
        lesson="regimes",
        scene=RegimesScene(cells=CELLS),
        judged=_fast,
        right=_fastest,
        wrong={"gone": lambda s: _worst(s, "gone"), "slow": lambda s: _worst(s, "slow")},
        facts=_fast_facts,
    ),
    Click(
        id="far_basin",
        lesson="regimes",
        scene=RegimesScene(
            surface=Himmelblau(), optimizer=SGD(), schedule=Constant(lr=0.014), across="x", up="y", cells=CELLS
        ),
        judged=_led,
        right=lambda s: _judged_so(s, "solved"),
        wrong={"another": lambda s: _judged_so(s, "another"), "too_near": lambda s: _judged_so(s, "too_near")},
        facts=_led_facts,
    ),
    Choose(
        id="widest_band",
        lesson="regimes",
        scene=RegimesScene(
            surface=IllConditioned(), optimizer=Momentum(), across="lr", up="x", lr_scale="log", cells=CELLS, steps=200
        ),
        options=("momentum", "rmsprop"),
        right=_widest,
        scenes=lambda scene: {name: _of(scene, name) for name in RULES},
        facts=_band_facts,
    ),
)
