"""The dropout lesson's four ways of looking: each draws its picture and says what it shows."""

import streamlit as st

from lrviz.figures.dropout import average_figure, depth_figure, layer_figure, rows, training_color
from lrviz.figures.dropout_networks import networks_figure
from lrviz.layers.dropout_scene import Average, Depth, DropoutScene, Ensemble, Layer, average, depth, ensemble, layer
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import chart
from lrviz.ui.markdown import plain
from lrviz.ui.network import Edge, Node, network
from lrviz.ui.permalink import Desk

PAGE = "page.dropout"
Result = Layer | Average | Depth | Ensemble
BELOW, ABOVE = 3, 2
"""Units drawn before and after the layer."""
DIGITS = 5


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
            figure = average_figure(result, words.group(f"{PAGE}.average"), narrow=lesson.on_phone())
            _chart("average", figure, _average_alt(result, words), words, height)
        case Depth() as result:
            figure = depth_figure(result, words.group(f"{PAGE}.depth"))
            _chart("depth", figure, _depth_alt(result, words), words, height)
        case result:
            figure = networks_figure(result, words.group(f"{PAGE}.networks"), narrow=lesson.on_phone())
            _chart("networks", figure, _networks_alt(result, words), words, height + 120 * lesson.on_phone())


def numbers(desk: Desk[DropoutScene], words: Words) -> None:
    """Say what the picture shows, in a sentence and in numbers."""
    match worked(desk.scene):
        case Layer() as result:
            _layer_numbers(result, words)
        case Average() as result:
            _average_numbers(result, words)
        case Depth() as result:
            _depth_numbers(result, words)
        case result:
            _networks_numbers(result, words)


def _chart(key: str, figure: dict, alt: str, words: Words, height: int) -> None:
    chart(figure, key=key, alt=alt, words=words.group("chart"), height=height, filename=f"lrviz-dropout-{key}")


def _say(sentence: str) -> None:
    st.markdown(plain(sentence))


def _x(i: int) -> str:
    return f"x{chr(0x2080 + i)}"


def _told(value: float) -> str:
    return number(float(value) + 0.0, DIGITS)


# ------------------------------------------------------------------------------------------------------ one layer


def _layer(desk: Desk[DropoutScene], result: Layer, words: Words, height: int) -> None:
    """Draw the layer between the ones before and after it, and each unit before and after dropout in the same row."""
    tall = (height + 40) // 2 if lesson.on_phone() else height - 150

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
        _chart("bars", layer_figure(result, words.group(f"{PAGE}.layer"), tall), _layer_alt(result, words), words, tall)


def _drawn(result: Layer, words: Words) -> tuple[list[Node], list[Edge]]:
    x, kept, color = result.scene.x, result.mask > 0, training_color(result.scene)
    units = [
        Node(
            str(i + 1), 0.5, y, value=number(x[i]), color=color, fill=f"{color}/0.12", crossed=not kept[i], picks=True,
            label=words.w(f"{PAGE}.layer.{'kept' if kept[i] else 'dropped'}", unit=i + 1, before=_told(x[i])),
        )
        for i, y in enumerate(rows(len(x)))
    ]  # fmt: skip
    below = [Node(f"below {k}", 0.06, y) for k, y in enumerate(rows(BELOW))]
    above = [Node(f"above {k}", 0.94, y) for k, y in enumerate(rows(ABOVE))]
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


def _layer_alt(result: Layer, words: Words) -> str:
    scene = result.scene
    if scene.mode == "eval":
        return words.w(f"{PAGE}.alt.evaluation", count=len(scene.values))
    after = words.listed(*(_told(v) for v in result.output))
    return words.w(f"{PAGE}.alt.layer", kept=result.count, count=len(scene.values), after=after)


def _layer_numbers(result: Layer, words: Words) -> None:
    _say(_layer_sentence(result, words))
    st.markdown(f"${formula(result)}$")
    lesson.table(*_layer_table(result, words))


def _layer_sentence(result: Layer, words: Words) -> str:
    scene, group = result.scene, f"{PAGE}.layer.said"
    if scene.mode == "eval":
        return words.w(f"{group}.{'evaluation_scaled' if scene.scaling == 'evaluation' else 'evaluation'}", p=scene.p)
    if scene.p == 1:
        return words.w(f"{group}.all")
    said = {"kept": result.count, "count": len(scene.values), "p": scene.p, "factor": result.factor}
    return words.w(f"{group}.{'scaled' if scene.scaling == 'training' else 'unscaled'}", **said)


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
    return name + f"\\frac{{m_{i}\\,x_{i}}}{{1-p}} = \\frac{{{m}\\cdot {x}}}{{1-{p}}} = {y}"


def _layer_table(result: Layer, words: Words) -> tuple[list[str], list[list[str]]]:
    lines = {"before": result.scene.x, "draw": result.uniforms, "mask": result.mask, "after": result.output}
    if result.scene.mode == "eval":
        lines = {name: lines[name] for name in ("before", "after")}
    said = words.group(f"{PAGE}.table")
    head = ["", *(_x(i + 1) for i in range(len(result.mask)))]
    return head, [[said[name], *map(_told if name != "draw" else number, values)] for name, values in lines.items()]


# ----------------------------------------------------------------------------------------------------- many masks


def _average_alt(result: Average, words: Words) -> str:
    last, evaluated = (words.listed(*map(_told, v)) for v in (result.averages[-1], result.evaluated))
    return words.w(f"{PAGE}.alt.average", masks=len(result.outputs), averages=last, evaluation=evaluated)


def _average_numbers(result: Average, words: Words) -> None:
    scene, group = result.scene, f"{PAGE}.average.said"
    name = "all" if scene.p == 1 else scene.scaling
    factor = 1 / (1 - scene.p) if scene.p < 1 else 0.0
    _say(words.w(f"{group}.{name}", p=scene.p, factor=factor, masks=len(result.outputs)))
    error = result.spread / len(result.outputs) ** 0.5
    lines = {
        "average": result.averages[-1],
        "error": error,
        "expected": result.expected,
        "evaluation": result.evaluated,
    }
    said = words.group(f"{PAGE}.table")
    head = ["", *(_x(i + 1) for i in range(len(error)))]
    cells = [[said[name], *("±" * (name == "error") + number(v) for v in values)] for name, values in lines.items()]
    lesson.table(head, cells)


# ---------------------------------------------------------------------------------------------------------- depth


def _depth_alt(result: Depth, words: Words) -> str:
    said = {"unscaled": float(result.unscaled[-1]), "scaled": float(result.scaled[-1])}
    return words.w(f"{PAGE}.alt.depth", layers=result.scene.depth, **said)


def _depth_numbers(result: Depth, words: Words) -> None:
    scene, group = result.scene, f"{PAGE}.depth.said"
    if scene.p == 1:
        _say(words.w(f"{group}.all"))
        return
    said = {
        "layers": scene.depth,
        "p": scene.p,
        "times": float(result.unscaled[-1]),
        "expected": float(result.expected[-1]),
    }
    _say(words.w(f"{group}.unscaled", **said))
    _say(words.w(f"{group}.scaled", odds=result.odds, times=float(result.scaled[-1])))


# --------------------------------------------------------------------------------------------------- sub-networks


def _networks_alt(result: Ensemble, words: Words) -> str:
    said = {"average": result.average, "whole": result.whole, "drawn": float(result.outputs[result.drawn])}
    return words.w(f"{PAGE}.alt.networks", count=len(result.outputs), **said)


def _networks_numbers(result: Ensemble, words: Words) -> None:
    scene, group = result.scene, f"{PAGE}.networks.said"
    gap = abs(result.average - result.whole)
    said = {"average": result.average, "whole": result.whole, "gap": gap, "count": len(result.outputs)}
    _say(words.w(f"{group}.{_verdict(result)}", **said))
    if result.geometric is not None:
        _say(words.w(f"{group}.geometric", geometric=result.geometric, gap=abs(result.geometric - result.whole)))
    drawn = result.masks[result.drawn]
    values = {"kept": int(drawn.sum()), "units": len(drawn), "output": float(result.outputs[result.drawn])}
    _say(words.w(f"{group}.drawn", seed=scene.seed, **values))


def _verdict(result: Ensemble) -> str:
    if result.scene.p == 1:
        return "all"
    if result.exact and result.scene.output == "linear":
        return "exact"
    return "logit" if result.exact else "close"
