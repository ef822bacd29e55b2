"""What each view of the Stability page shows, as a complete PyTorch program."""

from lrviz.export.snippet import Note, assemble, comments
from lrviz.export.training import judging, penalised, sections, update_lines
from lrviz.train.catapult import Catapult, flown
from lrviz.train.edge import GAIN, ROWS, Edge
from lrviz.train.slices import CHECKPOINTS, SIDE, Landscape
from lrviz.train.stability import StabilityScene
from lrviz.train.trainability import NetMap
from lrviz.train.waves import CosineMap

_BENT = {"tanh": "torch.tanh", "relu": "torch.relu", "gelu": "nn.functional.gelu", "identity": "torch.clone"}


def stability_code(scene: StabilityScene, note: Note) -> str:
    """Return the open view as a program; `note` gives the comment for a key of [export_note]."""
    match scene.view:
        case "edge":
            return _edge(scene.edge, note)
        case "catapult":
            return _catapult(scene.catapult, note)
        case "boundary":
            return _net_map(scene.rates, note) if isinstance(scene.rates, NetMap) else _cosine_map(scene.rates, note)
    return _landscape(scene.slice, note)


_SHARPNESS = """\
def sharpness(loss, parameters, v, rounds=200, tolerance=1e-4):
    grads = torch.autograd.grad(loss, parameters, create_graph=True)
    flat, value = torch.cat([g.flatten() for g in grads]), float("nan")
    for _ in range(rounds):
        v = v / v.norm()
        product = torch.autograd.grad(flat @ v, parameters, retain_graph=True)
        product = torch.cat([p.flatten() for p in product])
        before, value = value, float(v @ product)
        if abs(value - before) <= tolerance * abs(value):
            break
        v = product
    return value, v.detach()"""


def _edge(edge: Edge, note: Note) -> str:
    lines = [
        *comments(["edge_float64", "edge_first"], note),
        "torch.manual_seed(0)",
        f"x = torch.linspace(-1, 1, {ROWS}, dtype=torch.float64)[:, None]",
        f"y = torch.cos({edge.degree} * torch.arccos(x))",
        f"w = {GAIN!r} * (2 / (1 + {edge.width})) ** 0.5 * torch.randn({edge.width}, dtype=torch.float64)",
        f"b = torch.zeros({edge.width}, dtype=torch.float64)",
        f"v = (2 / (1 + {edge.width})) ** 0.5 * torch.randn({edge.width}, dtype=torch.float64)",
        "parameters = [p.requires_grad_() for p in (w, b, v)]",
        f"optimizer = torch.optim.SGD(parameters, lr={edge.eta!r}, momentum={edge.momentum!r})",
        f"direction = torch.ones(3 * {edge.width}, dtype=torch.float64)",
        f"for t in range({edge.steps}):",
        f"    loss = (({_BENT[edge.activation]}(x * w + b) @ v - y[:, 0]) ** 2).mean() / 2",
        f"    if t % {edge.every} == 0:",
        "        value, direction = sharpness(loss, parameters, direction)",
        f"        print(t, loss.item(), value, value / {edge.bound!r})",
        "    optimizer.zero_grad()",
        "    loss.backward()",
        "    optimizer.step()",
    ]
    return assemble((_SHARPNESS,), lines)


def _catapult(catapult: Catapult, note: Note) -> str:
    lines = [
        *comments(["catapult_seed"], note),
        f"first = np.random.default_rng([{catapult.seed}, 5]).standard_normal((2, {catapult.width}))",
        "u, v = (torch.tensor(values, requires_grad=True) for values in first)",
        f"n, eta = {catapult.width}, {flown(catapult).eta!r}",
        "optimizer = torch.optim.SGD([u, v], lr=eta)",
        "f = u @ v / n**0.5",
        "recursion = f.item(), ((u @ u + v @ v) / n).item()",
        f"for t in range({catapult.steps} + 1):",
        "    f = u @ v / n**0.5",
        "    print(t, f.item(), eta * ((u @ u + v @ v) / n).item(), *recursion)",
        "    optimizer.zero_grad()",
        "    (f**2 / 2).backward()",
        "    optimizer.step()",
        "    g, curvature = recursion",
        "    pushed = eta * g**2 / n",
        "    recursion = (1 - eta * curvature + eta * pushed) * g, curvature + pushed * (eta * curvature - 4)",
    ]
    return assemble((), lines)


_CELLS = """\
def losses(first, second, rate_in, rate_out, steps={steps}):
    cells, n, found = len(rate_in), {width}, []
    first, second = first.repeat(cells, 1, 1), second.repeat(cells, 1, 1)
    for _ in range(steps):
        first, second = first.detach().requires_grad_(), second.detach().requires_grad_()
        hidden = {bent}((x @ first) * 2**0.5 / n**0.5)
        loss = ((hidden @ second / n - y) ** 2).mean((1, 2))
        found.append(loss.detach())
        slopes = torch.autograd.grad(loss.sum(), [first, second])
        first = first - rate_in[:, None, None] * slopes[0]
        second = second - rate_out[:, None, None] * slopes[1]
    return torch.stack(found)"""


def _net_map(spec: NetMap, note: Note) -> str:
    lines = [
        *comments(["map_first"], note),
        "torch.manual_seed(0)",
        f"n, side = {spec.width}, {spec.side}",
        "x, y = torch.randn(n**2 + n, n, dtype=torch.float64), torch.randn(n**2 + n, 1, dtype=torch.float64)",
        "first, second = torch.randn(n, n, dtype=torch.float64), torch.randn(n, 1, dtype=torch.float64)",
        "middles = (torch.arange(side, dtype=torch.float64) + 0.5) / side",
        f"across = 10 ** ({spec.across_low!r} + middles * {spec.across_high - spec.across_low!r})",
        f"up = 10 ** ({spec.up_low!r} + middles * {spec.up_high - spec.up_low!r})",
        "for rate in up:",
        "    v = losses(first, second, across, rate.expand(side))",
        "    v = (v / v[0]).nan_to_num(nan=float('inf'))".replace("'", '"'),
        "    converged = v[-20:].mean(0) < 1",
        '    print("".join("#" if cell else "." for cell in converged.tolist()))',
    ]
    return assemble((_CELLS.format(steps=spec.steps, width=spec.width, bent=_BENT[spec.activation]),), lines)


def _cosine_map(spec: CosineMap, note: Note) -> str:
    wave = f"torch.cos(2 * torch.pi * (x + y) / {spec.wavelength!r})"
    shape = f"bowl + {spec.epsilon!r} * wave" if spec.wave == "added" else f"bowl * (1 + {spec.epsilon!r} * wave)"
    loss = f"def loss(x, y):\n    wave, bowl = {wave}, (x * x + y * y) / 2\n    return {shape}"
    lines = [
        *comments(["waves_side"], note),
        "middles = (torch.arange(64, dtype=torch.float64) + 0.5) / 64",
        f"across = {spec.across_low!r} + middles * {spec.across_high - spec.across_low!r}",
        f"up = {spec.up_low!r} + middles * {spec.up_high - spec.up_low!r}",
        'rate_y, rate_x = torch.meshgrid(up, across, indexing="ij")',
        f"x, y = torch.full_like(rate_x, {spec.start_x!r}), torch.full_like(rate_y, {spec.start_y!r})",
        "gone = torch.zeros(64, 64, dtype=torch.bool)",
        f"for t in range({spec.steps}):",
        "    x, y = x.detach().requires_grad_(), y.detach().requires_grad_()",
        "    slope_x, slope_y = torch.autograd.grad(loss(x, y).sum(), [x, y])",
        "    x, y = x - rate_x * slope_x, y - rate_y * slope_y",
        "    gone |= ~(x.abs() + y.abs() <= 1000)",
        "for row in gone.tolist():",
        '    print("".join("." if cell else "#" for cell in row))',
    ]
    return assemble((loss,), lines)


_FILTERS = """\
def random_direction(theta):
    parts = []
    for p in theta:
        d = torch.randn_like(p)
        if p.ndim > 1:
            w_norm, d_norm = (t.flatten(1).norm(dim=1).view(-1, *[1] * (p.ndim - 1)) for t in (p, d))
            d = d * w_norm / (d_norm + 1e-10)
        parts.append(d if p.ndim > 1 else torch.zeros_like(p))
    return torch.cat([part.flatten() for part in parts])"""
_RANDOM = """\
def random_direction(theta):
    parts = [torch.randn_like(p) if p.ndim > 1 else torch.zeros_like(p) for p in theta]
    return torch.cat([part.flatten() for part in parts])"""
_PRINCIPAL = """\
def principal_directions(way):
    away = way - way[-1]
    found = torch.linalg.svd(away - away.mean(0), full_matrices=False)[2][:2]
    return found * torch.where(found @ away[0] < 0, -1.0, 1.0)[:, None]"""
_SLICE = """\
def flat():
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def slice_of(theta, directions, across, up):
    heights = torch.empty(len(up), len(across))
    for i, b in enumerate(up):
        for j, a in enumerate(across):
            place = theta + a * directions[0] + b * directions[1]
            nn.utils.vector_to_parameters(place, net.parameters())
            heights[i, j] = judged(x, y)[0]
    nn.utils.vector_to_parameters(theta, net.parameters())
    return heights"""


def _landscape(spec: Landscape, note: Note) -> str:
    """Return the training as its own page writes it, kept where it comes by, and the slice."""
    training = spec.training
    *before, _ = sections(training, note)
    own = spec.directions == "path"
    plane = ["directions = principal_directions(way)", *_plane(spec)] if own else _random_plane(spec)
    lines = [
        *(["weights = [p for p in net.parameters() if p.ndim > 1]"] if penalised(training) else []),
        "way = [flat()]",
        f"for t in range({training.steps}):",
        *(f"    {line}" for line in update_lines(training)),
        f"    if (t + 1) % {max(1, -(-training.steps // CHECKPOINTS))} == 0:",
        "        way.append(flat())",
        "way = torch.stack(way)",
        *plane,
        "heights = slice_of(way[-1], directions, across, up)",
        "print(heights.min().item(), heights.max().item())",
    ]
    chosen = _PRINCIPAL if own else _FILTERS if spec.filters else _RANDOM
    parts = [f"# {note(section.title)}\n\n{section.code}" for section in before]
    last = "\n\n\n".join([judging(training), chosen, _SLICE, "\n".join(lines)])
    return "\n\n\n".join([*parts, f"# {note('slice_measured')}\n\n{last}"]) + "\n"


def _plane(spec: Landscape) -> list[str]:
    return [
        "path = (way - way[-1]) @ directions.T",
        "low, high = path.min(0).values, path.max(0).values",
        f"half = torch.maximum(0.75 * (high - low), 0.15 * (high - low).max()) * {spec.reach!r}",
        f"across, up = (torch.linspace(m - h, m + h, {SIDE}) for m, h in zip((low + high) / 2, half))",
    ]


def _random_plane(spec: Landscape) -> list[str]:
    return [
        f"torch.manual_seed({spec.seed})",
        "directions = [random_direction(list(net.parameters())).detach() for _ in range(2)]",
        f"across = up = torch.linspace(-{spec.reach!r}, {spec.reach!r}, {SIDE})",
    ]
