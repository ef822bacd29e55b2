"""Our normalizations beside torch's own layers: in training, in eval mode, over a stream, and the four side by side."""

from typing import Any

import numpy as np
import torch

from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.normalization import NORMS, Array, Norm, normalize
from lrviz.layers.running import Stream
from lrviz.layers.shared_axes import SharedAxes
from lrviz.verify.answers import difference, told

TOLERANCE = 1e-12
"""Of a normalized value, whose size is about 1."""


def answer(scene: BatchNormScene) -> dict[str, Any]:
    """Run PyTorch's layers on what the open picture shows, and say how far the two are apart."""
    return {"steps": _steps, "running": _running, "axes": _axes}[scene.view](scene)


def torch_batchnorm(scene: BatchNormScene, ndim: int, channels: int) -> torch.nn.Module:
    """Return PyTorch's layer for inputs of so many axes, set as the scene says, γ and β left as they begin."""
    make = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d, 5: torch.nn.BatchNorm3d}[ndim]
    return make(channels, eps=scene.eps, momentum=scene.weight, dtype=torch.float64)


def _name(layer: torch.nn.Module) -> str:
    return type(layer).__name__


def _refuses(layer: torch.nn.Module, x: Array) -> bool:
    try:
        layer(torch.from_numpy(x.copy()))
    except ValueError:
        return True
    return False


def _others(name: str, absolute: float) -> dict[str, Any]:
    return told("other_numbers", "warn", torch=name, absolute=absolute)


def _rounding(result: FourSteps) -> float:
    """Return what is lost where the mean is far larger than the spread: 64 roundings of the largest x, in spreads."""
    spread = float(np.sqrt(result.used[1] + result.scene.eps).min())
    largest = max(1.0, float(np.abs(np.asarray(result.scene.layer.gamma)).max()))
    return 64 * float(np.finfo(np.float64).eps) * float(np.abs(result.x).max()) / spread * largest


# ------------------------------------------------------------------------------------------------- the four steps


def _steps(scene: BatchNormScene) -> dict[str, Any]:
    result = FourSteps(scene)
    layer = torch_batchnorm(scene, result.x.ndim, result.x.shape[1])
    name = _name(layer)
    if result.refused:
        return _refused(layer, result.x)
    output, running = torch_steps(result, layer)
    found = [difference(ours, theirs) for ours, theirs in zip(result.running_pair, running, strict=True)]
    apart = max(one.absolute for one in found)
    if max(one.relative for one in found) > TOLERANCE * max(1, scene.seen):
        return _others(name, apart)
    absolute = difference(result.steps[3], output).absolute
    if not absolute <= max(TOLERANCE, _rounding(result)):
        return _others(name, absolute)
    return told("normalized", "ok", torch=name, absolute=absolute, running=apart)


def torch_steps(result: FourSteps, layer: torch.nn.Module) -> tuple[Array, tuple[Array, Array]]:
    """Return what PyTorch's layer gives in the scene's mode, and its running mean and variance, each (C,)."""
    scene = result.scene
    x, whole = (torch.from_numpy(values.copy()) for values in (result.x, scene.whole))
    with torch.no_grad():
        for name, values in (("weight", scene.layer.gamma), ("bias", scene.layer.beta)):
            layer.get_parameter(name).copy_(torch.tensor(np.asarray(values)))
        batch = whole if result.alone else x
        if batch.numel() > batch.shape[1]:
            for _ in range(scene.seen):
                layer(batch)
        running = tuple(layer.get_buffer(name).numpy().copy() for name in ("running_mean", "running_var"))
        output = layer.train(scene.mode == "train")(x).numpy()
    return output, (running[0], running[1])


def _refused(layer: torch.nn.Module, x: Array) -> dict[str, Any]:
    if _refuses(layer, x):
        return told("raises", "ok", torch=_name(layer))
    return _others(_name(layer), float("inf"))


# ------------------------------------------------------------------------------------------------------ the stream


def _running(scene: BatchNormScene) -> dict[str, Any]:
    result = Stream(scene)
    layer = torch_batchnorm(scene, 2, 1)
    if result.refused:
        return _refused(layer, result.values[:1])
    means, variances, outputs = torch_stream(result, layer)
    running = [difference(result.running_mean, means), difference(result.running_var, variances)]
    apart, absolute = max(one.absolute for one in running), difference(result.in_eval, outputs)
    for one in (*running, absolute):
        if one.relative > TOLERANCE * scene.batches:
            return _others(_name(layer), one.absolute)
    values = {"batches": scene.batches, "absolute": absolute.absolute, "running": apart}
    return told("streamed", "ok", torch=_name(layer), **values)


def torch_stream(result: Stream, layer: torch.nn.Module) -> tuple[Array, Array, Array]:
    """Return PyTorch's running means, its variances, and what eval mode makes of the probe, each (T + 1,)."""
    probe = torch.tensor([[result.probe]], dtype=torch.float64)
    rows: list[list[float]] = []

    def look() -> None:
        output = layer.eval()(probe).item()
        rows.append([layer.get_buffer(name).item() for name in ("running_mean", "running_var")] + [output])

    with torch.no_grad():
        look()
        for batch in torch.from_numpy(result.values.copy()):
            layer.train()(batch[:, None])
            look()
    means, variances, outputs = np.array(rows).T
    return means, variances, outputs


# --------------------------------------------------------------------------------------------------- the four layers


def _axes(scene: BatchNormScene) -> dict[str, Any]:
    result = SharedAxes(scene)
    x = np.random.default_rng(0).standard_normal(result.shape)
    layers: dict[Norm, torch.nn.Module] = {
        norm: torch_layer(norm, result.shape, int(scene.groups), scene.eps) for norm in NORMS
    }
    apart, refused = 0.0, []
    for norm, layer in layers.items():
        if result.refused(norm):
            # Of an input (N, C) torch's instance norm thinks that it is one sample of N channels.
            refused.append(_refuses(layer, x[..., None] if x.ndim == 2 and norm == "instance" else x))
            continue
        ours = normalize(norm, x, groups=int(scene.groups), eps=scene.eps)
        apart = max(apart, difference(ours, layer(torch.from_numpy(x)).detach().numpy()).absolute)
    names = ", ".join(_name(layer) for layer in layers.values())
    if apart > TOLERANCE or not all(refused):
        return _others(names, apart)
    return told("shared", "ok", torch=names, absolute=apart)


def torch_layer(norm: Norm, shape: tuple[int, ...], groups: int, eps: float) -> torch.nn.Module:
    """Return PyTorch's layer of a kind for inputs (N, C, ...), as it begins."""
    dims = max(1, len(shape) - 2)
    match norm:
        case "batch":
            return getattr(torch.nn, f"BatchNorm{dims}d")(shape[1], eps=eps, dtype=torch.float64)
        case "layer":
            return torch.nn.LayerNorm(list(shape[1:]), eps=eps, dtype=torch.float64)
        case "group":
            return torch.nn.GroupNorm(groups, shape[1], eps=eps, dtype=torch.float64)
        case "instance":
            return getattr(torch.nn, f"InstanceNorm{dims}d")(shape[1], eps=eps)
