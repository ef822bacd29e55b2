"""A whole training as a PyTorch program, and as a notebook: the same first weights, rows, masks, and final loss."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lrviz.export.snippet import Code, Note, Piece, comments
from lrviz.export.task_lines import task_imports, task_lines
from lrviz.export.updates import optimizer_of, rates_by_factor, rates_of
from lrviz.spec import kind_of
from lrviz.train.cost import every
from lrviz.train.models import IMAGE, Activation, Conv, Dense, Drop, Layer, Norm, Pool
from lrviz.train.scaling import Scale, scale
from lrviz.train.training import Training, data_of

_CHANCE = """\
MASK, GOLDEN = 0xFFFFFFFF, 0x9E3779B9


def mixed(x):
    x = x ^ (x >> 16)
    x = (x * 0x7FEB352D) & MASK
    x = x ^ (x >> 15)
    x = (x * 0x846CA68B) & MASK
    return x ^ (x >> 16)


def words(stream, step, count):
    key = mixed((mixed(seed) + stream * GOLDEN) & MASK)
    key = mixed((key + mixed(step) * GOLDEN) & MASK)
    place = np.arange(count, dtype=np.uint64)
    return mixed(mixed((place * GOLDEN + key) & MASK) ^ key)


def uniform(stream, step, count):
    return (words(stream, step, count) + 0.5) / 2**32"""
_NORMAL = """\
def normal(stream, step, count):
    u, v = uniform(stream, step, 2 * count).reshape(2, count)
    return np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)"""
_ROWS = """\
def rows_of(t):
    epoch, place = divmod(t, per_epoch)
    keys = words(2, epoch, len(x)) * len(x) + np.arange(len(x), dtype=np.uint64)
    return np.argsort(keys)[place * batch_size : (place + 1) * batch_size]"""
_GROWING = """\
def rows_of(t):
    begin, epoch = 0, 0
    while True:
        size = min(len(x), round(batch_size * {growth!r} ** (epoch // {every})))
        count = {count}
        if t < begin + count:
            break
        begin, epoch = begin + count, epoch + 1
    keys = words(2, epoch, len(x)) * len(x) + np.arange(len(x), dtype=np.uint64)
    return np.argsort(keys)[(t - begin) * size : (t - begin + 1) * size]"""
_DROPOUT = """\
class Dropout(nn.Module):
    def __init__(self, p, stream):
        super().__init__()
        self.p, self.stream = p, stream

    def forward(self, x):
        if not self.training:
            return x
        numbers = uniform(self.stream, t, x.numel()).reshape(x.shape)
        return x * torch.from_numpy(numbers >= self.p) / (1 - self.p)"""
_TO_ROWS = """\
class ToRows(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)"""
_ACTIVATIONS = {"tanh": "nn.Tanh()", "relu": "nn.ReLU()", "gelu": "nn.GELU()"}
_AVERAGES = {"asgd": "ax", "schedule_free": "a"}
"""What some rules hand over in place of the position: the name of their average in the optimizer's state."""


@dataclass(frozen=True)
class Section:
    """One part of a program: the key of its title, and its code."""

    title: str
    code: str


def training_code(training: Training, note: Note) -> str:
    """Return the training as one program, which prints its losses; `note` gives the comment for a key.

    In float64, as the lesson trains: what it prints last is the lesson's own last number, but for rounding.
    """
    parts = [f"# {note(section.title)}\n\n{section.code}" for section in sections(training, note)]
    return "\n\n\n".join(parts) + "\n"


def notebook(training: Training, note: Note) -> str:
    """Return the same as a Jupyter notebook: a text and a cell a section."""
    cells: list[dict[str, Any]] = []
    for i, section in enumerate(sections(training, note)):
        text = {"cell_type": "markdown", "id": f"text-{i}", "metadata": {}, "source": f"## {note(section.title)}"}
        code = {"cell_type": "code", "id": f"code-{i}", "metadata": {}, "source": section.code}
        cells += [text, code | {"execution_count": None, "outputs": []}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def sections(training: Training, note: Note) -> list[Section]:
    """Return the parts of the program in order."""
    updates = _updates(training, note)
    bodies = {
        "train_data": task_lines(training.task, note),
        "train_chance": _chance(training, note),
        "train_net": _net(training, note),
        "train_updates": updates,
        "train_loop": _loop(training, note),
    }
    first, *rest = (Section(title, body) for title, body in bodies.items())
    return [Section(first.title, f"{_imports(training, updates)}\n\n{first.code}"), *rest]


def _imports(training: Training, updates: str) -> str:
    standard = ["import math", ""] if re.search(r"(?<!\w)math\.", updates) else []
    scheduler = ["from torch.optim import lr_scheduler"] if "lr_scheduler." in updates else []
    plain = ["import numpy as np", "import torch"]
    return "\n".join([*standard, *plain, *task_imports(training.task), "from torch import nn", *scheduler])


def _chance(training: Training, note: Note) -> str:
    set_up = f"seed, batch_size = {training.seed}, {training.rows_per_batch}"
    rows = "def rows_of(t):\n    return np.arange(len(x))"
    if "growth_epochs" not in training.idle:
        count = "len(x) // size" if training.drop_last else "-(-len(x) // size)"
        rows = _GROWING.format(growth=training.batch_growth, every=training.growth_epochs, count=count)
    elif training.rows_per_batch < data_of(training.task).rows:
        set_up += f"\nper_epoch = {training.steps_per_epoch}"
        rows = _ROWS
    normal = [_NORMAL] if getattr(training.model, "init", "") == "he" else []
    about = "\n".join(comments(["train_chance_why"], note))
    return "\n\n\n".join([f"{about}\n{set_up}\n{_CHANCE}", *normal, rows])


# ---------------------------------------------------------------------------------------------------- the net


def _net(training: Training, note: Note) -> str:
    data, p = data_of(training.task), getattr(training.model, "dropout", 0.0)
    layers = training.model.layers(data.features, data.outputs)
    modules = [*_modules(layers, p, training.model.images)]
    listed = textwrap.indent("".join(f"{module},\n" for module, _ in modules), "    ")
    first = {place: number for place, (_, number) in enumerate(modules) if number is not None}
    classes = ([_DROPOUT] if p else []) + ([_TO_ROWS] if training.model.images else [])
    drawn = _drawn(training.model.init)
    lines = [
        "torch.set_default_dtype(torch.float64)",
        f"net = nn.Sequential(\n{listed})",
        *comments(["train_first_weights"], note),
        f"for place, number in {first!r}.items():",
        textwrap.indent(drawn, "    "),
        *_shrunk(training, note),
    ]
    return "\n\n\n".join([*classes, "\n".join(lines)])


def _shrunk(training: Training, note: Note) -> list[str]:
    """Return the lines that give the last layer smaller first weights, where they follow the width."""
    by = _scales(training)[-2].first
    return [] if by == 1 else [*comments(["train_scaling"], note), f"net[-1].weight.data *= {by!r}"]


def _scales(training: Training) -> list[Scale]:
    """Return what every parameter and its rate is multiplied by, in the order of the net's parameters."""
    data, (model, rule) = data_of(training.task), (training.model, training.optimizer)
    layers = model.layers(data.features, data.outputs)
    named = [(i, name) for i, layer in enumerate(layers) for name in _parameters(layer)]
    return [scale(model, rule, i, name, len(layers) - 1) for i, name in named]


def _parameters(layer: Layer) -> tuple[str, ...]:
    match layer:
        case Dense() | Conv():
            return ("weight", "bias") if layer.bias else ("weight",)
        case Norm():
            return "scale", "shift"
    return ()


def _modules(layers: Sequence[Layer], p: float, images: bool) -> Iterator[tuple[str, int | None]]:
    """Yield the modules of a net, each with its number in the stream of chance where it has first weights."""
    if images:
        yield f"nn.Unflatten(1, (1, {IMAGE}, {IMAGE}))", None
    last = max((i for i, layer in enumerate(layers) if isinstance(layer, Pool)), default=-1)
    for i, layer in enumerate(layers):
        if isinstance(layer, Drop):
            if p:
                yield f"Dropout({p!r}, stream={16 + i})", None
            continue
        yield _module(layer, i < last), i if isinstance(layer, Dense | Conv) else None
        if i == last:
            yield "ToRows()", None


def _module(layer: Layer, in_images: bool) -> str:
    match layer:
        case Dense(inputs, outputs, bias):
            return f"nn.Linear({inputs}, {outputs}{'' if bias else ', bias=False'})"
        case Conv(inputs, outputs, _, bias):
            return f"nn.Conv2d({inputs}, {outputs}, 3, padding=1{'' if bias else ', bias=False'})"
        case Norm("layer", features):
            return f"nn.LayerNorm({features})"
        case Norm(_, features):
            return f"nn.BatchNorm{2 if in_images else 1}d({features})"
        case Activation(name, _):
            return _ACTIVATIONS[name]
    return "nn.AvgPool2d(2)"


def _drawn(init: str) -> str:
    """Return the lines that give a layer its first weights from the streams of chance."""
    lines = [
        "layer = net[place]",
        "outputs, inputs = layer.weight.shape[0], layer.weight[0].numel()",
        f"values = {_VALUES[init]}",
        "values = torch.from_numpy(values).view(inputs, outputs).T",
        "layer.weight.data = values.reshape(layer.weight.shape).clone()",
    ]
    if init == "xavier":
        fan_out = "feeds = outputs * layer.weight[0, 0].numel()"
        lines.insert(2, fan_out)
    lines.append("if layer.bias is not None:")
    bias = "torch.from_numpy(bound * (2 * uniform(1 + 1000 * (2 * number + 1), 0, outputs) - 1))"
    if init == "default":
        lines.insert(2, "bound = 1 / inputs**0.5")
    lines.append(f"    layer.bias.data = {bias if init == 'default' else 'torch.zeros(outputs)'}")
    return "\n".join(lines)


_VALUES = {
    "default": "bound * (2 * uniform(1 + 2000 * number, 0, inputs * outputs) - 1)",
    "xavier": "(6 / (inputs + feeds)) ** 0.5 * (2 * uniform(1 + 2000 * number, 0, inputs * outputs) - 1)",
    "he": "(2 / inputs) ** 0.5 * normal(1 + 2000 * number, 0, inputs * outputs)",
}


# ------------------------------------------------------------------------------------------- updates and the loop


def _updates(training: Training, note: Note) -> str:
    """Return the lines that make the optimizer and its schedule, with what they need before them."""
    rates, paces = _rates(training), _paces(training)
    rule = optimizer_of(training.optimizer, rates.lr, Code("groups" if paces else "net.parameters()"))
    lines = [
        *(_groups(paces, rates.lr, note) if paces else []),
        *comments(rule.notes, note),
        f"optimizer = {rule.expression}",
        *comments(rates.notes, note),
    ]
    lines += [f"scheduler = {rates.expression}"] if rates.expression else []
    return "\n\n\n".join([*rule.definitions, *rates.definitions, "\n".join(lines)])


def _rates(training: Training) -> Piece:
    """Return the schedule: by PyTorch's own where every parameter has the same rate."""
    return (rates_by_factor if _paces(training) else rates_of)(training.schedule, training.steps)


def _paces(training: Training) -> list[float]:
    """Return what every parameter's rate is multiplied by; nothing where that is 1 for all."""
    paces = [one.rate for one in _scales(training)]
    return paces if any(pace != 1 for pace in paces) else []


def _groups(paces: Sequence[float], lr: float, note: Note) -> list[str]:
    """Return the lines that put every parameter into a group of its own, at its own share of the rate."""
    pairs = f'{{"params": [p], "lr": {lr!r} * pace}} for p, pace in zip(net.parameters(), paces)'
    return [*comments(["train_scaling"], note), f"paces = {list(paces)!r}", f"groups = [{pairs}]"]


def _loop(training: Training, note: Note) -> str:
    body = [*update_lines(training), f"if t % {every(training)} == 0:", "    print(t, loss.item())"]
    last = "judged(x_val, y_val)"
    end = [f"training_loss, training_accuracy = {last.replace('_val', '')}", f"loss_val, accuracy_val = {last}"]
    lines = [
        *(["weights = [p for p in net.parameters() if p.ndim > 1]"] if penalised(training) else []),
        f"for t in range({training.steps}):",
        *(f"    {line}" for line in body),
        *_averaged(training, note),
        *end,
        "print(training_loss, loss_val, accuracy_val)",
    ]
    return f"{judging(training)}\n\n\n" + "\n".join(lines)


def judging(training: Training) -> str:
    """Return the loss and the function that judges the net on some rows."""
    if training.criterion == "cross_entropy":
        loss = "nn.functional.cross_entropy(said, y.long())"
    elif data_of(training.task).classes:
        loss = "nn.functional.mse_loss(said, nn.functional.one_hot(y.long(), classes).double())"
    else:
        loss = "nn.functional.mse_loss(said, y[:, None])"
    accuracy = "(said.argmax(1) == y).double().mean().item()" if data_of(training.task).classes else "None"
    return (
        f"def loss_of(said, y):\n    return {loss}\n\n\n"
        "@torch.no_grad()\ndef judged(x, y):\n    net.eval()\n    said = net(x)\n    net.train()\n"
        f"    return loss_of(said, y).item(), {accuracy}"
    )


def penalised(training: Training) -> bool:
    """Say whether an update needs the net's weights by themselves."""
    return bool(training.l1 or training.l2 or training.weight_decay)


def update_lines(training: Training) -> list[str]:
    """Return the lines of one update."""
    terms = {"loss": 1.0}
    if training.l1:
        terms[f"{training.l1!r} * sum(w.abs().sum() for w in weights)"] = 1.0
    if training.l2:
        terms[f"{training.l2 / 2!r} * sum((w * w).sum() for w in weights)"] = 1.0
    total = " + ".join(terms)
    clip = f"nn.utils.clip_grad_norm_(net.parameters(), {training.clip_norm!r})"
    decay = f'        w.mul_(1 - optimizer.param_groups[-1]["lr"] * {training.weight_decay!r})'
    scheduled = bool(_rates(training).expression)
    return [
        "rows = rows_of(t)",
        "optimizer.zero_grad()",
        "loss = loss_of(net(x[rows]), y[rows])",
        f"({total}).backward()" if len(terms) > 1 else "loss.backward()",
        *([clip] if training.clip_norm else []),
        *(["with torch.no_grad():", "    for w in weights:", decay] if training.weight_decay else []),
        "optimizer.step()",
        *(["scheduler.step()"] if scheduled else []),
    ]


def _averaged(training: Training, note: Note) -> list[str]:
    """Return the lines that put a rule's average in the net's place, where it hands that over."""
    name = _AVERAGES.get(kind_of(training.optimizer))
    if name is None:
        return []
    copied = f'        p.copy_(optimizer.state[p]["{name}"])'
    return [*comments(["train_average"], note), "with torch.no_grad():", "    for p in net.parameters():", copied]
