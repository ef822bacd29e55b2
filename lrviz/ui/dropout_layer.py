"""The dropout lesson's one layer: neurons and bars in the same rows, the open unit's formula, the numbers drawn."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lrviz.figures.dropout import layer_figure, rows, training_color
from lrviz.formula import latex, parse
from lrviz.layers.dropout import Array
from lrviz.layers.dropout_scene import DropoutScene, Layer
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import Film, chart
from lrviz.ui.network import Edge, Node, network
from lrviz.ui.permalink import Desk

PAGE = "page.dropout"
Table = tuple[list[str], list[list[str]]]
"""The head of a table, and its rows."""
SIDES = {"below": (0.08, rows(3)), "above": (0.92, rows(2))}
"""Where the units of the layers beside it are drawn: how far right, and how high."""
DIGITS = 6


def told(value: float) -> str:
    """Write a number of the layer in full, as far as that can be read."""
    return number(float(value) + 0.0, DIGITS)  # a dropped negative gives -0


def unit_name(i: int) -> str:
    """Return the name of a unit, counted from 1."""
    return f"x{chr(0x2080 + i)}"


def show(
    desk: Desk[DropoutScene],
    key: str,
    figure: Mapping[str, Any],
    alt: str,
    words: Words,
    height: int,
    film: Film | None = None,
) -> None:
    """Show one of the lesson's charts."""
    name = f"lrviz-dropout-{key}"
    chart(figure, key=desk.named(key), alt=alt, words=words.group("chart"), height=height, filename=name, film=film)


# ---------------------------------------------------------------------------------------------------- the picture


def picture(desk: Desk[DropoutScene], result: Layer, words: Words, height: int) -> None:
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
            key=desk.named("layer"),
            alt=_alt(result, words),
            words=words.group("chart") | {"keys": words.w(f"{PAGE}.layer.keys")},
            height=tall,
            on_pick=pick,
            chosen=str(result.scene.open),
            filename="lrviz-dropout",
        )
    with bars:
        figure = layer_figure(result, words.group(f"{PAGE}.layer"), tall, narrow=narrow)
        show(desk, "bars", figure, _alt(result, words), words, tall)


def _drawn(result: Layer, words: Words) -> tuple[list[Node], list[Edge]]:
    units = [_unit(result, i, y, words) for i, y in enumerate(rows(len(result.mask)))]
    below, above = (_beside(name, words) for name in SIDES)
    edges = [Edge(f"{one.id} {unit.id}", one.id, unit.id, pale=unit.crossed) for one in below for unit in units]
    edges += [Edge(f"{unit.id} {one.id}", unit.id, one.id, pale=unit.crossed) for one in above for unit in units]
    return [*below, *units, *above], edges


def _unit(result: Layer, i: int, y: float, words: Words) -> Node:
    value, kept, color = told(result.scene.x[i]), bool(result.mask[i]), training_color(result.scene)
    label = words.w(f"{PAGE}.layer.{'kept' if kept else 'dropped'}", unit=i + 1, before=value)
    look = {"color": color, "fill": f"{color}/0.12", "crossed": not kept}
    return Node(str(i + 1), 0.5, y, value=value, picks=True, label=label, **look)


def _beside(name: str, words: Words) -> list[Node]:
    """Return the units of the layer before or after, the last one with its name beneath."""
    x, places = SIDES[name]
    notes = [*[""] * (len(places) - 1), words.w(f"{PAGE}.layer.{name}")]
    return [Node(f"{name} {k}", x, y, note=note) for k, (y, note) in enumerate(zip(places, notes, strict=True))]


def _alt(result: Layer, words: Words) -> str:
    scene = result.scene
    if scene.mode == "eval":
        return words.w(f"{PAGE}.alt.evaluation", count=len(scene.values))
    after = words.listed(*map(told, result.output))
    return words.w(f"{PAGE}.alt.layer", kept=result.count, count=len(scene.values), after=after)


# ------------------------------------------------------------------------------------------------------ what is said


def sentence(result: Layer, words: Words) -> str:
    """Say what the mask does to the layer, or that there is none."""
    scene = result.scene
    if scene.mode == "eval":
        name = "evaluation_scaled" if scene.scaling == "evaluation" else "evaluation"
        return words.w(f"{PAGE}.layer.said.{name}", p=scene.p)
    if scene.p == 1:
        return words.w(f"{PAGE}.layer.said.all")
    said = {"kept": result.count, "count": len(scene.values), "p": scene.p, "factor": result.factor}
    return words.w(f"{PAGE}.layer.said.{'scaled' if scene.scaling == 'training' else 'unscaled'}", **said)


def formula(result: Layer) -> str:
    """Return how the open unit's output comes about, in symbols and with its numbers, as TeX."""
    i, rule = result.scene.open, _rule(result.scene)
    symbols = {"m": f"m_{i}", "x": f"x_{i}", "p": "p"}
    numbers = {"m": result.mask[i - 1], "x": result.scene.x[i - 1], "p": result.scene.p}
    filled = {name: told(value) for name, value in numbers.items()}
    steps = [f"y_{i}", _written(rule, symbols), _written(rule, filled)]
    if rule != "x":
        steps.append(_written("y", {"y": told(result.output[i - 1])}))
    return rf"\displaystyle {' = '.join(steps)}"


def _rule(scene: DropoutScene) -> str:
    """Return what a unit goes through as the scene stands."""
    if scene.mode == "eval":
        return "(1 - p) * x" if scene.scaling == "evaluation" else "x"
    if scene.scaling != "training":
        return "m * x"
    return "m * x * 0" if scene.p == 1 else "m * x / (1 - p)"


def _written(formula: str, names: Mapping[str, str]) -> str:
    return latex(parse(formula, tuple(names)), names)


def table(result: Layer) -> Table:
    """Return the numbers of every unit."""
    named = columns(result)
    cells = [[f"{v:.3f}" if name == "u" else told(v) for v in values] for name, values in named.items()]
    return ["", *named], [[unit_name(i + 1), *row] for i, row in enumerate(zip(*cells, strict=True))]


def columns(result: Layer) -> dict[str, Array]:
    """Return x before dropout, u drawn, m kept and y after it, (n,) each; in evaluation nothing is drawn."""
    drawn = {"u": result.uniforms, "m": result.mask} if result.scene.mode == "train" else {}
    return {"x": result.scene.x} | drawn | {"y": result.output}
