"""The front door: what moves, where each kind of reader begins, the first course, every lesson by subject."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from lrviz.backprop import scene as backprop
from lrviz.batches import scene as batches
from lrviz.descend import parabola, race, regimes, rules
from lrviz.descend.regime_map import regime_map
from lrviz.figures import miniatures
from lrviz.figures.strokes import Shape, Window, around
from lrviz.figures.theme import ROLES
from lrviz.guide import scene as guide
from lrviz.guide.curves import curves
from lrviz.guide.rules import advise
from lrviz.layers import batchnorm_scene as batchnorm
from lrviz.layers import dropout_scene as dropout
from lrviz.layers.four_steps import FourSteps
from lrviz.schedules import scene as schedules
from lrviz.schedules.overlay import overlay
from lrviz.smoothing import scene as smoothing
from lrviz.text import Words, prose
from lrviz.train import demo
from lrviz.train.scene import TrainScene
from lrviz.train.training import data_of
from lrviz.train.waves import CosineMap, cosine_map
from lrviz.ui import frame
from lrviz.ui.demonstration import Panel, demonstration
from lrviz.ui.gallery import Card, gallery
from lrviz.ui.pages import PAGES

PAGE = "page.home"
COURSE: Mapping[str, int] = {"parabola": 10, "schedules": 10, "race": 10, "backprop": 10, "train": 10, "sweep": 10}
"""The lessons of the first course, an hour in all, with their minutes."""
READERS: Mapping[str, Sequence[str]] = {
    "teacher": ("parabola", "race", "teach"),
    "learner": ("parabola", "backprop", "exercises"),
    "engineer": ("guide", "finder", "sweep"),
}
"""Where each kind of reader begins."""
CELLS, TRAIL, START = 40, 6, 0.4
MADE: Mapping[str, Callable[[], list[Shape]]] = {
    "guide": lambda: miniatures.advice(curves(advise(guide.PRESETS["forecast"]))),
    "schedules": lambda: miniatures.rates(overlay(schedules.SchedulesScene())),
    "parabola": lambda: miniatures.walk(parabola.walk(parabola.PRESETS["lr02"])),
    "rules": lambda: miniatures.rules(rules.worked(rules.RulesScene())),
    "race": lambda: miniatures.race(race.race(race.RaceScene())),
    "regimes": lambda: miniatures.regimes(regime_map(regimes.RegimesScene().but(cells=CELLS))),
    "smoothing": lambda: miniatures.average(_smoothed(smoothing.SmoothingScene())),
    "batches": lambda: miniatures.batches(batches.paths(batches.BatchesScene())),
    "backprop": lambda: miniatures.backprop(backprop.worked(backprop.BackpropScene())),
    "dropout": lambda: miniatures.dropout(dropout.layer(dropout.DropoutScene())),
    "batchnorm": lambda: miniatures.batchnorm(FourSteps(batchnorm.BatchNormScene())),
    "train": lambda: miniatures.points(data_of(TrainScene().training.task)),
    "finder": list,
    "sweep": list,
    "stability": lambda: miniatures.boundary(cosine_map(CosineMap(), CELLS)),
}
"""How the picture of each lesson is made."""
TRAINED: Mapping[str, str] = {"train": "demonstration", "finder": "finder", "sweep": "sweep"}
"""The lessons whose picture is of real nets, and which of the worker's answers (lrviz.train.glimpse) holds it."""


@cache
def picture(lesson: str) -> tuple[Shape, ...]:
    """Return a lesson's miniature, computed once a server."""
    return tuple(MADE[lesson]())


def _smoothed(scene: smoothing.SmoothingScene) -> smoothing.Smoothed:
    found = smoothing.measured(scene.series)
    assert found is not None
    return smoothing.Smoothed(scene, found)


# --------------------------------------------------------------------------------------------------- what moves


def moving(words: Words) -> None:
    """Show one schedule at work: its curve, the descent it drives, and the real net it trains."""
    rates = demo.SCHEDULE.table(demo.STEPS)
    demonstration(_panels(rates, words), rates.tolist(), key="demonstration", words=words.group(f"{PAGE}.moving"))


def _panels(rates: np.ndarray, words: Words) -> list[Panel]:
    walk = parabola.walk(parabola.ParabolaScene(schedule=demo.SCHEDULE, steps=demo.STEPS, start=START))
    reach = 1.25 * float(np.abs(walk.x).max())
    x = np.linspace(-reach, reach, 60)
    y = walk.scene.surface(x[:, None])
    plane, plot = Window((-reach, reach), (0.0, float(y.max()))), Window((0, demo.STEPS), around(rates, np.zeros(1)))
    bound = plot.line(np.array([0, demo.STEPS]), np.full(2, walk.bound or np.nan), "@line", 1)
    panel = partial(_panel, words)
    return [
        panel(
            "schedule", [replace(bound, dash="3 3")], plot.places(np.arange(len(rates)), rates), ROLES["learning_rate"]
        ),
        panel("descent", [plane.line(x, y, "@line", 1.5)], plane.places(walk.x, walk.loss), ROLES["update"], TRAIL),
        panel("net", [], np.zeros((0, 2)), ROLES["training_loss"]),
    ]


def _panel(words: Words, name: str, shapes: list[Shape], places: np.ndarray, color: str, trail: int = 0) -> Panel:
    title, sentence = words.w(f"{PAGE}.moving.{name}.title"), words.w(f"{PAGE}.moving.{name}.sentence")
    return Panel(title, sentence, shapes, np.round(places, 1).tolist(), color, trail)


def proof(words: Words) -> None:
    """Say why any of it can be trusted."""
    st.markdown(prose(words.language, "home")["welcome"])


# --------------------------------------------------------------------------------------------------- ways in


def readers(words: Words) -> None:
    """Say where each kind of reader begins."""
    for column, (reader, lessons) in zip(st.columns(len(READERS)), READERS.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{words.w(f'{PAGE}.reader.{reader}.title')}**")
            st.markdown(words.w(f"{PAGE}.reader.{reader}.sentence"))
            for name in lessons:
                entry = next(entry for entry in frame.ENTRIES if entry.name == name)
                st.page_link(PAGES / f"{name}.py", label=words.w(f"page.{name}.title"), icon=entry.icon)


def course(words: Words) -> None:
    """Show the lessons of the first course in their order."""
    st.header(words.w(f"{PAGE}.course.heading"), anchor=False)
    st.markdown(words.w(f"{PAGE}.course.sentence", minutes=sum(COURSE.values())))
    _cards("course", COURSE, words.w(f"{PAGE}.course.heading"), words, numbered=True)


def subjects(words: Words) -> None:
    """Show every lesson under its subject."""
    st.header(words.w(f"{PAGE}.subjects.heading"), anchor=False)
    for group in dict.fromkeys(entry.group for entry in frame.ENTRIES):
        names = [entry.name for entry in frame.ENTRIES if entry.group == group and entry.name in MADE]
        if names:
            st.subheader(words.w(f"nav.{group}"), anchor=False)
            _cards(group, dict.fromkeys(names, 0), words.w(f"nav.{group}"), words)


def _cards(key: str, minutes: Mapping[str, int], label: str, words: Words, *, numbered: bool = False) -> None:
    """Show cards of lessons; one that is pressed opens in place, in this language."""
    lang = urlencode({frame.LANGUAGE: words.language})
    cards = [
        Card(
            name,
            f"{name}?{lang}",
            words.w(f"page.{name}.title"),
            words.w(f"page.{name}.claim"),
            words.w(f"{PAGE}.course.minutes", minutes=count) if count else "",
            TRAINED.get(name, ""),
        )
        for name, count in minutes.items()
    ]
    pictures = {name: picture(name) for name in minutes}
    gallery(cards, pictures, key=f"cards {key}", label=label, on_open=_open, numbered=numbered)


def _open(name: str) -> None:
    st.session_state["home opens"] = name


def opened() -> None:
    """Go where a pressed card leads."""
    if name := st.session_state.pop("home opens", None):
        st.switch_page(PAGES / f"{name}.py")
