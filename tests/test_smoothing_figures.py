"""The smoothing lesson's pictures hold the arrays of their results, at every edge, and stay small."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from lrviz.figures.connection import connection_figure
from lrviz.figures.smoothing import DOTS_UP_TO, average_figure, is_dotted
from lrviz.figures.theme import LIGHT
from lrviz.figures.tradeoff import tradeoff_figure
from lrviz.smoothing.averages import Start
from lrviz.smoothing.connection import Connection, GradientStream
from lrviz.smoothing.scene import Smoothed, SmoothingScene, measured
from lrviz.smoothing.series import Temperatures
from lrviz.smoothing.tradeoff import NoisySignal, Tradeoff
from lrviz.training_log import Measured
from lrviz.ui.chart import pack
from tests.test_figures import painted

Figure = Mapping[str, Any]
STARTS: tuple[Start, ...] = ("first", "zero", "corrected", "tensorboard")
BETAS = (0.0, 0.3, 0.9, 0.999, 1.0)


class AnyWords(dict[str, str]):
    """Words for a picture: each is its own key."""

    def __missing__(self, key: str) -> str:
        return key.upper()


WORDS = AnyWords()


def trace(figure: Figure, name: str) -> Mapping[str, Any]:
    (found,) = [trace for trace in figure["data"] if trace.get("name") == name]
    return found


def assert_drawable(figure: Figure) -> None:
    """Plotly takes it, and a turn of the knob brings less than 60 kB."""
    go.Figure(painted(figure))
    assert len(pack({"figure": figure})) < 60_000
    for name, axis in figure["layout"].items():
        if name[1:5] == "axis" and "range" in axis:
            low, high = axis["range"]
            assert np.isfinite([low, high]).all() and low < high


def days(**scene: Any) -> Smoothed:
    found = measured(Temperatures())
    assert found
    return Smoothed(SmoothingScene(**scene), found)


def log(values: Any, x: Any = None, **scene: Any) -> Smoothed:
    held = np.array(values, dtype=np.float64)
    steps = np.arange(len(held)) if x is None else np.array(x)
    return Smoothed(SmoothingScene(**scene), Measured("step", steps.astype(np.float64), held))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("point", [1, 2, 30])
def test_thirty_days_have_dots_a_curve_and_a_bar_each(beta: float, start: Start, point: int) -> None:
    result = days(beta=beta, start=start, point=point, others=True)
    figure = average_figure(result, WORDS)
    assert_drawable(figure)
    np.testing.assert_allclose(trace(figure, "MEASURED")["y"], result.values, rtol=1e-6)
    np.testing.assert_allclose(trace(figure, "AVERAGE")["y"], result.average, rtol=1e-6)
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    np.testing.assert_allclose(bars[0]["y"], result.weights, rtol=1e-6)
    assert bars[0]["x"].tolist() == [*range(1, point + 1)]
    assert sum(float(bar["y"].sum()) for bar in bars) == pytest.approx(1) or np.isnan(result.weights).any()


def test_the_dots_fade_with_their_weight_and_what_is_to_come_is_faintest() -> None:
    strength = trace(average_figure(days(point=20), WORDS), "MEASURED")["marker"]["opacity"]
    assert (np.diff(strength[1:20]) > 0).all() and strength[19] == 1
    assert (strength[20:] < strength[1]).all()


def test_the_axis_of_values_stays_put_whatever_beta_is() -> None:
    spans = {tuple(average_figure(days(beta=beta), WORDS)["layout"]["yaxis"]["range"]) for beta in BETAS}
    assert len(spans) == 1


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("beta", BETAS)
def test_a_long_log_is_drawn_thin_with_its_weights_by_age(beta: float, start: Start) -> None:
    values = np.sin(np.arange(100_000) / 5_000) + np.random.default_rng(0).standard_normal(100_000)
    result = log(values, x=np.arange(100_000) * 7, beta=beta, start=start, others=True)
    figure = average_figure(result, WORDS)
    assert_drawable(figure)
    drawn = trace(figure, "MEASURED")
    assert 100 < len(drawn["x"]) <= 1_002 and {"mode": "lines"}.items() <= drawn.items()
    lowest = trace(figure, "MEASURED")["y"].min()
    assert lowest == pytest.approx(values.min(), rel=1e-6)
    weights = trace(figure, "WEIGHT")
    assert weights["x"][-1] == 0 and (weights["x"] <= 0).all()
    np.testing.assert_allclose(weights["y"][-1], result.weights[-1], rtol=1e-6)


EDGES = {
    "one value": log([3.0]),
    "one value from 0": log([3.0], start="zero"),
    "all the same": log([2.0] * 5, start="tensorboard"),
    "a gap": log([1.0, np.nan, 3.0], start="tensorboard"),
    "a gap for ever": log([1.0, np.nan, 3.0]),
    "nothing finite": log([np.nan, np.inf], start="tensorboard"),
    "one step many times": log([1.0, 2.0, 3.0], x=[5, 5, 5]),
    "steps that begin again": log([1.0, 2.0, 3.0, 4.0], x=[1, 2, 1, 2]),
    "huge": log([1e300, -1e300], beta=0.5),
    "tiny": log([1e-300, 2e-300], beta=0.5),
    "just dots": log(np.arange(DOTS_UP_TO)),
    "just a line": log(np.arange(DOTS_UP_TO + 1), point=1),
    "large steps": log(np.arange(100), x=np.arange(100) + 2**40),
}


@pytest.mark.parametrize("name", EDGES)
def test_every_edge_can_be_drawn(name: str) -> None:
    assert_drawable(average_figure(EDGES[name], WORDS))
    assert is_dotted(EDGES[name]) == (len(EDGES[name].values) <= DOTS_UP_TO)


def test_large_steps_keep_their_digits() -> None:
    x = trace(average_figure(EDGES["large steps"], WORDS), "MEASURED")["x"]
    assert np.diff(x).tolist() == [1] * 99


# --- lag against noise ---


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("shape", ["step", "ramp", "wave"])
@pytest.mark.parametrize("beta", BETAS)
def test_lag_and_noise_are_drawn_as_they_are(beta: float, shape: Any, narrow: bool) -> None:
    result = Tradeoff(NoisySignal(shape=shape), beta, "first")
    figure = tradeoff_figure(result, WORDS, narrow=narrow)
    assert_drawable(figure)
    np.testing.assert_allclose(trace(figure, "AVERAGE")["y"], result.average, rtol=1e-6, atol=1e-7)
    for name, errors in zip(("LATE", "SCATTERED", "BOTH"), result.errors, strict=True):
        np.testing.assert_allclose(trace(figure, name)["y"], errors, rtol=1e-6)
    arrows = [note for note in figure["layout"]["annotations"] if "axref" in note]
    assert len(arrows) == (beta == 0.9 and shape != "wave")
    assert all(arrow["x"] - arrow["ax"] == pytest.approx(result.behind) for arrow in arrows)


def test_a_colour_of_the_pictures_is_one_of_the_themes() -> None:
    figures = (
        tradeoff_figure(Tradeoff(NoisySignal(), 0.9, "first"), WORDS),
        connection_figure(Connection(GradientStream(), 0.9), WORDS),
        average_figure(days(start="zero", others=True), WORDS),
    )
    used = {text for figure in figures for text in strings(figure) if text.startswith("@")}
    assert used and {text[1:].partition("/")[0] for text in used} <= set(LIGHT)


def strings(node: Any) -> list[str]:
    if isinstance(node, Mapping):
        return [text for leaf in node.values() for text in strings(leaf)]
    if isinstance(node, list | tuple):
        return [text for leaf in node for text in strings(leaf)]
    return [node] if isinstance(node, str) else []


# --- the same beta in training ---


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_four_panels_hold_four_averages(beta: float, noise: float, narrow: bool) -> None:
    result = Connection(GradientStream(noise=noise), beta)
    figure = connection_figure(result, WORDS, narrow=narrow)
    assert_drawable(figure)
    assert len({trace["xaxis"] for trace in figure["data"]}) == 4
    np.testing.assert_allclose(trace(figure, "SUM")["y"], result.summed, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(trace(figure, "AVERAGE")["y"], result.averaged, rtol=1e-5, atol=1e-6)
    corrected = [trace["y"] for trace in figure["data"] if trace["name"] == "CORRECTED"]
    assert len(corrected) == (3 if beta < 1 else 1)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_the_two_rulers_of_momentum_read_one_curve(beta: float) -> None:
    layout = connection_figure(Connection(GradientStream(), beta), WORDS)["layout"]
    ours, torchs = np.array(layout["yaxis2"]["range"]), np.array(layout["yaxis5"]["range"])
    np.testing.assert_allclose(torchs, ours / (1 - beta))
