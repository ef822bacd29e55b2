"""What a sweep's program varies: the names of its parameters, and tables of what depends on several of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.export.snippet import literal
from lrviz.spec import kind_of
from lrviz.train.axis import AxisSpec, Value
from lrviz.train.quantities import ByRate
from lrviz.train.sweep import SweepScene
from lrviz.train.training import Training


def axes_of(scene: SweepScene) -> tuple[AxisSpec, ...]:
    """Return the axes that vary something, in the order of the loops."""
    return tuple(axis for axis in (scene.beside, scene.up, scene.across) if axis.sets or len(axis()) > 1)


def parameter(axis: AxisSpec) -> str:
    """Return what an axis is called in the program."""
    return "lr" if isinstance(axis, ByRate) else kind_of(axis).removeprefix("by_")


def varies(scene: SweepScene, *kinds: type[AxisSpec]) -> bool:
    """Say whether some axis is one of these."""
    return any(isinstance(axis, kinds) for axis in axes_of(scene))


def tables(scene: SweepScene, of: Callable[[Training], Any]) -> tuple[list[str], dict[tuple[Value, ...], Any]]:
    """Return on which axes but the rate something depends, and what it is for their values."""
    axes = axes_of(scene)
    shape = tuple(len(axis()) for axis in axes)
    found = np.empty(len(scene.cells), dtype=object)
    found[:] = [of(cell) for cell in scene.cells]
    found = found.reshape(shape)
    for i, axis in enumerate(axes):
        if isinstance(axis, ByRate):
            found = found.take([0], axis=i)
    names, keep = [], []
    for i, axis in enumerate(axes):
        first = found.take([0], axis=i)
        if found.shape[i] > 1 and any(a != b for a, b in np.broadcast(found, first)):
            names.append(parameter(axis))
            keep.append(i)
    found_at = {}
    for place in np.ndindex(*(shape[i] for i in keep)):
        whole = [0] * len(axes)
        for i, at in zip(keep, place, strict=True):
            whole[i] = at
        found_at[tuple(axes[i]()[at] for i, at in zip(keep, place, strict=True))] = found[tuple(whole)]
    return names, found_at


def key_of(names: Sequence[str]) -> str:
    """Return what something is looked up by in the program."""
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def chosen(name: str, names: Sequence[str], table: Mapping[tuple[Value, ...], Any]) -> str:
    """Return what something is in the program: itself, or looked up in a table of that name."""
    return f"{name}[{key_of(names)}]" if names else str(literal(next(iter(table.values()))))


def table(name: str, names: Sequence[str], table: Mapping[tuple[Value, ...], Any]) -> list[str]:
    """Return the lines of that table; none where nothing is looked up."""
    if not names:
        return []
    items = [f"    {literal(key[0] if len(key) == 1 else key)}: {literal(value)}," for key, value in table.items()]
    return ["\n".join([f"{name} = {{", *items, "}"])]
