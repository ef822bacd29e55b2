"""A range test as a complete PyTorch program: the sweep, the smoothing, the stop, and what each rule suggests."""

from lrviz.export.snippet import Note
from lrviz.export.training import judging, penalised, sections, update_lines
from lrviz.train.finder import FinderScene
from lrviz.train.suggestions import FLAT, WINDOW

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
    """Return a whole program that makes the first seed's sweep and prints what each rule suggests.

    Rows, first weights and batches are the page's own. It defines smoothed, read and the rules by their names here;
    `note` gives the comment for a key of [export_note].
    """
    training = scene.trainings[0]
    *before, _ = sections(training, note)
    reading = {"stop": scene.stop, "skip_start": scene.skip_start, "skip_end": scene.skip_end}
    lines = [
        *(["weights = [p for p in net.parameters() if p.ndim > 1]"] if penalised(training) else []),
        "rates, losses = [], []",
        f"for t in range({scene.test.num_iter}):",
        '    rates.append(optimizer.param_groups[0]["lr"])',
        *(f"    {line}" for line in update_lines(training)),
        "    losses.append(loss.item())",
        "rates, losses = read(np.array(rates), smoothed(losses))",
        "for rule in (valley, slide, minimum, steep, steep_step):",
        "    print(rule.__name__, float(rule(rates, losses)))",
    ]
    own = [
        judging(training),
        _SMOOTHED[scene.average].format(beta=scene.smoothing),
        _READ.format(**reading),
        _RULES.format(window=WINDOW, flat=FLAT),
        "\n".join(lines),
    ]
    parts = [f"# {note(section.title)}\n\n{section.code}" for section in before]
    return "\n\n\n".join([*parts, f"# {note('finder_sweep')}\n\n" + "\n\n\n".join(own)]) + "\n"
