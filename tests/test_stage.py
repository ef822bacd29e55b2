"""The stage's one message holds what is drawn, small; its grid holds the surface's own losses."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from lrviz.surfaces import SurfaceSpec
from lrviz.surfaces.planes import IllConditioned, Rosenbrock, Saddle
from lrviz.ui import grids
from lrviz.ui import stage as room
from lrviz.ui.grids import DECADES, SIDE, contours, grid, surface_address
from tests.test_chart import read, unpacked

SURFACES = (IllConditioned(), Rosenbrock(b=50), Saddle())


@pytest.fixture
def client() -> TestClient:
    """A server with the route alone."""
    return TestClient(Starlette(routes=[Route("/api/surface", grids.surface_grid)]))


# ------------------------------------------------------------------------------------------------------- the grid


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_the_grid_holds_the_surface_row_by_row(surface: SurfaceSpec) -> None:
    made = grid(surface)
    assert made["z"].shape == (SIDE, SIDE)
    assert (made["x"][0], made["x"][-1]) == pytest.approx(surface.domain[0])
    for row, column in ((0, 0), (17, 60), (120, 3)):
        loss = surface(np.array([made["x"][column], made["y"][row]], np.float64))
        height = np.log10(loss - made["floor"]) if made["scale"] == "log" else loss
        assert made["z"][row, column] == pytest.approx(float(height), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_the_contours_lie_on_round_numbers_inside(surface: SurfaceSpec) -> None:
    made = grid(surface)
    levels = np.sqrt(made["z"] - made["floor"]) if made["scale"] == "root" else made["z"]
    for lines, heights in ((made["contours"], levels), (made["lines"], made["z"])):
        assert heights.min() <= lines["start"] < lines["end"] <= heights.max()
        assert 5 <= (lines["end"] - lines["start"]) / lines["size"] <= 17


def test_a_level_surface_has_contours_too() -> None:
    lines = contours(np.zeros((3, 3)))
    assert lines["size"] > 0


def test_a_log_grid_reaches_no_deeper_than_its_decades() -> None:
    made = grid(Rosenbrock())
    assert made["scale"] == "log"
    assert np.isfinite(made["z"]).all()
    assert np.ptp(made["z"]) <= DECADES + 1e-5


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_an_address_brings_back_its_own_surface(client: TestClient, surface: SurfaceSpec) -> None:
    answer = client.get("/" + surface_address(surface))
    assert answer.status_code == 200
    assert "max-age=3600" in answer.headers["cache-control"]
    header, body = unpacked(answer.content)
    np.testing.assert_array_equal(read(header["z"]["$"], body), grid(surface)["z"])


def test_the_default_surface_is_named_in_its_address() -> None:
    assert surface_address(IllConditioned()) == "api/surface?surface=ill_conditioned"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("surface=nonsense", 404),
        ("surface.b=1", 404),
        ("surface=rosenbrock&surface.b=x", 404),
        ("surface=" + "x" * 5000, 414),
    ],
)
def test_an_unknown_surface_is_refused_and_not_kept(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/api/surface?{query}")
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"


# ---------------------------------------------------------------------------------------------------- the message


def sent(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> tuple[dict, bytes]:
    """Show a small race and return the message that went to the browser."""
    messages: list[bytes] = []
    monkeypatch.setattr(room, "_stage", lambda *, data, **_: messages.append(data))
    way = np.linspace(0.0, 1.0, 501)
    tracks = [room.Track(f"racer {k}", f"@series{k}", way + k, way * 2 + k, 3 + way[::-1] / (k + 1)) for k in range(8)]
    given: dict[str, Any] = {
        "tracks": tracks, "key": "race", "surface": "api/surface", "start": (0.0, 0.0), "minima": [(1.0, 1.0)],
        "steps": 500, "alt": "a race", "words": {}, "on_start": lambda *_: None, "floor": 3.0,
    }  # fmt: skip
    room.stage(**(given | changed))
    return unpacked(messages[0])


def test_a_race_of_eight_over_500_steps_stays_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    header, body = sent(monkeypatch)
    assert len(body) <= 8 * 3 * 4 * 504
    assert len(header["tracks"]) == 8


def test_the_loss_is_sent_as_its_distance_from_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = np.array([-78.0, -78.3323, -78.33233140754282 + 1e-13])
    track = room.Track("one", "@series0", np.zeros(3), np.zeros(3), loss)
    header, body = sent(monkeypatch, tracks=[track], floor=-78.33233140754282)
    gap = read(header["tracks"][0]["gap"]["$"], body)
    np.testing.assert_allclose(gap, loss + 78.33233140754282, rtol=1e-6)
    assert 5e-14 < gap[2] < 2e-13


def test_a_loss_too_large_for_single_precision_is_sent_in_double(monkeypatch: pytest.MonkeyPatch) -> None:
    track = room.Track("one", "@series0", np.array([0.0, 1e60]), np.zeros(2), np.array([1.0, 1e120]), 1)
    header, body = sent(monkeypatch, tracks=[track], floor=None)
    assert read(header["tracks"][0]["gap"]["$"], body)[1] == 1e120
    assert header["tracks"][0]["bad"] == 1


def test_the_anatomy_keeps_its_pairs_and_what_points_uphill_is_turned_downhill(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [np.arange(6.0).reshape(3, 2) + k for k in range(4)]
    header, body = sent(monkeypatch, anatomy=room.Anatomy(*parts))
    for name, part, sign in zip(("gradient", "direction", "scale", "step"), parts, (-1, -1, 1, 1), strict=True):
        np.testing.assert_array_equal(read(header["anatomy"][name]["$"], body), sign * part)


@pytest.mark.parametrize(
    ("momentum", "scale", "shown"),
    [(0.0, 1.0, {"gradient", "scale", "step"}), (np.nan, np.nan, {"gradient", "step"})],
    ids=["the gradient itself", "no part of the rule"],
)
def test_a_part_that_is_another_or_none_is_left_out(
    monkeypatch: pytest.MonkeyPatch, momentum: float, scale: float, shown: set[str]
) -> None:
    gradient = np.arange(6.0).reshape(3, 2)
    anatomy = room.Anatomy(gradient, gradient + momentum, np.full((3, 2), scale), -gradient)
    header, _ = sent(monkeypatch, anatomy=anatomy)
    assert {name for name, part in header["anatomy"].items() if part is not None} == shown


@pytest.mark.parametrize(
    ("state", "n", "place"),
    [
        (None, 0, None),
        ({"start": "x"}, 0, None),
        ({"start": {"n": "1", "x": 1, "y": 2}}, 0, (1.0, 2.0, False)),
        ({"start": {"n": 4, "x": 1, "y": 2.5, "done": True}}, 4, (1.0, 2.5, True)),
        ({"start": {"n": 4, "x": float("nan"), "y": 2.5}}, 4, None),
        ({"start": {"n": 4, "x": "1", "y": 2.5, "done": True}}, 4, None),
        ({"start": {"n": 4, "x": True, "y": 2.5, "done": True}}, 4, None),
    ],
)
def test_only_two_finite_numbers_are_a_start(state: object, n: int, place: object) -> None:
    assert room._start(state) == (n, place)


def test_the_words_asked_for_are_the_words_the_scripts_use() -> None:
    here = Path(room.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in (*here.glob("stage*.js"), here / "clock.js"))
    used = set(re.findall(r"\bwords\.(\w+)", source))
    looked_up = {"restart", "back", "forward", "png", "racer", "distance", "gradient", "direction", "scale", "update"}
    assert all(f'"{word}"' in source for word in looked_up)
    assert used | looked_up == set(room.WORDS)
