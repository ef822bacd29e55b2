"""The update rules lesson: every number is the update's own, every formula gives it, every switch can be flipped."""

from typing import Literal, get_origin

import numpy as np
import pytest

from lrviz.descend.derivation import SURFACE, Derivation, derive
from lrviz.descend.engine import descend
from lrviz.descend.rules import (
    CONVENTIONS,
    MOST_STEPS,
    PRESETS,
    RulesScene,
    Worked,
    conventions_of,
    worked,
)
from lrviz.figures.rules import FARTHEST, weight_range, weights_figure
from lrviz.optimizers import (
    ASGD,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Momentum,
    NAdam,
    Nesterov,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
    RuleSpec,
    rule_kinds,
)
from lrviz.schedules import Constant
from lrviz.spec import fields_of, from_address
from lrviz.text import LANGUAGES, words
from lrviz.ui import rules as shown

KINDS = tuple(rule_kinds().values())


def scene(rule: Rule, lr: float = 0.01, **more: object) -> RulesScene:
    return RulesScene(optimizer=rule, schedule=Constant(lr=lr)).but(**more)


# ------------------------------------------------------------------------------------------------ golden weights

GOLDEN: list[tuple[Rule, float, list[float]]] = [
    (Momentum(momentum=0.9), 0.01, [0.99, 0.9711]),
    (Momentum(momentum=0.9, dampening=0.1), 0.01, [0.99, 0.97209]),
    (Momentum(momentum=0.9, dampening=0.9), 0.01, [0.99, 0.98001]),
    (Momentum(momentum=0.9, form="ema"), 0.01, [0.999, 0.997101]),
    (Momentum(momentum=0.9, form="ema"), 0.1, [0.99, 0.9711]),
    (Nesterov(momentum=0.9), 0.01, [0.981, 0.954261]),
    (Adagrad(), 0.01, [0.990000000001, 0.9829645540222953, 0.9772379394914298]),
    (Adagrad(eps_inside=True), 0.01, [0.9900000000005, 0.9829645540214749]),
    (Adagrad(eps=1e-6, eps_inside=True), 0.01, [0.9900000049999963, 0.9829645607793878]),
    (RMSprop(alpha=0.9), 0.01, [0.9683772243983162, 0.9457880262458569]),
    (RMSprop(alpha=0.9, eps_inside=True), 0.01, [0.9683772249794549, 0.9457880269080087]),
    (RMSprop(), 0.01, [0.9000000099999991, 0.8329179752650593, 0.7799822819823541]),
    (Adam(beta2=0.99), 0.01, [0.9900000001, 0.9800025187749787]),
    (Adam(beta2=0.99, bias_correction=False), 0.01, [0.9900000009999999, 0.9765346512671019]),
    (Adam(), 1e-3, [0.99900000001, 0.9980000262238367, 0.9970000960801475]),
    (AdamW(), 1e-3, [0.99899000001, 0.9979800365872719, 0.9969701273454019]),
    (Adamax(), 2e-3, [0.99800000002, 0.9960001054085043, 0.9940003883590786]),
    (NAdam(), 2e-3, [0.9978870964384594, 0.9963211967687831, 0.9948589145126056]),
    (RAdam(), 1e-3, [0.999, 0.9980005263157895, 0.9970015962322781]),
    (Adadelta(), 1.0, [0.9968377381511013, 0.9935981984076517, 0.9903090828008376]),
    (Rprop(), 0.01, [0.99, 0.978, 0.9636]),
    (ASGD(), 0.01, [0.9899990002235398, 0.9800980278204133, 0.9702960822693314]),
    (SGD(), 1e-3, [0.999, 0.998001, 0.997002999]),
]


@pytest.mark.parametrize(("rule", "lr", "weights"), GOLDEN)
def test_the_first_weights_are_those_torch_and_the_papers_give(rule: Rule, lr: float, weights: list[float]) -> None:
    found = worked(scene(rule, lr)).mine.weights
    assert found[0] == 1.0
    np.testing.assert_allclose(found[1 : 1 + len(weights)], weights, rtol=1e-13)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Momentum(momentum=0.9), ["0.990000", "0.971100"]),
        (Adagrad(), ["0.990000", "0.982965"]),
        (RMSprop(alpha=0.9), ["0.968377", "0.945788"]),
        (Adam(beta2=0.99), ["0.990000", "0.980003"]),
    ],
)
def test_the_golden_numbers_stand_on_the_page_to_six_digits(rule: Rule, said: list[str]) -> None:
    for step, weight in enumerate(said, start=1):
        result = worked(scene(rule, step=step))
        row = next(row for row in result.rows if row.term.name == "x")
        assert float(shown._values(row)[0]) == float(weight)


# ------------------------------------------------------------------------------------------ every number is the rule's


@pytest.mark.parametrize("rule", KINDS, ids=lambda cls: cls.__name__)
def test_the_weights_are_those_of_descend(rule: type[RuleSpec]) -> None:
    made = scene(rule(), 0.3, steps=20, clip_norm=0.7)  # type: ignore[arg-type]
    path = descend(SURFACE, made.runs)
    np.testing.assert_array_equal(derive(made.runs).weights, path.x[0, :, 0])


# ------------------------------------------------------------------------------------------------- conventions


@pytest.mark.parametrize("rule", KINDS, ids=lambda cls: cls.__name__)
def test_every_switch_a_rule_has_is_a_convention_and_can_be_flipped_back(rule: type[RuleSpec]) -> None:
    switches = {
        name for name, info in fields_of(rule) if info.annotation is bool or get_origin(info.annotation) is Literal
    }
    known = conventions_of(rule())  # type: ignore[arg-type]
    assert switches <= set(known) <= set(CONVENTIONS)
    for name in known:
        other = scene(rule(), switch=name).other  # type: ignore[arg-type]
        assert other != scene(rule(), switch=name)  # type: ignore[arg-type]
        if rule is not AdamW or name not in ("decoupled", "weight_decay"):  # another class, another default
            assert other.but(switch=name).other == scene(rule())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_a_convention_that_changes_the_weight(name: str) -> None:
    result = worked(PRESETS[name])
    assert not result.same
    assert {row.term.name for row in result.rows if row.changed} >= {"x", "update"}


def test_without_bias_correction_adams_first_step_is_root_ten_times_as_long() -> None:
    result = worked(PRESETS["bias_correction"])
    row = result.rows[-1]
    assert row.mine is not None and row.other is not None
    assert row.other.value / row.mine.value == pytest.approx(np.sqrt(10), rel=1e-5)


def test_a_sum_is_set_beside_an_average_under_one_name() -> None:
    rows = {row.term.name: row for row in worked(PRESETS["momentum_forms"]).rows}
    mine, other = rows["v"].mine, rows["v"].other
    assert mine is not None and other is not None
    assert (mine.name, mine.value, other.name) == ("v", 1.0, "s") and other.value == pytest.approx(0.1)


def test_terms_that_one_side_lacks_stand_alone_and_in_order() -> None:
    rows = worked(PRESETS["weight_decay_place"]).rows
    assert [row.term.name for row in rows] == ["g", "decay", "m", "v", "m_hat", "v_hat", "x", "update"]
    assert rows[1].mine is None and rows[1].other is not None and rows[1].other.value == -0.005


def test_an_idle_convention_changes_nothing_and_is_not_offered() -> None:
    made = RulesScene(switch="decoupled")
    assert "decoupled" not in made.conventions
    result = worked(made)
    assert result.same and not any(row.changed for row in result.rows)


def test_another_rule_keeps_the_convention_it_has_and_gives_up_the_one_it_has_not() -> None:
    made = RulesScene(switch="eps_inside")
    assert made.with_rule(RMSprop()).switch == "eps_inside"
    assert made.with_rule(SGD()).switch == "usual"


@pytest.mark.parametrize(
    ("address", "code", "kept"),
    [
        ({"optimizer": "sgd", "switch": "form"}, "no_such_switch", {"optimizer": SGD()}),
        ({"step": "51"}, "less_than_equal", {}),
        ({"steps": "51"}, "less_than_equal", {}),
        ({"switch": "colour"}, "literal_error", {}),
        ({"optimizer.beta1": "1"}, "less_than", {}),
    ],
)
def test_what_does_not_go_together_is_named_and_the_rest_opens(
    address: dict[str, str], code: str, kept: dict[str, object]
) -> None:
    made, problems = from_address(address, RulesScene())
    assert [problem.code for problem in problems] == [code]
    assert made == RulesScene().but(**kept)
    for language in LANGUAGES:
        assert words(language).has(f"problem.{code}")


@pytest.mark.parametrize(("rule", "most"), [(SGD(), 2.0), (Momentum(), 3.8), (SGD(weight_decay=1.0), 1.0)])
def test_a_rule_that_diverges_is_saved_just_below_its_bound(rule: Rule, most: float) -> None:
    made = scene(rule, 2.6 * most, steps=MOST_STEPS)
    found = worked(made).autopsy
    assert found is not None and found.saved is not None
    assert 0.99 * most < 2.6 * most * found.saved < most
    assert worked(made.at_rate(2.6 * most * found.saved)).autopsy is None
    assert worked(RulesScene()).autopsy is None


# ------------------------------------------------------------------------------------------------- the picture


def drawn(result: Worked) -> dict[str, object]:
    text = words("en")
    return weights_figure(result, shown.names(text), shown.chart_words(result, text))


def test_the_picture_holds_the_rule_the_switch_and_every_other_rule() -> None:
    result = worked(RulesScene())
    *behind, other, mine, ring = drawn(result)["data"]  # type: ignore[misc]
    np.testing.assert_allclose(mine["y"], result.mine.weights, rtol=1e-6)
    np.testing.assert_allclose(other["y"], result.other.weights, rtol=1e-6)
    assert len(behind) == len(KINDS) - 1 and {trace["name"] for trace in behind} >= {"SGD", "Lion"}
    assert (ring["x"], ring["y"]) == (result.scene.step, result.mine.weights[result.scene.step])


def test_a_switch_that_changes_nothing_is_not_drawn() -> None:
    with_switch = len(drawn(worked(RulesScene()))["data"])  # type: ignore[arg-type]
    assert len(drawn(worked(RulesScene(switch="decoupled")))["data"]) == with_switch - 1  # type: ignore[arg-type]


def test_what_runs_away_leaves_by_an_arrow_and_flattens_nothing() -> None:
    figure = drawn(worked(scene(SGD(), 1000.0, steps=MOST_STEPS)))
    low, high = figure["layout"]["yaxis"]["range"]  # type: ignore[index]
    assert low >= -2 * FARTHEST and high <= 2 * FARTHEST
    assert figure["layout"]["annotations"]  # type: ignore[index]


@pytest.mark.parametrize("lr", [1e-9, 1e-3, 0.02, 0.5, 3.0, 1000.0])
def test_the_axis_holds_the_weights_that_are_near(lr: float) -> None:
    weights = derive(scene(SGD(), lr).runs).weights
    low, high = weight_range(weights)
    near = np.clip(weights, -FARTHEST, FARTHEST)
    assert low < near.min() and near.max() < high or lr < 1e-6


# ------------------------------------------------------------------------------------------------- the table


@pytest.mark.parametrize("rule", KINDS, ids=lambda cls: cls.__name__)
def test_the_table_holds_every_term_of_every_update(rule: type[RuleSpec]) -> None:
    side: Derivation = derive(scene(rule()).runs)  # type: ignore[arg-type]
    heads, columns = shown.table(side, "weight")
    assert columns.shape == (len(heads), len(side.moments) + 1)
    np.testing.assert_array_equal(columns[heads.index("weight")], side.weights)
    assert columns[:, 2].tolist() == [term.value for term in side.terms(2)]
    assert np.isnan(columns[:, 0]).sum() == len(heads) - 1


@pytest.mark.parametrize("steps", [1, 7, 8, 50])
def test_the_other_table_holds_every_rule_up_to_the_last_step(steps: int) -> None:
    result = worked(RulesScene(steps=steps))
    head, rows = shown.everyone(result, words("en"))
    assert [row[0] for row in rows][0] == "Adam" and len(rows) == len(KINDS)
    assert head[-1] == f"w_{steps}" and all(len(row) == len(head) <= 9 for row in rows)
    assert [float(row[-1]) for row in rows] == pytest.approx(
        [result.mine.weights[-1], *(weights[-1] for weights in result.behind.values())], rel=1e-5
    )
