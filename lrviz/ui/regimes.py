"""The pieces of the Regime map page that are its own: the map, what it says of a cell, the way to that run."""

import re
from collections.abc import Mapping

import numpy as np
import streamlit as st

from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.regime_map import Cell, RegimeMap, opened, place_of, racer_of, regime_map
from lrviz.descend.regimes import Axis, RegimesScene
from lrviz.export import csv
from lrviz.figures.regimes import regimes_figure
from lrviz.spec import Knob, kind_of, to_address
from lrviz.text import Words, number
from lrviz.ui import descent, lesson
from lrviz.ui.chart import chart
from lrviz.ui.form import Form, Look
from lrviz.ui.markdown import plain
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk

PAGE = "page.regimes"
DRAFT = 60
"""Cells a side while a knob turns."""
PICKED = "regimes picked"


def mapped(desk: Desk[RegimesScene]) -> RegimeMap:
    """Return the scene's map: a coarse one while a knob turns, the whole once it rests."""
    scene = desk.scene
    return regime_map(scene.but(cells=min(scene.cells, DRAFT)) if desk.turning else scene)


def headline(form: Form) -> None:
    """Draw the live knob: the rate, or where the map varies that, how many steps every cell gets."""
    scene, path = form.desk.scene, descent.rate_of_schedule(form, "schedule")
    if "lr" not in (scene.across, scene.up) and path:
        form.at(path, headline=True)
    else:
        form.at("steps", headline=True, look=Look(span=Knob(10, max(scene.most_steps, 20), "log")))


# ------------------------------------------------------------------------------------------------------ the map


def show(desk: Desk[RegimesScene], words: Words, height: int) -> None:
    """Draw the map; a click chooses a cell, a box zooms into it."""
    result = mapped(desk)

    def pick(across: float, up: float) -> None:
        st.session_state[PICKED] = {desk.scene.across: across, desk.scene.up: up}

    def zoom(part: tuple[float, float, float, float] | None) -> None:
        zoom_to(desk, part)
        st.rerun()

    chart(
        regimes_figure(result, chart_words(result, words), narrow=lesson.on_phone(), chosen=picked(result)),
        key="regimes",
        alt=alt(result, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-regimes",
        on_pick=pick,
        on_zoom=zoom,
        zoomed=desk.scene.is_zoomed,
    )


def zoom_to(desk: Desk[RegimesScene], part: tuple[float, float, float, float] | None) -> None:
    """Show a part of the map, or with None the whole; a part too small to be told apart changes nothing."""
    spans = None if part is None else {"across": part[:2], "up": part[2:]}
    try:
        desk.put(desk.scene.zoomed(spans))  # type: ignore[arg-type]
    except ValueError:
        desk.put(desk.scene)


def picked(result: RegimeMap) -> Cell | None:
    """Return the cell that was clicked, if the map still shows the place."""
    scene, place = result.scene, st.session_state.get(PICKED) or {}
    if set(place) != {scene.across, scene.up}:
        return None
    across, up = place[scene.across], place[scene.up]
    inside = all(low <= v <= high for v, (low, high) in ((across, scene.span("across")), (up, scene.span("up"))))
    return result.cell(across, up) if inside else None


def axis_name(varied: Axis, words: Words) -> str:
    """Return what an axis varies, in words."""
    return words.option("regimes", "across", varied)


def short_name(varied: Axis, words: Words) -> str:
    """Return the name of what an axis varies without what explains it."""
    return re.split("[,，]", axis_name(varied, words))[0]


def chart_words(result: RegimeMap, words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    scene, said = result.scene, words.group(f"{PAGE}.map")
    wanted = ("arrives_at", "diverges_at", "stays", "ends_in", "converged", "diverged", "neither", "scale", "minimum")
    theory = words.w(f"{PAGE}.map.theory", formula=edge(scene))
    names = {"x": axis_name(scene.across, words), "y": axis_name(scene.up, words), "theory": theory}
    return {name: said[name] for name in wanted} | names


def edge(scene: RegimesScene) -> str:
    """Return theory's edge for the scene's rule as a formula; what the map does not vary is a number."""
    rule, varied = scene.optimizer, {scene.across, scene.up}
    fields = type(rule).model_fields

    def symbol(name: str, letter: str) -> str:
        return letter if name in varied else number(getattr(rule, name), 3)

    beta = symbol("momentum", "β") if "momentum" in fields else "0"
    remembers = "momentum" in varied or getattr(rule, "momentum", 0.0)  # without memory torch leaves dampening out
    dampened = remembers and "dampening" in fields and ("dampening" in varied or getattr(rule, "dampening", 0.0))
    found = {
        "momentum": f"2(1 + {beta})",
        "nesterov": f"(2 + 2·{beta})/(1 + 2·{beta})",
    }.get(kind_of(rule), "2")
    if getattr(rule, "form", "") == "ema":
        found += f"/(1 − {beta})"
    elif dampened:
        found += f"/(1 − {symbol('dampening', 'τ')})"
    decays = "weight_decay" in varied or getattr(rule, "weight_decay", 0.0)
    felt = f"(λ + {symbol('weight_decay', 'w')})" if decays else "λ"
    return f"lr·{felt} = {found}"


def alt(result: RegimeMap, words: Words) -> str:
    """Say what the picture shows now."""
    scene, (arrived, neither, bad) = result.scene, result.shares
    (x_low, x_high), (y_low, y_high) = scene.span("across"), scene.span("up")
    cells = result.levels.size
    said = {"arrived": round(arrived * cells), "diverged": round(bad * cells)}
    said |= {"columns": len(result.across), "rows": len(result.up)}
    if result.basins:
        return words.w(f"{PAGE}.alt.basins", **said)
    names = {"x_name": axis_name(scene.across, words), "y_name": axis_name(scene.up, words)}
    ends = {"x_low": x_low, "x_high": x_high, "y_low": y_low, "y_high": y_high}
    return words.w(f"{PAGE}.alt.map", others=round(neither * cells), **said, **names, **ends)


def percent(share: float) -> str:
    """Write a share in percent."""
    return f"{number(100 * share, 4)} %"


# ---------------------------------------------------------------------------------------------------- read-outs


def numbers(result: RegimeMap, words: Words) -> None:
    """Show how many cells arrive, stay and diverge, and which is there first."""
    arrived, neither, bad = map(percent, result.shares)
    shown = {"arrive": arrived, "neither": neither, "diverge": bad}
    if cell := result.fastest:
        where = place_words(cell, result, words)
        shown["fastest"] = words.w(f"{PAGE}.readout.fastest_at", steps=cell.reached, **where)
    said = (f"{words.w(f'{PAGE}.readout.{name}')} **{plain(value)}**" for name, value in shown.items())
    st.markdown(" · ".join(said))


def place_words(cell: Cell, result: RegimeMap, words: Words) -> Mapping[str, str]:
    """Return a cell's values and what they are values of."""
    scene = result.scene
    names = {"x_name": short_name(scene.across, words), "y_name": short_name(scene.up, words)}
    return names | {"x": number(cell.values[scene.across]), "y": number(cell.values[scene.up])}


def outcome_words(cell: Cell, result: RegimeMap, words: Words) -> str:
    """Say what became of a cell's run."""
    if cell.bad is not None:
        return words.w(f"{PAGE}.map.diverges_at", step=cell.bad)
    if cell.reached is None:
        return words.w(f"{PAGE}.map.stays")
    if len(result.scene.surface.minima) > 1 and cell.minimum is not None:
        return words.w(f"{PAGE}.map.arrives_in", step=cell.reached, index=cell.minimum + 1)
    return words.w(f"{PAGE}.map.arrives_at", step=cell.reached)


def one_cell(result: RegimeMap, words: Words) -> None:
    """Say what became of the chosen cell's run and offer to open it; without one, how to choose."""
    cell = picked(result)
    if cell is None:
        st.caption(words.w(f"{PAGE}.map.{'hint_touch' if lesson.on_phone() else 'hint'}"))
        return
    said = words.w(f"{PAGE}.map.cell", outcome=outcome_words(cell, result, words), **place_words(cell, result, words))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(said), width="content")
        way_to(opened(result.scene, cell), words)


def way_to(scene: RaceScene | ParabolaScene | None, words: Words) -> None:
    """Link to the lesson that shows a run by itself."""
    if scene is None:
        st.caption(words.w(f"{PAGE}.map.no_page"), width="content")
        return
    page, base = ("race", RaceScene()) if isinstance(scene, RaceScene) else ("parabola", ParabolaScene())
    st.page_link(
        PAGES / f"{page}.py",
        label=words.w(f"{PAGE}.map.open_{page}"),
        icon=":material/open_in_new:",
        query_params=to_address(scene, base) or {"steps": str(scene.steps)},
    )


def theory(result: RegimeMap, words: Words) -> None:
    """Say what theory's line is worth here: exact, good near the minimum, or not there."""
    if "lr" not in (result.scene.across, result.scene.up):
        return
    if result.boundary is None:
        st.caption(words.w(f"{PAGE}.map.no_theory"))
    elif not result.exact:
        st.caption(words.w(f"{PAGE}.map.local_theory"))


# --------------------------------------------------------------------------------------------------------- tabs


def tabs(result: RegimeMap, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "regimes",
        words,
        {
            "why": lambda: lesson.text(words, "regimes", ("why",)),
            "try": lambda: lesson.text(words, "regimes", ("try",)),
            "theory": lambda: lesson.text(words, "regimes", ("theory",)),
            "code": lambda: descent.code(_of_cell(result, words), words),
            "data": lambda: _data(result, words),
            "check": lambda: descent.check(_of_cell(result, words), words, "regimes check"),
        },
    )


def _of_cell(result: RegimeMap, words: Words) -> descent.Parts:
    """Say which cell's run is meant, the chosen one or the fastest, and return what it is made of."""
    cell = picked(result) or result.fastest or result.cell(float(result.across[0]), float(result.up[0]))
    st.caption(
        words.w(f"{PAGE}.map.cell", outcome=outcome_words(cell, result, words), **place_words(cell, result, words))
    )
    scene, racer = result.scene, racer_of(result.scene, cell)
    noise = cell.values.get("noise", scene.noise)
    place = place_of(scene, cell)
    return descent.Parts(
        scene.surface, racer.optimizer, racer.schedule, place, scene.steps, noise=noise, seed=scene.seed  # type: ignore[arg-type]
    )  # fmt: skip


def _data(result: RegimeMap, words: Words) -> None:
    """Offer every cell as CSV, one row a cell, and show the shares."""
    ended = result.outcome
    across, up = np.tile(result.across, len(result.up)), np.repeat(result.up, len(result.across))
    names = [axis_name(result.scene.across, words), axis_name(result.scene.up, words)]
    names += [words.w(f"{PAGE}.data.{name}") for name in ("arrived", "diverged", "minimum", "loss")]
    minimum = np.where(result.nearest >= 0, result.nearest + 1, -1).ravel()
    columns = np.stack([across, up, ended.reached, ended.bad, minimum, ended.loss]).astype(np.float64)
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, columns, first="cell"),
        file_name="lrviz-regimes.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="regimes csv",
    )
    st.caption(words.w(f"{PAGE}.data.none"))
    some = np.unique(np.linspace(0, len(across) - 1, 12).astype(int))
    lesson.table(names, [[number(float(column[i])) for column in columns] for i in some])
