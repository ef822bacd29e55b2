"""An exported average, run by torch, prints what is drawn."""

import contextlib
import io

import numpy as np
import pytest

from lrviz.export.smoothing import MOST_VALUES, average_code, connection_code
from lrviz.smoothing.averages import Start, ewma
from lrviz.smoothing.connection import Connection, GradientStream
from lrviz.smoothing.series import THIRTY_DAYS
from lrviz.text import LANGUAGES, words

STARTS: tuple[Start, ...] = ("first", "zero", "corrected", "tensorboard")


def printed(code: str) -> np.ndarray:
    """What a program prints, as a table."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "<average>", "exec"), {"__name__": "exported"})
    return np.array([[float(text) for text in line.split()] for line in out.getvalue().splitlines()])


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    ("values", "beta"),
    [
        (THIRTY_DAYS, 0.9),
        (THIRTY_DAYS, 0.0),
        (THIRTY_DAYS, 1.0),
        ((1.0, np.nan, 3.0, np.inf, 2.0), 0.5),
        ((4.0, 4.0), 0.5),
        ((7.0,), 0.5),
    ],
    ids=["thirty days", "beta 0", "beta 1", "gaps", "constant", "one"],
)
def test_the_program_prints_the_average(values: tuple[float, ...], beta: float, start: Start) -> None:
    table = printed(average_code(np.array(values), beta, start, str))
    assert table[:, 0].tolist() == [*range(1, len(values) + 1)]
    np.testing.assert_array_equal(table[:, 1], values)
    np.testing.assert_allclose(table[:, 2], ewma(np.array([values]), beta, start)[0], rtol=1e-13, atol=1e-13)


def test_a_long_log_is_shortened_and_the_program_says_so() -> None:
    values = np.arange(10_000, dtype=np.float64)
    code = average_code(values, 0.9, "first", str)
    assert "smoothing_shortened" in code and len(code) < 20_000
    np.testing.assert_allclose(printed(code)[:, 2], ewma(values[None, :MOST_VALUES], 0.9)[0])


@pytest.mark.parametrize("beta", [0.0, 0.9, 1.0])
def test_the_program_prints_what_both_optimizers_hold(beta: float) -> None:
    result = Connection(GradientStream(), beta)
    table = printed(connection_code(result.gradients, beta, str))
    columns = [result.summed]
    if beta < 1:
        columns += [result.averaged, result.adam["m_hat"], result.adam["v_hat"]]
    np.testing.assert_allclose(table[:, 1:], np.array(columns).T, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_comment_is_in_the_readers_language(language: str) -> None:
    def note(key: str) -> str:
        return words(language).w(f"export_note.{key}")

    values = np.arange(1_000.0)
    assert all(note("smoothing_shortened")[:5] in average_code(values, 0.5, start, note) for start in STARTS)
    assert note("smoothing_no_adam")[:5] in connection_code(values, 1.0, note)
