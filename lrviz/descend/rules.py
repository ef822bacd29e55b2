"""The second lesson's scene: one parameter, one update rule, every number of every update, and one switch flipped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
from pydantic import Field, model_validator

from lrviz.descend.autopsy import Autopsy, autopsy, within
from lrviz.descend.derivation import SURFACE, Derivation, Row, aligned, derive
from lrviz.descend.engine import Array, Noise, Runs, descend
from lrviz.descend.racer import Clip, runs_of_spec
from lrviz.descend.theory import bound
from lrviz.optimizers import Adam, AdamW, Momentum, RMSprop, Rule, rule_kinds
from lrviz.schedules import Constant, Schedule
from lrviz.schedules.rate import at_rate
from lrviz.spec import Knob, Spec, fields_of, refuse

MOST_STEPS = 50
START = 1.0
Convention = Literal[
    "usual",
    "form",
    "bias_correction",
    "decoupled",
    "centered",
    "dampening",
    "eps_inside",
    "weight_decay",
    "clip_norm",
]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)[1:]
"""What can be switched, the most telling first."""
TURNED_ON = {"weight_decay": 0.1, "clip_norm": 0.5}
"""What is switched on where it is off: weight decay at a common strength, clipping to half of the first gradient."""


class RulesScene(Spec):
    """A rule, the schedule of its rate, the longest gradient it sees (0: any), how many steps, and which one is open.

    `switch` is the convention that is flipped for comparison; "usual" is the most telling one the rule has.
    """

    kind: Literal["rules"] = "rules"
    optimizer: Rule = Adam()
    schedule: Schedule = Constant(lr=0.01)
    clip_norm: Clip = 0.0
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(1, MOST_STEPS)] = 5
    step: Annotated[int, Field(ge=1, le=MOST_STEPS), Knob(1, 5)] = 1
    switch: Convention = "usual"

    @model_validator(mode="after")
    def _goes_together(self) -> "RulesScene":
        if self.switch != "usual" and self.switch not in conventions_of(self.optimizer):
            raise refuse("no_such_switch", "switch", expected=", ".join(conventions_of(self.optimizer)))
        return self

    @property
    def at(self) -> int:
        """The step that is open: the last one where there are fewer."""
        return min(self.step, self.steps)

    @property
    def conventions(self) -> tuple[Convention, ...]:
        """What can be switched and makes a difference as the other settings stand."""
        return tuple(name for name in conventions_of(self.optimizer) if name not in self.optimizer.idle)

    @property
    def switched(self) -> Convention:
        """The convention that is flipped for comparison."""
        return self.conventions[0] if self.switch == "usual" else self.switch

    @property
    def other(self) -> "RulesScene":
        """The scene with that convention flipped."""
        name = self.switched
        if name == "clip_norm":
            return self.but(clip_norm=_flipped(self, name), switch="usual")
        return self.but(optimizer=_with_flipped(self.optimizer, name), switch="usual")

    @property
    def runs(self) -> Runs:
        """The one run of the scene."""
        return runs_of_spec(self.optimizer, self.schedule, (START,), self.steps, self.clip_norm)

    def with_rule(self, rule: Rule) -> "RulesScene":
        """Return the scene with another rule; a convention that it does not have gives way to its usual one."""
        known = self.switch in conventions_of(rule)
        return self.but(optimizer=rule, switch=self.switch if known else "usual")

    def at_rate(self, rate: float) -> "RulesScene":
        """Return the scene with all its rates scaled so that `rate` is the one its knob sets."""
        return self.but(schedule=at_rate(self.schedule, rate))

    def opened(self, step: int) -> "RulesScene":
        """Return the scene with another step open, the nearest there is."""
        return self.but(step=min(max(step, 1), self.steps))


def conventions_of(rule: Rule) -> tuple[Convention, ...]:
    """Return what can be switched of a rule, the most telling first; clipping belongs to every rule."""
    found = {name for name, info in fields_of(rule) if name in CONVENTIONS or _is_switch(info.annotation)}
    found |= {"clip_norm", *(("decoupled",) if isinstance(rule, AdamW) else ())}
    return tuple(name for name in CONVENTIONS if name in found)


def _is_switch(annotation: Any) -> bool:
    return annotation is bool or get_origin(annotation) is Literal


def _with_flipped(rule: Rule, name: Convention) -> Rule:
    if isinstance(rule, AdamW) and name == "decoupled":
        return Adam(**{field: getattr(rule, field) for field, _ in fields_of(rule)}, decoupled=False)
    return rule.but(**{name: _flipped(rule, name)})


def _flipped(spec: Spec, name: Convention) -> Any:
    """Return the other value of a convention: the other side of a switch, a number on where it is off and off else."""
    value = getattr(spec, name)
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        options = get_args(type(spec).model_fields[name].annotation)
        return options[(options.index(value) + 1) % len(options)]
    if value:
        return 0.0
    # Dampening as large as momentum makes the sum an average: the value people mean.
    return min(getattr(spec, "momentum", 0.9), 0.99) if name == "dampening" else TURNED_ON[name]


@dataclass(frozen=True)
class Worked:
    """A scene worked out: its rule, the same with the convention flipped, and where every other rule goes."""

    scene: RulesScene
    mine: Derivation
    other: Derivation
    behind: Mapping[str, Array]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The open update, term by term, beside the flipped one."""
        return aligned(self.mine.terms(self.scene.at), self.other.terms(self.scene.at))

    @cached_property
    def autopsy(self) -> Autopsy | None:
        """Why the rule diverges, if it does; where there is a bound, what saves it lies below that."""
        runs = self.scene.runs
        found = autopsy(descend(SURFACE, runs), runs, Noise())
        return within(found, bound(self.scene.optimizer, 1.0), found.rate) if found else None

    @property
    def same(self) -> bool:
        """Whether the flipped convention changes no weight in any step."""
        return np.array_equal(self.mine.weights, self.other.weights, equal_nan=True)


def worked(scene: RulesScene) -> Worked:
    """Work a scene out."""
    return Worked(scene, derive(scene.runs), derive(scene.other.runs), dict(_others(scene)))


def _others(scene: RulesScene) -> Iterator[tuple[str, Array]]:
    """Yield the weights of every other rule with its default settings at the same rates, (T+1,) each."""
    for kind, rule in rule_kinds().items():
        if not isinstance(scene.optimizer, rule):
            yield kind, derive(scene.but(optimizer=rule(), clip_norm=0.0, switch="usual").runs).weights


PRESETS: Mapping[str, RulesScene] = {
    "bias_correction": RulesScene(),
    "momentum_forms": RulesScene(optimizer=Momentum(), switch="form"),
    "dampening": RulesScene(optimizer=Momentum(dampening=0.9), switch="form"),
    "eps_place": RulesScene(optimizer=RMSprop(eps=0.01), switch="eps_inside"),
    "weight_decay_place": RulesScene(optimizer=Adam(weight_decay=0.5), switch="decoupled"),
}
"""The worked examples, one click each."""
