"""The edge of stability: the sharpness is the Hessian's own, it rises to 2 / eta, and hovers there."""

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from lrviz.figures.edge import edge_figure
from lrviz.train.edge import ROWS, Edge, Trained, trained_of
from lrviz.train.numbers import unpacked
from lrviz.train.sharpness import TOLERANCE, Bump, bent, rising, top_eigenvalue

WORDS = {name: name for name in ("step", "loss", "sharpness", "bound", "fitted", "target", "x")}


def whole(edge: Edge) -> Trained:
    """Run an edge from its first chunk to its last."""
    state, events = None, []
    while True:
        chunk = rising(edge, state, {})
        state = chunk.state
        events += chunk.events
        if chunk.done:
            return trained_of(edge, events)


def matrix(*eigenvalues: float) -> torch.Tensor:
    """A symmetric matrix with these eigenvalues."""
    turn, _ = torch.linalg.qr(torch.randn(len(eigenvalues), len(eigenvalues), dtype=torch.float64))
    return turn @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) @ turn.T


# --- the eigenvalue ---


@pytest.mark.parametrize("eigenvalues", [(3.0, 1, -2), (1.0, -5, -7), (-1.0, -2, -3), (2.0, 2, 0), (0.5,), (4.0, -4.1)])
def test_power_iteration_finds_the_largest_eigenvalue_whatever_the_sign_of_the_others(eigenvalues: Any) -> None:
    torch.manual_seed(0)
    found = matrix(*eigenvalues)
    start = torch.ones(len(eigenvalues), dtype=torch.float64)
    pair = top_eigenvalue(lambda v: found @ v, start, 1e-12)
    assert pair.value == pytest.approx(max(eigenvalues), rel=1e-3)
    np.testing.assert_allclose(found @ pair.vector, pair.value * pair.vector, atol=0.1)


def test_a_matrix_of_zeros_and_one_that_is_no_number_end_at_once() -> None:
    start = torch.ones(3, dtype=torch.float64)
    assert top_eigenvalue(lambda v: 0 * v, start).value == 0
    assert np.isnan(top_eigenvalue(lambda v: v * torch.nan, start).value)


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_gradient_hessian_and_sharpness_are_autograds(activation: Any) -> None:
    net = Bump(Edge(activation=activation, width=20))
    theta = net.first() + 0.1 * torch.sin(torch.arange(60, dtype=torch.float64))

    def loss(p: torch.Tensor) -> torch.Tensor:
        return (net.says(p) - net.y).square().mean() / 2

    value, gradient = net.gradient(theta)
    hessian: Any = torch.autograd.functional.hessian(loss, theta)
    np.testing.assert_allclose(value, loss(theta), rtol=1e-14)
    np.testing.assert_allclose(gradient, torch.autograd.functional.jacobian(loss, theta), rtol=1e-12, atol=1e-15)
    columns = torch.stack([net.hessian_times(theta)(e) for e in torch.eye(60, dtype=torch.float64)])
    np.testing.assert_allclose(columns, hessian, rtol=1e-11, atol=1e-14)
    exact = float(torch.linalg.eigvalsh(hessian)[-1])
    assert top_eigenvalue(net.hessian_times(theta), torch.ones_like(theta)).value == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_slope_and_curvature_of_an_activation_are_its_derivatives(activation: Any) -> None:
    z = torch.linspace(-3, 3, 41, dtype=torch.float64, requires_grad=True)  # no 0 among them, where relu has a kink
    z = (z + 0.01).detach().requires_grad_()
    value, slope, curvature = bent(activation, z)
    torch_own = {"tanh": torch.tanh, "relu": torch.relu, "gelu": torch.nn.functional.gelu}[activation](z)
    np.testing.assert_allclose(value.detach(), torch_own.detach(), rtol=1e-14, atol=1e-15)
    (first,) = torch.autograd.grad(torch_own.sum(), z, create_graph=True)
    np.testing.assert_allclose(slope.detach(), first.detach(), rtol=1e-12, atol=1e-14)
    second = torch.autograd.grad(first.sum(), z)[0] if first.requires_grad else torch.zeros_like(z)
    np.testing.assert_allclose(curvature.detach(), second, rtol=1e-11, atol=1e-14)


# --- the run ---


def test_at_k_4_and_eta_0_1_the_sharpness_comes_to_20_and_hovers_within_5_percent() -> None:
    found = whole(Edge(degree=4, eta=0.1, steps=12_000))  # about a second: the edge is reached at step 7,920
    assert found.tail == pytest.approx(1, abs=0.05)
    assert found.reached is not None and found.reached < 9_000 and found.rises > 50
    assert found.sharpness[0] < 5 and found.loss[-1] < found.loss[0] / 10


@pytest.mark.parametrize(
    ("edge", "tolerance"), [(Edge(degree=3, eta=0.2, steps=6_000), 0.05), (Edge(degree=5, eta=0.4, steps=3_000), 0.08)]
)
def test_larger_rates_come_to_their_own_lower_edge(edge: Edge, tolerance: float) -> None:
    assert whole(edge).tail == pytest.approx(1, abs=tolerance)


def test_a_small_rate_does_not_come_to_its_edge() -> None:
    found = whole(Edge(degree=3, eta=0.1, steps=3_000))
    assert found.reached is None and found.rises == 0 and found.tail < 0.9


def test_momentum_raises_the_bound() -> None:
    assert Edge(eta=0.1).bound == pytest.approx(20) and Edge(eta=0.1, momentum=0.5).bound == pytest.approx(30)


def test_the_sharpness_that_is_told_is_exact_all_along_the_run() -> None:
    edge = Edge(degree=3, eta=0.3, steps=2_000, width=30)
    net, state = Bump(edge), None
    for _ in range(3):
        chunk = rising(edge, state, {"once": 1})
        state = chunk.state
        theta = torch.tensor(state.theta)
        columns = torch.stack([net.hessian_times(theta)(e) for e in torch.eye(90, dtype=torch.float64)])
        exact = float(torch.linalg.eigvalsh(columns)[-1])
        assert chunk.events[-1]["sharpness"] == pytest.approx(exact, rel=20 * TOLERANCE)
        assert chunk.events[-1]["ratio"] == pytest.approx(chunk.events[-1]["sharpness"] / edge.bound)


def test_in_chunks_it_is_the_same_run_told_once() -> None:
    edge = Edge(steps=600)
    one, state, events = whole(edge), None, []
    while state is None or state.step < edge.steps:
        chunk = rising(edge, state, {"once": 1})
        state = chunk.state
        events += chunk.events
    cut = trained_of(edge, events)
    assert len(one.loss) == edge.steps and np.array_equal(cut.loss, one.loss)
    assert np.array_equal(cut.sharpness, one.sharpness) and cut.at.tolist() == one.at.tolist()
    assert len(unpacked(events[-1]["fitted"])) == ROWS


def test_a_rate_far_too_large_breaks_off_and_says_when() -> None:
    edge = Edge(eta=900.0, steps=5_000)
    found = whole(edge)
    assert found.bad is not None and len(found.loss) < 5_000
    assert rising(edge, None, {}).events[-1]["bad"] == [found.bad]
    assert np.isfinite(found.sharpness).all() and np.isfinite(found.loss[: found.bad]).all()


def test_the_target_is_the_chebyshev_polynomial() -> None:
    x, y = Edge(degree=4).points()
    assert (x[0], x[-1], len(x)) == (-1, 1, 20)
    np.testing.assert_allclose(y, 8 * x**4 - 8 * x**2 + 1, atol=1e-12)


def test_a_run_may_not_be_longer_than_half_a_minute() -> None:
    with pytest.raises(ValidationError, match="edge_too_long"):
        Edge(width=400, steps=20_000)


# --- the picture ---


@pytest.mark.parametrize("narrow", [False, True])
def test_the_picture_grows_from_the_jobs_events_and_has_the_bound_across_it(narrow: bool) -> None:
    edge = Edge(eta=0.25)
    figure = edge_figure(edge, WORDS, narrow=narrow)
    by_name = {trace["name"]: trace for trace in figure["data"]}
    event = rising(edge.but(steps=10), None, {}).events[-1]
    for name, field in (("loss", "loss"), ("sharpness", "sharpness")):
        assert by_name[name]["live"]["grow"] == field and field in event
    assert by_name["bound"]["y"].tolist() == [8, 8] and by_name["bound"]["x"].tolist() == [0, edge.steps]
    assert figure["layout"]["yaxis2"]["range"][1] > 8
    assert ("target" in by_name) == (not narrow)
    if not narrow:
        assert by_name["fitted"]["live"] == {"hold": "fitted", "into": "y"} and "fitted" in event
