"""Spec: the frozen, validated description of anything a learner can choose, and its address."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, ParamSpec, Self, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

P = ParamSpec("P")
T = TypeVar("T")

MAX_STEPS = 1_000_000
"""The longest run anything here will describe, in updates: part of validity, so no link can hang the server."""


@dataclass(frozen=True)
class Knob:
    """The useful range of a field on a slider; what is valid is the field's own ge/le."""

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True)
class Held:
    """Marks a field that neither a form nor an address knows: a session holds what belongs there."""


Rate = Annotated[float, Field(gt=0, le=1e3), Knob(1e-5, 1, "log")]
"""A learning rate that must be positive."""
FloorRate = Annotated[float, Field(ge=0, le=1e3), Knob(0, 0.1)]
"""A learning rate that may be zero."""
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS), Knob(1, 10_000, "log")]
"""A positive number of updates."""
StepsOrZero = Annotated[int, Field(ge=0, le=MAX_STEPS), Knob(0, 1_000)]
"""A number of updates that may be zero."""
Decay = Annotated[float, Field(gt=0, le=1), Knob(0.01, 1)]
"""A factor that shrinks, or keeps, what it multiplies."""
Fraction = Annotated[float, Field(ge=0, le=1), Knob(0, 1)]
"""A share of the whole."""
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
"""A text of one line."""
Name = Annotated[str, Field(max_length=40, pattern=PRINTABLE)]
"""A short name typed by the user."""


class Spec(BaseModel):
    """Base of every choice: frozen, closed to unknown fields, finite numbers only.

    Every final class declares `kind: Literal["..."]`; classes are abstract or final, and fields are never inherited.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    @property
    def idle(self) -> frozenset[str]:
        """The fields that change nothing as the others stand: a form disables them."""
        return frozenset()

    def but(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, checked like a new one (model_copy would skip the check)."""
        return type(self)(**(dict(self) | changes))


def alike(cls: type["S"], old: Spec) -> "S":
    """Return a Spec of another class that keeps what it can of an old one: the fields of the same name, where valid."""
    kept = {name: getattr(old, name) for name, _ in fields_of(cls) if name in type(old).model_fields}
    for wanted in (kept, *({name: value} for name, value in kept.items()), {}):
        try:
            return cls(**wanted)
        except ValueError:
            continue
    raise AssertionError(cls)  # every default is valid


def refuse(code: str, *fields: str, **values: object) -> PydanticCustomError:
    """Build the error a Spec raises when fields that are each valid do not go together.

    `code` names the sentence in lrviz/text, `fields` what to give up first, `values` what fills its placeholders.
    """
    return PydanticCustomError(cast(Any, code), cast(Any, code), {"fields": fields, **values})


def cached(size: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return functools.lru_cache for functions of Specs: type checkers don't see that a Spec can be hashed."""
    return cast(Any, lru_cache(maxsize=size))


def kind_of(spec: type[Spec] | Spec) -> str:
    """Return the `kind` that names a Spec class in addresses and texts."""
    return (spec if isinstance(spec, type) else type(spec)).model_fields["kind"].default


def fields_of(spec: type[Spec] | Spec) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the fields a learner can set, in order: all but `kind` and what a session holds."""
    cls = spec if isinstance(spec, type) else type(spec)
    return ((name, info) for name, info in cls.model_fields.items() if name != "kind" and not _is_held(info))


def _is_held(info: FieldInfo) -> bool:
    return any(isinstance(mark, Held) for mark in info.metadata)


def knob_of(info: FieldInfo) -> Knob | None:
    """Return the slider range of a field, if it has one; where a field narrows its type's own, the last one counts."""
    return next((m for m in reversed(info.metadata) if isinstance(m, Knob)), None)


def at_most(spec: type[Spec] | Spec, name: str) -> int:
    """Return how many items a tuple field may hold."""
    info = dict(fields_of(spec))[name]
    return next(mark.max_length for mark in info.metadata if hasattr(mark, "max_length"))


def choices_of(annotation: Any) -> tuple[type[Spec], ...]:
    """Return the Spec classes that a field, or the items of a tuple field, may hold; () for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return (annotation,)
    if get_origin(annotation) in (Union, UnionType, Annotated, tuple):
        return tuple(choice for arg in get_args(annotation) for choice in choices_of(arg))
    return ()


def holds_many(annotation: Any) -> bool:
    """Say whether a field is a tuple of Specs rather than one Spec."""
    return get_origin(annotation) is tuple


# ---------------------------------------------------------------------------------------------------- addresses


@dataclass(frozen=True)
class Problem:
    """One part of an address that could not be used: where, what it said, why, and what fills the sentence."""

    path: str
    given: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


def problem_of(error: ValidationError, path: str, given: str) -> Problem:
    """Return the first thing that was wrong with a Spec as a Problem of what was given at a path."""
    first = error.errors(include_url=False)[0]
    values = {name: value for name, value in first.get("ctx", {}).items() if name not in ("error", "fields")}
    return Problem(path, given, first["type"], values)


def to_address(spec: Spec, base: Spec, path: str = "") -> dict[str, str]:
    """Write what differs from `base` as {dotted path: text}, free of any language.

    A nested Spec of another kind writes its kind at its own path, then what differs from that kind's defaults; a tuple
    of Specs writes its length when that differs, then each item under its index.
    """
    out: dict[str, str] = {}
    for name, info in fields_of(spec):
        value, was, here = getattr(spec, name), getattr(base, name), f"{path}{name}"
        if not choices_of(info.annotation):
            out |= {here: write_value(value)} if value != was else {}
        elif holds_many(info.annotation):
            out |= {here: str(len(value))} if len(value) != len(was) else {}
            for i, item in enumerate(value):
                out |= _nested(item, was[i] if i < len(was) else None, choices_of(info.annotation), f"{here}.{i}")
        else:
            out |= _nested(value, was, choices_of(info.annotation), here)
    return out


def _nested(value: Spec, was: Spec | None, choices: tuple[type[Spec], ...], here: str) -> dict[str, str]:
    if was is not None and type(value) is type(was):
        return to_address(value, was, f"{here}.")
    named = {} if was is None and type(value) is choices[0] else {here: kind_of(value)}
    return named | to_address(value, type(value)(), f"{here}.")


def _named(value: object) -> str:
    """Say in a few letters what a field holds: a Spec by its kind, many Specs by how many, anything else as written."""
    if isinstance(value, Spec):
        return kind_of(value)
    return str(len(value)) if isinstance(value, tuple) and value and isinstance(value[0], Spec) else write_value(value)


def write_value(value: object) -> str:
    """Write one value as it stands in an address."""
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return ";".join(":".join(map(write_value, pair)) for pair in value)
        return ",".join(map(write_value, value))
    if isinstance(value, float):
        return repr(value)
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


S = TypeVar("S", bound="Spec")


def from_address(address: Mapping[str, str], base: S) -> tuple[S, list[Problem]]:
    """Read an address written against `base`; a part that cannot be used is reported and leaves the base's value.

    Never raises for anything an address can say.
    """
    reader = _Reader(dict(address))
    spec = reader.spec(base, "")
    unknown = [Problem(path, text, "unknown_part") for path, text in reader.left.items()]
    return cast(S, spec), reader.problems + unknown


class _Reader:
    """One reading of one address: what is left to read, and what could not be used."""

    MAX_DEPTH = 4
    MAX_ITEMS = 16

    def __init__(self, address: dict[str, str]):
        self.left = address
        self.problems: list[Problem] = []

    def spec(self, base: Spec, path: str) -> Spec:
        values, given = dict(base), {}
        for name, info in fields_of(base):
            here = f"{path}{name}"
            if here in self.left or any(p.startswith(f"{here}.") for p in self.left):
                given[name] = self.left.get(here, "")
                values[name] = self.field(info, values[name], here)
        return self.build(base, values, given, path)

    def build(self, base: Spec, values: dict[str, Any], given: dict[str, str], path: str) -> Spec:
        """Build the Spec; where fields do not go together, give up the ones the error names, else all given."""
        while True:
            try:
                return type(base)(**values)
            except ValidationError as err:
                error = err.errors(include_url=False)[0]
                context = dict(error.get("ctx", {}))
                named = [str(loc) for loc in error["loc"]] + list(cast(tuple[str, ...], context.pop("fields", ())))
                culprits = [name for name in dict.fromkeys(named) if name in given] or list(given)
                if not culprits:
                    raise
                for i, name in enumerate(culprits):
                    if i == 0:
                        self.report(f"{path}{name}", given[name] or _named(values[name]), error["type"], context)
                    values[name] = getattr(base, name)
                    del given[name]

    def field(self, info: FieldInfo, was: Any, here: str) -> Any:
        choices = choices_of(info.annotation)
        if not choices:
            return self.plain(info, was, here)
        if holds_many(info.annotation):
            return self.many(info, was, choices, here)
        return self.one(was, choices, here)

    def one(self, was: Spec | None, choices: tuple[type[Spec], ...], here: str) -> Spec:
        text = self.left.pop(here, None)
        kinds = {kind_of(c): c for c in choices}
        start = was or choices[0]()
        if text is not None and text not in kinds:
            self.report(here, text, "unknown_kind", {"expected": ", ".join(kinds)})
        elif text is not None and text != kind_of(start):
            start = kinds[text]()
        if here.count(".") >= 2 * self.MAX_DEPTH:
            return start
        return self.spec(start, f"{here}.")

    def many(self, info: FieldInfo, was: tuple[Spec, ...], choices: tuple[type[Spec], ...], here: str) -> Any:
        count, text = len(was), self.left.pop(here, None)
        limits = {type(m).__name__: m for m in info.metadata}
        low = getattr(limits.get("MinLen"), "min_length", 0)
        high = getattr(limits.get("MaxLen"), "max_length", self.MAX_ITEMS)
        if text is not None:
            count = self.parse(TypeAdapter(Annotated[int, Field(ge=low, le=high)]), text, count, here)
        items = [self.one(was[i] if i < len(was) else None, choices, f"{here}.{i}") for i in range(count)]
        return tuple(items)

    def plain(self, info: FieldInfo, was: Any, here: str) -> Any:
        if here not in self.left:  # only longer paths below a plain field: they stay, and are reported as unknown
            return was
        return self.parse(_adapter(info), self.left.pop(here), was, here)

    def parse(self, adapter: TypeAdapter[Any], text: str, was: Any, here: str) -> Any:
        try:
            return read_value(adapter, text)
        except ValidationError as err:
            error = err.errors(include_url=False)[0]
            self.report(here, text, error["type"], dict(error.get("ctx", {})))
            return was

    def report(self, path: str, given: str, code: str, values: dict[str, Any]) -> None:
        self.problems.append(
            Problem(path, given, code, {k: v for k, v in values.items() if k not in ("error", "fields")})
        )


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    constraints = tuple(m for m in info.metadata if not isinstance(m, Knob))
    annotation: Any = Annotated[(info.annotation, *constraints)] if constraints else info.annotation  # type: ignore[valid-type]
    return TypeAdapter(annotation, config=None if choices_of(info.annotation) else ConfigDict(allow_inf_nan=False))


def read_value(adapter: TypeAdapter[Any], text: str) -> Any:
    """Read one value as it stands in an address or a text field; raises pydantic's ValidationError.

    Nothing at all is None, where a field may be that.
    """
    if adapter.core_schema["type"] == "nullable" and not text.strip():
        return None
    if adapter.core_schema["type"] == "str":
        return adapter.validate_python(text)
    if adapter.core_schema["type"] != "tuple":
        return adapter.validate_python(text.strip() if len(text) <= 400 else text)
    if ":" in text:
        return adapter.validate_python(tuple(tuple(pair.split(":")) for pair in text.split(";") if pair.strip()))
    return adapter.validate_python(tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip()))


def read_field(spec: Spec, name: str, text: str) -> tuple[Spec, Problem | None]:
    """Read one typed field of a Spec: the changed Spec, or the same one and the Problem that says why not."""
    changed, problems = from_address({name: text}, spec)
    return changed, (problems[0] if problems else None)


def value_at(spec: Spec, path: str) -> Any:
    """Return the value at a dotted path of a Spec, or None where there is nothing."""
    value: Any = spec
    for part in path.split("."):
        if isinstance(value, tuple):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = getattr(value, part, None)
    return value


def with_value(spec: S, path: str, value: Any) -> S:
    """Return a copy of a Spec with the value at a dotted path replaced, checked on the way up."""
    head, _, rest = path.partition(".")
    old = getattr(spec, head)
    if not rest:
        return spec.but(**{head: value})
    if isinstance(old, tuple):
        index, _, below = rest.partition(".")
        item = with_value(old[int(index)], below, value) if below else value
        return spec.but(**{head: (*old[: int(index)], item, *old[int(index) + 1 :])})
    return spec.but(**{head: with_value(old, rest, value)})
