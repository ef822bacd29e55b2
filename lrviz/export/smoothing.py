"""Averages as complete PyTorch programs: one smoothed series, or what two optimizers remember of their gradients."""

import textwrap
from collections.abc import Mapping

from lrviz.export.snippet import WIDTH, Note, assemble, comments, literal
from lrviz.smoothing.averages import Array, Start

MOST_VALUES = 300
"""More of a learner's values than a program can be read with are left out of it."""
_FIRST = """\
def smoothed(values, beta):
    averages = [values[0]]
    for value in values[1:]:
        averages.append(beta * averages[-1] + (1 - beta) * value)
    return torch.stack(averages)"""
_ZERO = """\
def smoothed(values, beta):
    average, averages = torch.zeros((), dtype=values.dtype), []
    for value in values:
        average = beta * average + (1 - beta) * value
        averages.append(average)
    return torch.stack(averages)"""
_CORRECTED = """\
def smoothed(values, beta):
    average, averages = torch.zeros((), dtype=values.dtype), []
    for t, value in enumerate(values, start=1):
        average = beta * average + (1 - beta) * value
        averages.append(average / (1 - beta**t))
    return torch.stack(averages)"""
_TENSORBOARD = """\
def smoothed(values, beta):
    if (values == values[0]).all():
        return values
    average, count, averages = torch.zeros((), dtype=values.dtype), 0, []
    for value in values:
        if value.isfinite():
            count += 1
            average = beta * average + (1 - beta) * value
            value = average / (1 - beta**count if beta < 1 else 1)
        averages.append(value)
    return torch.stack(averages)"""
_SMOOTHED: Mapping[Start, str] = {
    "first": _FIRST,
    "zero": _ZERO,
    "corrected": _CORRECTED,
    "tensorboard": _TENSORBOARD,
}
_NOTES: Mapping[Start, str] = {
    "first": "smoothing_first",
    "zero": "smoothing_zero",
    "corrected": "smoothing_corrected",
    "tensorboard": "smoothing_tensorboard",
}
_LISTEN = """\
for t, gradient in enumerate(gradients):
    for optimizer, parameter in ((momentum, weights[0]), (adam, weights[1])):
        parameter.grad = gradient.reshape(1)
        optimizer.step()
    total = momentum.state[weights[0]].get("momentum_buffer", gradient).item()"""
_ADAM = """\
    held = adam.state[weights[1]]
    first, second = held["exp_avg"].item(), held["exp_avg_sq"].item()
    print(t, total, (1 - beta) * total, first / (1 - beta ** (t + 1)), second / (1 - beta ** (t + 1)))"""


def average_code(values: Array, beta: float, start: Start, note: Note) -> str:
    """Return a whole program that smooths values (T,) and prints every average: t from 1, the value, the average.

    Of more than MOST_VALUES the first ones stand in it. `note` gives the comment for a key of [export_note].
    """
    notes = [_NOTES[start], *(["smoothing_shortened"] if len(values) > MOST_VALUES else [])]
    lines = [
        *comments(notes, note),
        f"values = {_tensor(values)}",
        f"beta = {beta!r}",
        "for t, (value, average) in enumerate(zip(values, smoothed(values, beta)), start=1):",
        "    print(t, value.item(), average.item())",
    ]
    return assemble((_SMOOTHED[start],), lines)


def connection_code(gradients: Array, beta: float, note: Note) -> str:
    """Return a whole program that feeds gradients (T,) to SGD with momentum and to Adam, and prints what they hold.

    Each line: t from 0, momentum's sum v, (1 - beta) * v, Adam's m and v after their correction. With beta 1 there is
    no Adam, and a line ends with v.
    """
    listen = _LISTEN.replace("((momentum, weights[0]), (adam, weights[1]))", "((momentum, weights[0]),)")
    lines = [
        *comments(["smoothing_listen", *([] if beta < 1 else ["smoothing_no_adam"])], note),
        f"gradients = {_tensor(gradients)}",
        f"beta = {beta!r}",
        "weights = [torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2)]",
        "momentum = torch.optim.SGD([weights[0]], lr=0.01, momentum=beta)",
        *(["adam = torch.optim.Adam([weights[1]], lr=0.01, betas=(beta, beta))"] if beta < 1 else []),
        *((_LISTEN, _ADAM) if beta < 1 else (listen, "    print(t, total)")),
    ]
    return assemble((), lines)


def _tensor(values: Array) -> str:
    """Return values as a tensor, as many in a line as there is room for."""
    lines = textwrap.wrap(", ".join(literal(value) for value in values[:MOST_VALUES].tolist()), WIDTH - 4)
    return "torch.tensor([\n" + textwrap.indent("\n".join(lines), "    ") + "\n], dtype=torch.float64)"
