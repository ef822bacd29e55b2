"""Each picture of the Batch norm lesson as a complete PyTorch program."""

import numpy as np

from lrviz.export.snippet import Note, assemble, comments
from lrviz.layers.batchnorm_scene import CHANNELS, IMAGE, MOST_BATCH, BatchNormScene
from lrviz.layers.four_steps import FourSteps


def batchnorm_code(scene: BatchNormScene, note: Note) -> str:
    """Return a whole program for the open picture.

    Steps: it ends with `output`, and with `layer.running_mean` and `layer.running_var` after the batches trained on.
    Running: `layer` has met all batches. Axes: `outputs` holds what each of the four layers makes of `x`. `note` gives
    the comment for a key of [export_note].
    """
    lines = {"steps": _steps, "running": _running, "axes": _axes}[scene.view](scene, note)
    return assemble((), lines)


def _layer(scene: BatchNormScene, dims: int, channels: int) -> str:
    settings = f"{channels}, eps={scene.eps!r}, momentum={scene.weight!r}, dtype=torch.float64"
    return f"layer = torch.nn.BatchNorm{dims}d({settings})"


# ------------------------------------------------------------------------------------------------- the four steps


def _steps(scene: BatchNormScene, note: Note) -> list[str]:
    result = FourSteps(scene)
    channels, dims = result.x.shape[1], max(1, result.x.ndim - 2)
    layer = scene.layer
    return [
        *comments(["batchnorm_input"], note),
        *_input(result),
        _layer(scene, dims, channels),
        *comments(["batchnorm_affine"], note),
        "with torch.no_grad():",
        f"    layer.weight.copy_(torch.tensor({np.asarray(layer.gamma).tolist()!r}, dtype=torch.float64))",
        f"    layer.bias.copy_(torch.tensor({np.asarray(layer.beta).tolist()!r}, dtype=torch.float64))",
        *_trained(result, note),
        "print(output)",
        "print(layer.running_mean, layer.running_var)",
    ]


def _input(result: FourSteps) -> list[str]:
    """Return the lines that make x, and `whole` where the layer has been trained on more than that."""
    scene = result.scene
    if scene.tensor == "own":
        given = [f"x = torch.tensor({[[value] for value in scene.values]!r}, dtype=torch.float64)"]
    else:
        rows = np.round(IMAGE.reshape(-1, 4), 4).tolist()
        literal = "".join(f"    {row!r},\n" for row in rows)
        given = [f"x = torch.tensor([\n{literal}]).double().reshape(1, 2, 3, 4)"]
        given += ["x = x.reshape(2, 12).T"] if scene.tensor == "vectors" else []
    given += [f"x = {scene.scale!r} * x + {scene.shift!r}"] if (scene.scale, scene.shift) != (1, 0) else []
    if len(result.x) == len(scene.whole):
        return given
    return [*given, *(["whole = x"] if _batch(result) == "whole" else []), f"x = x[:{scene.rows}]"]


def _batch(result: FourSteps) -> str:
    """Return what the layer is trained on by its name: nothing where there is but one value."""
    if result.refused or len(result.scene.whole) == 1 == result.x.size:
        return ""
    return "whole" if result.alone else "x"


def _trained(result: FourSteps, note: Note) -> list[str]:
    """Return the lines that train so often, and give the output of the chosen mode."""
    scene, batch = result.scene, _batch(result)
    if result.refused:
        return [*comments(["batchnorm_refused"], note), *_attempt("output", "layer(x)")]
    often = f"for _ in range({scene.seen}):"
    if scene.mode == "train" and scene.seen:
        return [*comments(["batchnorm_training", "batchnorm_running"], note), often, "    output = layer(x)"]
    if scene.mode == "train":
        call = "x, None, None, layer.weight, layer.bias, training=True, eps=layer.eps"
        return [*comments(["batchnorm_training"], note), f"output = torch.nn.functional.batch_norm({call})"]
    notes = ["batchnorm_whole"] * (batch == "whole") + ["batchnorm_running"]
    train = [*comments(notes, note), often, f"    layer({batch})"] if batch else []
    return [*train, *comments(["batchnorm_eval"], note), "output = layer.eval()(x)"]


def _attempt(name: str, call: str) -> list[str]:
    """Return the lines that keep a result under a name, or the error there was instead."""
    return ["try:", f"    {name} = {call}", "except ValueError as error:", f"    {name} = error"]


# ----------------------------------------------------------------------------------------------------- the stream


def _running(scene: BatchNormScene, note: Note) -> list[str]:
    return [
        *comments(["batchnorm_stream"], note),
        f"draws = np.random.default_rng({scene.seed}).standard_normal(({scene.batches}, {MOST_BATCH}))",
        f"batches = torch.from_numpy({scene.mean!r} + {scene.spread!r} * draws[:, :{scene.batch}])",
        _layer(scene, 1, 1),
        "for batch in batches:",
        *_inside(["batchnorm_training"], note),
        "    layer(batch[:, None])",
        "    print(layer.running_mean.item(), layer.running_var.item())",
        *comments(["batchnorm_eval"], note),
        "layer.eval()",
        f"print(layer(torch.tensor([[{scene.mean + scene.spread!r}]], dtype=torch.float64)))",
    ]


def _inside(keys: list[str], note: Note) -> list[str]:
    """Return comment lines one level in."""
    return [f"    {line}" for line in comments(keys, note)]


# --------------------------------------------------------------------------------------------------- the four layers


def _axes(scene: BatchNormScene, note: Note) -> list[str]:
    shape, dims = scene.shape, max(1, len(scene.shape) - 2)
    return [
        *comments(["batchnorm_axes"], note),
        "torch.manual_seed(0)",
        f"x = torch.randn({', '.join(map(str, shape))}, dtype=torch.float64)",
        "layers = {",
        f'    "batch": torch.nn.BatchNorm{dims}d({CHANNELS}, eps={scene.eps!r}, dtype=torch.float64),',
        *_inside(["batchnorm_layer_norm"], note),
        f'    "layer": torch.nn.LayerNorm({list(shape[1:])!r}, eps={scene.eps!r}, dtype=torch.float64),',
        f'    "group": torch.nn.GroupNorm({scene.groups}, {CHANNELS}, eps={scene.eps!r}, dtype=torch.float64),',
        *_instance(scene, dims, note),
        "}",
        "outputs = {}",
        "for name, layer in layers.items():",
        *(f"    {line}" for line in _attempt("outputs[name]", "layer(x)")),
        "    print(name, outputs[name])",
    ]


def _instance(scene: BatchNormScene, dims: int, note: Note) -> list[str]:
    """Return the line of the instance norm; for vectors, which have none, why."""
    if scene.dims == "vector":
        return _inside(["batchnorm_no_instance"], note)
    return [f'    "instance": torch.nn.InstanceNorm{dims}d({CHANNELS}, eps={scene.eps!r}),']
