"""The minima of every surface are where they are said to be, and a typed surface is searched for its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.surfaces import FormulaLine, FormulaPlane, SurfaceSpec, surface_kinds
from tests.test_surfaces import every_kind, named, somewhere, variants

GOLDEN: Mapping[str, Any] = json.loads((Path(__file__).parent / "surfaces.json").read_text(encoding="utf-8"))
"""Starts, minima and curvatures of 30 surfaces, worked out apart from this code."""


@pytest.mark.parametrize("kind", GOLDEN)
def test_surfaces_are_those_of_the_literature(kind: str) -> None:
    spec, known = surface_kinds()[kind](), GOLDEN[kind]
    assert spec.start == tuple(known["start"])
    assert float(spec(spec.start)) == pytest.approx(known["loss"], rel=1e-12)
    for minimum, expected in zip(spec.minima, known["minima"], strict=False):
        assert minimum.x == pytest.approx(expected["x"], abs=1e-12)
        assert minimum.loss == pytest.approx(expected["loss"], abs=1e-12)
        if "curvatures" in expected:
            curvatures = np.linalg.eigvalsh(spec.hessian(np.array(expected["x"])))
            np.testing.assert_allclose(curvatures, expected["curvatures"], rtol=1e-10, atol=1e-10)
    assert len(spec.minima) >= len(known["minima"]) and bool(spec.minima) == bool(known["minima"])
    if "curvatures_at_0" in known:
        np.testing.assert_allclose(np.linalg.eigvalsh(spec.hessian(np.zeros(2))), known["curvatures_at_0"])


def test_the_sharpness_is_that_of_the_literature() -> None:
    for kind, known in GOLDEN.items():
        expected = known["minima"][0].get("curvatures") if known["minima"] else None
        found = surface_kinds()[kind]().sharpness
        assert found == (pytest.approx(max(expected), rel=1e-10) if expected else None), kind


@every_kind
def test_at_every_minimum_the_gradient_is_0_and_nothing_around_is_lower(cls: type[SurfaceSpec]) -> None:
    for spec in variants(cls):
        low, high = np.array(spec.domain).T
        steepest = np.abs(spec.grad(somewhere(spec))).max()
        for minimum in spec.minima:
            place = np.array(minimum.x)
            assert np.all((low <= place) & (place <= high))
            assert np.all(np.abs(spec.grad(place)) <= 1e-9 * max(steepest, 1))
            assert minimum.loss == float(spec(place))
            around = place + 1e-3 * (high - low) * np.random.default_rng(1).normal(size=(200, spec.dims))
            assert spec(around).min() >= minimum.loss - 1e-12 * max(1, abs(minimum.loss))
        losses = [minimum.loss for minimum in spec.minima]
        assert losses == pytest.approx(sorted(losses), abs=1e-9)


@every_kind
def test_the_floor_is_below_everything_in_the_picture(cls: type[SurfaceSpec]) -> None:
    for spec in variants(cls):
        if spec.floor is not None and spec.domain == cls().domain:
            assert spec(somewhere(spec, 20_000)).min() >= spec.floor - 1e-12


@given(st.floats(0.1, 5), st.floats(-3, 3), st.floats(-2, 2))
def test_a_typed_parabola_is_found_and_measured(a: float, middle: float, height: float) -> None:
    spec = FormulaLine(expression=f"{a!r}*(x - {middle!r})**2 + {height!r}")
    (minimum,) = spec.minima
    assert minimum.x[0] == pytest.approx(middle, abs=1e-8) and minimum.loss == pytest.approx(height, abs=1e-12)
    assert spec.sharpness == pytest.approx(2 * a, rel=1e-9)


@pytest.mark.parametrize(
    ("expression", "places", "sharpness"),
    [
        ("x", [], None),
        ("5", [], None),
        ("-x**2", [], None),
        ("1/x", [], None),
        ("log(x)", [], None),
        ("tan(x)", [], None),
        ("x**4", [0.0], 0.0),
        ("abs(x)", [0.0], None),
        ("abs(x) + abs(x - 1)", [0.0, 1.0], None),
        ("where(x > 0, x, -2*x)", [0.0], None),
        ("cosh", None, None),
        ("(x - 1)**2*1e250", [1.0], 2e250),
        ("cos(x)", [-np.pi, np.pi], 1.0),
    ],
)
def test_the_minima_of_a_typed_line(expression: str, places: list[float] | None, sharpness: float | None) -> None:
    if places is None:
        with pytest.raises(ValidationError):
            FormulaLine(expression=expression)
        return
    spec = FormulaLine(expression=expression)
    found = [minimum.x[0] for minimum in spec.minima]
    assert found == pytest.approx(places, abs=1e-8)
    assert spec.sharpness == (None if sharpness is None else pytest.approx(sharpness, rel=1e-9))


@pytest.mark.parametrize("kind", [kind for kind, known in GOLDEN.items() if len(known["start"]) == 2])
def test_a_surface_typed_anew_has_the_minima_of_the_built_in_one(kind: str) -> None:
    built_in = surface_kinds()[kind]()
    if not built_in.minima or built_in.kinked or len(built_in.minima) > 100:
        return
    assert built_in.formula is not None
    typed = FormulaPlane(expression=built_in.formula.code({}), low=-6, high=6)
    found = np.array([minimum.x for minimum in typed.minima])
    inside = [m for m in built_in.minima if max(map(abs, m.x)) < 6]
    for minimum in inside:
        assert np.abs(found - minimum.x).max(axis=1).min() < 1e-7


def test_a_flat_valley_has_one_minimum_and_not_a_hundred() -> None:
    assert [minimum.x for minimum in FormulaPlane(expression="(x - 1)**2").minima] == [(1.0, 0.0)]


# ------------------------------------------------------------------------------------------------------ typed ones


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("1/0", "formula_nowhere_finite"),
        ("9**9**9**9", "formula_nowhere_finite"),
        ("sqrt(-1 - x**2)", "formula_nowhere_finite"),
        ("log(x) + log(-x)", "formula_nowhere_finite"),
        ("x + z", "formula_not_allowed"),
        ("t", "formula_not_allowed"),
        ("__import__('os')", "formula_not_allowed"),
        ("1e308*x", "formula_number"),
        ("-" * 100 + "x", "formula_too_deep"),
        ("(" * 1000 + "x" + ")" * 1000, "string_too_long"),
        ("x +", "formula_syntax"),
        ("", "string_too_short"),
        ("sin(x, x)", "formula_arguments"),
    ],
)
@pytest.mark.parametrize("cls", [FormulaLine, FormulaPlane], ids=named)
def test_a_formula_without_use_is_refused_by_name(cls: Any, expression: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        cls(expression=expression)
    assert [error["type"] for error in refusal.value.errors()] == [code]


@pytest.mark.parametrize("cls", [FormulaLine, FormulaPlane], ids=named)
@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, -2.0)])
def test_bounds_rise(cls: Any, low: float, high: float) -> None:
    with pytest.raises(ValidationError) as refusal:
        cls(low=low, high=high)
    assert [error["type"] for error in refusal.value.errors()] == ["formula_bounds"]


def test_a_line_knows_no_y() -> None:
    with pytest.raises(ValidationError):
        FormulaLine(expression="x + y")
    assert FormulaPlane(expression="x + y").minima == ()


@pytest.mark.parametrize(("expression", "steep"), [("(1-x)**2 + 100*(y-x**2)**2", False), ("exp(x**2 + y**2)", True)])
def test_levels_are_logarithmic_where_the_loss_spans_much(expression: str, steep: bool) -> None:
    assert FormulaPlane(expression=expression).log_levels is steep
