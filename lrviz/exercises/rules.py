"""Exercises on update rules: Adam's first step, what momentum adds up to, a correction that is missing."""

import numpy as np

from lrviz.descend.engine import Runs, descend
from lrviz.descend.parabola import ParabolaScene, walk
from lrviz.exercises.forms import Array, Bug, Curves, Facts, Number
from lrviz.optimizers import SGD, Adam, Momentum, Rule
from lrviz.schedules import Constant
from lrviz.surfaces import FormulaLine, Quadratic

NEAR = 0.01
"""The share of a step that an answer may be off."""


def _moves(scene: ParabolaScene) -> Array:
    return np.abs(np.diff(walk(scene).x))


def _first(scene: ParabolaScene, rule: Rule | None = None) -> float:
    """Return how far the first update goes, by the scene's rule or another."""
    return float(_moves(scene.but(optimizer=rule or scene.optimizer, steps=1))[0])


def _adam_facts(scene: ParabolaScene) -> Facts:
    gradient = float(walk(scene).gradient[0])
    return {"rate": walk(scene).rate, "gradient": gradient, "sgd": _first(scene, SGD()), "begin": scene.begin}


def _sgd_mistake(scene: ParabolaScene) -> float:
    return _first(scene, SGD())


def _uncorrected(scene: ParabolaScene) -> float:
    return _first(scene, Adam(bias_correction=False))


# ------------------------------------------------------------------------------------- what momentum adds up to

LONG = 400
"""Updates after which the step of a constant gradient has settled."""


def _settled(scene: ParabolaScene) -> float:
    """Return the length of the last step of a long run."""
    return float(_moves(scene.but(steps=LONG))[-1])


def _averaged(scene: ParabolaScene) -> float:
    """Return the same with momentum as an average."""
    return _settled(scene.but(optimizer=Momentum(momentum=_beta(scene), form="ema")))


def _beta(scene: ParabolaScene) -> float:
    assert isinstance(scene.optimizer, Momentum)
    return scene.optimizer.momentum


def _second(scene: ParabolaScene) -> float:
    return float(_moves(scene.but(steps=2))[-1])


# ------------------------------------------------------------------------------------------ a missing correction

SEEN = 40
BROKEN = {
    "": Adam(),
    "no_correction": Adam(bias_correction=False),
    "large_eps": Adam(eps=1.0),
    "betas_swapped": Adam(beta1=0.999, beta2=0.9),
}


def _steps(scene: ParabolaScene, bug: str) -> Curves:
    """Return the length of every update in learning rates."""
    rates = scene.schedule.table(SEEN)
    path = descend(scene.surface, Runs(BROKEN[bug], rates[None], np.array([[scene.begin]])))
    return Curves({"step_length": np.abs(path.step[0, :, 0]) / rates}, "update", "in_rates", first=1)


EXERCISES = (
    Number(
        id="adams_first_step",
        lesson="rules",
        scene=ParabolaScene(surface=Quadratic(a=4.0), start=1.5, optimizer=Adam(), schedule=Constant(lr=0.05), steps=1),
        right=_first,
        room=lambda scene: NEAR * _first(scene),
        wrong={"like_sgd": _sgd_mistake, "no_correction": _uncorrected},
        facts=_adam_facts,
    ),
    Number(
        id="momentum_adds_up",
        lesson="rules",
        scene=ParabolaScene(
            surface=FormulaLine(expression="x", low=-100, high=100, start_x=90),
            optimizer=Momentum(momentum=0.9),
            schedule=Constant(lr=0.1),
            steps=60,
        ),
        right=_settled,
        room=lambda scene: NEAR * _settled(scene),
        wrong={"averaged": _averaged, "two_steps": _second},
        facts=lambda scene: {"rate": walk(scene).rate, "beta": _beta(scene), "left": 1 - _beta(scene)},
    ),
    Bug(
        id="missing_correction",
        lesson="rules",
        scene=ParabolaScene(surface=Quadratic(a=0.5), start=2.0, optimizer=Adam(), schedule=Constant(lr=0.01)),
        cause="no_correction",
        suspects=("large_eps", "betas_swapped", "no_correction"),
        run=_steps,
        fix="""m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)  # <-
v_hat = v / (1 - beta2**t)  # <-
x = x - lr * m_hat / (sqrt(v_hat) + eps)""",
        facts=lambda scene: {"first": float(_steps(scene, "no_correction").lines["step_length"][0])},
    ),
)
