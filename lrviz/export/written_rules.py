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
_FROM_TABLE = {"largest": Line("largest", "max(largest_prev, lr)")}
"""What a derivation takes from the table of rates, and how it is found step by step."""


def class_of(rule: RuleSpec) -> str:
    """Return what the class is called."""
    return type(rule).__name__


def settings_of(rule: RuleSpec) -> dict[str, object]:
    """Return the fields that the derivation uses, which the class takes beside the rate."""
    used = set().union(*(names_in(_tree(line)) for line in rule.lines()))
    return {name: getattr(rule, name) for name, _ in fields_of(rule) if name in used}


def written_rule(rule: RuleSpec) -> str:
    """Return the whole class."""
    made = _Derivation.of(rule)
    settings = settings_of(rule)
    taken = call("def __init__", *map(Code, ("self", "params", "lr")), **settings)
    kept = ", ".join(f'"{name}": {name}' for name in ("lr", *settings))
    names = ", ".join(("lr", *settings))
    values = ", ".join(f'group["{name}"]' for name in ("lr", *settings))
    head = f"class {class_of(rule)}(torch.optim.Optimizer):\n    {taken}:\n        super().__init__(params, {{{kept}}})"
    step = f"@torch.no_grad()\ndef step(self):\n    for group in self.param_groups:\n        {names} = {values}\n"
    loop = '        for p in group["params"]:\n' + textwrap.indent("\n".join(made.statements()), " " * 12)
    return f"{head}\n\n{textwrap.indent(step + loop, '    ')}"


@dataclass(frozen=True)
class _Derivation:
    """The lines of one update, what is remembered from step to step (its first value as code), and what is a tensor."""

    lines: Sequence[Line]
    state: Mapping[str, str]
    tensors: frozenset[str]

    @classmethod
    def of(cls, rule: RuleSpec) -> "_Derivation":
        lines = _complete(rule.lines())
        used = set().union(*(names_in(_tree(line)) for line in lines))
        remembered = [line.name for line in lines[:-1] if f"{line.name}{_BEFORE}" in used]
        first = rule.init(hyper(rule), np.full((1, 1), np.nan))
        state = {name: _first_value(first, name) for name in remembered}
        tensors = {"g_raw", "x_prev", *(f"{name}{_BEFORE}" for name in remembered if name in first)}
        for line in lines:
            if names_in(_tree(line)) & tensors:
                tensors.add(line.name)
        return cls(lines, state | ({"t": "0"} if "t" in used else {}), frozenset(tensors))

    def statements(self) -> list[str]:
        """Return the statements of one update of the parameter p."""
        taken = {"x_prev": "p.clone()", "g_raw": "p.grad"}
        taken |= {f"{name}{_BEFORE}": f'state["{name}"]' for name in self.state if name != "t"}
        taken |= {"t": 'state["t"] + 1'} if "t" in self.state else {}
        *lines, last = self.lines
        return [
            *self._remembering(),
            f"{', '.join(taken)} = {', '.join(taken.values())}",
            *(f"{line.name} = {self._formula(line)}" for line in lines),
            f"p.copy_({self._formula(last)})",
            *([f"state.update({', '.join(f'{name}={name}' for name in self.state)})"] if self.state else []),
        ]

    def _remembering(self) -> list[str]:
        if not self.state:
            return []
        first = ", ".join(f"{name}={value}" for name, value in self.state.items())
        return ["state = self.state[p]", "if not state:", f"    state.update({first})"]

    def _formula(self, line: Line) -> str:
        signs = {sign_formula(other.name): f"torch.sign({other.name})" for other in self.lines}
        return signs.get(line.formula) or tensor_code(_tree(line), self.tensors)


def _complete(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with those before them that a table would give."""
    used = set().union(*(names_in(_tree(line)) for line in lines))
    return [*(line for name, line in _FROM_TABLE.items() if name in used), *lines]


def _first_value(first: Mapping[str, np.ndarray], name: str) -> str:
    """Return a state's first value as code: where the position is unknown, what is unknown is the position."""
    if name not in first:
        return "0.0"
    value = float(first[name][0, 0])
    if math.isnan(value):
        return "p.clone()"
    return f"torch.full_like(p, {literal(value)})" if value else "torch.zeros_like(p)"


def _tree(line: Line) -> ast.expr:
    return ast.parse(line.formula, mode="eval").body
