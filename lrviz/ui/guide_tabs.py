"""What stands behind the guide's answers: the reasons, tasks, every rule, code to start from, the trial's numbers."""

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.guide import start_code
from lrviz.guide.recipes import OPTIMIZERS, start_of
from lrviz.guide.rules import Advice, Rule, advise, rules
from lrviz.guide.scene import GuideScene
from lrviz.guide.trial import Found
from lrviz.text import Words
from lrviz.ui import guide, lesson
from lrviz.ui.guide_trial import result
from lrviz.ui.permalink import Desk

PAGE = "page.guide"


def tabs(desk: Desk[GuideScene], words: Words) -> None:
    """Offer what stands behind the answers, one at a time."""
    advice = advise(desk.scene)
    lesson.tabs(
        "guide",
        words,
        {
            "rules": lambda: every_rule(advice, words),
            "why": lambda: lesson.text(words, "guide", ("why",)),
            "try": lambda: lesson.text(words, "guide", ("try",)),
            "code": lambda: _code(advice, words),
            "data": lambda: _data(result(desk.scene), words),
        },
    )


# ------------------------------------------------------------------------------------------------------- the rules


def every_rule(advice: Advice, words: Words) -> None:
    """Show all rules: those that fired, then those that other answers would fire."""
    fired, quiet = list(advice.fired), [rule for rule in rules() if rule not in advice.fired]
    st.markdown(words.w(f"{PAGE}.rules.fired", count=len(fired), all=len(rules())))
    st.markdown(_table(fired, words))
    with st.expander(words.w(f"{PAGE}.rules.quiet", count=len(quiet))):
        st.markdown(_table(quiet, words))


def _table(shown: list[Rule], words: Words) -> str:
    """Return rules as a table, as Markdown; on a phone, where none fits, one after another."""
    names = [words.w(f"{PAGE}.rules.{name}") for name in ("when", "gives", "reason")]
    rows = [[when(rule, words), gives(rule, words), _reason(rule, words)] for rule in shown]
    if lesson.on_phone():
        parts = (" ".join(f"**{name}** {part}" for name, part in zip(names, row, strict=True)) for row in rows)
        return "\n\n".join(parts)
    return "\n".join(f"| {' | '.join(line)} |" for line in [names, ["---"] * len(names), *rows])


def when(rule: Rule, words: Words) -> str:
    """Return the answers a rule waits for, in words."""
    either = words.w(f"{PAGE}.change.or")
    return words.listed(
        *(
            words.w(f"{PAGE}.answer", question=words.label("guide", question), answer=either.join(
                words.option("guide", question, answer) for answer in answers
            ))
            for question, answers in rule.when.items()
        )
    )  # fmt: skip


def gives(rule: Rule, words: Words) -> str:
    """Return what a rule recommends, in words."""
    found = [f"{guide.names(words)[name]} {weight:+d}" for name, weight in rule.schedules.items()]
    found += [f"{words.kind(name)} {weight:+d}" for name, weight in rule.optimizers.items()]
    if rule.batch_size:
        low, high = rule.batch_size
        found.append(words.w(f"{PAGE}.rules.batch", low=low, high=high))
    return words.listed(*found)


def _reason(rule: Rule, words: Words) -> str:
    said = guide.said(rule, words)
    if not rule.against:
        return said
    return (
        said + " " + words.w(f"{PAGE}.rules.against", names=" ".join(words.w(f"{PAGE}.rule.{r}") for r in rule.against))
    )


# ------------------------------------------------------------------------------------------------------- taken home


def _code(advice: Advice, words: Words) -> None:
    ranked = advice.schedules[0]
    schedule = start_of(ranked.name, advice.scene, advice.optimizer)
    st.caption(words.w(f"{PAGE}.code", name=guide.names(words)[ranked.name], optimizer=words.kind(advice.optimizer)))
    rule = OPTIMIZERS[advice.optimizer]
    st.code(start_code(schedule, rule, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(ended: Found | None, words: Words) -> None:
    if ended is None:
        st.caption(words.w(f"{PAGE}.data.none"))
        return
    heads, columns = finals(ended)
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(heads, columns, first="seed"),
        file_name="lrviz-guide.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="guide csv",
    )
    st.caption(words.w(f"{PAGE}.data.about"))


def finals(ended: Found) -> tuple[list[str], np.ndarray]:
    """Return the last validation losses as columns, a row a seed; heads name schedule and rate."""
    tried = ended.trial
    heads = [f"{name} lr={tried.rates[k]}" for name, k in zip(tried.names, ended.best, strict=True)]
    return heads, np.asarray(ended.finals, dtype=np.float64)
