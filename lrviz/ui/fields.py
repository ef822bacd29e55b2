"""What a form has to know of a field to draw its control: how many items it may hold, of what, how wide words are."""

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo


def lengths_of(info: FieldInfo) -> tuple[int, int]:
    """Return the fewest and the most items a tuple field may hold."""
    limits = {
        name: getattr(m, name) for m in info.metadata for name in ("min_length", "max_length") if hasattr(m, name)
    }
    return limits.get("min_length", 0), limits.get("max_length", 16)


def options_of_many(annotation: Any) -> tuple[str, ...]:
    """Return what a field may hold several of; () where it is no such field."""
    inner = get_args(annotation)[:1] if get_origin(annotation) is tuple else ()
    return get_args(inner[0]) if inner and get_origin(inner[0]) is Literal else ()


def width_of(text: str) -> int:
    """Return the width of a label in letters; a Chinese character takes two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)
