"""Exercises on the catapult: the largest rate that lands, and the curvature it can land at."""

from lrviz.exercises.forms import Facts, Number
from lrviz.spec import with_value
from lrviz.train.catapult import Catapult, flown
from lrviz.train.stability import StabilityScene

SCENE = StabilityScene(view="catapult", catapult=Catapult(times=3.0))
LANDS, CALM = 4.0, 2.0
"""eta lambda_0 above which nothing lands, and below which nothing rises (Lewkowycz et al. 2020)."""


def _curvature(scene: StabilityScene) -> float:
    """Return lambda_0, of the first weights."""
    return float(flown(scene.catapult).curvature[0])


def _rate(scene: StabilityScene) -> float:
    return flown(scene.catapult).eta


def _flown_at(scene: StabilityScene, rate: float) -> StabilityScene:
    """Return the scene at a rate; raises ValueError for one it cannot have."""
    return with_value(scene, "catapult.times", rate * _curvature(scene))


def _facts(scene: StabilityScene) -> Facts:
    flight = flown(scene.catapult)
    return {"curvature": _curvature(scene), "rate": flight.eta, "end": float(flight.curvature[-1])}


EXERCISES = (
    Number(
        id="the_largest_that_lands",
        lesson="stability",
        scene=SCENE,
        right=lambda scene: LANDS / _curvature(scene),
        room=lambda scene: 0.02 * LANDS / _curvature(scene),
        wrong={"calm": lambda scene: CALM / _curvature(scene), "product": lambda _: LANDS},
        put=_flown_at,
        facts=_facts,
    ),
    Number(
        id="where_it_can_land",
        lesson="stability",
        scene=SCENE,
        right=lambda scene: CALM / _rate(scene),
        room=lambda scene: 0.01 * CALM / _rate(scene),
        wrong={"at_the_start": _curvature, "lands": lambda scene: LANDS / _rate(scene)},
        facts=_facts,
    ),
)
