"""A log as text: read a CSV into one table of numbers."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

import numpy as np

from lrviz.training_log.log import LogError, Measured, Remark
from lrviz.training_log.names import words_in

Row = list[str]

LIMIT_COLUMNS = 200
LIMIT_CELLS = 1_000_000
LIMIT_TEXT = 40
COUNTERS = ("step", "steps", "iteration", "iter", "batch", "epoch", "epochs")
"""What a column over which others are drawn may count, the finest first."""
UNWRITTEN = re.compile("[\ufffd\x01-\x08\x0e-\x1f\x7f]")
NOT_MEASURED = frozenset({"", "-", "na", "n/a", "none", "null"})


@dataclass(frozen=True)
class TrainingLog:
    """The numeric columns of a log.

    table: (rows, columns) float64. A cell that was left empty is NaN there and False in `measured` (rows, columns);
    a NaN that the training itself wrote is NaN and True.
    skipped: (column, row, text) for each column that holds something else than numbers: its first such cell, rows
    counted from 1 without header and blank lines; row 0 and an empty text where the column has no value at all.
    """

    columns: tuple[str, ...]
    table: np.ndarray
    measured: np.ndarray
    skipped: tuple[tuple[str, int, str], ...]

    def series(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """The rows (counted from 0) where a column was measured and what was measured there, both (n,).

        Raises ValueError if there is no such column.
        """
        index = self.columns.index(column)
        rows = np.flatnonzero(self.measured[:, index])
        return rows, self.table[rows, index]

    def along(self, column: str) -> Measured:
        """Return what was measured along a column, over the first of COUNTERS that rises with it, else over the rows.

        Raises ValueError if there is no such column.
        """
        rows, values = self.series(column)
        for name in (one for counter in COUNTERS for one in self.columns if counter in words_in(one)):
            steps = self.table[rows, self.columns.index(name)]
            if name != column and np.isfinite(steps).all() and (np.diff(steps) > 0).all():
                return Measured(name, steps, values)
        return Measured("", rows.astype(np.float64), values)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Why each column that was left out was."""
        return tuple(
            Remark("text" if text else "empty", {"column": column, "row": row, "text": text})
            for column, row, text in self.skipped
        )


@dataclass(frozen=True)
class Cells:
    """The cells of a table as text, a row a tuple as long as there are columns; how numbers in it are written."""

    names: tuple[str, ...]
    rows: Sequence[Row]
    decimal_comma: bool

    def column(self, index: int) -> list[str]:
        """Return one column from top to bottom; a row that is too short has an empty cell there."""
        return [row[index] if index < len(row) else "" for row in self.rows]

    def numbers(self, index: int) -> list[float | None]:
        """Return one column as numbers: NaN where nothing is written, None for anything else."""
        return [_number(cell, self.decimal_comma) for cell in self.column(index)]


def read_cells(text: str, limit_rows: int = 100_000) -> Cells:
    """Read comma, semicolon or tab separated text, with or without a header line.

    A comma inside a cell counts as the decimal sign unless it is the separator. Columns without a header are called
    #1, #2, ... At most limit_rows rows are read, fewer where they are so wide that the table would hold more than
    LIMIT_CELLS. Raises LogError: empty, not_text, broken_quotes, too_many_rows (limit), too_wide (columns, limit).
    """
    text = _clean(text)
    delimiter = _delimiter(text)
    found = list(islice(_rows(text, delimiter), 2 * limit_rows + 1))
    if len(found) > 2 * limit_rows:  # so many that no title lines and repeated headers among them can matter
        raise LogError("too_many_rows", limit=limit_rows)
    header, rows = _split_header(found, decimal_comma=delimiter != ",")
    width = max(map(len, [header, *rows]))
    if width > LIMIT_COLUMNS:
        raise LogError("too_wide", columns=width, limit=LIMIT_COLUMNS)
    # Short rows are filled up to the widest one, so a small file can stand for a table far larger than itself.
    limit = min(limit_rows, LIMIT_CELLS // width)
    if len(rows) > limit:
        raise LogError("too_many_rows", limit=limit)
    return Cells(tuple(_names(header, width)), rows, decimal_comma=delimiter != ",")


def read_log(text: str, limit_rows: int = 100_000) -> TrainingLog:
    """Read the numeric columns of a table (see `read_cells`): every cell a number or empty, and at least one a number.

    Raises LogError as `read_cells` does, and no_numbers.
    """
    return _collect(read_cells(text, limit_rows))


def _clean(text: str) -> str:
    # A machine that crashed while writing leaves NULs at the end of an otherwise good log.
    text = text.removeprefix("\ufeff").replace("\0", "")
    if not text.strip():
        raise LogError("empty")
    if len(UNWRITTEN.findall(text)) > len(text) / 100:
        raise LogError("not_text")
    return text


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not blank, cells stripped."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(cells := [cell.strip() for cell in row]):
                yield cells
    except csv.Error as error:
        raise LogError("broken_quotes", line=reader.line_num) from error


def _delimiter(text: str) -> str:
    """The first separator that cuts most of the first rows into the same number of cells."""
    # csv.Sniffer also takes letters and decimal commas for separators; agreement between rows does not.
    for delimiter in ("\t", ";"):
        widths = Counter(map(len, islice(_rows(text, delimiter), 50)))
        width, count = max(widths.items(), key=itemgetter(1), default=(1, 0))
        if width > 1 and count >= 0.7 * widths.total():
            return delimiter
    return ","


def _split_header(rows: list[Row], decimal_comma: bool) -> tuple[Row, list[Row]]:
    """The header ([] if there is none) and the rows after it, without title lines before and repeats of it below."""
    if not rows:
        raise LogError("empty")
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    start = next(index for index, row in enumerate(rows) if len(row) >= usual)
    rows = rows[start:]
    if not _is_header(rows[0], rows[1:], decimal_comma):
        return [], rows
    return rows[0], [row for row in rows[1:] if row != rows[0]]


def _is_header(first: Row, rest: list[Row], decimal_comma: bool) -> bool:
    texts = [index for index, cell in enumerate(first) if _number(cell, decimal_comma) is None]
    if len(texts) == sum(1 for cell in first if cell):
        return True
    for index in texts:
        below = next((row[index] for row in rest if index < len(row) and row[index]), "")
        if below and _number(below, decimal_comma) is not None:
            return True
    return False


def _names(header: Row, width: int) -> list[str]:
    names: list[str] = []
    for index in range(width):
        cell = header[index] if index < len(header) else ""
        name = printable(cell)[:LIMIT_TEXT] or f"#{index + 1}"
        names.append(f"{name} #{index + 1}" if name in names else name)
    return names


def printable(name: str) -> str:
    """Return a name on one line, without what cannot be seen."""
    return "".join(c for c in " ".join(name.split()) if c.isprintable())


def _collect(found: Cells) -> TrainingLog:
    columns, values, measured, skipped = [], [], [], []
    for index, name in enumerate(found.names):
        cells, numbers = found.column(index), found.numbers(index)
        bad = next((row for row, number in enumerate(numbers) if number is None), None)
        filled = [not is_missing(cell) for cell in cells]
        if bad is not None:
            skipped.append((name, bad + 1, cells[bad][:LIMIT_TEXT]))
        elif np.isfinite(np.array(numbers, dtype=float)).any():
            columns.append(name)
            values.append(numbers)
            measured.append(filled)
        elif not name.startswith("#"):
            skipped.append((name, 0, ""))
    if not columns:
        raise LogError("no_numbers")
    return TrainingLog(tuple(columns), np.array(values, dtype=float).T, np.array(measured).T, tuple(skipped))


def is_missing(cell: str) -> bool:
    """Say whether a cell says that nothing was measured."""
    return cell.lower() in NOT_MEASURED


def _number(cell: str, decimal_comma: bool) -> float | None:
    """The number in a cell, NaN for an empty one, None for anything else."""
    if is_missing(cell):
        return float("nan")
    if "_" in cell:  # Python reads 1_000 as a number, no log means it as one
        return None
    try:
        return float(cell.replace(",", ".", 1) if decimal_comma else cell)
    except ValueError:
        return None
