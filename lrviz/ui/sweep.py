"""The pieces of the Sweep page that are its own: the sweep as far as it has come, its map, what it says, its tabs."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from lrviz import jobs
from lrviz.figures.sweep import sweep_figure, width
from lrviz.figures.sweep_places import Cell, cell_at, drawn_rows
from lrviz.jobs import Job
from lrviz.spec import kind_of, to_address
from lrviz.text import Words, number
from lrviz.train.scene import TrainScene
from lrviz.train.sweep import BY_ITSELF, SweepScene
from lrviz.train.swept import RULES, Swept, better, swept
from lrviz.train.training import Training
from lrviz.ui import lesson, running
from lrviz.ui.chart import Live, chart
from lrviz.ui.form import Form
from lrviz.ui.markdown import plain
from lrviz.ui.once import once
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk, touch
from lrviz.ui.sweep_names import axis_name, cell_name, names_of, row_name

PAGE = "page.sweep"
TARGET = "lrviz.train.sweep_job:sweep"
PICKED = "sweep picked"
NONE = "–"
MOST_ROWS = 9


@dataclass(frozen=True)
class Standing:
    """How far the scene's sweep has come: what is known of it, its job if one is known, how long it computed."""

    result: Swept
    job: Job | None
    seconds: float


def standing(desk: Desk[SweepScene]) -> Standing:
    """Return how far the scene's sweep has come: what is kept of it, else what the job in the address has brought."""
    scene = desk.scene
    if kept := jobs.BOARD.kept.get((TARGET, scene.work)):
        return Standing(_swept(scene, kept.events), None, kept.seconds)
    job = running.of_spec(TARGET, scene.work)
    if job is None:
        return Standing(_swept(scene, ()), None, 0.0)
    return Standing(_swept(scene, tuple(job.events)), job, job.seconds)


def begin(desk: Desk[SweepScene]) -> None:
    """Start a short sweep by itself, where nothing of it is kept and somebody looks at the page."""
    scene = desk.scene
    known = jobs.BOARD.kept.get((TARGET, scene.work)) is not None
    if not known and not desk.turning and scene.seconds <= BY_ITSELF and running.somebody_looks():
        running.ensured(TARGET, scene.work, keeps=_keeps(scene))


def _keeps(scene: SweepScene) -> bool:
    """Say whether what a sweep brings may be kept for others: not what came of a visitor's own table."""
    return kind_of(scene.training.task) != "own"


def _swept(scene: SweepScene, events: tuple[Mapping, ...]) -> Swept:
    """Return the sweep put together, once however many parts of the page show it."""
    return once("sweep result", (scene, len(events)), lambda: swept(scene, events))


# ---------------------------------------------------------------------------------------------------- the picture


def headline(form: Form) -> None:
    """Draw the live knob: what counts as good."""
    form.at("tolerance", headline=True)


def show(desk: Desk[SweepScene], words: Words, height: int) -> None:
    """Draw the map and its curves, which go on filling in while the sweep's job works; a click chooses a cell."""
    now = standing(desk)
    result = now.result

    def pick(x: float, y: float) -> None:
        touch()
        st.session_state[PICKED] = (desk.scene.work, cell_at(x, y, result))
        st.rerun()

    def start() -> None:
        touch()
        if jobs.BOARD.kept.get((TARGET, desk.scene.work)) is None:
            running.start(TARGET, desk.scene.work, keeps=_keeps(desk.scene))
        st.rerun()

    def end() -> None:
        touch()
        st.rerun()

    names, said = names_of(desk.scene, words), chart_words(desk.scene, words)
    figure = sweep_figure(result, names, said, narrow=lesson.on_phone(), chosen=picked(result))
    chart(
        figure,
        key="sweep",
        alt=alt(result, words),
        words=words.group("chart"),
        height=height,
        filename="lrviz-sweep",
        on_pick=pick,
        live=_live(desk, now, words),
        on_again=None if result.whole else start,
        on_end=end,
    )
    if said := running.refusal(words):
        st.warning(said, icon=":material/hourglass_disabled:")


def _live(desk: Desk[SweepScene], now: Standing, words: Words) -> Live:
    """Return how the picture follows the sweep."""
    scene, over = desk.scene, now.result.whole
    given = {"seconds": max(1, round(scene.seconds)), "over": over, "said": words.group(f"{PAGE}.live")}
    return running.live(None if over else now.job, words, scene.nets, **given)


def picked(result: Swept) -> Cell | None:
    """Return the cell that was clicked, if it is one of this sweep and has been trained."""
    work, cell = st.session_state.get(PICKED, (None, None))
    return cell if cell is not None and work == result.scene.work and result.done[cell] else None


def chart_words(scene: SweepScene, words: Words) -> Mapping[str, str]:
    """Return the words that stand in the picture."""
    said = words.group(f"{PAGE}.map")
    axes = {"x": axis_name(scene.across, words), "y": axis_name(scene.up, words)}
    named = {name: words.w(f"{PAGE}.rule.{name}") for name in RULES}
    return said | axes | named | {"measure": words.option("sweep", "measure", scene.measure)}


def alt(result: Swept, words: Words) -> str:
    """Say what the picture shows now."""
    scene = result.scene
    maps, rows, columns = scene.shape
    said = {"x_name": axis_name(scene.across, words), "y_name": axis_name(scene.up, words), "maps": maps}
    said |= {"rows": rows, "columns": columns, "measure": words.option("sweep", "measure", scene.measure)}
    if result.best is None:
        return words.w(f"{PAGE}.alt.waiting", done=result.count, nets=scene.nets, **said)
    best = {"best": cell_name(scene, result.best, words), "value": float(result.middle.mid[result.best])}
    return words.w(f"{PAGE}.alt.map", done=result.count, nets=scene.nets, **said, **best)


# ----------------------------------------------------------------------------------------------------- read-outs


def numbers(desk: Desk[SweepScene], words: Words) -> None:
    """Say what counts as good in numbers, and what became of the chosen cell."""
    now = standing(desk)
    result = now.result
    good(result, words)
    for size in result.split:
        st.caption(words.w(f"{PAGE}.split.note", size=size), width="content")
    one_cell(result, words)


def good(result: Swept, words: Words) -> None:
    """Write the rule of the good band with the best row's numbers in it."""
    if result.best is None or result.limit is None:
        st.caption(words.w(f"{PAGE}.good.{'waiting' if result.best is None else 'none'}", nothing=result.nothing))
        return
    best, none, share = float(result.middle.mid[result.best]), result.nothing, result.scene.tolerance
    said = {"row": row_name(result.scene, result.best, words), "best": best, "nothing": none, "share": share}
    sign = "≤" if better(result.scene.measure) < 0 else "≥"
    measure = words.option("sweep", "measure", result.scene.measure)
    st.caption(plain(words.w(f"{PAGE}.good.rule", measure=measure, sign=sign, edge=result.limit, **said)))


def table(desk: Desk[SweepScene], words: Words) -> None:
    """Show the best setting of every row and what it ends at, or where maps stand side by side its best in each.

    Where there are many rows, those that are drawn. Three maps of names would not fit beside the picture.
    """
    result = standing(desk).result
    scene, names = result.scene, names_of(desk.scene, words)
    if result.best is None or (scene.shape[0] > 2 and scene.across.scale == "kinds"):
        return
    if scene.shape[0] == 1:
        head, lines = best_table(result, words)
        lesson.table(head[:3], [line[:3] for line in lines])
        return
    maps = range(scene.shape[0])
    lines = [[names.up[u], *(_row(result, b, u, words)[0] for b in maps)] for u in _rows(result)]
    st.caption(words.w(f"{PAGE}.table.bests", x_name=axis_name(scene.across, words)))
    lesson.table([axis_name(scene.up, words), *names.beside], lines)


def _rows(result: Swept) -> list[int]:
    """Return the rows that a table shows, from the top."""
    count = result.scene.shape[1]
    return [*reversed(range(count) if count <= MOST_ROWS else drawn_rows(result))]


def best_table(result: Swept, words: Words) -> tuple[list[str], list[list[str]]]:
    """Return the best setting of every row, its end, its good band and how wide that is: a head, and rows."""
    scene, names = result.scene, names_of(result.scene, words)
    said = (words.w(f"{PAGE}.table.{name}") for name in ("best", "end", "band", "width"))
    places = [(b, u) for b in range(scene.shape[0]) for u in _rows(result)]
    rows = [
        [words.listed(*filter(None, (names.beside[b], names.up[u]))), *_row(result, b, u, words)] for b, u in places
    ]
    return [axis_name(scene.up, words), *said], rows


def _row(result: Swept, b: int, u: int, words: Words) -> list[str]:
    row = result.row(b, u)
    if row.best is None:
        return [NONE] * 4
    across = names_of(result.scene, words).across
    end = number(float(row.middle.mid[row.best]), 3)
    if row.band is None:
        return [NONE, end, words.w(f"{PAGE}.table.none"), NONE]
    first, last = row.band
    band = across[first] if first == last else words.w(f"{PAGE}.table.from_to", low=across[first], high=across[last])
    return [across[row.best], end, band, width(row, result) or NONE]


def one_cell(result: Swept, words: Words) -> None:
    """Say what became of the chosen cell's nets and offer to watch one; without one, how to choose."""
    cell = picked(result)
    if cell is None:
        st.caption(words.w(f"{PAGE}.cell.{'hint_touch' if lesson.on_phone() else 'hint'}"))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(outcome(result, cell, words)), width="content")
        watch(result.cell(*cell), words)


def outcome(result: Swept, cell: Cell, words: Words) -> str:
    """Say what became of a cell's nets."""
    scene, bad = result.scene, result.bad[cell]
    name = cell_name(scene, cell, words)
    if (bad >= 0).all():
        return words.w(f"{PAGE}.cell.diverged", name=name, step=int(bad.min()))
    low, mid, high = (float(part[cell]) for part in (result.middle.low, result.middle.mid, result.middle.high))
    said = words.w(f"{PAGE}.cell.ends", name=name, measure=words.option("sweep", "measure", scene.measure), value=mid)
    if scene.each > 1:
        said += words.w(f"{PAGE}.cell.seeds", seeds=scene.each, low=low, high=high)
    return said + (words.w(f"{PAGE}.cell.some_diverged", count=int((bad >= 0).sum())) if (bad >= 0).any() else "")


def watched_at(training: Training) -> tuple[str, dict[str, str]]:
    """Return the page that shows one training live, and the address at which it shows this one."""
    return "train", to_address(TrainScene(training=training), TrainScene())


def watch(training: Training, words: Words) -> None:
    """Link to the lesson that shows one training live."""
    page, address = watched_at(training)
    label = words.w(f"{PAGE}.cell.watch")
    st.page_link(PAGES / f"{page}.py", label=label, icon=":material/open_in_new:", query_params=address)
