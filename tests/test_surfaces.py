"""Every surface is what its formula says, and its derivatives and minima are right."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.formula import Tape, derivative, latex
from lrviz.spec import to_address
from lrviz.surfaces import FormulaLine, FormulaPlane, Quadratic, SurfaceSpec, surface_kinds
from lrviz.surfaces.data import SIZES, data
from tests.strategies import specs
from tests.test_derivative import balanced

GOLDEN: Mapping[str, Any] = json.loads((Path(__file__).parent / "surfaces.json").read_text(encoding="utf-8"))
"""Starts, minima and curvatures of 30 surfaces, worked out apart from this code."""
KINDS = tuple(surface_kinds().values())
STOCHASTIC = tuple(cls for cls in KINDS if "batch_size" in cls.model_fields)
BUILT_IN = tuple(cls for cls in KINDS if "expression" not in cls.model_fields)


def named(cls: type[SurfaceSpec]) -> str:
    return cls.__name__


every_kind = pytest.mark.parametrize("cls", KINDS, ids=named)


def somewhere(spec: SurfaceSpec, count: int = 50, seed: int = 0) -> Any:
    """Return random positions in the domain, (count, D)."""
    low, high = np.array(spec.domain).T
    return np.random.default_rng(seed).uniform(low, high, size=(count, spec.dims))


def variants(cls: type[SurfaceSpec]) -> list[SurfaceSpec]:
    """Return the surface as it is by default, and one with each number of its own half as large."""
    default = cls()
    own = [name for name, info in cls.model_fields.items() if info.annotation is float]
    shrunk = [name for name in own if name not in ("low", "high", "start_x", "start_y")]
    return [default, *(default.but(**{name: getattr(default, name) / 2}) for name in shrunk)]


# --------------------------------------------------------------------------------------------------------- gradients


@every_kind
def test_gradients_are_what_torch_finds_by_going_backward(cls: type[SurfaceSpec]) -> None:
    for spec in variants(cls):
        x = torch.tensor(somewhere(spec), requires_grad=True)
        loss = spec(x)
        (slopes,) = torch.autograd.grad(loss.sum(), x)
        scale = np.abs(slopes.numpy()).max()
        np.testing.assert_allclose(spec.grad(x.detach().numpy()), slopes.numpy(), rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_allclose(spec.grad(x).detach().numpy(), slopes.numpy(), rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_allclose(spec(x.detach().numpy()), loss.detach().numpy(), rtol=1e-12, atol=1e-12)


@every_kind
def test_gradients_are_what_differences_of_the_loss_approach(cls: type[SurfaceSpec]) -> None:
    for spec in variants(cls):
        x = somewhere(spec)
        step = 1e-6
        aside = step * np.eye(spec.dims)
        slopes = np.stack([(spec(x + d) - spec(x - d)) / (2 * step) for d in aside], axis=-1)
        scale = np.abs(slopes).max()
        smooth = np.abs(spec.grad(x + aside.sum(0)) - spec.grad(x - aside.sum(0))) < 1e-3 * scale  # not across a corner
        assert smooth.mean() > 0.9
        np.testing.assert_allclose(spec.grad(x)[smooth], slopes[smooth], rtol=1e-6, atol=1e-7 * max(scale, 1))


@every_kind
def test_hessians_are_symmetric_and_torchs(cls: type[SurfaceSpec]) -> None:
    for spec in variants(cls):
        x = somewhere(spec, 7)
        hessian = spec.hessian(x)
        assert hessian.shape == (7, spec.dims, spec.dims)
        assert np.array_equal(hessian, np.swapaxes(hessian, -1, -2))
        for place, found in zip(x, hessian, strict=True):
            theirs = torch.autograd.functional.hessian(spec, torch.tensor(place)).numpy()  # type: ignore[union-attr]
            np.testing.assert_allclose(found, theirs, rtol=1e-10, atol=1e-10 * max(1, np.abs(theirs).max()))


@every_kind
def test_the_curvature_is_the_eigenvalue_largest_in_size(cls: type[SurfaceSpec]) -> None:
    spec = cls()
    values = np.linalg.eigvalsh(spec.hessian(somewhere(spec)))  # smallest first
    largest = np.where(values[:, -1] >= -values[:, 0] * (1 - 1e-12), values[:, -1], values[:, 0])
    np.testing.assert_allclose(spec.curvature(somewhere(spec)), largest, rtol=1e-9, atol=1e-9)


@every_kind
def test_loss_and_gradient_together_are_those_apart(cls: type[SurfaceSpec]) -> None:
    spec = cls()
    loss, slopes = spec.value_and_grad(somewhere(spec))
    np.testing.assert_allclose(loss, spec(somewhere(spec)), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(slopes, spec.grad(somewhere(spec)), rtol=1e-14, atol=1e-14)


# ------------------------------------------------------------------------------------------------------------ shapes


@every_kind
def test_many_positions_are_the_same_as_one_by_one_bit_for_bit(cls: type[SurfaceSpec]) -> None:
    spec = cls()
    x = np.asfortranarray(somewhere(spec, 500))
    losses, slopes = spec.value_and_grad(x)
    assert slopes.flags.f_contiguous and slopes.shape == x.shape and losses.shape == (500,)
    for i in (0, 1, 7, 499):
        for alone in (x[i : i + 1], np.ascontiguousarray(x[i : i + 1])):
            assert np.array_equal(spec.grad(alone)[0], spec.grad(x)[i])
            assert np.array_equal(spec(alone)[0], losses[i]) and np.array_equal(
                spec.hessian(alone)[0], spec.hessian(x)[i]
            )
        assert np.array_equal(spec.grad(x[i]), spec.grad(x)[i]) and np.array_equal(spec(x[i]), losses[i])
    assert np.array_equal(spec.grad(np.ascontiguousarray(x)), spec.grad(x))


@every_kind
def test_positions_may_have_any_shape(cls: type[SurfaceSpec]) -> None:
    spec = cls()
    x = somewhere(spec, 24).reshape(2, 3, 4, spec.dims)
    assert spec(x).shape == (2, 3, 4) and spec.grad(x).shape == x.shape
    assert spec.hessian(x).shape == (2, 3, 4, spec.dims, spec.dims)
    assert spec.curvature(x).shape == (2, 3, 4)
    assert np.array_equal(spec.grad(x)[1, 2, 3], spec.grad(x[1, 2, 3]))
    assert spec(list(spec.start)).shape == ()
    with pytest.raises(ValueError, match="coordinates last"):
        spec(np.zeros((5, spec.dims + 1)))


@every_kind
def test_far_away_is_a_value_and_not_an_exception(cls: type[SurfaceSpec]) -> None:
    spec = cls()
    for far in (1e30, 1e200, np.inf, np.nan):
        loss, slopes = spec.value_and_grad(np.full((3, spec.dims), far))
        assert loss.shape == (3,) and slopes.shape == (3, spec.dims)


# ------------------------------------------------------------------------------------------------------------ minima


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


# ------------------------------------------------------------------------------------------------------- real data


def test_the_data_are_whole_and_standardised() -> None:
    for name, size in SIZES.items():
        for column in data(name).columns[:2]:
            assert column.shape == (size,)
            assert column.mean() == pytest.approx(0, abs=1e-13) and column.std() == pytest.approx(1, rel=1e-13)
    assert data("breast_cancer").target.sum() == 212  # malignant
    assert np.corrcoef(data("diabetes").first, data("diabetes").second)[0, 1] == pytest.approx(0.8966629578, rel=1e-9)


def test_linear_regression_is_half_the_mean_squared_error() -> None:
    spec, part = surface_kinds()["linear_regression"](), data("diabetes")
    x = somewhere(spec)
    errors = x[:, :1] * part.first + x[:, 1:] * part.second - part.target
    np.testing.assert_allclose(spec(x), np.square(errors).mean(-1) / 2, rtol=1e-12)
    solved, *_ = np.linalg.lstsq(np.stack([part.first, part.second], -1), part.target, rcond=None)
    assert spec.minima[0].x == pytest.approx(tuple(solved), rel=1e-11)


def test_logistic_regression_is_torchs_mean_log_loss() -> None:
    spec, part = surface_kinds()["logistic_regression"](), data("breast_cancer")
    x = somewhere(spec)
    scores = torch.tensor(x[:, :1] * part.first + x[:, 1:] * part.second)
    targets = torch.tensor(part.target).expand_as(scores)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction="none").mean(-1)
    np.testing.assert_allclose(spec(x), loss.numpy(), rtol=1e-12)


@pytest.mark.parametrize("cls", STOCHASTIC, ids=named)
@pytest.mark.parametrize("size", [1, 13, 32])
def test_the_gradients_of_batches_average_to_the_full_one(cls: Any, size: int) -> None:
    spec, count = cls(batch_size=size), SIZES[_set(cls)]
    steps = count // np.gcd(count, size)
    rows = spec.draws(steps, seed=3)
    assert rows.shape == (steps, size)
    assert np.array_equal(np.bincount(rows.ravel()), np.full(count, steps * size // count))
    x = somewhere(spec, 3)
    mean = np.mean([spec.grad(x, batch) for batch in rows], axis=0)
    np.testing.assert_allclose(mean, spec.grad(x), rtol=1e-10, atol=1e-12)
    assert np.ptp([spec.grad(x, batch)[0, 0] for batch in rows[:5]]) > 1e-3


@pytest.mark.parametrize("cls", STOCHASTIC, ids=named)
def test_one_epoch_takes_every_row_once(cls: Any) -> None:
    count = SIZES[_set(cls)]
    rows = cls(batch_size=1).draws(2 * count, seed=0).ravel()
    assert sorted(rows[:count]) == sorted(rows[count:]) == list(range(count))
    assert not np.array_equal(rows[:count], rows[count:])
    assert not np.array_equal(rows, cls(batch_size=1).draws(2 * count, seed=1).ravel())
    assert np.array_equal(rows, cls(batch_size=1).draws(2 * count, seed=0).ravel())


@pytest.mark.parametrize("cls", STOCHASTIC, ids=named)
def test_batches_of_many_runs_are_the_same_one_by_one_bit_for_bit(cls: Any) -> None:
    spec = cls(batch_size=17)
    x, (rows,) = np.asfortranarray(somewhere(spec, 300)), spec.draws(1, seed=0)
    together = spec.grad(x, rows)
    assert together.flags.f_contiguous
    for i in (0, 5, 299):
        assert np.array_equal(spec.grad(x[i : i + 1], rows)[0], together[i])
    weights = torch.tensor(x[:5], requires_grad=True)
    np.testing.assert_allclose(spec.grad(weights.detach(), rows).numpy(), together[:5], rtol=1e-12)


def _set(cls: Any) -> Any:
    return "diabetes" if cls.__name__ == "LinearRegression" else "breast_cancer"


# ------------------------------------------------------------------------------------------------------- every kind


@every_kind
def test_latex_of_every_surface_and_its_slopes_is_balanced(cls: type[SurfaceSpec]) -> None:
    for spec in variants(cls):
        if spec.formula is not None:
            slopes = [derivative(spec.formula, name) for name in spec.variables]
            assert all(balanced(latex(program, {})) for program in (spec.formula, *slopes))


@pytest.mark.parametrize(
    ("kind", "written", "slope"),
    [
        ("quadratic", "4 x^{2}", "8 x"),
        ("absolute", r"\left|x\right|", r"\begin{cases}1 & x > 0 \\ -1 & x < 0 \\ 0 & x = 0\end{cases}"),
        (
            "rosenbrock",
            r"\left(1 - x\right)^{2} + 100 \left(y - x^{2}\right)^{2}",
            r"-2 \left(1 - x\right) - 400 x \left(y - x^{2}\right)",
        ),
        (
            "plateau",
            r"1 - e^{-\frac{x^{2} + y^{2}}{4.5}}",
            r"2 \frac{x}{4.5} e^{-\frac{x^{2} + y^{2}}{4.5}}",
        ),
    ],
)
def test_latex_of_some_surfaces(kind: str, written: str, slope: str) -> None:
    formula = surface_kinds()[kind]().formula
    assert formula is not None
    assert latex(formula) == written and latex(derivative(formula, "x")) == slope


@every_kind
def test_every_surface_describes_itself(cls: type[SurfaceSpec]) -> None:
    spec = cls()
    assert len(spec.variables) == len(spec.domain) == len(spec.start) == spec.dims
    assert all(low < high for low, high in spec.domain)
    assert all(low <= at <= high for (low, high), at in zip(spec.domain, spec.start, strict=True))
    assert np.isfinite(spec(spec.start)) and spec.draws(10, 0) is None
    assert spec.log_levels in (True, False)
    if spec.formula is not None:
        (loss,) = Tape([spec.formula])(**dict(zip(spec.variables, np.array([spec.start]).T, strict=True)))
        assert loss[0] == spec(spec.start)


@given(st.sampled_from(BUILT_IN).flatmap(specs))
def test_any_valid_fields_make_a_surface(spec: SurfaceSpec) -> None:
    assert np.isfinite(spec.value_and_grad(somewhere(spec, 5))[1]).all()
    assert spec.floor is None or np.isfinite(spec.floor)
    assert to_address(spec, spec) == {}


def test_a_parameter_changes_what_follows_from_it() -> None:
    assert Quadratic(a=3.0).sharpness == 6.0
    assert surface_kinds()["ill_conditioned"](kappa=7.0).sharpness == 7.0  # type: ignore[call-arg]
    for angle in (0.0, 10.0, 45.0, 90.0, -130.0):
        ravine = surface_kinds()["ravine"](kappa=50.0, angle=angle)  # type: ignore[call-arg]
        assert np.linalg.eigvalsh(ravine.hessian(np.zeros(2))) == pytest.approx([1, 50], rel=1e-12)
    assert surface_kinds()["wiggly"](amplitude=0.0).minima[0].x == (0.0,)  # type: ignore[call-arg]


def test_the_room_imports_nothing_heavy() -> None:
    code = "import sys, lrviz.surfaces; print(*{'torch', 'scipy', 'pandas', 'plotly', 'streamlit'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
