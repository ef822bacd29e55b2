"""The Stability lesson's scene: four ways to look at where training is stable, and the worked examples of each."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from lrviz.optimizers import Adam
from lrviz.schedules import Constant
from lrviz.spec import Spec
from lrviz.train.catapult import Catapult
from lrviz.train.edge import Edge
from lrviz.train.models import MLP
from lrviz.train.rate_maps import RateMap
from lrviz.train.slices import Landscape
from lrviz.train.tasks import Digits, Moons
from lrviz.train.trainability import NetMap
from lrviz.train.training import Training
from lrviz.train.waves import CosineMap

View = Literal["edge", "catapult", "boundary", "landscape"]
VIEWS: tuple[View, ...] = get_args(View)


class StabilityScene(Spec):
    """What is looked at, and the settings of each way of looking, which are kept while another is open."""

    kind: Literal["stability"] = "stability"
    view: View = "edge"
    edge: Edge = Edge()
    catapult: Catapult = Catapult()
    rates: Annotated[RateMap, Field(discriminator="kind")] = NetMap()
    slice: Landscape = Landscape()


def _edge(**fields: object) -> StabilityScene:
    return StabilityScene(edge=Edge().but(**fields))


def _catapult(times: float) -> StabilityScene:
    return StabilityScene(view="catapult", catapult=Catapult(times=times))


def _boundary(rates: RateMap) -> StabilityScene:
    return StabilityScene(view="boundary", rates=rates)


def _landscape(landscape: Landscape) -> StabilityScene:
    return StabilityScene(view="landscape", slice=landscape)


_DIGITS = Training(
    task=Digits(), model=MLP(depth=1, width=32), optimizer=Adam(), schedule=Constant(lr=0.003), steps=600
)
_LARGE = Training(
    task=Moons(), model=MLP(depth=2, width=16, activation="relu"), schedule=Constant(lr=1.5), steps=1_000, batch_size=0
)

PRESETS: Mapping[str, StabilityScene] = {
    "catapult": _catapult(2.5),
    "lazy": _catapult(1.5),
    "last": _catapult(3.9),
    "over": _catapult(4.1),
    "net": _boundary(NetMap()),
    "coast": _boundary(NetMap(across_low=0.6, across_high=1.5, up_low=1.0, up_high=1.9)),
    "relu": _boundary(NetMap(activation="relu")),
    "waves": _boundary(CosineMap()),
    "inlet": _boundary(CosineMap(across_low=1.25, across_high=1.65, up_low=0.0, up_high=0.4)),
    "added": _boundary(CosineMap(wave="added", epsilon=1.0, across_low=1.7, across_high=2.3, up_low=0.0, up_high=0.6)),
    "way": _landscape(Landscape()),
    "random": _landscape(Landscape(directions="random")),
    "large_rate": _landscape(Landscape(training=_LARGE)),
    "digits": _landscape(Landscape(training=_DIGITS)),
    "edge": StabilityScene(),
    "early": _edge(degree=3, eta=0.2, steps=10_000),
    "never": _edge(degree=3, eta=0.03),
    "rectified": _edge(activation="relu"),
    "beyond": _edge(eta=0.8, steps=10_000),
}
"""The worked examples, one click each; those of the view that is open are offered."""
