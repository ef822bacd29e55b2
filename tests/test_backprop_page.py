"""The backpropagation page: its drawing and plates stage by stage, edges, broken links, and what is touched."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lrviz.backprop.engine import PARAMETERS, WEIGHTS
from lrviz.backprop.losses import CrossEntropy
from lrviz.backprop.scene import MOST_STEPS, PRESETS, STAGES, BackpropScene, worked
from lrviz.backprop.units import Identity, ReLU, Tanh
from lrviz.figures.backprop import MOST_POINTS, errors_figure
from lrviz.spec import read_field, to_address
from lrviz.text import LANGUAGES, words
from lrviz.ui.backprop_net import COLORS, Drawing
from lrviz.ui.backprop_rows import rows
from lrviz.ui.markdown import plain
from lrviz.ui.network import Edge, Node
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

MAZUR = BackpropScene()
AXIS = {"x": "updates", "y": "E", "simultaneous": "all at once", "reuse": "new first"}
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def drawn(scene: BackpropScene, *, narrow: bool = False) -> dict[str, Node | Edge]:
    drawing = Drawing(worked(scene), words("en"), narrow)
    return {one.id: one for one in (*drawing.nodes(), *drawing.edges())}


def spoken(scene: BackpropScene) -> list[str]:
    return [row.spoken for row in rows(worked(scene))]


# ------------------------------------------------------------------------------------------------------ the drawing


def test_a_number_is_drawn_once_it_is_worked_out_and_not_before() -> None:
    known = {stage: drawn(MAZUR.at(stage)) for stage in STAGES}
    for stage, node, said in (
        ("net_h", "h1", "net 0.3775"),
        ("net_o", "o2", "net 1.225"),
        ("delta_o", "o1", "δ 0.1385"),
        ("delta_h", "h2", "δ 0.009954"),
    ):
        before = STAGES[STAGES.index(stage) - 1]  # type: ignore[arg-type]
        assert known[stage][node].note == said != known[before][node].note  # type: ignore[union-attr, index]
    assert (known["net_h"]["h1"].value, known["out_h"]["h1"].value) == ("", "0.5933")
    assert (known["net_o"]["o1"].value, known["out_o"]["o1"].value) == ("", "0.7514")
    assert (known["out_o"]["E"].value, known["error"]["E"].value) == ("", "0.2984")


def test_a_weight_shows_its_value_then_its_gradient_too_then_what_it_becomes() -> None:
    plates = [(e.value, e.extra) for e in (drawn(MAZUR.at(s))["w5"] for s in ("delta_o", "grad_o", "update"))]  # type: ignore[arg-type, union-attr]
    assert plates == [("w5 0.4", ""), ("w5 0.4", "∂ 0.0822"), ("w5 0.3589", "← 0.4")]
    assert drawn(MAZUR.at("grad_o"))["w1"].value == "w1 0.15"
    narrow = drawn(MAZUR, narrow=True)["w5"]
    assert isinstance(narrow, Edge) and (narrow.value, narrow.extra) == ("", "∂ 0.082")


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_is_lit_are_the_paths_of_the_chosen_parameter(name: str) -> None:
    scene = MAZUR.picked(name) if name != MAZUR.chosen else MAZUR
    lit = {one.id: one.color for one in drawn(scene).values() if one.lit}
    expected = {f.at: COLORS[f.part] for path in worked(scene).paths(name) for f in path.factors}
    assert lit == expected
    assert all(edge.backward for edge in drawn(scene).values() if isinstance(edge, Edge))


def test_every_parameter_can_be_picked_and_says_what_it_is() -> None:
    shown = drawn(MAZUR)
    assert {one.id for one in shown.values() if one.picks} == set(PARAMETERS)
    assert shown["w5"].label == "w5, value 0.4, gradient 0.08217"
    assert drawn(MAZUR.at("inputs"))["b1"].label == "b1, value 0.35"


def test_biases_move_in_the_drawing_only_when_they_do() -> None:
    assert drawn(MAZUR.at("update"))["b2"].value == "0.6"
    moved = drawn(MAZUR.but(biases=True).at("update"))["b2"]
    assert moved.value == "0.5498" and moved.lit


# ------------------------------------------------------------------------------------------------------- the plates


def test_the_path_of_w5_is_worked_out_in_symbols_and_numbers() -> None:
    (line,) = spoken(MAZUR)
    assert line == (
        "∂E/∂w5 = ∂E/∂out_o1 × ∂out_o1/∂net_o1 × ∂net_o1/∂w5 = 0.74137 × 0.18682 × 0.59327 = 0.082167041; "
        "w5′ = 0.4 − 0.5 · 0.08217 = 0.35891648"
    )


def test_two_paths_lead_to_w1_and_their_products_add_up() -> None:
    *paths, total = spoken(PRESETS["two_paths"])
    assert [line.split(" = ")[-1] for line in paths] == ["0.00066839602", "-0.00022982829"]
    assert total.startswith("∂E/∂w1 = o1 + o2 = 0.00066839602 + -0.00022982829 = 0.00043856773")
    assert "= 0.14978072" in total


def test_a_bias_that_does_not_move_has_no_update() -> None:
    assert len(spoken(MAZUR.picked("b1"))) == 5
    assert "b1′" not in spoken(MAZUR.picked("b1"))[-1]
    assert "b1′" in spoken(MAZUR.but(biases=True).picked("b1"))[-1]


STAGE_LINES = {
    "inputs": [],
    "net_h": ["net_h1 = w1 · i1 + w2 · i2 + b1 = 0.0075 + 0.02 + 0.35 = 0.3775"],
    "out_h": ["out_h1 = net_h1 = 0.3775 = 0.593269992"],
    "net_o": ["net_o1 = w5 · out_h1 + w6 · out_h2 + b2 = 0.23731 + 0.2686 + 0.6 = 1.105906"],
    "out_o": ["out_o1 = net_o1 = 1.1059 = 0.75136507"],
    "error": ["E = E_o1 + E_o2 = 0.274811083 + 0.0235600256 = 0.298371109"],
    "delta_o": ["δ_o1 = ∂E/∂out_o1 × ∂out_o1/∂net_o1 = 0.74137 × 0.18682 = 0.13849856"],
    "grad_o": ["∂E/∂w5 = δ_o1 × out_h1 = 0.1385 × 0.59327 = 0.082167041"],
    "delta_h": ["δ_h1 = δ_o1 · w5 + δ_o2 · w7 × ∂out_h1/∂net_h1 = 0.03635 × 0.2413 = 0.0087713547"],
    "grad_h": ["∂E/∂w1 = δ_h1 × i1 = 0.0087714 × 0.05 = 0.00043856773"],
    "update": ["w1′ = 0.15 − 0.5 · 0.0004386 = 0.14978072"],
}


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_worked_out_on_plates(stage: str) -> None:
    lines = spoken(MAZUR.at(stage))  # type: ignore[arg-type]
    assert lines[:1] == STAGE_LINES[stage]
    with_biases = spoken(MAZUR.but(biases=True).at(stage))  # type: ignore[arg-type]
    more = {"grad_o": ["∂E/∂b2"], "grad_h": ["∂E/∂b1"], "update": ["b1′", "b2′"]}.get(stage, [])
    assert [line.split(" = ")[0] for line in with_biases[len(lines) :]] == more


def test_new_weights_that_are_used_too_early_are_marked() -> None:
    marked = [plate.bottom for row in rows(worked(PRESETS["reuse"])) for plate in row.plates if plate.marked]
    assert marked == ["∂out_h1", "∂out_h1"]
    assert not any(plate.marked for row in rows(worked(PRESETS["two_paths"])) for plate in row.plates)


# ------------------------------------------------------------------------------------------------------- the curve


def test_the_curve_holds_the_errors_and_marks_the_open_pass() -> None:
    result = worked(MAZUR.but(done=40, steps=100))
    other, mine, ring = errors_figure(result, AXIS)["data"]
    np.testing.assert_allclose(mine["y"], result.curves.simultaneous, rtol=1e-6)
    np.testing.assert_allclose(other["y"], result.curves.reuse, rtol=1e-6)
    assert (mine["name"], other["name"]) == ("all at once", "new first")
    assert ring["x"].tolist() == [40] and ring["y"][0] == pytest.approx(result.error, rel=1e-6)


def test_a_long_curve_is_thinned_and_one_that_is_lost_says_how_far_it_goes() -> None:
    long = errors_figure(worked(MAZUR.but(steps=MOST_STEPS)), AXIS)
    assert all(len(trace["x"]) <= MOST_POINTS + 2 for trace in long["data"])
    assert long["layout"]["annotations"] == []
    lost = errors_figure(worked(PRESETS["too_large"].but(steps=1_000)), AXIS)
    (mark,) = lost["layout"]["annotations"]
    assert mark["text"] == "∞"
    assert 10 ** lost["layout"]["yaxis"]["range"][1] <= 100


# ------------------------------------------------------------------------------------------------------- the page

EDGES: dict[str, BackpropScene] = {
    "lost": MAZUR.but(output=Identity(), hidden=Identity(), lr=1000.0, biases=True, steps=MOST_STEPS, done=MOST_STEPS),
    "all zero": MAZUR.but(**dict.fromkeys((*PARAMETERS, "i1", "i2"), 0.0)),
    "saturated to the last digit": MAZUR.but(b2=100.0, loss=CrossEntropy(), t1=0.0),
    "on the kink": MAZUR.but(hidden=ReLU(), output=ReLU(), w1=0.0, w2=0.0, b1=0.0),
    "large weights": MAZUR.but(**dict.fromkeys(WEIGHTS, 100.0), hidden=Tanh(), output=Tanh(), update="reuse"),
    "one update": MAZUR.but(steps=1, stage="update", chosen="b1", biases=True),
    "the bias of the outputs": MAZUR.but(chosen="b2", update="reuse", hidden=ReLU(), b1=-0.5),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("backprop", {"lang": language} | to_address(EDGES[name], MAZUR))
    assert_whole(app, "backprop", language)
    assert len(app.warning) == 0


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_opens(stage: str) -> None:
    app = opened("backprop", {"stage": stage, "chosen": "none"})
    assert_whole(app, "backprop", "en")
    assert plain(words("en").w(f"page.backprop.stage.said.{stage}")) in [c.value for c in app.caption]


BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "a weight beyond the limit": ({"w5": "101"}, [("100", "0.4")]),
    "no number": ({"i1": "nan"}, [("nan", "0.05")]),
    "a rate of 0": ({"lr": "0"}, [("lr", "0.5")]),
    "updates without end": ({"steps": "1000000000", "done": "99999"}, [("10000", "1000"), ("10000", "0")]),
    "a stage unheard of": ({"stage": "sideways"}, [("sideways", "grad_h")]),
    "a unit unheard of": ({"hidden": "gelu"}, [("gelu", "sigmoid_unit")]),
    "cross-entropy of tanh": ({"loss": "cross_entropy", "output": "tanh_unit"}, [("", "half_squared")]),
    "a target beyond 1": ({"loss": "cross_entropy", "t2": "1.5"}, [("t1", "half_squared")]),
    "markup": ({"w1": "<b>*[x](javascript:1)"}, [("\\<b\\>\\*\\[x\\](javascript\\:1)", "0.15")]),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("backprop", address, expected, language)


def scene(app: AppTest) -> BackpropScene:
    return app.session_state["backprop scene"]


def test_next_and_back_go_through_the_pass_and_the_address_follows() -> None:
    app = opened("backprop", {"stage": "inputs", "chosen": "none"})
    widget(app, "backprop forward").click().run()
    assert scene(app) == MAZUR.at("net_h") and dict(app.query_params)["stage"] == "net_h"
    widget(app, "backprop back").click().run()
    assert scene(app) == MAZUR.at("inputs")
    assert widget(app, "backprop back").disabled
    widget(app, "backprop stage en").set_value("update").run()
    widget(app, "backprop forward").click().run()
    assert scene(app) == MAZUR.but(done=1).at("inputs")
    widget(app, "backprop undo").click().run()
    assert scene(app) == MAZUR.at("update")


def test_weights_are_updated_once_or_often_and_begun_again() -> None:
    app = opened("backprop")
    widget(app, "backprop train 1").click().run()
    assert scene(app).done == 1
    assert any("0.291027774" in block.value for block in app.markdown)
    widget(app, "backprop train 1000").click().run()
    assert scene(app).done == 1_001 and not app.exception
    widget(app, f"backprop train -{MOST_STEPS}").click().run()
    assert scene(app) == MAZUR and dict(app.query_params) == {}


def test_a_stage_chosen_just_before_an_update_is_kept() -> None:
    app = opened("backprop")
    widget(app, "backprop stage en").set_value("inputs")
    widget(app, "backprop train 1").click().run()
    assert scene(app) == MAZUR.but(done=1).at("inputs")


@IN_EACH_LANGUAGE
def test_a_rate_that_is_too_large_is_said_and_saved_in_one_click(language: str) -> None:
    app = opened("backprop", {"lang": language} | to_address(PRESETS["too_large"], MAZUR))
    grows = words(language).w("page.backprop.rescue.grows", lr=3.0, before=0.40707722, after=8.80377422)
    assert any(plain(grows) in block.value for block in app.markdown)
    widget(app, "backprop rescue").click().run()
    assert not app.exception and scene(app).lr < 3
    assert "backprop rescue" not in [button.key for button in app.button]


def test_a_target_that_cross_entropy_cannot_take_is_refused_where_it_is_typed() -> None:
    changed, problem = read_field(PRESETS["cross_entropy"], "t1", "-1")
    assert changed == PRESETS["cross_entropy"]
    assert problem and (problem.path, problem.code) == ("t1", "cross_entropy_target")


def test_other_output_units_take_the_place_of_cross_entropy() -> None:
    app = opened("backprop", to_address(PRESETS["cross_entropy"], MAZUR))
    widget(app, "kind en output backprop").set_value("tanh_unit").run()
    assert scene(app) == MAZUR.but(output=Tanh()) and not app.exception
    assert words("en").w("page.backprop.form.no_cross_entropy") in [c.value for c in app.caption]


def test_the_slip_of_the_tutorial_is_shown_for_its_own_network_whatever_is_open() -> None:
    app = opened("backprop", {"w1": "1.5", "lr": "3"})
    widget(app, "backprop tab en").set_value("slip").run()
    (table,) = [block.value for block in app.markdown if block.value.startswith("| updates")]
    assert all(number in table for number in ("0.291027774", "0.291027924", "3.51019e-05", "3.50848e-05"))
