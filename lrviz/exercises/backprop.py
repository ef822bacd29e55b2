"""Exercises on backpropagation: one slope by hand, what a dead layer still learns, gradients that pile up."""

import numpy as np

from lrviz.backprop.engine import PARAMETERS, Pass, error_of, run_pass
from lrviz.backprop.scene import BackpropScene, worked
from lrviz.backprop.units import Identity, ReLU
from lrviz.exercises.forms import Bug, Choose, Curves, Facts, Number

W5 = PARAMETERS.index("w5")


def _pass(scene: BackpropScene) -> Pass:
    return worked(scene).now


def _slope(scene: BackpropScene) -> float:
    return float(_pass(scene).gradient[0, W5])


def _without_sigmoid(scene: BackpropScene) -> float:
    found = _pass(scene)
    return float(found.error_slope[0, 0] * found.out_h[0, 0])


def _without_input(scene: BackpropScene) -> float:
    return float(_pass(scene).delta_o[0, 0])


def _slope_facts(scene: BackpropScene) -> Facts:
    found = _pass(scene)
    numbers = {"out": found.out_o, "slope": found.error_slope, "unit": found.output_slope, "hidden": found.out_h}
    return {name: float(f"{values[0, 0]:.5g}") for name, values in numbers.items()} | {"target": scene.t1}


# ------------------------------------------------------------------------------------------------- a dead layer

PARTS = {"hidden_only": slice(0, 4), "output_only": slice(4, 8)}


def _still_learning(scene: BackpropScene) -> str:
    """Name the weights whose gradient is not 0."""
    moving = {name: bool(np.any(_pass(scene).gradient[0, part])) for name, part in PARTS.items()}
    if all(moving.values()) or not any(moving.values()):
        return "both" if all(moving.values()) else "neither"
    return next(name for name, moves in moving.items() if moves)


def _dead_facts(scene: BackpropScene) -> Facts:
    found = _pass(scene)
    return {"net": float(found.net_h[0, 0]), "out": float(found.out_h[0, 0]), "bias": scene.b1}


# ----------------------------------------------------------------------------------------- gradients that pile up

UPDATES = 300


def _errors(scene: BackpropScene, bug: str) -> Curves:
    """Return the error before every update."""
    net, theta, piled = scene.net, scene.start[None], np.zeros((1, len(PARAMETERS)))
    moves, errors = np.array([1.0] * 8 + [0.0] * 2), []
    rate = {"too_small": 0.1, "uphill": -1.0}.get(bug, 1.0) * scene.lr
    for _ in range(UPDATES):
        errors.append(float(error_of(net, theta)[0]))
        gradient = run_pass(net, theta).gradient
        piled = piled + gradient if bug == "no_zero_grad" else gradient
        theta = theta - rate * piled * moves
    return Curves({"training_loss": np.array(errors)}, "update", "error", log=True)


EXERCISES = (
    Number(
        id="slope_of_w5",
        lesson="backprop",
        scene=BackpropScene(stage="grad_o"),
        right=_slope,
        room=lambda scene: 0.01 * _slope(scene),
        wrong={"no_sigmoid": _without_sigmoid, "no_input": _without_input},
        facts=_slope_facts,
    ),
    Choose(
        id="dead_layer",
        lesson="backprop",
        scene=BackpropScene(hidden=ReLU(), b1=-0.5, steps=200),
        options=("both", "hidden_only", "output_only", "neither"),
        right=_still_learning,
        facts=_dead_facts,
    ),
    Bug(
        id="forgotten_zero_grad",
        lesson="backprop",
        scene=BackpropScene(output=Identity(), lr=0.05),
        cause="no_zero_grad",
        suspects=("too_small", "uphill", "no_zero_grad"),
        run=_errors,
        fix="""for x, y in loader:
    optimizer.zero_grad()  # <-
    loss_of(model(x), y).backward()
    optimizer.step()""",
        facts=lambda scene: {"updates": UPDATES, "rate": scene.lr},
    ),
)
