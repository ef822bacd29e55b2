"""The update rules page opens in every language from every address, and what is touched there changes what it says."""

import pytest
from streamlit.testing.v1 import AppTest

from lrviz.descend.rules import PRESETS, RulesScene
from lrviz.optimizers import Momentum, rule_kinds
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.ui.lesson import plain
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

PRESET_ADDRESSES = {name: to_address(scene, RulesScene()) for name, scene in PRESETS.items()}


def scene(app: AppTest) -> RulesScene:
    return app.session_state["rules scene"]


def derivation(app: AppTest) -> str:
    """The table of the open update, as Markdown."""
    (table,) = [element.value for element in app.markdown if element.value.startswith("| ") and "$" in element.value]
    return table


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", rule_kinds())
def test_every_rule_can_be_opened_at_its_last_step(kind: str, language: str) -> None:
    app = opened("rules", {"lang": language, "optimizer": kind, "step": "5"})
    assert_whole(app, "rules", language)
    assert len(app.warning) == 0
    assert r"$\small w_t$" in derivation(app)
    assert words(language).claim(kind) in [caption.value for caption in app.caption]


EDGES: dict[str, Address] = {
    "one step": {"steps": "1"},
    "fifty steps that diverge": {"steps": "50", "step": "50", "schedule.lr": "1000", "optimizer": "momentum"},
    "no one rate": {"schedule": "points"},
    "a switch that changes nothing": {"switch": "decoupled"},
    "clipped": {"clip_norm": "0.1", "switch": "clip_norm"},
    "a momentum of two": {"optimizer": "momentum", "optimizer.momentum": "2", "steps": "50"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("rules", {"lang": language} | EDGES[name])
    assert_whole(app, "rules", language)
    assert len(app.warning) == 0


BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "a step there cannot be": ({"step": "51"}, [("50", "1")]),
    "steps beyond the limit": ({"steps": "51"}, [("50", "5")]),
    "steps without end": ({"steps": "1000000000"}, [("50", "5")]),
    "a switch the rule has not": ({"optimizer": "sgd", "switch": "form"}, [("weight_decay", "usual")]),
    "a switch unheard of": ({"switch": "colour"}, [("colour", "usual")]),
    "a rule unheard of": ({"optimizer": "hoover"}, [("hoover", "adam")]),
    "beta1 1": ({"optimizer.beta1": "1"}, [("beta1", "0.9")]),
    "lr 1e30": ({"schedule.lr": "1e30"}, [("1000", "0.01")]),
    "two at once": ({"steps": "x", "schedule.lr": "nan"}, [("nan", "0.01"), ("x", "5")]),
    "markup": ({"clip_norm": "<b>*[x](javascript:1)"}, [("\\<b\\>\\*\\[x\\](javascript\\:1)", "0")]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("rules", address, expected, language)


# --- what is touched ---


def test_the_steps_are_walked_one_by_one_to_either_end() -> None:
    app = opened("rules", {"steps": "2"})
    assert widget(app, "rules back").disabled and not widget(app, "rules forward").disabled
    first = derivation(app)
    widget(app, "rules forward").click().run()
    assert scene(app).step == 2 and dict(app.query_params) == {"steps": "2", "step": "2"}
    assert derivation(app) != first and "0.980003" in derivation(app)
    assert widget(app, "rules forward").disabled
    widget(app, "rules back").click().run()
    assert derivation(app) == first


def test_another_convention_marks_other_numbers() -> None:
    app = opened("rules")
    assert "**:primary-background[0.968377]** −0.0216" in derivation(app)
    widget(app, "rules switch en adam").set_value("weight_decay").run()
    assert scene(app).switch == "weight_decay"
    table = derivation(app)
    assert plain("weight_decay = 0.1") in table and "**:primary-background[1.1]** +0.1" in table


def test_a_switch_that_changes_nothing_says_so() -> None:
    app = opened("rules", {"switch": "decoupled"})
    assert words("en").w("page.rules.worked.same", steps=5) in [caption.value for caption in app.caption]
    assert ":primary-background" not in derivation(app)


def test_another_rule_keeps_its_fields_and_gives_up_a_switch_it_has_not() -> None:
    app = opened("rules", {"switch": "bias_correction"})
    (box,) = [box for box in app.selectbox if box.value == "adam"]
    box.set_value("momentum").run()
    assert not app.exception
    assert scene(app) == RulesScene(optimizer=Momentum())
    assert dict(app.query_params) == {"optimizer": "momentum"}


def test_fewer_steps_than_the_open_one_open_the_last() -> None:
    app = opened("rules", {"step": "5", "steps": "3"})
    assert words("en").w("page.rules.worked.step", step=3, steps=3) in app.markdown[1].value
    widget(app, "rules back").click().run()
    assert scene(app).step == 2


def test_a_rule_that_diverges_says_why_and_offers_a_rate_that_does_not() -> None:
    app = opened("rules", {"optimizer": "sgd", "schedule.lr": "5", "steps": "20"})
    widget(app, "rules rescue").click().run()
    assert not app.exception
    assert 1.9 < scene(app).schedule.lr < 2  # type: ignore[union-attr]
    assert "schedule.lr" in app.query_params and words("en").w("autopsy.title") not in str(app.markdown)


def test_the_formula_that_a_switch_changes_is_shown() -> None:
    app = opened("rules")
    (said,) = [caption.value for caption in app.caption if "$" in caption.value]
    assert r"\frac{\mathrm{lr}\, m_t}{\sqrt{v_t} + \varepsilon}" in said and r"\hat" not in said
