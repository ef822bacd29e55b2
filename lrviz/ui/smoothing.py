"""The pieces of the Smoothing page: its knob, the average at a point worked out, what is smoothed, the tabs."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.smoothing import average_code
from lrviz.figures.smoothing import is_dotted
from lrviz.schedules.scene import UploadedMetric
from lrviz.smoothing.averages import Array, half_life, lag, noise_left, window
from lrviz.smoothing.scene import SAMPLED_BY_TENSORBOARD, Smoothed, SmoothingScene, measured
from lrviz.spec import Knob, choices_of
from lrviz.text import Words, number
from lrviz.ui import lesson, own_log
from lrviz.ui.ask import proof
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Mark
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk
from lrviz.ui.weighted import expanded, recursion

PAGE = "page.smoothing"
MOST_CHECKED = 1_000
"""Values in the address of a check: so many fit, with all their digits."""
MOST_ROWS = 12
SMALL = r"\small "
MARKS = (0.5, 0.75, 0.9)
LONG = Knob(0, 0.999)
"""The knob's range where there are many points."""


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


# ---------------------------------------------------------------------------------------------------- the knob


def view(form: Form) -> None:
    """Offer the three ways to look: one average, what it costs, where training uses it."""
    form.at("view", quiet=True)


def headline(form: Form, result: Smoothed | None = None) -> None:
    """Draw the knob of beta, ruled by how many days, points or steps it remembers."""
    average = form.desk.scene.view == "average"
    far = average and result is not None and not is_dotted(result)
    unit = _unit(result) if average else "step"
    marks = [Mark(beta, counted(window(beta), unit, form.words)) for beta in MARKS]
    form.at("beta", headline=True, look=Look(span=LONG if far else None, marks=marks))


def _unit(result: Smoothed | None) -> str:
    return "day" if result is not None and result.measured.axis == "day" else "point"


def counted(count: float, unit: str, words: Words) -> str:
    """Say how many days, points or steps."""
    return words.w(f"{PAGE}.unit.{unit}", count=number(count, 3))


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


def percent(share: float) -> str:
    """Write a share for reading."""
    return f"{number(100 * share, 2)} %"


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
    st.markdown(_written(*recursion(result)))


def _written(*lines: str) -> str:
    """Return LaTeX, side by side, as small Markdown formulas."""
    return " &nbsp; ".join(f"${SMALL}{line}$" for line in lines if line)


def _move(desk: Desk[SmoothingScene], result: Smoothed, words: Words, name: str, by: int, possible: bool) -> None:
    st.button(
        words.w(f"{PAGE}.worked.{name}"),
        key=f"smoothing {name}",
        icon={"back": ":material/chevron_left:", "forward": ":material/chevron_right:"}[name],
        disabled=not possible,
        on_click=_open,
        args=(desk, result.at + 1 + by),
    )


def _point(result: Smoothed, words: Words) -> str:
    values = {"point": result.at + 1, "count": len(result.values)}
    return words.w(f"{PAGE}.worked.{_unit(result)}", **values)


def numbers(result: Smoothed, words: Words) -> None:
    """Show what beta means in one line: half-life, window, lag, what is left of noise."""
    beta, unit = result.scene.beta, _unit(result)
    shown = {
        "half_life": counted(half_life(beta), unit, words),
        "window": counted(window(beta), unit, words),
        "lag": counted(lag(beta), unit, words),
        "noise": percent(noise_left(beta)),
    }
    readouts(
        {words.w(f"{PAGE}.readout.{name}"): value for name, value in shown.items()}, words.w(f"{PAGE}.readout.help")
    )


def readouts(shown: Mapping[str, str], about: str, title: str = "") -> None:
    """Show numbers under one another, each behind its name, under a title where one is needed."""
    with st.container(border=True, gap="small"):
        lines = [plain(title)] if title else []
        lines += [f"{plain(name)} **{plain(value)}**" for name, value in shown.items()]
        st.markdown("  \n".join(lines), help=about)


def notes(result: Smoothed, words: Words) -> None:
    """Say, one line each, what a learner should know of this average."""
    for said in _notes(result, words):
        note(said)


def note(said: str) -> None:
    """Say one such thing."""
    st.caption(f":material/lightbulb: {plain(said)}")


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
    proved(question(values, result.scene), words)


def proved(asked: Mapping[str, str], words: Words) -> None:
    """Have a worker compare with PyTorch, and say what it found in a line."""
    proof(asked, words, "smoothing check", "smoothing")


def question(values: Array, scene: SmoothingScene) -> dict[str, str]:
    """Write an average of values as the question that the check answers."""
    written = ",".join(map(repr, values.tolist()))
    return {"question": "smoothing", "beta": repr(scene.beta), "start": scene.start, "values": written}


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
    behind(words, "why", lambda: code(result.values, result.scene, words), lambda: _data(result, words))


def code(values: Array, scene: SmoothingScene, words: Words) -> None:
    """Show an average of values as a complete PyTorch program."""
    written = average_code(values, scene.beta, scene.start, lambda key: words.w(f"export_note.{key}"))
    st.code(written, language="python")


def behind(words: Words, why: str, program: Callable[[], None], data: Callable[[], None]) -> None:
    """Offer the four tabs of every view: its own why, code and data."""
    lesson.tabs(
        "smoothing",
        words,
        {
            "why": lambda: lesson.text(words, "smoothing", (why,)),
            "try": lambda: lesson.text(words, "smoothing", ("try",)),
            "code": program,
            "data": data,
        },
    )


def _data(result: Smoothed, words: Words) -> None:
    names, columns = table(result, words)
    shown(names, columns, words)


def table(result: Smoothed, words: Words) -> tuple[list[str], Array]:
    """Return the names and the columns (N, T): steps, values, averages, and the weights of the open point's average."""
    said = chart_words(result, words)
    weights = np.zeros(len(result.values))
    weights[result.counted] = result.weights
    averages = {said["average"]: result.average} | {said[start]: found for start, found in result.others.items()}
    names = [said["x"], said["measured"], *averages, said["weight"]]
    return names, np.stack([result.measured.x, result.values, *averages.values(), weights])


def shown(names: list[str], columns: Array, words: Words) -> None:
    """Offer a table as CSV, columns (N, T) under their names, and show its first and last rows."""
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, columns, first="t"),
        file_name="lrviz-smoothing.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="smoothing csv",
    )
    count = columns.shape[1]
    ends = np.r_[: min(MOST_ROWS // 2, count), max(0, count - MOST_ROWS // 2) : count]
    lesson.table(names, [[repr(float(v)) for v in columns[:, t]] for t in np.unique(ends)])
