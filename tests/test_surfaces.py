"""Every surface is what its formula says, and its derivatives and minima are right."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrviz.formula import Tape, derivative, latex
from lrviz.spec import to_address
from lrviz.surfaces import Quadratic, SurfaceSpec, surface_kinds
from tests.strategies import specs
from tests.test_derivative import balanced

KINDS = tuple(surface_kinds().values())
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
            "plateau_2d",
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
