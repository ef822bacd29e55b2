"""Exercises on dropout: what a kept unit becomes, how many networks there are, a layer that never went to eval."""

import numpy as np

from lrviz.exercises.forms import Array, Bug, Curves, Facts, Number
from lrviz.layers import dropout
from lrviz.layers.dropout_scene import DropoutScene, ensemble


def _kept(scene: DropoutScene) -> float:
    """Return what the open unit becomes where it is kept."""
    return float(dropout.train(_value(scene), np.ones(1), scene.p, scene.scaling)[0])


def _value(scene: DropoutScene) -> Array:
    return scene.x[[scene.open - 1]]


def _kept_facts(scene: DropoutScene) -> Facts:
    return {"p": scene.p, "keep": 1 - scene.p, "value": float(_value(scene)[0])}


# --------------------------------------------------------------------------------------------- how many networks


def _units(scene: DropoutScene) -> int:
    return ensemble(scene).masks.shape[1]


# -------------------------------------------------------------------------------------------- never went to eval

EVALUATIONS = 40


def _outputs(scene: DropoutScene, bug: str) -> Curves:
    """Return the sum of the layer's outputs for one and the same input, evaluation after evaluation."""
    masks = dropout.kept(dropout.uniforms(scene.seed, (EVALUATIONS, len(scene.values))), scene.p)
    found = {
        "still_training": dropout.train(scene.x, masks, scene.p),
        "training_unscaled": dropout.train(scene.x, masks, scene.p, "never"),
        "scaled_twice": dropout.evaluate(scene.x, scene.p, "evaluation") * np.ones_like(masks),
    }.get(bug, dropout.evaluate(scene.x, scene.p) * np.ones_like(masks))
    return Curves({"output": found.sum(axis=1)}, "evaluation", "summed_output", first=1)


EXERCISES = (
    Number(
        id="kept_unit",
        lesson="dropout",
        scene=DropoutScene(values=(3.0,), unit=1, p=0.4, view="average", masks=100),
        right=_kept,
        room=lambda scene: 0.005 * _kept(scene),
        wrong={
            "unscaled": lambda scene: float(_value(scene)[0]),
            "scaled_down": lambda scene: float(_value(scene)[0] * (1 - scene.p)),
            "by_p": lambda scene: float(_value(scene)[0] / scene.p),
        },
        facts=_kept_facts,
    ),
    Number(
        id="sub_networks",
        lesson="dropout",
        scene=DropoutScene(view="networks", p=0.5),
        right=lambda scene: float(len(ensemble(scene).masks)),
        wrong={
            "one_each": lambda scene: float(_units(scene)),
            "two_each": lambda scene: float(2 * _units(scene)),
            "not_the_whole": lambda scene: float(len(ensemble(scene).masks) - 1),
        },
        facts=lambda scene: {"units": _units(scene)},
    ),
    Bug(
        id="restless_evaluation",
        lesson="dropout",
        scene=DropoutScene(p=0.4),
        cause="still_training",
        suspects=("scaled_twice", "still_training", "training_unscaled"),
        run=_outputs,
        fix="""model.eval()  # <-
with torch.no_grad():
    said = model(x)""",
        facts=lambda scene: {"sum": float(scene.x.sum()), "p": scene.p},
    ),
)
