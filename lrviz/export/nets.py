"""A net of the training lab as PyTorch code, and rows of its shape to stand in for a learner's own."""

from lrviz.export.snippet import Code, Note, call, comments
from lrviz.train.models import IMAGE, Activation, Conv, Dense, Drop, Layer, Norm, Pool
from lrviz.train.training import Training, data_of

_BENDS = {"tanh": "nn.Tanh", "relu": "nn.ReLU", "gelu": "nn.GELU"}
ROWS = 1_000
"""How many rows stand in for one's own, at most."""


def net_lines(training: Training, note: Note) -> list[str]:
    """Return the lines that make `model`, `x`, `y` and `loss_of`: the net, rows of noise in its shape, its loss."""
    data, model = data_of(training.task), training.model
    layers = [
        _module(layer, getattr(model, "dropout", 0.0), model.images)
        for layer in model.layers(data.features, data.outputs)
    ]
    kept = [Code(layer) for layer in layers if layer]
    if model.images:
        last = max(i for i, layer in enumerate(kept) if layer.startswith("nn.AvgPool2d"))
        kept = [
            Code(f"nn.Unflatten(1, (1, {IMAGE}, {IMAGE}))"),
            *kept[: last + 1],
            Code("nn.Flatten()"),
            *kept[last + 1 :],
        ]
    rows = min(data.rows, ROWS)
    target = f"torch.randint({data.classes}, ({rows},))" if data.classes else f"torch.randn({rows}, 1)"
    squared = training.criterion == "mse"
    if squared and data.classes:
        target = f"torch.eye({data.classes})[{target}]"
    return [
        *comments(["net_own"], note),
        "torch.manual_seed(0)",
        f"model = {call('nn.Sequential', *kept)}",
        f"x, y = torch.randn({rows}, {data.features}), {target}",
        f"loss_of = nn.{'MSELoss' if squared else 'CrossEntropyLoss'}()",
    ]


def update_lines(training: Training) -> list[str]:
    """Return what a loop does with `loss`: penalties, gradients, clipping, decay, the update, the next rate."""
    weights = "for p in model.parameters() if p.ndim > 1"
    terms = [f"{training.l1!r} * sum(p.abs().sum() {weights})"] if training.l1 else []
    terms += [f"{training.l2!r} / 2 * sum((p * p).sum() {weights})"] if training.l2 else []
    clip = f"nn.utils.clip_grad_norm_(model.parameters(), {training.clip_norm!r})"
    decay = [
        "with torch.no_grad():",
        "    for p in model.parameters():",
        f'        p.mul_(1 - optimizer.param_groups[0]["lr"] * {training.weight_decay!r} * (p.ndim > 1))',
    ]
    return [
        "optimizer.zero_grad()",
        f"{'(' * bool(terms)}{' + '.join(['loss', *terms])}{')' * bool(terms)}.backward()",
        *([clip] if training.clip_norm else []),
        *(decay if training.weight_decay else []),
        "optimizer.step()",
        "scheduler.step()",
    ]


def _module(layer: Layer, dropout: float, images: bool) -> str:
    """Return one layer as torch.nn has it; nothing for dropout that drops nothing."""
    match layer:
        case Dense(inputs, outputs, bias):
            return call("nn.Linear", inputs, outputs, **({} if bias else {"bias": False}))
        case Conv(inputs, outputs, _, bias):
            return call("nn.Conv2d", inputs, outputs, 3, padding=1, **({} if bias else {"bias": False}))
        case Norm("layer", features):
            return call("nn.LayerNorm", features)
        case Norm(_, features):
            return call("nn.BatchNorm2d" if images else "nn.BatchNorm1d", features)
        case Activation(name, _):
            return f"{_BENDS[name]}()"
        case Drop():
            return call("nn.Dropout", dropout) if dropout else ""
        case Pool():
            return "nn.AvgPool2d(2)"
