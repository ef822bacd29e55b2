"""A range test as a complete PyTorch program: the sweep, the smoothing, the stop, and what each rule suggests."""

import textwrap

from lrviz.export import pytorch
from lrviz.export.descent import optimizer_code
from lrviz.export.nets import net_lines, update_lines
from lrviz.export.snippet import Note, assemble, comments
from lrviz.train.finder import FinderScene
from lrviz.train.suggestions import FLAT, WINDOW

_SWEEP = """\
def sweep(model, loss_of, batches, optimizer, scheduler):
    rates, losses = [], []
    for rows, target in batches:
        loss = loss_of(model(rows), target)
        rates.append(optimizer.param_groups[0]["lr"])
        losses.append(loss.item())
{update}
    return np.array(rates), np.array(losses)"""
_SMOOTHED = {
    "corrected": """\
def smoothed(losses, beta={beta!r}):
    mean, out = 0.0, []
    for t, loss in enumerate(losses, 1):
        mean = beta * mean + (1 - beta) * loss
        out.append(mean / (1 - beta**t))
    return np.array(out)""",
    "first_value": """\
def smoothed(losses, beta={beta!r}):
    mean, out = losses[0], []
    for t, loss in enumerate(losses):
        mean = beta * mean + (1 - beta) * loss if t else loss
        out.append(mean)
    return np.array(out)""",
}
_READ = """\
def read(rates, smooth, stop={stop!r}, skip_start={skip_start}, skip_end={skip_end}):
    over = smooth > stop * np.fmin.accumulate(smooth) if stop else np.zeros(len(smooth), bool)
    end = int(over.argmax()) + 1 if over.any() else len(smooth)
    finite = np.isfinite(smooth)
    end = end if finite.all() else min(end, int(finite.argmin()))
    part = slice(skip_start, max(skip_start, end - skip_end))
    return rates[part], smooth[part]"""
_RULES = """\
def valley(rates, losses):
    lengths = []
    for i, loss in enumerate(losses):
        longer = [lengths[j] for j in range(i) if losses[j] > loss]
        lengths.append(1 + max(longer, default=0))
    longest = max(lengths)
    end = lengths.index(longest)
    begin, third = (end - longest, longest / 3) if longest > 1 else (0, 0)
    return rates[begin + int(third) + int(third / 2)]


def slide(rates, losses, window={window}, flat={flat}):
    slope = np.gradient(losses)
    left = len(losses) - 1 - window
    found = left
    while left >= 0 and abs(slope[left + window] - slope[left]) > flat:
        found, left = left, left - 1
    return rates[found]


def minimum(rates, losses):
    return rates[losses.argmin()] / 10


def steep(rates, losses):
    return rates[(np.diff(losses) / np.diff(np.log10(rates))).argmin()]


def steep_step(rates, losses):
    return rates[np.gradient(losses).argmin()]"""


def finder_code(scene: FinderScene, note: Note) -> str:
    """Return a whole program that makes a range test and prints what each rule suggests.

    It defines sweep, smoothed, read and the rules by their names here; `note` gives the comment for a key of
    [export_note].
    """
    training, test = scene.training, scene.test
    schedule = pytorch.piece(test)
    optimizer = optimizer_code(training.optimizer, schedule.lr, "model.parameters()")
    update = textwrap.indent("\n".join(update_lines(training)), " " * 8)
    reading = {"stop": scene.stop, "skip_start": scene.skip_start, "skip_end": scene.skip_end}
    lines = [
        *net_lines(training, note),
        *comments(optimizer.notes, note),
        f"optimizer = {optimizer.expression}",
        *comments(schedule.notes, note),
        f"scheduler = {schedule.expression}",
        f"batches = (torch.randperm(len(x))[:{training.rows_per_batch}] for _ in range({test.num_iter}))",
        "batches = ((x[rows], y[rows]) for rows in batches)",
        "rates, losses = sweep(model, loss_of, batches, optimizer, scheduler)",
        "rates, losses = read(rates, smoothed(losses))",
        "for rule in (valley, slide, minimum, steep, steep_step):",
        "    print(rule.__name__, float(rule(rates, losses)))",
    ]
    definitions = (
        *optimizer.definitions,
        *schedule.definitions,
        _SWEEP.format(update=update),
        _SMOOTHED[scene.average].format(beta=scene.smoothing),
        _READ.format(**reading),
        *_RULES.format(window=WINDOW, flat=FLAT).split("\n\n\n"),
    )
    return assemble(definitions, lines)
