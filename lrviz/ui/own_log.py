"""A learner's own training log: chosen once, kept for the session, offered by every lesson that asks for one."""

from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lrviz import jobs
from lrviz.schedules.scene import UploadedMetric
from lrviz.text import Words
from lrviz.training_log import Log, LogError, Measured, guess_metric, may_be_events, read
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import touch
from lrviz.ui.upload import upload

LIMIT = 5_000_000
"""Bytes: as base64 it still passes the websocket, whose limit is in .streamlit/config.toml."""
QUICK = 100_000
"""Bytes of text that are read in less than a tenth of a second."""
PATIENCE = 30.0  # seconds
LONGEST_COLUMN = 200
HELD, ERROR = "own log", "own log error"
Watch = Callable[[str], None]
"""What a lesson does with the name of the column that was chosen."""


@dataclass(frozen=True)
class OwnLog:
    """A log with the name of its file."""

    name: str
    log: Log


def held() -> OwnLog | None:
    """Return the log of this session, if there is one."""
    return st.session_state.get(HELD)


def watched(metric: UploadedMetric, log: Log) -> str:
    """Return the column that is looked at: the one that was chosen, or a good guess where this log has none such."""
    chosen = next((name for name in log.columns if name[:LONGEST_COLUMN] == metric.column), "")
    return chosen or guess_metric(log)


def measured(metric: UploadedMetric) -> Measured | None:
    """Return what was measured along that column, or None without a log."""
    own = held()
    return own and own.log.along(watched(metric, own.log))


def chosen(metric: UploadedMetric, column: str) -> UploadedMetric:
    """Return the metric with another column, its name as long as an address may hold."""
    return metric.but(column=column[:LONGEST_COLUMN])


def controls(form: Form, metric: UploadedMetric, watch: Watch, label: Mapping[str, str], key: str) -> None:
    """Draw the upload, and with a log the choice of its column and what was left out of it.

    `label` holds column and column_help, `key` tells the lesson's widgets from another's.
    """
    words, own = form.words, held()
    upload(
        words.w("upload.label"),
        key=f"{key} upload",
        limit_bytes=LIMIT,
        accept="",
        on_file=lambda name, data: _take(name, data, watch),
        on_remove=_forget,
        words=words.group("upload"),
        current=own.name if own else "",
        error=_error(words),
    )
    st.caption(words.w("upload.privacy"))
    if own:
        _columns(words, own.log, metric, watch, label, key)


def waiting(said: str, height: int) -> None:
    """Stand in for a picture while there is no log: what to choose, and where."""
    with st.container(height=height, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown(said)


def _columns(words: Words, log: Log, metric: UploadedMetric, watch: Watch, label: Mapping[str, str], key: str) -> None:
    place = f"{key} column {words.language}"
    st.session_state[place] = watched(metric, log)
    st.selectbox(
        label["column"],
        log.columns,
        key=place,
        help=label["column_help"],
        on_change=lambda: watch(st.session_state[place]),
    )
    for remark in log.remarks:
        st.caption(plain(words.w(f"upload.skipped.{remark.code}", **remark.values)))


def _forget() -> None:
    touch()
    st.session_state.pop(HELD, None)
    st.session_state.pop(ERROR, None)
    st.rerun()


def _take(name: str, data: bytes, watch: Watch) -> None:
    """Read an uploaded log; one that can't be read leaves the one before in place."""
    try:
        log = _read(data)
    except LogError as err:
        touch()
        st.session_state[ERROR] = (err.code, err.values)
        st.rerun()
    st.session_state.pop(ERROR, None)
    st.session_state[HELD] = OwnLog(name, log)
    watch(guess_metric(log))


def _read(data: bytes) -> Log:
    """Read a short text at once, and have a worker read all else: it then costs no other visitor anything."""
    if len(data) <= QUICK and not may_be_events(data):
        return read(data)
    try:
        return jobs.submit("lrviz.training_log:read", data).result(PATIENCE)
    except (TookTooLong, BrokenProcessPool, MemoryError) as err:
        raise LogError("gave_up") from err


def _error(words: Words) -> str:
    code, values = st.session_state.get(ERROR, ("", {}))
    found: dict[str, Any] = dict(values)
    return words.w(f"upload.error.{code}", **found) if code else ""
