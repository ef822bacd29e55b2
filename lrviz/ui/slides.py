"""The slides of a lesson: its worked examples in their order, and before them what was open when presenting began."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from lrviz.spec import Spec

S = TypeVar("S", bound=Spec)
OWN = ""
"""The name of the slide that is no worked example."""


@dataclass(frozen=True)
class Slides(Generic[S]):
    """The worked examples by name, the scene that was open first if it is none of them, and which slide is open."""

    scenes: Mapping[str, S]
    own: S | None
    at: str

    @property
    def names(self) -> tuple[str, ...]:
        """All slides in their order."""
        return (*([] if self.own is None else [OWN]), *self.scenes)

    @property
    def index(self) -> int:
        """Where the open slide stands among them, from 0."""
        return self.names.index(self.at)

    @property
    def number(self) -> int:
        """What the open slide is counted as: the worked examples from 1, one's own settings 0."""
        return self.index + (self.own is None)

    @property
    def scene(self) -> S | None:
        """The scene the open slide began with."""
        return self.own if self.at == OWN else self.scenes[self.at]

    def to(self, index: int) -> "Slides[S]":
        """Return them with another slide open; -1 is the last."""
        return replace(self, at=self.names[index])


def begun(scenes: Mapping[str, S], scene: S) -> Slides[S]:
    """Return the slides with the scene that is open as the open one."""
    name = next((name for name, one in scenes.items() if one == scene), OWN)
    return Slides(scenes, None if name else scene, name)


def resumed(kept: Slides[S] | None, scenes: Mapping[str, S], scene: S, *, turned: bool) -> Slides[S]:
    """Return the slides as they stand: a knob that was `turned` leaves the slide, an address may open another one."""
    if kept is None or kept.at not in (OWN, *scenes):
        return begun(scenes, scene)
    kept = replace(kept, scenes=scenes)
    elsewhere = begun(scenes, scene)
    return kept if turned or elsewhere.at == OWN or kept.scene == scene else replace(kept, at=elsewhere.at)
