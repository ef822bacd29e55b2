"""A Spec as a form: one control a field, each a view of the scene that tells the desk when it is touched."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from lrviz.handout import OWN_DATA
from lrviz.schedules import ScheduleSpec, fitted
from lrviz.spec import (
    Knob,
    Spec,
    alike,
    choices_of,
    fields_of,
    holds_many,
    kind_of,
    knob_of,
    problem_of,
    value_at,
    with_value,
)
from lrviz.text import Words
from lrviz.ui.fields import lengths_of, options_of_many, width_of
from lrviz.ui.knob import Band, Mark, knob
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk
from lrviz.ui.problems import as_text, sentence
from lrviz.ui.sketch import sketch

Change = Callable[[Any], Spec]
ROOM = 36
"""About how many letters fit side by side in the narrow column."""


@dataclass(frozen=True)
class Look:
    """How one knob differs from what its field says: its range, a ruler behind it, what None stands for."""

    span: Knob | None = None
    bands: Sequence[Band] = ()
    marks: Sequence[Mark] = ()
    instead: float | None = None


@dataclass(frozen=True)
class Form:
    """Draws fields of the Spec at a dotted path of a desk's scene, in the words of one language.

    While a knob turns, only the part of the page it stands in is drawn again, and the parts named in `answering`, for
    which the form must name its own `part`; once it rests, all of the page is.
    """

    desk: Desk[Any]
    words: Words
    part: str = ""
    answering: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def without(self, *paths: str) -> "Form":
        """Return the form that leaves out the fields at these paths, because they stand elsewhere."""
        return replace(self, elsewhere=paths)

    def fields(self, path: str) -> None:
        """Draw every field of the Spec at `path` but those that stand elsewhere."""
        for name, info in fields_of(value_at(self.desk.scene, path)):
            if f"{path}.{name}" not in self.elsewhere:
                self.field(f"{path}.{name}", info)

    def at(self, path: str, *, headline: bool = False, quiet: bool = False, look: "Look | None" = None) -> None:
        """Draw the field at a dotted path, wherever in the scene it is."""
        parent, _, name = path.rpartition(".")
        owner = value_at(self.desk.scene, parent) if parent else self.desk.scene
        self.field(path, type(owner).model_fields[name], headline=headline, quiet=quiet, look=look)

    def field(
        self, path: str, info: FieldInfo, *, headline: bool = False, quiet: bool = False, look: "Look | None" = None
    ) -> None:
        """Draw one field with the control that suits its type; a quiet one hides its label from the eye alone."""
        if headline:
            self.desk.lead(path)
        value = value_at(self.desk.scene, path)
        if value is None and look is not None:
            value = look.instead
        if not self.desk.sees(path) and not choices_of(info.annotation):
            return
        if choices_of(info.annotation):
            self._parts(path, info) if holds_many(info.annotation) else self._choice(path, info)
        elif isinstance(value, bool):
            self._switch(path, value)
        elif get_origin(info.annotation) is Literal:
            self._options(path, str(value), get_args(info.annotation), quiet)
        elif options := options_of_many(info.annotation):
            self._several(path, value, options)
        elif isinstance(value, int | float):
            self._knob(path, info, value, headline, look or Look())
        else:
            self._pad(path, value)
            self._text(path, value)

    # ------------------------------------------------------------------------------------------------- words

    def _owner(self, path: str) -> tuple[str, str]:
        parent, _, name = path.rpartition(".")
        owner = value_at(self.desk.scene, parent) if parent else self.desk.scene
        return self._owner(parent) if isinstance(owner, tuple) else (kind_of(owner), name)

    def label(self, path: str) -> str:
        """Return the label of the field at a path."""
        return self.words.label(*self._owner(path))

    def help(self, path: str) -> str:
        """Return what the field at a path does."""
        return self.words.help(*self._owner(path))

    def error(self, path: str) -> str:
        """Return why the text last typed at a path was not taken, or nothing."""
        problem = self.desk.error(path)
        return sentence(self.words, problem, self.desk.scene) if problem else ""

    # ---------------------------------------------------------------------------------------------- controls

    def _knob(self, path: str, info: FieldInfo, value: float, headline: bool, look: "Look") -> None:
        span = look.span or knob_of(info) or Knob(0, max(1.0, 2 * float(value)))
        parent, _, name = path.rpartition(".")
        owner = value_at(self.desk.scene, parent) if parent else self.desk.scene
        idle, default = name in owner.idle, type(owner).model_fields[name].default
        default = value_at(self.desk.base, path) if self.desk.handout else default
        default = look.instead if default is None else default
        knob(
            self.label(path),
            value,
            key=self._key("knob", path, headline),
            low=span.low,
            high=span.high,
            scale=span.scale,
            integer=info.annotation is int,
            default=default,
            help=self.words.w("form.idle") if idle else self.help(path),
            disabled=idle or self.desk.is_locked(path),
            error=self.error(path),
            headline=headline,
            words=self.words.group("knob"),
            on_turn=partial(self._turn, path),
            bands=look.bands,
            marks=look.marks,
        )

    def _turn(self, path: str, text: str, done: bool) -> None:
        self.desk.type(path, text, settled=done)
        if done:
            st.rerun()
        if self.answering:
            st.rerun([self.part, *self.answering])

    def _switch(self, path: str, value: bool) -> None:
        key = self._show("switch", path, value)
        st.toggle(self.label(path), key=key, **self._usual(path), on_change=self._take, args=(key, path))

    def _options(self, path: str, value: str, options: tuple[str, ...], quiet: bool) -> None:
        """Draw a choice: side by side where the words are short enough, else as a list to open."""
        key, (kind, name) = self._show("option", path, value), self._owner(path)
        options = self.desk.possible(path, options)
        said = {option: self.words.option(kind, name, option) for option in options}
        choose = (
            partial(st.segmented_control, required=True)
            if sum(width_of(text) + 3 for text in said.values()) < ROOM
            else st.selectbox
        )
        choose(
            self.label(path),
            options,
            key=key,
            format_func=lambda option: said[option],
            help=None if quiet else self.help(path),
            disabled=self.desk.is_locked(path),
            label_visibility="collapsed" if quiet else "visible",
            on_change=self._take,
            args=(key, path),
        )

    def _several(self, path: str, values: Any, options: tuple[str, ...]) -> None:
        """Draw a choice of several: those that are lit, in the order in which they stand."""
        key, (kind, name) = self._show("several", path, list(values)), self._owner(path)

        def take() -> None:
            chosen = st.session_state[key]
            self.desk.type(path, as_text(tuple(option for option in options if option in chosen)))
            st.rerun()

        st.pills(
            self.label(path),
            options,
            selection_mode="multi",
            key=key,
            format_func=lambda option: self.words.option_or_kind(kind, name, option),
            **self._usual(path),
            on_change=take,
        )
        self._refusal(path)

    def _text(self, path: str, value: object) -> None:
        key = self._show("text", path, as_text(value))
        st.text_input(self.label(path), key=key, **self._usual(path), on_change=self._take, args=(key, path))
        self._refusal(path)

    def _pad(self, path: str, value: object) -> None:
        """Draw the pad for a curve through points; other fields have none."""
        if not (isinstance(value, tuple) and value and isinstance(value[0], tuple)) or self.desk.is_locked(path):
            return
        kind, _ = self._owner(path)
        owner = value_at(self.desk.scene, path.rpartition(".")[0])
        sketch(
            value,
            key=self._key("pad", path),
            label=self.words.w(f"pad.{kind}.label"),
            x_label=self.words.w(f"pad.{kind}.x"),
            y_label=self.words.w(f"pad.{kind}.y"),
            x_range=(0, max(getattr(self.desk.scene, "steps", 0) - 1, value[-1][0])),
            y_range=(0, 1.25 * max(y for _, y in value) or 1),
            x_step=1,
            interpolation=getattr(owner, "interpolation", "linear"),
            on_draw=partial(self._draw, path),
            words=self.words.group("sketch"),
            color="@accent",
        )

    def _choice(self, path: str, info: FieldInfo) -> None:
        self.kind(path, choices_of(info.annotation))
        if not self.desk.sees(path):
            self.fields(path)
            return
        with st.container(border=self.desk.handout is None, gap="small"):
            self.fields(path)

    def kind(
        self, path: str, choices: tuple[type[Spec], ...], *, label: str = "", change: Change | None = None
    ) -> None:
        """Draw the choice of which kind of Spec stands at a path; a new one keeps what still makes sense of the old.

        `change` makes the scene that has the new one, where more in it has to follow.
        """
        if not self.desk.sees(path) or (self.desk.handout and len(choices) == 1):
            return
        now, left_out = kind_of(value_at(self.desk.scene, path)), OWN_DATA if self.desk.handout else ()
        by_kind = {kind: cls for cls in choices if (kind := kind_of(cls)) == now or kind not in left_out}
        key = self._show("kind", path, now)

        def take() -> None:
            if (chosen := by_kind.get(st.session_state[key])) is not None:
                self.change(path, kind_of(chosen), lambda: put(self._instead(path, chosen)))
            st.rerun()

        put = change or (lambda new: with_value(self.desk.scene, path, new))
        st.selectbox(
            label or self.label(path),
            by_kind,
            key=key,
            format_func=self.words.kind,
            disabled=self.desk.is_locked(path),
            on_change=take,
        )
        self._refusal(path)

    def change(self, path: str, given: str, made: Callable[[], Spec]) -> None:
        """Make what comes of a choice at a path the page's scene; where it does not go with the rest, say why."""
        try:
            self.desk.put(made())
        except ValidationError as error:
            self.desk.put(self.desk.scene, errors={path: problem_of(error, path, given)})

    def _refusal(self, path: str) -> None:
        if error := self.error(path):
            st.error(plain(error), icon=":material/error:")

    def _instead(self, path: str, chosen: type[Spec]) -> Spec:
        old = value_at(self.desk.scene, path)
        if isinstance(old, ScheduleSpec) and issubclass(chosen, ScheduleSpec):
            return fitted(chosen, old, getattr(self.desk.scene, "steps", 200))
        return alike(chosen, old)

    def _parts(self, path: str, info: FieldInfo) -> None:
        parent, count = path.rpartition(".")[0], len(value_at(self.desk.scene, path))
        if not self.desk.sees(path):
            for i in range(count):
                self.fields(f"{path}.{i}")
            return
        (fewest, most), given = lengths_of(info), not parent or self.desk.is_locked(path)
        st.caption(self.label(path), help=self.help(path))
        for i in range(count):
            here, remove = f"{path}.{i}", partial(self._replace, parent, lambda owner, i=i: owner.without_part(i))
            with st.container(border=True, gap="small"):
                if not parent:
                    st.caption(f"{plain(self.label(path))} {i + 1}")
                self.kind(here, choices_of(info.annotation), label=self.words.w("form.part", index=i + 1))
                self.fields(here)
                if not given:
                    self._act(
                        f"remove {here}", "form.remove_part", ":material/close:", count > fewest, remove, index=i + 1
                    )
        if given:
            return
        self._act(f"add {path}", "form.add_part", ":material/add:", count < most, partial(self._replace, parent, _add))

    def _act(self, key: str, words: str, icon: str, possible: bool, act: Callable[[], None], **values: object) -> None:
        label = self.words.w(words, **values)
        st.button(label, key=key, icon=icon, type="tertiary", disabled=not possible, on_click=act)

    def _replace(self, path: str, change: Callable[[Any], Spec]) -> None:
        with suppress(ValueError):  # there may be no room for another part within the longest run
            self.desk.put(with_value(self.desk.scene, path, change(value_at(self.desk.scene, path))))
        st.rerun()

    # ---------------------------------------------------------------------------------- widgets as views of the scene

    def _usual(self, path: str) -> dict[str, Any]:
        """Return what every widget of a field has: what it does, and whether a teacher locked it."""
        return {"help": self.help(path), "disabled": self.desk.is_locked(path)}

    def _key(self, control: str, path: str, headline: bool = False) -> str:
        # The kind is part of the key: two kinds may have one field name with different types. So is the language: a
        # browser answers a choice with the words it was shown.
        name = f"{control} {self.words.language} {path} {self._owner(path)[0]}{' headline' * headline}"
        return self.desk.named(name)

    def _show(self, control: str, path: str, value: object) -> str:
        key = self._key(control, path)
        refused = self.desk.error(path)
        if refused and key not in st.session_state:
            st.session_state[key] = refused.given
        elif not refused and st.session_state.get(key) != value:
            st.session_state[key] = value
        return key

    def _take(self, key: str, path: str) -> None:
        self.desk.type(path, as_text(st.session_state[key]))
        st.rerun()

    def _draw(self, path: str, points: tuple[tuple[float, float], ...]) -> None:
        self.desk.type(path, as_text(tuple((round(x), float(f"{y:.4g}")) for x, y in points)))
        st.rerun()


def _add(owner: Any) -> Spec:
    return owner.with_part()
