"""Every Spec: its defaults, its address, and what an address may say without harm."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.descend.racer import Racer
from lrviz.optimizers import optimizer_kinds
from lrviz.schedules import Cosine, MultiStep, OneCycle, Plateau, Sequence, Step, Warmup
from lrviz.schedules.compose import schedule_kinds
from lrviz.schedules.scene import SchedulesScene
from lrviz.spec import (
    MAX_STEPS,
    Knob,
    Spec,
    fields_of,
    from_address,
    kind_of,
    knob_of,
    read_field,
    to_address,
    value_at,
    with_value,
)
from lrviz.surfaces import surface_kinds
from tests.strategies import schedules, specs

CLASSES: tuple[type[Spec], ...] = (
    *schedule_kinds().values(),
    Plateau,
    *optimizer_kinds().values(),
    *surface_kinds().values(),
    Racer,
)
SCENES: tuple[type[Spec], ...] = (SchedulesScene, ParabolaScene, RaceScene)
SCENE = SchedulesScene()


def codes(problems: Any) -> list[str]:
    return [problem.code for problem in problems]


# ------------------------------------------------------------------------------------------------------- defaults


def test_every_class_has_a_kind_of_its_own() -> None:
    kinds = [kind_of(cls) for cls in (*CLASSES, *SCENES)]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("cls", CLASSES, ids=kind_of)
def test_defaults_are_valid_and_inside_their_knobs(cls: type[Spec]) -> None:
    spec = cls()
    assert cls(**dict(spec)) == spec
    for name, info in fields_of(cls):
        knob, value = knob_of(info), getattr(spec, name)
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and (kind_of(cls), name) not in WITHOUT_SLIDER
        ):
            assert knob is not None, f"{name} has no slider"
            assert knob.low <= value <= knob.high or (value == 0 and knob.scale == "log"), name


WITHOUT_SLIDER = (
    {("racer", "slot")}
    | {(kind, name) for kind in ("formula_1d", "formula_2d") for name in ("low", "high", "start_x", "start_y")}
    | {("slice", name) for name in ("bottom", "top", "x_low", "x_high", "y_low", "y_high", "start_x", "start_y")}
)
"""Numbers whose range is another's to say, or that no one sets by hand."""


@pytest.mark.parametrize("cls", CLASSES, ids=kind_of)
def test_a_knobs_ends_are_valid(cls: type[Spec]) -> None:
    for name, info in fields_of(cls):
        knob = knob_of(info)
        if knob is not None:
            assert knob.low < knob.high and (knob.scale == "linear" or knob.low > 0), name
            for end in (knob.low, knob.high):
                _, problem = read_field(cls(), name, str(int(end) if info.annotation is int else end))
                assert problem is None or problem.code in CROSS_FIELD, (name, end, problem)


CROSS_FIELD = {"one_cycle_short", "max_below_base", "range_falls", "tanh_bounds"}


def test_a_field_that_narrows_its_types_knob_gets_its_own() -> None:
    assert knob_of(schedule_kinds()["exponential"].model_fields["gamma"]) == Knob(0.9, 1)


def test_specs_are_frozen_closed_and_hashable() -> None:
    spec = Step()
    with pytest.raises(ValidationError):
        spec.lr = 1.0  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Step(stepsize=3)  # type: ignore[call-arg]
    assert hash(SCENE) == hash(SchedulesScene())


def test_but_checks_what_it_changes() -> None:
    assert Step().but(step_size=7) == Step(step_size=7)
    with pytest.raises(ValidationError):
        Step().but(step_size=0)


# ------------------------------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize("cls", CLASSES, ids=kind_of)
@given(data=st.data())
def test_an_address_opens_the_same_spec(cls: type[Spec], data: st.DataObject) -> None:
    spec, base = data.draw(specs(cls)), data.draw(st.just(cls()) | specs(cls))
    address = to_address(spec, base)
    assert all(isinstance(text, str) for text in address.values())
    assert from_address(address, base) == (spec, [])
    assert to_address(base, base) == {}


@pytest.mark.parametrize("cls", SCENES, ids=kind_of)
@given(data=st.data())
def test_a_whole_scene_travels_in_an_address(cls: type[Spec], data: st.DataObject) -> None:
    scene, base = data.draw(specs(cls)), data.draw(st.just(cls()) | specs(cls))
    assert from_address(to_address(scene, base), base) == (scene, [])


@pytest.mark.parametrize("base", [ParabolaScene(), ParabolaScene(start=1.0)])
def test_a_start_left_to_the_surface_is_written_as_nothing(base: ParabolaScene) -> None:
    assert to_address(base.but(start=None), ParabolaScene(start=0.5)) == {"start": ""}
    assert from_address({"start": ""}, base) == (base.but(start=None), [])
    assert from_address({"steps": ""}, base)[0] == base


def test_an_address_is_plain() -> None:
    scene = SCENE.but(curves=(SCENE.curves[0].but(schedule=Cosine(T_max=30)), *SCENE.curves[1:]))
    assert to_address(scene, SCENE) == {"curves.0.schedule.T_max": "30"}
    assert to_address(Warmup(then=Step(gamma=0.1)), Warmup()) == {"then": "step", "then.gamma": "0.1"}
    assert to_address(MultiStep(milestones=(3, 9)), MultiStep()) == {"milestones": "3,9"}


def test_what_cannot_be_used_is_reported_and_the_rest_opens() -> None:
    spec, problems = from_address({"step_size": "0", "gamma": "0.25", "colour": "red"}, Step())
    assert spec == Step(gamma=0.25)
    assert [(p.path, p.given, p.code) for p in problems] == [
        ("step_size", "0", "greater_than_equal"),
        ("colour", "red", "unknown_part"),
    ]
    assert problems[0].values["ge"] == 1


@pytest.mark.parametrize(
    ("address", "base", "kept", "expected"),
    [
        ({"pct_start": "0"}, OneCycle(), {}, ["greater_than"]),
        ({"pct_start": "1"}, OneCycle(), {}, ["less_than"]),
        ({"pct_start": "0.001", "max_lr": "0.5"}, OneCycle(), {"max_lr": 0.5}, ["one_cycle_short"]),
        ({"pct_start": "0.6", "three_phase": "true"}, OneCycle(), {}, ["one_cycle_three"]),
        ({"milestones": "9,3"}, MultiStep(), {}, ["not_rising"]),
        ({"milestones": "3,3", "gamma": "0.1"}, MultiStep(), {"gamma": 0.1}, ["not_rising"]),
        ({"milestones": "0"}, MultiStep(), {}, ["greater_than_equal"]),
        ({"milestones": ""}, MultiStep(), {}, ["too_short"]),
        ({"milestones": "7"}, Sequence(), {}, ["milestone_count"]),
        ({"parts": "2"}, Sequence(), {}, ["milestone_count"]),
        ({"parts": "99"}, Sequence(), {}, ["less_than_equal"]),
        ({"shape": "exponential", "start_factor": "0"}, Warmup(), {}, ["warmup_exponential_zero"]),
        ({"lr": "nan"}, Step(), {}, ["finite_number"]),
        ({"lr": "1e400"}, Step(), {}, ["finite_number"]),
        ({"lr": "-inf"}, Step(), {}, ["finite_number"]),
        ({"lr": "0"}, Step(), {}, ["greater_than"]),
        ({"step_size": "9" * 5_000}, Step(), {}, ["int_parsing_size"]),
        ({"step_size": str(MAX_STEPS + 1)}, Step(), {}, ["less_than_equal"]),
        ({"step_size": "1.5"}, Step(), {}, ["int_parsing"]),
        ({"then": "sequence"}, Warmup(), {}, ["unknown_kind"]),
        ({"then.then.then.then": "warmup"}, Warmup(), {}, ["unknown_part"]),
        ({"lr.x": "1"}, Step(), {}, ["unknown_part"]),
        ({"kind": "cosine"}, Step(), {}, ["unknown_part"]),
        ({"expression": "__import__('os')"}, schedule_kinds()["formula"](), {}, ["formula_not_allowed"]),
    ],
)
def test_bad_parts_are_named(address: dict[str, str], base: Spec, kept: dict[str, Any], expected: list[str]) -> None:
    spec, problems = from_address(address, base)
    assert codes(problems) == expected
    assert spec == base.but(**kept)


def test_fields_that_do_not_go_together_cost_no_more_than_they_must() -> None:
    spec, problems = from_address({"base_lr": "0.5", "max_lr": "0.1", "gamma": "0.95"}, schedule_kinds()["cyclic"]())
    assert codes(problems) == ["max_below_base"]
    assert value_at(spec, "gamma") == 0.95


_PATHS = """
    schedule curves curves.0 curves.0.schedule curves.7.schedule.then curves.-1 curves.x curves..0 open steps plateau
    plateau.lr metric metric.points curves.0.schedule.parts curves.0.schedule.parts.3 curves.0.schedule.milestones
    curves.0.schedule.T_max curves.0.name kind curves.0.kind
"""
_WORDS = """
    0 1 -1 8 1e400 nan inf ٣ １２ 1_000 0x1f 3.0 true drawn 1:2;3:4 1:2:3 : ; , 1,2 5,4,3 a:b;c
"""
PATHS = st.sampled_from(["", *_PATHS.split()]) | st.text(st.characters(), max_size=12)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=20),
    st.sampled_from([*_WORDS.split(), *schedule_kinds(), "9" * 400, " 3 ", "\0", "\ud800"]),
    st.lists(st.integers().map(str), max_size=40).map(",".join),
)


@given(st.dictionaries(PATHS, TEXTS, max_size=12))
@example({"curves": "8", "curves.7.schedule": "sequence", "curves.7.schedule.parts": "4"})
@example({"curves.0.schedule": "sequence", "curves.0.schedule.parts": "2", "curves.0.schedule.milestones": "5"})
@example({"curves": "1", "open": "3"})
@example({"metric": "drawn", "metric.points": "1:2;1:3"})
def test_no_address_raises_and_every_problem_has_a_code(address: dict[str, str]) -> None:
    scene, problems = from_address(address, SCENE)
    assert type(scene)(**dict(scene)) == scene
    for problem in problems:
        assert problem.code.isidentifier() and isinstance(problem.given, str), problem
        assert not set(problem.values) & {"error", "fields"}
    again, left = from_address(to_address(scene, SCENE), SCENE)
    assert (again, left) == (scene, [])


@given(schedules(), st.data())
def test_one_bad_text_never_costs_another_field(spec: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name, _ in fields_of(spec)]))
    changed, problem = read_field(spec, name, data.draw(TEXTS))
    assert problem is None or problem.path.split(".")[0] == name
    assert all(getattr(changed, other) == getattr(spec, other) for other, _ in fields_of(spec) if other != name)
    assert problem is None or changed == spec


def test_thousands_of_keys_and_endless_paths_are_only_unknown() -> None:
    many = {f"curves.{i}.schedule.T_max": "3" for i in range(4, 3_000)}
    deep = {"curves.0.schedule" + ".then" * 500: "warmup", "curves.0.schedule" + ".parts.0" * 300: "product"}
    scene, problems = from_address(many | deep, SCENE)
    assert scene == SCENE
    assert set(codes(problems)) == {"unknown_part"} and len(problems) == len(many | deep)


def test_compositions_nest_no_deeper_than_their_types_allow() -> None:
    address = {"then": "product", "then.parts.0": "warmup", "then.parts.0.then": "product"}
    spec, problems = from_address(address, Warmup())
    assert kind_of(value_at(spec, "then")) == "product"
    assert codes(problems) == ["unknown_kind", "unknown_part"]


# ------------------------------------------------------------------------------------------------------- one value


@given(specs(SchedulesScene))
def test_a_value_is_found_and_replaced_at_its_path(scene: SchedulesScene) -> None:
    assert value_at(scene, "curves.0.slot") == scene.curves[0].slot
    changed = with_value(scene, "curves.0.schedule", Cosine(T_max=77))
    assert value_at(changed, "curves.0.schedule.T_max") == 77
    assert changed.curves[1:] == scene.curves[1:]
    assert with_value(changed, "curves.0.schedule", scene.curves[0].schedule) == scene


def test_nothing_is_found_where_nothing_is() -> None:
    for path in ("curves.99", "curves.x.slot", "curves.0.nothing", "nothing", "steps.real.x", ""):
        assert value_at(SCENE, path) is None or path == "steps.real.x"


def test_with_value_checks() -> None:
    with pytest.raises(ValidationError):
        with_value(SCENE, "plateau.factor", math.nan)
    assert np.isfinite(with_value(SCENE, "plateau.factor", 0.5).plateau.factor)
