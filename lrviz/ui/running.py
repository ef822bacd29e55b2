"""A page's long job: started, found again by the id in the address, and shown live."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from lrviz import jobs
from lrviz.jobs import Job, Refused
from lrviz.text import Words
from lrviz.ui.chart import Live
from lrviz.ui.permalink import JOB, shows

VISITOR = "visitor"
REFUSED = "job refused"
OVERTAKEN = frozenset({"replaced", "nobody_watched"})
"""How a job can end that its visitor did not ask for: it may begin anew."""


def visitor() -> str:
    """Return what names this session among all, for as long as it lasts."""
    return st.session_state.setdefault(VISITOR, uuid.uuid4().hex)


def found(target: str) -> Job | None:
    """Return this page's job: the session's own last one, else the one that the address names, if it is still known.

    The chart writes a job's id into the address, so that a reload, or another visitor, finds it.
    """
    return next(_named(target), None)


def _named(target: str) -> Iterator[Job]:
    for id in (st.session_state.get(_key(target), ""), st.query_params.get(JOB, "")):
        job = jobs.BOARD.find(id)
        if job is not None and job.target == target:
            yield job


def _key(target: str) -> str:
    return f"job {target}"


def start(target: str, spec: Any, **steering: Any) -> None:
    """Start a job in place of this visitor's last one; where it is refused, keep why."""
    st.session_state.pop(REFUSED, None)
    try:
        st.session_state[_key(target)] = jobs.BOARD.start(visitor(), target, spec, **steering)
    except Refused as refused:
        st.session_state[REFUSED] = refused.code


def somebody_looks() -> bool:
    """Say whether a browser asks, and not a program that only reads the page, for which nothing need be computed."""
    return bool(st.context.headers.get("User-Agent"))


def of_spec(target: str, spec: Any) -> Job | None:
    """Return the job of exactly this spec: the session's last one, the address's, an earlier one; None without any."""
    for job in _known(target, spec):
        if job.spec == spec and job.code not in OVERTAKEN:
            st.session_state[_key(target)] = job.id
            return job
    return None


def _known(target: str, spec: Any) -> Iterator[Job]:
    yield from _named(target)
    yield from jobs.BOARD.earlier(visitor(), target, spec)


def ensured(target: str, spec: Any, **steering: Any) -> Job | None:
    """Return the job of exactly this spec: the one there is, else a new one; None where it is refused."""
    job = of_spec(target, spec)
    if job is None:
        start(target, spec, **steering)
        job = of_spec(target, spec)
    return job


def shared(target: str, spec: Any, begin: bool = True) -> Job | None:
    """Return the job of exactly this spec, whoever started it, else a new one; None where it is refused.

    For work whose numbers follow from its spec alone: the next visitor finds it, and goes on with what an ended one
    had done. What is not to `begin` by itself is only found.
    """
    job = of_spec(target, spec)
    if job is not None:
        return job
    alike = jobs.BOARD.alike(target, spec)
    if alike is None or (alike.ended and alike.status != "done"):
        if begin:
            start(target, spec, after=alike)
        return of_spec(target, spec)
    st.session_state[_key(target)] = alike.id
    return alike


def refusal(words: Words) -> str:
    """Return the sentence that says why the last job was not taken on, or nothing."""
    code = st.session_state.get(REFUSED)
    return words.w(f"live.{code}") if code else ""


def live(job: Job | None, words: Words, steps: int, said: Mapping[str, str] = {}, **given: Any) -> Live:
    """Return how a chart follows a job, which an address written in this run will name.

    It is steered by who started it, watched by everybody else.
    `said`: words that stand in the place of those all such charts share.
    """
    if job is not None:
        shows(job.id)
    mine, group = job is not None and job.visitor == visitor(), words.group("live") | dict(said)
    return Live(job.id if job else "", job.key if job and mine else "", group, steps, **given)
