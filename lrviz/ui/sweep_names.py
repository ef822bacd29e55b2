"""What the axes of a sweep, their values and its cells are called."""

from lrviz.figures.sweep_places import Cell, Names
from lrviz.spec import kind_of
from lrviz.text import Words, number
from lrviz.train.axis import AxisSpec, Value
from lrviz.train.sweep import SweepScene


def axis_name(axis: AxisSpec, words: Words) -> str:
    """Return what an axis varies, in words."""
    return words.kind(kind_of(axis))


def value_name(axis: AxisSpec, value: Value, words: Words) -> str:
    """Return what one of its values is called; nothing where nothing is varied."""
    if not isinstance(value, str):
        return number(float(value), 3)
    return words.option_or_kind(kind_of(axis), "values", value) if value else ""


def names_of(scene: SweepScene, words: Words) -> Names:
    """Return what all values are called."""
    return Names(*([value_name(axis, v, words) for v in axis()] for axis in (scene.beside, scene.up, scene.across)))


def row_name(scene: SweepScene, cell: Cell, words: Words) -> str:
    """Return what the row of a cell is called."""
    names, (b, u, _) = names_of(scene, words), cell
    up = names.up[u] if isinstance(scene.up()[u], str) else f"{axis_name(scene.up, words)} {names.up[u]}"
    return words.listed(*filter(None, (names.beside[b], up)))


def cell_name(scene: SweepScene, cell: Cell, words: Words) -> str:
    """Return what a cell is called."""
    across, value = scene.across, scene.across()[cell[2]]
    name = value_name(across, value, words)
    last = name if isinstance(value, str) else f"{axis_name(across, words)} {name}"
    return words.listed(row_name(scene, cell, words), last)
