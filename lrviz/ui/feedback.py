"""The Schedules page's other view: a metric, and what ReduceLROnPlateau makes of it."""

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.schedules.base import Array
from lrviz.schedules.feedback import Plateau
from lrviz.schedules.overlay import Reaction
from lrviz.schedules.scene import SchedulesScene, UploadedMetric
from lrviz.spec import choices_of, to_address
from lrviz.text import Words
from lrviz.training_log import LogError, TrainingLog, guess_metric, guess_mode, read_log
from lrviz.ui.ask import proof
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk, touch
from lrviz.ui.upload import upload

LOG = "schedules log"
LOG_ERROR = "schedules log error"
LIMIT = 1_000_000
MOST_CHECKED = 1_000
MOST_CUTS = 12
PAGE = "page.schedules.feedback"


def patience(form: Form) -> None:
    """Draw the live knob of this view."""
    form.at(f"plateau.{Plateau.headline}", headline=True)


def controls(form: Form) -> None:
    """Draw where the metric comes from, and the rest of Plateau's fields."""
    _source(form)
    st.caption(form.words.claim("plateau"))
    form.without(f"plateau.{Plateau.headline}").fields("plateau")
    form.at("rate_axis")


def reaction(desk: Desk[SchedulesScene]) -> Reaction | None:
    """Return what Plateau makes of the scene's metric, made once for all parts of the page; None without a metric."""
    question = (desk.scene, st.session_state.get(LOG))
    kept = st.session_state.get("schedules reaction")
    if kept is None or kept[0] != question[0] or kept[1] is not question[1]:
        kept = st.session_state["schedules reaction"] = (*question, _react(desk.scene))
    return kept[2]


def _react(scene: SchedulesScene) -> Reaction | None:
    values = _logged(scene.metric) if isinstance(scene.metric, UploadedMetric) else scene.metric.values()
    return None if values is None else Reaction(scene, scene.plateau.replay(values))


def _source(form: Form) -> None:
    scene = form.desk.scene
    form.kind("metric", choices_of(type(scene).model_fields["metric"].annotation), label=form.words.w(f"{PAGE}.source"))
    if isinstance(scene.metric, UploadedMetric):
        _log(form)
    else:
        form.fields("metric")


# ------------------------------------------------------------------------------------------------ a learner's own log


def _logged(metric: UploadedMetric) -> Array | None:
    """Return the measured values of the column to watch, or None without a log."""
    held = st.session_state.get(LOG)
    if held is None:
        return None
    column = held[1].columns.index(_watched(metric, held[1]))
    return held[1].table[held[1].measured[:, column], column]


def _watched(metric: UploadedMetric, log: TrainingLog) -> str:
    return metric.column if metric.column in log.columns else guess_metric(log)


def _log(form: Form) -> None:
    words, log = form.words, st.session_state.get(LOG)
    upload(
        words.w("upload.label"),
        key="schedules upload",
        limit_bytes=LIMIT,
        accept=".csv,.tsv,.txt",
        on_file=lambda name, text: _take(form, name, text),
        on_remove=_forget,
        words=words.group("upload"),
        current=log[0] if log else "",
        error=_error(words),
    )
    st.caption(words.w("upload.privacy"))
    if log:
        _column(form, log[1])


def _forget() -> None:
    touch()
    st.session_state.pop(LOG, None)
    st.session_state.pop(LOG_ERROR, None)
    st.rerun()


def _take(form: Form, name: str, text: str) -> None:
    """Read an uploaded log; one that can't be read leaves the one before in place."""
    try:
        log = read_log(text)
    except LogError as err:
        touch()
        st.session_state[LOG_ERROR] = (err.code, err.values)
        st.rerun()
    st.session_state.pop(LOG_ERROR, None)
    st.session_state[LOG] = (name, log)
    _watch(form, guess_metric(log))


def _watch(form: Form, column: str) -> None:
    scene = form.desk.scene
    react = scene.plateau.but(mode=guess_mode(column))
    form.desk.put(scene.but(metric=UploadedMetric(column=column[:200]), plateau=react))
    st.rerun()


def _error(words: Words) -> str:
    code, values = st.session_state.get(LOG_ERROR, ("", {}))
    return words.w(f"upload.error.{code}", **values) if code else ""


def _column(form: Form, log: TrainingLog) -> None:
    words, key = form.words, "schedules column"
    st.session_state[key] = _watched(form.desk.scene.metric, log)
    st.selectbox(
        words.w(f"{PAGE}.column"),
        log.columns,
        key=key,
        help=words.w(f"{PAGE}.column_help"),
        on_change=lambda: _watch(form, st.session_state[key]),
    )
    for column, row, found in log.skipped:
        said = words.w(f"upload.skipped.{'text' if found else 'empty'}", column=column, row=row, text=found)
        st.caption(plain(said))


def waiting_for_log(words: Words, height: int) -> None:
    """Stand in for the picture while there is no log."""
    with st.container(height=height, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown(words.w(f"{PAGE}.no_log"))


# ------------------------------------------------------------------------------------------------------- what it did


def alt(result: Reaction, words: Words) -> str:
    """Say what the picture of metric and rate shows now."""
    replay = result.replay
    best = (np.nanmin if replay.spec.mode == "min" else np.nanmax)(replay.metric)
    return words.w(
        "page.schedules.alt.feedback",
        epochs=len(replay.metric),
        metric_first=float(replay.metric[0]),
        metric_last=float(replay.metric[-1]),
        best=float(best),
        first=float(replay.rates[0]),
        last=replay.final,
        drops=len(replay.drops),
    )


def check(result: Reaction, words: Words) -> None:
    """Compare with PyTorch's own class over the same metric, in a worker, after the picture."""
    metric = ",".join(map(repr, result.replay.metric[:MOST_CHECKED].tolist()))
    address = {"question": "plateau", "metric": metric} | to_address(result.replay.spec, Plateau(), "plateau.")
    if len(result.replay.metric) > MOST_CHECKED:
        st.caption(words.w(f"{PAGE}.checked_part", count=MOST_CHECKED))
    proof(address, words, "check plateau")


def cuts(result: Reaction, words: Words) -> None:
    """Explain every cut in a sentence."""
    spec, drops = result.replay.spec, result.replay.drops
    st.markdown(f"**{words.w(f'{PAGE}.drops_title')}**")
    if not drops:
        st.caption(words.w(f"{PAGE}.no_drop", patience=spec.patience))
    lines = [
        words.w(
            f"{PAGE}.{'drop' if drop.best_epoch is not None else 'drop_no_best'}",
            epoch=drop.epoch,
            before=drop.before,
            after=drop.after,
            best=drop.best,
            best_epoch=drop.best_epoch,
            patience=spec.patience,
        )
        for drop in drops[:MOST_CUTS]
    ]
    st.markdown("\n".join(f"{i}. {plain(line)}" for i, line in enumerate(lines, 1)))
    if len(drops) > MOST_CUTS:
        st.caption(words.w(f"{PAGE}.more_drops", count=len(drops) - MOST_CUTS))


def data(result: Reaction, words: Words) -> None:
    """Show the run in numbers, and offer every epoch's metric and rate."""
    replay = result.replay
    st.download_button(
        words.w("page.schedules.data.csv"),
        lambda: csv(
            [words.w(f"{PAGE}.metric"), words.w(f"{PAGE}.rate_epoch")],
            np.stack([replay.metric, replay.rates]),
            first="epoch",
        ),
        file_name="lrviz-plateau.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="schedules reaction csv",
    )
    st.markdown(words.w(f"{PAGE}.summary", first=float(replay.rates[0]), final=replay.final, cuts=len(replay.drops)))
