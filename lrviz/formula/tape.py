"""Formulas lowered to one straight list of array operations, for NumPy arrays and any others of the array standard."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.arrays import namespace
from lrviz.formula.grammar import Array, Program
from lrviz.formula.lowering import lowered

# Numbers held at a time, results in between included: so many stay in the processor's cache, and in memory that is
# reused; twice as many are given back to the system after every block, and asked for again.
HELD = 131_072


class Tape:
    """Several formulas of the same variables as one list of operations, each thing they share computed once.

    `tape(x=..., y=...)` returns one array a formula, all of the variables' shape; NumPy in float64, other arrays in
    their own type, which may differentiate through it. A division by zero or an overflow gives inf or nan, never an
    exception, and one point alone has the bits it has among others.
    """

    def __init__(self, programs: Sequence[Program]):
        self.variables = programs[0].variables
        self.constants, self.steps, self.results = lowered([program.tree for program in programs], self.variables)
        self._numbers = [np.asarray(value) for value in self.constants]
        self._numpy = [(_NUMPY.get(name) or getattr(np, name), *args) for name, *args in self.steps]

    def __call__(self, **values: Any) -> tuple[Any, ...]:
        return tuple(self.rows([values[name] for name in self.variables]))

    def rows(self, arrays: Sequence[Any]) -> Any:
        """Return the formulas' values stacked; arrays: one a variable, each (...) -> (formulas, ...)."""
        if not isinstance(arrays[0], np.ndarray) and hasattr(arrays[0], "ndim"):
            return self._standard(arrays)
        if any(array.shape != arrays[0].shape for array in arrays if isinstance(array, np.ndarray)):
            arrays = np.broadcast_arrays(*arrays)
        inputs = [np.ascontiguousarray(array, dtype=np.float64) for array in arrays]
        shape = np.shape(arrays[0])
        if len(shape) != 1:
            return self._fast([array.reshape(-1) for array in inputs]).reshape(-1, *shape)
        return self._fast(inputs)

    def _fast(self, inputs: list[Array]) -> Array:
        size, block = inputs[0].size, HELD // max(len(self.steps), 16)
        out = np.empty((len(self.results), size))
        with np.errstate(all="ignore"):
            if size <= block:
                self._fill(out, inputs)
            else:
                for start in range(0, size, block):
                    part = slice(start, start + block)
                    self._fill(out[:, part], [array[part] for array in inputs])
        return out

    def _fill(self, out: Array, inputs: list[Array]) -> None:
        held: list[Any] = [*inputs, *self._numbers]
        _run(self._numpy, held)
        for row, result in enumerate(self.results):
            out[row] = held[result]

    def _standard(self, arrays: Sequence[Any]) -> Any:
        xp = namespace(arrays[0])
        first = arrays[0]
        numbers = [xp.asarray(value, dtype=first.dtype, device=first.device) for value in self.constants]
        held: list[Any] = [*arrays, *numbers]
        # torch differentiates through floor, not through its floor_divide.
        own = {"floor_divide": lambda a, b: xp.floor(a / b)}
        _run([(own.get(name) or getattr(xp, name), *args) for name, *args in self.steps], held)
        shape = xp.broadcast_arrays(*arrays)[0].shape
        return xp.stack([xp.broadcast_to(held[result], shape) for result in self.results])


def _run(steps: Sequence[Any], held: list[Any]) -> None:
    """Do the operations one after the other; each reads from what is held, and adds its result at the end."""
    add = held.append
    for function, a, b, c in steps:
        if b < 0:
            add(function(held[a]))
        elif c < 0:
            add(function(held[a], held[b]))
        else:
            add(function(held[a], held[b], held[c]))


def _power(a: Any, b: Any) -> Any:
    # One value goes as a pair: alone NumPy takes short cuts for it that have another last digit than in a table.
    if a.size == 1 and b.size == 1:
        return np.pow(*(np.concatenate([value, value]) if value.ndim else value for value in (a, b)))[:1]
    return np.pow(a, b)


_NUMPY: Mapping[str, Callable[..., Any]] = {"pow": _power}
