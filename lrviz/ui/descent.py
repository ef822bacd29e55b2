"""What the descent lessons share: the autopsy of a run, the rate's knob, a schedule and a rule as forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lrviz.descend.autopsy import Autopsy
from lrviz.descend.engine import Array
from lrviz.export import csv, descent_code
from lrviz.optimizers import RuleSpec
from lrviz.schedules import Schedule, schedule_kinds
from lrviz.schedules.rate import at_rate_or_none, rate_path
from lrviz.spec import Spec, kind_of, to_address, value_at
from lrviz.surfaces import SurfaceSpec
from lrviz.text import Words
from lrviz.ui.ask import proof
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain


def explain(found: Autopsy, words: Words) -> str:
    """Say in two or three sentences why a run diverged."""
    said = {"rate": found.rate, "curvature": found.curvature, "product": found.product, "step": found.step}
    where = words.w("autopsy.where", **said)
    if found.curvature <= 0:
        return f"{where} {words.w('autopsy.downhill', curvature=found.curvature)}"
    if found.limit is None:
        return f"{where} {words.w('autopsy.no_limit', product=found.product)}"
    verdict = "over" if found.explained else "under"
    return f"{where} {words.w(f'autopsy.{verdict}', product=found.product, limit=found.limit)}"


def rescue(
    found: Autopsy | None,
    words: Words,
    saved: float | None,
    schedule: Schedule,
    use: Callable[[float], None],
    key: str,
) -> None:
    """Show why a run diverged and offer the largest rate that saves it; nothing where it did not diverge.

    The rate is named, but not offered, where its schedule cannot be written at it.
    """
    if found is None:
        return
    last = words.w("autopsy.not_saved") if saved is None else words.w("autopsy.saved", rate=saved)
    bad = words.w("autopsy.bad", step=found.bad)

    def take() -> None:
        if saved is not None:
            use(saved)
        st.rerun()  # all of the page: the button may stand in a part of it that runs by itself

    with st.container(border=True, gap="small"):
        st.markdown(f"**{words.w('autopsy.title')}** {plain(f'{bad} {explain(found, words)} {last}')}")
        if saved is not None and at_rate_or_none(schedule, saved) is not None:
            label = words.w("autopsy.use", rate=saved)
            st.button(label, key=key, icon=":material/healing:", on_click=take)


def rate_of_schedule(form: Form, path: str) -> str:
    """Return the path of the field that sets how large a schedule's rates are, "" where no one field does."""
    below = rate_path(value_at(form.desk.scene, path))
    return below and f"{path}.{below}"


def schedule(form: Form, path: str, *, label: str) -> None:
    """Draw the schedule at a path: its kind, and its fields but the rate, which is the lesson's knob."""
    form.kind(path, tuple(schedule_kinds().values()), label=label)
    st.caption(form.words.claim(kind_of(value_at(form.desk.scene, path))))
    form.without(rate_of_schedule(form, path)).fields(path)


def surface(form: Form) -> None:
    """Draw a surface's own fields but its start, which is the scene's to say; a slice's were measured, not chosen."""
    if kind_of(value_at(form.desk.scene, "surface")) != "slice":
        form.without("surface.start_x", "surface.start_y").fields("surface")


def rule(form: Form, path: str, kinds: Mapping[str, type[Spec]], *, label: str, change: Any = None) -> None:
    """Draw the optimizer at a path: its kind, what it does in a sentence, and its fields."""
    form.kind(path, tuple(kinds.values()), label=label, change=change)
    st.caption(form.words.claim(kind_of(value_at(form.desk.scene, path))))
    form.fields(path)


@dataclass(frozen=True)
class Parts:
    """What one run is made of: enough to write it as code and to have it recomputed."""

    surface: SurfaceSpec
    optimizer: RuleSpec
    schedule: Schedule
    start: tuple[float, ...]
    steps: int
    clip_norm: float = 0.0
    noise: float = 0.0
    seed: int = 0


def check(parts: Parts, words: Words, key: str) -> None:
    """Have a run recomputed with PyTorch in a worker, after the picture."""
    proof(question(parts), words, key, "descent")


def question(parts: Parts) -> dict[str, str]:
    """Write a run as the question the check answers."""
    start = {f"start_{name}": repr(place) for name, place in zip("xy", parts.start, strict=False)}
    numbers = {name: str(getattr(parts, name)) for name in ("steps", "clip_norm", "noise", "seed")}
    specs = {name: getattr(parts, name) for name in ("surface", "optimizer", "schedule")}
    written = [address for name, spec in specs.items() for address in _written(spec, name).items()]
    return {"question": "descent", **dict(written), **start, **numbers}


def code(parts: Parts, words: Words) -> None:
    """Show a run as a complete PyTorch snippet."""

    st.code(descent_code(**vars(parts), note=lambda key: words.w(f"export_note.{key}")), language="python")


def download(names: Sequence[str], columns: Array, lesson: str, words: Words, first: str = "step") -> None:
    """Offer a table of steps as CSV, columns (N, T+1) under their names; `first` heads the column that counts them."""
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, columns, first=first),
        file_name=f"lrviz-{lesson}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{lesson} csv",
    )


def _written(spec: Spec, path: str) -> dict[str, str]:
    """Write a Spec at a path of an address, its kind included."""
    return {path: kind_of(spec)} | to_address(spec, type(spec)(), f"{path}.")
