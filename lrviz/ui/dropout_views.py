"""The dropout lesson's four ways of looking: each draws its picture, says what it shows, and gives its numbers."""

import numpy as np
import streamlit as st

from lrviz.figures.dropout import average_figure, depth_figure
from lrviz.figures.dropout_networks import networks_figure
from lrviz.layers.dropout import Array
from lrviz.layers.dropout_scene import Average, Depth, DropoutScene, Ensemble, Layer, average, depth, ensemble, layer
from lrviz.text import Words, number
from lrviz.ui import dropout_layer, lesson
from lrviz.ui.chart import Film
from lrviz.ui.dropout_layer import Table, show, told, unit_name
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk

PAGE = "page.dropout"
Result = Layer | Average | Depth | Ensemble
TALL = ("average", "networks")
"""What is taller than a telephone with all that belongs to it: there the knob comes first."""
MOST_LAYERS = 12
ROUNDING = 12
"""Decimals beyond which a difference is nothing but rounding."""


def worked(scene: DropoutScene) -> Result:
    """Return what the scene's way of looking needs, made once however many parts of the page show it."""
    make = {"layer": layer, "average": average, "depth": depth, "networks": ensemble}[scene.view]
    return once("dropout worked", scene, lambda: make(scene))


def picture(desk: Desk[DropoutScene], words: Words, height: int) -> None:
    """Draw what the scene looks at."""
    match worked(desk.scene):
        case Layer() as result:
            dropout_layer.picture(desk, result, words, height)
        case Average() as result:
            _average(desk, result, words, height + 110 * lesson.on_phone())
        case Depth() as result:
            figure = depth_figure(result, words.group(f"{PAGE}.depth"))
            show(desk, "depth", figure, _depth_alt(result, words), words, height)
        case result:
            figure = networks_figure(result, words.group(f"{PAGE}.networks"), narrow=lesson.on_phone())
            show(desk, "networks", figure, _networks_alt(result, words), words, height + 160 * lesson.on_phone())


def said(desk: Desk[DropoutScene], words: Words) -> None:
    """Say in a sentence or two what the picture shows."""
    match worked(desk.scene):
        case Layer() as result:
            sentences = [dropout_layer.sentence(result, words)]
        case Average() as result:
            sentences = [_average_sentence(result, words)]
        case Depth() as result:
            sentences = _depth_sentences(result, words)
        case result:
            sentences = _networks_sentences(result, words)
    st.markdown(plain(" ".join(sentences)))
    if isinstance(result, Layer):
        st.markdown(f"${dropout_layer.formula(result)}$")


def numbers(desk: Desk[DropoutScene], words: Words) -> None:
    """Show the numbers of the picture as a small table."""
    match worked(desk.scene):
        case Layer() as result:
            head, rows = dropout_layer.table(result)
        case Average() as result:
            head, rows = _average_table(result, words)
        case Depth() as result:
            head, rows = _depth_table(result, words)
        case result:
            head, rows = _networks_table(result, words)
    lesson.table(head, rows)
    if isinstance(result, Layer) and result.scene.mode == "train":
        st.caption(words.w(f"{PAGE}.layer.draw", p=result.scene.p))
    if isinstance(result, Ensemble):
        kept = int(result.masks[result.drawn].sum())
        st.caption(words.w(f"{PAGE}.networks.drawn", seed=result.scene.seed, kept=kept, units=result.masks.shape[1]))


def _in_table(words: Words, name: str) -> str:
    return words.w(f"{PAGE}.table.{name}")


# ----------------------------------------------------------------------------------------------------- many masks


def _average(desk: Desk[DropoutScene], result: Average, words: Words, height: int) -> None:
    """Draw the averages as a film, a mask a frame."""
    which = result.largest
    places = {name: f"{{{name}}}" for name in ("frame", "now", "average")}
    evaluated = told(result.evaluated[which])
    film = Film(
        frames=len(result.outputs) + 1,
        words=words.group("film") | {"frame_of": words.w(f"{PAGE}.film.frame_of")},
        per_second=20,
        caption=words.w(f"{PAGE}.film.caption", unit=unit_name(which + 1), evaluation=evaluated, **places),
        values={"now": _first(result.outputs[:, which]), "average": _first(result.averages[:, which])},
    )
    figure = average_figure(result, words.group(f"{PAGE}.average"), narrow=lesson.on_phone())
    show(desk, "average", figure, _average_alt(result, words), words, height, film)


def _first(values: Array) -> Array:
    """Return one number a mask as one a frame: before the first mask there is none."""
    return np.concatenate([[np.nan], values])


def _average_alt(result: Average, words: Words) -> str:
    last, evaluated = (words.listed(*map(told, v)) for v in (result.averages[-1], result.evaluated))
    return words.w(f"{PAGE}.alt.average", masks=len(result.outputs), averages=last, evaluation=evaluated)


def _average_sentence(result: Average, words: Words) -> str:
    p = result.scene.p
    name = "all" if p == 1 else result.scene.scaling
    return words.w(f"{PAGE}.average.said.{name}", factor=1 / (1 - p) if p < 1 else 0.0)


def _average_table(result: Average, words: Words) -> Table:
    error = result.spread / len(result.outputs) ** 0.5
    head = [_in_table(words, name) for name in ("row_unit", "average", "error", "evaluation")]
    columns = zip(result.averages[-1], error, result.evaluated, strict=True)
    return head, [[unit_name(i + 1), number(a), f"±{number(e, 3)}", number(v)] for i, (a, e, v) in enumerate(columns)]


# ---------------------------------------------------------------------------------------------------------- depth


def _depth_alt(result: Depth, words: Words) -> str:
    said = {"unscaled": float(result.unscaled[-1]), "scaled": float(result.scaled[-1])}
    return words.w(f"{PAGE}.alt.depth", layers=result.scene.depth, **said)


def _depth_sentences(result: Depth, words: Words) -> list[str]:
    scene = result.scene
    if scene.p == 1:
        return [words.w(f"{PAGE}.depth.said.all")]
    last = {"times": float(result.unscaled[-1]), "expected": float(result.expected[-1]), "odds": result.odds}
    return [
        words.w(f"{PAGE}.depth.said.unscaled", layers=scene.depth, **last),
        words.w(f"{PAGE}.depth.said.scaled"),
    ]


def _depth_table(result: Depth, words: Words) -> Table:
    """Return what every layer meets; of many layers the first and the last ones."""
    head = [_in_table(words, name) for name in ("row_layer", "unscaled", "scaled")]
    columns = result.unscaled[1:], result.scaled[1:]
    rows = [[str(i + 1), *(f"×{number(float(v))}" for v in pair)] for i, pair in enumerate(zip(*columns, strict=True))]
    half = MOST_LAYERS // 2
    return head, rows if len(rows) <= MOST_LAYERS else [*rows[:half], ["…"] * 3, *rows[-half:]]


# --------------------------------------------------------------------------------------------------- sub-networks


def _networks_alt(result: Ensemble, words: Words) -> str:
    said = {"average": result.average, "whole": result.whole, "drawn": float(result.outputs[result.drawn])}
    return words.w(f"{PAGE}.alt.networks", count=len(result.outputs), **said)


def _networks_sentences(result: Ensemble, words: Words) -> list[str]:
    gap = abs(result.average - result.whole)
    values = {"average": result.average, "whole": result.whole, "gap": gap, "count": len(result.outputs)}
    sentences = [words.w(f"{PAGE}.networks.said.{_verdict(result)}", **values)]
    if result.geometric is not None:
        far = round(abs(result.geometric - result.whole), ROUNDING)
        sentences.append(words.w(f"{PAGE}.networks.said.geometric", geometric=result.geometric, gap=far))
    return sentences


def _verdict(result: Ensemble) -> str:
    if result.scene.p == 1:
        return "all"
    if result.exact and result.scene.output == "linear":
        return "exact"
    return "logit" if result.exact else "close"


def _networks_table(result: Ensemble, words: Words) -> Table:
    values = {"average": result.average, "whole": result.whole, "gap": round(result.average - result.whole, ROUNDING)}
    values |= {} if result.geometric is None else {"geometric": result.geometric}
    values |= {"drawn": float(result.outputs[result.drawn])}
    head = [_in_table(words, "row_networks"), f"2{chr(0x2070 + result.masks.shape[1])} = {len(result.outputs)}"]
    return head, [[_in_table(words, name), number(value)] for name, value in values.items()]
