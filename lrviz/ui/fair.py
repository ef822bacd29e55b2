"""The fair race on the Race page: the same rates for every optimizer, the best of each, and how many work."""

import streamlit as st

from lrviz.descend.fair import WORKS, Tuned, tuned
from lrviz.descend.race import RaceScene
from lrviz.figures.fair import fair_figure
from lrviz.optimizers import Named
from lrviz.schedules.rate import at_rate_or_none
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import chart
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk
from lrviz.ui.race import names

PAGE = "page.race.fair"
NONE = "–"


def show(desk: Desk[RaceScene], words: Words, height: int) -> None:
    """Draw what every rate leaves, the table of best rates and bands, and offer to race at them."""
    scene, called = desk.scene, names(desk.scene, words)

    def take() -> None:
        desk.put(best)
        st.rerun()  # all of the page: the button stands in a part of it that runs by itself

    swept = [(i, one) for i, one in enumerate(tuned(scene)) if one is not None]
    if swept:
        found, kept = [one for _, one in swept], [called[i] for i, _ in swept]
        _picture(scene, found, kept, [scene.slots[i] for i, _ in swept], words, height)
        lesson.table(*best_table(found, kept, words, phone=lesson.on_phone()))
        if desk.allows(best := at_best(scene)):
            st.button(words.w(f"{PAGE}.use"), key="fair use", icon=":material/sports_score:", on_click=take)
    else:
        reason = "no_floor" if scene.surface.floor is None else "nobody"
        st.info(words.w(f"{PAGE}.{reason}"), icon=":material/info:")
    for line in left_out(scene, called, words):
        st.caption(plain(line))


def _picture(
    scene: RaceScene, found: list[Tuned], called: list[str], slots: list[int], words: Words, height: int
) -> None:
    """Draw the sweep, and say below it what was done and what counts."""
    percent = 100 * WORKS
    labels = {
        "rate": words.w(f"{PAGE}.axis_rate"),
        "left": words.w(f"{PAGE}.axis_left", steps=scene.steps),
        "works": f"{number(percent)} %",
    }
    figure = fair_figure(found, called, slots, labels, narrow=lesson.on_phone())
    described = alt(found, called, scene.steps, words)
    chart(figure, key="fair", alt=described, words=words.group("chart"), height=height, filename="lrviz-fair-race")
    said = words.w(f"{PAGE}.said", rates=len(found[0].rates), steps=scene.steps)
    counts = words.w(f"{PAGE}.counts", tolerance=scene.tolerance, percent=percent)
    st.caption(f"{said} {counts}")


def left_out(scene: RaceScene, called: list[str], words: Words) -> list[str]:
    """Say which racers take no part and why, and whose runs end where no loss was known to be."""
    if scene.surface.floor is None:
        return []
    racers, found = list(zip(called, scene.racers, strict=True)), tuned(scene)
    groups = {
        "hidden": [name for name, racer in racers if not racer.shown],
        "elsewhere": [name for name, racer in racers if racer.shown and isinstance(racer.optimizer, Named)],
        "below": [name for name, one in zip(called, found, strict=True) if one and one.below],
    }
    return [words.w(f"{PAGE}.{why}", names=words.listed(*names)) for why, names in groups.items() if names]


def at_best(scene: RaceScene) -> RaceScene:
    """Return the race in which every optimizer runs at its own best rate of the sweep.

    One that took no part, or has no best rate, or whose schedule cannot be written at it, stays as it is.
    """
    for i, one in enumerate(tuned(scene)):
        if one is None or one.lost:
            continue
        racer = scene.racers[i]
        schedule = at_rate_or_none(racer.schedule, float(one.rates[one.best]))
        scene = scene.with_changed(i, racer.but(schedule=schedule or racer.schedule))
    return scene.but(view="race")


def best_table(
    found: list[Tuned], called: list[str], words: Words, *, phone: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of best rates and bands; on a phone without the steps."""
    columns = ("best", "band", "width") if phone else ("best", "steps", "band", "width")
    rows = [_row(one, words) for one in found]
    head = ["", *(words.w(f"{PAGE}.{column}") for column in columns)]
    return head, [[name, *(row[column] for column in columns)] for name, row in zip(called, rows, strict=True)]


def _row(one: Tuned, words: Words) -> dict[str, str]:
    steps = int(one.reached[one.best])
    known = {"best": _best(one), "steps": str(steps) if steps >= 0 else NONE}
    if one.band is None or one.width is None:
        return known | {"band": words.w(f"{PAGE}.none"), "width": ""}
    low, high = one.band
    if low == high:
        return known | {"band": number(low, 3), "width": NONE}
    width = words.w(f"{PAGE}.width_value", factor=number(one.width, 2))
    return known | {"band": f"{number(low, 3)} – {number(high, 3)}", "width": width}


def _best(one: Tuned) -> str:
    return NONE if one.lost else number(float(one.rates[one.best]), 3)


def alt(found: list[Tuned], called: list[str], steps: int, words: Words) -> str:
    """Say what the picture of the sweep shows."""
    said = []
    for one, name in zip(found, called, strict=True):
        best = float(one.rates[one.best])
        if one.band is None:
            said.append(words.w(f"{PAGE}.alt_none", name=name))
        else:
            said.append(words.w(f"{PAGE}.alt_optimizer", name=name, low=one.band[0], high=one.band[1], best=best))
    return words.w(f"{PAGE}.alt", steps=steps, optimizers=" ".join(said))
