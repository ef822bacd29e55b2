"""A page's long job: started, found again by the id in the address, and shown live."""

import uuid
from typing import Any

import streamlit as st

from lrviz import jobs
from lrviz.jobs import Job, Refused
from lrviz.text import Words
from lrviz.ui.chart import Live
from lrviz.ui.permalink import JOB

VISITOR = "visitor"
REFUSED = "job refused"
LEFT = ("replaced", "nobody_watched")
"""How a job ends whose visitor went elsewhere: coming back starts it again."""


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


def ensured(target: str, spec: Any) -> Job | None:
    """Return the job of exactly this spec: the one in the address, else a new one; None where it is refused."""
    job = found(target)
    if job is None or job.spec != spec:
        start(target, spec)
        job = found(target)
    return job


def shared(place: str, target: str, spec: Any) -> Job | None:
    """Return the job of exactly this spec: this session's own at a place, else anybody's, else a new one.

    For work whose numbers follow from its spec alone and that begins by itself: the next visitor finds it, a reload
    does too, without an id in the address. One of ours that was cancelled or failed stays as it is until it is asked
    for again. None where a new one is refused.
    """
    job = jobs.BOARD.find(st.session_state.get(f"{place} job", ""))
    if job is None or (job.target, job.spec) != (target, spec) or job.code in LEFT:
        job = jobs.BOARD.alike(target, spec) or renewed(place, target, spec)
    if job is not None:
        st.session_state[f"{place} job"] = job.id
    return job


def renewed(place: str, target: str, spec: Any) -> Job | None:
    """Start a job of a spec at a place of this session, in place of this visitor's last one; None where refused."""
    st.session_state.pop(REFUSED, None)
    try:
        job = jobs.BOARD.find(jobs.BOARD.start(visitor(), target, spec))
    except Refused as refused:
        st.session_state[REFUSED] = refused.code
        return None
    st.session_state[f"{place} job"] = job.id if job else ""
    return job


def refusal(words: Words) -> str:
    """Return the sentence that says why the last job was not taken on, or nothing."""
    code = st.session_state.get(REFUSED)
    return words.w(f"live.{code}") if code else ""


def live(job: Job | None, words: Words, steps: int, **given: Any) -> Live:
    """Return how a chart follows a job: steered by who started it, watched by everybody else."""
    mine = job is not None and job.visitor == visitor()
    return Live(job.id if job else "", job.key if job and mine else "", words.group("live"), steps, **given)
