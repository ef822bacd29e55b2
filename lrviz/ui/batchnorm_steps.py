"""The four steps on the Batch norm page: the picture, the number that is followed, the channels' statistics, form."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st

from lrviz.figures.batchnorm import place_at, steps_figure
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.four_steps import Followed, FourSteps
from lrviz.layers.normalization import Array
from lrviz.text import Words, number
from lrviz.ui import descent, lesson
from lrviz.ui.batchnorm_refused import refused
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

PAGE = "page.batchnorm"
Table = npt.NDArray[np.float64]
PICKED = "batchnorm cell"
DIGITS = 4


def show(desk: Desk[BatchNormScene], words: Words, height: int) -> None:
    """Draw the tensor after each step; a click follows a number."""
    result = FourSteps(desk.scene)
    if lesson.on_phone():
        height += 140 + 28 * max(0, len(result.laid(result.x)) - 6)
    if result.refused:
        refused(desk, words, result.x.shape, _ways(desk.scene), height)
        return

    def pick(x: float, y: float) -> None:
        if place := place_at(FourSteps(desk.scene), x, y):
            st.session_state[PICKED] = place

    chart(
        steps_figure(result, words.group(f"{PAGE}.steps"), narrow=lesson.on_phone(), chosen=picked(result)),
        key=desk.named("batchnorm"),
        alt=alt(result, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-batchnorm",
        on_pick=pick,
    )


def _ways(scene: BatchNormScene) -> Mapping[str, BatchNormScene]:
    """Return the scenes that a batch of one leads out to."""
    more = (
        {"more": scene.but(rows=12)} if scene.tensor == "vectors" else {"more_values": scene.but(values=(1, 2, 4, 9))}
    )
    return {"eval": scene.but(mode="eval"), **more, "layer": scene.but(view="axes", samples=1, dims="vector")}


def picked(result: FourSteps) -> tuple[int, int]:
    """Return the row and column of the number that is followed: the one clicked, if there still is one."""
    row, column = st.session_state.get(PICKED, (0, 0))
    rows, columns = result.laid(result.x).shape
    return (row, column) if 0 <= row < rows and 0 <= column < columns else (0, 0)


def alt(result: FourSteps, words: Words) -> str:
    """Say what the picture shows now."""
    before, after = (_pairs(*result.moments_of(step), words) for step in (0, 3))
    return words.w(f"{PAGE}.alt.steps", count=result.x.size, before=before, after=after)


def _pairs(means: Array, spreads: Array, words: Words) -> str:
    return words.listed(*(f"{_value(m)} ± {_value(s)}" for m, s in zip(means, spreads, strict=True)))


def _value(value: float, digits: int = DIGITS) -> str:
    """Write a number; what is nothing but rounding is 0."""
    return number(0.0 if abs(value) < 1e-12 else float(value), digits)


# ----------------------------------------------------------------------------------------- the number that is followed


def numbers(desk: Desk[BatchNormScene], words: Words) -> None:
    """Write the formula with the followed number, and how to follow another."""
    result = FourSteps(desk.scene)
    if result.refused:
        return
    found = result.followed(*picked(result))
    st.markdown(f"$\\small {formula(found, desk.scene)}$")
    hint = words.w(
        f"{PAGE}.steps.{'hint_one' if desk.scene.tensor == 'own' else 'hint'}",
        sample=found.sample,
        channel=found.channel,
    )
    st.caption(hint)


def formula(found: Followed, scene: BatchNormScene) -> str:
    """Return the layer's formula, in symbols and with one value's own numbers, as LaTeX."""
    names = (r"\mu", r"\sigma^2") if scene.mode == "train" else (r"\mu_{\mathrm{run}}", r"\sigma^2_{\mathrm{run}}")
    symbols = rf"\gamma\,\frac{{x - {names[0]}}}{{\sqrt{{{names[1]} + \varepsilon}}}} + \beta"
    upper = f"{_tex(found.x)} - {_tex(found.mean, True)}"
    lower = rf"\sqrt{{{_tex(found.variance)} + {_tex(scene.eps)}}}"
    put_in = rf"{_tex(found.gamma)}\cdot\frac{{{upper}}}{{{lower}}} + {_tex(found.beta, True)}"
    return rf"y = {symbols} = {put_in} = {_tex(found.y)}"


def _tex(value: float, bracketed: bool = False) -> str:
    """Write a number as LaTeX; a negative one in brackets where a sign stands before it."""
    text, _, power = _value(value).partition("e")
    written = rf"{text}\cdot 10^{{{int(power)}}}" if power else text
    return f"({written})" if bracketed and value < 0 else written


# ------------------------------------------------------------------------------------------------------ statistics


def statistics(desk: Desk[BatchNormScene], words: Words) -> None:
    """Show mean and variances of every channel, and what is remembered of them."""
    result = FourSteps(desk.scene)
    rows: dict[str, Array] = {}
    if result.batch is not None:
        own = {"mean": result.batch.mean, "biased": result.batch.variance, "unbiased": result.batch.unbiased}
        rows = {words.w(f"{PAGE}.table.{name}"): values for name, values in own.items()}
    rows |= {"running_mean": result.running.mean, "running_var": result.running.variance}
    head = [words.w(f"{PAGE}.table.statistic"), *map(str, range(result.x.shape[1]))]
    lesson.table(head, [[name, *_row(values)] for name, values in rows.items()])
    st.caption(_note(result, words))


def _row(values: Array) -> list[str]:
    return [_value(float(value)) for value in values.ravel()]


def _note(result: FourSteps, words: Words) -> str:
    if not result.alone:
        return words.w(f"{PAGE}.table.note")
    return words.w(f"{PAGE}.steps.{'trained_on_all' if result.scene.tensor == 'vectors' else 'untrained'}")


def controls(form: Form) -> None:
    """Draw the rest of what comes in, the two channels' factors and offsets, and the layer's settings."""
    scene = form.desk.scene
    with st.container(border=True, gap="small"):
        form.at("mode")
        for channel in range(1 if scene.tensor == "own" else 2):
            form.at(f"gamma_{channel}")
            form.at(f"beta_{channel}")
    with st.container(border=True, gap="small"):
        for name in ("seen", "momentum", "average", "eps"):
            form.at(name)
    with st.container(border=True, gap="small"):
        form.at("tensor")
        if scene.tensor == "vectors":
            form.at("rows")
        elif scene.tensor == "own":
            form.at("values")
        form.at("shift")


# ------------------------------------------------------------------------------------------------------------ data


def data(scene: BatchNormScene, words: Words) -> None:
    """Offer every value after every step as CSV, and show them."""
    result = FourSteps(scene)
    names, columns = table(result, words)
    descent.download(names, columns, "batchnorm", words, first="value")
    lesson.table(names, [[_value(value, 6) for value in row] for row in columns.T])


def table(result: FourSteps, words: Words) -> tuple[list[str], Table]:
    """Return the heads and the columns (5 or 3, values): sample, channel and the steps; without an answer x alone."""
    sample, channel, *_ = np.unravel_index(np.arange(result.x.size), result.x.shape)
    steps = (result.x,) if result.refused else result.steps
    names = [words.w(f"{PAGE}.data.{name}") for name in ("sample", "channel")]
    names += ["x", "x - mean", "x_hat", "y"][: len(steps)]
    return names, np.stack([sample, channel, *(values.ravel() for values in steps)]).astype(np.float64)
