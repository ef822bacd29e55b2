"""The pieces of the Schedules page that are its own: words into the picture, the list of curves, read-outs, tabs."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.export import LIBRARIES, code, code_until, csv
from lrviz.schedules import ScheduleSpec, fitted, schedule_kinds
from lrviz.schedules.feedback import Plateau
from lrviz.schedules.overlay import Overlay, Reaction, Summary, findings, overlay
from lrviz.schedules.scene import Curve, SchedulesScene
from lrviz.spec import kind_of, to_address
from lrviz.text import Words, number
from lrviz.ui import feedback, lesson
from lrviz.ui.ask import proof
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.overlaid import overlaid
from lrviz.ui.permalink import Desk

MOST_ROWS = 12
MOST_CELLS = 400_000
PAGE = "page.schedules"


def evaluated(scene: SchedulesScene) -> Overlay:
    """Return the scene's table of rates, made once however many parts of the page show it."""
    return once("schedules evaluated", scene, lambda: overlay(scene))


def names(scene: SchedulesScene, words: Words) -> list[str]:
    """Return what each curve is called: its own name, else its schedule's, numbered where two are alike."""
    return lesson.distinct([curve.name or words.kind(kind_of(curve.schedule)) for curve in scene.curves])


def chart_words(words: Words) -> Mapping[str, str]:
    """Return the words that stand in the pictures."""
    axis = words.group(f"{PAGE}.axis")
    return {
        "x_steps": axis["step"],
        "x_epochs": axis["epoch"],
        "y_rate": axis["rate"],
        "y_metric": words.w(f"{PAGE}.feedback.metric"),
        "after_end": axis["after_end"],
        "drop": "#{number}",
    }


def alt(result: Overlay, names: list[str], words: Words) -> str:
    """Say what the picture of the curves shows now."""
    scene = result.scene
    curves = [
        words.w(f"{PAGE}.alt.curve", name=n, first=s.first, peak=s.peak, peak_at=s.peak_at, last=s.last)
        for n, s, c in zip(names, result.summaries, scene.curves, strict=True)
        if c.shown
    ]
    if not curves:
        return words.w(f"{PAGE}.alt.nothing")
    return words.w(f"{PAGE}.alt.shapes", count=len(curves), steps=scene.steps, curves=" ".join(curves))


def view(form: Form) -> None:
    """Offer the two ways to look: rates by step, or in reaction to a metric."""
    form.at("view", quiet=True)


def headline(form: Form) -> None:
    """Draw the live knob that shows best what the open schedule does."""
    schedule = form.desk.scene.opened.schedule
    if path := schedule.headline_path:
        form.at(f"curves.{form.desk.scene.open}.schedule.{path}", headline=True)


# ---------------------------------------------------------------------------------------------------- the list


def curve_list(desk: Desk[SchedulesScene], names: list[str], words: Words) -> None:
    """Show the curves and what can be done with each; offer to add one."""
    kinds = schedule_kinds()

    def fresh(kind: str) -> Curve:
        return Curve(schedule=fitted(kinds[kind], desk.scene.opened.schedule, desk.scene.steps))

    overlaid(desk, words, names, kinds, fresh)


def open_schedule(form: Form) -> None:
    """Draw the open curve's kind and fields; its headline field stands above the picture."""
    scene = form.desk.scene
    path, schedule = f"curves.{scene.open}.schedule", scene.opened.schedule
    form.kind(path, tuple(schedule_kinds().values()), label=form.words.w(f"{PAGE}.list.kind"))
    st.caption(form.words.claim(kind_of(schedule)))
    form.without(f"{path}.{schedule.headline_path}").fields(path)


def run(form: Form) -> None:
    """Draw what the curves are drawn over: the length of the run and the axes."""
    with st.expander(form.words.w(f"{PAGE}.run.title"), icon=":material/tune:"):
        for name in ("steps", "axis", "steps_per_epoch", "rate_axis"):
            form.at(name)


# ---------------------------------------------------------------------------------------------------- read-outs


def numbers(result: Overlay, words: Words) -> None:
    """Show the open curve in four numbers."""
    summary = result.summaries[result.scene.open]
    peak = words.w(f"{PAGE}.readout.peak_at", rate=summary.peak, step=summary.peak_at)
    shown = {"first": number(summary.first), "peak": peak, "last": number(summary.last), "mean": _percent(summary.mean)}
    said = (f"{words.w(f'{PAGE}.readout.{name}')} **{plain(value)}**" for name, value in shown.items())
    st.markdown(" · ".join(said), help=words.w(f"{PAGE}.readout.mean_help"))


def _percent(share: float) -> str:
    return f"{number(100 * share, 3)} %"


def worth_knowing(result: Overlay, names: list[str], words: Words) -> None:
    """Say, one line each, what a learner should know about the open curve and the axes."""
    shown = [curve.shown for curve in result.scene.curves]
    if not any(shown):
        st.info(words.w(f"{PAGE}.list.all_hidden"), icon=":material/visibility_off:")
    elif result.scene.rate_axis == "log" and (result.rates[shown] <= 0).any():
        st.caption(f":material/lightbulb: {words.w(f'{PAGE}.axis.log_gap')}")
    i = result.scene.open
    for finding in findings(result.scene.opened.schedule, result.rates[i]):
        said = words.w(f"finding.{finding.code}", name=names[i], **finding.values)
        st.caption(f":material/lightbulb: {plain(said)}")


def check(result: Overlay, words: Words) -> None:
    """Compare the open curve with PyTorch's own class, in a worker, after the picture."""
    scene = result.scene
    _check(scene.opened.schedule, scene.steps, words, "check")


def _check(schedule: ScheduleSpec, steps: int, words: Words, key: str) -> None:
    kind = kind_of(schedule)
    address = {"schedule": kind} | to_address(schedule, type(schedule)(), "schedule.") | {"steps": str(steps)}
    proof(address, words, key)


# ---------------------------------------------------------------------------------------------------- tabs


def shape_tabs(result: Overlay, names: list[str], words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    kind = kind_of(result.scene.opened.schedule)
    lesson.tabs(
        "schedules",
        words,
        {
            "why": lambda: lesson.text(words, "schedules", ("why", kind)),
            "try": lambda: lesson.text(words, "schedules", ("try",)),
            "code": lambda: _code(result.scene.opened.schedule, words),
            "data": lambda: _data(result, names, words),
            "check": lambda: _checks(result, names, words),
        },
    )


def reaction_tabs(result: Reaction, words: Words) -> None:
    """Offer what stands behind the picture of metric and rate, one at a time."""
    lesson.tabs(
        "schedules",
        words,
        {
            "why": lambda: lesson.text(words, "schedules", ("why", "plateau")),
            "try": lambda: lesson.text(words, "schedules", ("try",)),
            "code": lambda: _code(result.replay.spec, words),
            "data": lambda: feedback.data(result, words),
        },
    )


def _code(schedule: ScheduleSpec | Plateau, words: Words) -> None:
    library = lesson.remembered("schedules library", LIBRARIES, words, f"{PAGE}.code")
    st.code(code(schedule, library, lambda key: words.w(f"export_note.{key}")), language="python")
    until = code_until(schedule, library)
    if isinstance(schedule, ScheduleSpec):
        st.caption(words.w(f"{PAGE}.code.everywhere") if until is None else words.w(f"{PAGE}.code.until", until=until))


def _data(result: Overlay, names: list[str], words: Words) -> None:
    shown = [i for i, curve in enumerate(result.scene.curves) if curve.shown]
    cells = len(shown) * result.scene.steps
    every = -(-cells // MOST_CELLS)
    if every > 1:
        st.caption(words.w(f"{PAGE}.data.too_long", every=every, cells=cells))
    st.download_button(
        words.w(f"{PAGE}.data.csv"),
        lambda: csv([names[i] for i in shown], result.rates[shown][:, ::every], every=every),
        file_name="lrviz-schedules.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="schedules csv",
    )
    head = [words.w(f"{PAGE}.readout.{name}") for name in ("schedule", "first", "peak", "last", "mean")]
    lesson.table(head, [_summary_row(names[i], result.summaries[i], words) for i in shown])
    st.caption(words.w(f"{PAGE}.data.excerpt"))
    steps = np.unique(np.concatenate([np.arange(MOST_ROWS // 2), np.arange(-MOST_ROWS // 2, 0) + result.scene.steps]))
    head = [words.w(f"{PAGE}.axis.step"), *(names[i] for i in shown)]
    lesson.table(head, [[str(t), *(repr(float(result.rates[i, t])) for i in shown)] for t in steps if t >= 0])


def _summary_row(name: str, s: Summary, words: Words) -> list[str]:
    peak = words.w(f"{PAGE}.readout.peak_at", rate=s.peak, step=s.peak_at)
    return [name, number(s.first), peak, number(s.last), _percent(s.mean)]


def _checks(result: Overlay, names: list[str], words: Words) -> None:
    for i, curve in enumerate(result.scene.curves):
        st.markdown(f"**{plain(names[i])}**")
        _check(curve.schedule, result.scene.steps, words, f"check {i}")
