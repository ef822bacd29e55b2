"""Exercises on one curve: the rate that arrives at once, the largest that holds, a regime, a start."""

from dataclasses import replace

import numpy as np

from lrviz.descend.engine import descend
from lrviz.descend.parabola import ParabolaScene, Walk, walk
from lrviz.exercises.forms import Choose, Click, Facts, Number, Verdict, longest
from lrviz.optimizers import Momentum
from lrviz.schedules import Constant
from lrviz.surfaces import Quadratic
from lrviz.surfaces.lines import DoubleWell

LEFT = 0.01
"""The share of the distance that may be left after a step that counts as arriving."""
HELD = 0.98
"""The share of the largest rate from which on a rate counts as the largest."""


def _of(scene: ParabolaScene) -> Walk:
    return walk(scene)


def _bound(scene: ParabolaScene) -> float:
    found = _of(scene).bound
    assert found is not None
    return found


def _best(scene: ParabolaScene) -> float:
    found = _of(scene).best
    assert found is not None
    return found


def _curvature(scene: ParabolaScene) -> float:
    found = _of(scene).curvature
    assert found is not None
    return found


def _slack(scene: ParabolaScene) -> float:
    """Return how far a rate may be off the best one so that |1 - lr * lambda| is LEFT at most."""
    return LEFT * _best(scene)


def _facts(scene: ParabolaScene) -> Facts:
    return {"a": getattr(scene.surface, "a", 1.0), "curvature": _curvature(scene), "begin": scene.begin}


# ----------------------------------------------------------------------------------------------- which regime


def _regime(scene: ParabolaScene) -> str:
    return _of(scene).regimes[0]


def _regime_facts(scene: ParabolaScene) -> Facts:
    factor = _of(scene).factor
    assert factor is not None
    return {"rate": _of(scene).rate, "curvature": _curvature(scene), "factor": factor.real}


# --------------------------------------------------------------------------------------------------- which start


def _end(scene: ParabolaScene, x: float) -> float:
    return float(_of(_from(scene, x)).x[-1])


def _from(scene: ParabolaScene, x: float) -> ParabolaScene:
    low, high = scene.surface.domain[0]
    return scene.but(start=float(f"{min(max(x, low), high):.4g}"))


def _landed(scene: ParabolaScene, x: float, _: float) -> Verdict:
    (low, high), end = scene.surface.domain[0], _end(scene, x)
    values = {"start": x, "end": end}
    if not low <= x <= high:
        return Verdict("outside", values)
    if x >= 0:
        return Verdict("from_the_right", values)
    return Verdict("solved" if end > 0 else "not_over", values)


def _standing(scene: ParabolaScene, place: tuple[float, float] | None) -> ParabolaScene:
    """Return the scene that only just begins: at the place, else in the left hollow."""
    return _from(scene, place[0] if place else scene.surface.minima[0].x[0]).but(steps=1)


def _over(scene: ParabolaScene) -> tuple[float, float]:
    """Return the middle of the widest stretch of starts on the left that end on the right."""
    starts = np.linspace(scene.surface.domain[0][0], -0.01, 200)
    ends = descend(scene.surface, replace(scene.runs, starts=starts[:, None])).x[:, -1, 0]
    first, last = longest(ends > 0)
    return float(starts[(first + last) // 2]), 0.0


EXERCISES = (
    Number(
        id="one_step",
        lesson="parabola",
        scene=ParabolaScene(surface=Quadratic(a=4.0)),
        right=_best,
        room=_slack,
        wrong={"bound": _bound, "curvature_itself": _curvature},
        put=lambda scene, rate: scene.at_rate(rate),
        facts=_facts,
    ),
    Number(
        id="largest_rate",
        lesson="parabola",
        scene=ParabolaScene(surface=Quadratic(a=4.0), steps=12),
        right=_bound,
        room=lambda scene: (1 - HELD) * _bound(scene),
        wrong={"one_step": _best, "forgot_two": lambda scene: 2 * _bound(scene)},
        put=lambda scene, rate: scene.at_rate(rate),
        facts=_facts,
    ),
    Choose(
        id="which_regime",
        lesson="parabola",
        scene=ParabolaScene(surface=Quadratic(a=1.0), schedule=Constant(lr=0.9), steps=12),
        options=("creeping", "converging", "oscillating", "exploding"),
        right=_regime,
        facts=_regime_facts,
    ),
    Click(
        id="over_the_hill",
        lesson="parabola",
        scene=ParabolaScene(
            surface=DoubleWell(), optimizer=Momentum(momentum=0.9), schedule=Constant(lr=0.02), steps=120
        ),
        judged=_landed,
        right=_over,
        wrong={"from_the_right": lambda scene: (1.0, 0.0), "not_over": lambda scene: (-1.0, 0.0)},
        put=lambda scene, x, _: _from(scene, x),
        before=_standing,
        facts=lambda scene: {"rate": _of(scene).rate, "start": _over(scene)[0]},
    ),
)
