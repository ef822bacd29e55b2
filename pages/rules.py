"""Update rules: one update of each optimizer worked out with numbers, and what one switched convention changes."""

from lrviz.descend.rules import PRESETS, RulesScene
from lrviz.figures.rules import weights_figure
from lrviz.ui import frame, lesson, rules
from lrviz.ui.chart import chart
from lrviz.ui.form import Form
from lrviz.ui.permalink import Desk

words = frame.words()
desk = Desk("rules", RulesScene())
desk.open()
lesson.broken_link(desk, words)
place = lesson.places()
with place.controls:
    lesson.choices(desk, words, PRESETS, lambda: rules.choice(Form(desk, words)))


def knob() -> None:
    """Draw the rate, the way through the steps, and the convention to flip."""
    rules.headline(Form(desk, words, "picture", ("weights",)))
    rules.stepper(desk, words)


def derivation() -> None:
    """Draw the open update term by term, and why it diverges where it does."""
    now = rules.evaluated(desk.scene)
    rules.derivation(now, words, narrow=lesson.on_phone())
    lesson.own(lambda: rules.rescue(desk, now, words))


def weights() -> None:
    """Draw where the rule takes the weight, the rule switched, and all others."""
    now = rules.evaluated(desk.scene)
    figure = weights_figure(now, rules.names(words), rules.chart_words(now, words))
    chart(
        figure,
        key="weights",
        alt=rules.alt(now, words),
        words=words.group("chart"),
        height=330,
        filename="lrviz-rules",
        on_pick=lambda step, _: rules.open_step(desk, round(step)),
    )


lesson.live(place, knob, derivation)
with place.side:
    lesson.part("weights", weights)
    lesson.part("form", lambda: rules.controls(Form(desk, words, "form", ("picture", "weights"))))
with place.below:
    rules.tabs(rules.evaluated(desk.scene), words)
desk.write()
