"""What the pages of the training lab share: the form of a training, and the way to the page that trains it."""

import streamlit as st

from lrviz.optimizers import rule_kinds
from lrviz.spec import choices_of, kind_of, to_address, value_at
from lrviz.train.training import Training
from lrviz.ui import descent
from lrviz.ui.form import Form
from lrviz.ui.frame import PAGES

TRAIN = PAGES / "train.py"


def way_to_train(training: Training, label: str, key: str) -> None:
    """Link to the page that trains it, with its Spec in the address."""
    if TRAIN.exists():
        st.page_link(TRAIN, label=label, icon=":material/play_arrow:", query_params=train_address(training))


def train_address(training: Training) -> dict[str, str]:
    """Write a training as that page's address."""
    return {"training.task": kind_of(training.task)} | to_address(training, Training(), "training.")


def controls(form: Form, path: str, *, without: tuple[str, ...] = ()) -> None:
    """Draw the training at a path: its task, its model, its optimizer, how its batches are made, and its seed."""
    words, fields = form.words, type(value_at(form.desk.scene, path)).model_fields
    for part in ("task", "model"):
        if part not in without:
            form.kind(f"{path}.{part}", choices_of(fields[part].annotation))
            form.fields(f"{path}.{part}")
    if "optimizer" not in without:
        descent.rule(form, f"{path}.optimizer", rule_kinds(), label=words.w("descent.optimizer"))
    for name in ("loss", "batch_size", "l2", "weight_decay", "clip_norm", "seed"):
        if name not in without:
            form.at(f"{path}.{name}")
