"""Every average is what torch computes, over random values; and the page's check says so, or why it cannot."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.smoothing.averages import Array, Start, ewma
from lrviz.smoothing.connection import Connection, GradientStream
from lrviz.spec import to_address
from lrviz.ui.average import MOST_CHECKED
from lrviz.verify import check, smoothing
from lrviz.verify.answers import difference
from lrviz.verify.smoothing import adams_average, averaged_model, listened

CLOSE = 1e-12
VALUES = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=40).map(np.array)
BETAS = st.one_of(st.floats(0, 0.9999), st.sampled_from([0.0, 0.5, 0.9, 0.99]))


def ask(values: Array, beta: float = 0.9, start: Start = "first") -> tuple[str, dict[str, str]]:
    written = ",".join(map(repr, np.asarray(values, dtype=float).tolist()))
    told = check({"question": "smoothing", "beta": repr(beta), "start": start, "values": written})
    return told["code"], told["values"]


@settings(max_examples=30)
@given(values=VALUES, beta=st.one_of(BETAS, st.just(1.0)))
def test_started_with_the_first_value_it_is_torchs_averaged_model(values: Array, beta: float) -> None:
    assert difference(ewma(values[None], beta)[0], averaged_model(values, beta)).relative <= CLOSE


@pytest.mark.parametrize("start", ["zero", "corrected"])
@settings(max_examples=30)
@given(values=VALUES, beta=BETAS)
def test_started_from_0_it_is_what_adam_holds(values: Array, beta: float, start: Start) -> None:
    assert difference(ewma(values[None], beta, start)[0], adams_average(values, beta, start)).relative <= CLOSE


@settings(max_examples=15)
@given(values=VALUES, beta=BETAS)
def test_the_corrected_average_is_what_adam_steps_by(values: Array, beta: float) -> None:
    """With beta2 0 and a large eps, Adam's step is lr * m_hat / eps: torch's own correction, not one of ours."""
    eps, parameter = 1e60, torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.Adam([parameter], lr=1.0, betas=(beta, 0.0), eps=eps)
    found = []
    for value in values.tolist():
        parameter.data.zero_()
        parameter.grad = torch.tensor([value], dtype=torch.float64)
        optimizer.step()
        found.append(-parameter.item() * eps)
    assert difference(ewma(values[None], beta, "corrected")[0], np.array(found)).relative <= CLOSE


@settings(max_examples=15)
@given(beta=BETAS, noise=st.floats(0, 10), seed=st.integers(0, 1_000))
def test_what_momentum_and_adam_hold_is_what_torchs_hold(beta: float, noise: float, seed: int) -> None:
    ours = Connection(GradientStream(noise=noise, seed=seed), beta)
    adam = listened(lambda w: torch.optim.Adam(w, betas=(beta, beta)), ours.gradients, "exp_avg", "exp_avg_sq")
    assert difference(ours.adam["m"], adam["exp_avg"]).relative <= CLOSE
    assert difference(ours.adam["v"], adam["exp_avg_sq"]).relative <= CLOSE
    if beta:
        sgd = listened(lambda w: torch.optim.SGD(w, momentum=beta), ours.gradients, "momentum_buffer")
        assert difference(ours.summed, sgd["momentum_buffer"]).relative <= CLOSE


# --- what the page asks ---


@pytest.mark.parametrize(
    ("start", "torchs"),
    [("first", "AveragedModel"), ("zero", "(exp_avg)"), ("corrected", "(1 − β^t)"), ("tensorboard", "(1 − β^t)")],
)
def test_an_average_is_checked_against_the_class_that_has_its_start(start: Start, torchs: str) -> None:
    code, values = ask(np.linspace(-3, 5, MOST_CHECKED), start=start)
    assert code == "verified" and torchs in values["torch"] and values["steps"] == str(MOST_CHECKED)
    assert float(values["relative"]) < CLOSE


def test_values_that_are_no_numbers_are_checked_too() -> None:
    gaps = np.array([1.0, np.nan, 3.0, np.inf, 2.0])
    assert ask(gaps)[0] == ask(gaps, start="zero")[0] == "verified"
    assert ask(gaps, start="tensorboard") == ask(gaps[np.isfinite(gaps)], start="corrected")


@pytest.mark.parametrize(
    ("values", "beta", "start", "code"),
    [
        ([1, 2], 1.0, "first", "verified"),
        ([1, 2], 1.0, "zero", "adam_refuses"),
        ([1, 2], 1.0, "corrected", "adam_refuses"),
        ([2, 2], 0.9, "tensorboard", "constant"),
        ([np.nan, np.inf], 0.9, "tensorboard", "nothing_finite"),
        ([1, 2], 1.5, "first", "bad_address"),
        ([1] * 2_001, 0.5, "first", "bad_address"),
        ([], 0.5, "first", "bad_address"),
    ],
)
def test_where_there_is_nothing_to_compare_the_answer_says_why(
    values: list[float], beta: float, start: Start, code: str
) -> None:
    assert ask(np.array(values), beta, start)[0] == code


def test_a_wrong_average_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoothing, "ewma", lambda values, beta, start: ewma(values, beta, start) * (1 + 1e-9))
    assert ask(np.array([1.0, 2.0]))[0] == "differs"


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999999, 1.0])
def test_the_four_averages_are_checked_against_two_optimizers(beta: float) -> None:
    stream = to_address(GradientStream(noise=2.0), GradientStream(), "stream.")
    told = check({"question": "connection", "beta": repr(beta)} | stream)
    assert told["code"] == "verified" and ("Adam" in told["values"]["torch"]) == (beta < 1)
