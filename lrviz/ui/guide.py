"""The pieces of the guide's page: questions, the ranked answers with their reasons, what would change them."""

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from lrviz.figures.guide import advice_figure
from lrviz.guide.curves import SHOWN, curves
from lrviz.guide.recipes import OPTIMIZERS, RECIPES, STEPS, settings, start_of
from lrviz.guide.rules import Advice, Change, Ranked, Rule, changes
from lrviz.guide.scene import QUESTIONS
from lrviz.schedules import Plateau
from lrviz.schedules.scene import Curve, SchedulesScene
from lrviz.sources import Source
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.pages import PAGES

PAGE = "page.guide"


def questions(form: Form) -> None:
    """Draw every question, each with an answer."""
    with st.container(border=True, gap="small"):
        for question in QUESTIONS:
            form.at(question)


# ------------------------------------------------------------------------------------------------------- the words


def names(words: Words) -> dict[str, str]:
    """Return what every schedule the rules can recommend is called."""
    return {name: words.w(f"{PAGE}.schedule.{name}") for name in (*RECIPES, "plateau")}


def cited(sources: Iterable[Source]) -> str:
    """Return links to some sources, as Markdown."""
    return ", ".join(f"[{plain(source.short)}]({source.url})" for source in sources)


def said(rule: Rule, words: Words) -> str:
    """Return why a rule says what it says, as Markdown: today's practice is marked, and all have their sources."""
    reason = words.w(f"{PAGE}.rule.{rule.id}")
    marked = words.w(f"{PAGE}.today", reason=reason) if rule.practice else reason
    return words.w(f"{PAGE}.cited", reason=marked, sources=cited(rule.cited))


def answer_name(question: str, answer: str, words: Words) -> str:
    """Return a question with one of its answers, in words."""
    label = words.label("guide", question)
    return words.w(f"{PAGE}.answer", question=label, answer=words.option("guide", question, answer))


def written(schedule: Any) -> str:
    """Return the values to start from, as one would type them."""
    return ", ".join(f"{k}={number(v) if isinstance(v, float) else v}" for k, v in settings(schedule).items())


# ------------------------------------------------------------------------------------------------------ the answers


def picture(advice: Advice, words: Words, height: int) -> None:
    """Draw the schedules that come first."""
    found = curves(advice)
    called = names(words)
    first = words.listed(*(called[name] for name in found.names))
    chart(
        advice_figure(found, called, words.group(f"{PAGE}.axis"), narrow=lesson.on_phone()),
        key="advice",
        alt=words.w(f"{PAGE}.alt.advice", names=first, steps=found.steps),
        words=words.group("chart"),
        height=height,
        filename="lrviz-guide",
    )


def verdict(advice: Advice, words: Words) -> None:
    """Say the advice in one sentence."""
    low, high = advice.batch_size
    said = words.w(
        f"{PAGE}.verdict",
        schedule=names(words)[advice.schedules[0].name],
        optimizer=words.kind(advice.optimizer),
        low=low,
        high=high,
        steps=f"{STEPS[advice.scene.amount]:,}",
    )
    st.markdown(said)


def cards(advice: Advice, words: Words) -> None:
    """Show the schedules that come first side by side, each with its values and its reasons."""
    first = advice.schedules[:SHOWN]
    for place, (column, ranked) in enumerate(zip(st.columns(len(first)), first, strict=True)):
        with column, st.container(border=True, gap="small", height="stretch"):
            _card(place, ranked, advice, words)
    if rest := advice.schedules[SHOWN:]:
        others = words.listed(*(f"{names(words)[one.name]} ({one.score})" for one in rest))
        st.caption(words.w(f"{PAGE}.others", names=others))


def _card(place: int, ranked: Ranked, advice: Advice, words: Words) -> None:
    schedule = start_of(ranked.name, advice.scene, advice.optimizer)
    title = words.w(f"{PAGE}.card", place=place + 1, name=names(words)[ranked.name], score=ranked.score)
    st.markdown(title)
    st.markdown(f"`{written(schedule)}`")
    if isinstance(schedule, Plateau):
        st.caption(words.w(f"{PAGE}.waits_for_loss"))
    st.markdown(reasons(ranked.reasons, words))
    link = words.w(f"{PAGE}.open")
    st.page_link(
        PAGES / "schedules.py", label=link, icon=":material/show_chart:", query_params=opened(schedule, advice)
    )


def reasons(found: Sequence[tuple[Rule, int]], words: Words) -> str:
    """Return the rules behind a recommendation, a paragraph each, what each gave in front."""
    return "\n\n".join(f"**{weight:+d}** {said(rule, words)}" for rule, weight in found)


def opened(schedule: Any, advice: Advice) -> dict[str, str]:
    """Return the address at which the Schedules page shows a recommended schedule."""
    if isinstance(schedule, Plateau):
        return to_address(SchedulesScene(view="feedback", plateau=schedule), SchedulesScene())
    curve = Curve(schedule=schedule)
    return to_address(SchedulesScene(steps=STEPS[advice.scene.amount], curves=(curve,)), SchedulesScene())


def beside(advice: Advice, words: Words) -> None:
    """Say which optimizer and batch size go with it, and which single answer would change the advice."""
    optimizer, batch, change = st.columns([1, 1, 1.2])
    with optimizer, st.container(border=True, gap="small", height="stretch"):
        _optimizer(advice, words)
    with batch, st.container(border=True, gap="small", height="stretch"):
        low, high = advice.batch_size
        st.markdown(words.w(f"{PAGE}.batch", low=low, high=high))
        sized = [rule for rule in advice.fired if rule.batch_size]
        st.markdown("\n\n".join(said(rule, words) for rule in reversed(sized)))
    with change, st.container(border=True, gap="small", height="stretch"):
        st.markdown(words.w(f"{PAGE}.change.heading"))
        st.markdown(would_change(changes(advice), words) or words.w(f"{PAGE}.change.nothing"))


def _optimizer(advice: Advice, words: Words) -> None:
    first, *rest = advice.optimizers
    rate = getattr(start_of("constant", advice.scene, advice.optimizer), "lr", 0.0)
    st.markdown(words.w(f"{PAGE}.optimizer", name=words.kind(first.name), rate=rate, score=first.score))
    st.markdown(reasons(first.reasons, words))
    if rest:
        others = words.listed(*(f"{words.kind(one.name)} ({one.score})" for one in rest))
        st.caption(words.w(f"{PAGE}.others", names=others))


def would_change(found: Sequence[Change], words: Words) -> str:
    """List what another answer would bring to the first place, the answers that bring the same together."""
    grouped: dict[str, list[str]] = {}
    for change in found:
        named = {
            change.schedule: names(words).get(change.schedule, ""),
            change.optimizer: _kind(change.optimizer, words),
        }
        for name, called in named.items():
            if name:
                grouped.setdefault(called, []).append(answer_name(change.question, change.answer, words))
    between = words.w(f"{PAGE}.change.or")
    return "\n".join(
        "- " + words.w(f"{PAGE}.change.line", name=name, answers=between.join(answers))
        for name, answers in grouped.items()
    )


def _kind(optimizer: str, words: Words) -> str:
    return words.kind(optimizer) if optimizer in OPTIMIZERS else ""
