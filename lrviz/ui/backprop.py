"""The pieces of the Backpropagation page that are its own: pass, network, plates, training, form, tabs."""

from collections.abc import Mapping

import streamlit as st

from lrviz.backprop.engine import PARAMETERS
from lrviz.backprop.scene import MOST_STEPS, RATES, STAGES, BackpropScene, Stage, Worked, worked
from lrviz.backprop.units import Unit
from lrviz.spec import Knob, choices_of
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.backprop_net import Drawing
from lrviz.ui.backprop_rows import rows
from lrviz.ui.chain import chain
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Band, Mark
from lrviz.ui.markdown import plain
from lrviz.ui.network import network
from lrviz.ui.permalink import Desk

PAGE = "page.backprop"
ERROR, VALUE = 9, 8
"""How many digits an error and a parameter are written with."""
JUMPS = (10, 100, 1_000)
MAZUR = BackpropScene()


def evaluated(scene: BackpropScene) -> Worked:
    """Return the scene worked out; the training is kept while only what is looked at changes."""
    kept: Worked | None = st.session_state.get("backprop worked")
    if kept is None or kept.scene != scene:
        same = kept is not None and training_of(kept.scene) == training_of(scene)
        kept = Worked(scene, kept.curves) if kept is not None and same else worked(scene)
        st.session_state["backprop worked"] = kept
    return kept


def training_of(scene: BackpropScene) -> BackpropScene:
    """Return the scene without what is only looked at."""
    return scene.but(stage=MAZUR.stage, chosen=MAZUR.chosen)


# ---------------------------------------------------------------------------------------------------- the pass


def headline(form: Form, result: Worked) -> None:
    """Draw the rate's knob with what every rate would do to the error behind it."""
    found, words = result.ruler, form.words
    named = {True: words.w(f"{PAGE}.ruler.falls"), False: words.w(f"{PAGE}.ruler.grows")}
    colors = {True: "@regime_good", False: "@regime_bad"}
    bands = [Band(stretch.to, colors[stretch.falls], named[stretch.falls]) for stretch in found.stretches]
    marks = [Mark(found.best, words.w(f"{PAGE}.ruler.best"))] if found.best else []
    form.at("lr", headline=True, look=Look(span=Knob(RATES.low, RATES.high, "log"), bands=bands, marks=marks))


def strip(desk: Desk[BackpropScene], words: Words) -> None:
    """Offer every stage of the pass."""
    key = f"backprop stage {words.language}"
    st.session_state[key] = desk.scene.stage

    def go() -> None:
        desk.put(desk.scene.at(st.session_state[key]))
        st.rerun()

    st.segmented_control(
        words.label("backprop", "stage"),
        STAGES,
        key=key,
        required=True,
        format_func=lambda stage: words.option("backprop", "stage", stage),
        label_visibility="collapsed",
        on_change=go,
    )


def stepper(desk: Desk[BackpropScene], result: Worked, words: Words) -> None:
    """Offer one stage back and one on, and say what is worked out here."""
    title, said = told(result, words)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _move(desk, words, "back", -1, ":material/chevron_left:")
        _move(desk, words, "forward", 1, ":material/chevron_right:")
        with st.container(gap=None):
            st.markdown(f"**{plain(title)}**")
            st.caption(plain(said))


def _move(desk: Desk[BackpropScene], words: Words, name: str, by: int, icon: str) -> None:
    there = desk.scene.stepped(by)

    def go() -> None:
        if there is not None:
            desk.put(there)
        st.rerun()

    label = words.w(f"{PAGE}.step.{name}")
    st.button(label, key=f"backprop {name}", icon=icon, disabled=there is None, on_click=go)


def picture(desk: Desk[BackpropScene], result: Worked, words: Words, height: int) -> None:
    """Draw the network as far as the pass has come."""
    drawing = Drawing(result, words, lesson.on_phone())

    def pick(name: str) -> None:
        desk.put(desk.scene.picked(name))
        st.rerun()

    chosen, said = result.scene.lit, words.group("chart") | {"keys": words.w(f"{PAGE}.pick.keys")}
    network(
        drawing.nodes(), drawing.edges(), key="net", alt=alt(result, words), words=said, height=height, on_pick=pick,
        chosen=chosen, filename="lrviz-backprop",
    )  # fmt: skip


def alt(result: Worked, words: Words) -> str:
    """Say what the picture shows now."""
    scene, now = result.scene, result.now
    values = {"stage": _stage(scene.stage, words), "done": scene.done, "error": result.error}
    values |= {"o1": float(now.out_o[0, 0]), "o2": float(now.out_o[0, 1])}
    said = words.w(f"{PAGE}.alt.net", **values)
    if not scene.lit:
        return said
    slope = float(result.gradient[PARAMETERS.index(scene.lit)])
    return f"{said} {words.w(f'{PAGE}.alt.path', name=scene.lit, gradient=slope)}"


def _stage(stage: Stage, words: Words) -> str:
    return words.option("backprop", "stage", stage)


def panel(result: Worked, words: Words) -> None:
    """Work out on plates what is looked at."""
    chain(rows(result), key="plates", label=told(result, words)[0])


def told(result: Worked, words: Words) -> tuple[str, str]:
    """Return what is looked at, and what happens there."""
    return _path_words(result, words) if result.scene.lit else _stage_words(result.scene, words)


def _stage_words(scene: BackpropScene, words: Words) -> tuple[str, str]:
    index = STAGES.index(scene.stage)
    part = "forward" if index <= STAGES.index("error") else "update" if scene.stage == "update" else "backward"
    title = words.w(f"{PAGE}.stage.{part}", index=index, count=len(STAGES) - 1)
    return title, words.w(f"{PAGE}.stage.said.{scene.stage}")


def _path_words(result: Worked, words: Words) -> tuple[str, str]:
    name, found = result.scene.lit, result.paths(result.scene.lit)
    if any(factor.reused for path in found for factor in path.factors):
        true = Worked(result.scene.but(update="simultaneous"), result.curves).gradient[PARAMETERS.index(name)]
        return f"∂E/∂{name}", words.w(f"{PAGE}.path.reused", gradient=number(float(true), VALUE))
    return f"∂E/∂{name}", words.w(f"{PAGE}.path.{'one' if len(found) == 1 else 'many'}", name=name, count=len(found))


# ---------------------------------------------------------------------------------------------------- the training


def chart_words(words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture of the errors."""
    named = {name: words.option("backprop", "update", name) for name in ("simultaneous", "reuse")}
    return words.group(f"{PAGE}.axis") | named


def errors_alt(result: Worked, words: Words) -> str:
    """Say what the curve shows now."""
    mine = result.curves.of(result.scene.update)
    values = {"first": float(mine[0]), "last": float(mine[-1]), "steps": len(mine) - 1, "done": result.scene.done}
    return words.w(f"{PAGE}.alt.errors", **values)


def numbers(result: Worked, words: Words) -> None:
    """Show the error, what the update makes of it, and how many updates were made."""
    lines = {
        "error": f"**{number(result.error, ERROR)}**",
        "after": f"**{number(result.error_after, ERROR)}**",
        "done": f"**{result.scene.done:,}**",
    }
    st.markdown("  \n".join(f"{words.w(f'{PAGE}.readout.{name}')} {said}" for name, said in lines.items()))


def training(desk: Desk[BackpropScene], words: Words) -> None:
    """Offer to update all weights at once, once or many times, and to begin again."""
    with st.container(horizontal=True, gap="small"):
        _train(desk, words.w(f"{PAGE}.train.one"), 1, words)
        _train(desk, words.w(f"{PAGE}.train.restart"), -MOST_STEPS, words)
    with st.container(horizontal=True, gap="small"):
        for more in JUMPS:
            _train(desk, f"+{more:,}", more, words)


def _train(desk: Desk[BackpropScene], label: str, more: int, words: Words) -> None:
    there = desk.scene.trained(more)

    def go() -> None:
        desk.put(desk.scene.trained(more))
        st.rerun()

    help = words.w(f"{PAGE}.train.help", count=f"{there.done - desk.scene.done:,}") if more > 0 else None
    icon = {1: ":material/moving:", -MOST_STEPS: ":material/first_page:"}.get(more)
    possible = there.done != desk.scene.done
    st.button(label, key=f"backprop train {more}", icon=icon, help=help, disabled=not possible, on_click=go)


def opened(desk: Desk[BackpropScene], done: float) -> None:
    """Open the pass after that many updates."""
    desk.put(desk.scene.but(done=min(max(round(done), 0), MOST_STEPS)))
    st.rerun()


def orders(result: Worked, words: Words) -> None:
    """Say what error both orders of the update lead to, after one update and at the end of the curve."""
    both = result.curves.simultaneous, result.curves.reuse
    for t in dict.fromkeys([1, len(both[0]) - 1]):
        together, reusing = (written_error(float(errors[t])) for errors in both)
        said = words.w(
            f"{PAGE}.orders.{'one' if t == 1 else 'many'}", count=f"{t:,}", together=together, reusing=reusing
        )
        st.caption(said)


def written_error(value: float) -> str:
    """Write an error with as many decimals as the worked example has, a small one with its leading digits."""
    return number(round(value, ERROR), ERROR) if value >= 1e-4 else number(value, 6)


def rescue(desk: Desk[BackpropScene], result: Worked, words: Words) -> None:
    """Say that the update makes the error grow, or where the training is lost, and offer a rate that lowers it."""
    if not result.grows and result.bad is None:
        return
    said = []
    if result.grows:
        values = {"lr": result.scene.lr, "before": result.error, "after": result.error_after}
        said.append(words.w(f"{PAGE}.rescue.grows", **values))
    if result.bad is not None:
        said.append(words.w(f"{PAGE}.rescue.lost", step=result.bad))
    saved = result.saving_rate

    def use() -> None:
        if saved is not None:
            desk.put(desk.scene.but(lr=saved))
        st.rerun()

    with st.container(border=True, gap="small"):
        st.markdown(plain(" ".join(said)))
        if saved is not None:
            st.button(
                words.w("autopsy.use", rate=saved), key="backprop rescue", icon=":material/healing:", on_click=use
            )


# ------------------------------------------------------------------------------------------------------- form


def controls(form: Form) -> None:
    """Draw what the network is made of: the lit parameter first, then how it learns, its units, its numbers."""
    words, scene = form.words, form.desk.scene
    if scene.lit:
        form.at(scene.lit)
    if scene.done:
        st.caption(words.w(f"{PAGE}.form.start", done=f"{scene.done:,}"))
    with st.container(border=True, gap="small"):
        form.at("update")
        form.at("biases")
        form.at("steps")
    with st.container(border=True, gap="small"):
        form.kind("hidden", choices_of(Unit))
        form.kind("output", choices_of(Unit), change=scene.with_output)
        form.kind("loss", scene.losses)
        if len(scene.losses) < len(choices_of(type(scene).model_fields["loss"].annotation)):
            st.caption(words.w(f"{PAGE}.form.no_cross_entropy"))
    _group(form, "given", ("i1", "i2", "t1", "t2"))
    _group(form, "weights", PARAMETERS)


def _group(form: Form, name: str, fields: tuple[str, ...]) -> None:
    """Offer some knobs behind a lid; while it is closed they are neither made nor sent."""
    scene, label = form.desk.scene, form.words.w(f"{PAGE}.form.{name}")
    changed = any(getattr(scene, field) != getattr(MAZUR, field) for field in fields)
    lid = st.expander(label, icon=":material/tune:", expanded=changed, key=f"backprop {name}", on_change="rerun")
    with lid:
        for field in fields if lid.open else ():
            if field != scene.lit:
                form.at(field)
