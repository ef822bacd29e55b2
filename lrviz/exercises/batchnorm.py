"""Exercises on batch norm: what is remembered after a batch, who shares a mean, a layer that stayed in train mode."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lrviz.exercises.forms import Bug, Choose, Curves, Facts, Number
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.normalization import standardized
from lrviz.layers.running import Stream


def _batch_mean(scene: BatchNormScene) -> float:
    return float(Stream(scene).found.mean[0])


def _remembered(scene: BatchNormScene) -> float:
    """Return what is remembered of the mean after the first batch."""
    return float(Stream(scene).running_mean[1])


def _mean_facts(scene: BatchNormScene) -> Facts:
    return {"mean": _batch_mean(scene), "momentum": scene.momentum, "kept": 1 - scene.momentum}


# ---------------------------------------------------------------------------------------------- what a batch changes

AGAIN = "same", "changed"


def _companions(scene: BatchNormScene) -> str:
    """Say whether one row's output depends on which rows are in the batch with it, as the layer's mode is."""
    layer, whole = scene.layer, scene.whole
    running = layer.init(whole.shape[1])
    alone, company = (
        layer.evaluate(rows, running) if scene.mode == "eval" else layer.train(rows, running)[0]
        for rows in (whole[:4], whole)
    )
    return "same" if np.array_equal(alone[0], company[0]) else "changed"


def _companion_facts(scene: BatchNormScene) -> Facts:
    layer, whole = scene.layer, scene.whole
    alone, company = (layer.train(rows, layer.init(whole.shape[1]))[0][0, 0] for rows in (whole[:4], whole))
    return {"few": 4, "many": len(whole), "alone": float(alone), "company": float(company)}


# ----------------------------------------------------------------------------------------------- stayed in train mode

LEARNT = 60
"""Batches that were trained on before it is evaluated."""
EVALUATIONS = 40


def _outputs(scene: BatchNormScene, bug: str) -> Curves:
    """Return the output for one and the same input, in the company of other rows each time, after the training."""
    found = Stream(scene)
    mean, variance, eps = found.running_mean[LEARNT], found.running_var[LEARNT], scene.eps
    if bug == "train_mode":
        later = slice(LEARNT, LEARNT + EVALUATIONS)
        return _over(standardized(np.array(found.probe), found.found.mean[later], found.found.variance[later], eps))
    if bug == "never_updated":
        mean, variance = found.running_mean[0], found.running_var[0]
    still = standardized(np.array(found.probe), mean, variance, 100.0 if bug == "large_eps" else eps)
    return _over(np.full(EVALUATIONS, float(still)))


def _over(values: npt.NDArray[np.floating[Any]]) -> Curves:
    return Curves({"output": values.astype(np.float64)}, "evaluation", "one_output", first=1)


def _probe_facts(scene: BatchNormScene) -> Facts:
    seen = _outputs(scene, "train_mode").lines["output"]
    right = float(_outputs(scene, "").lines["output"][0])
    return {"low": float(seen.min()), "high": float(seen.max()), "right": right, "size": scene.batch}


EXERCISES = (
    Number(
        id="after_one_batch",
        lesson="batchnorm",
        scene=BatchNormScene(view="running", batches=40, seed=3),
        right=_remembered,
        room=lambda scene: 0.01 * abs(_remembered(scene)),
        wrong={
            "whole_batch": _batch_mean,
            "other_convention": lambda scene: (1 - scene.momentum) * _batch_mean(scene),
        },
        facts=_mean_facts,
    ),
    Choose(
        id="other_rows",
        lesson="batchnorm",
        scene=BatchNormScene(tensor="vectors", rows=4),
        options=AGAIN,
        right=_companions,
        facts=_companion_facts,
    ),
    Bug(
        id="left_in_train_mode",
        lesson="batchnorm",
        scene=BatchNormScene(view="running", batch=8, batches=LEARNT + EVALUATIONS),
        cause="train_mode",
        suspects=("never_updated", "large_eps", "train_mode"),
        run=_outputs,
        fix="""model.eval()  # <-
with torch.no_grad():
    said = model(x)""",
        facts=_probe_facts,
    ),
)
