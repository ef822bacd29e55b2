"""The pieces of the training page that are its own: the training that runs, its picture, its numbers, the forms."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from pydantic import ValidationError

from lrviz.figures.inside import inside_figure
from lrviz.figures.train import Shown, learning_figure
from lrviz.jobs import Job
from lrviz.optimizers import rule_kinds
from lrviz.schedules.rate import rate_of
from lrviz.spec import choices_of, kind_of
from lrviz.text import Words, number
from lrviz.train import cost
from lrviz.train.ledger import SPAN, quantile
from lrviz.train.measured import Measured, measured
from lrviz.train.models import MLP, Conv, Dense, model_kinds
from lrviz.train.scene import SPEEDS, TrainScene, kept_by_hand
from lrviz.train.tasks import Own, Task
from lrviz.train.training import Training, data_of
from lrviz.ui import descent, ledger, lesson, own_table, running
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk

PAGE = "page.train"
ANSWERING = ["picture", "below"]
"""The parts of the page that show what came of a training."""
TARGET = "lrviz.train.job:watched"
PATIENCE = 3.0
"""Seconds: what takes longer, by estimate, waits until it is asked for."""
HAND = 30.0
"""How many times the plan's rate a hand can set, up and down."""
LOWEST, HIGHEST = 1e-6, 1e3
PASSED = 0.95
"""A lowest loss is worth a word when it is below this share of the last one."""


@dataclass(frozen=True)
class Run:
    """What is on the screen: the trainings, their job where there is one, and what it has measured once it has ended.

    `trainings` is empty where there is nothing to train yet; `problem` says why it cannot be.
    """

    trainings: tuple[Training, ...]
    job: Job | None = None
    found: Measured | None = None
    problem: str = ""

    @property
    def first(self) -> Training:
        """The training that is watched closely."""
        return self.trainings[0]

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        return cost.seconds(self.trainings)

    @property
    def waits(self) -> bool:
        """Whether it is too long to run without being asked."""
        return self.seconds > PATIENCE


def current(desk: Desk[TrainScene], words: Words) -> Run:
    """Return what is on the screen: small trainings run by themselves, one for every change that has settled."""
    try:
        trainings = own_table.filled(desk.scene)
    except ValidationError as err:
        error = err.errors(include_url=False)[0]
        return Run((), problem=words.problem(error["type"], **error.get("ctx", {}), field="", given=""))
    if not trainings:
        return Run(())
    job = _job(desk, trainings)
    return Run(trainings, job, _measured(job) if job is not None and job.ended else None)


def _measured(job: Job) -> Measured | None:
    """Return what an ended job has measured, put together once for all parts of the page."""
    return once("train measured", job.id, lambda: measured(job.events))


def _job(desk: Desk[TrainScene], trainings: tuple[Training, ...]) -> Job | None:
    """Return the job of these trainings, started where that may be.

    While a knob turns, the job before goes on until it has shown something: else a quick hand would see nothing.
    """
    before = running.found(TARGET)
    if desk.turning and before and not (before.ended or before.events) and before.visitor == running.visitor():
        return before
    if Run(trainings).waits:
        return running.of_spec(TARGET, trainings)
    return running.ensured(TARGET, trainings, speed=float(desk.scene.speed))


def so_far(desk: Desk[TrainScene]) -> tuple[Training, Measured] | None:
    """Return the training that is on the screen and what has been measured of it so far, None before there is any."""
    try:
        trainings = own_table.filled(desk.scene)
    except ValidationError:
        return None
    job = running.of_spec(TARGET, trainings) if trainings else None
    found = measured(job.events) if job is not None else None
    return None if found is None else (trainings[0], found)


def begin(desk: Desk[TrainScene]) -> None:
    """Train what is on the screen, anew if it has been trained before."""
    if trainings := own_table.filled(desk.scene):
        running.start(TARGET, trainings, speed=float(desk.scene.speed))


# ---------------------------------------------------------------------------------------------------- the picture


def headline(form: Form) -> None:
    """Draw the rate's knob."""
    if path := descent.rate_of_schedule(form, "training.schedule"):
        form.at(path, headline=True)


def picture(desk: Desk[TrainScene], words: Words, height: int) -> None:
    """Draw the training as it goes, under the bar that steers it."""
    run = current(desk, words)
    if not run.trainings:
        own_table.waiting(words, height) if not run.problem else st.warning(plain(run.problem))
        return
    scene = desk.scene

    def pace(speed: int) -> None:
        desk.put(desk.scene.but(speed=speed if speed in SPEEDS else 0))
        st.rerun()

    chart(
        figure(scene, run.first, words),
        key="train",
        alt=alt(scene, run, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-train",
        live=running.live(
            run.job,
            words,
            run.first.steps,
            steers=True,
            speed=scene.speed,
            rates=rates_by_hand(run.first),
            caption=words.w(f"{PAGE}.caption.{'classes' if data_of(run.first.task).classes else 'number'}"),
            values=CAPTION,
            broken=words.w(f"{PAGE}.caption.broken"),
        ),
        on_again=partial(begin, desk),
        on_end=lambda: st.rerun(ANSWERING),
        on_pace=pace,
    )


CAPTION = {"loss": "worth.loss", "val": "worth.loss_val", "accuracy": ("worth.accuracy_val", 100.0)}


def figure(scene: TrainScene, training: Training, words: Words) -> dict[str, Any]:
    """Return the picture of a training: what the net says and its curves, or what goes on inside it."""
    if scene.view == "inside":
        names = layer_names(training, words)
        return inside_figure(training.steps, names, words.group(f"{PAGE}.inside"), narrow=lesson.on_phone())
    kept = [run for run in ledger.held().runs if run.shown]
    shown = Shown(training, data_of(training.task), training.rates(), scene.seeds, scene.smooth, kept)
    return learning_figure(shown, words.group(f"{PAGE}.axis"), narrow=lesson.on_phone())


def rates_by_hand(training: Training) -> tuple[float, float, float]:
    """Return the lowest and highest rate a hand can set, and the first one that is planned."""
    rates = training.rates()
    largest = float(np.nanmax(rates, initial=0.0)) or rate_of(training.schedule)
    low, high = max(largest / HAND**2, LOWEST), min(largest * HAND, HIGHEST)
    return low, max(high, 10 * low), float(rates[0])


def layer_names(training: Training, words: Words) -> list[str]:
    """Name the layers that have weights, in order, each with what it takes and gives where there is room for that."""
    data = data_of(training.task)
    layers = [one for one in training.model.layers(data.features, data.outputs) if isinstance(one, Dense | Conv)]
    if lesson.on_phone():
        return [words.w(f"{PAGE}.inside.layer_short", index=i) for i in range(1, len(layers) + 1)]
    return [
        words.w(f"{PAGE}.inside.layer", index=i, inputs=one.inputs, outputs=one.outputs)
        for i, one in enumerate(layers, 1)
    ]


def alt(scene: TrainScene, run: Run, words: Words) -> str:
    """Say what the picture shows now."""
    first = run.first
    said = {"task": words.kind(kind_of(first.task)), "model": words.kind(kind_of(first.model)), "steps": first.steps}
    about = words.w(f"{PAGE}.alt.{scene.view}", optimizer=words.kind(kind_of(first.optimizer)), **said)
    return f"{about} {result(run, words)}".strip()


# ------------------------------------------------------------------------------------------------------- numbers


def numbers(desk: Desk[TrainScene], words: Words) -> None:
    """Say what came of the training, or why there is none yet; offer to keep the rates that a hand has set."""
    run = current(desk, words)
    if said := running.refusal(words):
        st.warning(plain(said), icon=":material/hourglass_empty:")
    elif run.trainings and run.waits and run.job is None:
        st.info(words.w(f"{PAGE}.waits", seconds=number(run.seconds, 2)), icon=":material/timer:")
    if run.trainings:  # always a line, so that nothing below it jumps
        st.markdown(plain(result(run, words) or words.w(f"{PAGE}.result.pending")))
    if run.found is not None and run.found.by_hand:
        _by_hand(desk, run.found.by_hand, words)


def result(run: Run, words: Words) -> str:
    """Say in a sentence what came of a training; nothing while it goes on."""
    if run.found is None:
        return ""
    bad = run.found.bad
    if len(bad) == 1 and bad[0] >= 0:
        return words.w(f"{PAGE}.result.broken", step=int(bad[0]))
    values = _worth(run.found) | {"step": int(run.found.steps[-1]), "seeds": len(bad)}
    kind = "classes" if data_of(run.first.task).classes else "number"
    if len(bad) > 1:
        said = words.w(f"{PAGE}.result.{kind}_seeds", **values)
    else:
        said = words.w(f"{PAGE}.result.{kind}", **values)
    passed = values["best"] < PASSED * values["val"]
    return f"{said} {words.w(f'{PAGE}.result.lowest', **values)}" if passed else said


def _worth(found: Measured) -> dict[str, Any]:
    """Return the last numbers: of many seeds the median, and the ends of their band; accuracies in percent."""
    val, train = found.worth["loss_val"], found.worth["loss"]
    middle = quantile(val, 0.5)
    best = int(middle.argmin())
    low, high = (float(quantile(val, share)[-1]) for share in SPAN)
    accuracy = quantile(found.worth["accuracy_val"], 0.5)[-1]
    return {
        "loss": float(quantile(train, 0.5)[-1]),
        "val": float(middle[-1]),
        "best": float(middle[best]),
        "best_step": int(found.steps[best]),
        "low": low,
        "high": high,
        "accuracy": f"{100 * accuracy:.1f}" if np.isfinite(accuracy) else "–",
        "broken": int((found.bad >= 0).sum()),
    }


def _by_hand(desk: Desk[TrainScene], by_hand: tuple[tuple[int, float], ...], words: Words) -> None:
    """Offer to take the rates that a hand has set over as the schedule."""

    def there() -> TrainScene:
        training = desk.scene.training
        return desk.scene.but(training=training.but(schedule=kept_by_hand(training.schedule, by_hand)))

    if not desk.allows(there()):
        return

    def keep() -> None:
        desk.put(there())
        st.rerun()

    label = words.w(f"{PAGE}.by_hand.keep")
    st.button(
        label, key="train by hand", icon=":material/gesture:", on_click=keep, help=words.w(f"{PAGE}.by_hand.help")
    )


# --------------------------------------------------------------------------------------------------------- forms

PARTS = ("task", "model", "rule", "more")
GROWTH = ("batch_growth", "growth_epochs")


def controls(form: Form) -> None:
    """Draw what the training is made of, one part at a time."""
    words = form.words
    part = lesson.remembered("train part", PARTS, words, f"{PAGE}.part")
    with st.container(border=True, gap="small"):
        {"task": _task, "model": _model, "rule": _rule, "more": _more}[part](form)


def _task(form: Form) -> None:
    scene, words = form.desk.scene, form.words
    form.kind("training.task", choices_of(Task), change=partial(on_task, scene))
    st.caption(words.claim(kind_of(scene.training.task)))
    if isinstance(scene.training.task, Own):
        own_table.door(form)
    else:
        form.fields("training.task")


def on_task(scene: TrainScene, task: Any) -> TrainScene:
    """Return the scene on another task: a model that only sees images gives way to one that sees all."""
    training = scene.training
    if training.model.images and kind_of(task) != "digits":
        training = training.but(model=MLP())
    return scene.but(training=training.but(task=task))


def _model(form: Form) -> None:
    training = form.desk.scene.training
    kinds = tuple(cls for cls in model_kinds() if not cls.images or training.task.kind == "digits")
    form.kind("training.model", kinds)
    st.caption(form.words.claim(kind_of(training.model)))
    form.fields("training.model")
    _count(training, form.words)


def _count(training: Training, words: Words) -> None:
    """Say how many parameters the net has."""
    data = data_of(training.task)
    layers = training.model.layers(data.features, data.outputs)
    weights = sum(_weights(layer) for layer in layers)
    st.caption(words.w(f"{PAGE}.parameters", count=f"{weights:,}", rows=f"{data.rows:,}"))


def _weights(layer: Any) -> int:
    match layer:
        case Dense(inputs, outputs, bias):
            return (inputs + bias) * outputs
        case Conv(inputs, outputs, _, bias):
            return (9 * inputs + bias) * outputs
    return 2 * getattr(layer, "features", 0)


def _rule(form: Form) -> None:
    descent.rule(form, "training.optimizer", rule_kinds(), label=form.words.w("descent.optimizer"))
    descent.schedule(form, "training.schedule", label=form.words.w("descent.schedule"))


def _more(form: Form) -> None:
    for name in ("steps", "batch_size", "seed", "l2", "weight_decay", "l1", "clip_norm", "loss", "drop_last", *GROWTH):
        form.at(f"training.{name}")
    form.at("smooth")
    form.at("seeds")
