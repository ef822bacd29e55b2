"""Products and sums worked out on plates: each factor with its symbol, its value and where that comes from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lrviz.ui.scripts import component

_chain = component("chain")


@dataclass(frozen=True)
class Plate:
    """One number: its symbol, `top` alone or over `bottom` as a fraction, its value, and the formula behind it.

    ``out_o1`` in a symbol is written with an index. ``sign`` stands before it, ``color`` is a token like
    ``"@series0"``, and a ``marked`` plate is one to look at.
    """

    top: str
    value: str
    bottom: str = ""
    note: str = ""
    color: str = "@line"
    sign: str = ""
    marked: bool = False

    @property
    def symbol(self) -> str:
        """The symbol on one line."""
        return f"{self.top}/{self.bottom}" if self.bottom else self.top


@dataclass(frozen=True)
class Row:
    """Plates joined by their signs, and what they come to; ``label`` stands before them, ``then`` is what follows."""

    plates: tuple[Plate, ...]
    result: Plate
    label: str = ""
    then: Plate | None = None

    @property
    def spoken(self) -> str:
        """The row on one line: what it is, in symbols, in numbers, and its value."""
        symbols = " ".join(f"{plate.sign} {plate.symbol}".strip() for plate in self.plates)
        numbers = " ".join(f"{plate.sign} {plate.value}".strip() for plate in self.plates)
        steps = (self.result.symbol, symbols, numbers or self.result.note, self.result.value)
        follows = f"; {self.then.symbol} = {self.then.note} = {self.then.value}" if self.then else ""
        return " = ".join(filter(None, steps)) + follows


def chain(rows: Sequence[Row], *, key: str, label: str) -> None:
    """Show rows of plates, the shorter the more side by side; ``label`` names them all."""
    _chain(key=key, data={"key": key, "label": label, "rows": [_row(row) for row in rows]})


def _row(row: Row) -> dict[str, Any]:
    return asdict(row) | {"spoken": row.spoken}
