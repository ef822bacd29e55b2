"""The dropout page opens in every language from every address, and what is touched there changes what it says."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lrviz.layers.dropout_scene import DropoutScene, average, depth, ensemble, layer
from lrviz.text import LANGUAGES, words
from lrviz.ui.dropout import table
from lrviz.ui.markdown import plain
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
PAGE = "page.dropout"


def keys(app: AppTest) -> set[str]:
    return {widget.key for widget in (*app.button, *app.button_group) if widget.key}


def scene(app: AppTest) -> DropoutScene:
    return app.session_state["dropout scene"]


def said(app: AppTest) -> str:
    """Everything the page says in Markdown."""
    return "\n".join(element.value for element in (*app.markdown, *app.caption))


def formula(app: AppTest) -> str:
    (tex,) = [element.value for element in app.markdown if element.value.startswith("$")]
    return tex


EDGES: dict[str, Address] = {
    "nothing dropped": {"p": "0"},
    "everything dropped": {"p": "1"},
    "everything but evaluated": {"p": "1", "mode": "eval"},
    "nearly everything": {"p": "0.999999999"},
    "one value": {"values": "-0.5", "unit": "8"},
    "eight values": {"values": "-3,2,5,-1,0.5,7,1e-9,1000", "p": "0.9"},
    "all zeros": {"values": "0,0"},
    "scaled in evaluation": {"mode": "eval", "scaling": "evaluation"},
    "two masks": {"view": "average", "masks": "2"},
    "the most masks": {"view": "average", "masks": "400", "values": "1,2,3,4,5,6,7,8", "scaling": "never"},
    "masks of nothing": {"view": "average", "p": "1"},
    "one layer deep": {"view": "depth", "depth": "1", "p": "0"},
    "twenty layers deep": {"view": "depth", "depth": "20", "p": "0.99"},
    "no signal at all": {"view": "depth", "p": "1"},
    "sub-networks of nothing": {"view": "networks", "p": "1", "output": "sigmoid"},
    "one sub-network": {"view": "networks", "p": "0", "hidden": "two", "activation": "relu"},
    "a probability": {"view": "networks", "output": "sigmoid", "hidden": "two"},
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("dropout", {"lang": language} | EDGES[name])
    assert_whole(app, "dropout", language)
    assert len(app.warning) == 0
    assert "nan" not in said(app).lower()


BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "p above 1": ({"p": "1.5"}, [("1.5", "0.4")]),
    "p below 0": ({"p": "-0.1"}, [("-0.1", "0.4")]),
    "p is no number": ({"p": "nan"}, [("nan", "0.4")]),
    "too many values": ({"values": "1,2,3,4,5,6,7,8,9"}, [("8", "0, 1.8033, 1.4608, 4.5189, 6.9116")]),
    "no values": ({"values": ","}, [("1", "0, 1.8033, 1.4608, 4.5189, 6.9116")]),
    "a value beyond measure": ({"values": "1e400"}, [("1e400", "0, 1.8033, 1.4608, 4.5189, 6.9116")]),
    "masks without end": ({"view": "average", "masks": "1000000000"}, [("400", "200")]),
    "layers without end": ({"view": "depth", "depth": "21"}, [("20", "8")]),
    "a seed below 0": ({"seed": "-1"}, [("-1", "16")]),
    "a mode unheard of": ({"mode": "test"}, [("test", "train")]),
    "an activation unheard of": ({"view": "networks", "activation": "gelu"}, [("gelu", "")]),
    "no such part": ({"rate": "0.5"}, [("rate", "")]),
    "two at once": ({"p": "x", "unit": "9"}, [("x", "0.4"), ("8", "2")]),
    "markup": ({"scaling": "<b>*[x](javascript:1)"}, [("\\<b\\>\\*\\[x\\](javascript\\:1)", "training")]),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("dropout", address, expected, language)


# --- what is said ---


def test_the_formula_has_the_learners_own_numbers_in_it() -> None:
    assert formula(opened("dropout")).endswith(
        r"y_2 = \frac{m_2 x_2}{1 - p} = \frac{1 \cdot 1.8033}{1 - 0.4} = 3.0055$"
    )
    assert r"\frac{0 \cdot 4.5189}{1 - 0.4} = 0" in formula(opened("dropout", {"unit": "4"}))
    assert formula(opened("dropout", {"mode": "eval"})).endswith("y_2 = x_2 = 1.8033$")
    other = formula(opened("dropout", {"mode": "eval", "scaling": "evaluation"}))
    assert r"\left(1 - 0.4\right) \cdot 1.8033 = 1.08198" in other
    assert r"\left(-2\right)" in formula(opened("dropout", {"values": "-2", "scaling": "never"}))


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("view", ["layer", "average", "depth", "networks"])
def test_p_1_is_said_in_a_sentence(view: str, language: str) -> None:
    app = opened("dropout", {"lang": language, "view": view, "p": "1"})
    assert plain(words(language).w(f"{PAGE}.{view}.said.all")) in said(app)


@IN_EACH_LANGUAGE
@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ({}, "exact"),
        ({"output": "sigmoid"}, "logit"),
        ({"hidden": "two"}, "close"),
        ({"hidden": "two", "activation": "identity"}, "exact"),
        ({"hidden": "two", "output": "sigmoid"}, "close"),
    ],
)
def test_the_average_of_the_sub_networks_is_called_what_it_is(address: Address, verdict: str, language: str) -> None:
    app = opened("dropout", {"lang": language, "view": "networks"} | address)
    found = ensemble(scene(app))
    gap = abs(found.average - found.whole)
    values = {"average": found.average, "whole": found.whole, "gap": gap, "count": 16}
    assert plain(words(language).w(f"{PAGE}.networks.said.{verdict}", **values)) in said(app)


def test_without_the_scale_the_page_says_how_many_times_too_much() -> None:
    app = opened("dropout", {"view": "average", "scaling": "never", "p": "0.75"})
    assert plain(words("en").w(f"{PAGE}.average.said.never", factor=4.0)) in said(app)
    app = opened("dropout", {"view": "depth", "p": "0.5", "depth": "3"})
    assert "1/(1 − p)" in said(app) and "theory says 8" in said(app)


# --- what is touched ---


def test_redrawing_takes_the_next_seed_and_can_be_undone() -> None:
    app = opened("dropout")
    before = said(app)
    widget(app, "dropout redraw").click().run()
    assert scene(app) == DropoutScene(seed=17) and dict(app.query_params) == {"seed": "17"}
    assert said(app) != before
    widget(app, "dropout undo").click().run()
    assert scene(app) == DropoutScene() and said(app) == before


def test_evaluation_has_no_mask_to_redraw_and_says_so() -> None:
    app = opened("dropout")
    widget(app, "dropout mode en").set_value("eval").run()
    assert dict(app.query_params) == {"mode": "eval"}
    button = widget(app, "dropout redraw")
    assert button.disabled and button.help == words("en").w(f"{PAGE}.redraw.idle")
    assert "u" not in [line.split(" | ")[1] for line in said(app).split("\n") if line.startswith("| ")]


def test_each_way_of_looking_has_its_own_fields_and_keeps_the_rest() -> None:
    app = opened("dropout", {"p": "0.3", "seed": "5"})
    for view in ("average", "depth", "networks", "layer"):
        widget(app, "dropout view en").set_value(view).run()
        assert_whole(app, "dropout", "en")
        assert scene(app) == DropoutScene(view=view, p=0.3, seed=5)
        assert ("dropout scaling en" in keys(app)) == (view == "average")
    widget(app, "dropout view en").set_value("average").run()
    widget(app, "dropout scaling en").set_value("never").run()
    assert scene(app).scaling == "never"


def test_outputs_of_ones_own_are_typed_and_a_wrong_one_keeps_its_text() -> None:
    app = opened("dropout")
    (box,) = [box for box in app.text_input if "1.8033" in str(box.value)]
    box.set_value("2, -4").run()
    assert scene(app).values == (2.0, -4.0) and scene(app).open == 2
    box = app.text_input[0]
    box.set_value("2, x").run()
    assert not app.exception and scene(app).values == (2.0, -4.0)
    assert app.error and app.text_input[0].value == "2, x"


def test_the_data_are_those_of_the_picture() -> None:
    one = layer(DropoutScene())
    first, names, columns = table(one)
    assert (first, names) == ("row_unit", ["x", "u", "m", "y"])
    np.testing.assert_array_equal(columns, [one.scene.x, one.uniforms, one.mask, one.output])
    many = average(DropoutScene(view="average"))
    np.testing.assert_array_equal(table(many)[2], many.averages.T)
    deep = depth(DropoutScene(view="depth"))
    np.testing.assert_array_equal(table(deep)[2], np.array([deep.unscaled, deep.scaled, deep.expected])[:, 1:])
    small = ensemble(DropoutScene(view="networks"))
    np.testing.assert_array_equal(table(small)[2], [*small.masks.T, small.probabilities, small.outputs])


@pytest.mark.parametrize(("view", "tables"), [("layer", 1), ("average", 1), ("depth", 2), ("networks", 1)])
def test_the_data_tab_counts_its_rows_from_1(view: str, tables: int) -> None:
    app = opened("dropout", {"view": view})
    widget(app, "dropout tab en").set_value("data").run()
    assert_whole(app, "dropout", "en")
    counted = [block.value for block in app.markdown if "\n| 1 | " in block.value and "\n| 2 | " in block.value]
    assert len(counted) == tables and not any("\n| 0 | " in table for table in counted)
