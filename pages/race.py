"""Race: optimizers over one surface, played in the browser, step by step."""

from dataclasses import replace

import streamlit as st

from lrviz.descend.race import PRESETS, RaceScene
from lrviz.ui import fair, frame, lesson, race, zoo
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("race", RaceScene())
desk.open()
zoo.ask(desk.scene)


def picture() -> None:
    """Draw the race as it is played, or everyone's sweep of rates."""
    if desk.scene.view == "race":
        race.show(desk, words, place.chart_height + 130)
    else:
        fair.show(desk, words, place.chart_height)


lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: Form(desk, words).at("view", quiet=True))
# The stage is taller than a phone: there the knob is out of reach below it.
lesson.live(replace(place, knob_first=True), lambda: race.headline(Form(desk, words)), picture)
result = race.raced(desk.scene)
with place.notes:
    with st.container():
        zoo.wait(desk, words)
    if desk.scene.view == "race":
        race.notes(desk, result, words)
        race.finish_table(result, words)
with place.side:
    lesson.own(lambda: race.racers(desk, words))
    lesson.part("form", lambda: race.open_racer(Form(desk, words, "form", ("picture",))))
    lesson.own(lambda: race.run(Form(desk, words)))
with place.below:
    race.tabs(result, words)
desk.write()
