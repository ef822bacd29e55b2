"""The Stability page's second view: the catapult, exact and at once."""

from typing import Any

import numpy as np
import streamlit as st

from lrviz.figures.catapult import PHASES, catapult_figure
from lrviz.text import Words, number
from lrviz.train.catapult import Catapult, Flight, ends, flown
from lrviz.train.stability import StabilityScene
from lrviz.ui import lesson
from lrviz.ui.chart import chart
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Band, Mark
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk

PAGE = "page.stability.catapult"
EXACT = 1e-9
"""Up to here the recursion and descent on all weights are called equal; beyond, rounding has grown."""
Stability = Desk[StabilityScene]


def headline(form: Form) -> None:
    """Draw the knob of eta lambda_0 on its ruler of phases."""
    words = form.words
    bands = [Band(high, color, words.w(f"{PAGE}.phase.{name}")) for name, _, high, color in PHASES]
    form.at("catapult.times", headline=True, look=Look(bands=bands, marks=[Mark(2, "2"), Mark(4, "4")]))


def show(desk: Stability, words: Words, height: int) -> None:
    """Draw the run and the family it belongs to."""
    figure, alt = drawn(desk.scene.catapult, words)
    chart(
        figure,
        key="catapult",
        alt=alt,
        words=words.group("chart"),
        height=height,
        filename="lrviz-catapult",
    )


def drawn(catapult: Catapult, words: Words) -> tuple[dict[str, Any], str]:
    """Return a run and the family it belongs to as a figure, and what that says of itself."""
    flight = flown(catapult)
    named = words.group(f"{PAGE}.axis") | words.group(f"{PAGE}.phase")
    return catapult_figure(flight, ends(catapult), named, narrow=lesson.on_phone()), _alt(flight, words)


def _alt(flight: Flight, words: Words) -> str:
    values = {"times": flight.catapult.times, "peak": float(flight.loss[flight.peak]), "step": flight.peak}
    if flight.bad is not None:
        return words.w(f"{PAGE}.alt.gone", bad=flight.bad, **values)
    return words.w(f"{PAGE}.alt.run", end=float(flight.times[-1]), **values)


def said(desk: Stability, words: Words) -> None:
    """Say what became of the run, and show the first step of the recursion with its numbers."""
    flight = flown(desk.scene.catapult)
    values = {"times": flight.catapult.times, "end": float(flight.times[-1]), "step": flight.peak}
    values |= {"peak": float(flight.loss[flight.peak]), "first": float(flight.loss[0])}
    code = "diverging" if flight.bad is not None else "catapult" if flight.peak else "lazy"
    st.markdown(plain(words.w(f"{PAGE}.said.{code}", bad=flight.bad or 0, **values)))
    st.caption(plain(words.w(f"{PAGE}.said.step", **worked(flight))))


def worked(flight: Flight) -> dict[str, float]:
    """Return the recursion's first step in numbers."""
    f, curvature, eta = float(flight.f[0]), float(flight.curvature[0]), flight.eta
    pushed = eta**2 * f**2 / flight.catapult.width
    values = {"f": f, "curvature": curvature, "eta": eta, "times": eta * curvature, "pushed": pushed}
    return values | {"next": float(flight.f[1]), "after": float(flight.curvature[1])}


def numbers(desk: Stability, words: Words) -> None:
    """Show what the run begins and ends with, and how far the recursion is from descent on all weights."""
    flight = flown(desk.scene.catapult)
    shown = {
        "f": number(float(flight.f[0])),
        "curvature": number(float(flight.curvature[0])),
        "eta": number(flight.eta),
    }
    shown |= {
        "peak": number(float(flight.loss[flight.peak])),
        "end": number(float(flight.times[-1])) if np.isfinite(flight.times[-1]) else "–",
    }
    lesson.readouts({words.w(f"{PAGE}.readout.{name}"): value for name, value in shown.items()})
    apart = "exact" if flight.apart < EXACT else "rounding"
    st.caption(
        plain(words.w(f"{PAGE}.readout.{apart}", count=2 * flight.catapult.width, apart=number(flight.apart, 2)))
    )


def controls(form: Form) -> None:
    """Draw the net's width, the length of the run, the first weights."""
    with st.container(border=True, gap="small"):
        for name in ("width", "steps", "seed"):
            form.at(f"catapult.{name}")


def columns(desk: Stability, words: Words) -> tuple[list[str], np.ndarray] | None:
    """Return the run as columns."""
    flight = flown(desk.scene.catapult)
    names = [words.w(f"{PAGE}.axis.{name}") for name in ("step", "f", "loss", "times")]
    return names, np.stack([np.arange(len(flight.f), dtype=float), flight.f, flight.loss, flight.times])
