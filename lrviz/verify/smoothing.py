"""Averages beside torch: its averaged model, and what its optimizers hold after listening to the same values."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import AllowInfNan, Field
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lrviz.smoothing.averages import Array, Start, ewma
from lrviz.smoothing.connection import Connection, GradientStream
from lrviz.spec import Spec
from lrviz.verify.answers import difference, told
from lrviz.verify.comparison import TOLERANCE

MOST_VALUES = 2_000
NAMES = {"first": "swa_utils.AveragedModel", "zero": "Adam (exp_avg)", "corrected": "Adam (exp_avg / (1 − β^t))"}
SUM, BOTH = "SGD (momentum_buffer)", "SGD (momentum_buffer), Adam (exp_avg, exp_avg_sq)"
"""What of torch is compared."""
Beta = Annotated[float, Field(ge=0, le=1)]


class SmoothingQuestion(Spec):
    """Is this average of these values what torch computes? nan is a value like any other."""

    kind: Literal["smoothing_question"] = "smoothing_question"
    beta: Beta = 0.9
    start: Start = "first"
    values: Annotated[tuple[Annotated[float, AllowInfNan()], ...], Field(min_length=1, max_length=MOST_VALUES)] = (1.0,)


class ConnectionQuestion(Spec):
    """Do momentum and Adam hold of this stream what torch's own hold?"""

    kind: Literal["connection_question"] = "connection_question"
    beta: Beta = 0.9
    stream: GradientStream = GradientStream()


# ------------------------------------------------------------------------------------------------------ one average


def answer(question: SmoothingQuestion) -> dict[str, Any]:
    """Answer a question: {"code", "values", "tone"}, every value a string."""
    values, start = np.array(question.values), question.start
    if start == "tensorboard":
        if (values == values[0]).all():
            return told("constant", "note")
        values, start = values[np.isfinite(values)], "corrected"
        if not len(values):
            return told("nothing_finite", "note")
    if start != "first" and question.beta == 1:
        return told("adam_refuses", "note")
    ours = ewma(values[None], question.beta, start)[0]
    torchs = averaged_model(values, question.beta) if start == "first" else adams_average(values, question.beta, start)
    return _said(ours, torchs, NAMES[start])


def averaged_model(values: Array, beta: float) -> Array:
    """Return the averages (T,) that torch's AveragedModel keeps of a parameter that takes these values (T,)."""
    model = torch.nn.ParameterList([torch.zeros(1, dtype=torch.float64)])
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(beta))
    (parameter,), (averaged,) = model.parameters(), average.module.parameters()
    found = []
    for value in values.tolist():
        parameter.data.fill_(value)
        average.update_parameters(model)
        found.append(averaged.item())
    return np.array(found)


def adams_average(values: Array, beta: float, start: Start) -> Array:
    """Return what Adam's exp_avg holds after each of the values (T,) as gradients, divided by 1 - beta^t if corrected.

    Raises ValueError for beta 1, as Adam does.
    """
    held = listened(partial(torch.optim.Adam, betas=(beta, 0.999)), values, "exp_avg")["exp_avg"]
    return held if start == "zero" else held / np.array([1 - beta**t for t in range(1, len(values) + 1)])


def listened(make: Callable[..., torch.optim.Optimizer], gradients: Array, *names: str) -> dict[str, Array]:
    """Return the named parts of an optimizer's state after each of the gradients (T,), (T,) each."""
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = make([parameter])
    found: dict[str, list[float]] = {name: [] for name in names}
    for gradient in gradients.tolist():
        parameter.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        for name in names:
            found[name].append(optimizer.state[parameter][name].item())
    return {name: np.array(held) for name, held in found.items()}


# ------------------------------------------------------------------------------------------- the averages in training


def answer_connection(question: ConnectionQuestion) -> dict[str, Any]:
    """Answer a question: {"code", "values", "tone"}, every value a string."""
    ours, beta = Connection(question.stream, question.beta), question.beta
    # With momentum 0 torch keeps no buffer: the sum is the gradient itself.
    summed = listened(partial(torch.optim.SGD, momentum=beta), ours.gradients, "momentum_buffer") if beta else {}
    pairs = [(ours.summed, summed.get("momentum_buffer", ours.gradients))]
    if beta == 1:
        return _said(*pairs[0], SUM)
    adam = listened(partial(torch.optim.Adam, betas=(beta, beta)), ours.gradients, "exp_avg", "exp_avg_sq")
    pairs += [(ours.adam["m"], adam["exp_avg"]), (ours.adam["v"], adam["exp_avg_sq"])]
    return _said(*max(pairs, key=lambda pair: difference(*pair).relative), BOTH)


def _said(ours: Array, torchs: Array, name: str) -> dict[str, Any]:
    apart = difference(ours, torchs)
    values = {"torch": name, "steps": len(ours), "absolute": apart.absolute, "relative": apart.relative}
    return told("verified", "ok", **values) if apart.relative <= TOLERANCE else told("differs", "warn", **values)
