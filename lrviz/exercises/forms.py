"""What an exercise is, in each of its forms: a scene, an answer that is computed from it, and a judge of others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from lrviz.spec import Spec

Array = npt.NDArray[np.float64]
S = TypeVar("S", bound=Spec)
Facts = Mapping[str, object]
"""Numbers for the words of an exercise."""
ROUNDING = 1e-9
"""How far, as a share of it, a number may be off an exact one: what rounding does."""
ALIKE = 0.005
"""How far, as a share of it, a number may be off a known mistake to be taken for it."""


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer: "solved", the name of the mistake that was made, or in which direction it is off."""

    code: str
    values: Facts = field(default_factory=dict)

    @property
    def solved(self) -> bool:
        """Whether the answer is right."""
        return self.code == "solved"


def nothing(_: Any) -> Facts:
    """Return no numbers."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Exercise(Generic[S]):
    """A task on a lesson's scene. `facts` computes the numbers in its words; nothing about its answer is typed.

    `traps` are the answers of known mistakes; each has a hint of its own, under its name. `start` is what is there
    before anything is answered, and never right. What is computed is computed once, as it is the same for everybody.
    Where a worker has to run the scene, `target` names its function and `question` what that is given.
    """

    form: ClassVar[str]
    id: str
    lesson: str
    scene: S
    facts: Callable[[S], Facts] = nothing
    target: str = ""
    question: Callable[[S], Any] | None = None

    @property
    def start(self) -> Any:
        """What is there before anything is answered."""
        return None

    @cached_property
    def solution(self) -> Any:
        """A right answer."""
        raise NotImplementedError

    @cached_property
    def traps(self) -> Mapping[str, Any]:
        """The wrong answer of every mistake that has a hint."""
        raise NotImplementedError

    def judge(self, given: Any, result: Any = None) -> Verdict:
        """Say what is right or wrong about an answer; `result` is what a worker made of it, where it is asked."""
        raise NotImplementedError

    def shown(self, given: Any) -> Spec | None:
        """Return the scene that shows an answer; None where there is nothing to see before it is right."""
        raise NotImplementedError

    @cached_property
    def told(self) -> Facts:
        """The numbers of its words, those of the right answer among them."""
        return self.facts(self.scene)


@dataclass(frozen=True, kw_only=True)
class Number(Exercise[S]):
    """A number is asked for: `right` computes it, `room` how far off one may be, `wrong` what mistakes lead to.

    `put` makes the scene that shows the learner's own number; without it the picture would tell, and waits.
    """

    form: ClassVar[str] = "number"
    right: Callable[[S], float]
    wrong: Mapping[str, Callable[[S], float]]
    room: Callable[[S], float] = lambda _: 0.0
    put: Callable[[S, float], Spec] | None = None

    @cached_property
    def solution(self) -> float:
        return self.right(self.scene)

    @cached_property
    def traps(self) -> Mapping[str, float]:
        return {name: wrong(self.scene) for name, wrong in self.wrong.items()}

    def judge(self, given: float | None, result: Any = None) -> Verdict:
        if given is None or not np.isfinite(given):
            return Verdict("no_number")
        right = self.solution
        if abs(given - right) <= max(self.room(self.scene), ROUNDING * abs(right)):
            return Verdict("solved", {"given": given})
        near = [name for name, wrong in self.traps.items() if _looks_like(given, wrong, right)]
        if near:
            return Verdict(min(near, key=lambda name: abs(given - self.traps[name])), {"given": given})
        return Verdict("too_small" if given < right else "too_large", {"given": given})

    def shown(self, given: float | None) -> Spec | None:
        if self.put is None or given is None:
            return self.scene if given is not None and self.judge(given).solved else None
        try:
            return self.put(self.scene, given)
        except ValueError:  # a number that the scene cannot have is judged all the same
            return None

    @cached_property
    def told(self) -> Facts:
        return {"answer": self.solution, "room": self.room(self.scene)} | dict(self.facts(self.scene))


def _looks_like(given: float, wrong: float, right: float) -> bool:
    """Say whether a number is taken for a known mistake: near it, and nearer than the right one is."""
    return abs(given - wrong) <= min(ALIKE * abs(wrong), abs(wrong - right) / 2) + ROUNDING


@dataclass(frozen=True, kw_only=True)
class Choose(Exercise[S]):
    """One of several answers is right: the one that `right` computes; every other one is a trap.

    With `scenes` there is something to look at first, one picture each; without, the picture waits for the answer.
    """

    form: ClassVar[str] = "choose"
    options: tuple[str, ...]
    right: Callable[[S], str]
    scenes: Callable[[S], Mapping[str, Spec]] | None = None

    @cached_property
    def solution(self) -> str:
        return self.right(self.scene)

    @cached_property
    def traps(self) -> Mapping[str, str]:
        return {option: option for option in self.options if option != self.solution}

    def judge(self, given: str | None, result: Any = None) -> Verdict:
        if given not in self.options:
            return Verdict("no_choice")
        return Verdict("solved" if given == self.solution else str(given))

    def shown(self, given: str | None) -> Spec | None:
        return None if given is None and self.scenes is None else self.scene


@dataclass(frozen=True, kw_only=True)
class Click(Exercise[S]):
    """A place on the picture is asked for: `judged` names what is there, `right` finds one, `wrong` the mistakes'.

    `put` makes the scene that a place leads to, `before` the one that shows no more than the place, if there is one.
    """

    form: ClassVar[str] = "click"
    judged: Callable[[S, float, float], Verdict]
    right: Callable[[S], tuple[float, float]]
    wrong: Mapping[str, Callable[[S], tuple[float, float]]]
    put: Callable[[S, float, float], Spec] = lambda scene, *_: scene
    before: Callable[[S, tuple[float, float] | None], Spec] = lambda scene, _: scene

    @cached_property
    def solution(self) -> tuple[float, float]:
        return self.right(self.scene)

    @cached_property
    def traps(self) -> Mapping[str, tuple[float, float]]:
        return {name: wrong(self.scene) for name, wrong in self.wrong.items()}

    def judge(self, given: tuple[float, float] | None, result: Any = None) -> Verdict:
        return Verdict("no_place") if given is None else self.judged(self.scene, *given)

    def shown(self, given: tuple[float, float] | None) -> Spec:
        return self.before(self.scene, None) if given is None else self.put(self.scene, *given)


@dataclass(frozen=True, kw_only=True)
class Knobs(Exercise[S]):
    """Some `fields` of the scene are to be set: `judged` names what the scene that results has come to.

    It is given the scene, and a worker's answer where one is asked.
    """

    form: ClassVar[str] = "knobs"
    fields: tuple[str, ...]
    judged: Callable[[S, Any], Verdict]
    right: Callable[[S], S]
    wrong: Mapping[str, Callable[[S], S]]

    @property
    def start(self) -> S:
        return self.scene

    @cached_property
    def solution(self) -> S:
        return self.right(self.scene)

    @cached_property
    def traps(self) -> Mapping[str, S]:
        return {name: wrong(self.scene) for name, wrong in self.wrong.items()}

    def judge(self, given: S, result: Any = None) -> Verdict:
        return self.judged(given, result)

    def shown(self, given: S) -> Spec:
        return given


@dataclass(frozen=True, kw_only=True)
class Draw(Knobs[S]):
    """A curve is to be drawn: the one field is its points."""

    form: ClassVar[str] = "draw"


@dataclass(frozen=True)
class Curves:
    """What is measured of a run: lines by name, over what and of what (names of axis words), from which x on."""

    lines: Mapping[str, Array]
    x: str
    y: str
    log: bool = False
    first: int = 0


@dataclass(frozen=True, kw_only=True)
class Bug(Exercise[S]):
    """A run broken on purpose: which of the `suspects` was it?

    `run` measures the scene's run with a bug in it, "" for none. The one that is looked for is `cause`; an answer is
    right when the run with that bug in it is, number by number, the one that was seen. `fix` is the line that mends it.
    """

    form: ClassVar[str] = "bug"
    cause: str
    suspects: tuple[str, ...]
    run: Callable[[S, str], Curves]
    fix: str

    @cached_property
    def solution(self) -> str:
        seen = self.run(self.scene, self.cause)
        return next(one for one in self.suspects if same(self.run(self.scene, one), seen))

    @cached_property
    def traps(self) -> Mapping[str, str]:
        return {one: one for one in self.suspects if one != self.solution}

    def judge(self, given: str | None, result: Any = None) -> Verdict:
        if given not in self.suspects:
            return Verdict("no_choice")
        return Verdict("solved" if given == self.solution else str(given))

    def shown(self, given: str | None) -> Spec:
        return self.scene


def same(one: Curves, other: Curves) -> bool:
    """Say whether two runs were the same, number by number."""
    return all(np.array_equal(one.lines[name], other.lines[name], equal_nan=True) for name in one.lines)


def longest(holds: npt.ArrayLike) -> tuple[int, int]:
    """Return the first and the last index of the longest stretch that holds; raises ValueError where nothing does."""
    edges = np.flatnonzero(np.diff(np.r_[False, holds, False].astype(int))).reshape(-1, 2)
    first, end = max(edges, key=lambda pair: pair[1] - pair[0])
    return int(first), int(end - 1)
