"""A page's long job: started, found again by the id in the address, and shown live."""

import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st

from lrviz import jobs
from lrviz.jobs import Job, Refused
from lrviz.text import Words
from lrviz.ui.chart import Live
from lrviz.ui.permalink import JOB

VISITOR = "visitor"
REFUSED = "job refused"


def visitor() -> str:
    """Return what names this session among all, for as long as it lasts."""
    return st.session_state.setdefault(VISITOR, uuid.uuid4().hex)


def found(target: str) -> Job | None:
    """Return the job that the address names, if it is one of this page's kind and still known."""
    job = jobs.BOARD.find(st.query_params.get(JOB, ""))
    return job if job is not None and job.target == target else None


def start(target: str, spec: Any, **steering: Any) -> None:
    """Start a job in place of this visitor's last one, and name it in the address; where it is refused, keep why."""
    st.session_state.pop(REFUSED, None)
    try:
        st.query_params[JOB] = jobs.BOARD.start(visitor(), target, spec, **steering)
    except Refused as refused:
        st.session_state[REFUSED] = refused.code


def somebody_looks() -> bool:
    """Say whether a browser asks, and not a program that only reads the page, for which nothing need be computed."""
    return bool(st.context.headers.get("User-Agent"))


def ensured(target: str, spec: Any, **given: Any) -> Job | None:
    """Return the job of exactly this spec: the one in the address, else a new one; None where it is refused."""
    job = found(target)
    if job is None or job.spec != spec:
        start(target, spec, **given)
        job = found(target)
    return job


def refusal(words: Words) -> str:
    """Return the sentence that says why the last job was not taken on, or nothing."""
    code = st.session_state.get(REFUSED)
    return words.w(f"live.{code}") if code else ""


def live(job: Job | None, words: Words, steps: int, said: Mapping[str, str] = {}, **given: Any) -> Live:
    """Return how a chart follows a job: steered by who started it, watched by everybody else.

    `said`: words that stand in the place of those all such charts share.
    """
    mine, group = job is not None and job.visitor == visitor(), words.group("live") | dict(said)
    return Live(job.id if job else "", job.key if job and mine else "", group, steps, **given)
