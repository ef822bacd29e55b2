"""What stands behind the sweep's picture: what to look for, the reasons, tasks, code, data, the check with PyTorch."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.rows import FILE, rows_csv
from lrviz.export.sweep import sweep_code, without_code
from lrviz.figures.sweep_places import Cell
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.train.sweep import MEASURES, PRESETS, SweepScene
from lrviz.train.swept import Swept
from lrviz.ui import lesson
from lrviz.ui.ask import proof
from lrviz.ui.markdown import plain
from lrviz.ui.sweep import best_table, picked
from lrviz.ui.sweep_names import axis_name, cell_name, names_of

PAGE = "page.sweep"
MOST_CHECKED = 4
"""Cells that are trained anew with PyTorch, side by side."""


def tabs(result: Swept, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "sweep",
        words,
        {
            "look": lambda: _look(result.scene, words),
            "why": lambda: lesson.text(words, "sweep", ("why",)),
            "try": lambda: lesson.text(words, "sweep", ("try",)),
            "code": lambda: _code(result.scene, words),
            "data": lambda: _data(result, words),
            "check": lambda: check(result, words),
        },
    )


def _look(scene: SweepScene, words: Words) -> None:
    """Say what to look for in the ready-made experiment that is open, or in any sweep."""
    name = next((name for name, preset in PRESETS.items() if preset.work == scene.work), "any")
    lesson.text(words, "sweep", (f"look_{name}",))


def _code(scene: SweepScene, words: Words) -> None:
    """Show the sweep as a complete PyTorch program, and offer the rows it reads."""
    if why := without_code(scene):
        st.info(words.w(f"{PAGE}.code.{why}"), icon=":material/info:")
        return
    st.download_button(
        words.w(f"{PAGE}.code.rows"),
        lambda: rows_csv(scene),
        file_name=FILE,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="sweep rows",
    )
    st.code(sweep_code(scene, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(result: Swept, words: Words) -> None:
    """Offer what became of every net as CSV, and show some of it."""
    if not result.count:
        st.caption(words.w(f"{PAGE}.data.waiting"))
        return
    heads, columns, names = table(result, words)
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(heads, columns, first="net"),
        file_name="lrviz-sweep.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="sweep csv",
    )
    if result.best is not None:
        lesson.table(*best_table(result, words))
    st.caption(words.w(f"{PAGE}.data.none"))
    some = np.unique(np.linspace(0, columns.shape[1] - 1, 12).astype(int))
    first = len(heads) - len(MEASURES) - 2
    head = [words.w(f"{PAGE}.data.cell"), *heads[first:]]
    lesson.table(head, [[names[i], *(number(float(v)) for v in columns[first:, i])] for i in some])


def table(result: Swept, words: Words) -> tuple[list[str], np.ndarray, list[str]]:
    """Return a column a quantity, a row a net that has been trained: heads, columns, and what each cell is called.

    Kinds are numbered from 0, and their names stand in the head.
    """
    scene = result.scene
    cells = [cast(Cell, tuple(map(int, place))) for place in np.argwhere(result.done) for _ in range(scene.each)]
    seeds = [s for _ in range(len(cells) // scene.each) for s in range(scene.each)]
    nets = [(*cell, s) for cell, s in zip(cells, seeds, strict=True)]
    axes = [i for i, axis in enumerate((scene.beside, scene.up, scene.across)) if len(axis()) > 1]
    settings = [[_number(scene, i, cell) for cell in cells] for i in axes]
    values = [[float(result.values[measure][net]) for net in nets] for measure in MEASURES]
    heads = [*(_head(scene, i, words) for i in axes), words.w(f"{PAGE}.data.seed")]
    heads += [*(words.option("sweep", "measure", measure) for measure in MEASURES), words.w(f"{PAGE}.data.bad")]
    columns = np.array([*settings, seeds, *values, [float(result.bad[net]) for net in nets]], dtype=float)
    return heads, columns, [cell_name(scene, cell, words) for cell in cells]


def _number(scene: SweepScene, i: int, cell: Cell) -> float:
    value = scene.values[i][cell[i]]
    return float(cell[i]) if isinstance(value, str) else float(value)


def _head(scene: SweepScene, i: int, words: Words) -> str:
    """Return what an axis is called, and where it is of kinds which number stands for which."""
    axis, names = (scene.beside, scene.up, scene.across)[i], names_of(scene, words)
    listed = (names.beside, names.up, names.across)[i]
    name = axis_name(axis, words)
    return name if axis.scale != "kinds" else f"{name} ({', '.join(f'{n} {text}' for n, text in enumerate(listed))})"


def check(result: Swept, words: Words) -> None:
    """Have the best cells of some rows trained anew with PyTorch in a worker, one by one."""
    scene, cells = result.scene, checked(result)
    said = words.listed(*(cell_name(scene, cell, words).replace(",", "") for cell in cells))
    st.caption(plain(words.w(f"{PAGE}.check.cells", cells=said)))
    proof(question(scene, cells), words, "sweep check", "sweep")


def checked(result: Swept) -> list[Cell]:
    """Return the cells that are trained anew: the chosen one, and the best of rows from everywhere."""
    maps, rows, columns = result.scene.shape
    spread = sorted({round(i) for i in np.linspace(0, maps * rows - 1, MOST_CHECKED)})
    places = [divmod(i, rows) for i in spread]
    bests = [(b, u, columns // 2 if (best := result.row(b, u).best) is None else best) for b, u in places]
    chosen = picked(result)
    cells: list[Cell] = [*([chosen] if chosen else []), *bests]
    return list(dict.fromkeys(cells))[:MOST_CHECKED]


def question(scene: SweepScene, cells: Sequence[Cell]) -> dict[str, str]:
    """Write some cells of a sweep as the question the check answers."""
    _, rows, columns = scene.shape
    written = {f"sweep.{path}": text for path, text in to_address(scene.work, SweepScene()).items()}
    numbers = ",".join(str((b * rows + u) * columns + a) for b, u, a in cells)
    return {"question": "sweep", **written, "cells": numbers}
