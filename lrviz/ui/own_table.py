"""A visitor's own table as a task: the door it comes in by, what was read, and the column to predict."""

import streamlit as st

from lrviz.text import Words
from lrviz.train.own import Columns, Read, read_own, targets
from lrviz.train.scene import TrainScene
from lrviz.train.tasks import Own
from lrviz.train.training import Training
from lrviz.training_log import LogError, decoded
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import touch
from lrviz.ui.upload import upload

HELD = "train table"
ERROR = "train table error"
FILLED = "train filled"
LIMIT = 1_000_000
PAGE = "page.train.own"
MOST_SAID = 6


def filled(scene: TrainScene) -> tuple[Training, ...]:
    """Return the scene's trainings, with the visitor's table where they learn from one; () while there is none.

    Made once for all parts of the page: a table is split and standardised on the way. Raises ValidationError where the
    training does not go together with the table.
    """
    held = st.session_state.get(HELD)
    if isinstance(scene.training.task, Own) and held is None:
        return ()
    known = st.session_state.get(FILLED)
    if known is None or known[0] != (scene.training, scene.seeds) or known[1] is not held:
        known = ((scene.training, scene.seeds), held, scene.trainings(held[1] if held else b""))
        st.session_state[FILLED] = known
    return known[2]


def door(form: Form) -> None:
    """Draw where the table comes in, which column is to be predicted, and what was left out."""
    words, held = form.words, st.session_state.get(HELD)
    upload(
        words.w(f"{PAGE}.label"),
        key="train upload",
        limit_bytes=LIMIT,
        accept=".csv,.tsv,.txt",
        on_file=lambda name, data: _take(form, name, data),
        on_remove=lambda: _forget(form),
        words=words.group("upload") | {"hint": words.w(f"{PAGE}.hint")},
        current=held[0] if held else "",
        error=_error(words),
    )
    st.caption(words.w("upload.privacy"))
    if held:
        _column(form, held[2])
        for name in ("aim", "validation", "subset", "label_noise", "seed"):
            form.at(f"training.task.{name}")
        _left_out(held[2], words)


def waiting(words: Words, height: int) -> None:
    """Stand in for the picture while there is no table."""
    with st.container(height=height, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown(words.w(f"{PAGE}.waiting"))


def _take(form: Form, name: str, data: bytes) -> None:
    """Read an uploaded table; one that can't be read leaves the one before in place."""
    touch()
    try:
        read = read_own(decoded(data))
    except LogError as err:
        st.session_state[ERROR] = (err.code, err.values)
        st.rerun()
    st.session_state.pop(ERROR, None)
    st.session_state[HELD] = (name, read.columns.packed(), read)
    _predict(form, read.columns, form.desk.scene.training.task.column)


def _predict(form: Form, columns: Columns, column: str) -> None:
    """Predict a column, the last that can be predicted where there is none of that name."""
    known = targets(columns)
    scene, task = form.desk.scene, form.desk.scene.training.task
    chosen = column if column in known else known[-1]
    form.desk.put(scene.but(training=scene.training.but(task=task.but(column=chosen))))
    st.rerun()


def _forget(form: Form) -> None:
    touch()
    for name in (HELD, ERROR, FILLED):
        st.session_state.pop(name, None)
    st.rerun()


def _error(words: Words) -> str:
    code, values = st.session_state.get(ERROR, ("", {}))
    return words.w(f"upload.error.{code}", **values) if code else ""


def _column(form: Form, read: Read) -> None:
    words, key = form.words, f"train column {form.words.language}"
    known = targets(read.columns)
    now = form.desk.scene.training.task.column
    st.session_state[key] = now if now in known else known[-1]
    st.selectbox(
        words.label("own", "column"),
        known,
        key=key,
        help=words.help("own", "column"),
        on_change=lambda: _predict(form, read.columns, st.session_state[key]),
    )


def _left_out(read: Read, words: Words) -> None:
    """Say what of the table is not used, and why."""
    if read.rows_left_out:
        st.caption(words.w(f"{PAGE}.rows_left_out", count=read.rows_left_out))
    for name, reason in read.left_out[:MOST_SAID]:
        st.caption(plain(words.w(f"{PAGE}.left_out.{reason}", column=name)))
    if len(read.left_out) > MOST_SAID:
        st.caption(words.w(f"{PAGE}.more_left_out", count=len(read.left_out) - MOST_SAID))
