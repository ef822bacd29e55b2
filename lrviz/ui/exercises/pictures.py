"""The picture of an exercise: its lesson's own of the scene, or the lines that were measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from lrviz.backprop.scene import BackpropScene
from lrviz.batches.scene import BatchesScene
from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.regime_map import regime_map
from lrviz.descend.regimes import RegimesScene
from lrviz.exercises.forms import Bug, Choose, Click, Exercise, S
from lrviz.figures.backprop import errors_figure
from lrviz.figures.exercises import Line, lines_figure, placeable, unwalked, veiled
from lrviz.figures.parabola import walk_figure
from lrviz.figures.regimes import regimes_figure
from lrviz.figures.schedules import rates_figure
from lrviz.figures.smoothing import average_figure
from lrviz.figures.theme import ROLES
from lrviz.figures.tradeoff import tradeoff_figure
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.dropout_scene import DropoutScene
from lrviz.schedules.scene import SchedulesScene
from lrviz.smoothing.scene import SmoothingScene
from lrviz.spec import Spec
from lrviz.text import Words
from lrviz.train.finder import FinderScene
from lrviz.train.scene import TrainScene
from lrviz.train.stability import StabilityScene
from lrviz.train.sweep import SweepScene
from lrviz.ui import (
    average,
    backprop,
    batchnorm,
    catapult,
    dropout_views,
    lesson,
    parabola,
    race,
    regimes,
    schedules,
    tradeoff,
)
from lrviz.ui.batches.picture import PICTURES
from lrviz.ui.chart import chart
from lrviz.ui.exercises import measured
from lrviz.ui.exercises.sitting import Sitting, change, over, sitting
from lrviz.ui.permalink import Desk

HEIGHT = 400
Drawn = tuple[dict[str, Any], str]
"""A figure, and what it says of itself."""


class Still(Desk[S]):
    """A scene that is looked at and not changed, whatever the picture asks for."""

    @property
    def scene(self) -> S:
        return self.base

    def put(self, scene: S, *, settled: bool = True, errors: Mapping[str, Any] | None = None) -> None:
        """Leave the scene as it is."""


@dataclass(frozen=True)
class Seen:
    """How an exercise's picture is drawn: in which words, whether a place is asked for, which, and before it is run."""

    words: Words
    asks: bool = False
    place: tuple[float, float] | None = None
    hidden: bool = False


def show(exercise: Exercise[Any], words: Words, height: int = HEIGHT) -> None:
    """Draw what there is to see of an exercise by now; before that, say what brings it."""
    now = sitting(exercise)
    if isinstance(exercise, Bug) or isinstance(exercise.scene, TrainScene):
        drawn = measured.drawn(exercise, now, words)
        _chart(drawn, words, height) if drawn else _waiting(exercise, words)
        return
    if isinstance(exercise, Choose) and exercise.scenes is not None:
        _side_by_side(exercise, exercise.scenes(exercise.scene), words)
        return
    scene = scene_of(exercise, now)
    if scene is None:
        _waiting(exercise, words)
    elif type(scene) in OWN:
        OWN[type(scene)](Still(f"exercise {exercise.id}", scene), words, height + 140 * isinstance(scene, RaceScene))
    else:
        asks = isinstance(exercise, Click)
        seen = Seen(words, asks, now.given if asks else None, asks and now.ran is None)
        _chart(FIGURES[type(scene)](scene, seen), words, height, _picks(exercise))


def scene_of(exercise: Exercise[Any], now: Sitting) -> Spec | None:
    """Return the scene that is to be seen: of the solution, of what was run, of a place, or what there is at first."""
    if over(exercise) and now.shown:
        return exercise.shown(exercise.solution)
    if now.ran is not None:
        return exercise.shown(now.ran)
    if isinstance(exercise, Click):
        return exercise.before(exercise.scene, now.given)
    return exercise.shown(exercise.start)


def _picks(exercise: Exercise[Any]) -> Callable[[float, float], None] | None:
    """Return what a click on the picture does, where a place is asked for: the place is there to be run."""
    if not isinstance(exercise, Click) or over(exercise):
        return None

    def pick(x: float, y: float) -> None:
        change(exercise, given=(x, y), ran=None, verdict=None)
        st.rerun()

    return pick


def _side_by_side(exercise: Exercise[Any], scenes: Mapping[str, Spec], words: Words) -> None:
    for column, (name, scene) in zip(st.columns(len(scenes)), scenes.items(), strict=True):
        with column:
            st.markdown(f"**{words.w(f'exercise.{exercise.id}.option.{name}')}**")
            figure, alt = FIGURES[type(scene)](scene, Seen(words))
            label = {"key": f"exercise {name}", "alt": alt, "words": words.group("chart")}
            chart(figure, **label, height=HEIGHT - 40, filename=f"lrviz-{name}")


def _chart(drawn: Drawn, words: Words, height: int, pick: Callable[[float, float], None] | None = None) -> None:
    figure, alt = drawn
    label = {"key": "exercise", "alt": alt, "words": words.group("chart"), "filename": "lrviz-exercise"}
    chart(figure, **label, height=height, on_pick=pick)


def _waiting(exercise: Exercise[Any], words: Words) -> None:
    """Stand in for the picture."""
    again = "again" if sitting(exercise).ran is not None else "first"
    with st.container(height=160, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown(words.w(f"page.exercises.waiting.{again}"))


# ------------------------------------------------------------------------------------------ the lessons' own figures


def _schedules(scene: SchedulesScene, seen: Seen) -> Drawn:
    found, words = schedules.evaluated(scene), seen.words
    names = schedules.names(scene, words)
    if len(scene.curves) == 2:
        names = [words.w(f"page.exercises.line.{name}") for name in ("wanted", "drawn")]
    return rates_figure(found, names, schedules.chart_words(words)), schedules.alt(found, names, words)


def _parabola(scene: ParabolaScene, seen: Seen) -> Drawn:
    found, words = parabola.walked(scene), seen.words
    figure = walk_figure(found, parabola.chart_words(words), narrow=lesson.on_phone())
    if seen.hidden:
        return placeable(unwalked(figure, placed=seen.place is not None)), words.w("page.exercises.alt.curve")
    return placeable(figure) if seen.asks else figure, parabola.alt(found, words)


def _regimes(scene: RegimesScene, seen: Seen) -> Drawn:
    found, words = regime_map(scene), seen.words
    chosen = found.cell(*seen.place) if seen.place else None
    narrow = lesson.on_phone()
    figure = regimes_figure(found, regimes.chart_words(found, words), narrow=narrow, chosen=chosen)
    if seen.hidden:
        return veiled(figure), words.w("page.exercises.alt.veiled")
    return figure, regimes.alt(found, words)


def _smoothing(scene: SmoothingScene, seen: Seen) -> Drawn:
    words = seen.words
    if scene.view == "tradeoff":
        found = tradeoff.made(scene)
        figure = tradeoff_figure(found, tradeoff.chart_words(found, words), narrow=lesson.on_phone())
        return figure, tradeoff.alt(found, words)
    smoothed = average.evaluated(Still("exercise smoothing", scene))
    assert smoothed is not None
    return average_figure(smoothed, average.chart_words(smoothed, words)), average.alt(smoothed, words)


def _batches(scene: BatchesScene, seen: Seen) -> Drawn:
    return PICTURES[scene.view](scene, seen.words, lesson.on_phone())


def _backprop(scene: BackpropScene, seen: Seen) -> Drawn:
    found, words = backprop.evaluated(scene), seen.words
    return errors_figure(found, backprop.chart_words(words)), backprop.errors_alt(found, words)


def _finder(scene: FinderScene, seen: Seen) -> Drawn:
    return _swept(scene.test.table(scene.test.num_iter), "update", seen.words)


def _sweep(scene: SweepScene, seen: Seen) -> Drawn:
    return _swept(np.array(scene.across(), dtype=np.float64), "column", seen.words)


def _swept(rates: np.ndarray, along: str, words: Words) -> Drawn:
    """Draw the rates that are swept over, on a log axis."""
    line = Line("", ROLES["learning_rate"], np.arange(len(rates), dtype=np.float64), rates)
    axes = (words.w(f"page.exercises.axis.{name}") for name in (along, "rate"))
    said = words.w("page.exercises.alt.swept", count=len(rates), first=float(rates[0]), last=float(rates[-1]))
    return lines_figure([line], *axes, log=True, narrow=lesson.on_phone()), said


def _stability(scene: StabilityScene, seen: Seen) -> Drawn:
    return catapult.drawn(scene.catapult, seen.words)


FIGURES: Mapping[type[Spec], Callable[[Any, Seen], Drawn]] = {
    SchedulesScene: _schedules,
    ParabolaScene: _parabola,
    RegimesScene: _regimes,
    SmoothingScene: _smoothing,
    BatchesScene: _batches,
    BackpropScene: _backprop,
    FinderScene: _finder,
    SweepScene: _sweep,
    StabilityScene: _stability,
}
"""A scene as a figure, and what it says of itself."""
OWN: Mapping[type[Spec], Callable[[Desk[Any], Words, int], None]] = {
    RaceScene: race.show,
    DropoutScene: dropout_views.picture,
    BatchNormScene: batchnorm.show,
}
"""What plays, or is more than one figure, is drawn by the lesson itself."""
