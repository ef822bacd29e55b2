"""Papers, books and documentation that lessons and rules rest on, by a short name; sources.toml lists them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["paper", "book", "docs"]


@dataclass(frozen=True)
class Source:
    """Who wrote what, when (0 for documentation that changes), and where to find it."""

    id: str
    kind: Kind
    author: str
    title: str
    where: str
    url: str
    year: int = 0

    @property
    def short(self) -> str:
        """How a sentence cites it: first author and year, or whose documentation of what."""
        if not self.year:
            return f"{self.author}: {self.title}"
        first, *others = self.author.removesuffix(" et al.").replace(" & ", ", ").split(", ")
        return f"{self.author if len(others) == 1 else f'{first} et al.' if self._many else first} {self.year}"

    @property
    def _many(self) -> bool:
        return "," in self.author or self.author.endswith("et al.")


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def sources() -> Mapping[str, Source]:
    """Return all sources by their short names."""
    return MappingProxyType({name: Source(name, **given) for name, given in _table()["source"].items()})


@lru_cache(maxsize=1)
def by_lesson() -> Mapping[str, tuple[Source, ...]]:
    """Return what stands behind each lesson. Raises KeyError for a name that is no source."""
    return MappingProxyType(
        {lesson: tuple(sources()[name] for name in names) for lesson, names in _table()["lessons"].items()}
    )
