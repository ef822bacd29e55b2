"""The Smoothing page's third view: the same beta in a smoothed loss, in momentum, and twice in Adam."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.export.smoothing import connection_code
from lrviz.smoothing.averages import Array, window
from lrviz.smoothing.connection import Connection, GradientStream
from lrviz.smoothing.scene import SmoothingScene
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.ui import smoothing
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.weighted import tex

PAGE = "page.smoothing.connection"
ADAM = {"m": "m (Adam)", "m_hat": "m̂ (Adam)", "v": "v (Adam)", "v_hat": "v̂ (Adam)"}
"""What Adam's averages are called, before and after the correction of their start."""


def made(scene: SmoothingScene) -> Connection:
    """Return what the four averages make of the scene's stream, once however many parts of the page show it."""
    asked = (scene.stream, scene.beta)
    return once("smoothing listened", asked, lambda: Connection(*asked))


def chart_words(result: Connection, words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture, the titles with beta's numbers in their formulas."""
    numbers = {"beta": result.beta, "rest": 1 - result.beta}
    titles = {name: words.w(f"{PAGE}.title.{name}", **numbers) for name in ("smoothing", "momentum", "first", "second")}
    return words.group(f"{PAGE}.axis") | titles


def alt(result: Connection, words: Words) -> str:
    """Say what the picture shows now."""
    last = {"gradient": result.gradients, "smoothed": result.smoothed, "sum": result.summed, "average": result.averaged}
    values = {name: float(array[-1]) for name, array in last.items()}
    return words.w(f"{PAGE}.alt", steps=len(result.gradients), beta=result.beta, **values)


def beneath(result: Connection, words: Words) -> None:
    """Say what the four have in common, and what tells them apart, with the numbers of this beta."""
    if result.beta == 1:
        smoothing.note(words.w(f"{PAGE}.frozen"))
        return
    steps = smoothing.counted(window(result.beta), "step", words)
    memory = words.w(f"{PAGE}.memory", steps=f"**{plain(steps)}**")
    larger = rf"v = \frac{{s}}{{1 - \beta}} = \frac{{s}}{{{tex(1 - result.beta)}}} = {tex(window(result.beta))}\,s"
    ratio = f"${smoothing.SMALL}{larger}$ {plain(words.w(f'{PAGE}.ratio'))}"
    st.markdown("  \n".join([memory, ratio, numbers(result, words)]), help=words.w(f"{PAGE}.first_help"))


def numbers(result: Connection, words: Words) -> str:
    """Say what each average holds after the first step, where their starts differ."""
    held = {"g": result.gradients, "v (SGD)": result.summed, "s": result.averaged}
    short = {"m": "Adam m", "m_hat": "m̂", "v": "v", "v_hat": "v̂"}
    held |= {label: result.adam[name] for name, label in short.items() if result.adam}
    shown = {name: number(float(values[0])) for name, values in held.items()}
    return f"{plain(words.w(f'{PAGE}.first'))} {smoothing.readouts(shown)}"


def check(result: Connection, words: Words) -> None:
    """Have PyTorch's own optimizers listen to the stream in a worker, after the picture."""
    written = to_address(result.stream, GradientStream(), "stream.")
    smoothing.proved({"question": "connection", "beta": repr(result.beta)} | written, words)


def controls(form: Form) -> None:
    """Draw what the stream is made of."""
    with st.container(border=True, gap="small"):
        st.caption(form.words.w(f"{PAGE}.stream"))
        form.fields("stream")


def tabs(result: Connection, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    smoothing.behind(words, "connection", lambda: _code(result, words), lambda: _data(result, words))


def _code(result: Connection, words: Words) -> None:
    written = connection_code(result.gradients, result.beta, lambda key: words.w(f"export_note.{key}"))
    st.code(written, language="python")


def _data(result: Connection, words: Words) -> None:
    columns = table(result, words)
    smoothing.shown([*columns], np.stack([*columns.values()]), words)


def table(result: Connection, words: Words) -> dict[str, Array]:
    """Return every column of the stream and the averages by its name, (T,) each."""
    axis = words.group(f"{PAGE}.axis")
    steps = np.arange(len(result.gradients), dtype=np.float64)
    incoming = {axis["x"]: steps, axis["loss"]: result.losses, axis["gradient"]: result.gradients}
    averages = {axis["smoothed"]: result.smoothed, "v (SGD)": result.summed, "s": result.averaged}
    adam = {label: result.adam[name] for name, label in ADAM.items() if result.adam}
    return incoming | averages | adam
