"""The Smoothing page's first view: one series with its average, a point of it worked out, a log of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from lrviz.figures.smoothing import is_dotted
from lrviz.schedules.scene import UploadedMetric
from lrviz.smoothing.averages import Array, half_life, lag, noise_left, window
from lrviz.smoothing.scene import SAMPLED_BY_TENSORBOARD, Smoothed, SmoothingScene, measured
from lrviz.spec import choices_of
from lrviz.text import Words, number
from lrviz.ui import own_log, smoothing
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk
from lrviz.ui.smoothing import SMALL, counted, percent
from lrviz.ui.weighted import expanded, recursion

PAGE = "page.smoothing"
MOST_CHECKED = 1_000
"""Values in the address of a check: so many fit, with all their digits."""


def evaluated(desk: Desk[SmoothingScene]) -> Smoothed | None:
    """Return the scene's curve, smoothed once however many parts of the page show it; None while its log is missing."""
    question = (desk.scene, own_log.held())
    kept = st.session_state.get("smoothing evaluated")
    if kept is None or kept[0] != question[0] or kept[1] is not question[1]:
        kept = st.session_state["smoothing evaluated"] = (*question, _smoothed(desk.scene))
    return kept[2]


def _smoothed(scene: SmoothingScene) -> Smoothed | None:
    series = scene.series
    found = own_log.measured(series) if isinstance(series, UploadedMetric) else measured(series)
    return None if found is None else Smoothed(scene, found)


def headline(form: Form, result: Smoothed | None) -> None:
    """Draw the knob of beta, ruled by how many days or points it remembers."""
    smoothing.headline(form, _unit(result), far=result is not None and not is_dotted(result))


def _unit(result: Smoothed | None) -> str:
    return "day" if result is not None and result.measured.axis == "day" else "point"


# ---------------------------------------------------------------------------------------------------- the picture


def chart_words(result: Smoothed, words: Words) -> Mapping[str, str]:
    """Return the words and numbers that stand in the picture."""
    beta, unit = result.scene.beta, _unit(result)
    oldest = percent(float(result.weights[0]))
    return words.group(f"{PAGE}.axis") | {
        "x": _axis(result, words),
        "y": words.w(f"{PAGE}.axis.temperature") if unit == "day" else _measured_name(result, words),
        "measured": words.w(f"{PAGE}.axis.each_day") if unit == "day" else _measured_name(result, words),
        "average": words.w(f"{PAGE}.axis.averaged", beta=beta),
        "window": words.w(f"{PAGE}.axis.window", window=counted(window(beta), unit, words)),
        "half_life": words.w(f"{PAGE}.axis.half_life", half_life=counted(half_life(beta), unit, words)),
        "oldest": words.w(f"{PAGE}.axis.oldest", share=oldest),
        "nothing": words.w(f"{PAGE}.axis.nothing", share=percent(result.on_zero)),
        **{start: words.option("smoothing", "start", start) for start in ("first", "zero", "corrected")},
    }


def _axis(result: Smoothed, words: Words) -> str:
    """Name the axis: days, epochs, or what the log calls its steps."""
    axis, built_in = result.measured.axis, not isinstance(result.scene.series, UploadedMetric)
    return words.w(f"{PAGE}.axis.{axis}") if built_in else axis or words.w(f"{PAGE}.axis.row")


def _measured_name(result: Smoothed, words: Words) -> str:
    series, own = result.scene.series, own_log.held()
    if isinstance(series, UploadedMetric) and own:
        return own_log.watched(series, own.log)
    return words.w(f"{PAGE}.axis.metric")


def alt(result: Smoothed, words: Words) -> str:
    """Say what the picture shows now."""
    return words.w(
        f"{PAGE}.alt.average",
        count=len(result.values),
        name=chart_words(result, words)["measured"],
        beta=result.scene.beta,
        first=float(result.average[0]),
        last=float(result.average[-1]),
        point=result.at + 1,
        value=float(result.average[result.at]),
        newest=percent(float(result.weights[-1])),
        window=counted(window(result.scene.beta), _unit(result), words),
    )


def waiting_for_log(words: Words, height: int) -> None:
    """Stand in for the picture while there is no log."""
    own_log.waiting(words.w(f"{PAGE}.log.none"), height)


def open_point(desk: Desk[SmoothingScene], result: Smoothed, x: float) -> None:
    """Look into the average at the point nearest to a place on the axis."""
    _open(desk, int(np.argmin(np.abs(result.measured.x - x))) + 1)


def _open(desk: Desk[SmoothingScene], point: int) -> None:
    desk.put(desk.scene.at_point(point))
    st.rerun()


# ---------------------------------------------------------------------------------------------------- one average


def worked(desk: Desk[SmoothingScene], result: Smoothed, words: Words) -> None:
    """Walk through the points, and work the average of the open one out with its numbers."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _move(desk, result, words, "back", -1, result.at > 0)
        _move(desk, result, words, "forward", 1, result.at + 1 < len(result.values))
        st.markdown(f"**{plain(_point(result, words))}**", width="content")
        st.markdown(_written(expanded(result)))
    # One text of two lines: in the part that answers a turning knob every element costs time.
    about = words.w(f"{PAGE}.readout.help")
    st.markdown("  \n".join([_written(*recursion(result)), numbers(result, words)]), help=about)


def _written(*lines: str) -> str:
    """Return LaTeX, side by side, as small Markdown formulas."""
    return " &nbsp; ".join(f"${SMALL}{line}$" for line in lines if line)


def _move(desk: Desk[SmoothingScene], result: Smoothed, words: Words, name: str, by: int, possible: bool) -> None:
    st.button(
        words.w(f"{PAGE}.worked.{name}"),
        key=f"smoothing {name}",
        icon={"back": ":material/chevron_left:", "forward": ":material/chevron_right:"}[name],
        disabled=not possible,
        on_click=lambda: _open(desk, replace(result, scene=desk.scene).at + 1 + by),
    )


def _point(result: Smoothed, words: Words) -> str:
    values = {"point": result.at + 1, "count": len(result.values)}
    return words.w(f"{PAGE}.worked.{_unit(result)}", **values)


def numbers(result: Smoothed, words: Words) -> str:
    """Say what beta means in one line: half-life, window, lag, what is left of noise."""
    beta, unit = result.scene.beta, _unit(result)
    shown = {
        "half_life": counted(half_life(beta), unit, words),
        "window": counted(window(beta), unit, words),
        "lag": counted(lag(beta), unit, words),
        "noise": percent(noise_left(beta)),
    }
    return smoothing.readouts({words.w(f"{PAGE}.readout.{name}"): value for name, value in shown.items()})


def notes(result: Smoothed, words: Words) -> None:
    """Say, one line each, what a learner should know of this average."""
    for said in _notes(result, words):
        smoothing.note(said)


def _notes(result: Smoothed, words: Words) -> Iterator[str]:
    start, tensorboard = result.scene.start, result.scene.start == "tensorboard"
    if result.scene.beta == 1 and not (tensorboard and result.constant):
        yield words.w(f"{PAGE}.note.frozen_{'zero' if tensorboard else start}")
    if tensorboard and result.constant:
        yield words.w(f"{PAGE}.note.constant")
    elif len(result.gaps):
        first = number(float(result.measured.x[result.gaps[0]]), 12)
        kind = "passed_through" if tensorboard else "poisoned"
        yield words.w(f"{PAGE}.note.{kind}", count=len(result.gaps), axis=_axis(result, words), first=first)
    if tensorboard and len(result.values) > SAMPLED_BY_TENSORBOARD:
        factor = len(result.values) / SAMPLED_BY_TENSORBOARD
        yield words.w(f"{PAGE}.note.sampled", kept=SAMPLED_BY_TENSORBOARD, count=len(result.values), factor=factor)


def check(result: Smoothed, words: Words) -> None:
    """Have the average recomputed with PyTorch in a worker, after the picture."""
    values = result.values[:MOST_CHECKED]
    if len(values) < len(result.values):
        st.caption(words.w(f"{PAGE}.checked_part", count=MOST_CHECKED))
    smoothing.proved(smoothing.question(values, result.scene.beta, result.scene.start), words)


# ------------------------------------------------------------------------------------------------------- form


def controls(form: Form) -> None:
    """Draw what is smoothed, and from which start."""
    words, scene = form.words, form.desk.scene
    with st.container(border=True, gap="small"):
        form.kind("series", choices_of(type(scene).model_fields["series"].annotation), change=scene.on)
        if isinstance(scene.series, UploadedMetric):
            label = words.group(f"{PAGE}.log")
            own_log.controls(form, scene.series, lambda column: _watch(form, column), label, "smoothing")
        else:
            form.fields("series")
    with st.container(border=True, gap="small"):
        form.at("start")
        st.caption(words.w(f"{PAGE}.start.{scene.start}"))
        form.at("others")


def _watch(form: Form, column: str) -> None:
    form.desk.put(form.desk.scene.on(own_log.chosen(UploadedMetric(), column)))
    st.rerun()


# ------------------------------------------------------------------------------------------------------- tabs


def tabs(result: Smoothed, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""

    def program() -> None:
        smoothing.code(result.values, result.scene.beta, result.scene.start, words)

    smoothing.behind(words, "why", program, lambda: _data(result, words))


def _data(result: Smoothed, words: Words) -> None:
    names, columns = table(result, words)
    smoothing.shown(names, columns, words)


def table(result: Smoothed, words: Words) -> tuple[list[str], Array]:
    """Return the names and the columns (N, T): steps, values, averages, and the weights of the open point's average."""
    said = chart_words(result, words)
    weights = np.zeros(len(result.values))
    weights[result.counted] = result.weights
    averages = {said["average"]: result.average} | {said[start]: found for start, found in result.others.items()}
    names = [said["x"], said["measured"], *averages, said["weight"]]
    return names, np.stack([result.measured.x, result.values, *averages.values(), weights])
