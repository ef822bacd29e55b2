"""A learner's own table (CSV) as something to learn from: read with care, bounded, and one column of it to predict."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lrviz.train.data import Table
from lrviz.training_log import LIMIT_TEXT, Cells, LogError, is_missing, read_cells

Array = np.ndarray[Any, np.dtype[np.float64]]
Aim = Literal["auto", "classes", "number"]
LONGEST_NAME = LIMIT_TEXT + 8
FEWEST_ROWS, MOST_ROWS = 20, 5_000
MOST_COLUMNS = 65
MOST_CLASSES = 20
FEW_VALUES = 10
"""A column of at most so many different whole numbers looks like classes."""
MOST_MISSING = 0.2
"""A column of which more is empty is left out; of the others, the rows with an empty cell are."""
LARGEST = 1e30
"""Beyond this a number cannot be standardised in single precision."""


@dataclass(frozen=True)
class Columns:
    """The usable columns of a table: names (C,), values (n, C), and of a column of texts its different ones, in order.

    `labels` has (), for numbers, or the texts that its values count, for every column.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    values: Array

    def packed(self) -> bytes:
        """Return all of it as bytes, equal for equal tables: a line of JSON, then the values row by row."""
        head = json.dumps([self.names, self.labels]).encode()
        return head + b"\n" + np.ascontiguousarray(self.values, "<f8").tobytes()

    @classmethod
    def unpacked(cls, packed: bytes) -> "Columns":
        """Return what was packed."""
        head, _, body = packed.partition(b"\n")
        names, labels = json.loads(head)
        values = np.frombuffer(body, "<f8").reshape(-1, len(names))
        return cls(tuple(names), tuple(tuple(texts) for texts in labels), values)


@dataclass(frozen=True)
class Read:
    """A table that was read, how many of its rows were left out, and its columns that were, each with the reason.

    Reasons: "texts" (too many different ones), "empty" (too few cells are filled), "huge" (beyond LARGEST).
    """

    columns: Columns
    rows_left_out: int
    left_out: tuple[tuple[str, str], ...]


def read_own(text: str) -> Read:
    """Read a table of features and a target. Raises LogError: as read_cells; one_column, too_few_rows (least)."""
    cells = read_cells(text, MOST_ROWS)
    if len(cells.rows) < FEWEST_ROWS:
        raise LogError("too_few_rows", rows=len(cells.rows), least=FEWEST_ROWS)
    if len(cells.names) > MOST_COLUMNS:
        raise LogError("too_wide", columns=len(cells.names), limit=MOST_COLUMNS)
    found = {name: _column(cells, index) for index, name in enumerate(cells.names)}
    left_out = tuple((name, column) for name, column in found.items() if isinstance(column, str))
    kept = {name: column for name, column in found.items() if not isinstance(column, str)}
    if len(kept) < 2 or all(labels for _, labels in kept.values()):
        raise LogError("one_column")
    values = np.stack([values for values, _ in kept.values()], axis=1)
    whole = np.isfinite(values).all(axis=1)
    if whole.sum() < FEWEST_ROWS:
        raise LogError("too_few_rows", rows=int(whole.sum()), least=FEWEST_ROWS)
    columns = Columns(tuple(kept), tuple(labels for _, labels in kept.values()), values[whole])
    return Read(columns, int((~whole).sum()), left_out)


def _column(cells: Cells, index: int) -> tuple[Array, tuple[str, ...]] | str:
    """Return a column's values, NaN for an empty cell, and its different texts, () for numbers; or why it is no use."""
    texts, numbers = cells.column(index), cells.numbers(index)
    empty = np.array([is_missing(text) for text in texts])
    if empty.mean() > MOST_MISSING:
        return "empty"
    if all(number is not None for number in numbers):
        values = np.array(numbers, dtype=np.float64)
        return "huge" if (np.abs(values[np.isfinite(values)]) > LARGEST).any() else (values, ())
    different = sorted({text[:LIMIT_TEXT] for text, none in zip(texts, empty, strict=True) if not none})
    if len(different) > MOST_CLASSES:
        return "texts"
    place = {text: float(i) for i, text in enumerate(different)}
    return np.array([place.get(text[:LIMIT_TEXT], np.nan) for text in texts]), tuple(different)


PLACEHOLDER = Columns(("x", "y"), ((), ()), np.tile([[0.0, 0.0], [1.0, 1.0]], (FEWEST_ROWS // 2, 1)))


def targets(columns: Columns) -> tuple[str, ...]:
    """Return the columns that can be predicted: those that leave at least one other column of numbers."""
    numbers = [i for i, texts in enumerate(columns.labels) if not texts]
    return tuple(name for i, name in enumerate(columns.names) if numbers != [i])


def table_of(columns: Columns, name: str, aim: Aim) -> Table:
    """Return the table that predicts one column, the last that can be where it cannot, from the columns of numbers."""
    known = targets(columns)
    target = columns.names.index(name if name in known else known[-1])
    features = [i for i, texts in enumerate(columns.labels) if i != target and not texts]
    x, names = columns.values[:, features], tuple(columns.names[i] for i in features)
    y, texts = columns.values[:, target], columns.labels[target]
    if not texts and not _counts(y, aim):
        return Table(x, y, 0, names)
    if not texts:
        different, y = np.unique(y, return_inverse=True)
        texts = tuple(f"{value:g}" for value in different)
    return Table(x, y.astype(np.float64), len(texts), names, texts)


def _counts(y: Array, aim: Aim) -> bool:
    """Say whether numbers are to be told apart as classes."""
    different = np.unique(y)
    if aim == "auto":
        return len(different) <= FEW_VALUES and bool((different == np.round(different)).all())
    return aim == "classes" and len(different) <= MOST_CLASSES


def own_csv(columns: Columns, name: str, aim: Aim) -> str:
    """Return the features and, last, the target as numbers in a CSV file: what an exported training reads."""
    table = table_of(columns, name, aim)
    rows = np.column_stack([table.x, table.y]).tolist()
    head = ",".join(json.dumps(text, ensure_ascii=False) for text in (*table.names, name))
    return "\n".join([head, *(",".join(map(repr, row)) for row in rows)]) + "\n"
