"""The knobs of a lesson that is handed out: those the teacher left to turn, and those that are only seen."""

from typing import Any

import numpy as np
import streamlit as st

from lrviz.handout.paths import covered
from lrviz.spec import Knob, Spec, choices_of, kind_of, value_at
from lrviz.text import Words
from lrviz.ui import frame
from lrviz.ui.form import Form, Look
from lrviz.ui.handed import handed_here
from lrviz.ui.permalink import Desk
from lrviz.ui.problems import as_text

STARTS = {"start": 0, "start_x": 0, "start_y": 1}
"""Where a run begins, by the coordinate."""
MOST_COORDINATES = 2


def left(answering: tuple[str, ...]) -> None:
    """Draw them, but for the one that stands above the picture; the parts of the page named in `answering` follow."""
    handout = handed_here()
    assert handout is not None
    desk = Desk(handout.lesson, handout.scene)
    form = Form(desk, frame.words(), "form", answering).without(desk.headline)
    beside = {path: [other for other in handout.knobs if other != path] for path in handout.knobs}
    paths = [path for path, others in beside.items() if path != desk.headline and not covered(path, others)]
    if not paths:
        return
    with st.container(border=True, gap="small"):
        for path in paths:
            form.at(path, look=_start(desk.scene, path))


def _start(scene: Any, path: str) -> Look | None:
    """Return how the knob of a start looks, which is the surface's own where it says nothing; other knobs are usual."""
    place, begin = STARTS.get(path, MOST_COORDINATES), np.atleast_1d(getattr(scene, "begin", ()))
    if place >= len(begin):
        return None
    low, high = scene.surface.domain[place]
    return Look(span=Knob(low, high), instead=float(begin[place]))


def label(scene: Spec, path: str, words: Words) -> str:
    """Return what the knob at a path is called, with what it belongs to before it."""
    parts, above = path.split("."), scene
    said: list[str] = []
    for i, part in enumerate(parts):
        if isinstance(above, tuple):
            said[-1] = f"{said[-1]} {int(part) + 1}"
        else:
            said.append(words.label(kind_of(above), part))
        above = value_at(scene, ".".join(parts[: i + 1]))
    return " › ".join(said)


def value(scene: Spec, path: str, words: Words) -> str:
    """Return what stands at a path, for reading: a choice by its name, many Specs by how many they are.

    That is "" for a group that is always there: what stands in it has paths of its own.
    """
    found, (above, _, name) = value_at(scene, path), path.rpartition(".")
    owner = value_at(scene, above) if above else scene
    many = isinstance(found, tuple)
    if isinstance(found, Spec):
        return words.kind(kind_of(found)) if len(choices_of(type(owner).model_fields[name].annotation)) > 1 else ""
    if many and found and isinstance(found[0], Spec):
        return str(len(found))
    if isinstance(found, bool):
        return words.w(f"page.teach.switch.{'on' if found else 'off'}")
    if many and found and isinstance(found[0], str):
        return ", ".join(words.option_or_kind(kind_of(owner), name, one) for one in found)
    return _option(found, kind_of(owner), name, words) if isinstance(found, str) else as_text(found)


def _option(text: str, kind: str, name: str, words: Words) -> str:
    """Return the name of what may be a choice; any other text as it is."""
    own = any(words.has(f"{place}.{name}.options.{text}") for place in (f"kind.{kind}", "field"))
    return words.option(kind, name, text) if own else text
