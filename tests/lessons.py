"""Every lesson with a scene of its own: what tests over all of them need to know of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrviz.backprop import scene as backprop
from lrviz.batches import scene as batches
from lrviz.descend import parabola, race, regimes, rules
from lrviz.guide import scene as guide
from lrviz.layers import batchnorm_scene as batchnorm
from lrviz.layers import dropout_scene as dropout
from lrviz.schedules import scene as schedules
from lrviz.smoothing import scene as smoothing
from lrviz.spec import Spec, from_address, to_address, value_at
from lrviz.text import words
from lrviz.train import finder, stability, sweep
from lrviz.train import scene as train
from tests.test_pages import Address, assert_whole, opened, shown_instead


@dataclass(frozen=True)
class Lesson:
    """A lesson's name, what its empty address shows, its worked examples, and its tabs in order."""

    name: str
    base: Spec
    presets: Mapping[str, Any]
    tabs: tuple[str, ...] = ("why", "try", "code", "data")

    def address(self, scene: Spec) -> Address:
        """The address of a scene of this lesson."""
        return to_address(scene, self.base)


LESSONS = (
    Lesson("guide", guide.GuideScene(), guide.PRESETS, ("rules", "why", "try", "code", "data")),
    Lesson("schedules", schedules.SchedulesScene(), schedules.PRESETS, ("why", "try", "code", "data", "check")),
    Lesson("parabola", parabola.ParabolaScene(), parabola.PRESETS),
    Lesson("rules", rules.RulesScene(), rules.PRESETS, ("rule", "why", "try", "code", "data", "check")),
    Lesson("race", race.RaceScene(), race.PRESETS, ("why", "try", "racer", "surface", "code", "data", "check")),
    Lesson("regimes", regimes.RegimesScene(), regimes.PRESETS, ("why", "try", "theory", "code", "data", "check")),
    Lesson("smoothing", smoothing.SmoothingScene(), smoothing.PRESETS),
    Lesson("batches", batches.BatchesScene(), batches.PRESETS, ("why", "try", "advice", "cost", "code", "data")),
    Lesson("backprop", backprop.BackpropScene(), backprop.PRESETS, ("weights", "why", "try", "slip", "code", "data")),
    Lesson("dropout", dropout.DropoutScene(), dropout.PRESETS, ("why", "try", "where", "code", "data")),
    Lesson("batchnorm", batchnorm.BatchNormScene(), batchnorm.PRESETS, ("why", "try", "place", "code", "data")),
    Lesson("train", train.TrainScene(), train.PRESETS, ("why", "try", "diff", "code", "data", "check")),
    Lesson("finder", finder.FinderScene(), finder.PRESETS, ("why", "rules", "try", "code", "data")),
    Lesson("sweep", sweep.SweepScene(), sweep.PRESETS, ("look", "why", "try", "code", "data", "check")),
    Lesson("stability", stability.StabilityScene(), stability.PRESETS, ("why", "view", "try", "code", "data")),
)
BY_NAME = {lesson.name: lesson for lesson in LESSONS}


def assert_broken_parts_are_said(
    lesson: str, address: Address, expected: Sequence[tuple[str, str]], language: str
) -> None:
    """Open a broken address: one sentence for each wrong part, which holds `part` and ends with what is shown instead.

    `expected` lists (part, instead) in the order they are said; an empty `instead` is not looked for.
    """
    app = opened(lesson, {"lang": language} | address)
    assert_whole(app, lesson, language)
    (warning,) = app.warning
    heading, blank, *lines = warning.value.split("\n")
    assert (heading, blank) == (words(language).w("problem.heading"), "")
    scene, problems = from_address(address, BY_NAME[lesson].base)
    assert len(lines) == len(expected) == len(problems)
    if language == "zh":  # pydantic's own words never come through
        assert not any(word in warning.value for word in ("should", "Input", "valid ", "must be"))
    for line, (part, instead), problem in zip(lines, expected, problems, strict=True):
        assert line.startswith("- ") and part.replace("_", "\\_") in line and len(line) < 500
        assert line.endswith(shown_instead(instead, language, isinstance(value_at(scene, problem.path), Spec)))
