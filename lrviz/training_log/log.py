"""What every training log is, whatever file it came in: columns with names, and what was measured along them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class LogError(ValueError):
    """A file that is no training log; `code` names the reason and `values` the numbers in it."""

    def __init__(self, code: str, **values: int | str) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Say how to make it again: a worker's error reaches the page by pickle."""
        return partial(LogError, **self.values), (self.code,)


@dataclass(frozen=True)
class Remark:
    """Something a learner should know of a log that could be read: which sentence says it, and what fills it."""

    code: str
    values: Mapping[str, int | str]


@dataclass(frozen=True)
class Measured:
    """What was measured along one column: the name of the axis ("" where rows were counted, from 0), x and y (n,)."""

    axis: str
    x: Array
    values: Array


class Log(Protocol):
    """The columns of a log, in the file's order, and what is worth saying of it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that hold numbers, each once."""
        ...

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was left out, and why."""
        ...

    def along(self, column: str) -> Measured:
        """Return what was measured along a column, over the steps where the file has them.

        Raises ValueError if there is no such column.
        """
        ...
