"""The Smoothing page's second view: what lag and noise cost, and which beta costs least."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.smoothing.averages import lag, noise_left, window
from lrviz.smoothing.scene import SmoothingScene
from lrviz.smoothing.tradeoff import MEMORIES, Tradeoff
from lrviz.text import Words, number
from lrviz.ui import lesson, smoothing
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.weighted import tex

PAGE = "page.smoothing.tradeoff"


def made(scene: SmoothingScene) -> Tradeoff:
    """Return the scene's signal and its average, made once however many parts of the page show it."""
    asked = (scene.signal, scene.beta, scene.start)
    return once("smoothing weighed", asked, lambda: Tradeoff(*asked))


def chart_words(result: Tradeoff, words: Words) -> Mapping[str, str]:
    """Return the words and numbers that stand in the picture."""
    behind = smoothing.counted(result.behind or 0, "step", words)
    return words.group(f"{PAGE}.axis") | {
        "average": words.w(f"{PAGE}.axis.average", beta=result.beta),
        "behind": words.w(f"{PAGE}.axis.{'made_up' if result.signal.shape == 'step' else 'late_by'}", steps=behind),
        "best": words.w(f"{PAGE}.axis.best", best=number(result.best, 2)),
    }


def alt(result: Tradeoff, words: Words) -> str:
    """Say what the picture shows now."""
    late, scattered, both = result.here
    shape = words.option("noisy_signal", "shape", result.signal.shape)
    errors = {"late": late, "scattered": scattered, "both": both}
    return words.w(f"{PAGE}.alt", shape=shape, beta=result.beta, best=number(result.best, 2), **errors)


def beneath(result: Tradeoff, words: Words) -> None:
    """Work out how late the average is on a slope and how much noise is left, and say what both cost here."""
    beta, about = result.beta, words.w(f"{PAGE}.error.help")
    if beta == 1:
        smoothing.note(words.w(f"page.smoothing.note.frozen_{_from(result)}"))
        st.markdown(numbers(result, words), help=about)
        return
    late = rf"\frac{{\beta}}{{1 - \beta}} = \frac{{{tex(beta)}}}{{{tex(1 - beta)}}} ="
    left = rf"\sqrt{{\frac{{1 - \beta}}{{1 + \beta}}}} = \sqrt{{\frac{{{tex(1 - beta)}}}{{{tex(1 + beta)}}}}} ="
    steps = smoothing.counted(lag(beta), "step", words)
    st.markdown(
        f"{plain(words.w(f'{PAGE}.lag'))} ${smoothing.SMALL}{late}$ **{plain(steps)}** · "
        f"{plain(words.w(f'{PAGE}.noise'))} ${smoothing.SMALL}{left}$ **{smoothing.percent(noise_left(beta))}**  \n"
        f"{numbers(result, words)}",
        help=about,
    )


def numbers(result: Tradeoff, words: Words) -> str:
    """Say what this beta costs here: the error of the lag, of the noise, of both, and the beta that costs least."""
    errors = dict(zip(("late", "scattered", "both"), result.here, strict=True))
    shown = {words.w(f"{PAGE}.error.{name}"): number(error, 3) for name, error in errors.items()}
    best = {words.w(f"{PAGE}.error.best"): number(result.best, 2)}
    return smoothing.readouts(shown | best)


def _from(result: Tradeoff) -> str:
    return "zero" if result.start == "tensorboard" else result.start


def check(result: Tradeoff, words: Words) -> None:
    """Have the average recomputed with PyTorch in a worker, after the picture."""
    smoothing.proved(smoothing.question(result.noisy, result.beta, result.start), words)


def controls(form: Form) -> None:
    """Draw the signal, its noise, and the start of the average."""
    with st.container(border=True, gap="small"):
        form.fields("signal")
    with st.container(border=True, gap="small"):
        form.at("start")
        st.caption(form.words.w(f"page.smoothing.start.{form.desk.scene.start}"))


def tabs(result: Tradeoff, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""

    def program() -> None:
        smoothing.code(result.noisy, result.beta, result.start, words)

    smoothing.behind(words, "tradeoff", program, lambda: _data(result, words))


def _data(result: Tradeoff, words: Words) -> None:
    """Show the signal step by step, and what every memory costs."""
    said = chart_words(result, words)
    names = [said[name] for name in ("x", "truth", "noisy", "average")]
    steps = np.arange(len(result.truth), dtype=np.float64)
    smoothing.shown(names, np.stack([steps, result.truth, result.noisy, result.average]), words)
    rows = [*range(0, len(MEMORIES), 6)]
    head = ["β", *(said[name] for name in ("memory", "late", "scattered", "both"))]
    cells = [[1 - 1 / MEMORIES[i], window(1 - 1 / MEMORIES[i]), *(e[i] for e in result.errors)] for i in rows]
    lesson.table(head, [[number(float(value)) for value in row] for row in cells])
