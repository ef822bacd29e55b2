"""What a step costs here: measured by a worker once the tab is open; the page goes on meanwhile."""

from concurrent.futures import Future
from typing import Any

import numpy as np
import streamlit as st

from lrviz import jobs
from lrviz.figures.batches.cost import cost_figure
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import chart
from lrviz.ui.markdown import plain

PAGE = "page.batches"
EVERY = 0.4
"""Seconds between two looks at whether the worker has finished."""
MOST_WAITING = 8
"""Jobs of all visitors beyond which none is added: a check behind them must still be answered in time."""
ASKED = "batches cost"


def show(words: Words) -> None:
    """Show what was measured; until then say that it is being measured, and look again now and then."""
    job = _job()
    if job is not None and job.done():
        _answer(job, words)
        return

    def look() -> None:
        now = _job()
        if now is not None and now.done():
            st.rerun()
        st.caption(f":material/hourglass_top: {words.w(f'{PAGE}.cost.pending')}")

    st.fragment(look, run_every=EVERY)()


def _job() -> Future[Any] | None:
    """Return this session's question to the worker, asking it unless too many others wait."""
    if ASKED not in st.session_state and jobs.waiting() < MOST_WAITING:
        st.session_state[ASKED] = jobs.submit("lrviz.step_cost:measured")
    return st.session_state.get(ASKED)


def _answer(job: Future[Any], words: Words) -> None:
    if job.exception() is not None:
        st.caption(words.w(f"{PAGE}.cost.failed"))
        return
    found = job.result()
    sizes, seconds, held = (np.array(found[name], dtype=np.float64) for name in ("sizes", "seconds", "bytes"))
    ratios = {"more": f"{sizes[-1] / sizes[0]:,.0f}", "times": number(float(seconds[-1] / seconds[0]), 3)}
    told = {"device": plain(str(found["device"])), "weights": f"{found['weights']:,}"}
    st.markdown(words.w(f"{PAGE}.cost.measured", **told, **ratios))
    said = words.group(f"{PAGE}.axis")
    names = {"batch_size": said["batch_size"], "memory": said["memory"]}
    names |= {"step": said["step_time"], "sample": said["sample_time"]}
    figure = cost_figure(sizes, seconds, held, names, narrow=lesson.on_phone())
    alt = words.w(f"{PAGE}.alt.cost", first=float(1e6 * seconds[0]), last=float(1e6 * seconds[-1]))
    chart(figure, key="cost", alt=alt, words=words.group("chart"), height=300, filename="lrviz-step-cost")
    head = [words.w(f"{PAGE}.table.{name}") for name in ("batch_size", "step_time", "sample_time", "memory")]
    columns = (seconds * 1e3, seconds / sizes * 1e6, held / 1e6)
    rows = [[f"{size:,.0f}", *(number(float(column[i]), 3) for column in columns)] for i, size in enumerate(sizes)]
    lesson.table(head, rows)
