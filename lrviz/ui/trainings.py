"""What the pages of the training lab share: the form of a training, and the ways from one page with it to the next."""

import streamlit as st

from lrviz.optimizers import rule_kinds
from lrviz.spec import choices_of, kind_of, to_address, value_at
from lrviz.text import Words
from lrviz.train.finder import FinderScene
from lrviz.train.scene import TrainScene
from lrviz.train.slices import Landscape
from lrviz.train.stability import StabilityScene
from lrviz.train.tasks import Own
from lrviz.train.training import Training
from lrviz.ui import descent
from lrviz.ui.form import Form
from lrviz.ui.pages import PAGES


def way_to_train(training: Training | None, label: str) -> None:
    """Link to the page that trains it, with its Spec in the address; without a training the link leads nowhere."""
    st.page_link(
        PAGES / "train.py",
        label=label,
        icon=":material/play_arrow:",
        query_params=train_address(training) if training else None,
        disabled=training is None,
    )


def train_address(training: Training) -> dict[str, str]:
    """Write a training as that page's address; the task is always named, since an empty one would mean no change."""
    scene = TrainScene().but(training=training)
    return {"training.task": kind_of(training.task)} | to_address(scene, TrainScene())


def ways_on(training: Training, words: Words) -> None:
    """Link to the range test of a training and to the landscape of its loss; a net too large for that has no such link.

    A table of one's own stays on the page that trains with it.
    """
    if isinstance(training.task, Own):
        return
    with st.container(horizontal=True, gap="small"):
        _way("finder", words.w("page.finder.way"), ":material/trending_up:", finder_address(training))
        if address := landscape_address(training):
            _way("stability", words.w("page.stability.landscape.way"), ":material/landscape:", address)


def _way(page: str, label: str, icon: str, address: dict[str, str]) -> None:
    st.page_link(PAGES / f"{page}.py", label=label, icon=icon, query_params=address, width="content")


def finder_address(training: Training) -> dict[str, str]:
    """Write the range test of a training as that page's address, which always names the task."""
    return {"training.task": kind_of(training.task)} | to_address(FinderScene(training=training), FinderScene())


def landscape_address(training: Training) -> dict[str, str]:
    """Write the slice of a training's loss as that page's address; empty where the net is too large for one."""
    try:
        scene = StabilityScene(view="landscape", slice=Landscape(training=training))
    except ValueError:
        return {}
    return to_address(scene, StabilityScene())


def controls(form: Form, path: str, *, schedule: bool = False) -> None:
    """Draw the training at a path: its task, its model, its optimizer, how its batches are made, and its seed.

    With `schedule` also the rates and the length; a page whose sweep sets them leaves them out. A table of one's own is
    not offered: only the page that trains can hold one.
    """
    words, fields = form.words, type(value_at(form.desk.scene, path)).model_fields
    for part in ("task", "model"):
        kinds = tuple(kind for kind in choices_of(fields[part].annotation) if kind is not Own)
        form.kind(f"{path}.{part}", kinds)
        form.fields(f"{path}.{part}")
    descent.rule(form, f"{path}.optimizer", rule_kinds(), label=words.w("descent.optimizer"))
    if schedule:
        descent.schedule(form, f"{path}.schedule", label=words.w("descent.schedule"))
        if rate := descent.rate_of_schedule(form, f"{path}.schedule"):
            form.at(rate)
        form.at(f"{path}.steps")
    for name in ("loss", "batch_size", "l2", "weight_decay", "clip_norm", "seed"):
        form.at(f"{path}.{name}")
