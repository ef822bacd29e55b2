"""The guide's trial: the advice tried on a small task, all of it in one batch, and what came of it."""

from typing import Any

import streamlit as st

from lrviz.figures.guide import running_figure, trial_figure
from lrviz.guide.rules import Advice, advise
from lrviz.guide.scene import GuideScene
from lrviz.guide.trial import Duel, Found, Trial, found, trial
from lrviz.jobs import Job
from lrviz.spec import kind_of, to_address
from lrviz.text import Words, number
from lrviz.train.comparing import compared
from lrviz.train.scene import TrainScene
from lrviz.train.training import data_of
from lrviz.ui import guide, lesson, running
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk

PAGE = "page.guide.trial"
TARGET = "lrviz.train.comparing_job:compare"
ANSWERING = ["trial", "below"]
"""The parts of the page that show what came of a trial."""


def ask(desk: Desk[GuideScene], words: Words) -> None:
    """Offer to try the advice."""
    st.button(
        words.w(f"{PAGE}.go"),
        key="guide try",
        type="primary",
        icon=":material/science:",
        help=words.w(f"{PAGE}.help"),
        on_click=lambda: begin(desk),
    )


def setting(desk: Desk[GuideScene], words: Words) -> None:
    """Say what a trial of this advice is, and how many seeds it has."""
    with st.container(border=True, gap="small"):
        st.markdown(words.w(f"{PAGE}.heading"))
        st.caption(about(trial(desk.scene), words))
        Form(desk, words).at("seeds")


def part(desk: Desk[GuideScene], words: Words, height: int) -> None:
    """Draw a trial of this advice where there is one: its picture, and what came of it."""
    tried = trial(desk.scene)
    job = running.of_spec(TARGET, tried.comparison)
    if refused := running.refusal(words):
        st.warning(plain(refused), icon=":material/hourglass_empty:")
    if job is not None:
        with st.container(border=True, gap="small"):
            _picture(desk, tried, job, words, height)
            came_of_it(desk.scene, words)


def begin(desk: Desk[GuideScene]) -> None:
    """Start the trial of what is on the screen."""
    running.start(TARGET, trial(desk.scene).comparison)


def about(tried: Trial, words: Words) -> str:
    """Say what is tried, on what, and how it is kept fair."""
    first, data = tried.first, data_of(tried.first.task)
    said = words.w(
        f"{PAGE}.about",
        names=words.listed(*(guide.names(words)[name] for name in tried.names)),
        task=words.kind(kind_of(first.task)), model=words.kind(kind_of(first.model)), rows=data.rows,
        batch=first.rows_per_batch, steps=first.steps, optimizer=words.kind(kind_of(first.optimizer)),
        rates=words.listed(*(number(rate) for rate in tried.rates)), seeds=tried.seeds,
        count=len(tried.comparison.trainings),
    )  # fmt: skip
    if tried.comparison.before is not None:
        said += words.w(f"{PAGE}.before", rows=data_of(tried.comparison.before.task).rows)
    if tried.skipped:
        said += words.w(f"{PAGE}.skipped", names=words.listed(*(guide.names(words)[name] for name in tried.skipped)))
    return said


def places(advice: Advice, tried: Trial) -> list[int]:
    """Return which place in the ranking every schedule of a trial has: its colour goes by that."""
    ranked = [one.name for one in advice.schedules]
    return [ranked.index(name) if name in ranked else 0 for name in tried.names]


def result(scene: GuideScene) -> Found | None:
    """Return what came of the trial of a scene, None while it has not ended well; put together once a job."""
    tried = trial(scene)
    job = running.of_spec(TARGET, tried.comparison)
    if job is None or job.status != "done":
        return None

    def put_together() -> Found | None:
        told = compared(job.events)
        return found(tried, told) if told else None

    return once("guide found", job.id, put_together)


def _picture(desk: Desk[GuideScene], tried: Trial, job: Job, words: Words, height: int) -> None:
    advice, ended = advise(desk.scene), result(desk.scene)
    called, axes, narrow = guide.names(words), words.group("page.guide.axis"), lesson.on_phone()
    at = places(advice, tried)
    figure = (
        running_figure(tried, at, called, axes)
        if ended is None
        else trial_figure(ended, at, called, axes, narrow=narrow)
    )
    said = words.w("page.guide.alt.running") if ended is None else " ".join(verdict(ended, words))
    chart(
        figure,
        key="trial",
        alt=said,
        words=words.group("chart"),
        height=height,
        filename="lrviz-guide-trial",
        live=running.live(job, words, tried.first.steps),
        on_again=lambda: begin(desk),
        on_end=lambda: st.rerun(ANSWERING),
    )


# -------------------------------------------------------------------------------------------------------- in words


def came_of_it(scene: GuideScene, words: Words) -> None:
    """Say what came of the trial, and link to its trainings."""
    if (ended := result(scene)) is None:
        return
    st.markdown("  \n".join(verdict(ended, words)))
    _table(ended, words)
    _watch(ended, words)


def verdict(ended: Found, words: Words) -> list[str]:
    """Say who won, whether that is more than chance, and what it means for the advice."""
    if ended.race is None:
        return [words.w(f"{PAGE}.all_diverged")]
    called = [guide.names(words)[name] for name in ended.trial.names]
    race, worth = ended.race, ended.worth
    advised = {"advised": called[0], "first": called[race.better]}
    said = [
        words.w(f"{PAGE}.{race.verdict}", **_filled(race, called)),
        words.w(f"{PAGE}.{race.verdict}_{ended.against_advice}", **advised),
    ]
    return said if worth is None else [*said, words.w(f"{PAGE}.worth_{worth.verdict}", **_filled(worth, called))]


def _filled(duel: Duel, called: list[str]) -> dict[str, Any]:
    """Return what the sentences about two schedules take."""
    return {
        "first": called[duel.better], "second": called[duel.worse], "low": duel.low, "high": duel.high,
        "gap": duel.gap, "spread": duel.spread, "wins": duel.wins, "seeds": duel.seeds,
    }  # fmt: skip


def _table(ended: Found, words: Words) -> None:
    tried = ended.trial
    head = [words.w(f"{PAGE}.table.{name}") for name in ("schedule", "rate", "final", "band", "diverged")]
    rows = [
        [
            guide.names(words)[tried.names[i]],
            number(tried.rates[ended.best[i]]),
            number(float(ended.middle[i, -1])),
            words.w(f"{PAGE}.table.from_to", low=float(ended.low[i, -1]), high=float(ended.high[i, -1])),
            words.w(f"{PAGE}.table.of", bad=ended.bad[i], all=tried.seeds * len(tried.rates)),
        ]
        for i in ended.order
    ]
    columns = 3 if lesson.on_phone() else len(head)
    lesson.table(head[:columns], [row[:columns] for row in rows])


def _watch(ended: Found, words: Words) -> None:
    """Link to the page where one training of the trial is watched; what goes on from another net cannot be there."""
    tried = ended.trial
    if tried.comparison.before is not None:
        return
    with st.container(horizontal=True, gap="medium"):
        for i in ended.order:
            scene = TrainScene(training=tried.training(i, ended.best[i]), seeds=tried.seeds)
            label = words.w(f"{PAGE}.watch", name=guide.names(words)[tried.names[i]])
            st.page_link(
                PAGES / "train.py", label=label, icon=":material/open_in_new:", width="content",
                query_params=to_address(scene, TrainScene()),
            )  # fmt: skip
