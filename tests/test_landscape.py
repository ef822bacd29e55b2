"""Slices of a loss landscape: measured where they say, along the directions they say, and handed on to be raced."""

from typing import Any

import numpy as np
import pytest
import torch

from lrviz.descend.race import RaceScene, race
from lrviz.figures.landscape import landscape_figure
from lrviz.optimizers import Adam
from lrviz.schedules import Constant
from lrviz.spec import from_address, to_address
from lrviz.surfaces.slices import FINEST, Slice, cells, logs_of, side_of, slice_of
from lrviz.train import landscape
from lrviz.train.engine import Batch
from lrviz.train.landscape import (
    filter_normalised,
    losses_at,
    principal_directions,
    projected,
    random_directions,
    sliced,
)
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.numbers import unpacked
from lrviz.train.parameters import slots_of
from lrviz.train.slices import RACED, SIDE, Landscape, Relief, relief_of
from lrviz.train.slices import logs_of as heights_of
from lrviz.train.stability import StabilityScene
from lrviz.train.tasks import Digits, Moons
from lrviz.train.training import Training, data_of
from lrviz.ui.landscape import race_on

SMALL = Training(
    task=Moons(points=60), model=MLP(depth=2, width=6, activation="relu"), schedule=Constant(lr=0.2), steps=120
)
WORDS = {name: name for name in ("x", "y", "loss", "way", "begin", "end")}


def whole(spec: Landscape) -> tuple[Relief, list[dict[str, Any]]]:
    """Make a slice from its job's first chunk to its last."""
    state, events = None, []
    while True:
        chunk = sliced(spec, state, {})
        state = chunk.state
        events += chunk.events
        assert 0 <= chunk.progress <= 1
        if chunk.done:
            found = relief_of(spec, events)
            assert found is not None
            return found, events
        assert relief_of(spec, events) is None


def end_of(training: Training) -> torch.Tensor:
    batch = Batch([training], dtype=torch.float64)
    batch.load(batch.start())
    batch.run(training.steps)
    return batch.net.theta[0].clone()


def slots(training: Training) -> Any:
    data = data_of(training.task)
    return slots_of(training.model.layers(data.features, data.outputs))


# --- losses and directions ---


def test_a_net_scaled_between_its_layers_has_the_same_filter_normalised_slice() -> None:
    """Exact: W1 * 10, b1 * 10 and W2 / 10 say the same of a ReLU net, and so must its slice; a raw one does not."""
    training = SMALL.but(model=MLP(depth=1, width=8, activation="relu"))
    theta, parts = end_of(training), slots(training)
    scaled = theta.clone()
    for slot in parts:
        by = 10.0 if slot.layer == 0 else 0.1 if slot.name == "weight" else 1.0
        slot.of(scaled[None])[0].mul_(by)
    spec = Landscape(training=training, directions="random")
    steps = torch.linspace(-1, 1, 9, dtype=torch.float64)

    def cut(at: torch.Tensor, spec: Landscape) -> Any:
        first, second = random_directions(spec, at, parts)
        return losses_at(training, at + steps[:, None] * first + steps.flip(0)[:, None] ** 3 * second)

    np.testing.assert_allclose(cut(scaled, spec), cut(theta, spec), rtol=1e-12)
    raw = spec.but(filters=False)
    assert np.abs(cut(scaled, raw) / cut(theta, raw) - 1).max() > 1


def test_a_filter_normalised_direction_is_as_long_as_the_weights_neuron_by_neuron() -> None:
    training = SMALL.but(task=Digits(subset=30), model=CNN(channels=2, norm="batch"))
    theta, parts = end_of(training.but(steps=1)), slots(training)
    torch.manual_seed(0)
    found = filter_normalised(torch.randn_like(theta), theta, parts)
    for slot in parts:
        d, w = (slot.of(values[None])[0] for values in (found, theta))
        if slot.is_weight:
            np.testing.assert_allclose(d.norm(dim=0), w.norm(dim=0), rtol=1e-6)
        else:
            assert (d == 0).all()


def test_the_principal_directions_hold_a_way_that_lies_in_a_plane() -> None:
    torch.manual_seed(1)
    plane, _ = torch.linalg.qr(torch.randn(50, 2, dtype=torch.float64))
    t = torch.linspace(0, 1, 40, dtype=torch.float64)[:, None]
    way = torch.cat([5 * (1 - t), torch.sin(6 * t)], dim=1) @ plane.T + 3
    found = principal_directions(way)
    np.testing.assert_allclose(found @ found.T, torch.eye(2), atol=1e-12)
    path, shares = projected(way, found)
    assert shares.sum() == pytest.approx(1) and shares[0] > shares[1]
    np.testing.assert_allclose(way[-1] + torch.tensor(path) @ found, way, atol=1e-10)
    assert path[-1] == pytest.approx([0, 0], abs=1e-12) and path[0, 0] > 0
    aside = torch.linalg.qr(torch.cat([plane, torch.randn(50, 2, dtype=torch.float64)], dim=1))[0][:, 2:].T
    assert projected(way, aside)[1].sum() == pytest.approx(0, abs=1e-12)


def test_a_way_that_goes_nowhere_still_has_a_plane() -> None:
    still = torch.ones(1, 7, dtype=torch.float64)
    found = principal_directions(still)
    assert found.shape == (2, 7) and np.isfinite(projected(still, found)[0]).all()


# --- the job ---


@pytest.mark.parametrize("directions", ["path", "random"])
def test_a_slice_is_the_loss_where_it_says_and_the_way_lies_on_it(directions: Any) -> None:
    spec = Landscape(training=SMALL, directions=directions)
    found, _ = whole(spec)
    assert found.losses.shape == (SIDE, SIDE) and found.path.shape == (len(found.steps), 2)
    assert found.steps[0] == 0 and found.steps[-1] == SMALL.steps
    batch = Batch([SMALL], dtype=torch.float32)
    batch.load(batch.start())
    first = float(batch.judge().loss[0])
    batch.run(SMALL.steps)
    assert found.path_losses[0] == pytest.approx(first, rel=1e-5)
    assert found.path_losses[-1] == pytest.approx(float(batch.judge().loss[0]), rel=1e-5)
    np.testing.assert_allclose(found.path[-1], 0, atol=1e-9)
    if directions == "random":
        middle = SIDE // 2
        assert found.x[middle] == found.y[middle] == 0
        assert found.losses[middle, middle] == pytest.approx(found.path_losses[-1], rel=1e-9)
        assert found.explained < 0.2
    else:
        assert found.x[0] < found.path[:, 0].min() and found.x[-1] > found.path[:, 0].max()
        assert found.explained > 0.8 and found.shares[0] > found.shares[1]


def test_in_small_chunks_it_is_the_same_slice_and_tells_its_cells_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Landscape(training=SMALL)
    at_once, _ = whole(spec)
    monkeypatch.setattr(landscape, "BUDGET", 0.0)
    monkeypatch.setattr(landscape, "TOGETHER", 100_000)
    found, events = whole(spec)
    np.testing.assert_allclose(found.losses, at_once.losses, rtol=1e-9)
    told = [event for event in events if "cells" in event]
    assert len(told) > 3 and np.concatenate([unpacked(e["cells"]) for e in told]).tolist() == list(range(SIDE**2))
    logs = np.concatenate([unpacked(e["logs"]) for e in told]).reshape(SIDE, SIDE)
    np.testing.assert_allclose(logs, heights_of(found.losses), rtol=1e-5)


def test_batch_norm_and_images_are_sliced_too() -> None:
    training = Training(
        task=Digits(subset=6), model=CNN(channels=1, norm="batch"), schedule=Constant(lr=0.05), steps=12
    )
    found, _ = whole(Landscape(training=training, directions="random"))
    middle = SIDE // 2
    assert np.isfinite(found.losses).all()
    assert found.losses[middle, middle] == pytest.approx(found.path_losses[-1], rel=1e-6)


def test_a_training_that_breaks_off_is_sliced_where_it_still_was_a_number() -> None:
    wild = SMALL.but(loss="mse", schedule=Constant(lr=500.0))
    found, events = whole(Landscape(training=wild))
    assert found.steps[-1] < wild.steps and np.isfinite(found.path).all() and events[0]["bad"] >= 0
    assert found.raced is None or np.isfinite(found.losses[::RACED, ::RACED]).all()


def test_a_net_too_large_is_refused() -> None:
    big = {"slice.training.task": "digits", "slice.training.model.width": "512", "slice.training.model.depth": "3"}
    scene, (problem,) = from_address(big, StabilityScene())
    assert problem.code == "net_too_large" and scene.slice == Landscape()
    assert Landscape(training=SMALL.but(model=Linear())).weights == 2 * 2 + 2


# --- the surface to race on ---


def test_the_raced_surface_goes_through_the_measured_losses_and_is_close_between() -> None:
    found, _ = whole(Landscape(training=SMALL))
    surface = found.raced
    assert surface is not None
    grid = np.stack(np.meshgrid(found.x[::RACED], found.y[::RACED]), axis=-1)
    span = surface.top - surface.bottom
    np.testing.assert_allclose(np.log(surface(grid)), np.log(found.losses[::RACED, ::RACED]), atol=0.6 * span / FINEST)
    assert found.between < 0.2
    assert surface.start == pytest.approx(tuple(found.path[0]), rel=1e-3)


def test_a_race_on_it_fits_in_a_link_and_runs() -> None:
    found, _ = whole(Landscape(training=SMALL))
    assert found.raced is not None
    scene = race_on(found.raced)
    address = to_address(scene, RaceScene())
    assert sum(map(len, address.values())) < 2_200
    assert from_address(address, RaceScene()) == (scene, [])
    finishes = race(scene).finishes
    begin = float(scene.surface(np.array(scene.begin)))
    assert min(finish.loss for finish in finishes) < 0.7 * begin
    assert all(finish.loss < begin for finish in finishes if finish.bad is None)


def test_a_spline_through_a_parabolas_logarithm_is_that_parabola_between_the_points() -> None:
    x = np.linspace(-1, 1, 25)
    losses = np.exp(np.add.outer(2 * x**2 + x, 0.5 * x**2))  # (y, x)
    surface = slice_of(losses, (-1, 1), (-1, 1), (0.5, 0.5))
    places = np.random.default_rng(0).uniform(-0.8, 0.8, (50, 2))
    exact = np.exp(0.5 * places[:, 0] ** 2 + 2 * places[:, 1] ** 2 + places[:, 1])
    np.testing.assert_allclose(surface(places), exact, rtol=2e-3)
    slopes = exact[:, None] * np.stack([places[:, 0], 4 * places[:, 1] + 1], axis=1)
    np.testing.assert_allclose(surface.grad(places), slopes, rtol=0.05, atol=0.02)


def test_outside_the_square_there_is_nothing_and_a_run_that_leaves_it_ends_there() -> None:
    surface = Slice()
    assert np.isnan(surface(np.array([1.01, 0.0]))) and np.isnan(surface.grad(np.array([0.0, -1.01]))).all()
    assert np.isfinite(surface(np.array([[1.0, 1.0], [-1.0, -1.0], [0.3, 1.0]]))).all()
    scene = RaceScene(surface=surface).but(racers=tuple(r.at_rate(100.0) for r in RaceScene().racers))
    assert any(finish.bad is not None for finish in race(scene).finishes)


@pytest.mark.parametrize("heights", ["", "AAAA", "!" * 40, "A" * 67, "ab=c", Slice().heights[:-4]])
def test_a_damaged_grid_is_refused_in_a_sentence(heights: str) -> None:
    scene, problems = from_address({"surface": "slice", "surface.heights": heights}, RaceScene())
    assert [problem.code for problem in problems] == ["slice_heights"] and scene.surface == Slice()


def test_the_grid_is_kept_exactly() -> None:
    surface = Slice()
    assert side_of(surface.heights) == 13 and cells(surface).shape == (4, 4, 12 * 12)
    again = slice_of(np.exp(logs_of(surface)), (-1, 1), (-1, 1), (0.8, -0.7))
    assert again.heights == surface.heights
    assert (logs_of(surface).min(), logs_of(surface).max()) == pytest.approx((surface.bottom, surface.top))


# --- the picture ---


def test_the_picture_holds_the_slice_and_the_way() -> None:
    found, events = whole(Landscape(training=SMALL.but(optimizer=Adam(), schedule=Constant(lr=0.01))))
    figure = landscape_figure(found.landscape, found, WORDS)
    heights, _, way, begin, end = figure["data"]
    np.testing.assert_allclose(heights["z"], np.log10(found.losses), rtol=1e-5)
    np.testing.assert_allclose(way["x"], found.path[:, 0], rtol=1e-5, atol=1e-6)
    assert begin["x"][0] == way["x"][0] and end["y"][0] == way["y"][-1]
    assert figure["layout"]["xaxis"]["range"] == pytest.approx([found.x[0], found.x[-1]])
    ticks = [float(text) for text in heights["colorbar"]["ticktext"]]
    np.testing.assert_allclose(heights["colorbar"]["tickvals"], np.log10(ticks))
    wider = landscape_figure(found.landscape, found, WORDS, zoom=2.0)["layout"]["xaxis"]["range"]
    assert wider[1] - wider[0] == pytest.approx(2 * (found.x[-1] - found.x[0]))
    (coming,) = landscape_figure(found.landscape, None, WORDS)["data"]
    assert set(coming["live"]["fill"]) <= set(next(event for event in events if "cells" in event))
