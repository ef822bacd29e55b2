"""Each view of the batches lesson as a complete PyTorch program with the learner's numbers."""

import textwrap
from collections.abc import Callable, Mapping

from lrviz.batches.growth import ByPerformance, GrowInSteps
from lrviz.batches.noise import BIG, pairs_of, place
from lrviz.batches.quadratic import RUNS, SETTLING, STEPS, Rule
from lrviz.batches.scene import BatchesScene, View
from lrviz.batches.training import LOSS, SAMPLES
from lrviz.export.losses import data_imports, data_lines
from lrviz.export.snippet import Note, assemble, comments

_RULES: Mapping[Rule, str] = {"linear": "batches_linear", "sqrt": "batches_sqrt"}
_LOSS = "def loss(weights, x, y):\n    return ((x @ weights - y) ** 2).mean() / 2"
_LOADER = "from torch.utils.data import DataLoader, TensorDataset"


def batches_code(scene: BatchesScene, note: Note) -> str:
    """Return a whole program for the scene's view; `note` gives the comment for a key of [export_note].

    It prints: paths and growth, after every epoch the updates so far and the loss above the lowest; count, the updates
    of an epoch, the size of its last batch, and all updates; noise, tr Sigma / |G|^2 estimated and exact; scaling, the
    mean of x^2 measured and exact.
    """
    return _PROGRAMS[scene.view](scene, note)


def _count(scene: BatchesScene, note: Note) -> str:
    count = scene.count
    lines = [
        f"dataset = TensorDataset(torch.arange({count.samples}))",
        f"loader = DataLoader(dataset, batch_size={count.batch_size}, shuffle=True, drop_last={count.drop_last})",
        *comments(["batches_sampler"], note),
        "sizes = [len(batch) for batch in loader.batch_sampler]",
        f"print(len(loader), sizes[-1] if sizes else 0, {count.epochs} * len(loader))",
    ]
    return assemble([], lines, [_LOADER])


def _data() -> list[str]:
    """Return the lines that load the data and define the loss over rows of it."""
    return [*data_lines(LOSS), "dataset = TensorDataset(features, target)", _LOSS]


def _imports() -> list[str]:
    return [*data_imports(LOSS), _LOADER]


def _start(lr: float) -> list[str]:
    return [
        f"weights = torch.nn.Parameter(torch.tensor({list(LOSS.start)!r}, dtype=torch.float64))",
        f"optimizer = torch.optim.SGD([weights], lr={lr!r})",
        "lowest = loss(torch.linalg.lstsq(features, target[:, None]).solution[:, 0], features, target)",
    ]


def _epoch(batch_size: str, drop_last: bool, note: Note) -> list[str]:
    """Return the lines of one epoch: the batches of a shuffled order, an update for each."""
    return [
        *comments(["batches_order"], note),
        f"order = random.permutation({SAMPLES}).tolist()",
        f"for x, y in DataLoader(dataset, batch_size={batch_size}, sampler=order, drop_last={drop_last}):",
        "    optimizer.zero_grad()",
        "    loss(weights, x, y).backward()",
        "    optimizer.step()",
        "    updates += 1",
    ]


_SAID = ["with torch.no_grad():", "    now = loss(weights, features, target)"]


def _paths(scene: BatchesScene, note: Note) -> str:
    body = [*_epoch(str(scene.batch_size), scene.drop_last, note), *_SAID, "print(updates, (now - lowest).item())"]
    lines = [
        *comments(["descent_float64"], note),
        *_start(scene.lr),
        f"random, updates = np.random.default_rng({scene.seed}), 0",
        f"for epoch in range({scene.epochs}):",
        *(textwrap.indent(line, "    ") for line in body),
    ]
    return assemble(_data(), lines, _imports())


def _growth(scene: BatchesScene, note: Note) -> str:
    """Return the growing batch's program; a comment says which scheduler would do the same to the rate."""
    growth, first = scene.growth, min(scene.batch_size, SAMPLES)
    twin = {"grow_in_steps": "batches_twin_step", "by_performance": "batches_twin_plateau"}
    performs = isinstance(growth, ByPerformance)
    before = [f"batch_size = min(round({first} * {_times(scene)}), {SAMPLES})"]
    after = [
        *_SAID,
        "print(updates, (now - lowest).item())",
        *(["best, bad, times = grown(now, best, bad, times)"] * performs),
    ]
    lines = [
        *comments(["descent_float64"], note),
        *_start(scene.lr),
        f"random, updates = np.random.default_rng({scene.seed}), 0",
        *(["best, bad, times = torch.inf, 0, 1.0"] * performs),
        *comments([twin.get(growth.kind, "batches_twin_lambda")], note),
        f"for epoch in range({scene.growth_epochs}):",
        *(textwrap.indent(line, "    ") for line in [*before, *_epoch("batch_size", scene.drop_last, note), *after]),
    ]
    return assemble([*_data(), *([_grown(growth)] if isinstance(growth, ByPerformance) else [])], lines, _imports())


def _times(scene: BatchesScene) -> str:
    """Return how many times the first batch an epoch uses, as code."""
    growth = scene.growth
    if isinstance(growth, ByPerformance):
        return "times"
    power = f"epoch // {growth.every}" if isinstance(growth, GrowInSteps) else f"(epoch // {growth.every} % 2)"
    return f"{growth.factor!r} ** ({power})" if isinstance(growth, GrowInSteps) else f"{growth.factor!r} ** {power}"


def _grown(growth: ByPerformance) -> str:
    return textwrap.dedent(
        f"""\
        def grown(now, best, bad, times):
            if now < best * (1 - {growth.threshold!r}):
                return now, 0, times
            if bad < {growth.patience}:
                return best, bad + 1, times
            return best, 0, times * {growth.factor!r}"""
    )


def _noise(scene: BatchesScene, note: Note) -> str:
    small = min(scene.batch_size, SAMPLES)
    length = textwrap.dedent(
        f"""\
        def squared_length(size):
            rows = random.integers({SAMPLES}, size=({pairs_of(small)}, size))
            found = torch.stack([gradient(torch.from_numpy(row)) for row in rows])
            return (found**2).sum(1).mean()"""
    )
    gradient = textwrap.dedent(
        """\
        def gradient(rows):
            (found,) = torch.autograd.grad(loss(weights, features[rows], target[rows]), weights)
            return found"""
    )
    lines = [
        f"place = {place(scene.along).tolist()!r}",
        "weights = torch.tensor(place, dtype=torch.float64, requires_grad=True)",
        f"random = np.random.default_rng({scene.seed})",
        *comments(["batches_pairs"], note),
        f"small, big = squared_length({small}), squared_length({BIG * small})",
        f"squared = ({BIG * small} * big - {small} * small) / ({BIG * small} - {small})",
        f"trace = (small - big) / (1 / {small} - 1 / {BIG * small})",
        *comments(["batches_exact"], note),
        f"single = torch.stack([gradient(torch.tensor([row])) for row in range({SAMPLES})])",
        "whole = single.mean(0)",
        "exact = ((single - whole) ** 2).sum(1).mean() / (whole**2).sum()",
        "print((trace / squared).item(), exact.item())",
    ]
    return assemble([*data_lines(LOSS), _LOSS, gradient, length], lines, data_imports(LOSS))


def _scaling(scene: BatchesScene, note: Note) -> str:
    spec, size = scene.quadratic, float(scene.batch_size)
    rule, made = spec.promising, {"sgd": "torch.optim.SGD", "adam": "torch.optim.Adam"}[spec.optimizer]
    scaled = {"linear": f"{spec.lr!r} * {size!r}", "sqrt": f"{spec.lr!r} * {size!r}**0.5"}[rule]
    felt = "lr" if spec.optimizer == "sgd" else f"lr * {size!r}**0.5 / {spec.noise!r}"
    lines = [
        *comments(["descent_float64", _RULES[rule]], note),
        f"lr = {scaled}",
        f"x = torch.nn.Parameter(torch.zeros({RUNS}, dtype=torch.float64))",
        f"optimizer = {made}([x], lr=lr)",
        f"noise = torch.from_numpy(np.random.default_rng(0).standard_normal(({STEPS}, {RUNS})))",
        "total = 0.0",
        f"for t in range({STEPS}):",
        "    optimizer.zero_grad()",
        f"    ({spec.curvature!r} * x**2 / 2 + {spec.noise!r} / {size!r}**0.5 * noise[t] * x).sum().backward()",
        "    optimizer.step()",
        f"    if t >= {SETTLING}:",
        "        total += (x.detach() ** 2).mean().item()",
        f"felt = {felt}",
        f"exact = felt * {spec.noise!r}**2 / ({size!r} * {spec.curvature!r} * (2 - felt * {spec.curvature!r}))",
        f"print(total / {STEPS - SETTLING}, exact)",
    ]
    return assemble([], lines)


_PROGRAMS: Mapping[View, Callable[[BatchesScene, Note], str]] = {
    "paths": _paths,
    "count": _count,
    "noise": _noise,
    "scaling": _scaling,
    "growth": _growth,
}
