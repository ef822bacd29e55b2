"""The stream of batches on the Batch norm page: the film, the last update in numbers, how far batches are off."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st

from lrviz.figures.batchnorm_running import running_figure
from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.normalization import Array
from lrviz.layers.running import Stream
from lrviz.text import Words, number
from lrviz.ui import descent, lesson
from lrviz.ui.batchnorm_refused import refused
from lrviz.ui.chart import Film, chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk

PAGE = "page.batchnorm"
Table = npt.NDArray[np.float64]
KEPT = "batchnorm stream"
MOST_ROWS = 12


def streamed(scene: BatchNormScene) -> Stream:
    """Return the scene's stream, drawn once however many parts of the page show it."""
    return once(KEPT, scene, lambda: Stream(scene))


def show(desk: Desk[BatchNormScene], words: Words, height: int) -> None:
    """Draw the batches as a film that plays in the browser."""
    scene, height = desk.scene, height + 70 + 310 * lesson.on_phone()
    result = streamed(scene)
    if result.refused:
        refused(desk, words, (1, 1), {"more_batch": scene.but(batch=8), "layer": scene.but(view="axes")}, height)
        return
    chart(
        running_figure(result, chart_words(result, words), narrow=lesson.on_phone()),
        key=desk.named("batchnorm"),
        alt=alt(result, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-batchnorm",
        film=film(result, words),
    )


def film(result: Stream, words: Words) -> Film:
    """Return how the batches are played: frame t is what there is after t of them."""
    (mean, variance), values = result.truth, {"mean": result.running_mean, "variance": result.running_var}
    left_open = {name: f"{{{name}}}" for name in ("frame", *values)}
    return Film(
        result.scene.batches + 1,
        words.group("film") | {"frame_of": words.w(f"{PAGE}.film.frame_of")},
        caption=words.w(f"{PAGE}.film.caption", true_mean=mean, true_variance=variance, **left_open),
        values=values,
    )


def chart_words(result: Stream, words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    return words.group(f"{PAGE}.stream") | {"output": words.w(f"{PAGE}.stream.output", probe=result.probe)}


def alt(result: Stream, words: Words) -> str:
    """Say what the picture shows now."""
    true_mean, true_variance = result.truth
    ends = {"mean": float(result.running_mean[-1]), "variance": float(result.running_var[-1])}
    sizes = {"batches": result.scene.batches, "size": result.scene.batch}
    return words.w(f"{PAGE}.alt.running", true_mean=true_mean, true_variance=true_variance, **ends, **sizes)


# --------------------------------------------------------------------------------------------------------- numbers


def statistics(desk: Desk[BatchNormScene], words: Words) -> None:
    """Write the last update with its numbers; say how far a batch is off on average, and which variance is which."""
    result = streamed(desk.scene)
    if result.refused:
        return
    n, spread = result.scene.batch, result.scene.spread
    expected, measured = float(result.expected(n)[0]) * spread, result.scatter_of(n)[0] * spread
    st.markdown(plain(words.w(f"{PAGE}.stream.scatter", expected=expected, measured=measured)))
    truth = {"biased": result.biased_truth, "truth": result.truth[1]}
    st.markdown(plain(words.w(f"{PAGE}.stream.biased_note", **truth)))
    st.markdown(last_update(result, words))


def last_update(result: Stream, words: Words) -> str:
    """Write how the last batch moved the running statistics, in numbers."""
    weight = result.scene.weight
    share = 1 / result.scene.batches if weight is None else weight
    own = {"running_mean": result.found.mean, "running_var": result.found.unbiased}
    running = {"running_mean": result.running_mean, "running_var": result.running_var}
    lines = [f"`{name}` = {_update(share, running[name], own[name])}" for name in own]
    return "  \n".join([words.w(f"{PAGE}.stream.update"), *lines])


def _update(share: float, running: Array, own: Array) -> str:
    before, after = (number(float(value)) for value in running[-2:])
    return (
        plain(f"(1 − {number(share)})·{before} + {number(share)}·{number(float(own[-1]))} = ") + f"**{plain(after)}**"
    )


def controls(form: Form) -> None:
    """Draw the layer's settings and the population."""
    with st.container(border=True, gap="small"):
        form.at("momentum")
        form.at("average")
        form.at("batches")
    with st.container(border=True, gap="small"):
        for name in ("mean", "spread", "seed", "eps"):
            form.at(name)


# ------------------------------------------------------------------------------------------------------------ data


def data(scene: BatchNormScene, words: Words) -> None:
    """Offer the statistics batch by batch as CSV, and show the first and the last."""
    result = streamed(scene)
    if result.refused:
        st.caption(words.w(f"{PAGE}.alt.refused"))
        return
    names, columns = table(result, words)
    descent.download(names, columns, "batchnorm", words, first="batch")
    kept = np.unique(np.r_[np.arange(min(MOST_ROWS, columns.shape[1])), columns.shape[1] - 1])
    head = [words.w(f"{PAGE}.stream.batch"), *names]
    lesson.table(head, [[str(t), *(number(float(column[t])) for column in columns)] for t in kept])


def table(result: Stream, words: Words) -> tuple[list[str], Table]:
    """Return the heads and the columns (7, T + 1); before the first batch there is but what is remembered."""
    found = result.found
    own = {"mean": found.mean, "biased": found.variance, "unbiased": found.unbiased, "training": result.in_training}
    columns = {words.w(f"{PAGE}.data.{name}"): np.append(np.nan, values) for name, values in own.items()}
    columns |= {"running_mean": result.running_mean, "running_var": result.running_var}
    columns[words.w(f"{PAGE}.data.eval")] = result.in_eval
    return [*columns], np.stack([*columns.values()]).astype(np.float64)
