"""An update rule that torch has no class for, as a torch optimizer of its own, written from its derivation."""

import ast
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.export.snippet import Code, call, literal
from lrviz.export.tensors import tensor_code
from lrviz.formula.algebra import names_in
from lrviz.optimizers import Line, RuleSpec, hyper
from lrviz.optimizers.signs import sign_formula
from lrviz.spec import fields_of

_BEFORE = "_prev"
_TOGETHER = 64
"""How many characters of short assignments stand on one line."""


def class_of(rule: RuleSpec) -> str:
    """Return what the class is called."""
    return type(rule).__name__


def settings_of(rule: RuleSpec) -> dict[str, object]:
    """Return the fields that the derivation uses, which the class takes beside the rate."""
    used = _used(rule.lines())
    return {name: getattr(rule, name) for name, _ in fields_of(rule) if name in used}


def written_rule(rule: RuleSpec) -> str:
    """Return the whole class."""
    settings = settings_of(rule)
    names = {"lr": "lr"} | {name: name for name in settings}
    made = [
        f"{call('def __init__', Code('self'), Code('params'), Code('lr'), **settings)}:",
        f"    {_indented(call('defaults = dict', **{name: Code(name) for name in names}))}",
        "    super().__init__(params, defaults)",
        "",
        "@torch.no_grad()",
        "def step(self):",
        "    for group in self.param_groups:",
        *(f"        {line}" for line in _assigned({name: f'group["{name}"]' for name in names})),
        '        for p in group["params"]:',
        *(textwrap.indent(statement, " " * 12) for statement in _Derivation.of(rule).statements()),
    ]
    return f"class {class_of(rule)}(torch.optim.Optimizer):\n{textwrap.indent(chr(10).join(made), '    ')}"


@dataclass(frozen=True)
class _Derivation:
    """The lines of one update, what is remembered from step to step (its first value as code), and what is a tensor."""

    lines: Sequence[Line]
    state: Mapping[str, str]
    tensors: frozenset[str]

    @classmethod
    def of(cls, rule: RuleSpec) -> "_Derivation":
        lines, used = rule.lines(), _used(rule.lines())
        first = rule.init(hyper(rule), np.full((1, 1), np.nan))
        kept = [line.name for line in lines[:-1] if f"{line.name}{_BEFORE}" in used]
        tensors = {"g_raw", "x_prev", *(f"{name}{_BEFORE}" for name in first)}
        for line in lines:
            if names_in(_tree(line)) & tensors:
                tensors.add(line.name)
        state = ({"t": "0"} if "t" in used else {}) | {name: _first_value(first, name) for name in kept}
        return cls(lines, state, frozenset(tensors))

    def statements(self) -> list[str]:
        """Return the statements of one update of the parameter p."""
        whole = [line for line in self.lines if line != Line("g", "g_raw")]
        gradient = "g_raw" if len(whole) == len(self.lines) else "g"
        before = {f"{name}{_BEFORE}": f'state["{name}"]' for name in self.state if name != "t"}
        *lines, last = whole
        return [
            *self._remembering(),
            *_assigned({"x_prev": "p.clone()", gradient: "p.grad"}),
            *_assigned({"t": 'state["t"] + 1'} | before if "t" in self.state else before),
            *(f"{line.name} = {self._formula(line)}" for line in lines),
            f"p.copy_({self._formula(last)})",
            *([call("state.update", **{name: Code(name) for name in self.state})] if self.state else []),
        ]

    def _remembering(self) -> list[str]:
        if not self.state:
            return []
        first = call("state.update", **{name: Code(value) for name, value in self.state.items()})
        return ["state = self.state[p]", "if not state:", textwrap.indent(first, "    ")]

    def _formula(self, line: Line) -> str:
        signs = {sign_formula(other.name): f"torch.sign({other.name})" for other in self.lines}
        return signs.get(line.formula) or tensor_code(_tree(line), self.tensors)


def _used(lines: Sequence[Line]) -> set[str]:
    return set().union(*(names_in(_tree(line)) for line in lines))


def _first_value(first: Mapping[str, np.ndarray], name: str) -> str:
    """Return a state's first value as code: where the position is unknown, what is unknown is the position."""
    if name not in first:
        return "0.0"
    value = float(first[name][0, 0])
    if math.isnan(value):
        return "p.clone()"
    return f"torch.full_like(p, {literal(value)})" if value else "torch.zeros_like(p)"


def _assigned(values: Mapping[str, str]) -> list[str]:
    """Return assignments, on one line where they are short."""
    together = f"{', '.join(values)} = {', '.join(values.values())}"
    if len(together) <= _TOGETHER:
        return [together] if values else []
    return [f"{name} = {value}" for name, value in values.items()]


def _indented(code: str) -> str:
    return textwrap.indent(code, "    ").lstrip()


def _tree(line: Line) -> ast.expr:
    return ast.parse(line.formula, mode="eval").body
