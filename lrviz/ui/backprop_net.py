"""The 2-2-2 network as it is drawn: what each unit and weight shows at a stage, and what is lit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from lrviz.backprop.engine import PARAMETERS, WEIGHTS
from lrviz.backprop.scene import Stage, Worked
from lrviz.figures.theme import ROLES
from lrviz.text import Words, number
from lrviz.ui.network import Edge, Node

PAGE = "page.backprop"
Layer = Literal["h", "o"]
COLORS: Mapping[str, str] = {
    "error": ROLES["training_loss"],
    "unit": "@series4",
    "weight": "@series3",
    "input": "@series1",
    "gradient": ROLES["gradient"],
    "update": ROLES["update"],
}
"""What each kind of factor is drawn in, here and on the plates below."""
INTO_H, INTO_O = ("w1", "w2", "w3", "w4", "b1h1", "b1h2"), ("w5", "w6", "w7", "w8", "b2o1", "b2o2")
LIT: Mapping[Stage, tuple[tuple[str, ...], str]] = {
    "inputs": (("i1", "i2"), "input"),
    "net_h": (INTO_H, "weight"),
    "out_h": (("h1", "h2"), "unit"),
    "net_o": (INTO_O, "weight"),
    "out_o": (("o1", "o2"), "unit"),
    "error": (("e1", "e2", "E"), "error"),
    "delta_o": (("e1", "e2", "o1", "o2"), "error"),
    "grad_o": (INTO_O, "gradient"),
    "delta_h": (("w5", "w6", "w7", "w8", "h1", "h2"), "weight"),
    "grad_h": (INTO_H, "gradient"),
    "update": (WEIGHTS, "update"),
}
"""What a stage works out, and its colour."""
BACKWARD: frozenset[Stage] = frozenset({"delta_o", "grad_o", "delta_h", "grad_h"})
ENDS = {name: (f"i{k % 2 + 1}", f"h{k // 2 + 1}") for k, name in enumerate(WEIGHTS[:4])} | {
    name: (f"h{k % 2 + 1}", f"o{k // 2 + 1}") for k, name in enumerate(WEIGHTS[4:])
}
"""The units at both ends of a weight."""
COLUMNS = {"i": 0.0, "b1": 0.075, "h": 0.38, "b2": 0.455, "o": 0.76, "E": 1.0}
ROWS = {1: 1.0, 2: 0.38}


@dataclass(frozen=True)
class Drawing:
    """The nodes and edges of a scene that is worked out; a narrow one has shorter numbers on its weights."""

    result: Worked
    words: Words
    narrow: bool = False

    # ------------------------------------------------------------------------------------------------------ lit

    @cached_property
    def lit(self) -> Mapping[str, str]:
        """The colour of every unit and weight that is lit: the paths of the chosen parameter, else the stage's own."""
        scene = self.result.scene
        if scene.lit:
            return {f.at: COLORS[f.part] for path in self.result.paths(scene.lit) for f in path.factors}
        names, part = LIT[scene.stage]
        moving = names + (("b1", "b2") if scene.stage == "update" and scene.biases else ())
        return dict.fromkeys(moving, COLORS[part])

    @property
    def backward(self) -> bool:
        """Whether what is lit runs from the error back."""
        return bool(self.result.scene.lit) or self.result.scene.stage in BACKWARD

    # ---------------------------------------------------------------------------------------------------- nodes

    def nodes(self) -> list[Node]:
        """Return the units, the biases and the error."""
        return [*self._inputs(), *self._units("h"), *self._units("o"), *self._biases(), self._error()]

    def _in_light(self, node: Node) -> Node:
        return replace(node, color=self.lit.get(node.id, node.color), lit=node.id in self.lit)

    def _inputs(self) -> Iterator[Node]:
        for k, value in enumerate(self.result.scene.net.inputs.tolist(), 1):
            yield self._in_light(Node(f"i{k}", COLUMNS["i"], ROWS[k], f"i{k}", self._short(value)))

    def _units(self, layer: Layer) -> Iterator[Node]:
        scene, now = self.result.scene, self.result.now
        made, known = (now.out_h[0], "out_h") if layer == "h" else (now.out_o[0], "out_o")
        for k in (0, 1):
            name = f"{layer}{k + 1}"
            target = f", t{k + 1} = {self._short(float(scene.net.targets[k]))}" if layer == "o" else ""
            node = Node(name, COLUMNS[layer], ROWS[k + 1], f"{name}{target}", note=self._note(layer, k))
            if scene.reaches(known):
                node = replace(node, value=self._short(float(made[k])), fill="@series4/0.1")
            yield self._in_light(node)

    def _note(self, layer: Layer, k: int) -> str:
        """Return what stands below a unit: its net input, or its delta once that is known."""
        scene, now = self.result.scene, self.result.now
        nets, deltas = (now.net_h, now.delta_h) if layer == "h" else (now.net_o, now.delta_o)
        if scene.reaches("delta_h" if layer == "h" else "delta_o"):
            return f"δ {self._short(float(deltas[0, k]))}"
        return f"net {self._short(float(nets[0, k]))}" if scene.reaches("net_h" if layer == "h" else "net_o") else ""

    def _biases(self) -> Iterator[Node]:
        scene = self.result.scene
        for name in ("b1", "b2"):
            at = PARAMETERS.index(name)
            moved = scene.stage == "update" and scene.biases
            value = float((self.result.after if moved else self.result.parameters)[at])
            slope = self._slope(at) if self._has_gradient(name) else ""
            node = Node(name, COLUMNS[name], 0.0, name, self._short(value), shape="box", note=slope)
            yield self._in_light(replace(node, picks=True, label=self._said(name)))

    def _error(self) -> Node:
        scene = self.result.scene
        after = f"→ {self._short(self.result.error_after)}" if scene.stage == "update" else ""
        value = self._short(self.result.error) if scene.reaches("error") else ""
        return self._in_light(Node("E", COLUMNS["E"], (ROWS[1] + ROWS[2]) / 2, "E", value, note=after))

    # ---------------------------------------------------------------------------------------------------- edges

    def edges(self) -> list[Edge]:
        """Return the weights, and the plain lines from the biases and to the error."""
        plain = [(b, f"{layer}{k}") for b, layer in (("b1", "h"), ("b2", "o")) for k in (1, 2)]
        edges = [
            *(self._weight(name) for name in WEIGHTS),
            *(Edge(f"{b}{unit}", b, unit, width=1.0) for b, unit in plain),
            *(Edge(f"e{k}", f"o{k}", "E", self._part(k)) for k in (1, 2)),
        ]
        return [
            replace(edge, color=self.lit.get(edge.id, edge.color), lit=edge.id in self.lit, backward=self.backward)
            for edge in edges
        ]

    def _part(self, k: int) -> str:
        known = self.result.scene.reaches("error") and not self.narrow
        return self._short(float(self.result.now.errors[0, k - 1])) if known else ""

    def _weight(self, name: str) -> Edge:
        value, extra = self._plate(name)
        return Edge(name, *ENDS[name], value, picks=True, label=self._said(name), extra=extra)

    def _plate(self, name: str) -> tuple[str, str]:
        """Return what stands on a weight: its value, and its gradient once that is known, or its new value in the end.

        Where it is narrow there is room for one of them only.
        """
        at, scene = PARAMETERS.index(name), self.result.scene
        value = self._short(float(self.result.parameters[at]))
        if scene.stage == "update":
            new = number(float(self.result.after[at]), 4)
            return (new, "") if self.narrow else (f"{name} {new}", f"← {value}")
        if not self._has_gradient(name):
            return f"{name} {value}", ""
        return ("", self._slope(at)) if self.narrow else (f"{name} {value}", self._slope(at))

    def _has_gradient(self, name: str) -> bool:
        return self.result.scene.reaches("grad_o" if name in ("w5", "w6", "w7", "w8", "b2") else "grad_h")

    def _slope(self, at: int) -> str:
        return f"∂ {number(float(self.result.gradient[at]) + 0.0, 2 if self.narrow else 3)}"

    def _short(self, value: float) -> str:
        """Write a number for the drawing."""
        return number(value + 0.0, 3 if self.narrow else 4)  # + 0.0: never -0

    def _said(self, name: str) -> str:
        """Return what a parameter is called where it can be chosen."""
        at = PARAMETERS.index(name)
        values = {"name": name, "value": float(self.result.parameters[at])}
        if self._has_gradient(name):
            return self.words.w(f"{PAGE}.pick.known", gradient=float(self.result.gradient[at]), **values)
        return self.words.w(f"{PAGE}.pick.plain", **values)
