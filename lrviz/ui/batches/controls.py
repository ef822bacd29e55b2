"""What is chosen on the batches page: the view, the batch size on its ruler, and what else the view is made of."""

from collections.abc import Mapping
from typing import get_args

import streamlit as st

from lrviz.batches.growth import Growth
from lrviz.batches.scene import PRESETS, BatchesScene, View, cloud_of
from lrviz.batches.training import SAMPLES
from lrviz.figures.batches.scaling import LARGEST
from lrviz.spec import Knob, choices_of, kind_of
from lrviz.text import Words
from lrviz.ui import lesson
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Band, Mark
from lrviz.ui.mode import bare
from lrviz.ui.permalink import Desk

PAGE = "page.batches"
VIEWS: tuple[View, ...] = get_args(View)
FIELDS: Mapping[View, tuple[str, ...]] = {
    "paths": ("lr", "epochs", "seed", "drop_last"),
    "count": ("counting.samples", "counting.epochs", "drop_last"),
    "noise": ("along", "lr", "seed"),
    "scaling": ("quadratic.optimizer", "quadratic.lr", "quadratic.curvature", "quadratic.noise"),
    "growth": ("lr", "growth_epochs", "seed", "drop_last"),
}


def choices(desk: Desk[BatchesScene], words: Words) -> None:
    """Show the views, the worked examples of the one that is open, and the way back; as slides, those of all."""
    here = {name: scene for name, scene in PRESETS.items() if bare() or scene.view == desk.scene.view}
    lesson.choices(desk, words, here, lambda: _views(desk, words), wide=6.5)


def _views(desk: Desk[BatchesScene], words: Words) -> None:
    """Offer the views, side by side."""
    key = f"batches view {words.language}"
    st.session_state[key] = desk.scene.view

    def take() -> None:
        desk.put(desk.scene.but(view=st.session_state[key]))

    st.segmented_control(
        words.label("batches", "view"),
        VIEWS,
        key=key,
        required=True,
        format_func=lambda view: words.option("batches", "view", view),
        label_visibility="collapsed",
        on_change=take,
    )


def headline(form: Form) -> None:
    """Draw the live knob: the batch size, with what the view knows of it on its ruler."""
    look = {"count": _counted, "noise": _noisy, "scaling": _scaled}.get(form.desk.scene.view, _trained)
    form.at("batch_size", headline=True, look=look(form.desk.scene, form.words))


def _trained(scene: BatchesScene, words: Words) -> Look:
    return Look(span=Knob(1, SAMPLES, "log"), marks=[Mark(SAMPLES, "N")])


def _counted(scene: BatchesScene, words: Words) -> Look:
    samples = scene.counting.samples
    return Look(span=Knob(1, max(samples, 2), "log"), marks=[Mark(samples, "N")])


def _noisy(scene: BatchesScene, words: Words) -> Look:
    """Mark the batch whose noise is as large as the gradient: below it chance decides, above it the slope does."""
    simple = cloud_of(scene).simple
    names = [words.w(f"{PAGE}.band.noise"), words.w(f"{PAGE}.band.slope")]
    inside = min(max(simple, 1.0), SAMPLES)
    bands = [Band(inside, "@regime_swing", names[0])] if simple > 1 else []
    bands += [Band(SAMPLES, "@regime_good", names[1])] if simple < SAMPLES else []
    return Look(span=Knob(1, SAMPLES, "log"), bands=bands, marks=[Mark(simple, "B_simple")])


def _scaled(scene: BatchesScene, words: Words) -> Look:
    """Colour where the rule that is meant to change nothing holds, where it strays, and where it diverges."""
    sgd = scene.quadratic.optimizer == "sgd"
    ends = (scene.quadratic.holds_to, scene.quadratic.breaks_at, LARGEST)
    colors = ("@regime_good", "@regime_swing", "@regime_bad" if sgd else "@regime_slow")
    last = "breaks" if sgd else "beyond"
    names = (words.w(f"{PAGE}.band.holds"), words.w(f"{PAGE}.band.strays"), words.w(f"{PAGE}.band.{last}"))
    bands, low = list[Band](), 1.0
    for end, color, name in zip(ends, colors, names, strict=True):
        to = min(end, LARGEST)
        bands += [Band(to, color, name)] if to > low else []
        low = max(low, to)
    return Look(span=Knob(1, LARGEST, "log"), bands=bands)


def form(form: Form) -> None:
    """Draw what else the view is made of."""
    scene, words = form.desk.scene, form.words
    if scene.view == "growth":
        with st.container(border=True, gap="small"):
            form.kind("growth", choices_of(Growth))
            st.caption(words.claim(kind_of(scene.growth)))
            form.fields("growth")
    with st.container(border=True, gap="small"):
        for path in FIELDS[scene.view]:
            form.at(path)
