"""Every word the app says, in each of its languages, looked up by identifiers."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

LANGUAGES = ("en", "zh")
_HERE = Path(__file__).parent
_QUOTED = re.compile(r"'([^']*)'")
_LARGEST_PLAIN = 1e7


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: str
    table: Mapping[str, Any]

    def w(self, key: str, /, **values: object) -> str:
        """Return the words at a dotted key, its {placeholders} filled; without values the words stay as written.

        Raises KeyError naming the key, or the placeholder that got no value.
        """
        found = self._find(key)
        if not isinstance(found, str):
            raise KeyError(f"{key} ({self.language})")
        return fill(found, **values) if values else found

    def has(self, key: str) -> bool:
        """Say whether there are words, or a group of words, at a dotted key."""
        return self._find(key) is not None

    def group(self, key: str) -> dict[str, str]:
        """Return the words directly under a dotted key: what a component takes as its `words`."""
        found = self._find(key)
        if not isinstance(found, Mapping):
            raise KeyError(f"{key} ({self.language})")
        return {name: text for name, text in found.items() if isinstance(text, str)}

    def kind(self, kind: str) -> str:
        """Return the name of a kind of Spec; a lesson's scene is called as its page."""
        name = f"kind.{kind}.name"
        return self.w(name if self.has(name) else f"page.{kind}.title")

    def claim(self, kind: str) -> str:
        """Return the sentence that says what a kind of Spec does."""
        return self.w(f"kind.{kind}.claim")

    def label(self, kind: str, field: str) -> str:
        """Return the label of a field: the kind's own, else the one that all kinds share."""
        return self._of_field(kind, field, "label")

    def help(self, kind: str, field: str) -> str:
        """Return what a field does and what too much or too little of it does: the kind's own, else the shared one."""
        return self._of_field(kind, field, "help")

    def option(self, kind: str, field: str, value: str) -> str:
        """Return the label of one choice of a field: the kind's own, else the shared one."""
        return self._of_field(kind, field, f"options.{value}")

    def option_or_kind(self, kind: str, field: str, value: str) -> str:
        """Return the label of one choice of a field, which may be the name of a kind of Spec."""
        own = any(self.has(f"{place}.{field}.options.{value}") for place in (f"kind.{kind}", "field"))
        return self.option(kind, field, value) if own else self.kind(value)

    def problem(self, code: str, **values: object) -> str:
        """Return the sentence for a Problem's code; `values` are the Problem's own, with `field` and `given` added.

        Of a label such as "gamma · factor per drop" only the name before the dot is said. A code that has no sentence
        gets the one for anything else.
        """
        key = f"problem.{code}" if self.has(f"problem.{code}") else "problem.default"
        field = str(values.get("field", "")).partition(" · ")[0]
        return self.w(key, **values | {"field": field, "expected": self._listed(str(values.get("expected", "")))})

    def listed(self, *names: str) -> str:
        """Return names joined as this language writes a list."""
        return self.w("grammar.comma").join(names)

    def _listed(self, expected: str) -> str:
        # pydantic writes "'a', 'b' or 'c'": its names are kept, its English is not.
        return self.listed(*(_QUOTED.findall(expected) or expected.split(", ")))

    def _of_field(self, kind: str, field: str, part: str) -> str:
        own = f"kind.{kind}.{field}.{part}"
        return self.w(own if self.has(own) else f"field.{field}.{part}")

    def _find(self, key: str) -> Any:
        found: Any = self.table
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """Return the words of a language, read once: those all lessons share, <language>.toml, and each lesson's own.

    Raises KeyError for a language that is not in LANGUAGES, or for words that two files give.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    table: dict[str, Any] = {}
    for path in (_HERE / f"{language}.toml", *sorted((_HERE / language).glob("*.toml"))):
        merge(table, tomllib.loads(path.read_text(encoding="utf-8")), "")
    return Words(language, table)


def merge(table: dict[str, Any], more: Mapping[str, Any], path: str) -> None:
    """Put more words into a table, group by group. Raises KeyError for words, or a group, that stand there already."""
    for name, found in more.items():
        group = isinstance(found, Mapping)
        if name in table and not (group and isinstance(table[name], dict)):
            raise KeyError(f"{path}{name} stands in two files")
        if group:
            merge(table.setdefault(name, {}), found, f"{path}{name}.")
        else:
            table[name] = found


@lru_cache(maxsize=128)
def prose(language: str, lesson: str) -> Mapping[str, str]:
    """Return the sections of a lesson's text, Markdown by section id; a section starts at its line `## id`.

    Raises KeyError for a lesson or language that has no text.
    """
    path = _HERE / language / f"{lesson}.md"
    if language not in LANGUAGES or not lesson.isidentifier() or not path.is_file():
        raise KeyError(f"{language}/{lesson}.md")
    parts = re.split(r"(?m)^## +(\w+) *$", path.read_text(encoding="utf-8"))
    return MappingProxyType({name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)})


def fill(template: str, /, **values: object) -> str:
    """Put values into the {placeholders} of a template; floats are written by `number`."""
    return template.format_map({name: number(v) if isinstance(v, float) else v for name, v in values.items()})


def number(x: float, digits: int = 4) -> str:
    """Write a number for reading: `digits` significant digits at most, no trailing zeros, 1e-05 style far from 1.

    Below 1e-4 and from 1e7 on in size it is written with an exponent.
    """
    if math.isnan(x) or math.isinf(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "-∞"
    short = f"{x:.{digits}g}"
    return f"{x:.0f}" if 10**digits <= abs(float(short)) < _LARGEST_PLAIN else short
