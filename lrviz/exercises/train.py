"""Exercises on trainings: beat a schedule at equal budget, the loss of a net that knows nothing, how much it learns."""

import math
from itertools import accumulate

import numpy as np

from lrviz.exercises.forms import Facts, Knobs, Number, Verdict
from lrviz.optimizers import SGD
from lrviz.schedules import Constant, Cosine, Schedule, Step
from lrviz.spec import value_at, with_value
from lrviz.train.ended import Ended
from lrviz.train.models import MLP, Dense
from lrviz.train.scene import TrainScene
from lrviz.train.tasks import Digits
from lrviz.train.training import Training, data_of

ENDED = "lrviz.train.brief:ended"
SEEDS = 4
STEPS = 300
SCHEDULE = "training.schedule"
RIVAL = Step(lr=0.5, step_size=STEPS // 3, gamma=0.1)
SCENE = TrainScene(
    training=Training(
        task=Digits(), model=MLP(depth=1, width=32, activation="relu"), optimizer=SGD(), steps=STEPS, schedule=RIVAL
    )
)


def pair(scene: TrainScene) -> tuple[Training, ...]:
    """Return the rival's trainings and then the learner's, each at SEEDS seeds."""
    both = (scene.training.but(schedule=RIVAL), scene.training)
    return tuple(one.but(seed=one.seed + i) for one in both for i in range(SEEDS))


def _beaten(scene: TrainScene, result: Ended) -> Verdict:
    """Compare the last losses, seed by seed: a difference counts when it is more than its own standard error."""
    rival, mine = result.loss[-1, :SEEDS], result.loss[-1, SEEDS:]
    values = {"mine": float(mine.mean()), "rival": float(rival.mean()), "seeds": SEEDS}
    if scene.training.schedule == RIVAL:
        return Verdict("the_same", values)
    if not np.isfinite(mine).all() or mine.mean() >= _clueless(scene):
        return Verdict("broken", values)
    gain = rival - mine
    if gain.mean() > gain.std(ddof=1) / math.sqrt(SEEDS):
        return Verdict("solved", values)
    slow = scene.training.rates().max() < RIVAL.lr
    return Verdict("too_slow" if slow else "not_better", values)


def _with(scene: TrainScene, schedule: Schedule) -> TrainScene:
    return with_value(scene, SCHEDULE, schedule)


def _clueless(scene: TrainScene) -> float:
    """Return the cross-entropy of a net for which every class is as likely."""
    return math.log(data_of(scene.training.task).classes)


def _classes(scene: TrainScene) -> int:
    return data_of(scene.training.task).classes


# ------------------------------------------------------------------------------------------------- how much it learns


def _parameters(scene: TrainScene, biases: bool = True) -> float:
    data = data_of(scene.training.task)
    full = [one for one in scene.training.model.layers(data.features, data.outputs) if isinstance(one, Dense)]
    sizes = [one.inputs * one.outputs + one.outputs * (biases and one.bias) for one in full]
    return float([*accumulate(sizes)][-1])


def _size_facts(scene: TrainScene) -> Facts:
    data = data_of(scene.training.task)
    width = value_at(scene, "training.model.width")
    first, second = data.features * width, width * data.outputs
    return {"inputs": data.features, "width": width, "outputs": data.outputs, "first": first, "second": second}


EXERCISES = (
    Knobs(
        id="beat_the_steps",
        lesson="train",
        scene=SCENE,
        fields=(SCHEDULE,),
        judged=_beaten,
        right=lambda scene: _with(scene, Cosine(lr=RIVAL.lr, T_max=STEPS)),
        wrong={
            "the_same": lambda scene: scene,
            "too_slow": lambda scene: _with(scene, Cosine(lr=RIVAL.lr / 10, T_max=STEPS)),
            "broken": lambda scene: _with(scene, Constant(lr=10 * RIVAL.lr)),
        },
        target=ENDED,
        question=pair,
        facts=lambda scene: {"steps": STEPS, "seeds": SEEDS, "rate": RIVAL.lr, "every": RIVAL.step_size},
    ),
    Number(
        id="knows_nothing",
        lesson="train",
        scene=SCENE,
        right=_clueless,
        room=lambda scene: 0.02 * _clueless(scene),
        wrong={"a_share": lambda scene: 1 / _classes(scene), "binary": lambda _: math.log(2)},
        target=ENDED,
        question=lambda scene: (scene.training,),
        facts=lambda scene: {"classes": _classes(scene), "share": 1 / _classes(scene)},
    ),
    Number(
        id="how_many_weights",
        lesson="train",
        scene=SCENE,
        right=_parameters,
        wrong={"no_biases": lambda scene: _parameters(scene, biases=False)},
        target=ENDED,
        question=lambda scene: (scene.training,),
        facts=_size_facts,
    ),
)
