"""The Stability page's first view: the sharpness against the bound, while a net trains."""

import numpy as np
import streamlit as st

from lrviz.figures.edge import edge_figure
from lrviz.jobs import Job
from lrviz.text import Words, number
from lrviz.train.edge import Edge, Trained, trained_of
from lrviz.train.stability import StabilityScene
from lrviz.ui import lesson, running
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk

PAGE = "page.stability.edge"
TARGET = "lrviz.train.sharpness:rising"
Stability = Desk[StabilityScene]


def job_of(desk: Stability) -> Job | None:
    """Return the job of the settled run: a rate that is still turning moves the bound alone."""
    return running.shared(TARGET, desk.settled.edge)


def trained(desk: Stability) -> Trained | None:
    """Return what became of the run; None until its job has ended."""
    job = job_of(desk)
    return trained_of(desk.settled.edge, job.events) if job is not None and job.ended and job.events else None


def headline(form: Form) -> None:
    """Draw the knob of the rate."""
    form.at("edge.eta", headline=True)


def show(desk: Stability, words: Words, height: int) -> None:
    """Draw the run as it comes in, with the bound of the rate the knob stands at."""
    edge, job = desk.scene.edge, job_of(desk)
    live = running.live(
        job, words, edge.steps, caption=words.w(f"{PAGE}.caption"), values=SAID, broken=words.w(f"{PAGE}.broken")
    )
    chart(
        edge_figure(edge, words.group(f"{PAGE}.axis") | {"bound": bound_name(edge)}, narrow=lesson.on_phone()),
        key="edge",
        alt=alt(desk, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-edge",
        live=live,
        on_again=lambda: running.start(TARGET, desk.settled.edge),
        on_end=None if job is None or job.ended else st.rerun,
    )


SAID = {"sharpness": "sharpness", "ratio": "ratio"}


def bound_name(edge: Edge) -> str:
    """Write the bound as a formula, with its value."""
    formula = f"(2 + 2·{number(edge.momentum, 3)})/η" if edge.momentum else "2/η"
    return f"{formula} = {number(edge.bound)}"


def alt(desk: Stability, words: Words) -> str:
    """Say what the picture shows now."""
    now, edge = trained(desk), desk.scene.edge
    values = {"eta": edge.eta, "bound": edge.bound, "steps": edge.steps}
    if now is None or not len(now.sharpness):
        return words.w(f"{PAGE}.alt.coming", **values)
    return words.w(
        f"{PAGE}.alt.run",
        first=float(now.sharpness[0]),
        last=float(now.sharpness[-1]),
        loss=float(now.loss[-1]),
        **values,
    )


def said(desk: Stability, words: Words) -> None:
    """Say what the run did at the bound, and where the bound comes from, with this rate."""
    now, edge = trained(desk), desk.scene.edge
    if desk.turning or now is None:
        st.markdown(plain(words.w(f"{PAGE}.said.bound", eta=edge.eta, bound=edge.bound, formula=bound_name(edge))))
        return
    st.markdown(plain(f"{_verdict(now, words)} {words.w(f'{PAGE}.said.step', **worked(now))}"))


def _verdict(now: Trained, words: Words) -> str:
    values = {"tail": 100 * now.tail, "bound": now.edge.bound, "rises": now.rises, "steps": len(now.loss)}
    if now.bad is not None:
        return words.w(f"{PAGE}.said.broke", step=now.bad, **values)
    if now.reached is None:
        return words.w(f"{PAGE}.said.below", **values)
    return words.w(f"{PAGE}.said.{'hovers' if abs(now.tail - 1) < 0.1 else 'reached'}", step=now.reached, **values)


def worked(now: Trained) -> dict[str, float]:
    """Return what a step does along the sharpest direction, in numbers: the factor 1 - eta lambda."""
    sharpness = float(now.sharpness[-1])
    return {"eta": now.edge.eta, "sharpness": sharpness, "factor": 1 - now.edge.eta * sharpness}


def numbers(desk: Stability, words: Words) -> None:
    """Show the bound and what was measured against it."""
    now, edge = trained(desk), desk.scene.edge
    shown = {"bound": number(edge.bound)}
    if now is not None and len(now.sharpness) and not desk.turning:
        shown |= {"first": number(float(now.sharpness[0])), "last": number(float(now.sharpness[-1]))}
        shown |= {
            "tail": f"{now.tail:.3f}" if now.tail < 100 else number(now.tail),
            "rises": f"{now.rises:,}",
            "loss": number(float(now.loss[-1])),
        }
    lesson.readouts({words.w(f"{PAGE}.readout.{name}"): value for name, value in shown.items()})


def controls(form: Form) -> None:
    """Draw what is trained, and how."""
    with st.container(border=True, gap="small"):
        for name in ("degree", "momentum", "width", "activation", "steps", "seed"):
            form.at(f"edge.{name}")


def columns(desk: Stability, words: Words) -> tuple[list[str], np.ndarray] | None:
    """Return the measured sharpness and the loss at its steps as columns; None while there are none."""
    now = trained(desk)
    if now is None or not len(now.at):
        return None
    steps = now.at.astype(int)
    loss = np.append(now.loss, np.nan)[np.minimum(steps, len(now.loss))]
    names = [words.w(f"{PAGE}.axis.{name}") for name in ("step", "sharpness", "loss")]
    return names, np.stack([now.at, now.sharpness, loss])
