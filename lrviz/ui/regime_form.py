"""The form beside the regime map: what its axes vary, and what every cell's run is made of."""

import streamlit as st

from lrviz.descend.regimes import RegimesScene, Side
from lrviz.optimizers import rule_kinds
from lrviz.schedules import Constant
from lrviz.spec import Knob, choices_of, fields_of, kind_of
from lrviz.surfaces import Surface
from lrviz.text import Words
from lrviz.ui import descent
from lrviz.ui.form import Form, Look
from lrviz.ui.permalink import Desk
from lrviz.ui.regimes import axis_name

PAGE = "page.regimes"

SIDES: tuple[tuple[Side, str], tuple[Side, str]] = (("across", "x"), ("up", "y"))


def controls(form: Form) -> None:
    """Draw the map's axes, and what every cell's run is made of."""
    axes(form)
    runs(form)


def axes(form: Form) -> None:
    """Draw what the map varies along its axes, each over which range."""
    desk, words = form.desk, form.words
    scene: RegimesScene = desk.scene
    with st.container(border=True, gap="small"):
        for side, label in SIDES:
            _axis(desk, side, words.w(f"{PAGE}.map.{label}"), words)
        if "lr" in (scene.across, scene.up):
            _scale(desk, words)
        with st.container(horizontal=True):
            _button("swap", ":material/swap_horiz:", desk, scene.swapped(), words)
            if scene.is_zoomed:
                _button("whole", ":material/zoom_out_map:", desk, scene.zoomed(None), words)
        with st.expander(words.w(f"{PAGE}.map.ranges"), icon=":material/straighten:", expanded=False):
            for side, _ in SIDES:
                _range(form, side)


def _range(form: Form, side: Side) -> None:
    scene: RegimesScene = form.desk.scene
    low, high = usual = scene.usual_span(getattr(scene, side))
    for end, value in zip(("low", "high"), usual, strict=True):
        span = Knob(low, high, "log" if scene.is_log(side) else "linear")
        form.at(f"{side}_{end}", look=Look(span=span, instead=value))


def _button(name: str, icon: str, desk: Desk[RegimesScene], scene: RegimesScene, words: Words) -> None:
    st.button(words.w(f"{PAGE}.map.{name}"), key=f"regimes {name}", icon=icon, on_click=lambda: _put(desk, scene))


def _put(desk: Desk[RegimesScene], scene: RegimesScene) -> None:
    """Make a scene the page's and draw all of it again: by itself a touch redraws only the part it is in."""
    desk.put(scene)
    st.rerun()


def _axis(desk: Desk[RegimesScene], side: Side, label: str, words: Words) -> None:
    key = f"regimes {side} {words.language}"
    st.session_state[key] = getattr(desk.scene, side)

    def take() -> None:
        _put(desk, desk.scene.varying(side, st.session_state[key]))

    names = {name: axis_name(name, words) for name in desk.scene.axes}
    st.selectbox(label, names, key=key, format_func=names.__getitem__, on_change=take)


def _scale(desk: Desk[RegimesScene], words: Words) -> None:
    key = f"regimes scale {words.language}"
    st.session_state[key] = desk.scene.lr_scale

    def take() -> None:
        _put(desk, desk.scene.scaled(st.session_state[key]))

    st.segmented_control(
        words.label("regimes", "lr_scale"),
        ("linear", "log"),
        key=key,
        required=True,
        format_func=lambda scale: words.option("regimes", "lr_scale", scale),
        help=words.help("regimes", "lr_scale"),
        on_change=take,
    )


def runs(form: Form) -> None:
    """Draw what every cell's run is made of: surface, start, rule, schedule; and how many there are."""
    words = form.words
    scene: RegimesScene = form.desk.scene
    with st.container(border=True, gap="small"):
        form.kind("surface", choices_of(Surface), change=scene.on)
        st.caption(words.claim(kind_of(scene.surface)))
        form.fields("surface")
        for name, own, (low, high) in zip(("start_x", "start_y"), scene.begin, scene.surface.domain, strict=False):
            form.at(name, look=Look(span=Knob(low, high), instead=own))
    with st.container(border=True, gap="small"):
        form.kind(
            "optimizer", tuple(rule_kinds().values()), label=words.w("descent.optimizer"), change=scene.with_optimizer
        )
        st.caption(words.claim(kind_of(scene.optimizer)))
        for name, _ in fields_of(scene.optimizer):
            if name not in (scene.across, scene.up):
                form.at(f"optimizer.{name}")
    with st.expander(
        words.w("descent.schedule"), icon=":material/show_chart:", expanded=not isinstance(scene.schedule, Constant)
    ):
        descent.schedule(form, "schedule", label=words.w("descent.schedule"))
    with st.container(border=True, gap="small"):
        form.at("cells", look=Look(span=Knob(min(50, scene.most_cells), max(scene.most_cells, scene.cells))))
        if "lr" not in (scene.across, scene.up):
            form.at("steps", look=Look(span=Knob(10, max(scene.most_steps, 20), "log")))
        form.at("noise")
        form.at("seed")
