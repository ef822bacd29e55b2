"""The Stability page's third view: the boundary of trainability, a training a pixel."""

from dataclasses import replace

import numpy as np
import streamlit as st

from lrviz.figures.trainability import map_figure
from lrviz.jobs import Job
from lrviz.spec import choices_of, kind_of
from lrviz.text import Words, number
from lrviz.train.rate_maps import RateMap, is_zoomed, zoomed
from lrviz.train.stability import StabilityScene
from lrviz.train.trainability import NetMap, RateMapResult, axes, result_of, windows
from lrviz.train.waves import CosineMap, cosine_map
from lrviz.ui import lesson, running
from lrviz.ui.chart import Live, chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk

PAGE = "page.stability.boundary"
TARGET = "lrviz.train.boundary:mapped"
DRAFT, WHOLE = 120, 220
"""Cells a side of the map without a net: while its knob turns, and once it rests."""
Stability = Desk[StabilityScene]


def job_of(desk: Stability) -> Job | None:
    """Return the job of the settled map of a net; None for the map without one, which needs none."""
    spec = desk.settled.rates
    return running.shared(TARGET, spec) if isinstance(spec, NetMap) else None


def mapped(desk: Stability) -> RateMapResult | None:
    """Return the map as far as it is known; None while nothing is."""
    spec = desk.scene.rates
    if isinstance(spec, CosineMap):
        return _waves(desk, spec)
    job, rates = job_of(desk), desk.settled.rates
    if job is None or not job.events or not isinstance(rates, NetMap):
        return None
    return once("boundary mapped", (job.id, len(job.events)), lambda: result_of(rates, job.events))


def _waves(desk: Stability, spec: CosineMap) -> RateMapResult:
    """Return the map without a net, made once for all parts of the page: coarse while a knob turns."""
    mark = (spec, DRAFT if desk.turning else WHOLE)
    return once("boundary waves", mark, lambda: cosine_map(*mark))


def headline(form: Form) -> None:
    """Draw the knob that changes every cell: the length of the training, or the height of the wave."""
    form.at("rates.steps" if isinstance(form.desk.scene.rates, NetMap) else "rates.epsilon", headline=True)


def show(desk: Stability, words: Words, height: int) -> None:
    """Draw the map; a box zooms into it, and the map is made anew in there."""
    spec, job, result = desk.scene.rates, job_of(desk), mapped(desk)
    spec = desk.settled.rates if isinstance(spec, NetMap) else spec

    def zoom(part: tuple[float, float, float, float] | None) -> None:
        zoom_to(desk, part)
        st.rerun()

    chart(
        map_figure(spec, result, axis_words(spec, words), narrow=lesson.on_phone()),
        key="boundary",
        alt=alt(spec, result, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-boundary",
        on_zoom=zoom,
        zoomed=is_zoomed(spec),
        live=live(job, spec, words) if isinstance(spec, NetMap) else None,
        on_again=lambda: running.start(TARGET, desk.settled.rates, after=job_of(desk)),
        on_end=None if job is None or job.ended else st.rerun,
    )


def live(job: Job | None, spec: NetMap, words: Words) -> Live:
    """Return how the chart follows the map's job: what it counts are cells."""
    found = running.live(job, words, spec.side**2)
    return replace(found, words={**found.words, **words.group(f"{PAGE}.live")})


def zoom_to(desk: Stability, part: tuple[float, float, float, float] | None) -> None:
    """Show a part of the map, or with None the whole; a part too small to be told apart changes nothing."""
    try:
        desk.put(desk.scene.but(rates=zoomed(desk.scene.rates, part)))
    except ValueError:
        desk.put(desk.scene)


def axis_words(spec: RateMap, words: Words) -> dict[str, str]:
    """Return the words that stand in the picture."""
    kind = "net" if isinstance(spec, NetMap) else "waves"
    ends = {"across": words.w(f"{PAGE}.axis.across_{kind}"), "up": words.w(f"{PAGE}.axis.up_{kind}")}
    return words.group(f"{PAGE}.axis") | ends


def alt(spec: RateMap, result: RateMapResult | None, words: Words) -> str:
    """Say what the picture shows now."""
    (left, right), (low, high) = windows(spec)
    group = axis_words(spec, words)
    values = {"across": group["across"], "up": group["up"], "left": left, "right": right, "low": low, "high": high}
    if result is None or not result.complete:
        return words.w(f"{PAGE}.alt.coming", **values)
    return words.w(f"{PAGE}.alt.map", share=100 * result.diverged, **values)


def said(desk: Stability, words: Words) -> None:
    """Say how to look closer, and how wide the part that is shown is."""
    spec, result = desk.scene.rates, mapped(desk)
    (left, right), _ = windows(spec)
    hint = "hint_touch" if lesson.on_phone() else "hint"
    st.markdown(plain(words.w(f"{PAGE}.said.{kind_of(spec)}", steps=spec.steps, width=right - left)))
    dimension = result.dimension if result is not None else np.nan
    rough = words.w(f"{PAGE}.said.dimension", dimension=dimension) if np.isfinite(dimension) else ""
    st.caption(plain(f"{rough} {words.w(f'{PAGE}.said.{hint}')}".strip()))


def numbers(desk: Stability, words: Words) -> None:
    """Show how many cells diverged, the edge's dimension, and how deep the zoom is."""
    spec, result = desk.scene.rates, mapped(desk)
    (left, right), _ = windows(spec)
    whole = type(spec).model_fields
    shown = {"zoom": number((whole["across_high"].default - whole["across_low"].default) / (right - left), 3)}
    if result is not None and result.complete:
        shown |= {"cells": f"{result.side} × {result.side}", "diverged": f"{number(100 * result.diverged, 3)} %"}
        shown |= {"dimension": number(result.dimension, 3)}
    lesson.readouts({words.w(f"{PAGE}.readout.{name}"): value for name, value in shown.items()})

    def back() -> None:
        zoom_to(desk, None)
        st.rerun()  # all of the page: the button stands in a part of it that runs by itself

    if is_zoomed(spec):
        st.button(
            words.w(f"{PAGE}.whole"),
            key="boundary whole",
            icon=":material/zoom_out_map:",
            on_click=back,
        )


def controls(form: Form) -> None:
    """Draw which map it is, what every cell trains, and the part that is shown."""
    words, spec = form.words, form.desk.scene.rates
    fields = type(form.desk.scene).model_fields
    with st.container(border=True, gap="small"):
        form.kind("rates", choices_of(fields["rates"].annotation))
        names = ("activation", "width", "cells", "seed") if isinstance(spec, NetMap) else OF_WAVES
        for name in names:
            form.at(f"rates.{name}")
    with st.expander(words.w(f"{PAGE}.part"), icon=":material/crop_free:"):
        for name in ("across_low", "across_high", "up_low", "up_high"):
            form.at(f"rates.{name}")


OF_WAVES = ("wave", "wavelength", "steps", "start_x", "start_y")


def columns(desk: Stability, words: Words) -> tuple[list[str], np.ndarray] | None:
    """Return every cell as a row, from the bottom left on."""
    result = mapped(desk)
    if result is None or not result.complete:
        return None
    across, up = axes(result.spec, result.side)
    group = axis_words(result.spec, words)
    names = [group["across"], group["up"], words.w(f"{PAGE}.axis.level")]
    return names, np.stack(
        [np.tile(across, result.side), np.repeat(up, result.side), result.levels.ravel().astype(float)]
    )
