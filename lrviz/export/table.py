"""Rates as a CSV file."""

from collections.abc import Sequence
from csv import writer
from io import StringIO
from typing import Any

import numpy as np


def csv(
    names: Sequence[str],
    table: np.ndarray[Any, np.dtype[np.float64]],
    first: str = "step",
    every: int = 1,
    begin: int = 0,
    steps: Sequence[int] | None = None,
) -> str:
    """Write schedules as columns, a step a row, every rate in full: names (R), table (R, T) -> RFC 4180 text.

    `first` heads the column of steps; the table holds every `every`th of them, from `begin`, or `steps` (T,). A name
    that a spreadsheet would run as a formula gets an apostrophe in front. Raises ValueError when names and rows do not
    match.
    """
    out = StringIO(newline="")
    rows = writer(out)
    rows.writerow([first, *(_inert(name) for name in names)])
    columns = np.asarray(table, dtype=np.float64)
    if columns.ndim != 2 or len(columns) != len(names):
        raise ValueError(f"table must have one row for each of the {len(names)} names, got shape {columns.shape}")
    numbered = range(begin, begin + every * columns.shape[1], every) if steps is None else steps
    rows.writerows([step, *map(repr, rates)] for step, rates in zip(numbered, columns.T.tolist(), strict=True))
    return out.getvalue()


def _inert(name: str) -> str:
    # Spreadsheets also look past leading spaces, tabs and line breaks.
    return f"'{name}" if name.lstrip().startswith(("=", "+", "-", "@")) or name.startswith(("\t", "\r", "\n")) else name
