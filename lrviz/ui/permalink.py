"""A page's scene: kept in the session, written to the address, taken from it, and undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from lrviz.handout import Handout
from lrviz.handout.paths import changed
from lrviz.spec import Problem, Spec, from_address, kind_of, to_address
from lrviz.ui.handed import HANDOUT, handed, handed_text

LANGUAGE = "lang"
JOB = "job"
MODE = "as"
BESIDE = (LANGUAGE, JOB, MODE, HANDOUT)
"""What stands in the address beside a scene."""
MOST_UNDO = 50
SHOWN_JOB = "job shown"
TOUCHED = "touched"
OWN_RUN = "own run"
REFUSED = "locked field touched"
NO_ERRORS: Mapping[str, Problem] = {}

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Desk(Generic[S]):
    """The one place where a page's scene lives: `default` is what an empty address means, where nothing is handed out.

    A lesson that is handed out has scenes of its own, which begin with the teacher's.
    """

    lesson: str
    default: S

    @property
    def handout(self) -> Handout | None:
        """What a teacher handed out, where this page shows it."""
        return handed(self.lesson)

    @property
    def base(self) -> S:
        """What an empty address means."""
        return cast(S, self.handout.scene) if self.handout else self.default

    def named(self, widget: str) -> str:
        """Return a widget's key: its own on the lesson's page, another where the same is drawn once more beside it."""
        return widget if self.lesson == kind_of(self.default) else f"{self.lesson} {widget}"

    # ------------------------------------------------------------------------------------------- what is kept

    def _key(self, name: str) -> str:
        return f"{self.lesson} {name} {handed_text()}" if self.handout else f"{self.lesson} {name}"

    def _get(self, name: str, default: Any = None) -> Any:
        return st.session_state.get(self._key(name), default)

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            st.session_state[self._key(name)] = value

    @property
    def scene(self) -> S:
        """The scene as it stands, a turn in progress included."""
        return cast(S, self._get("scene", self.base))

    @property
    def problems(self) -> list[Problem]:
        """What the address asked for and could not have."""
        return self._get("problems", [])

    def error(self, path: str) -> Problem | None:
        """Return why the last text typed at a path was not taken, if it was not."""
        return self._get("errors", {}).get(path)

    @property
    def settled(self) -> S:
        """The scene as it last came to rest: what a knob that turns has not changed yet."""
        return cast(S, self._get("settled", self.base))

    @property
    def turning(self) -> bool:
        """Whether a knob is on its way: the scene as it stands has not settled."""
        return self.scene != self.settled

    # ------------------------------------------------------------------------------------------------ changes

    def put(self, scene: S, *, settled: bool = True, errors: Mapping[str, Problem] = NO_ERRORS) -> None:
        """Make a scene the page's; an unsettled one (a knob still turning) reaches neither address nor undo list.

        One that changes what a teacher locked changes nothing.
        """
        touch()
        if not self.allows(scene):
            st.session_state[REFUSED] = True
            return
        self._set(scene=scene, errors=dict(errors))
        if settled and scene != self._get("settled", self.base):
            self._remember()
            self._set(settled=scene, problems=[])

    def allows(self, scene: Spec) -> bool:
        """Say whether a scene differs from this one only in what may be changed here."""
        given = self.handout
        return given is None or all(given.is_free(path) for path in changed(scene, self.scene))

    def sees(self, path: str) -> bool:
        """Say whether a control for the field at a path is to be seen here."""
        return self.handout is None or self.handout.is_seen(path)

    def is_locked(self, path: str) -> bool:
        """Say whether a teacher locked the field at a path."""
        return self.handout is not None and not self.handout.is_free(path)

    def possible(self, path: str, options: tuple[str, ...]) -> tuple[str, ...]:
        """Return which of the choices at a path there are; of a lesson handed out those that go with what is locked."""
        if self.handout is None or self.is_locked(path):
            return options
        return tuple(option for option in options if not from_address({path: option}, self.scene)[1])

    @property
    def headline(self) -> str:
        """The path of the knob that is drawn above the picture, "" before one is."""
        return self._get("headline", "")

    def lead(self, path: str) -> None:
        """Note which knob is drawn above the picture."""
        self._set(headline=path)

    def type(self, path: str, text: str, *, settled: bool = True) -> None:
        """Take a typed value at a dotted path; one that can't be used changes nothing but that path's error."""
        scene, problems = from_address({path: text}, self.scene)
        errors = {p: e for p, e in self._get("errors", {}).items() if p != path}
        self.put(scene, settled=settled, errors=errors | ({path: problems[0]} if problems else {}))

    def _remember(self) -> None:
        past = [*self._get("past", []), self._get("settled", self.base)]
        self._set(past=past[-MOST_UNDO:])

    @property
    def can_undo(self) -> bool:
        """Whether there is a settled change to take back."""
        return bool(self._get("past", []))

    def undo(self) -> None:
        """Take the last settled change back."""
        past = self._get("past", [])
        if past:
            touch()
            self._set(scene=past[-1], settled=past[-1], past=past[:-1], errors={}, problems=[])

    # ------------------------------------------------------------------------------------------------ address

    def open(self) -> None:
        """Take the scene from the address where it changed behind our back: first visit, back, forward, a pasted link.

        A run that a change of ours started never reads the address: the browser may not have heard of the last one yet.
        Coming back from another page by the menu finds the scene as it was left.
        """
        here, came_back = _address(), st.session_state.get("came from") != st.session_state.get("page")
        known, touched = self._get("address"), is_own_run()
        if touched or here == known or (came_back and known is not None and not here):
            return
        scene, problems = self._read(here)
        if known is not None and scene != self._get("settled"):
            self._remember()
        self._set(scene=scene, settled=scene, problems=problems, errors={}, address=here)

    def _read(self, here: Mapping[str, str]) -> tuple[S, list[Problem]]:
        """Read an address; what it says of a locked field is left out, and reported."""
        given = self.handout
        free = {path: text for path, text in here.items() if given is None or given.is_free(path)}
        scene, problems = from_address(free, self.base)
        return scene, problems + [Problem(p, text, "locked") for p, text in here.items() if p not in free]

    def write(self) -> None:
        """Write what differs from the base to the address, once a change has settled."""
        wanted = to_address(self._get("settled", self.base), self.base)
        if self.problems:
            return
        self._set(address=wanted)
        if wanted != _address():
            st.query_params.from_dict(_beside() | wanted)


def touch() -> None:
    """Note, in a callback, that the run it starts is our own: its address may be older than what we last wrote."""
    st.session_state[TOUCHED] = True


def begin_run() -> None:
    """Take up the note at the start of a run, so that a run cut short does not hand it on to the next."""
    st.session_state[OWN_RUN] = st.session_state.pop(TOUCHED, False)
    st.session_state.pop(SHOWN_JOB, None)


def is_own_run() -> bool:
    """Say whether a change of ours started this run, and not Back, a link or the menu."""
    return st.session_state.get(OWN_RUN, False)


def _address() -> dict[str, str]:
    return {name: text for name, text in st.query_params.to_dict().items() if name not in BESIDE}


def without_handout(address: Mapping[str, str]) -> None:
    """Write an address that hands nothing out, at one stroke, so that Back leads to the one that did."""
    beside = {name: text for name, text in _beside().items() if name != HANDOUT}
    st.query_params.from_dict(beside | dict(address))


def shows(job: str) -> None:
    """Note which job the page shows in this run, so that an address it writes names that one and not the one before."""
    st.session_state[SHOWN_JOB] = job


def _beside() -> dict[str, str]:
    known = st.query_params.to_dict() | {JOB: st.session_state.get(SHOWN_JOB) or st.query_params.get(JOB, "")}
    return {name: text for name in BESIDE if (text := known.get(name))}
