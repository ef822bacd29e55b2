"""A net as PyTorch code, with its first weights from the same random numbers as on the page."""

import textwrap
from collections.abc import Sequence
from typing import Any

from lrviz.export.snippet import literal
from lrviz.spec import kind_of
from lrviz.train.models import CNN, IMAGE, MLP
from lrviz.train.scaling import BY_GRADIENT
from lrviz.train.training import Training, data_of

ACTIVATIONS = {"tanh": "nn.Tanh()", "relu": "nn.ReLU()", "gelu": "nn.GELU()"}
DROPOUT = """\
class Dropout(nn.Module):
    def __init__(self, p, number, seed):
        super().__init__()
        self.p, self.number, self.seed, self.step = p, number, seed, 0

    def forward(self, x):
        if not self.training or not self.p:
            return x
        drawn = uniform(self.seed, 16 + self.number, self.step, x.numel()).view(x.shape)
        return x * (drawn >= self.p) / (1 - self.p)"""
FILLED = """\
def fill(layer, number, seed):
    weight = layer.weight.data
    outputs, inputs = weight.shape[0], weight[0].numel()
{weight}
    layer.weight.data = drawn.view(inputs, outputs).T.reshape(weight.shape).clone()
    if layer.bias is not None:
{bias}"""
WEIGHTS = {
    "default": "    drawn = (2 * uniform(seed, 1 + 2000 * number, 0, inputs * outputs) - 1) / inputs**0.5",
    "xavier": (
        "    bound = (6 / (inputs + {feeds})) ** 0.5\n"
        "    drawn = bound * (2 * uniform(seed, 1 + 2000 * number, 0, inputs * outputs) - 1)"
    ),
    "he": (
        "    u, v = uniform(seed, 1 + 2000 * number, 0, 2 * inputs * outputs).chunk(2)\n"
        "    drawn = (2 / inputs) ** 0.5 * torch.sqrt(-2 * torch.log(u)) * torch.cos(2 * torch.pi * v)"
    ),
}
BIASES = {
    "default": "        layer.bias.data = (2 * uniform(seed, 1001 + 2000 * number, 0, outputs) - 1) / inputs**0.5"
}
ZERO = "        layer.bias.data.zero_()"
SCALE = """\
def scale(number, last, weight, ratio, by_gradient):
    if not weight:
        return 1.0, ratio if by_gradient and number != last else 1.0
    if number == last:
        return ratio**-0.5, 1 / ratio
    if number == 0:
        return 1.0, ratio if by_gradient else 1.0
    return 1.0, 1.0 if by_gradient else 1 / ratio"""


def net_code(cells: Sequence[Training], varied: frozenset[str]) -> str:
    """Return `make_net` and what it needs, for the nets of some trainings, and `groups`: their parameters by rate.

    Its parameters are the seed and, by name, the fields of the model in `varied`; where rates follow the width and the
    optimizer is varied, that too.
    """
    one = cells[0]
    drops = any(getattr(cell.model, "dropout", 0.0) > 0 for cell in cells)
    scaled = any(getattr(cell.model, "scaling", "standard") == "mup" for cell in cells)
    parts = [*([DROPOUT] if drops else []), _filled(one.model), *([SCALE] if scaled else [])]
    made = _cnn(one, drops, varied) if isinstance(one.model, CNN) else _mlp(one, drops, scaled, varied)
    return "\n\n\n".join([*parts, made, _groups(one, scaled, varied)])


def _filled(model: Any) -> str:
    feeds = "9 * outputs if weight.ndim == 4 else outputs"
    weight = WEIGHTS[model.init].format(feeds=f"({feeds})")
    return FILLED.format(weight=weight, bias=BIASES.get(model.init, ZERO))


def _names(varied: frozenset[str], scaled: bool) -> list[str]:
    own = [name.removeprefix("model.") for name in sorted(varied) if name.startswith("model.")]
    return [*own, *(["optimizer"] if scaled and "optimizer" in varied else [])]


def _value(model: Any, name: str, names: Sequence[str]) -> str:
    return name if name in names else str(literal(getattr(model, name)))


def _mlp(one: Training, drops: bool, scaled: bool, varied: frozenset[str]) -> str:
    data, names = data_of(one.task), _names(varied, scaled)
    model = one.model if isinstance(one.model, MLP) else MLP(depth=0)
    width, depth, norm, dropout = (_value(model, name, names) for name in ("width", "depth", "norm", "dropout"))
    bias = (
        {"'batch'": ", bias=False", '"batch"': ", bias=False"}.get(norm, "")
        if norm != "norm"
        else ', bias=norm != "batch"'
    )
    body = [
        f"sizes = [{data.features}] + [{width}] * {depth}",
        "layers = []",
        "for inputs, outputs in zip(sizes, sizes[1:]):",
        f"    layers += [nn.Linear(inputs, outputs{bias})]",
        *_norms(norm),
        f"    layers += [{ACTIVATIONS[model.activation]}]",
        f"    layers += [Dropout({dropout}, len(layers), seed)]" if drops else "    layers += [nn.Dropout(0.0)]",
        f"net = nn.Sequential(*layers, nn.Linear(sizes[-1], {data.outputs}))",
        "for number, layer in enumerate(net):",
        "    if isinstance(layer, nn.Linear):",
        "        fill(layer, number, seed)",
        *_shrunk(one, model, scaled, names),
        "return net",
    ]
    return _function("make_net", ["seed", *names], body)


def _norms(norm: str) -> list[str]:
    kinds = {"batch": "nn.BatchNorm1d(outputs)", "layer": "nn.LayerNorm(outputs)"}
    if norm != "norm":
        name = norm.strip("\"'")
        return [f"    layers += [{kinds[name]}]"] if name in kinds else []
    return [
        line for name, made in kinds.items() for line in (f'    if norm == "{name}":', f"        layers += [{made}]")
    ]


def _shrunk(one: Training, model: MLP, scaled: bool, names: Sequence[str]) -> list[str]:
    """Return the lines that scale the last first weights."""
    if not scaled:
        return []
    line = f"net[-1].weight.data *= scale(len(net) - 1, len(net) - 1, True, {_ratio(model, names)}, True)[0]"
    return [f'if scaling == "mup":\n    {line}'] if "scaling" in names else [line]


def _ratio(model: MLP, names: Sequence[str]) -> str:
    return f"{_value(model, 'width', names)} / {model.base_width}"


def _groups(one: Training, scaled: bool, varied: frozenset[str]) -> str:
    """Return the parameters of a net, each with what its rate is multiplied by where that is not 1."""
    if not scaled or not isinstance(one.model, MLP):
        return _function("groups", ["net"], ['return [{"params": list(net.parameters())}]'])
    names = _names(varied, scaled)
    rules = f"optimizer in {tuple(sorted(BY_GRADIENT))!r}".replace("'", '"')
    by_gradient = rules if "optimizer" in names else str(kind_of(one.optimizer) in BY_GRADIENT)
    pace = f'scale(int(name.split(".")[0]), len(net) - 1, p.ndim > 1, {_ratio(one.model, names)}, {by_gradient})[1]'
    if "scaling" in names:
        pace = f'{pace} if scaling == "mup" else 1.0'
    body = [
        "found = []",
        "for name, p in net.named_parameters():",
        f"    pace = {pace}",
        '    found.append({"params": [p], "pace": pace})',
        "return found",
    ]
    return _function("groups", ["net", *names], body)


def _cnn(one: Training, drops: bool, varied: frozenset[str]) -> str:
    data, names = data_of(one.task), _names(varied, False)
    model = one.model
    assert isinstance(model, CNN)
    channels, dropout = model.channels, _value(model, "dropout", names)
    norm = model.norm == "batch"
    bias, act = ", bias=False" if norm else "", ACTIVATIONS[model.activation]
    flat = 2 * channels * (IMAGE // 4) ** 2
    layers = []
    for inputs, outputs in ((1, channels), (channels, 2 * channels)):
        layers += [f"nn.Conv2d({inputs}, {outputs}, 3, padding=1{bias})"]
        layers += [f"nn.BatchNorm2d({outputs})"] * norm + [act, "nn.AvgPool2d(2)"]
    number = len(layers)
    layers += [
        f"Dropout({dropout}, {number}, seed)" if drops else "nn.Dropout(0.0)",
        f"nn.Linear({flat}, {data.outputs})",
    ]
    body = [
        "layers = [",
        *(f"    {layer}," for layer in layers),
        "]",
        "for number, layer in enumerate(layers):",
        "    if isinstance(layer, nn.Conv2d | nn.Linear):",
        "        fill(layer, number, seed)",
        f"images = nn.Unflatten(1, (1, {IMAGE}, {IMAGE}))",
        f"return nn.Sequential(images, *layers[:{number}], ToRows(), *layers[{number}:])",
    ]
    to_rows = "class ToRows(nn.Module):\n    def forward(self, x):\n        return x.permute(0, 2, 3, 1).flatten(1)"
    return f"{to_rows}\n\n\n{_function('make_net', ['seed', *names], body)}"


def _function(name: str, parameters: Sequence[str], body: Sequence[str]) -> str:
    return "\n".join([f"def {name}({', '.join(parameters)}):", *(textwrap.indent(line, "    ") for line in body)])
