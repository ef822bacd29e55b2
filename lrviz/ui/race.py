"""The pieces of the Race page that are its own: the stage, the list of racers, the open one's form, the finish."""

from collections.abc import Callable
from typing import cast

import numpy as np
import streamlit as st

from lrviz.descend.race import Finish, Race, RaceScene, is_lowest, race
from lrviz.descend.racer import Racer, rescued
from lrviz.figures.theme import series
from lrviz.optimizers import Named, Optimizer, optimizer_kinds
from lrviz.spec import Knob, choices_of, kind_of
from lrviz.surfaces import Plane
from lrviz.text import Words, number
from lrviz.ui import descent, lesson, zoo
from lrviz.ui.form import Form, Look
from lrviz.ui.grids import surface_address
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.overlaid import overlaid
from lrviz.ui.permalink import Desk
from lrviz.ui.stage import Anatomy, Track, stage

PAGE = "page.race"
MOST_ROWS = 12
START = ("start_x", "start_y")
NEGLIGIBLE = 1e-5


def raced(scene: RaceScene) -> Race:
    """Return the scene's race, run once however many parts of the page show it."""
    found = zoo.found(scene)
    mark = (scene, [path if isinstance(path, str) else id(path) for path in found.values()])
    return once("race raced", mark, lambda: race(scene, found))


def names(scene: RaceScene, words: Words) -> list[str]:
    """Return what each racer is called: its own name, else its optimizer's, numbered where two are alike."""
    return lesson.distinct([racer.name or optimizer_name(racer.optimizer, words) for racer in scene.racers])


def optimizer_name(optimizer: Optimizer, words: Words) -> str:
    """Return what an optimizer is called: one from a library by its own name there."""
    return optimizer.which if isinstance(optimizer, Named) else words.kind(kind_of(optimizer))


# --------------------------------------------------------------------------------------------------- the stage


def headline(form: Form) -> None:
    """Draw the live knob: the open racer's rate, or where every rate is tried the length of the race."""
    if form.desk.scene.view == "fair":
        form.at("steps", headline=True)
        return
    path = descent.rate_of_schedule(form, f"racers.{form.desk.scene.open}.schedule")
    if path:
        form.at(path, headline=True)


def show(desk: Desk[RaceScene], words: Words, height: int) -> None:
    """Draw the race, with the anatomy of the open racer's steps; a new start is the scene's at once."""
    result = raced(desk.scene)
    scene, called = result.scene, names(result.scene, words)

    def place(x: float, y: float, done: bool) -> None:
        desk.put(desk.scene.from_start(x, y), settled=done)
        if done:
            st.rerun()

    shown = [i for i, f in enumerate(result.finishes) if f.racer.shown and f.run is not None]
    stage(
        [_track(result.finishes[i], called[i], series(scene.slots[i])) for i in shown],
        key=desk.named("race"),
        surface=surface_address(scene.surface),
        start=scene.begin,
        minima=[minimum.x for minimum in scene.surface.minima],
        steps=scene.steps,
        alt=alt(result, called, words),
        words=words.group("film") | words.group("stage"),
        on_start=None if any(map(desk.is_locked, START)) else place,
        height=height,
        chosen=shown.index(scene.open) if scene.open in shown else 0,
        anatomy=_anatomy(result.finishes[scene.open]) if scene.open in shown else None,
        floor=scene.surface.floor,
        filename="lrviz-race",
    )


def _track(finish: Finish, name: str, color: str) -> Track:
    assert finish.run is not None
    x = finish.run.x[0]
    bad = -1 if finish.bad is None else finish.bad
    return Track(name, color, x[:, 0], x[:, 1], finish.run.loss[0], bad)


def _anatomy(finish: Finish) -> Anatomy | None:
    """Return the parts of every update; None where there are none, or a rule that is not ours keeps them to itself."""
    run = finish.run
    if run is None or isinstance(finish.racer.optimizer, Named):
        return None
    return Anatomy(run.gradient[0], run.momentum[0], run.scale[0], run.step[0])


def alt(result: Race, called: list[str], words: Words) -> str:
    """Say what the picture shows now."""
    scene = result.scene
    said = []
    for name, finish in zip(called, result.finishes, strict=True):
        if not finish.racer.shown:
            continue
        if finish.bad is not None:
            said.append(words.w(f"{PAGE}.alt.diverged", name=name, step=finish.bad))
        elif finish.run is not None:
            said.append(words.w(f"{PAGE}.alt.optimizer", name=name, x=finish.x[0], y=finish.x[1], loss=finish.loss))
    surface = words.kind(kind_of(scene.surface))
    place = {"x": float(scene.begin[0]), "y": float(scene.begin[1])}
    return words.w(
        f"{PAGE}.alt.race", surface=surface, count=len(said), steps=scene.steps, optimizers=" ".join(said), **place
    )


# ----------------------------------------------------------------------------------------------------- the list


def racers(desk: Desk[RaceScene], words: Words) -> None:
    """Show the racers and what can be done with each; offer to add one."""
    kinds, rates = optimizer_kinds(), [rate(racer, words) for racer in desk.scene.racers]

    def fresh(kind: str) -> Racer:  # with the open one's rates, so that what differs is the optimizer
        return desk.scene.opened.but(name="", shown=True, optimizer=cast(Optimizer, kinds[kind]()))

    overlaid(desk, words, names(desk.scene, words), kinds, fresh, rates)


def rate(racer: Racer, words: Words) -> str:
    """Write a racer's rate, and its schedule where it is not constant."""
    kind, size = kind_of(racer.schedule), number(racer.rate, 3)
    return size if kind == "constant" else f"{size} · {words.kind(kind)}"


# -------------------------------------------------------------------------------------------------------- forms


def open_racer(form: Form) -> None:
    """Draw the open racer: its optimizer, the schedule of its rate, its clipping."""
    scene, words = form.desk.scene, form.words
    path = f"racers.{scene.open}"
    form.kind(f"{path}.optimizer", tuple(optimizer_kinds().values()), label=words.w(f"{PAGE}.list.kind"))
    st.caption(words.claim(kind_of(scene.opened.optimizer)))
    if isinstance(scene.opened.optimizer, Named):
        zoo.choose(form, f"{path}.optimizer")
    else:
        form.fields(f"{path}.optimizer")
    varied = kind_of(scene.opened.schedule) != "constant"
    with st.expander(words.w("descent.schedule"), icon=":material/show_chart:", expanded=varied):
        descent.schedule(form, f"{path}.schedule", label=words.w("descent.schedule"))
    form.at(f"{path}.clip_norm")


def run(form: Form) -> None:
    """Draw what all racers share: surface, start, length, noise, and what counts as arrived."""
    words, scene = form.words, form.desk.scene
    with st.container(border=True, gap="small"):
        form.kind("surface", choices_of(Plane), label=words.w("descent.surface"), change=scene.on)
        st.caption(words.claim(kind_of(scene.surface)))
        with st.expander(words.w(f"{PAGE}.run.title"), icon=":material/tune:"):
            descent.surface(form)
            for name, (low, high), own in zip(START, scene.surface.domain, scene.begin, strict=True):
                form.at(name, look=Look(span=Knob(low, high), instead=own))
            for name in ("steps", "noise", "seed", "tolerance"):
                form.at(name)


# ------------------------------------------------------------------------------------------------------- finish


def finish_table(result: Race, words: Words) -> None:
    """Show what each racer made of the race; on a phone without where it ended, which the picture shows."""
    columns = ("racer", "reached", "loss") if lesson.on_phone() else ("racer", "rate", "reached", "loss", "ended")
    called = names(result.scene, words)
    rows = [_row(name, finish, result, words) for name, finish in zip(called, result.finishes, strict=True)]
    head = [words.w(f"{PAGE}.finish.{name}") for name in columns]
    lesson.table(head, [[row[name] for name in columns] for row in rows])


def _row(name: str, finish: Finish, result: Race, words: Words) -> dict[str, str]:
    known = {"racer": name, "rate": rate(finish.racer, words), "loss": "", "ended": ""}
    if finish.run is None:
        return known | {"reached": zoo.reason(finish, words)}
    if finish.bad is not None:
        return known | {"reached": words.w(f"{PAGE}.finish.diverged", step=finish.bad)}
    missed = words.w(f"{PAGE}.finish.not_reached", steps=result.scene.steps) if result.scene.surface.minima else "–"
    reached = missed if finish.reached is None else str(finish.reached)
    place = f"({', '.join(_coordinate(value, result.scene) for value in finish.x)})"
    ended = f"{place} · {_where(finish, result, words)}"
    return known | {"reached": reached, "loss": number(finish.loss), "ended": ended}


def _coordinate(value: float, scene: RaceScene) -> str:
    """Write a coordinate as exactly as it matters on this surface."""
    low, high = scene.surface.domain[0]
    return "0" if abs(value) < NEGLIGIBLE * (high - low) else number(value, 3)


def _where(finish: Finish, result: Race, words: Words) -> str:
    surface, index = result.scene.surface, finish.minimum
    code = "nowhere" if index is None else "global" if is_lowest(surface, index) else "local"
    return words.w(f"{PAGE}.finish.{code}")


def notes(desk: Desk[RaceScene], result: Race, words: Words) -> None:
    """Say what must not be overlooked: clipped gradients, whether torch agrees, why the open racer diverged."""
    scene = result.scene
    for i, (name, racer) in enumerate(zip(names(scene, words), scene.racers, strict=True)):
        if racer.clip_norm:
            said = words.w(f"{PAGE}.run.clipped", norm=racer.clip_norm)
            st.caption(f":material/content_cut: **{plain(name)}**: {plain(said)}")
        if isinstance(racer.optimizer, Named) and zoo.sets_own_rate(scene, i):
            st.caption(f":material/info: **{plain(name)}**: {plain(words.w('zoo.own_rate'))}")
    if not any(racer.shown for racer in scene.racers):
        st.info(words.w(f"{PAGE}.list.all_hidden"), icon=":material/visibility_off:")
    if not isinstance(scene.opened.optimizer, Named):
        descent.check(parts(scene, scene.opened), words, "race check")
    found = result.autopsy
    saved = None if found is None else rescued(scene.opened.rate, found)

    def use(rate: float) -> None:
        now = desk.scene
        desk.put(now.with_changed(now.open, now.opened.at_rate(rate)))

    lesson.own(lambda: descent.rescue(found, words, saved, scene.opened.schedule, use, "race rescue"))


# ---------------------------------------------------------------------------------------------------------- tabs


def tabs(result: Race, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    scene = result.scene
    kinds = kind_of(scene.opened.optimizer), kind_of(scene.surface)
    lesson.tabs(
        "race",
        words,
        {
            "why": lambda: lesson.text(words, "race", ("why", "anatomy" if scene.view == "race" else "fair")),
            "try": lambda: lesson.text(words, "race", ("try",)),
            "racer": lambda: lesson.text(words, "rules", (kinds[0],)),
            "surface": lambda: lesson.text(words, "race", (kinds[1],)),
            "code": lambda: _for_rules(scene.opened, lambda: descent.code(parts(scene, scene.opened), words), words),
            "data": lambda: _data(result, words),
            "check": lambda: _checks(scene, words),
        },
    )


def parts(scene: RaceScene, racer: Racer) -> descent.Parts:
    """Return one racer's run as what code and check are made from; its optimizer must be a rule of ours."""
    assert not isinstance(racer.optimizer, Named)
    return descent.Parts(
        scene.surface,
        racer.optimizer,
        racer.schedule,
        scene.begin,
        scene.steps,
        racer.clip_norm,
        scene.noise,
        scene.seed,
    )


def _for_rules(racer: Racer, draw: Callable[[], None], words: Words) -> None:
    if isinstance(racer.optimizer, Named):
        st.caption(words.w("page.rules.worked.not_ours"))
    else:
        draw()


def _checks(scene: RaceScene, words: Words) -> None:
    for i, (name, racer) in enumerate(zip(names(scene, words), scene.racers, strict=True)):
        st.markdown(f"**{plain(name)}**")
        _for_rules(racer, lambda i=i, racer=racer: descent.check(parts(scene, racer), words, f"race check {i}"), words)


def _data(result: Race, words: Words) -> None:
    scene, called = result.scene, names(result.scene, words)
    columns, heads = [], []
    for name, finish in zip(called, result.finishes, strict=True):
        if finish.run is not None:
            columns += [*finish.run.x[0].T, finish.run.loss[0]]
            heads += [f"{name} x", f"{name} y", f"{name} {words.w('descent.loss')}"]
    descent.download(heads, np.stack(columns), "race", words)
    steps = np.unique(np.r_[np.arange(min(MOST_ROWS, scene.steps + 1)), scene.steps])
    rows = [[str(t), *(number(float(column[t]), 5) for column in columns)] for t in steps]
    lesson.table([words.w("descent.update"), *heads], rows)
