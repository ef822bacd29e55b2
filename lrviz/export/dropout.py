"""Dropout as a complete PyTorch program: a layer, many masks, a stack of layers, or a network and its sub-networks."""

from itertools import pairwise

from lrviz.export.snippet import Code, Note, assemble, call, comments, listed, literal
from lrviz.layers.dropout_scene import DEEP_MASKS, DEEP_WIDTH, INPUT, SIZES, DropoutScene, ensemble

_ACTIVATIONS = {"identity": "Identity", "relu": "ReLU", "tanh": "Tanh"}
_CONVENTIONS = {"training": "dropout_training", "evaluation": "dropout_evaluation", "never": "dropout_never"}
SAMPLES = 10_000


def dropout_code(scene: DropoutScene, note: Note) -> str:
    """Return a program that makes what the scene looks at with the picture's own masks, and torch's dropout beside it.

    `note` gives the comment for a key of [export_note].
    """
    make = {"layer": _layer, "average": _layer, "depth": _depth, "networks": _networks}[scene.view]
    return assemble((), make(scene, note))


def _scale(scene: DropoutScene, note: Note) -> list[str]:
    if scene.p == 1:
        return [f"p = {scene.p!r}", *comments(["dropout_all"], note), "scale = 0.0"]
    return [f"p = {scene.p!r}", "scale = 1 / (1 - p)"]


# -------------------------------------------------------------------------------------------------------- a layer


def _layer(scene: DropoutScene, note: Note) -> list[str]:
    shape = (scene.masks, len(scene.values)) if scene.view == "average" else len(scene.values)
    factor = " * scale" if scene.scaling == "training" else ""
    evaluated = "x * (1 - p)" if scene.scaling == "evaluation" else "x"
    return [
        f"x = torch.tensor({listed(scene.values)}, dtype=torch.float64)",
        *_scale(scene, note),
        *comments(["dropout_mask"], note),
        f"kept = np.random.default_rng({scene.seed}).random({shape}) >= p",
        f"output = x * torch.from_numpy(kept){factor}",
        f"evaluated = {evaluated}",
        *(["average = output.mean(dim=0)", "print(average)"] if scene.view == "average" else ["print(output)"]),
        "print(evaluated)",
        "",
        *comments([_CONVENTIONS[scene.scaling], "dropout_own_mask"], note),
        "dropout = torch.nn.Dropout(p)",
        f"torch.manual_seed({scene.seed})",
        f"print(dropout(x{f'.expand({scene.masks}, -1)).mean(dim=0)' if scene.view == 'average' else ')'})",
        "dropout.eval()",
        "print(dropout(x))",
    ]


# -------------------------------------------------------------------------------------------------------- a stack


def _depth(scene: DropoutScene, note: Note) -> list[str]:
    return [
        *_scale(scene, note),
        *comments(["dropout_mask"], note),
        f"random = np.random.default_rng({scene.seed})",
        *comments(["dropout_average_weights"], note),
        f"weights = random.random(({scene.depth + 1}, {DEEP_WIDTH}, {DEEP_WIDTH}))",
        "weights = torch.from_numpy(weights / weights.sum(axis=2, keepdims=True))",
        f"kept = torch.from_numpy(random.random(({scene.depth}, {DEEP_MASKS}, {DEEP_WIDTH})) >= p)",
        f"scaled = unscaled = torch.ones({DEEP_MASKS}, {DEEP_WIDTH}, dtype=torch.float64)",
        "times = []",
        "for weight, mask in zip(weights, kept):",
        "    scaled = torch.nn.functional.linear(scaled, weight) * mask * scale",
        "    unscaled = torch.nn.functional.linear(unscaled, weight) * mask",
        *(f"    {line}" for line in comments(["dropout_times"], note)),
        "    times.append((float(1 / unscaled.mean()), float(1 / scaled.mean())))",
        "    print(len(times), *times[-1])",
    ]


# -------------------------------------------------------------------------------------------------- a small network


def _networks(scene: DropoutScene, note: Note) -> list[str]:
    result, sizes = ensemble(scene), SIZES[scene.hidden]
    count = sum(sizes[1:-1])
    return [
        *_scale(scene, note),
        "torch.set_default_dtype(torch.float64)",
        f"x = torch.tensor({listed(INPUT)})",
        f"network = {_modules(scene)}",
        "with torch.no_grad():",
        *(line for i, (w, b) in enumerate(result.layers) for line in _copied(3 * i, w.tolist(), b.tolist())),
        "network.eval()",
        "whole = network(x).item()",
        "",
        *comments(["dropout_every_mask"], note),
        f"masks = torch.cartesian_prod(*[torch.tensor([1.0, 0.0])] * {count})",
        "chances = torch.where(masks > 0, 1 - p, p).prod(dim=1)",
        f"h = x.expand({2**count}, -1)",
        *_passes(sizes),
        f"outputs = {'torch.sigmoid(' * (scene.output == 'sigmoid')}network[{3 * len(sizes[1:-1])}](h)"
        f"{')' * (scene.output == 'sigmoid')}.squeeze(1)",
        "average = (outputs * chances).sum().item()",
        "print(whole, average)",
        "",
        *comments(["dropout_own_mask"], note),
        "network.train()",
        f"torch.manual_seed({scene.seed})",
        f"print(network(x.expand({SAMPLES}, -1)).mean().item())",
    ]


def _modules(scene: DropoutScene) -> str:
    """Return the network as torch writes it: after each hidden layer its activation, then dropout."""
    sizes, activation = SIZES[scene.hidden], _ACTIVATIONS[scene.activation]
    linear = [call("torch.nn.Linear", m, n) for m, n in pairwise(sizes)]
    hidden = [
        name
        for one in linear[:-1]
        for name in (one, call(f"torch.nn.{activation}"), call("torch.nn.Dropout", Code("p")))
    ]
    last = [call("torch.nn.Sigmoid")] if scene.output == "sigmoid" else []
    return call("torch.nn.Sequential", *hidden, linear[-1], *last)


def _copied(at: int, weight: list[list[float]], bias: list[float]) -> list[str]:
    return [
        f"    network[{at}].weight.copy_(torch.tensor({literal(weight)}))",
        f"    network[{at}].bias.copy_(torch.tensor({literal(bias)}))",
    ]


def _passes(sizes: tuple[int, ...]) -> list[str]:
    """Return the hidden layers, each under its own part of the masks."""
    lines, at = [], 0
    for i, size in enumerate(sizes[1:-1]):
        lines.append(f"h = network[{3 * i + 1}](network[{3 * i}](h)) * masks[:, {at}:{at + size}] * scale")
        at += size
    return lines
