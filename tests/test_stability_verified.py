"""What the Stability page shows is what torch computes, its code computes the same, and a difference would be told."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.export.stability import stability_code
from lrviz.optimizers import Adam
from lrviz.schedules import Constant, Cosine
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.train import boundary, landscape, sharpness
from lrviz.train.boundary import given, ratios
from lrviz.train.catapult import Catapult, flown
from lrviz.train.edge import Edge
from lrviz.train.engine import Batch
from lrviz.train.landscape import losses_at
from lrviz.train.models import CNN, MLP
from lrviz.train.parameters import slots_of
from lrviz.train.reference import net_of
from lrviz.train.slices import Landscape
from lrviz.train.stability import StabilityScene
from lrviz.train.tasks import Digits, Moons, Sine
from lrviz.train.trainability import NetMap, levels_of
from lrviz.train.training import Training
from lrviz.train.waves import CosineMap, cosine_map
from lrviz.verify import check
from lrviz.verify.stability import (
    answer,
    cell_ratios,
    compare_catapult,
    compare_edge,
    compare_map,
    compare_slice,
)

SMALL = Training(task=Moons(points=60), model=MLP(depth=2, width=6), schedule=Constant(lr=0.2), steps=40)
MAP = NetMap(width=3, steps=40, cells="64")
SCENES = {
    "edge_verified": StabilityScene(edge=Edge(degree=3, eta=0.2, width=20, steps=60)),
    "catapult_verified": StabilityScene(view="catapult", catapult=Catapult(width=32)),
    "boundary_verified": StabilityScene(view="boundary", rates=MAP),
    "waves_verified": StabilityScene(view="boundary", rates=CosineMap(steps=30)),
    "landscape_verified": StabilityScene(view="landscape", slice=Landscape(training=SMALL, directions="random")),
}


# --- the engine against torch ---


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_the_edges_losses_and_sharpness_are_torchs(activation: Any, momentum: float) -> None:
    found = compare_edge(Edge(degree=3, eta=0.1, momentum=momentum, activation=activation, width=24), 150)
    assert found.relative < 1e-12 and float(str(found.values["sharpness"])) < 1e-3


@pytest.mark.parametrize("times", [0.5, 2.5, 3.7, 4.2])
def test_the_catapult_is_torchs_descent_on_all_weights(times: float) -> None:
    assert compare_catapult(Catapult(times=times, width=64)).relative < 1e-11


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_every_cell_of_a_map_is_a_training_by_torch(activation: Any) -> None:
    spec = MAP.but(activation=activation)
    for rate_in, rate_out in ((0.1, 1.0), (10.0, 3.0), (1e-3, 1e2)):
        ours = ratios(spec, np.array([rate_in]), np.array([rate_out]))[:, 0]
        theirs = cell_ratios(spec, rate_in, rate_out)
        np.testing.assert_allclose(ours[:10], theirs[:10], rtol=1e-10)
        assert levels_of(ours[:, None]) == levels_of(theirs[:, None])
    assert compare_map(spec).relative < 1e-8


@pytest.mark.parametrize("wave", ["added", "multiplied"])
def test_every_step_on_a_wave_is_torchs(wave: Any) -> None:
    assert compare_map(CosineMap(wave=wave, steps=40)).relative < 1e-14


@pytest.mark.parametrize(
    "training",
    [
        SMALL,
        SMALL.but(task=Sine(points=40), optimizer=Adam(), schedule=Cosine(lr=0.01)),
        SMALL.but(model=MLP(depth=2, width=5, norm="batch"), loss="mse"),
        SMALL.but(task=Digits(subset=30), model=CNN(channels=2, norm="batch"), steps=10),
    ],
    ids=["plain", "numbers", "batch norm, mse", "images"],
)
def test_the_losses_of_a_slice_are_torchs(training: Training) -> None:
    assert compare_slice(Landscape(training=training, directions="random")).relative < 1e-12


# --- what is told ---


@pytest.mark.parametrize("code", SCENES)
def test_a_check_is_asked_by_its_address_and_its_answer_has_its_words(code: str) -> None:
    told = check({"question": "stability"} | to_address(SCENES[code], StabilityScene()))
    assert (told["code"], told["tone"]) == (code, "ok")
    for language in LANGUAGES:
        assert "{" not in words(language).group("verify.stability")[code].format(**told["values"])


def test_cells_that_rounding_decides_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    real = boundary.ratios

    def flipped(spec: NetMap, *rates: Any) -> Any:
        found = real(spec, *rates)
        found[-20:, 0] = np.inf
        return found

    monkeypatch.setattr(boundary, "ratios", flipped)
    told = answer(SCENES["boundary_verified"])
    assert told["code"] == "boundary_chaotic" and told["values"]["others"] == "1"
    assert words("en").group("verify.stability")["boundary_chaotic"].format(**told["values"])


def test_a_training_too_long_is_not_done_again() -> None:
    long = Landscape(training=SMALL.but(task=Digits(), model=MLP(width=128), steps=100_000))
    assert answer(StabilityScene(view="landscape", slice=long)) == {"code": "too_long", "tone": "note", "values": {}}


def test_a_difference_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sharpness.Bump.gradient
    monkeypatch.setattr(
        sharpness.Bump, "gradient", lambda net, theta: (real(net, theta)[0] * 1.001, real(net, theta)[1])
    )
    assert answer(SCENES["edge_verified"])["code"] == "differs"
    monkeypatch.setattr(landscape, "worth", lambda *_: torch.zeros(9))
    assert answer(SCENES["landscape_verified"])["tone"] == "warn"


# --- the code ---


@pytest.fixture(autouse=True)
def single() -> Iterator[None]:
    """Exported programs may make double precision torch's default."""
    yield
    torch.set_default_dtype(torch.float32)


def run(scene: StabilityScene) -> tuple[dict[str, Any], list[str]]:
    scope: dict[str, Any] = {"__name__": "exported"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(stability_code(scene, str), "<stability>", "exec"), scope)
    return scope, printed.getvalue().splitlines()


def test_the_edges_code_finds_the_same_sharpness_and_goes_on_as_the_page_does() -> None:
    edge = Edge(degree=3, eta=0.2, momentum=0.3, width=12, steps=500)
    scope, lines = run(StabilityScene(edge=edge))
    assert [int(line.split()[0]) for line in lines] == list(range(0, 500, edge.every))
    net = sharpness.Bump(edge)
    theta = torch.cat([p.detach() for p in scope["parameters"]])
    parameters = scope["parameters"]
    w, b, v = parameters
    loss = ((torch.tanh(scope["x"] * w + b) @ v - scope["y"][:, 0]) ** 2).mean() / 2
    assert loss.item() == pytest.approx(float(net.gradient(theta)[0]), rel=1e-12)
    value, _ = scope["sharpness"](loss, parameters, torch.ones(36, dtype=torch.float64))
    assert value == pytest.approx(
        sharpness.top_eigenvalue(net.hessian_times(theta), torch.ones_like(theta)).value, rel=1e-3
    )
    assert float(lines[0].split()[3]) == pytest.approx(float(lines[0].split()[2]) / edge.bound)


def test_the_catapults_code_prints_the_pages_run() -> None:
    catapult = Catapult(times=2.7, width=40, steps=25)
    _, lines = run(StabilityScene(view="catapult", catapult=catapult))
    found, flight = np.array([[float(text) for text in line.split()] for line in lines]), flown(catapult)
    np.testing.assert_allclose(found[:, 1], flight.f, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[:, 2], flight.times, rtol=1e-12)
    np.testing.assert_allclose(found[:, 3:], np.stack([flight.f, flight.curvature], axis=1), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_the_maps_code_trains_its_cells_as_the_page_does(activation: Any) -> None:
    spec = MAP.but(activation=activation, steps=20)
    scope, lines = run(StabilityScene(view="boundary", rates=spec))
    assert len(lines) == 64 and {len(line) for line in lines} == {64} and set("".join(lines)) == {"#", "."}
    fixed = given(spec.width, spec.seed, "cpu")
    scope |= {"x": fixed.rows * (spec.width / 2) ** 0.5, "y": fixed.targets}
    scope["losses"].__globals__.update({name: scope[name] for name in ("x", "y")})
    rates = np.array([0.1, 5.0]), np.array([2.0, 0.5])
    theirs = scope["losses"](fixed.first[:, :, 0], fixed.second, *map(torch.tensor, rates), steps=20).numpy()
    np.testing.assert_allclose(theirs / theirs[0], ratios(spec, *rates), rtol=1e-9)


@pytest.mark.parametrize("wave", ["added", "multiplied"])
def test_the_waves_code_prints_the_pages_map(wave: Any) -> None:
    spec = CosineMap(wave=wave, across_high=2.5, up_high=2.5, steps=30)
    _, lines = run(StabilityScene(view="boundary", rates=spec))
    found = np.array([[letter == "#" for letter in line] for line in lines])
    assert (found == (cosine_map(spec, 64).levels > 0)).mean() > 0.995, "rounding decides a cell on the edge"


TRAININGS = {
    "its own way": Landscape(training=SMALL),
    "random": Landscape(training=SMALL.but(schedule=Cosine(lr=0.1, T_max=40)), directions="random"),
    "raw": Landscape(training=SMALL, directions="random", filters=False),
    "batch norm": Landscape(training=SMALL.but(model=MLP(depth=1, width=4, norm="batch")), directions="random"),
}


@pytest.mark.parametrize("name", TRAININGS)
def test_the_landscapes_code_trains_and_measures_as_the_page_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.export.stability.SIDE", 5)
    spec = TRAININGS[name]
    scope, (line,) = run(StabilityScene(view="landscape", slice=spec))
    assert list(map(float, line.split())) == pytest.approx(
        [float(scope["heights"].min()), float(scope["heights"].max())]
    )
    batch = Batch([spec.training], dtype=torch.float64)
    batch.load(batch.start())
    batch.run(spec.training.steps)
    theirs = _as_ours(spec.training, scope["way"][-1:])
    np.testing.assert_allclose(theirs[0], batch.net.theta[0], rtol=1e-8, atol=1e-12)
    directions, across, up = torch.stack([*scope["directions"]]), scope["across"], scope["up"]
    if name == "its own way":
        ours = landscape.principal_directions(_as_ours(spec.training, scope["way"]))
        np.testing.assert_allclose(_as_ours(spec.training, directions), ours, atol=1e-6)
    else:
        slots = slots_of(spec.training.model.layers(2, 2))
        ours, theta = _as_ours(spec.training, directions), theirs[0]
        scaled = landscape.filter_normalised(ours[0], theta, slots)
        assert torch.allclose(scaled, ours[0], rtol=1e-6) == spec.filters
    places = theirs + torch.stack([a * directions[0] + b * directions[1] for b in up for a in across]) @ _turn(
        spec.training
    )
    running = [kept[:, 0] for kept in batch.save().running]
    np.testing.assert_allclose(scope["heights"].flatten(), losses_at(spec.training, places, running), rtol=1e-8)


def _turn(training: Training) -> torch.Tensor:
    """The permutation that takes torch's order of a net's parameters to the engine's, which has weights turned."""
    shapes, parts, begin = [tuple(p.shape) for p in net_of(training).parameters()], [], 0
    for shape in shapes:
        places = torch.arange(begin, begin + int(np.prod(shape))).view(shape[0], -1)
        parts.append(places.T.flatten() if len(shape) > 1 else places.flatten())
        begin += int(np.prod(shape))
    order = torch.cat(parts)
    return torch.eye(begin, dtype=torch.float64)[:, order]


def _as_ours(training: Training, rows: torch.Tensor) -> torch.Tensor:
    return rows @ _turn(training)
