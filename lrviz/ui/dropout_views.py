"""The dropout lesson's four ways of looking: each draws its picture and says what it shows."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from lrviz.figures.dropout import average_figure, depth_figure, layer_figure, rows, training_color
from lrviz.figures.dropout_networks import networks_figure
from lrviz.layers.dropout import Array
from lrviz.layers.dropout_scene import Average, Depth, DropoutScene, Ensemble, Layer, average, depth, ensemble, layer
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import Film, chart
from lrviz.ui.markdown import plain
from lrviz.ui.network import Edge, Node, network
from lrviz.ui.permalink import Desk

PAGE = "page.dropout"
Result = Layer | Average | Depth | Ensemble
Table = tuple[list[str], list[list[str]]]
"""The head of a table, and its rows."""
Said = Callable[[str], str]
"""Returns the word for a name in tables."""
BELOW, ABOVE = 3, 2
"""Units drawn before and after the layer."""
DIGITS = 5
MOST_LAYERS = 12


TALL = ("average", "networks")
"""What is taller than a telephone with all that belongs to it: there the knob comes first."""


def worked(scene: DropoutScene) -> Result:
    """Return what the scene's way of looking needs, made once however many parts of the page show it."""
    kept = st.session_state.get("dropout worked")
    if kept is None or kept.scene != scene:
        make = {"layer": layer, "average": average, "depth": depth, "networks": ensemble}[scene.view]
        st.session_state["dropout worked"] = kept = make(scene)
    return kept


def picture(desk: Desk[DropoutScene], words: Words, height: int) -> None:
    """Draw what the scene looks at."""
    match worked(desk.scene):
        case Layer() as result:
            _layer(desk, result, words, height)
        case Average() as result:
            _average(result, words, height + 110 * lesson.on_phone())
        case Depth() as result:
            figure = depth_figure(result, words.group(f"{PAGE}.depth"))
            _chart("depth", figure, _depth_alt(result, words), words, height)
        case result:
            figure = networks_figure(result, words.group(f"{PAGE}.networks"), narrow=lesson.on_phone())
            _chart("networks", figure, _networks_alt(result, words), words, height + 160 * lesson.on_phone())


def said(desk: Desk[DropoutScene], words: Words) -> None:
    """Say in a sentence or two what the picture shows."""
    match worked(desk.scene):
        case Layer() as result:
            _say(_layer_sentence(result, words))
            st.markdown(f"${formula(result)}$")
        case Average() as result:
            _say(_average_sentence(result, words))
        case Depth() as result:
            for sentence in _depth_sentences(result, words):
                _say(sentence)
        case result:
            for sentence in _networks_sentences(result, words):
                _say(sentence)


def numbers(desk: Desk[DropoutScene], words: Words) -> None:
    """Show the numbers of the picture as a small table."""
    tables = {Layer: _layer_table, Average: _average_table, Depth: _depth_table, Ensemble: _networks_table}
    result = worked(desk.scene)
    head, rows = tables[type(result)](result, lambda name: words.w(f"{PAGE}.table.{name}"))
    lesson.table(head, rows)
    if isinstance(result, Layer) and result.scene.mode == "train":
        st.caption(words.w(f"{PAGE}.layer.draw", p=result.scene.p))


def _chart(key: str, figure: dict, alt: str, words: Words, height: int, film: Film | None = None) -> None:
    name = f"lrviz-dropout-{key}"
    chart(figure, key=key, alt=alt, words=words.group("chart"), height=height, filename=name, film=film)


def _say(sentence: str) -> None:
    st.markdown(plain(sentence))


def _x(i: int) -> str:
    return f"x{chr(0x2080 + i)}"


def _told(value: float) -> str:
    return number(float(value) + 0.0, DIGITS)


# ------------------------------------------------------------------------------------------------------ one layer


def _layer(desk: Desk[DropoutScene], result: Layer, words: Words, height: int) -> None:
    """Draw the layer between the ones before and after it, and each unit before and after dropout in the same row."""
    narrow = lesson.on_phone()
    tall = 200 if narrow else height - 50

    def pick(unit: str) -> None:
        desk.put(desk.scene.but(unit=int(unit)))
        st.rerun()

    drawn, bars = st.columns([1, 1.1], gap="small")
    with drawn:
        network(
            *_drawn(result, words),
            key="layer",
            alt=_layer_alt(result, words),
            words=words.group("chart") | {"keys": words.w(f"{PAGE}.layer.keys")},
            height=tall,
            on_pick=pick,
            chosen=str(result.scene.open),
            filename="lrviz-dropout",
        )
    with bars:
        figure = layer_figure(result, words.group(f"{PAGE}.layer"), tall, narrow=narrow)
        _chart("bars", figure, _layer_alt(result, words), words, tall)


def _drawn(result: Layer, words: Words) -> tuple[list[Node], list[Edge]]:
    x, kept, color = result.scene.x, result.mask > 0, training_color(result.scene)
    units = [
        Node(
            str(i + 1), 0.5, y, value=_told(x[i]), color=color, fill=f"{color}/0.12", crossed=not kept[i], picks=True,
            label=words.w(f"{PAGE}.layer.{'kept' if kept[i] else 'dropped'}", unit=i + 1, before=_told(x[i])),
        )
        for i, y in enumerate(rows(len(x)))
    ]  # fmt: skip
    below, above = (_beside(name, words) for name in ("below", "above"))
    pairs = [(node.id, unit) for node in below for unit in units] + [
        (node.id, unit) for node in above for unit in units
    ]
    edges = [
        Edge(
            f"{other} {unit.id}",
            *((other, unit.id) if other.startswith("below") else (unit.id, other)),
            pale=unit.crossed,
        )
        for other, unit in pairs
    ]
    return [*below, *units, *above], edges


def _beside(name: str, words: Words) -> list[Node]:
    """Return the units of the layer before or after, the last one with its name beneath."""
    x, places = {"below": (0.08, rows(BELOW)), "above": (0.92, rows(ABOVE))}[name]
    notes = [*[""] * (len(places) - 1), words.w(f"{PAGE}.layer.{name}")]
    return [Node(f"{name} {k}", x, y, note=note) for k, (y, note) in enumerate(zip(places, notes, strict=True))]


def _layer_alt(result: Layer, words: Words) -> str:
    scene = result.scene
    if scene.mode == "eval":
        return words.w(f"{PAGE}.alt.evaluation", count=len(scene.values))
    after = words.listed(*(_told(v) for v in result.output))
    return words.w(f"{PAGE}.alt.layer", kept=result.count, count=len(scene.values), after=after)


def _layer_sentence(result: Layer, words: Words) -> str:
    scene = result.scene
    if scene.mode == "eval":
        return words.w(
            f"{PAGE}.layer.said.{'evaluation_scaled' if scene.scaling == 'evaluation' else 'evaluation'}", p=scene.p
        )
    if scene.p == 1:
        return words.w(f"{PAGE}.layer.said.all")
    said = {"kept": result.count, "count": len(scene.values), "p": scene.p, "factor": result.factor}
    return words.w(f"{PAGE}.layer.said.{'scaled' if scene.scaling == 'training' else 'unscaled'}", **said)


def formula(result: Layer) -> str:
    """Return how the open unit's output comes about, with its numbers, as TeX."""
    scene, i = result.scene, result.scene.open
    x, m, y = (_told(v[i - 1]) for v in (scene.x, result.mask, result.output))
    p, name = number(scene.p), f"y_{i} = "
    if scene.mode == "eval":
        return name + (f"(1-p)\\,x_{i} = (1-{p})\\cdot {x} = {y}" if scene.scaling == "evaluation" else f"x_{i} = {y}")
    if scene.scaling != "training":
        return name + f"m_{i}\\,x_{i} = {m}\\cdot {x} = {y}"
    if scene.p == 1:
        return name + f"m_{i}\\,x_{i}\\cdot 0 = {y}"
    return name + f"\\dfrac{{m_{i}\\,x_{i}}}{{1-p}} = \\dfrac{{{m}\\cdot {x}}}{{1-{p}}} = {y}"


def _layer_table(result: Layer, said: Said) -> Table:
    columns = layer_columns(result)
    cells = [[f"{v:.3f}" if name == "u" else _told(v) for v in values] for name, values in columns.items()]
    return ["", *columns], [[_x(i + 1), *row] for i, row in enumerate(zip(*cells, strict=True))]


def layer_columns(result: Layer) -> dict[str, Array]:
    """Return x before dropout, u drawn, m kept and y after it, (n,) each; in evaluation nothing is drawn."""
    drawn = {"u": result.uniforms, "m": result.mask} if result.scene.mode == "train" else {}
    return {"x": result.scene.x} | drawn | {"y": result.output}


# ----------------------------------------------------------------------------------------------------- many masks


def _average(result: Average, words: Words, height: int) -> None:
    """Draw the averages as a film, a mask a frame."""
    which = result.largest
    places = {name: f"{{{name}}}" for name in ("frame", "now", "average")}
    evaluated = _told(result.evaluated[which])
    film = Film(
        frames=len(result.outputs) + 1,
        words=words.group("film") | {"frame_of": words.w(f"{PAGE}.film.frame_of")},
        per_second=20,
        caption=words.w(f"{PAGE}.film.caption", unit=_x(which + 1), evaluation=evaluated, **places),
        values={"now": _first(result.outputs[:, which]), "average": _first(result.averages[:, which])},
    )
    figure = average_figure(result, words.group(f"{PAGE}.average"), narrow=lesson.on_phone())
    _chart("average", figure, _average_alt(result, words), words, height, film)


def _first(values: Array) -> Array:
    """Return one number a mask as one a frame: before the first mask there is none."""
    return np.concatenate([[np.nan], values]).astype(np.float32)


def _average_alt(result: Average, words: Words) -> str:
    last, evaluated = (words.listed(*map(_told, v)) for v in (result.averages[-1], result.evaluated))
    return words.w(f"{PAGE}.alt.average", masks=len(result.outputs), averages=last, evaluation=evaluated)


def _average_sentence(result: Average, words: Words) -> str:
    p = result.scene.p
    name = "all" if p == 1 else result.scene.scaling
    return words.w(f"{PAGE}.average.said.{name}", factor=1 / (1 - p) if p < 1 else 0.0)


def _average_table(result: Average, said: Said) -> Table:
    error = result.spread / len(result.outputs) ** 0.5
    head = [said(name) for name in ("row_unit", "average", "error", "evaluation")]
    columns = zip(result.averages[-1], error, result.evaluated, strict=True)
    return head, [[_x(i + 1), number(a), f"±{number(e, 3)}", number(v)] for i, (a, e, v) in enumerate(columns)]


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
        words.w(f"{PAGE}.depth.said.scaled", times=float(result.scaled[-1])),
    ]


def _depth_table(result: Depth, said: Said) -> Table:
    head = [said(name) for name in ("row_layer", "unscaled", "scaled")]
    layers = range(1, result.scene.depth + 1)
    shown = layers if len(layers) <= MOST_LAYERS else [*layers[: MOST_LAYERS // 2], *layers[-MOST_LAYERS // 2 :]]
    return head, [[str(i), *(f"×{number(float(v[i]))}" for v in (result.unscaled, result.scaled))] for i in shown]


# --------------------------------------------------------------------------------------------------- sub-networks


def _networks_alt(result: Ensemble, words: Words) -> str:
    said = {"average": result.average, "whole": result.whole, "drawn": float(result.outputs[result.drawn])}
    return words.w(f"{PAGE}.alt.networks", count=len(result.outputs), **said)


def _networks_sentences(result: Ensemble, words: Words) -> list[str]:
    gap = abs(result.average - result.whole)
    values = {"average": result.average, "whole": result.whole, "gap": gap, "count": len(result.outputs)}
    sentences = [words.w(f"{PAGE}.networks.said.{_verdict(result)}", **values)]
    if result.geometric is not None:
        far = abs(result.geometric - result.whole)
        sentences.append(words.w(f"{PAGE}.networks.said.geometric", geometric=result.geometric, gap=far))
    drawn = result.masks[result.drawn]
    told = {"kept": int(drawn.sum()), "units": len(drawn), "output": float(result.outputs[result.drawn])}
    return [*sentences, words.w(f"{PAGE}.networks.said.drawn", seed=result.scene.seed, **told)]


def _verdict(result: Ensemble) -> str:
    if result.scene.p == 1:
        return "all"
    if result.exact and result.scene.output == "linear":
        return "exact"
    return "logit" if result.exact else "close"


def _networks_table(result: Ensemble, said: Said) -> Table:
    values = {"average": result.average, "whole": result.whole, "gap": result.average - result.whole}
    values |= {} if result.geometric is None else {"geometric": result.geometric}
    drawn = f"{number(float(result.outputs[result.drawn]))}"
    rows = [[said(name), number(value)] for name, value in values.items()]
    return [said("row_networks"), f"2{chr(0x2070 + result.masks.shape[1])} = {len(result.outputs)}"], [
        *rows,
        [said("drawn"), drawn],
    ]
