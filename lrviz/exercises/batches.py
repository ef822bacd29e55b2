"""Exercises on batch size: updates of an epoch, the rate of a larger batch, a loss that was summed."""

import numpy as np

from lrviz.batches.counting import Count, Counting
from lrviz.batches.quadratic import NoisyQuadratic
from lrviz.batches.scene import BatchesScene
from lrviz.descend.engine import Runs, descend
from lrviz.exercises.forms import Bug, Curves, Facts, Number
from lrviz.optimizers import SGD
from lrviz.surfaces.regression import LinearRegression


def _count_facts(scene: BatchesScene) -> Facts:
    count = scene.count
    return {
        "samples": f"{count.samples:,}",
        "size": count.batch_size,
        "quotient": count.samples / count.batch_size,
        "whole": count.whole,
        "short": count.short,
    }


def _dropped(scene: BatchesScene) -> int:
    count = scene.count
    return Count(count.samples, count.batch_size, drop_last=True).iterations


def _total(scene: BatchesScene) -> int:
    return scene.count.total


# ---------------------------------------------------------------------------------------------- a larger batch

SMALL, LARGE, RATE = 256, 1024, 0.1


def _scaled(scene: BatchesScene, rule: str) -> float:
    """Return the rate of the larger batch by a rule, given that of the smaller one."""
    spec = scene.quadratic
    small, large = (float(spec.rate(rule, size)) for size in (SMALL, LARGE))  # type: ignore[arg-type]
    return scene.lr * large / small


def _scaled_facts(scene: BatchesScene) -> Facts:
    return {"rate": scene.lr, "small": SMALL, "large": LARGE, "times": LARGE // SMALL}


# ------------------------------------------------------------------------------------------------ a summed loss

UPDATES = 150
SIZE = 16


def _loss(scene: BatchesScene, bug: str) -> Curves:
    """Return how far the loss is above its floor, update by update."""
    size = {"one_sample": 1, "whole_data": 0}.get(bug, SIZE)
    rate = scene.lr * (SIZE if bug == "summed" else 1)
    surface = LinearRegression(batch_size=size)
    path = descend(surface, Runs(SGD(), np.full((1, UPDATES), rate), np.array([surface.start])))
    assert surface.floor is not None
    return Curves({"training_loss": path.loss[0] - surface.floor}, "update", "excess", log=True)


EXERCISES = (
    Number(
        id="updates_of_an_epoch",
        lesson="batches",
        scene=BatchesScene(view="count", batch_size=256, counting=Counting(samples=50_000, epochs=1)),
        right=lambda scene: float(scene.count.iterations),
        wrong={
            "dropped": lambda scene: float(_dropped(scene)),
            "unrounded": lambda scene: scene.count.samples / scene.count.batch_size,
        },
        facts=_count_facts,
    ),
    Number(
        id="four_times_the_batch",
        lesson="batches",
        scene=BatchesScene(view="scaling", batch_size=LARGE, lr=RATE, quadratic=NoisyQuadratic(lr=RATE / SMALL)),
        right=lambda scene: _scaled(scene, "linear"),
        room=lambda scene: 0.01 * _scaled(scene, "linear"),
        wrong={
            "square_root": lambda scene: _scaled(scene, "sqrt"),
            "unchanged": lambda scene: _scaled(scene, "constant"),
            "other_way": lambda scene: scene.lr**2 / _scaled(scene, "linear"),
        },
        facts=_scaled_facts,
    ),
    Bug(
        id="summed_loss",
        lesson="batches",
        scene=BatchesScene(batch_size=SIZE, lr=0.06),
        cause="summed",
        suspects=("one_sample", "summed", "whole_data"),
        run=_loss,
        fix="loss = ((features @ w - y) ** 2).mean() / 2  # <-",
        facts=lambda scene: {"size": SIZE, "rate": scene.lr, "felt": scene.lr * SIZE, "updates": UPDATES},
    ),
)
