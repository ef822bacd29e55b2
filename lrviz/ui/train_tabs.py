"""What stands behind the training page's picture: why, tries, the kept runs told apart, code, numbers, the check."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.task_lines import OWN_FILE
from lrviz.export.training import notebook, training_code
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.train.measured import INSIDE, WORTH, Measured
from lrviz.train.own import Columns, own_csv
from lrviz.train.scene import TrainScene
from lrviz.train.tasks import Own
from lrviz.train.training import Training
from lrviz.ui import ledger, lesson, own_table, train
from lrviz.ui.ask import proof
from lrviz.ui.permalink import Desk

PAGE = "page.train"
MOST_ROWS = 16


def tabs(desk: Desk[TrainScene], words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "train",
        words,
        {
            "why": lambda: lesson.text(words, "train", ("why",)),
            "try": lambda: lesson.text(words, "train", ("try",)),
            "diff": lambda: ledger.difference(words),
            "code": lambda: code(desk, words),
            "data": lambda: data(desk, words),
            "check": lambda: check(desk, words),
        },
    )


def code(desk: Desk[TrainScene], words: Words) -> None:
    """Show the training as a PyTorch program, and offer it as a file and as a notebook."""
    training = _watched(desk)
    if training is None:
        st.markdown(words.w(f"{PAGE}.own.waiting"))
        return

    def note(key: str) -> str:
        return words.w(f"export_note.{key}")

    program = training_code(training, note)
    st.caption(words.w(f"{PAGE}.code.about"))
    with st.container(horizontal=True, gap="small"):
        _offer(words.w(f"{PAGE}.code.script"), "lrviz-train.py", "text/x-python", lambda: program)
        cells = words.w(f"{PAGE}.code.notebook")
        _offer(cells, "lrviz-train.ipynb", "application/x-ipynb+json", lambda: notebook(training, note))
        if isinstance(task := training.task, Own):
            _offer(words.w(f"{PAGE}.code.table"), OWN_FILE, "text/csv", lambda: _own_table(task))
    st.code(program, language="python")


def _watched(desk: Desk[TrainScene]) -> Training | None:
    """Return the training that is watched, with the visitor's table; None while there is no table."""
    try:
        return next(iter(own_table.filled(desk.scene)), None)
    except ValueError:
        return None


def _own_table(task: Own) -> str:
    return own_csv(Columns.unpacked(task.table), task.column, task.aim)


def _offer(label: str, file: str, mime: str, made: Callable[[], str]) -> None:
    """Offer a file, which is made when it is asked for."""
    icon, key = ":material/download:", f"train {file}"
    st.download_button(label, made, file_name=file, mime=mime, icon=icon, on_click="ignore", key=key)


# ------------------------------------------------------------------------------------------------------------ data


def data(desk: Desk[TrainScene], words: Words) -> None:
    """Show what was measured, and offer it, and every update's rate and loss, as CSV."""
    now = train.so_far(desk)
    if now is None:
        st.markdown(words.w(f"{PAGE}.data.none"))
        return
    _, found = now
    heads, columns = measurements(found)
    with st.container(horizontal=True, gap="small"):
        measured = words.w(f"{PAGE}.data.measured")
        _offer(measured, "lrviz-train.csv", "text/csv", lambda: csv(heads, columns, steps=_steps(found)))
        updates = words.w(f"{PAGE}.data.updates")
        _offer(updates, "lrviz-train-updates.csv", "text/csv", lambda: updates_csv(found))
    kept = np.unique(np.linspace(0, len(found.steps) - 1, MOST_ROWS).astype(int))
    shown = range(min(4, len(heads)))
    rows = [[str(found.steps[i]), *(number(float(columns[c, i]), 5) for c in shown)] for i in kept]
    lesson.table([words.w(f"{PAGE}.axis.update"), *(heads[c] for c in shown)], rows)


def measurements(found: Measured) -> tuple[list[str], np.ndarray]:
    """Return what was measured as columns (C, M) under their names: worth a seed, and the inside a layer."""
    seeds = [""] if found.runs == 1 else [f"_seed{r + 1}" for r in range(found.runs)]
    heads = [f"{name}{seed}" for seed in seeds for name in WORTH]
    columns = [found.worth[name][:, r] for r in range(found.runs) for name in WORTH]
    for name in INSIDE:
        layers = found.inside[name].shape[1]
        heads += [f"{name}_layer{i + 1}" for i in range(layers)]
        columns += [*found.inside[name].T]
    return heads, np.array(columns, dtype=np.float64)


def updates_csv(found: Measured) -> str:
    """Return every update's rate and the loss of its batch, of each seed, as CSV."""
    names = ["rate", *(["batch_loss"] if found.runs == 1 else [f"batch_loss_seed{r + 1}" for r in range(found.runs)])]
    return csv(names, np.vstack([found.rates, found.losses.T]), "update")


def _steps(found: Measured) -> list[int]:
    return [int(step) for step in found.steps]


# ----------------------------------------------------------------------------------------------------------- check


def check(desk: Desk[TrainScene], words: Words) -> None:
    """Have the training's first updates compared with PyTorch's own classes, in a worker."""
    training = desk.scene.training
    if isinstance(training.task, Own):
        st.markdown(words.w(f"{PAGE}.check_own"))
        return
    proof({"question": "train"} | to_address(training, Training(), "training."), words, "train check", "train")
    st.caption(words.w(f"{PAGE}.check_how"))
