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
from lrviz.training_log import guess_mode
from lrviz.ui import own_log
from lrviz.ui.ask import proof
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk

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
    question = (desk.scene, own_log.held())
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
    found = own_log.measured(metric)
    return None if found is None else found.values


def _log(form: Form) -> None:
    label = form.words.group(PAGE)
    own_log.controls(form, form.desk.scene.metric, lambda column: _watch(form, column), label, "schedules")


def _watch(form: Form, column: str) -> None:
    scene = form.desk.scene
    metric = own_log.chosen(UploadedMetric(), column)
    form.desk.put(scene.but(metric=metric, plateau=scene.plateau.but(mode=guess_mode(column))))
    st.rerun()


def waiting_for_log(words: Words, height: int) -> None:
    """Stand in for the picture while there is no log."""
    own_log.waiting(words.w(f"{PAGE}.no_log"), height)


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
