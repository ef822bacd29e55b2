"""Who shares a mean, on the Batch norm page: the four layers side by side, which axes each runs over, the form."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st

from lrviz.figures.batchnorm_axes import axes_figure, cell_at
from lrviz.layers.batchnorm_scene import CHANNELS, BatchNormScene
from lrviz.layers.normalization import NORMS, Norm
from lrviz.layers.shared_axes import SharedAxes
from lrviz.text import Words
from lrviz.ui import descent, lesson
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk

PAGE = "page.batchnorm"
Table = npt.NDArray[np.float64]
PICKED = "batchnorm place"
LETTERS = {2: "", 3: "L", 4: "HW", 5: "DHW"}
"""The names of the axes behind N and C, by how many axes there are."""


def show(desk: Desk[BatchNormScene], words: Words, height: int) -> None:
    """Draw the tensor four times; a click shows whose mean a cell shares."""
    result = SharedAxes(desk.scene)

    def pick(x: float, y: float) -> None:
        st.session_state[PICKED] = cell_at(SharedAxes(desk.scene), x, y)
        st.rerun(["picture", "statistics"])

    chart(
        axes_figure(result, chart_words(words), narrow=lesson.on_phone(), chosen=picked(result)),
        key=desk.named("batchnorm"),
        alt=alt(result, words),
        words=words.group("chart"),
        height=height - 100 + 170 * lesson.on_phone(),
        filename="lrviz-batchnorm",
        on_pick=pick,
    )


def picked(result: SharedAxes) -> tuple[int, int]:
    """Return the sample and channel that were clicked, if there still are such ones."""
    sample, channel = st.session_state.get(PICKED, (0, 0))
    return (sample, channel) if sample < result.shape[0] and channel < result.shape[1] else (0, 0)


def chart_words(words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    return words.group(f"{PAGE}.axes")


def alt(result: SharedAxes, words: Words) -> str:
    """Say what the picture shows now."""
    said = [
        words.w(f"{PAGE}.alt.axes_one", norm=words.w(f"{PAGE}.axes.{norm}"), count=count(result, norm, words))
        for norm in NORMS
    ]
    return words.w(f"{PAGE}.alt.axes", shape=str(result.shape), counts=" ".join(said))


def count(result: SharedAxes, norm: Norm, words: Words) -> str:
    """Say how many means a layer has, and of how many values."""
    means = result.means(norm)
    return words.w(f"{PAGE}.axes.{'count' if means > 1 else 'count_one'}", means=means, values=result.values(norm))


def numbers(desk: Desk[BatchNormScene], words: Words) -> None:
    """Say of each layer what one of its means runs over, with the numbers of this shape."""
    result = SharedAxes(desk.scene)
    columns = ("layer", "over") if lesson.on_phone() else ("layer", "torch", "over", "sample")
    rows = [_row(result, norm, words) for norm in NORMS]
    head = ["PyTorch" if name == "torch" else words.w(f"{PAGE}.axes.head_{name}") for name in columns]
    lesson.table(head, [[row[name] for name in columns] for row in rows])


def _row(result: SharedAxes, norm: Norm, words: Words) -> Mapping[str, str]:
    return {
        "layer": words.w(f"{PAGE}.axes.{norm}"),
        "torch": torch_name(result, norm),
        "over": runs_over(result, norm),
        "sample": words.w(f"{PAGE}.axes.{'yes' if norm == 'batch' else 'no'}"),
    }


def torch_name(result: SharedAxes, norm: Norm) -> str:
    """Return the layer as PyTorch makes it."""
    dims = max(1, len(result.shape) - 2)
    return {
        "batch": f"BatchNorm{dims}d({CHANNELS})",
        "layer": f"LayerNorm({list(result.shape[1:])})",
        "group": f"GroupNorm({result.scene.groups}, {CHANNELS})",
        "instance": f"InstanceNorm{dims}d({CHANNELS})",
    }[norm]


def runs_over(result: SharedAxes, norm: Norm) -> str:
    """Return the axes of a mean and how many values that makes: N·H·W = 4·2·2 = 16."""
    shape, groups = result.shape, int(result.scene.groups)
    front = {"batch": ("N", shape[0]), "layer": ("C", CHANNELS), "group": (f"C/{groups}", CHANNELS // groups)}
    places = list(zip(LETTERS[len(shape)], shape[2:], strict=True))
    parts = ([front[norm]] if norm in front else []) + places
    names, sizes = "·".join(name for name, _ in parts), "·".join(str(size) for _, size in parts)
    return " = ".join(dict.fromkeys(text for text in (names, sizes, str(result.values(norm))) if text))


def statistics(desk: Desk[BatchNormScene], words: Words) -> None:
    """Say whose mean the chosen cell shares."""
    result = SharedAxes(desk.scene)
    sample, channel = picked(result)
    samples = result.shape[0]
    said = words.w(f"{PAGE}.axes.chosen", sample=sample, channel=channel, samples=samples)
    st.markdown(plain(said if samples > 1 else words.w(f"{PAGE}.axes.chosen_one")))
    st.caption(words.w(f"{PAGE}.axes.hint"))


def controls(form: Form) -> None:
    """Draw the tensor's shape and the groups."""
    with st.container(border=True, gap="small"):
        form.at("dims")
        form.at("groups")


# ------------------------------------------------------------------------------------------------------------ data


def data(scene: BatchNormScene, words: Words) -> None:
    """Offer as CSV which mean every value shares."""
    names, columns = table(SharedAxes(scene), words)
    descent.download(names, columns, "batchnorm", words, first="value")
    lesson.table(names, [[str(int(value)) for value in row] for row in columns.T[:24]])


def table(result: SharedAxes, words: Words) -> tuple[list[str], Table]:
    """Return the heads and the columns (7, values): where a value is, and the number of its mean in each layer."""
    sample, channel, *_ = np.unravel_index(np.arange(np.prod(result.shape)), result.shape)
    place = np.tile(np.arange(result.places), result.shape[0] * CHANNELS)
    names = [words.w(f"{PAGE}.data.{name}") for name in ("sample", "channel", "place")]
    names += [words.w(f"{PAGE}.data.shared", norm=words.w(f"{PAGE}.axes.{norm}")) for norm in NORMS]
    return names, np.stack([sample, channel, place, *(result.shared[norm].ravel() for norm in NORMS)]).astype(
        np.float64
    )
