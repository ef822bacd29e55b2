"""A sweep as a complete PyTorch program: the nets, the optimizers, the rates, the loop over all cells and seeds."""

import textwrap

from lrviz.export.dialect import PYTHON
from lrviz.export.formulas import as_function
from lrviz.export.nets import net_code
from lrviz.export.rows import chosen_rows, rows_code
from lrviz.export.snippet import Code, Namer, Note, comments, literal
from lrviz.export.updates import optimizer_of
from lrviz.export.varied import axes_of, chosen, key_of, parameter, table, tables, varies
from lrviz.optimizers import RuleSpec
from lrviz.schedules import Constant
from lrviz.schedules.rate import rate_of
from lrviz.spec import kind_of
from lrviz.train.kinds import ByOptimizer, ByPenalty, ByStages
from lrviz.train.quantities import ByDecay, ByRate, BySeed
from lrviz.train.sweep import SweepScene
from lrviz.train.training import Training

CHANCE = """\
def mixed(x):
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)


def bits(seed, stream, step, count):
    key = mixed((mixed(seed) + stream * 0x9E3779B9) & 0xFFFFFFFF)
    key = mixed((key + mixed(step) * 0x9E3779B9) & 0xFFFFFFFF)
    place = np.arange(count, dtype=np.uint64)
    return mixed(mixed((key + place * 0x9E3779B9) & 0xFFFFFFFF) ^ key)


def uniform(seed, stream, step, count):
    return torch.tensor((bits(seed, stream, step, count) + 0.5) / 2**32)"""


def without_code(scene: SweepScene) -> str:
    """Return the code of why a sweep has no program of its own, "" where it has one."""
    rules = {type(cell.optimizer) for cell in scene.cells}
    return "no_average" if any(rule.answer is not RuleSpec.answer for rule in rules) else ""


def sweep_code(scene: SweepScene, note: Note) -> str:
    """Return a whole program that trains every net of a sweep by itself and prints every cell's middle one.

    It reads the rows that `rows_csv` writes, and keeps in `ends` what every net ends at, by the cell's settings. `note`
    gives the comment for a key of [export_note]. Raises ValueError where `without_code` says why.
    """
    if why := without_code(scene):
        raise ValueError(why)
    parts = [
        "\n".join([*comments(["sweep_chance"], note), CHANCE]),
        "\n".join([*comments(["sweep_net"], note), net_code(scene.cells, scene.varied)]),
        *_rules(scene, note),
        *_rates(scene, note),
        _batches(scene),
        "\n".join([*comments(["sweep_train"], note), _train(scene)]),
    ]
    code = "\n\n\n".join([rows_code(scene, note), *parts, _grid(scene, note)])
    imports = ["import math\n"] * ("math." in code) + ["import numpy as np", "import torch", "from torch import nn"]
    return "\n".join(imports) + "\n\ntorch.set_default_dtype(torch.float64)\n" + code + "\n"


# ------------------------------------------------------------------------------------------------------ its pieces


def _rules(scene: SweepScene, note: Note) -> list[str]:
    """Return the optimizers, by name, and the classes of those that PyTorch lacks."""
    rules = {kind_of(cell.optimizer): cell.optimizer for cell in scene.cells}
    made = {name: optimizer_of(rule, 1.0, Code("params")) for name, rule in rules.items()}
    about = comments([key for piece in made.values() for key in piece.notes], note)
    written = [text for piece in made.values() for text in piece.definitions]
    lines = [textwrap.indent(f'"{name}": lambda params: {piece.expression},', "    ") for name, piece in made.items()]
    return [*written, "\n".join([*about, "OPTIMIZERS = {", *lines, "}"])]


def _rates(scene: SweepScene, note: Note) -> list[str]:
    """Return the rate of an update as functions, and which cell has which where they differ."""
    steps = table("STEPS", *tables(scene, lambda cell: cell.steps))
    names, found = tables(scene, lambda cell: cell.schedule)
    if _is_lr(scene):
        return steps
    made, namer = {}, Namer()
    for schedule in dict.fromkeys(found.values()):
        made[schedule] = as_function(schedule, PYTHON, namer)
    functions = [text for piece in made.values() for text in piece.definitions]
    functions[0] = "\n".join([*comments(["sweep_rate"], note), functions[0]])
    return [*functions, *table("RATES", names, {key: made[one].expression for key, one in found.items()}), *steps]


def _is_lr(scene: SweepScene) -> bool:
    """Say whether every rate is the axis's own, all along."""
    return varies(scene, ByRate) and all(isinstance(cell.schedule, Constant) for cell in scene.cells)


def _rate(scene: SweepScene) -> str:
    """Return the rate of update t as it stands in the loop."""
    if _is_lr(scene):
        return "lr"
    names, found = tables(scene, lambda cell: cell.schedule)
    first = next(iter(found.values()))
    called = f"RATES[{key_of(names)}](t)" if names else f"{as_function(first, PYTHON, Namer()).expression}(t)"
    return f"lr / {rate_of(first)!r} * {called}" if varies(scene, ByRate) else called


def _batches(scene: SweepScene) -> str:
    one = scene.training
    grows = one.batch_growth > 1 or varies(scene, ByStages)
    size = "min(rows, round(size * growth ** (epoch // every)))" if grows else "min(size or rows, rows)"
    head = "def batches(seed, rows, size, steps, growth, every):" if grows else "def batches(seed, rows, size, steps):"
    return "\n".join([
        head,
        "    t = epoch = 0",
        "    while True:",
        "        order = np.argsort(bits(seed, 2, epoch, rows) * rows + np.arange(rows, dtype=np.uint64))",
        f"        now = {size}",
        f"        for begin in range(0, rows{' - now + 1' if one.drop_last else ''}, now):",
        "            yield t, order[begin : begin + now]",
        "            t += 1",
        "            if t == steps:",
        "                return",
        "        epoch += 1",
    ])  # fmt: skip


def _train(scene: SweepScene) -> str:
    one, varied = scene.training, [parameter(axis) for axis in axes_of(scene)]
    names = ["seed", *(name for name in varied if name != "seed")]
    optimizer = "optimizer" if varies(scene, ByOptimizer) else literal(kind_of(one.optimizer))
    size = "batch_size" if "batch_size" in varied else literal(one.batch_size)
    steps = chosen("STEPS", *tables(scene, lambda cell: cell.steps))
    body = [
        *chosen_rows(scene),
        f"net = make_net({', '.join(_net_arguments(scene))})",
        "weights = [p for p in net.parameters() if p.ndim > 1]",
        f"stepper = OPTIMIZERS[{optimizer}](groups({', '.join(_group_arguments(scene))}))",
        *_growth(scene),
        f"for t, now in batches(seed, len(x_now), {size}, {steps}{', growth, every' if _growth(scene) else ''}):",
        *(textwrap.indent(line, "    ") for line in _update(scene)),
        "net.eval()",
        "with torch.no_grad():",
        f"    return {_end(scene)}",
    ]
    return "\n".join([f"def train({', '.join(names)}):", *(textwrap.indent(line, "    ") for line in body)])


def _growth(scene: SweepScene) -> list[str]:
    one = scene.training
    for axis in axes_of(scene):
        if isinstance(axis, ByStages):
            return [f'growth, every = {axis.factor!r} if stages == "grow" else 1.0, {axis.every}']
    return [f"growth, every = {one.batch_growth!r}, {one.growth_epochs}"] if one.batch_growth > 1 else []


def _update(scene: SweepScene) -> list[str]:
    """Return the lines of one update."""
    one = scene.training
    paced = 'group["pace"] * rate' if _scaled(scene) else "rate"
    strengths = _strengths(scene)
    penalties = [f"{strengths[name]} * {term}" for name, term in _TERMS.items() if strengths[name] != "0.0"]
    decay = strengths["weight_decay"]
    return [
        f"rate = {_rate(scene)}",
        "for group in stepper.param_groups:",
        f'    group["lr"] = {paced}',
        *(["for layer in net:", "    layer.step = t"] if _drops(scene) else []),
        f"loss = nn.functional.{_criterion(one)}(net(x_now[now]), y_now[now])",
        *(f"loss = loss + {term}" for term in penalties),
        "stepper.zero_grad()",
        "loss.backward()",
        *([f"nn.utils.clip_grad_norm_(net.parameters(), {one.clip_norm!r})"] if one.clip_norm else []),
        *(
            ["with torch.no_grad():", "    for w in weights:", f"        w.mul_(1 - rate * {decay})"]
            if decay != "0.0"
            else []
        ),
        "stepper.step()",
    ]


_TERMS = {"l1": "sum(w.abs().sum() for w in weights)", "l2": "sum((w * w).sum() for w in weights) / 2"}


def _strengths(scene: SweepScene) -> dict[str, str]:
    """Return how strong each penalty is in the program."""
    one = scene.training
    found = {name: repr(float(getattr(one, name))) for name in ("l1", "l2", "weight_decay")}
    if varies(scene, ByDecay):
        found["weight_decay"] = "decay"
    for axis in axes_of(scene):
        if isinstance(axis, ByPenalty):
            strength = found["weight_decay"]
            places = {"l1": "l1", "l2": "l2", "weight_decay": "decoupled"}
            found = {
                name: f'{strength} * (penalty == "{kind}")' if kind in axis.values else "0.0"
                for name, kind in places.items()
            }
    return found


def _criterion(one: Training) -> str:
    return "cross_entropy" if one.criterion == "cross_entropy" else "mse_loss"


def _end(scene: SweepScene) -> str:
    """Return what a net is worth at its end."""
    measure = scene.measure
    rows = ("x_judged", "y_judged") if measure.endswith("_val") else ("x_now", "y_now")
    if not measure.startswith("accuracy"):
        return f"nn.functional.{_criterion(scene.training)}(net({rows[0]}), {rows[1]}).item()"
    right = rows[1] if scene.training.criterion == "cross_entropy" else f"{rows[1]}.argmax(1)"
    return f"(net({rows[0]}).argmax(1) == {right}).double().mean().item()"


def _scaled(scene: SweepScene) -> bool:
    return any(getattr(cell.model, "scaling", "standard") == "mup" for cell in scene.cells)


def _drops(scene: SweepScene) -> bool:
    return any(getattr(cell.model, "dropout", 0.0) > 0 for cell in scene.cells)


def _net_arguments(scene: SweepScene) -> list[str]:
    varied = [name.removeprefix("model.") for name in sorted(scene.varied) if name.startswith("model.")]
    return ["seed", *varied, *(["optimizer"] if _scaled(scene) and varies(scene, ByOptimizer) else [])]


def _group_arguments(scene: SweepScene) -> list[str]:
    return ["net", *(_net_arguments(scene)[1:] if _scaled(scene) else [])]


def _grid(scene: SweepScene, note: Note) -> str:
    """Return the loop over all cells and seeds."""
    axes = axes_of(scene)
    names = [parameter(axis) for axis in axes]
    seeds = (
        "[seed]"
        if any(isinstance(axis, BySeed) for axis in axes)
        else f"range({scene.training.seed}, {scene.training.seed + scene.each})"
    )
    given = ", ".join(["seed", *(name for name in names if name != "seed")])
    inner = "run" if seeds == "[seed]" else "seed"
    given = given.replace("seed", inner, 1)
    lines = [*comments(["sweep_grid"], note), "ends = {}"]
    for depth, axis in enumerate(axes):
        lines.append("    " * depth + f"for {parameter(axis)} in {literal(axis())}:")
    pad = "    " * len(axes)
    lines.append(f"{pad}ends[{key_of(names)}] = [train({given}) for {inner} in {seeds}]")
    lines.append(f"{pad}print({', '.join(names)}, np.median(ends[{key_of(names)}]))")
    return "\n".join(lines)
