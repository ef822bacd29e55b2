"""The Stability page's fourth view: a slice of a net's loss, its way on it, and the way to race there."""

import numpy as np
import streamlit as st

from lrviz.descend.race import RaceScene
from lrviz.descend.racer import Racer
from lrviz.figures.landscape import landscape_figure
from lrviz.jobs import Job
from lrviz.optimizers import SGD, Adam, Momentum, RMSprop
from lrviz.schedules import Constant
from lrviz.spec import to_address
from lrviz.surfaces.slices import Slice
from lrviz.text import Words, number
from lrviz.train import cost
from lrviz.train.slices import SIDE, Relief, relief_of
from lrviz.train.stability import StabilityScene
from lrviz.ui import lesson, running, trainings
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk

PAGE = "page.stability.landscape"
TARGET = "lrviz.train.landscape:sliced"
PATIENCE = 8.0
"""Seconds: a training that takes longer, by estimate, does not begin by itself."""
Stability = Desk[StabilityScene]


def job_of(desk: Stability) -> Job | None:
    """Return the job of the settled slice; a training that takes long waits until it is asked for."""
    spec = desk.settled.slice
    return running.shared(TARGET, spec, begin=cost.seconds((spec.training,)) < PATIENCE)


def relief(desk: Stability) -> Relief | None:
    """Return the slice, put together once for all parts of the page; None until it is measured."""
    job = job_of(desk)
    if job is None or job.status != "done":
        return None
    return once("landscape relief", job.id, lambda: relief_of(desk.settled.slice, job.events))


def headline(form: Form) -> None:
    """Draw the knob of how far to look."""
    form.at("slice.reach", headline=True)


def show(desk: Stability, words: Words, height: int) -> None:
    """Draw the slice, or watch it come; while the knob turns, the frame of the next one is drawn on it."""
    job, now = job_of(desk), relief(desk)
    zoom = desk.scene.slice.reach / desk.settled.slice.reach
    chart(
        landscape_figure(desk.settled.slice, now, axis_words(desk, now, words), narrow=lesson.on_phone(), zoom=zoom),
        key="landscape",
        alt=alt(now, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-landscape",
        live=running.live(job, words, desk.settled.slice.training.steps),
        on_again=lambda: running.start(TARGET, desk.settled.slice, after=job_of(desk)),
        on_end=None if job is None or job.ended else st.rerun,
    )


def axis_words(desk: Stability, now: Relief | None, words: Words) -> dict[str, str]:
    """Return the words that stand in the picture; the axes say what they are, and how much of the way each holds."""
    kind = desk.settled.slice.directions
    axes = {"x": words.w(f"{PAGE}.axis.x_{kind}"), "y": words.w(f"{PAGE}.axis.y_{kind}")}
    if now is not None and not lesson.on_phone():  # there is no room for it
        held = dict(zip(axes, now.shares, strict=True))
        axes = {
            way: words.w(f"{PAGE}.axis.share", axis=said, share=100 * float(held[way])) for way, said in axes.items()
        }
    return words.group(f"{PAGE}.axis") | axes


def alt(now: Relief | None, words: Words) -> str:
    """Say what the picture shows now."""
    if now is None:
        return words.w(f"{PAGE}.alt.coming")
    low, high = float(np.nanmin(now.losses)), float(np.nanmax(now.losses))
    ends = {"first": float(now.path_losses[0]), "last": float(now.path_losses[-1])}
    return words.w(f"{PAGE}.alt.slice", low=low, high=high, share=100 * now.explained, **ends)


def said(desk: Stability, words: Words) -> None:
    """Say what the plane shows of the way, and offer to race on it."""
    now = relief(desk)
    if now is None:
        st.caption(words.w(f"{PAGE}.said.waiting"))
        return
    kind, count = now.landscape.directions, now.landscape.weights
    told = words.w(f"{PAGE}.said.{kind}", share=100 * now.explained, count=count)
    broke = words.w(f"{PAGE}.said.broke") if now.steps[-1] < now.landscape.training.steps else ""
    st.markdown(plain(f"{told} {broke}".strip()))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        way_to_race(now, words)


def race_on(surface: Slice) -> RaceScene:
    """Return a race on a slice from where its training began, at rates that suit it.

    Plain descent gets the inverse of the largest curvature at its start and its lowest minimum; rules whose steps are
    about as long as the rate a sixtieth of the slice.
    """
    places = [surface.start, *(minimum.x for minimum in surface.minima[:1])]
    steepest = max(float(np.abs(surface.curvature(np.array(place)))) for place in places)
    (low, high), _ = surface.domain
    rate, length = _rounded(1 / max(steepest, 1e-3)), _rounded((high - low) / 60)
    pairs = ((SGD(), rate), (Momentum(), rate / 4), (RMSprop(), length / 4), (Adam(), length))
    racers = tuple(
        Racer(slot=slot, optimizer=optimizer, schedule=Constant(lr=_rounded(lr)))
        for slot, (optimizer, lr) in enumerate(pairs)
    )
    return RaceScene(surface=surface, steps=300, racers=racers)


def _rounded(rate: float) -> float:
    return float(f"{min(rate, 1e3):.2g}")


def way_to_race(now: Relief, words: Words) -> None:
    """Link to the race on this surface; where it is not finite everywhere, say why there is none."""
    if now.raced is None:
        st.caption(words.w(f"{PAGE}.said.not_raced"))
        return
    scene = race_on(now.raced)
    st.page_link(
        PAGES / "race.py",
        label=words.w(f"{PAGE}.race"),
        icon=":material/sports_score:",
        query_params=to_address(scene, RaceScene()),
        width="content",
    )
    st.caption(plain(words.w(f"{PAGE}.said.raced", off=100 * now.between)), width="content")


def numbers(desk: Stability, words: Words) -> None:
    """Show how large the net is, where its way begins and ends, and how much of it the plane holds."""
    now = relief(desk)
    shown = {"weights": str(desk.scene.slice.weights)}
    if now is not None:
        shown |= {"first": number(float(now.path_losses[0])), "last": number(float(now.path_losses[-1]))}
        shown |= {"lowest": number(float(np.nanmin(now.losses))), "share": f"{number(100 * now.explained, 3)} %"}
    shown |= {"points": f"{SIDE} × {SIDE}"}
    lesson.readouts({words.w(f"{PAGE}.readout.{name}"): value for name, value in shown.items()})
    trainings.way_to_train(desk.scene.slice.training, words.w(f"{PAGE}.train"))


def controls(form: Form) -> None:
    """Draw the directions, and the training whose loss it is."""
    words = form.words
    with st.container(border=True, gap="small"):
        for name in ("directions", *(("filters", "seed") if form.desk.scene.slice.directions == "random" else ())):
            form.at(f"slice.{name}")
    with st.expander(words.w(f"{PAGE}.training"), icon=":material/model_training:"):
        trainings.controls(form, "slice.training", schedule=True)


def columns(desk: Stability, words: Words) -> tuple[list[str], np.ndarray] | None:
    """Return every point of the slice as a row, from the bottom left on."""
    now = relief(desk)
    if now is None:
        return None
    names = [axis_words(desk, None, words)[name] for name in ("x", "y", "loss")]
    return names, np.stack([np.tile(now.x, len(now.y)), np.repeat(now.y, len(now.x)), now.losses.ravel()])
