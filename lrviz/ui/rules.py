"""The pieces of the Rules page that are its own: the open update as a derivation, the switch, the form, the tabs."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.descend.derivation import SURFACE, Derivation, Row
from lrviz.descend.engine import Array
from lrviz.descend.racer import rescued
from lrviz.descend.rules import START, RulesScene, Worked, worked
from lrviz.optimizers import rule_kinds
from lrviz.schedules.rate import rate_of
from lrviz.spec import kind_of
from lrviz.text import Words, number
from lrviz.ui import descent, lesson
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk
from lrviz.ui.symbols import filled, inline, symbol, written

PAGE = "page.rules"
DIGITS = 6
MOST_COLUMNS = 8
NONE = "–"
HEADS = ("term", "formula", "numbers", "value")


def evaluated(scene: RulesScene) -> Worked:
    """Return the scene worked out, once however many parts of the page show it."""
    return once("rules worked", scene, lambda: worked(scene))


def chart_words(result: Worked, words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    return {
        "x": words.w("descent.update"),
        "y": words.w(f"{PAGE}.worked.weight"),
        "mine": words.kind(kind_of(result.scene.optimizer)),
        "other": flipped(result.scene, words),
    }


def names(words: Words) -> Mapping[str, str]:
    """Return what every rule is called."""
    return {kind: words.kind(kind) for kind in rule_kinds()}


def flipped(scene: RulesScene, words: Words) -> str:
    """Say what is different with the convention flipped."""
    name, other = scene.switched, scene.other
    value = getattr(other if name == "clip_norm" else other.optimizer, name)
    if isinstance(value, bool):
        return words.w(f"{PAGE}.worked.{'on' if value else 'off'}", name=name)
    return (
        words.option(kind_of(other.optimizer), name, value) if isinstance(value, str) else f"{name} = {number(value)}"
    )


def alt(result: Worked, words: Words) -> str:
    """Say what the picture shows now."""
    shown = {words.kind(kind_of(result.scene.optimizer)): result.mine.weights}
    if not result.same:
        shown[flipped(result.scene, words)] = result.other.weights
    said = [
        words.w(f"{PAGE}.alt.optimizer", name=name, first=float(w[0]), last=number(float(w[-1]), DIGITS))
        for name, w in shown.items()
    ]
    return words.w(f"{PAGE}.alt.weights", steps=result.scene.steps, optimizers=" ".join(said), count=len(result.behind))


# ------------------------------------------------------------------------------------------------- the derivation


def choice(form: Form) -> None:
    """Offer the rules."""
    form.kind(
        "optimizer",
        tuple(rule_kinds().values()),
        label=form.words.w("descent.optimizer"),
        change=form.desk.scene.with_rule,
    )


def headline(form: Form) -> None:
    """Draw the rate's knob."""
    if path := descent.rate_of_schedule(form, "schedule"):
        form.at(path, headline=True)


def stepper(desk: Desk[RulesScene], words: Words) -> None:
    """Offer the steps one by one, and the convention to flip."""
    scene = desk.scene
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _move(desk, words, "back", -1, scene.at > 1)
        _move(desk, words, "forward", 1, scene.at < scene.steps)
        said = words.w(f"{PAGE}.worked.step", step=scene.at, steps=scene.steps)
        st.markdown(f"**{plain(said)}**", width="content")
        _switch(desk, words)


def _move(desk: Desk[RulesScene], words: Words, name: str, by: int, possible: bool) -> None:
    icon = {"back": ":material/chevron_left:", "forward": ":material/chevron_right:"}[name]
    label = words.w(f"{PAGE}.worked.{name}")
    st.button(
        label,
        key=f"rules {name}",
        icon=icon,
        disabled=not possible,
        on_click=lambda: open_step(desk, desk.scene.at + by),
    )


def open_step(desk: Desk[RulesScene], step: int) -> None:
    """Open another step."""
    desk.put(desk.scene.opened(step))
    st.rerun()


def _switch(desk: Desk[RulesScene], words: Words) -> None:
    if desk.handout:  # there it is one of the form's knobs, or none
        return
    key, scene = f"rules switch {words.language} {kind_of(desk.scene.optimizer)}", desk.scene
    st.session_state[key] = scene.switched

    def take() -> None:
        desk.put(desk.scene.but(switch=st.session_state[key]))
        st.rerun()

    options = scene.conventions if scene.switched in scene.conventions else (*scene.conventions, scene.switched)
    st.segmented_control(
        words.label("rules", "switch"),
        options,
        key=key,
        required=True,
        format_func=lambda option: words.option("rules", "switch", option),
        help=words.help("rules", "switch"),
        on_change=take,
    )


def derivation(result: Worked, words: Words, *, narrow: bool = False) -> None:
    """Show the open update term by term: formula, numbers put in, value, and the value with the convention flipped."""
    group = words.group(f"{PAGE}.worked")
    name = flipped(result.scene, words)
    rows = [row for row in result.rows if row.term.formula not in _changing(result.mine)]
    if narrow:
        if any(map(_differs, rows)):
            st.caption(words.w(f"{PAGE}.worked.marked", option=f"**:primary-background[{plain(name)}]**"))
        st.markdown("\n".join(f"- {_narrow(row, result)}" for row in rows))
    else:
        head = [*(group[part] for part in HEADS), plain(name)]
        lines = [head, ["---"] * len(head), *(_cells(row, result) for row in rows)]
        st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    st.caption(_told(result, words))


def _cells(row: Row, result: Worked) -> list[str]:
    return [*map(inline, _formulas(row, result)), *_values(row)]


def _narrow(row: Row, result: Worked) -> str:
    """Return a row for a narrow screen: formula, numbers, value, and where the flipped convention has another, that."""
    name, formula, numbers = _formulas(row, result)
    value, flipped_value = _values(row)
    after = f" → {flipped_value}" if _differs(row) else ""
    return f"{inline(f'{name} = {formula}')} {inline(f'= {numbers}')} = **{value}**{after}"


def _differs(row: Row) -> bool:
    return row.changed or row.mine is None


def _formulas(row: Row, result: Worked) -> tuple[str, str, str]:
    """Return the name of a term, its formula, and the formula with numbers."""
    term, changing = row.term, _changing(result.other if row.mine is None else result.mine)
    formula = written(term.formula, term.numbers, changing)
    return symbol(term.name, changing), formula, filled(term.formula, term.numbers)


def _values(row: Row) -> tuple[str, str]:
    return NONE if row.mine is None else plain(number(row.mine.value, DIGITS)), _flipped_value(row)


def _changing(side: Derivation) -> frozenset[str]:
    return frozenset(line.name for line in side.lines)


def _flipped_value(row: Row) -> str:
    """Write a value with the convention flipped: marked where it is another one, with how much is added."""
    if row.other is None:
        return NONE
    value = plain(number(row.other.value, DIGITS))
    return value if not row.changed else f"**:primary-background[{value}]** {plain(_change(row))}"


def _change(row: Row) -> str:
    """Say how much the flipped convention adds, or what it multiplies by where that says more."""
    mine, other = row.mine, row.other
    if mine is None or other is None or not np.isfinite([mine.value, other.value]).all():
        return ""
    ratio = other.value / mine.value if mine.value else 0.0
    if ratio > 0 and not 0.8 < ratio < 1.25:
        return f"×{number(ratio, 3)}"
    added = other.value - mine.value
    return f"{'+' if added > 0 else '−'}{number(abs(added), 3)}"


def _told(result: Worked, words: Words) -> str:
    """Say which formulas are others with the convention flipped, or that it changes nothing."""
    if result.same:
        return words.w(f"{PAGE}.worked.same", steps=result.scene.steps)
    changing = _changing(result.other)
    formulas = [
        inline(f"{symbol(row.other.name, changing)} = {written(row.other.formula, row.other.numbers, changing)}")
        for row in result.rows
        if row.mine is not None and row.other is not None and row.mine.formula != row.other.formula
    ]
    parts = [words.w(f"{PAGE}.worked.loss")]
    if formulas:
        option = plain(flipped(result.scene, words))
        parts += [words.w(f"{PAGE}.worked.other", option=option), words.listed(*formulas)]
    return " ".join(parts)


def rescue(desk: Desk[RulesScene], result: Worked, words: Words) -> None:
    """Say why a rule diverges and offer the rate that would have saved it."""
    found = result.autopsy
    saved = None if found is None else rescued(rate_of(result.scene.schedule), found)

    def use(rate: float) -> None:
        desk.put(desk.scene.at_rate(rate))
        st.rerun()

    descent.rescue(found, words, saved, desk.scene.schedule, use, "rules rescue")


# ------------------------------------------------------------------------------------------------------- form


def controls(form: Form) -> None:
    """Draw the rule's fields, the run, the schedule of its rate."""
    words, scene = form.words, form.desk.scene
    st.caption(words.claim(kind_of(scene.optimizer)))
    with st.container(border=True, gap="small"):
        form.fields("optimizer")
        form.at("clip_norm")
    with st.expander(words.w(f"{PAGE}.run.title"), icon=":material/tune:"):
        form.at("steps")
        descent.schedule(form, "schedule", label=words.w("descent.schedule"))


# ------------------------------------------------------------------------------------------------------- tabs


def tabs(result: Worked, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    kind = kind_of(result.scene.optimizer)
    lesson.tabs(
        "rules",
        words,
        {
            "rule": lambda: lesson.text(words, "rules", (kind,)),
            "why": lambda: lesson.text(words, "rules", ("why",)),
            "try": lambda: lesson.text(words, "rules", ("try",)),
            "code": lambda: descent.code(_parts(result), words),
            "data": lambda: _data(result, words),
            "check": lambda: descent.check(_parts(result), words, "rules check"),
        },
    )


def _parts(result: Worked) -> descent.Parts:
    scene = result.scene
    return descent.Parts(SURFACE, scene.optimizer, scene.schedule, (START,), scene.steps, scene.clip_norm)


def _data(result: Worked, words: Words) -> None:
    """Show every term of every update, and offer them as CSV."""
    heads, columns = table(result.mine, words.w(f"{PAGE}.worked.weight"))
    descent.download(heads, columns, "rules", words)
    lines = [
        [str(t), *(NONE if np.isnan(v) else number(v, DIGITS) for v in row)] for t, row in enumerate(columns.T.tolist())
    ]
    lesson.table([words.w("descent.update"), *heads], lines)
    lesson.table(*everyone(result, words))


def everyone(result: Worked, words: Words) -> tuple[list[str], list[list[str]]]:
    """Return the weights of every rule in the picture as a table: its head, and a row a rule, the chosen one first."""
    steps = [*range(min(result.scene.steps, MOST_COLUMNS - 1) + 1)]
    if result.scene.steps >= MOST_COLUMNS:
        steps[-1] = result.scene.steps
    found = {kind_of(result.scene.optimizer): result.mine.weights} | dict(result.behind)
    rows = [[words.kind(kind), *(number(float(w[t]), DIGITS) for t in steps)] for kind, w in found.items()]
    return [words.w("descent.optimizer"), *(f"w_{t}" for t in steps)], rows


def table(side: Derivation, weight: str) -> tuple[list[str], Array]:
    """Return the names of all terms, the weight's as given, and their values after every update, (N, T+1).

    Before the first update there is but the weight; the rest is NaN.
    """
    start = [START if line.name == "x" else np.nan for line in side.lines]
    updates = [[term.value for term in side.terms(step)] for step in range(1, len(side.moments) + 1)]
    return [weight if line.name == "x" else line.name for line in side.lines], np.array([start, *updates]).T
