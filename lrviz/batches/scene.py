"""The batches lesson's scene: everything its page shows, as one Spec, and what each of its views is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from lrviz.batches.counting import MOST_SAMPLES, Count, Counting
from lrviz.batches.growth import ByPerformance, GrowInSteps, Grown, Growth, Periodic, grown
from lrviz.batches.noise import Cloud, cloud
from lrviz.batches.quadratic import NoisyQuadratic
from lrviz.batches.training import LOSS, SAMPLES, Trained, fixed, orders, train
from lrviz.spec import Fraction, Knob, Rate, Spec, cached

MOST_EPOCHS = 20
View = Literal["paths", "count", "noise", "scaling", "growth"]


class BatchesScene(Spec):
    """A batch size, and what each view shows of it; paths, noise and growth are of the same 442 patients."""

    kind: Literal["batches"] = "batches"
    view: View = "paths"
    batch_size: Annotated[int, Field(ge=1, le=MOST_SAMPLES), Knob(1, SAMPLES, "log")] = 32
    drop_last: bool = False
    lr: Annotated[Rate, Knob(0.005, 1, "log")] = 0.1
    epochs: Annotated[int, Field(ge=1, le=MOST_EPOCHS), Knob(1, MOST_EPOCHS)] = 5
    growth_epochs: Annotated[int, Field(ge=1, le=MOST_EPOCHS), Knob(1, MOST_EPOCHS)] = 16
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), Knob(0, 20)] = 0
    along: Annotated[Fraction, Knob(0, 1)] = 0.0
    counting: Counting = Counting()
    quadratic: NoisyQuadratic = NoisyQuadratic()
    growth: Annotated[Growth, Field(discriminator="kind")] = GrowInSteps()

    @property
    def count(self) -> Count:
        """The arithmetic of the view: of the data set that was asked for, else of the 442 patients."""
        if self.view == "count":
            return Count(self.counting.samples, self.batch_size, self.counting.epochs, self.drop_last)
        epochs = self.growth_epochs if self.view == "growth" else self.epochs
        return Count(SAMPLES, self.batch_size, epochs, self.drop_last)


@dataclass(frozen=True)
class Paths:
    """The same epochs with batches of one sample, of B, and of all: one training each, `yours` being that of B."""

    scene: BatchesScene
    single: Trained
    yours: Trained
    full: Trained


def paths(scene: BatchesScene) -> Paths:
    """Train with the three batch sizes, over the same orders of the samples."""
    single, yours, full = (_trained(scene, size) for size in (1, scene.batch_size, SAMPLES))
    return Paths(scene, single, yours, full)


def _trained(scene: BatchesScene, batch_size: int) -> Trained:
    return _kept(batch_size, scene.drop_last, scene.lr, scene.epochs, scene.seed)


@cached(64)
def _kept(batch_size: int, drop_last: bool, lr: float, epochs: int, seed: int) -> Trained:
    """Train with one batch size; kept, so that a turn of the knob trains no more than the path it changes."""
    return train(LOSS.start, orders(SAMPLES, epochs, [seed]), fixed(batch_size, lr), drop_last)


def cloud_of(scene: BatchesScene) -> Cloud:
    """Draw the gradients of batches at the scene's place."""
    return _cloud(scene.along, scene.batch_size, scene.lr, scene.seed)


def growth_of(scene: BatchesScene) -> Grown:
    """Train with the growing batch, with the falling rate, and with neither."""
    return _grown(scene.growth, scene.batch_size, scene.lr, scene.growth_epochs, scene.seed, scene.drop_last)


_cloud, _grown = cached(16)(cloud), cached(16)(grown)

PRESETS: Mapping[str, BatchesScene] = {
    "cifar": BatchesScene(view="count", batch_size=256),
    "divisible": BatchesScene(view="count", batch_size=250),
    "noisy": BatchesScene(view="noise", batch_size=8),
    "late": BatchesScene(view="noise", along=0.9),
    "linear": BatchesScene(view="scaling", batch_size=8),
    "adam": BatchesScene(view="scaling", batch_size=8, quadratic=NoisyQuadratic(optimizer="adam")),
    "grow": BatchesScene(view="growth", batch_size=8),
    "periodic": BatchesScene(view="growth", batch_size=8, growth=Periodic()),
    "plateau": BatchesScene(view="growth", batch_size=4, growth=ByPerformance()),
    "mini": BatchesScene(),
    "single": BatchesScene(batch_size=1),
    "full": BatchesScene(batch_size=SAMPLES),
}
"""The worked examples, one click each; a page offers those of its view."""
