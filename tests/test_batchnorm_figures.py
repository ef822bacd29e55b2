"""The lesson's pictures hold the numbers of their results, and its code gives the same ones."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from lrviz.export.batchnorm import batchnorm_code
from lrviz.figures.batchnorm import place_at, steps_figure
from lrviz.figures.batchnorm_axes import axes_figure, cell_at
from lrviz.figures.batchnorm_running import running_figure
from lrviz.layers.batchnorm_scene import PLACES, PRESETS, BatchNormScene
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.normalization import NORMS
from lrviz.layers.running import Stream
from lrviz.layers.shared_axes import SharedAxes
from lrviz.text import words
from lrviz.ui.chart import Film, pack
from tests.exported import key
from tests.strategies import specs

GIVEN = words("en")
STEPS, STREAM, AXES = (GIVEN.group(f"page.batchnorm.{name}") for name in ("steps", "stream", "axes"))
STEPS_SCENES = [scene for scene in PRESETS.values() if scene.view == "steps"]
RUNNING = BatchNormScene(view="running")


def of_type(figure: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace["type"] == kind]


# --- the four steps ---


def panels(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """The four heatmaps with numbers in them."""
    return [trace for trace in of_type(figure, "heatmap") if "texttemplate" in trace]


def written(figure: dict[str, Any]) -> list[str]:
    """What stands over the panels and their histograms."""
    return [text for trace in figure["data"] if trace.get("name") == "words" for text in trace["text"]]


def histograms(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """The four heatmaps whose cells are bricks."""
    return [trace for trace in of_type(figure, "heatmap") if "texttemplate" not in trace]


@pytest.mark.parametrize("tensor", ["image", "vectors", "own"])
@pytest.mark.parametrize("narrow", [False, True])
def test_the_four_panels_hold_the_tensor_after_each_step_on_one_scale(tensor: str, narrow: bool) -> None:
    result = FourSteps(BatchNormScene(scale=4.0, gamma_0=2.0).but(tensor=tensor))
    figure = steps_figure(result, STEPS, narrow=narrow, chosen=(1, 0))
    shown = panels(figure)
    assert len(shown) == 4 and len({(p["zmin"], p["zmax"]) for p in shown}) == 1
    for panel, values in zip(shown, result.steps, strict=True):
        np.testing.assert_allclose(panel["z"], result.laid(values), rtol=1e-6)
        read = np.array([[float(text.replace("−", "-")) for text in row] for row in panel["text"]])
        np.testing.assert_allclose(read, result.laid(values), atol=0.06)
        for row, column in np.ndindex(panel["z"].shape):
            middle = float(panel["x"][column : column + 2].mean())
            assert place_at(result, middle, float(row)) == (row, column)
    assert "→" in shown[0]["hovertext"][0][0]
    bricks = histograms(figure)[0]
    assert not any(place_at(result, float(bricks["x"][0]), y + 0.5) for y in bricks["y"])


def test_a_ring_marks_the_chosen_number_in_every_step() -> None:
    figure = steps_figure(FourSteps(BatchNormScene()), STEPS, chosen=(5, 3))
    (ring,) = [trace for trace in figure["data"] if trace.get("name") == "chosen"]
    corners = ring["x"].reshape(4, 6)[:, 0]
    np.testing.assert_allclose(corners, [panel["x"][3] for panel in panels(figure)], rtol=1e-6)
    assert (np.nanmin(ring["y"]), np.nanmax(ring["y"])) == (4.5, 5.5)


@given(specs(BatchNormScene))
def test_every_value_is_a_brick_and_the_axes_hold_them_all(scene: BatchNormScene) -> None:
    result = FourSteps(scene)
    if result.refused:
        return
    figure = steps_figure(result, STEPS)
    low, high = figure["layout"]["yaxis2"]["range"]
    left, right = figure["layout"]["xaxis2"]["range"]
    channels = result.x.shape[1]
    for step, trace in enumerate(histograms(figure)):
        upwards = trace["y"][:-1] >= 0
        bricks = np.isfinite(trace["z"])
        assert bricks[upwards].sum() == result.x.size // channels
        assert bricks.sum() == result.x.size and low <= trace["y"][0] and trace["y"][-1] <= high
        assert left <= trace["x"][0] + 1e-6 and trace["x"][-1] <= right + 1e-6
        first, second = (float(name.split(":")[0]) for name in trace["text"]["names"][:2])
        assert np.nanmean(trace["z"]) == pytest.approx(result.steps[step].mean(), abs=0.55 * (second - first))
    assert len(pack(figure)) < 60_000


def test_mean_and_spread_stand_over_every_histogram() -> None:
    figure = steps_figure(FourSteps(BatchNormScene(gamma_0=2.0, beta_0=1.0)), STEPS)
    said = [text for text in written(figure) if "±" in text]
    assert said[0] == "▲ −0.493 ± 0.522<br>▼ 0.154 ± 0.775"
    assert said[2:] == ["▲ 0 ± 1<br>▼ 0 ± 1", "▲ 1 ± 2<br>▼ 0 ± 1"]


def test_small_numbers_are_written_by_their_size() -> None:
    shown = panels(steps_figure(FourSteps(PRESETS["tiny"]), STEPS))
    assert shown[0]["text"][0] == ["−8e−4", "−4e−3", "−2e−3", "−5e−4"]
    assert shown[2]["text"][0] == ["0.18", "−0.62", "−0.02", "0.29"]


def test_in_eval_mode_the_titles_name_the_running_statistics() -> None:
    figure = steps_figure(FourSteps(PRESETS["eval"]), STEPS)
    assert "x − μ<sub>run</sub>" in written(figure)


# --- the stream ---


def test_the_film_shows_after_t_batches_t_dots_and_the_line_up_to_there() -> None:
    result = Stream(RUNNING)
    figure = running_figure(result, STREAM)
    Film(result.scene.batches + 1, {}).check(figure)
    dots = [trace for trace in of_type(figure, "scatter") if trace.get("film") and trace["mode"] == "markers"]
    lines = [trace for trace in of_type(figure, "scatter") if trace.get("film") and trace["mode"] == "lines"]
    own = (result.found.mean, result.found.variance, result.in_training)
    running = (result.running_mean, result.running_var, result.in_eval)
    for dot, line, values, remembered in zip(dots, lines, own, running, strict=True):
        np.testing.assert_array_equal(dot["film"]["reach"], np.arange(101))
        np.testing.assert_array_equal(line["film"]["reach"], np.arange(101) + 1)
        np.testing.assert_array_equal(dot["x"], np.arange(1, 101))
        np.testing.assert_allclose(dot.get("customdata", dot["y"]), values, rtol=1e-6)
        np.testing.assert_allclose(line["y"], remembered, rtol=1e-6)
    assert len(pack(figure)) < 60_000


@given(specs(BatchNormScene))
def test_the_axes_hold_every_mean_and_variance_or_an_arrow_says_how_far_it_is(scene: BatchNormScene) -> None:
    result = Stream(scene)
    if result.refused:
        return
    layout = running_figure(result, STREAM)["layout"]
    low, high = layout["yaxis2"]["range"]
    assert low == 0 and result.found.variance.max() <= high and result.running_var.max() <= high
    assert layout["yaxis"]["range"][0] < min(0.0, result.truth[0]) and layout["yaxis"]["range"][1] > max(
        0, result.truth[0]
    )
    bottom, top = layout["yaxis3"]["range"]
    arrows = [note for note in layout["annotations"] if note.get("name") == "runaway"]
    assert len(arrows) == (not bottom <= result.in_eval[0] <= top)


def test_outputs_beyond_their_panel_are_arrows_at_its_edge_with_their_value() -> None:
    result = Stream(RUNNING.but(batch=2))
    dots = next(trace for trace in running_figure(result, STREAM)["data"] if "customdata" in trace)
    beyond = (result.in_training > 5.5) | (result.in_training < -1.5)
    assert beyond.any() and [symbol != "circle" for symbol in dots["marker"]["symbol"]] == beyond.tolist()
    assert (np.abs(dots["y"] - 2.0) <= 3.5).all()


# --- who shares a mean ---


@pytest.mark.parametrize("dims", PLACES)
@pytest.mark.parametrize("samples", [1, 3])
def test_every_cell_of_the_four_tensors_has_its_means_colour(dims: str, samples: int) -> None:
    result = SharedAxes(BatchNormScene(view="axes", samples=samples).but(dims=dims))
    panels = of_type(axes_figure(result, AXES, chosen=(samples - 1, 4)), "heatmap")
    for norm, panel in zip(NORMS, panels, strict=True):
        levels, numbers = panel["z"], panel["text"]["$named"]
        assert levels.shape == (len(panel["y"]) - 1, len(panel["x"]) - 1)
        np.testing.assert_array_equal(levels > 0, numbers > 0)
        np.testing.assert_array_equal(np.bincount(numbers.ravel())[1:], [result.values(norm)] * result.means(norm))
        assert (levels > 8).sum() == result.values(norm)
        assert len(panel["text"]["names"]) == result.means(norm) + 1
        for sample, channel in np.ndindex(samples, 6):
            x, y = centre(result, panel, sample, channel)
            assert cell_at(result, x, y) == (sample, channel)


def centre(result: SharedAxes, panel: dict[str, Any], sample: int, channel: int) -> tuple[float, float]:
    """A place in the middle of the first cell of a sample's channel."""
    rows = (len(panel["y"]) // result.shape[0]) * sample
    columns = (len(panel["x"]) // 6) * channel
    return float(np.mean(panel["x"][columns : columns + 2])), float(np.mean(panel["y"][rows : rows + 2]))


def test_what_pytorch_refuses_is_said_over_its_tensor() -> None:
    notes = axes_figure(SharedAxes(PRESETS["alone"]), AXES)["layout"]["annotations"]
    assert [AXES["refused"] in note["text"] for note in notes] == [True, False, False, True]
    assert "1 mean of 6 values" in notes[1]["text"]


# --- the code ---


def run(scene: BatchNormScene) -> dict[str, Any]:
    """Execute the exported program and return what it defines; what it prints is kept under "printed"."""
    scope: dict[str, Any] = {"__name__": "exported"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(batchnorm_code(scene, key), "<exported>", "exec"), scope)
    return scope | {"printed": printed.getvalue()}


EDGES = (
    BatchNormScene(tensor="vectors", rows=5, seen=3, scale=2.0, shift=1.0),
    BatchNormScene(tensor="vectors", rows=1, mode="eval", seen=4),
    BatchNormScene(tensor="own", values=(3.0,), mode="eval"),
    BatchNormScene(tensor="own", gamma_0=0.3, average="cumulative", seen=2),
    BatchNormScene(seen=0, eps=0.1, momentum=0.7),
)


@pytest.mark.parametrize("scene", [*STEPS_SCENES, *EDGES], ids=repr)
def test_the_code_of_the_steps_gives_the_pictures_numbers(scene: BatchNormScene) -> None:
    made, result = run(scene), FourSteps(scene)
    if result.refused:
        assert "Expected more than 1 value per channel" in str(made["output"])
        return
    np.testing.assert_allclose(made["output"].detach().numpy(), result.steps[3], rtol=0, atol=1e-13)
    np.testing.assert_allclose(made["layer"].running_mean.numpy(), result.running.mean, rtol=1e-12)
    np.testing.assert_allclose(made["layer"].running_var.numpy(), result.running.variance, rtol=1e-12)


@pytest.mark.parametrize("scene", [RUNNING, RUNNING.but(average="cumulative", batch=3, seed=5, mean=-4.0)], ids=repr)
def test_the_code_of_the_stream_prints_the_pictures_running_statistics(scene: BatchNormScene) -> None:
    made, result = run(scene), Stream(scene)
    printed = np.array([line.split() for line in made["printed"].splitlines()[: scene.batches]], dtype=float)
    np.testing.assert_allclose(printed, np.stack([result.running_mean, result.running_var], axis=1)[1:], rtol=1e-12)


@pytest.mark.parametrize("dims", PLACES)
def test_the_code_of_the_axes_has_every_layer_there_is(dims: str) -> None:
    made = run(BatchNormScene(view="axes", samples=1, groups="3").but(dims=dims))
    assert set(made["outputs"]) == set(NORMS) - ({"instance"} if dims == "vector" else set())
    refused = {name for name, output in made["outputs"].items() if isinstance(output, ValueError)}
    assert refused == ({"batch"} if dims == "vector" else set())
