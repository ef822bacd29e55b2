"""What stands behind each picture of the batches page: prose, advice, what a step costs here, code, data."""

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from lrviz.batches.counting import Count
from lrviz.batches.quadratic import RULES, measured
from lrviz.batches.scene import BatchesScene, View, cloud_of, growth_of, paths
from lrviz.descend.engine import Array
from lrviz.export import batches_code, csv
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.ask import proof
from lrviz.ui.batches import cost

PAGE = "page.batches"
MOST_ROWS, MOST_COLUMNS = 24, 5


def check(scene: BatchesScene, words: Words) -> None:
    """Have what the view shows recomputed with PyTorch, in a worker, after the picture."""
    proof({"question": "batches"} | to_address(scene, BatchesScene()), words, "batches check", "batches")


def show(scene: BatchesScene, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "batches",
        words,
        {
            "why": lambda: lesson.text(words, "batches", ("why", scene.view)),
            "try": lambda: lesson.text(words, "batches", ("try",)),
            "advice": lambda: lesson.text(words, "batches", ("advice",)),
            "cost": lambda: cost.show(words),
            "code": lambda: _code(scene, words),
            "data": lambda: _data(scene, words),
        },
    )


def _code(scene: BatchesScene, words: Words) -> None:
    """Show the view as a complete PyTorch program."""
    st.code(batches_code(scene, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(scene: BatchesScene, words: Words) -> None:
    """Show the view's numbers as a table, the first and the last rows of a long one, and offer all as CSV."""
    first, names, table = TABLES[scene.view](scene, words)
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, table, first),
        file_name=f"lrviz-batches-{scene.view}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"batches csv {scene.view}",
    )
    rows, columns = table.shape[1], 3 if lesson.on_phone() else MOST_COLUMNS
    kept = np.unique(np.r_[np.arange(min(MOST_ROWS, rows)), np.arange(max(0, rows - 3), rows)])
    shown = [[str(t), *(number(float(v), 6) for v in table[:columns, t])] for t in kept]
    lesson.table([first, *names[:columns]], shown)
    if len(names) > columns:
        st.caption(words.w(f"{PAGE}.table.more", count=len(names)))


Table = tuple[str, list[str], Array]
"""What its rows count, the names of its columns (C), and the columns, (C, rows)."""


def _heads(words: Words, *names: str) -> list[str]:
    return [words.w(f"{PAGE}.table.{name}") for name in names]


def _paths(scene: BatchesScene, words: Words) -> Table:
    run = paths(scene).yours
    columns = [run.seen[0], run.w[0, :, 0], run.w[0, :, 1], run.loss[0], run.excess[0]]
    first, *names = _heads(words, "updates", "samples", "weight_first", "weight_second", "whole_loss", "loss")
    return first, names, np.stack(columns).astype(np.float64)


def _count(scene: BatchesScene, words: Words) -> Table:
    """List the arithmetic of the learner's batch size, and of every power of two beside it."""
    count = scene.count
    sizes = sorted({count.batch_size, *(2**k for k in range(count.samples.bit_length()))})
    counts = [Count(count.samples, size, count.epochs, count.drop_last) for size in sizes]
    columns = [[c.batch_size, c.iterations, c.last, c.dropped, c.total] for c in counts]
    first, *names = _heads(words, "row", "batch_size", "iterations", "last", "dropped", "updates")
    return first, names, np.array(columns, dtype=np.float64).T


def _noise(scene: BatchesScene, words: Words) -> Table:
    result = cloud_of(scene)
    first, *names = _heads(words, "row", "gradient_first", "gradient_second")
    return first, names, result.batches.T


def _scaling(scene: BatchesScene, words: Words) -> Table:
    spec, found = scene.quadratic, measured(scene.quadratic)
    names, columns = [words.w(f"{PAGE}.table.batch_size")], [found.sizes]
    for rule in sorted(RULES, key=lambda rule: rule != spec.promising):
        said = words.w(f"{PAGE}.rule.{rule}")
        names += [f"{said} · {head}" for head in _heads(words, "rate", "variance", "variance_measured", "half_life")]
        columns += [spec.rate(rule, found.sizes), spec.variance(rule, found.sizes)]
        columns += [found.variance[rule], spec.half_life(rule, found.sizes)]
    return words.w(f"{PAGE}.table.row"), names, np.stack(columns)


def _growth(scene: BatchesScene, words: Words) -> Table:
    result = growth_of(scene)
    names, columns = list[str](), list[Array]()
    for name in ("grow", "decay", "neither"):
        arm = getattr(result, name)
        said = words.w(f"{PAGE}.arm.{name}")
        names += [f"{said} · {head}" for head in _heads(words, "batch_size", "rate", "updates", "loss")]
        stairs = [np.append(values, np.nan) for values in (arm.batch, arm.rate)]
        columns += [*stairs, arm.updates, arm.band()[1]]
    return words.w(f"{PAGE}.table.epoch"), names, np.stack(columns)


TABLES: Mapping[View, Callable[[BatchesScene, Words], Table]] = {
    "paths": _paths,
    "count": _count,
    "noise": _noise,
    "scaling": _scaling,
    "growth": _growth,
}
