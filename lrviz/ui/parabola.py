"""The pieces of the Parabola page that are its own: the rate on its ruler, what it does, the iterations, the form."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.descend.parabola import ParabolaScene, Walk, walk
from lrviz.descend.racer import rescued
from lrviz.optimizers import SGD, rule_kinds
from lrviz.spec import Knob, choices_of, kind_of
from lrviz.surfaces import Line
from lrviz.text import Words, number
from lrviz.ui import descent, lesson
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Band, Mark
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.permalink import Desk

PAGE = "page.parabola"
MOST_COLUMNS = 9
RULER = 1.8
"""The knob reaches this many times the bound."""
REGIME_COLORS = {
    "creeping": "@regime_slow",
    "converging": "@regime_good",
    "oscillating": "@regime_swing",
    "exploding": "@regime_bad",
}


def walked(scene: ParabolaScene) -> Walk:
    """Return the scene's walk, made once however many parts of the page show it."""
    return once("parabola walked", scene, lambda: walk(scene))


def chart_words(words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    return words.group(f"{PAGE}.axis")


def alt(result: Walk, words: Words) -> str:
    """Say what the picture shows now."""
    finite = np.flatnonzero(np.isfinite(result.x))
    last = int(finite[-1]) if finite.size else 0
    said = {"start": result.scene.begin, "end": float(result.x[last]), "step": last}
    if last < result.scene.steps or result.path.bad[0] >= 0:
        return words.w(f"{PAGE}.alt.walk_away", **said)
    losses = {"first": float(result.loss[0]), "last": float(result.loss[-1]), "steps": result.scene.steps}
    return words.w(f"{PAGE}.alt.walk", **said, **losses, regime=regime_names(result, words))


def regime_names(result: Walk, words: Words) -> str:
    """Name the regimes the walk goes through, in order; one that the curve holds does not explode, but is unsettled."""
    names = [*result.regimes[:-1], "unsettled"] if result.held else result.regimes
    return " → ".join(words.w(f"{PAGE}.regime.{name}") for name in names)


# ---------------------------------------------------------------------------------------------------- the knob


def headline(form: Form, result: Walk) -> None:
    """Draw the rate's knob with the ruler of regimes behind it."""
    path = descent.rate_of_schedule(form, "schedule")
    if path:
        form.at(path, headline=True, look=_ruler(result, form.words))


def _ruler(result: Walk, words: Words) -> Look:
    if not result.bound:
        return Look()
    high = float(f"{RULER * result.bound:.2g}")
    span = Knob(float(f"{high / 450:.1g}"), high)
    named = {name: words.w(f"{PAGE}.regime.{name}") for name in REGIME_COLORS}
    bands = [Band(s.to, REGIME_COLORS[s.regime], named[s.regime]) for s in result.ruler(span.low, span.high)]
    marks = [Mark(at, label) for at, label in ((result.best, "1/λ"), (result.bound, _bound_name(result))) if at]
    return Look(span=span, bands=bands, marks=marks)


def _bound_name(result: Walk) -> str:
    return "2/λ" if result.scene.optimizer == SGD() else f"{number(result.bound or 0, 3)}"


# ---------------------------------------------------------------------------------------------------- read-outs


def regime(result: Walk, words: Words) -> None:
    """Name the regime and say why: the factor, the rate, the bound."""
    name = f"**{plain(regime_names(result, words))}** · " if result.regimes else ""
    st.markdown(name + plain(f"{_sentence(result, words)} {_note(result, words)}".strip()))


def _sentence(result: Walk, words: Words) -> str:
    if len(result.regimes) != 1 or result.factor is None or result.bound is None:
        return ""
    if result.held:
        rate = float(result.path.rates[0, -1])
        return words.w(f"{PAGE}.note.held", rate=rate, bound=result.bound, factor=abs(result.factor))
    group = "said" if kind_of(result.scene.optimizer) == "sgd" else "said_momentum"
    values = {"factor": abs(result.factor), "rate": float(result.path.rates[0, -1]), "bound": result.bound}
    return words.w(f"{PAGE}.regime.{group}.{result.regimes[0]}", **values)


def _note(result: Walk, words: Words) -> str:
    """Say what a learner has to know about lambda and the bound on this curve, or nothing where all is exact."""
    scene = result.scene
    if result.minimum is None:
        return words.w(f"{PAGE}.note.no_minimum")
    if result.curvature is None:
        flat = np.isfinite(scene.surface.curvature(np.array(result.minimum.x)))
        return words.w(f"{PAGE}.note.{'flat' if flat else 'kink'}")
    if result.bound is None:
        return words.w(f"{PAGE}.note.no_bound", optimizer=words.kind(kind_of(scene.optimizer)))
    if len(result.regimes) > 1:
        return words.w(f"{PAGE}.note.schedule", bound=result.bound)
    if kind_of(scene.surface) == "quadratic":
        return ""
    return words.w(f"{PAGE}.note.local", curvature=result.curvature, bound=result.bound)


def numbers(result: Walk, words: Words) -> None:
    """Show the numbers behind the regime in one line."""
    shown = {"last": number(float(result.x[-1]))}
    if result.factor is not None and result.bound is not None:
        bound = "bound" if kind_of(result.scene.optimizer) == "sgd" else "limit"
        shown = {
            _factor_name(result): f"{_signed(result.factor)}",
            bound: number(result.bound),
            "curvature": number(result.curvature or 0),
        } | shown
    steps = result.scene.steps
    said = (f"{words.w(f'{PAGE}.readout.{name}', steps=steps)} **{plain(value)}**" for name, value in shown.items())
    st.markdown(" · ".join(said), help=words.w(f"{PAGE}.readout.factor_help"))


def _factor_name(result: Walk) -> str:
    if kind_of(result.scene.schedule) != "constant":
        return "factor_last"
    return "factor" if kind_of(result.scene.optimizer) == "sgd" else "factor_long"


def _signed(factor: complex) -> str:
    return number(factor.real) if abs(factor.imag) < 1e-12 else f"|{number(abs(factor))}|"


def iterations(result: Walk, words: Words) -> None:
    """Show iteration, position, gradient and loss side by side, the first and the last ones where there are many."""
    count = len(result.x)
    few = count <= MOST_COLUMNS
    kept = [*range(count)] if few else [*range(MOST_COLUMNS - 3), *range(count - 2, count)]
    digits = 3 if lesson.on_phone() else 5
    columns = {"x": result.x, "gradient": result.gradient, "loss": result.loss}
    rows = {"iteration": [str(t) for t in kept]}
    rows |= {name: [number(float(values[t]), digits) for t in kept] for name, values in columns.items()}
    gap = None if few else MOST_COLUMNS - 3
    lines = [[words.w(f"{PAGE}.table.{name}"), *_with_gap(cells, gap)] for name, cells in rows.items()]
    if lesson.on_phone():  # a narrow screen has more room downwards
        lines = [list(line) for line in zip(*lines, strict=True)]
    lesson.table(lines[0], lines[1:])


def _with_gap(cells: list[str], at: int | None) -> list[str]:
    return cells if at is None else [*cells[:at], "…", *cells[at:]]


def rescue(desk: Desk[ParabolaScene], result: Walk, words: Words) -> None:
    """Say why a walk diverges and offer the rate that would have saved it."""
    found = result.autopsy
    saved = None if found is None else rescued(result.rate, found)

    def use(rate: float) -> None:
        desk.put(desk.scene.at_rate(rate))

    descent.rescue(found, words, saved, desk.scene.schedule, use, "parabola rescue")


# ------------------------------------------------------------------------------------------------------- form


def controls(form: Form) -> None:
    """Draw what the walk is made of: the curve and start, its length, its rule, the schedule of its rate."""
    words, scene = form.words, form.desk.scene
    with st.container(border=True, gap="small"):
        form.kind("surface", choices_of(Line), change=scene.on)
        st.caption(words.claim(kind_of(scene.surface)))
        descent.surface(form)
        low, high = scene.surface.domain[0]
        form.at("start", look=Look(span=Knob(low, high), instead=scene.begin))
        form.at("steps")
    with st.container(border=True, gap="small"):
        descent.rule(form, "optimizer", rule_kinds(), label=words.w("descent.optimizer"))
    with st.expander(
        words.w("descent.schedule"), icon=":material/show_chart:", expanded=kind_of(scene.schedule) != "constant"
    ):
        descent.schedule(form, "schedule", label=words.w("descent.schedule"))
    form.at("loss_axis")


# ------------------------------------------------------------------------------------------------------- tabs


def check(result: Walk, words: Words) -> None:
    """Have the walk recomputed with PyTorch, in a worker, after the picture."""
    descent.check(_parts(result), words, "parabola check")


def tabs(result: Walk, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "parabola",
        words,
        {
            "why": lambda: lesson.text(words, "parabola", ("why",)),
            "try": lambda: lesson.text(words, "parabola", ("try",)),
            "code": lambda: descent.code(_parts(result), words),
            "data": lambda: _data(result, words),
        },
    )


def _parts(result: Walk) -> descent.Parts:
    scene = result.scene
    return descent.Parts(scene.surface, scene.optimizer, scene.schedule, (scene.begin,), scene.steps)


def _data(result: Walk, words: Words) -> None:
    names = [words.w(f"{PAGE}.table.{name}") for name in ("x", "gradient", "loss")]
    columns = np.stack([result.x, result.gradient, result.loss])
    descent.download(names, columns, "parabola", words)
    head = [words.w(f"{PAGE}.table.iteration"), *names]
    kept = np.unique(np.r_[np.arange(min(20, len(result.x))), np.arange(max(0, len(result.x) - 5), len(result.x))])
    lesson.table(head, [[str(t), *(repr(float(v)) for v in columns[:, t])] for t in kept])
