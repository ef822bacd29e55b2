"""The fair race on the Race page: the same rates for every optimizer, the best of each, and how many work."""

import math

import streamlit as st

from lrviz.descend.fair import TRIED, Tuned, tuned
from lrviz.descend.race import RaceScene
from lrviz.figures.fair import fair_figure
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.chart import chart
from lrviz.ui.permalink import Desk
from lrviz.ui.race import names

PAGE = "page.race.fair"


def show(desk: Desk[RaceScene], words: Words, height: int) -> None:
    """Draw what every rate leaves, the table of best rates and bands, and offer to race at them."""
    scene, called = desk.scene, names(desk.scene, words)

    def take() -> None:
        desk.put(at_best(scene))
        st.rerun()  # all of the page: the button stands in a part of it that runs by itself

    swept = [(i, one) for i, one in enumerate(tuned(scene)) if one is not None and scene.racers[i].shown]
    if not swept:
        st.info(words.w(f"{PAGE}.nobody"), icon=":material/info:")
        return
    labels = {
        "rate": words.w(f"{PAGE}.axis_rate"),
        "left": words.w(f"{PAGE}.axis_left", steps=scene.steps),
        "works": words.w(f"{PAGE}.band"),
    }
    found, kept = [one for _, one in swept], [called[i] for i, _ in swept]
    figure = fair_figure(found, kept, [scene.slots[i] for i, _ in swept], labels)
    said = alt(found, kept, scene.steps, words)
    chart(figure, key="fair", alt=said, words=words.group("chart"), height=height, filename="lrviz-fair-race")
    st.caption(words.w(f"{PAGE}.said", count=len(swept), rates=TRIED, steps=scene.steps))
    columns = ("best", "steps", "band", "width")
    head = ["", *(words.w(f"{PAGE}.{name}") for name in columns)]
    lesson.table(head, [_row(called[i], one, words) for i, one in swept])
    st.button(
        words.w(f"{PAGE}.use"),
        key="fair use",
        icon=":material/sports_score:",
        on_click=take,
    )


def at_best(scene: RaceScene) -> RaceScene:
    """Return the race in which every optimizer runs at its own best rate of the sweep."""
    for i, one in enumerate(tuned(scene)):
        if one is not None and math.isfinite(one.left[one.best]):
            racer = scene.racers[i].at_rate(float(f"{one.rates[one.best]:.3g}"))
            scene = scene.with_changed(i, racer)
    return scene.but(view="race")


def _row(name: str, one: Tuned, words: Words) -> list[str]:
    if one.band is None:
        return [name, number(float(one.rates[one.best]), 3), _steps(one), words.w(f"{PAGE}.none"), ""]
    low, high = (number(rate, 2) for rate in one.band)
    factor = number(10**one.width, 2)
    width = words.w(f"{PAGE}.width_value", factor=factor)
    return [name, number(float(one.rates[one.best]), 3), _steps(one), f"{low} – {high}", width]


def _steps(one: Tuned) -> str:
    reached = one.reached[one.best]
    return str(int(reached)) if reached >= 0 else "–"


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
