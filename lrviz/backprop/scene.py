"""The lesson's scene: a 2-2-2 network with all its numbers, one pass through it, and its training."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from lrviz.backprop.chain import Path, is_output, paths
from lrviz.backprop.engine import PARAMETERS, Net, Pass, Rule, Update, error_of, slopes, updated
from lrviz.backprop.losses import CrossEntropy, HalfSquared, Loss
from lrviz.backprop.ruler import Ruler, largest_falling, ruler
from lrviz.backprop.training import train
from lrviz.backprop.units import Identity, ReLU, Sigmoid, Tanh, Unit, is_sigmoid
from lrviz.spec import Knob, Spec, choices_of, refuse

Array = npt.NDArray[np.float64]
MOST_STEPS = 10_000
RATES = Knob(0.01, 100, "log")
Input = Annotated[float, Field(ge=-100, le=100), Knob(-1, 1)]
Weight = Annotated[float, Field(ge=-100, le=100), Knob(-2, 2)]
Target = Annotated[float, Field(ge=-100, le=100), Knob(0, 1)]
Stage = Literal[
    "inputs",
    "net_h",
    "out_h",
    "net_o",
    "out_o",
    "error",
    "delta_o",
    "grad_o",
    "delta_h",
    "grad_h",
    "update",
]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""One pass, stage by stage: five forward to the error, four back to the gradient of every weight, the update."""
Chosen = Literal["none", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "b1", "b2"]


class BackpropScene(Spec):
    """A network of two inputs, two hidden and two output units, all its numbers, and what of a pass is looked at.

    `done` updates have been made before the pass that is open, up to `stage` of it; the path of `chosen` is lit.
    `steps` updates are drawn as a curve.
    """

    kind: Literal["backprop"] = "backprop"
    i1: Input = 0.05
    i2: Input = 0.10
    t1: Target = 0.01
    t2: Target = 0.99
    w1: Weight = 0.15
    w2: Weight = 0.20
    w3: Weight = 0.25
    w4: Weight = 0.30
    w5: Weight = 0.40
    w6: Weight = 0.45
    w7: Weight = 0.50
    w8: Weight = 0.55
    b1: Weight = 0.35
    b2: Weight = 0.60
    hidden: Unit = Sigmoid()
    output: Unit = Sigmoid()
    loss: Loss = HalfSquared()
    lr: Annotated[float, Field(gt=0, le=1e3), RATES] = 0.5
    biases: bool = False
    update: Update = "simultaneous"
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(10, MOST_STEPS, "log")] = 1_000
    done: Annotated[int, Field(ge=0, le=MOST_STEPS), Knob(0, 1_000)] = 0
    stage: Stage = "grad_h"
    chosen: Chosen = "w5"

    @model_validator(mode="after")
    def _goes_together(self) -> "BackpropScene":
        if isinstance(self.loss, CrossEntropy):
            if not is_sigmoid(self.output):
                raise refuse("cross_entropy_unit", "loss")
            if not (0 <= self.t1 <= 1 and 0 <= self.t2 <= 1):
                raise refuse("cross_entropy_target", "loss")
        return self

    @property
    def net(self) -> Net:
        """What is given beside the parameters."""
        return Net(np.array([self.i1, self.i2]), np.array([self.t1, self.t2]), self.hidden, self.output, self.loss)

    @property
    def start(self) -> Array:
        """The parameters the training begins with, (10,)."""
        return np.array([getattr(self, name) for name in PARAMETERS])

    @property
    def rule(self) -> Rule:
        """How an update is made."""
        return Rule(self.lr, self.update, self.biases)

    @property
    def losses(self) -> tuple[type[Spec], ...]:
        """The errors that make sense of these outputs: cross-entropy asks for outputs and targets between 0 and 1."""
        fits = is_sigmoid(self.output) and 0 <= self.t1 <= 1 and 0 <= self.t2 <= 1
        return tuple(loss for loss in choices_of(Loss) if fits or loss is not CrossEntropy)

    def with_output(self, unit: Unit) -> "BackpropScene":
        """Return the scene with other output units; an error that cannot measure them gives way to the squared one."""
        kept = is_sigmoid(unit) or not isinstance(self.loss, CrossEntropy)
        return self.but(output=unit, loss=self.loss if kept else HalfSquared())

    # ------------------------------------------------------------------------------------------------- moving

    def reaches(self, stage: Stage) -> bool:
        """Say whether the pass has come to a stage."""
        return STAGES.index(self.stage) >= STAGES.index(stage)

    def at(self, stage: Stage) -> "BackpropScene":
        """Return the scene at another stage, where the stage itself is what is looked at."""
        return self.but(stage=stage, chosen="none")

    def stepped(self, by: int) -> "BackpropScene | None":
        """Return the scene a stage on or back: after the update comes the next pass; None where there is nothing."""
        index = STAGES.index(self.stage) + by
        if 0 <= index < len(STAGES):
            return self.at(STAGES[index])
        done = self.done + by
        return self.but(done=done).at(STAGES[index % len(STAGES)]) if 0 <= done <= MOST_STEPS else None

    def trained(self, more: int) -> "BackpropScene":
        """Return the scene that many updates on, as far as there are."""
        return self.but(done=min(max(self.done + more, 0), MOST_STEPS))

    def picked(self, name: str) -> "BackpropScene":
        """Return the scene with the path of a parameter lit, its gradient worked out; picked again, it goes out."""
        if name == self.chosen or name not in PARAMETERS:
            return self.but(chosen="none")
        needed: Stage = "grad_o" if is_output(name) else "grad_h"
        return self.but(chosen=name, stage=self.stage if self.reaches(needed) else needed)

    @property
    def lit(self) -> str:
        """The parameter whose path is lit, or nothing: where its gradient is not worked out yet there is no path."""
        needed: Stage = "grad_o" if self.chosen != "none" and is_output(self.chosen) else "grad_h"
        return self.chosen if self.chosen != "none" and self.reaches(needed) else ""


@dataclass(frozen=True)
class Curves:
    """The errors from the start on, (T + 1,), of both ways to update, and the parameters at `done`, (10,)."""

    simultaneous: Array
    reuse: Array
    parameters: Array

    def of(self, update: Update) -> Array:
        """Return the errors of one way to update."""
        return self.simultaneous if update == "simultaneous" else self.reuse


@dataclass(frozen=True)
class Worked:
    """A scene worked out: the curves of both trainings, and the pass at the parameters after `done` updates."""

    scene: BackpropScene
    curves: Curves

    @property
    def parameters(self) -> Array:
        """The parameters that the pass runs with, (10,)."""
        return self.curves.parameters

    @cached_property
    def now(self) -> Pass:
        """The pass, with the gradient that the update uses."""
        return slopes(self.scene.net, self.parameters[None], self.scene.rule)

    @cached_property
    def after(self) -> Array:
        """The parameters after one more update, (10,)."""
        return updated(self.scene.net, self.parameters[None], self.scene.rule)[0]

    @property
    def gradient(self) -> Array:
        """The slope of the error along every parameter, as the update uses it, (10,)."""
        return self.now.gradient[0]

    @property
    def error(self) -> float:
        """The error of the pass."""
        return float(self.now.error[0])

    @cached_property
    def error_after(self) -> float:
        """The error after one more update."""
        return float(error_of(self.scene.net, self.after[None])[0])

    @property
    def grows(self) -> bool:
        """Whether the update makes the error larger, or no number any more."""
        return not self.error_after <= self.error

    @cached_property
    def saving_rate(self) -> float | None:
        """A rate at which the same update lowers the error, where this one does not."""
        return largest_falling(self.scene.net, self.parameters, self.scene.rule) if self.grows else None

    @cached_property
    def ruler(self) -> Ruler:
        """What every rate of the knob does to the error in the next update."""
        high = max(RATES.high, self.scene.lr)
        return ruler(self.scene.net, self.parameters, self.scene.rule, min(RATES.low, self.scene.lr), high)

    @property
    def bad(self) -> int | None:
        """The first update after which the error is no number any more, if there is one on the curve."""
        lost = np.flatnonzero(~np.isfinite(self.curves.of(self.scene.update)))
        return int(lost[0]) if lost.size else None

    def paths(self, name: str) -> tuple[Path, ...]:
        """Return the paths from the error to a parameter."""
        return paths(self.scene.net, self.now, name)


def curves(scene: BackpropScene) -> Curves:
    """Train in both ways, as far as the curve is drawn or updates are made."""
    net, rules = scene.net, {name: Rule(scene.lr, name, scene.biases) for name in get_args(Update)}
    length = max(scene.steps, scene.done)
    before = train(net, scene.start, rules[scene.update], scene.done)
    errors = {
        name: train(net, scene.start, rule, length + 1).errors for name, rule in rules.items() if name != scene.update
    }
    rest = train(net, before.parameters, rules[scene.update], length + 1 - scene.done)
    errors[scene.update] = np.concatenate([before.errors, rest.errors])
    return Curves(errors["simultaneous"], errors["reuse"], before.parameters)


def worked(scene: BackpropScene) -> Worked:
    """Work a scene out."""
    return Worked(scene, curves(scene))


PRESETS: Mapping[str, BackpropScene] = {
    "one_path": BackpropScene(),
    "two_paths": BackpropScene(chosen="w1"),
    "forward": BackpropScene(stage="inputs", chosen="none"),
    "one_update": BackpropScene(stage="update", chosen="none"),
    "reuse": BackpropScene(update="reuse", chosen="w1"),
    "ten_thousand": BackpropScene(steps=10_000, done=10_000),
    "saturated": BackpropScene(b2=6.0),
    "dead": BackpropScene(hidden=ReLU(), b1=-0.5, chosen="w1"),
    "cross_entropy": BackpropScene(loss=CrossEntropy()),
    "too_large": BackpropScene(hidden=Tanh(), output=Identity(), lr=3.0, biases=True, steps=100),
}
"""The worked examples, one click each."""
