"""A lesson that a teacher hands out: a scene of one lesson, the knobs that may be turned, a text, and exercises.

`link` writes it as a part of an address, `file` as YAML, `pins` sees to it that the answers do not drift.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lrviz.backprop.scene import BackpropScene
from lrviz.batches.scene import BatchesScene
from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.regimes import RegimesScene
from lrviz.descend.rules import RulesScene
from lrviz.handout.paths import covered, paths_of
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.dropout_scene import DropoutScene
from lrviz.schedules.scene import SchedulesScene
from lrviz.smoothing.scene import SmoothingScene
from lrviz.spec import PRINTABLE, Spec, choices_of, kind_of, refuse, value_at
from lrviz.train.finder import FinderScene
from lrviz.train.scene import TrainScene
from lrviz.train.stability import StabilityScene
from lrviz.train.sweep import SweepScene

LONGEST_TITLE = 80
LONGEST_TEXT = 800
MOST_KNOBS = 40
MOST_EXERCISES = 6
Path = Annotated[str, Field(max_length=120, pattern=r"^\w+(\.\w+)*$")]
"""A dotted path of the scene."""
Pinned = Annotated[str, Field(max_length=120, pattern=r"^\w+(@[0-9a-f]{8})?$")]
"""An exercise, by its id, and after an @ the print of its answer."""
Scene = (
    SchedulesScene | ParabolaScene | RulesScene | RaceScene | RegimesScene | SmoothingScene | BatchesScene
    | BackpropScene | DropoutScene | BatchNormScene | TrainScene | FinderScene | SweepScene | StabilityScene
)  # fmt: skip
LOOKS = {
    "schedules": ("open",),
    "rules": ("step",),
    "race": ("open",),
    "regimes": ("across_low", "across_high", "up_low", "up_high"),
    "smoothing": ("point",),
    "backprop": ("done", "stage", "chosen"),
    "dropout": ("unit",),
    "train": ("speed",),
    "stability": ("rates.across_low", "rates.across_high", "rates.up_low", "rates.up_high"),
}
"""What only says where one looks, by lesson: no lesson that is handed out locks it."""
OWN_DATA = ("uploaded", "own")
"""The kinds of Specs that show what a visitor's own session holds, and no link can carry."""


class Sheet(Spec):
    """What a teacher says in one language: a title and a text, which may be several paragraphs."""

    kind: Literal["sheet"] = "sheet"
    title: Annotated[str, Field(max_length=LONGEST_TITLE, pattern=PRINTABLE)] = ""
    text: Annotated[str, Field(max_length=LONGEST_TEXT, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")] = ""


class Handout(Spec):
    """A lesson to hand out.

    Of the scene's fields those in `free` may be turned and those in `locked` are seen; all others are neither. A path
    stands for everything below it. `explained`: whether the lesson's own explanations come with it;
    `made_with`: the version of lrviz that made it.
    """

    kind: Literal["handout"] = "handout"
    scene: Annotated[Scene, Field(discriminator="kind")] = ParabolaScene()
    free: Annotated[tuple[Path, ...], Field(max_length=MOST_KNOBS)] = ()
    locked: Annotated[tuple[Path, ...], Field(max_length=MOST_KNOBS)] = ()
    exercises: Annotated[tuple[Pinned, ...], Field(max_length=MOST_EXERCISES)] = ()
    explained: bool = True
    made_with: Annotated[str, Field(max_length=20, pattern=r"^[\w.+-]*$")] = ""
    en: Sheet = Sheet()
    zh: Sheet = Sheet()

    @model_validator(mode="after")
    def _names_what_there_is(self) -> "Handout":
        known = set(paths_of(self.scene))
        for name in ("free", "locked"):
            for path in getattr(self, name):
                if path not in known:
                    raise refuse("no_such_knob", name, knob=path, lesson=self.lesson)
        return self

    @property
    def lesson(self) -> str:
        """The lesson it is of."""
        return kind_of(self.scene)

    def is_free(self, path: str) -> bool:
        """Say whether what stands at a path of the scene may be changed."""
        return covered(path, self.free) or covered(path, LOOKS.get(self.lesson, ()))

    def is_seen(self, path: str) -> bool:
        """Say whether a knob for what stands at a path is to be seen, to be turned or not."""
        return covered(path, self.free) or covered(path, self.locked)

    @property
    def knobs(self) -> tuple[str, ...]:
        """The paths whose knobs are seen: those to be turned first."""
        return (*self.free, *(path for path in self.locked if not covered(path, self.free)))

    def on(self, scene: Spec) -> "Handout":
        """Return the same with another scene: of its knobs what still fits, and of another lesson no exercises."""
        if kind_of(scene) != self.lesson:
            return self.but(scene=scene, free=(), locked=(), exercises=())
        known = set(paths_of(scene))
        free, locked = (tuple(path for path in paths if path in known) for paths in (self.free, self.locked))
        return self.but(scene=scene, free=free, locked=locked)

    @property
    def turnable(self) -> tuple[str, ...]:
        """Every path of the scene that a teacher may leave to turn or lock."""
        looks = LOOKS.get(self.lesson, ())
        return tuple(path for path in paths_of(self.scene) if not covered(path, looks))

    def sheet(self, language: str) -> Sheet:
        """Return what is said in a language; where that is nothing, what is said in another."""
        own: Sheet = getattr(self, language)
        return own if own != Sheet() else next((s for s in (self.en, self.zh) if s != Sheet()), own)


DRAFT = Handout(free=("schedule.lr",))
"""What a teacher begins with."""
SCENES: dict[str, type[Spec]] = {kind_of(cls): cls for cls in choices_of(Handout.model_fields["scene"].annotation)}
"""The scene of every lesson that can be handed out, by the lesson's name."""


def shows_own_data(scene: Spec) -> bool:
    """Say whether something in a scene is data that only a visitor's own session holds."""
    found = (value_at(scene, path) for path in paths_of(scene))
    return any(isinstance(one, Spec) and kind_of(one) in OWN_DATA for one in found)


def scene_of(lesson: str) -> Any:
    """Return a lesson's scene as its empty address shows it."""
    return SCENES[lesson]()
