"""The pieces of the range-test page that are its own: the sweep and its picture, what the rules suggest, the form."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.figures.finder import GLYPHS, finder_figure
from lrviz.jobs import Job
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.train import cost
from lrviz.train.finder import FinderScene, Sweep, smoothing_at, sweep_of
from lrviz.train.suggestions import RULES, Rule
from lrviz.ui import lesson, running, trainings
from lrviz.ui.ask import proof
from lrviz.ui.chart import chart
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Mark
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk

PAGE = "page.finder"
TARGET = "lrviz.train.range_test:swept"
MOST_ROWS = 15
PATIENCE = 8.0
"""Seconds: sweeps that take longer, by estimate, do not begin by themselves."""


def job_of(scene: FinderScene) -> Job | None:
    """Return the job of the scene's sweeps: smoothing, stop and skips change nothing in it.

    What takes long waits until it is asked for.
    """
    return running.shared(TARGET, scene.trainings, begin=cost.seconds(scene.trainings) < PATIENCE)


def swept(desk: Desk[FinderScene]) -> Sweep | None:
    """Return the scene's sweep, read once however many parts of the page show it; None until its job has ended."""
    job = job_of(desk.scene)
    if job is None or not job.ended or not job.events:
        return None
    return once("finder swept", (job.id, desk.scene), lambda: sweep_of(desk.scene, job.events))


# --------------------------------------------------------------------------------------------------- the picture


def headline(form: Form) -> None:
    """Draw the knob of the smoothing, with what fastai sets it to."""
    form.at("smoothing", headline=True, look=Look(marks=[Mark(0.98, "fastai")]))


def show(desk: Desk[FinderScene], words: Words, height: int) -> None:
    """Draw the sweep, or watch it come."""
    job, now = job_of(desk.scene), swept(desk)
    if sentence := running.refusal(words):
        st.warning(sentence, icon=":material/hourglass_empty:")

    def again() -> None:
        running.start(TARGET, desk.scene.trainings)

    chart(
        finder_figure(desk.scene, now, chart_words(words), narrow=lesson.on_phone()),
        key="finder",
        alt=alt(desk.scene, now, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-range-test",
        live=running.live(job, words, desk.scene.test.num_iter),
        on_again=again,
        on_end=None if job is None or job.ended else st.rerun,
    )


def chart_words(words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    return words.group(f"{PAGE}.axis") | {name: words.w(f"{PAGE}.rule.{name}") for name in RULES}


def alt(scene: FinderScene, now: Sweep | None, words: Words) -> str:
    """Say what the picture shows now."""
    ends = {"low": scene.test.start_lr, "high": scene.test.end_lr}
    if now is None:
        return words.w(f"{PAGE}.alt.coming", **ends)
    said = [f"{words.w(f'{PAGE}.rule.{rule}')} {number(float(rates[0]), 3)}" for rule, rates in now.suggestions.items()]
    return words.w(f"{PAGE}.alt.sweep", **ends, lowest=now.lowest, rules=words.listed(*said))


# ---------------------------------------------------------------------------------------------------- what it says


def said(desk: Desk[FinderScene], words: Words) -> None:
    """Say where a finder stops and what is read, and show the smoothing with this sweep's own numbers."""
    now = swept(desk)
    if now is None:
        st.caption(words.w(f"{PAGE}.said.waiting"))
        return
    scene, stop, part = desk.scene, int(now.stops[0]), now.read(0)
    values = {"times": scene.stop, "best": now.lowest, "first": part.start + 1, "last": part.stop}
    where = {"update": stop + 1, "rate": float(now.rates[stop]), "loss": float(now.smooth[stop, 0])}
    code = "stopped" if stop >= 0 else "never_asked" if not scene.stop else "not_stopped"
    read = "too_few" if now.too_few else "read"
    lines = [words.w(f"{PAGE}.said.{code}", **values, **where), words.w(f"{PAGE}.said.{read}", **values)]
    st.markdown(plain(" ".join(lines)))
    st.caption(plain(_formula(now, words)))


def _formula(now: Sweep, words: Words) -> str:
    """Write the smoothing at the lowest point, in numbers."""
    shown = smoothing_at(now, now.lowest_at)
    values = {"update": now.lowest_at + 1, "beta": now.scene.smoothing, "rest": 1 - now.scene.smoothing}
    return words.w(f"{PAGE}.said.formula_{now.scene.average}", **values, **vars(shown))


def numbers(desk: Desk[FinderScene], words: Words) -> None:
    """Show what each rule suggests, on the first seed and over all, and the way to train with it."""
    now = swept(desk)
    with st.container(border=True, gap="xxsmall"):
        st.markdown(
            f"**{words.w(f'{PAGE}.readout.title')}**", help=words.w(f"{PAGE}.readout.help", runs=desk.scene.runs)
        )
        st.caption(words.w(f"{PAGE}.readout.train"))
        for rule in RULES:
            _row(rule, desk.scene, now, words)
        st.caption(plain(_apart(now, words)) if now else words.w(f"{PAGE}.said.waiting"))


def _row(rule: Rule, scene: FinderScene, now: Sweep | None, words: Words) -> None:
    """Show what a rule suggests as a link to the training at that rate."""
    rates = now.suggestions[rule] if now else np.full(1, np.nan)
    found = rates[np.isfinite(rates)]
    span = f" ({number(float(found.min()), 2)}–{number(float(found.max()), 2)})" if len(found) > 1 else ""
    rate = float(rates[0])
    shown = number(rate, 2) if np.isfinite(rate) else "–"
    said = f"{GLYPHS[rule]} {plain(words.w(f'{PAGE}.rule.{rule}'))} **{plain(shown)}**{plain(span)}"
    trainings.way_to_train(scene.trained_at(rate) if np.isfinite(rate) else None, said)


def _apart(now: Sweep, words: Words) -> str:
    """Say how far apart the rules are on the first seed's curve."""
    found = {rule: float(rates[0]) for rule, rates in now.suggestions.items() if np.isfinite(rates[0])}
    if len(found) < 2:
        return words.w(f"{PAGE}.said.too_few")
    low, high = min(found, key=lambda rule: found[rule]), max(found, key=lambda rule: found[rule])
    names = {"low": words.w(f"{PAGE}.rule.{low}"), "high": words.w(f"{PAGE}.rule.{high}")}
    return words.w(f"{PAGE}.readout.apart", times=float(f"{found[high] / found[low]:.2g}"), **names)


# ------------------------------------------------------------------------------------------------- form and tabs


PARTS = {"sweep": ("runs",), "reading": ("average", "stop", "skip_start", "skip_end"), "training": ()}
"""The parts of the form, and the scene's own fields in each."""


def controls(form: Form) -> None:
    """Draw the sweep, how it is read, or what is trained: one at a time, so that a turn has little to draw anew."""
    part = lesson.remembered("finder part", tuple(PARTS), form.words, f"{PAGE}.form")
    with st.container(border=True, gap="small"):
        if part == "sweep":
            form.fields("test")
        if part == "training":
            trainings.controls(form, "training")
        for name in PARTS[part]:
            form.at(name)


def check(scene: FinderScene, words: Words) -> None:
    """Have the first sweep trained with torch.nn and torch.optim, in a worker, after the picture."""
    asked = FinderScene(training=scene.training, test=scene.test)
    proof({"question": "finder"} | to_address(asked, FinderScene()), words, "finder check", "finder")


def tabs(desk: Desk[FinderScene], words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "finder",
        words,
        {
            "why": lambda: lesson.text(words, "finder", ("why",)),
            "rules": lambda: lesson.text(words, "finder", ("rules",)),
            "try": lambda: lesson.text(words, "finder", ("try",)),
            "code": lambda: _code(desk.scene, words),
            "data": lambda: _data(swept(desk), words),
        },
    )


def _code(scene: FinderScene, words: Words) -> None:
    from lrviz.export.finder import finder_code

    st.code(finder_code(scene, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(now: Sweep | None, words: Words) -> None:
    """Offer every update's rate and losses as CSV, and show some of them."""
    if now is None:
        st.caption(words.w(f"{PAGE}.said.waiting"))
        return
    seeds = [now.scene.training.seed + run for run in range(now.losses.shape[1])]
    names = [words.w(f"{PAGE}.axis.rate"), words.w(f"{PAGE}.axis.smooth")]
    names += [words.w(f"{PAGE}.data.loss", seed=seed) for seed in seeds]
    columns = np.concatenate([now.rates[None], now.smooth[None, :, 0], now.losses.T])
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, columns, first="update"),
        file_name="lrviz-range-test.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="finder csv",
    )
    some = np.unique(np.linspace(0, len(now.rates) - 1, MOST_ROWS).astype(int))
    head = [words.w(f"{PAGE}.data.update"), *names[:3]]
    lesson.table(head, [[str(t + 1), *(number(float(column[t])) for column in columns[:3])] for t in some])
