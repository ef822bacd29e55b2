"""The form beside the sweep: what is varied, how it is looked at, and the training in every cell."""

import streamlit as st

from lrviz.optimizers import rule_kinds
from lrviz.spec import choices_of, kind_of
from lrviz.train.axes import Axis, Beside
from lrviz.train.models import CNN, Model
from lrviz.train.quantities import ByRate
from lrviz.train.sweep import Side, SweepScene
from lrviz.train.tasks import Own, Task
from lrviz.ui import descent
from lrviz.ui.form import Form

PAGE = "page.sweep"
LID = "sweep training"
FIELDS = ("loss", "batch_size", "drop_last", "steps", "l1", "l2", "weight_decay", "clip_norm", "seed")


def controls(form: Form) -> None:
    """Draw what is varied, how it is looked at, and what every cell's training is made of."""
    axes(form)
    looks(form)
    training(form)


def axes(form: Form) -> None:
    """Draw the axes, each with its values, and how many seeds every cell has."""
    scene: SweepScene = form.desk.scene
    words = form.words
    sides: tuple[Side, Side] = ("across", "up")
    for side in sides:
        with st.container(border=True, gap="small"):
            _axis(form, side, choices_of(Axis))
            form.fields(side)
    with st.container(horizontal=True):
        label = words.w(f"{PAGE}.form.swap")
        st.button(label, key="sweep swap", icon=":material/swap_vert:", on_click=lambda: form.desk.put(scene.swapped()))
    with st.expander(
        words.w(f"{PAGE}.form.more"), icon=":material/view_column:", expanded=kind_of(scene.beside) != "alone"
    ):
        _axis(form, "beside", choices_of(Beside))
        form.fields("beside")
        form.at("seeds")
        form.at("budget")


def _axis(form: Form, side: Side, kinds: tuple[type, ...]) -> None:
    """Draw the choice of what an axis varies, of what this training has; what another one varies trades places."""
    scene: SweepScene = form.desk.scene
    fitting = tuple(kind for kind in kinds if not kind().misfit(scene.training))
    form.kind(side, fitting, change=lambda axis: scene.varying(side, axis))


def looks(form: Form) -> None:
    """Draw which measure is shown."""
    form.at("measure")


def training(form: Form) -> None:
    """Offer the training of every cell behind a lid; while it is closed its many knobs are neither made nor sent."""
    label = form.words.w(f"{PAGE}.form.training")
    lid = st.expander(label, icon=":material/model_training:", key=LID, on_change="rerun")
    with lid:
        if lid.open:
            _parts(form)


def _parts(form: Form) -> None:
    """Draw the training of every cell, without what the axes vary."""
    scene = form.desk.scene
    varied = frozenset(f"training.{name}" for name in scene.varied)
    tasks = tuple(kind for kind in choices_of(Task) if kind is not Own)
    models = tuple(kind for kind in choices_of(Model) if scene.training.task.kind == "digits" or kind is not CNN)
    for path, kinds in (("task", tasks), ("model", models), ("optimizer", tuple(rule_kinds().values()))):
        _part(form, f"training.{path}", kinds, varied)
    if "training.schedule" not in varied:
        _schedule(form)
    for name in FIELDS:
        if f"training.{name}" not in varied:
            form.at(f"training.{name}")


def _schedule(form: Form) -> None:
    """Draw the schedule, and its rate where no axis varies that."""
    scene = form.desk.scene
    with st.container(border=True, gap="small"):
        descent.schedule(form, "training.schedule", label=form.words.label("training", "schedule"))
        path = descent.rate_of_schedule(form, "training.schedule")
        if path and not isinstance(scene.across, ByRate) and not isinstance(scene.up, ByRate):
            form.at(path)


def _part(form: Form, path: str, kinds: tuple[type, ...], varied: frozenset[str]) -> None:
    """Draw one part of the training: its kind and its fields."""
    if path in varied:
        return
    with st.container(border=True, gap="small"):
        name = path.rpartition(".")[2]
        form.kind(
            path, kinds, label=form.words.label("training", name), change=lambda new: _with(form.desk.scene, name, new)
        )
        form.without(*varied).fields(path)


def _with(scene: SweepScene, name: str, new: object) -> SweepScene:
    """Return the sweep whose training has another part; axes and measure follow where they have to."""
    return scene.on(scene.training.but(**{name: new}))
