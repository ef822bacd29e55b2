"""What every optimizer is: a frozen Spec of an update rule that is written once, for NumPy and for torch arrays."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from lrviz.spec import Knob, Spec, fields_of

Array = Any
"""A NumPy array or a torch tensor."""
Value = Any
"""A float, or an array with one number a run, (R, 1)."""
Numbers = Mapping[str, Value]

Beta = Annotated[float, Field(ge=0, lt=1), Knob(0, 0.99)]
"""The share an average keeps of what it held."""
SlowBeta = Annotated[float, Field(ge=0, lt=1), Knob(0.5, 0.9999)]
"""The same for an average of squares, which is kept longer."""
MomentumShare = Annotated[float, Field(ge=0, le=2), Knob(0, 0.99)]
"""The share of the old direction that is kept; at 1 and above nothing slows down, which is valid, and diverges."""
Epsilon = Annotated[float, Field(ge=0, le=1), Knob(1e-12, 1e-2, "log")]
"""What keeps a division from being by zero."""
WeightDecay = Annotated[float, Field(ge=0, le=10), Knob(1e-4, 1, "log")]
"""How strongly parameters are drawn to zero."""


class Line(NamedTuple):
    """One line of a derivation: a name, and in the formula language what it is."""

    name: str
    formula: str


class Update(NamedTuple):
    """One update, and the parts it is made of.

    x: (R, D) the new position: x_prev - rate * scale * momentum + decay, up to rounding. rate is terms["rate"] where a
    rule has one, else lr (rprop: 1); scale None: 1; decay None: 0; momentum None: a mix of other positions
    (schedule_free). `terms` holds every line of the derivation but the last by its name.
    """

    x: Array
    state: dict[str, Array]
    momentum: Array | None
    scale: Array | None
    decay: Array | None
    terms: dict[str, Array]


class OptimizerSpec(Spec):
    """An optimizer without its learning rate, which comes from a schedule's table.

    `usual_lr` is torch's default, or the customary rate where torch has no such class; `torch` names that class.
    """

    usual_lr: ClassVar[float]
    torch: ClassVar[str] = ""


class RuleSpec(OptimizerSpec):
    """An optimizer whose update rule is ours: `table` before the loop, `init` at its start, `update` at every step.

    `h` holds the numeric fields, as `hyper` makes them. All methods are pure and elementwise over parameters of any
    shape behind the runs. An overflow or 0 / 0 gives inf or nan as in torch: who runs the loop holds np.errstate.
    """

    def table(self, h: Numbers, rates: Array) -> dict[str, Array]:
        """Return what depends on the step number alone, from rates (R or 1, T): at least "lr", each (R or 1, T)."""
        return {"lr": rates}

    def init(self, h: Numbers, x: Array) -> dict[str, Array]:
        """Return the state before the first update, by name."""
        return {}

    def update(self, h: Numbers, c: Numbers, x: Array, g: Array, state: Mapping[str, Array]) -> Update:
        """Return one update from the position x, the gradient g there, the state, and the table's values c."""
        raise NotImplementedError

    def limit(self, h: Numbers) -> Value | None:
        """Return the largest lr * curvature at which a quadratic stays stable; None where theory has no such number.

        The curvature is the one that is felt, `felt_curvature`.
        """
        return None

    def felt_curvature(self, h: Numbers, curvature: Any) -> Any:
        """Return the curvature the rule meets: weight decay in the gradient adds to that of the loss."""
        return curvature

    def lines(self) -> tuple[Line, ...]:
        """Return the derivation of one update; the last line is the new position x.

        Names in it: the fields, lr, t (from 1), g_raw (the gradient), x_prev, the state and the table's values of the
        step before as <name>_prev, and the lines above.
        """
        raise NotImplementedError

    def answer(self, x: Array, state: Mapping[str, Array]) -> Array:
        """Return what the optimizer would hand over: the position, or an average where the rule keeps one."""
        return x


def hyper(spec: OptimizerSpec, swept: Mapping[str, Any] = {}, dims: int = 1) -> dict[str, Value]:
    """Return every numeric field: a float, or where it is swept an array with one number a run, (R, 1, ..).

    `swept`: values (R,) by field. `dims`: how many axes the parameters have behind the runs.
    Raises: ValueError when a swept field is not a numeric field, or its least or greatest value is not valid.
    """
    own = {name: getattr(spec, name) for name, _ in fields_of(spec)}
    numbers: dict[str, Value] = {name: float(value) for name, value in own.items() if type(value) in (int, float)}
    for name, values in swept.items():
        if name not in numbers:
            raise ValueError(f"{name} is not a numeric field of {type(spec).__name__}")
        column = np.asarray(values, dtype=np.float64)
        for end in (column.min(), column.max()):
            spec.but(**{name: float(end)})
        numbers[name] = column.reshape(-1, *(1,) * dims)
    return numbers


def steps(table: Mapping[str, Array], dims: int = 1) -> Iterator[dict[str, Value]]:
    """Yield the table's values step by step: floats where all runs share them, else arrays (R, 1, ..)."""
    columns = [_by_step(values, dims) for values in table.values()]
    return (dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True))


def _by_step(values: Array, dims: int) -> Any:
    if len(values) == 1:
        return values[0].tolist()
    return np.ascontiguousarray(values.T).reshape(values.shape[1], -1, *(1,) * dims)


def column(value: Value) -> Array:
    """Return a hyperparameter as a column beside which steps can lie: (1, 1) or (R, 1)."""
    return np.reshape(np.asarray(value, dtype=np.float64), (-1, 1))


def powers(base: Value, last: int) -> Array:
    """Return base ** t for t = 1 .. last, (R or 1, last), each as Python's own power gives it, and torch's."""
    return np.array([[one**t for t in range(1, last + 1)] for one in column(base).ravel().tolist()])


def per_value(make: Callable[..., Sequence[Array]], *values: Value) -> list[Array]:
    """Return tables (R or 1, T) of hyperparameters alone, each different combination of them worked out once.

    `make` gets the different ones as columns (U, 1) and returns tables (U, T).
    """
    rows = np.concatenate(np.broadcast_arrays(*(column(value) for value in values)), axis=1)
    if len(rows) == 1:
        return list(make(*rows.T[:, :, None]))
    unique, place = np.unique(rows, axis=0, return_inverse=True)
    # Step by step in memory: that is how a run reads them.
    return [np.take(table.T, place.ravel(), axis=1).T for table in make(*unique.T[:, :, None])]


def absent(value: Value) -> bool:
    """Say whether a hyperparameter is 0 for all runs, so that its term can be left out."""
    return type(value) is float and value == 0.0


def coupled(h: Numbers, x: Array, g: Array) -> Array:
    """Return the gradient with weight decay in it: g + weight_decay * x."""
    decay = h["weight_decay"]
    return g if absent(decay) else g + decay * x


def gradient_line(weight_decay: float) -> Line:
    """Return the first line of a derivation: the gradient, with coupled weight decay where there is any."""
    return Line("g", "g_raw + weight_decay*x_prev" if weight_decay else "g_raw")
