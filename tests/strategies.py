"""Random valid Specs, built from what the fields themselves say: their type, their limits and their Knob."""

import types
from functools import cache
from itertools import accumulate
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from hypothesis import reject
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.optimizers import NAMES, Named
from lrviz.schedules import Formula, Sequence
from lrviz.schedules.base import ScheduleSpec
from lrviz.schedules.compose import schedule_kinds
from lrviz.schedules.scene import SchedulesScene
from lrviz.spec import Knob, Spec, fields_of
from lrviz.surfaces import FormulaLine, FormulaPlane
from lrviz.surfaces.slices import Slice

S = TypeVar("S", bound=Spec)
LONGEST = 300
"""Steps a random schedule takes for anything at most, so that what it does shows in a table of 600."""
ORDERED = (
    ("base_lr", "max_lr"), ("min_lr", "max_lr"), ("start_lr", "end_lr"), ("lb", "ub"), ("low", "high"),
    ("step_min", "step_max"), ("x_low", "x_high"), ("y_low", "y_high"), ("bottom", "top"),
)  # fmt: skip
FORMULAS = ("0.1", "0.1 * 0.9 ** t", "0.1 * (1 - t / T)", "1 / t", "where(t < T / 2, 0.1, 0.01)", "0.1 if t < 9 else 0")
LINES = ("x**2", "x**4 - x", "abs(x) + 1/x", "sin(3*x) + x**2/9", "exp(x)", "3", "where(x > 0, x, -2*x)")
PLANES = ("x**2 + 9*y**2", "x*y", "sin(x) + cos(y)", "(1 - x)**2 + 5*(y - x**2)**2", "abs(x) + y**2", "exp(x + y)")


CHOSEN: dict[type[Spec], dict[str, st.SearchStrategy[Any]]] = {
    Formula: {"expression": st.sampled_from(FORMULAS)},
    FormulaLine: {"expression": st.sampled_from(LINES)},
    FormulaPlane: {"expression": st.sampled_from(PLANES)},
    Slice: {"heights": st.just(Slice().heights)},
    Named: {"which": st.sampled_from(NAMES)},
}
"""Texts of which only few are valid."""


def schedules(kinds: tuple[type[ScheduleSpec], ...] = ()) -> st.SearchStrategy[ScheduleSpec]:
    """Draw a schedule of any of the given classes, or of all."""
    return st.sampled_from(kinds or tuple(schedule_kinds().values())).flatmap(specs)


@st.composite
def specs(draw: st.DrawFn, cls: type[S]) -> S:
    """Draw a valid Spec of one class; fields that only go together in some order are put in it."""
    for _ in range(8):
        values = _in_order({name: draw(strategy) for name, strategy in _fields(cls).items()})
        values |= _counted(draw, cls.__name__, values)
        try:
            return cls(**values)
        except ValueError:  # fields that do not go together
            continue
    reject()


@cache  # a strategy is costly to make, and nested classes ask for the same ones again and again
def _fields(cls: type[Spec]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: field(info) for name, info in fields_of(cls)} | CHOSEN.get(cls, {})


def field(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Draw a value of one field: within its Knob, or now and then anywhere that is valid."""
    return _values(info.annotation, list(info.metadata))


def _values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _values(inner, [*_constraints(more), *metadata])
    if origin in (Union, types.UnionType):
        return st.one_of([_values(choice, metadata) for choice in get_args(annotation)])
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if origin is tuple:
        return _tuples(get_args(annotation), metadata)
    return _plain(annotation, metadata)


def _plain(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if annotation is bool:
        return st.booleans()
    if annotation is type(None):
        return st.none()
    if annotation is str:
        return st.text(max_size=_limit(metadata, "max_length", 20))
    if annotation is int:
        return _ints(metadata)
    return _floats(metadata) if annotation is float else specs(annotation)


def _ints(metadata: list[Any]) -> st.SearchStrategy[int]:
    low, high = _limit(metadata, "ge", -LONGEST), _limit(metadata, "le", LONGEST)
    return st.integers(int(low), int(min(high, _limit(metadata, "lt", LONGEST + 1) - 1, LONGEST)))


def _floats(metadata: list[Any]) -> st.SearchStrategy[float]:
    knob = next((m for m in reversed(metadata) if isinstance(m, Knob)), None)
    low = _limit(metadata, "ge", _limit(metadata, "gt", -1e3))
    high = _limit(metadata, "le", _limit(metadata, "lt", 1e3))
    useful = st.floats(knob.low, knob.high) if knob else st.floats(low, high)
    corners = st.sampled_from([value for value in (low, high) if abs(value) <= 10] or [1.0])
    return st.one_of(useful, useful, useful, corners).filter(lambda value: _inside(value, metadata))


def _tuples(items: tuple[Any, ...], metadata: list[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw a fixed tuple, or one of any length; numbers come sorted and unrepeated, as do pairs by their first."""
    if items[-1] is not Ellipsis:
        return st.tuples(*(_values(item, []) for item in items))
    least, most = _limit(metadata, "min_length", 1), min(_limit(metadata, "max_length", 6), 6)
    drawn = _values(items[0], [])
    if _holds_specs(items[0]):
        return st.lists(drawn, min_size=least, max_size=min(most, 3)).map(tuple)
    place = _first if get_origin(items[0]) is tuple else _same
    rising = st.lists(drawn, min_size=least, max_size=most, unique_by=place)
    return rising.map(lambda values: tuple(sorted(values, key=place)))


def _first(pair: tuple[Any, ...]) -> Any:
    return pair[0]


def _same(value: Any) -> Any:
    return value


def _holds_specs(annotation: Any) -> bool:
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_origin(inner) is Union or (isinstance(inner, type) and issubclass(inner, Spec))


def _counted(draw: st.DrawFn, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Draw the fields that depend on how many items another one holds."""
    if name == Sequence.__name__:
        between = len(values["parts"]) - 1
        lengths = draw(st.lists(st.integers(1, LONGEST // 2), min_size=between, max_size=between))
        return {"milestones": tuple(accumulate(lengths))}
    if name == SchedulesScene.__name__:
        return {"open": draw(st.integers(0, len(values["curves"]) - 1))}
    if name == RaceScene.__name__:
        return _placed(draw, values, "start_x", "start_y") | {"open": draw(st.integers(0, len(values["racers"]) - 1))}
    return _placed(draw, values, "start") if name == ParabolaScene.__name__ else {}


def _placed(draw: st.DrawFn, values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Draw a start in the surface's domain, or leave it to the surface."""
    return {
        name: draw(st.none() | st.floats(low, high))
        for name, (low, high) in zip(names, values["surface"].domain, strict=True)
    }


def _in_order(values: dict[str, Any]) -> dict[str, Any]:
    for low, high in ORDERED:
        if low in values and high in values and values[low] > values[high]:
            values |= {low: values[high], high: values[low]}
    return values


def _constraints(metadata: list[Any]) -> list[Any]:
    return [part for m in metadata for part in (m.metadata if isinstance(m, FieldInfo) else [m])]


def _limit(metadata: list[Any], name: str, otherwise: Any) -> Any:
    found = [getattr(m, name) for m in metadata if getattr(m, name, None) is not None]
    if not found:
        return otherwise
    return max(found) if name in ("ge", "gt", "min_length") else min(found)


def _inside(value: float, metadata: list[Any]) -> bool:
    closed = _limit(metadata, "ge", value) <= value <= _limit(metadata, "le", value)
    return closed and _limit(metadata, "gt", value - 1) < value < _limit(metadata, "lt", value + 1)
