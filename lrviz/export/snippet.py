"""The pieces exported code is put together from, and how they are laid out."""

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

Note = Callable[[str], str]
"""Returns the comment for a key, in the reader's language."""

WIDTH = 88


class Code(str):
    """Text that is code already, where any other value is printed as a literal."""


def literal(value: object) -> Code:
    """Print a value as Python that gives exactly this value back."""
    if isinstance(value, Code):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return Code(f'float("{value}")')
    return Code(repr(value).replace("'", '"'))


def times(value: float, share: float) -> Code:
    """Print a rate times a share, leaving out what changes nothing."""
    return Code(f"{value!r} * {share!r}") if share not in (0, 1) else literal(value * share)


def call(name: str, *positional: object, **named: object) -> Code:
    """Print a call, one argument a line where it is too long for one line."""
    arguments = [literal(v) for v in positional] + [Code(f"{k}={literal(v)}") for k, v in named.items()]
    return Code(_bracketed(f"{name}(", arguments, ")"))


def listed(items: Iterable[object]) -> Code:
    """Print a list, one item a line where it is too long for one line."""
    return Code(_bracketed("[", [literal(item) for item in items], "]"))


def _bracketed(opening: str, items: Sequence[str], closing: str) -> str:
    line = f"{opening}{', '.join(items)}{closing}"
    if len(line) <= WIDTH - 12 and "\n" not in line:
        return line
    return f"{opening}\n" + "".join(textwrap.indent(f"{item},\n", "    ") for item in items) + closing


def function(name: str, parameters: dict[str, object], body: str) -> str:
    """Print a function of the step t, its settings as defaults."""
    head = call(f"def {name}", Code("t"), **parameters)
    return f"{head}:\n{textwrap.indent(body, '    ')}"


@dataclass(frozen=True)
class Piece:
    """One schedule as a library writes it.

    `expression` makes it, `definitions` come before it, `notes` are keys of the comments above it. It is equal to the
    schedule for steps below `until` (None: for ever). `lr` is the rate the optimizer is made with, where that matters.
    """

    expression: Code
    until: int | None = None
    notes: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    lr: float = 1.0

    def but(self, **changes: object) -> "Piece":
        """Return a copy with some parts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def joined_until(starts: Sequence[int], untils: Sequence[int | None]) -> int | None:
    """Return how long pieces after one another stay equal: up to the first that differs while it is active."""
    ends = [*starts[1:], math.inf]
    differs = [s + u for s, u, end in zip(starts, untils, ends, strict=True) if u is not None and s + u < end]
    return min(differs, default=None)


def shortest(untils: Iterable[int | None]) -> int | None:
    """Return the smallest of some lengths, None standing for endless."""
    return min((until for until in untils if until is not None), default=None)


class Namer:
    """Gives each function of one snippet a name of its own."""

    def __init__(self) -> None:
        self.count: dict[str, int] = {}

    def new(self, kind: str) -> str:
        """Return a fresh name for the rate of a kind of schedule."""
        self.count[kind] = self.count.get(kind, 0) + 1
        return f"{kind}_rate" + (f"_{self.count[kind]}" if self.count[kind] > 1 else "")


def comments(keys: Iterable[str], note: Note) -> list[str]:
    """Return the comment lines for some keys, each key once."""
    texts = (note(key) for key in dict.fromkeys(keys))
    return [line for text in texts for line in textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")]


_IMPORTS = {
    "math": "import math",
    "jnp": "import jax.numpy as jnp",
    "keras": "import keras",
    "np": "import numpy as np",
    "optax": "import optax",
    "torch": "import torch",
    "nn": "from torch import nn",
    "ops": "from keras import ops",
    "lr_scheduler": "from torch.optim import lr_scheduler",
}


def assemble(definitions: Sequence[str], lines: Sequence[str], more_imports: Sequence[str] = ()) -> str:
    """Put a snippet together: the imports its code needs, its functions, its lines."""
    code = "\n".join(line for line in [*definitions, *lines] if not line.startswith("#"))
    needed = [text for name, text in _IMPORTS.items() if re.search(rf"(?<![\w.]){name}\.", code)]
    standard = [text for text in needed if text == "import math"]
    others = sorted([*(set(needed) - set(standard)), *more_imports], key=lambda t: (not t.startswith("import"), t))
    head = "\n\n".join("\n".join(group) for group in (standard, others) if group)
    gap = "\n\n\n" if definitions else "\n\n"
    return gap.join([head, *definitions, "\n".join(lines)]) + "\n"
