"""What the Stability page shows beside torch's own nets, optimizers and autograd."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from lrviz.train import boundary, sharpness
from lrviz.train.catapult import Catapult, flown
from lrviz.train.edge import Edge
from lrviz.train.engine import Batch
from lrviz.train.landscape import losses_at, random_directions
from lrviz.train.models import ActivationName
from lrviz.train.parameters import slots_of
from lrviz.train.rate_maps import RateMap
from lrviz.train.reference import criterion, net_of
from lrviz.train.slices import Landscape
from lrviz.train.stability import StabilityScene
from lrviz.train.trainability import NetMap, axes
from lrviz.train.training import data_of
from lrviz.train.waves import FAR, CosineMap, cosine_path
from lrviz.verify.answers import Difference, difference, told

Array = np.ndarray[Any, Any]
STEPS = 300
"""Steps of the edge that are made again: before rounding grows."""
CELLS = 5
"""Cells a side of a map that are trained again."""
FIRST = 8
"""Steps over which their losses are compared, before chaos makes much of rounding; how they end is over all."""
AGREES = 1e-8
MOST_WORK = 3e9
"""Rows times parameters times updates of a training that is done again for a check."""
NORMS = nn.BatchNorm1d | nn.BatchNorm2d
MODULES: dict[ActivationName, Callable[[], nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU}


@dataclass(frozen=True)
class Proved:
    """What a comparison found: the worst relative difference, what fills its words, and cells that end otherwise."""

    relative: float
    values: dict[str, object]
    others: int = 0


def answer(scene: StabilityScene) -> dict[str, Any]:
    """Answer whether what the open view shows is what torch computes."""
    if scene.view == "landscape" and _too_long(scene.slice):
        return told("too_long", "note")
    found = compared(scene)
    if not found.relative <= AGREES:
        return told("differs", "warn", relative=found.relative)
    values = {"relative": found.relative, **found.values}
    match scene.view:
        case "edge":
            return told("edge_verified", "ok", **values)
        case "catapult":
            return told("catapult_verified", "ok", **values)
        case "landscape":
            return told("landscape_verified", "ok", **values)
    if isinstance(scene.rates, CosineMap):
        return told("waves_verified", "ok", **values)
    if found.others:
        return told("boundary_chaotic", "ok", others=found.others, **values)
    return told("boundary_verified", "ok", **values)


def compared(scene: StabilityScene) -> Proved:
    """Compare what the open view shows with torch."""
    match scene.view:
        case "edge":
            return compare_edge(scene.edge)
        case "catapult":
            return compare_catapult(scene.catapult)
        case "boundary":
            return compare_map(scene.rates)
    return compare_slice(scene.slice)


# ---------------------------------------------------------------------------------------------------- the edge


def compare_edge(edge: Edge, steps: int = STEPS) -> Proved:
    """Train nn.Sequential with torch.optim.SGD for some steps, and take the exact eigenvalue of autograd's Hessian."""
    steps = min(steps, edge.steps)
    ours, net = sharpness.Bump(edge), nn.Sequential(
        nn.Linear(1, edge.width), MODULES[edge.activation](), nn.Linear(edge.width, 1, bias=False)
    ).double()  # fmt: skip
    first = ours.first()
    w, b, v = first.view(3, edge.width)
    for parameter, values in zip(net.parameters(), (w[:, None], b, v[None]), strict=True):
        parameter.data = values.clone()
    x, y = (torch.tensor(values)[:, None] for values in edge.points())
    optimizer = torch.optim.SGD(net.parameters(), lr=edge.eta, momentum=edge.momentum)
    theirs = []
    for _ in range(steps):
        loss = nn.functional.mse_loss(net(x), y) / 2
        theirs.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    mine, theta = _edge_losses(ours, first, steps)
    losses, sharp = difference(mine, theirs), _sharpness_gap(ours, theta)
    values = {"steps": steps, "absolute": losses.absolute, "sharpness": sharp}
    return Proved(losses.relative if sharp < 10 * sharpness.TOLERANCE else np.inf, values)


def _edge_losses(net: sharpness.Bump, theta: torch.Tensor, steps: int) -> tuple[Array, torch.Tensor]:
    moved, losses = torch.zeros_like(theta), []
    for _ in range(steps):
        loss, gradient = net.gradient(theta)
        losses.append(float(loss))
        moved = net.edge.momentum * moved - net.edge.eta * gradient
        theta = theta + moved
    return np.array(losses), theta


def _sharpness_gap(net: sharpness.Bump, theta: torch.Tensor) -> float:
    """Return how far power iteration is from the exact eigenvalue, relatively; 0 where the run has broken."""
    if not torch.isfinite(theta).all():
        return 0.0

    def loss(p: torch.Tensor) -> torch.Tensor:
        w, b, v = p.view(3, net.width)
        says = MODULES[net.edge.activation]()(net.x * w + b) @ v
        return nn.functional.mse_loss(says, net.y) / 2

    exact = float(torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, theta))[-1])  # type: ignore[arg-type]
    found = sharpness.top_eigenvalue(net.hessian_times(theta), torch.ones_like(theta)).value
    return abs(found / exact - 1)


# ---------------------------------------------------------------------------------------------------- the catapult


def compare_catapult(catapult: Catapult) -> Proved:
    """Train all weights with torch.optim.SGD and autograd, up to where they leave all bounds."""
    flight = flown(catapult)
    u, v = (nn.Parameter(torch.tensor(values)) for values in catapult.weights())
    optimizer = torch.optim.SGD([u, v], lr=flight.eta)
    steps = flight.bad if flight.bad is not None else catapult.steps
    fs, curvatures = [], []
    for _ in range(steps):
        f = u @ v / catapult.width**0.5
        fs.append(f.item())
        curvatures.append(((u @ u + v @ v) / catapult.width).item())
        optimizer.zero_grad()
        (f**2 / 2).backward()
        optimizer.step()
    pairs = [difference(flight.f[:steps], fs), difference(flight.curvature[:steps], curvatures)]
    return Proved(max(pair.relative for pair in pairs), {"steps": steps, "count": 2 * catapult.width})


# ---------------------------------------------------------------------------------------------------- the boundary


def compare_map(spec: RateMap) -> Proved:
    """Do some cells across the map again, each by itself."""
    across, up = (values.ravel() for values in np.meshgrid(*axes(spec, CELLS)))
    if isinstance(spec, CosineMap):
        gaps = [_wave_gap(spec, a, b) for a, b in zip(across, up, strict=True)]
        return Proved(max(gaps), {"count": len(gaps)})
    ours = boundary.ratios(spec, 10.0**across, 10.0**up)
    theirs = np.stack([cell_ratios(spec, 10.0**a, 10.0**b) for a, b in zip(across, up, strict=True)], axis=1)
    worst = max(_until_wild(a, b).relative for a, b in zip(ours.T, theirs.T, strict=True))
    other = int((_ends(ours) != _ends(theirs)).sum())
    return Proved(worst, {"steps": FIRST, "count": len(across)}, other)


def _until_wild(ours: Array, theirs: Array) -> Difference:
    """Compare a cell's first losses, as far as they stay below a thousand times the first."""
    high = np.flatnonzero(~(theirs[:FIRST] < 1e3))
    kept = slice(0, int(high[0]) if len(high) else FIRST)
    return difference(ours[kept], theirs[kept])


def _ends(ratios: Array) -> Array:
    return np.where(np.isnan(ratios), np.inf, ratios)[-20:].mean(axis=0) < 1


def cell_ratios(spec: NetMap, rate_in: float, rate_out: float) -> Array:
    """Train one cell of a map with torch.nn and SGD, a rate a layer: its loss before each step over the first, (T,)."""
    fixed, n = boundary.given(spec.width, spec.seed, "cpu"), spec.width
    bend = {"tanh": nn.Tanh, "relu": nn.ReLU, "identity": nn.Identity}[spec.activation]()
    net = nn.Sequential(nn.Linear(n, n, bias=False), bend, nn.Linear(n, 1, bias=False)).double()
    net[0].weight.data = fixed.first[:, :, 0].T.clone()
    net[2].weight.data = fixed.second.T.clone()
    groups = [{"params": [net[0].weight], "lr": rate_in}, {"params": [net[2].weight], "lr": rate_out}]
    optimizer, losses = torch.optim.SGD(groups), []
    for _ in range(spec.steps):
        loss = nn.functional.mse_loss(net(fixed.rows) / n, fixed.targets)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with np.errstate(all="ignore"):
        return np.array(losses) / losses[0]


def _wave_gap(spec: CosineMap, rate_x: float, rate_y: float) -> float:
    """Have SGD make each step of a cell from where ours is; return the largest difference, as a share of the step."""
    path = cosine_path(spec, np.array([rate_x]), np.array([rate_y]), spec.steps)[:, :, 0]
    worst = 0.0
    for here, there in zip(path, path[1:], strict=False):
        if not np.abs(there).sum() < FAR:
            break
        x, y = (nn.Parameter(torch.tensor(value)) for value in here)
        optimizer = torch.optim.SGD([{"params": [x]}, {"params": [y]}], lr=1.0)
        for group, rate in zip(optimizer.param_groups, (rate_x, rate_y), strict=True):
            group["lr"] = rate  # the axes may hold negative rates, which the constructor refuses
        _wave_loss(spec, x, y).backward()
        optimizer.step()
        apart = np.abs(np.array([x.item(), y.item()]) - there).max()
        worst = max(worst, float(apart / (np.abs(there - here).max() + np.abs(here).max() + 1e-300)))
    return worst


def _wave_loss(spec: CosineMap, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    wave, bowl = torch.cos(2 * torch.pi * (x + y) / spec.wavelength), (x * x + y * y) / 2
    return bowl + spec.epsilon * wave if spec.wave == "added" else bowl * (1 + spec.epsilon * wave)


# ---------------------------------------------------------------------------------------------------- the landscape


def _too_long(spec: Landscape) -> bool:
    rows = spec.training.rows_per_batch
    return spec.training.steps * rows * spec.weights > MOST_WORK


def compare_slice(spec: Landscape, count: int = 9) -> Proved:
    """Train again, go from the end along two directions, and have torch.nn say what is lost at some places."""
    training, data = spec.training, data_of(spec.training.task)
    batch = Batch([training], dtype=torch.float64)
    batch.load(batch.start())
    while batch.step < training.steps and batch.bad[0] < 0:
        batch.run(min(200, training.steps - batch.step))
    end = batch.net.theta[0].clone()
    slots = slots_of(training.model.layers(data.features, data.outputs))
    directions = random_directions(spec, end, slots)
    reach = np.linspace(-1, 1, count)
    places = end + torch.tensor(np.stack([reach, reach[::-1] ** 3], axis=1)) @ directions
    running = [kept[:, 0] for kept in batch.save().running]
    x, y, theirs = torch.tensor(data.x), torch.tensor(data.y), []
    for place in places:
        net = net_of(training, place).eval()
        for norm, kept in zip((m for m in net if isinstance(m, NORMS)), running, strict=True):
            norm.running_mean, norm.running_var = (torch.tensor(values).flatten() for values in kept)
        with torch.no_grad():
            theirs.append(criterion(training, net(x), y).item())
    found = difference(losses_at(training, places, running), theirs)
    return Proved(found.relative, {"count": count, "absolute": found.absolute})
