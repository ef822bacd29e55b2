"""Each picture of the Batch norm lesson as a complete PyTorch program."""

import textwrap

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
        *_input(scene),
        _layer(scene, dims, channels),
        *comments(["batchnorm_affine"], note),
        "with torch.no_grad():",
        f"    layer.weight.copy_(torch.tensor({np.asarray(layer.gamma).tolist()!r}))",
        f"    layer.bias.copy_(torch.tensor({np.asarray(layer.beta).tolist()!r}))",
        *_trained(result, note),
        "print(output)",
        "print(layer.running_mean, layer.running_var)",
    ]


def _input(scene: BatchNormScene) -> list[str]:
    """Return the lines that make x, and `whole` where the batch is but a part of it."""
    if scene.tensor == "own":
        given = [f"x = torch.tensor({[[value] for value in scene.values]!r}, dtype=torch.float64)"]
    else:
        rows = np.round(IMAGE.reshape(-1, 4), 4).tolist()
        literal = "".join(textwrap.indent(f"{row!r},\n", "    ") for row in rows)
        given = [f"x = torch.tensor([\n{literal}]).double().reshape(1, 2, 3, 4)"]
        given += ["x = x.reshape(2, 12).T"] if scene.tensor == "vectors" else []
    given += [f"x = {scene.scale!r} * x + {scene.shift!r}"] if (scene.scale, scene.shift) != (1, 0) else []
    return given + ([f"whole, x = x, x[:{scene.rows}]"] if len(scene.x) < len(scene.whole) else [])


def _trained(result: FourSteps, note: Note) -> list[str]:
    """Return the lines that train on the batch so often, and then give the output of the chosen mode."""
    scene, batch = result.scene, "whole" if result.alone and len(result.x) < len(result.scene.whole) else "x"
    if result.refused:
        return [
            *comments(["batchnorm_refused"], note),
            "try:",
            "    output = layer(x)",
            "except ValueError as error:",
            "    output = error",
        ]
    can_train = batch == "whole" or not result.alone
    lines = [*comments(["batchnorm_whole"], note)] if batch == "whole" else []
    if can_train:
        lines += [*comments(["batchnorm_running"], note), f"for _ in range({scene.seen}):", f"    layer({batch})"]
    if scene.mode == "eval":
        return [*lines, *comments(["batchnorm_eval"], note), "output = layer.eval()(x)"]
    own = (
        "output = torch.nn.functional.batch_norm(x, None, None, layer.weight, layer.bias, training=True, eps=layer.eps)"
    )
    return [*lines, *comments(["batchnorm_training"], note), own]


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
        "    try:",
        "        outputs[name] = layer(x)",
        "    except ValueError as error:",
        "        outputs[name] = error",
        "    print(name, outputs[name])",
    ]


def _instance(scene: BatchNormScene, dims: int, note: Note) -> list[str]:
    """Return the line of the instance norm; for vectors, which have none, why."""
    if scene.dims == "vector":
        return _inside(["batchnorm_no_instance"], note)
    return [f'    "instance": torch.nn.InstanceNorm{dims}d({CHANNELS}, eps={scene.eps!r}),']
