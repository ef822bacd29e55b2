"""The regime map's picture holds the map, and names every cell."""

import numpy as np
import pytest

from lrviz.descend.regime_map import TOP, computed
from lrviz.descend.regimes import RegimesScene
from lrviz.figures.regimes import regimes_figure
from lrviz.surfaces.classics import Himmelblau, Rastrigin
from tests.test_regime_map import basins

WORDS = {
    "x": "rate", "y": "momentum", "theory": "theory", "arrives_at": "arrives after {step}", "stays": "stays",
    "diverges_at": "diverges at {step}", "ends_in": "ends in {index}", "converged": "arrives", "diverged": "diverges",
    "neither": "neither", "scale": "steps until", "minimum": "minimum",
}  # fmt: skip


def names_drawn(trace: dict) -> np.ndarray:
    """The text of every cell, as the browser makes it from levels and names."""
    text = trace["text"]
    return np.array(text["names"], dtype=object)[text["$named"].astype(int) - text["least"]]


def test_the_picture_holds_the_map_and_names_every_cell() -> None:
    result = computed(RegimesScene(cells=40))
    cells, *lines = regimes_figure(result, WORDS)["data"]
    assert np.array_equal(cells["z"], result.levels) and cells["z"].dtype == np.int8
    drawn = names_drawn(cells)
    assert (drawn[result.levels == 0] == "stays").all() and (drawn != "").all()
    assert all(text.startswith("arrives") for text in drawn[result.levels > 0])
    assert all(text.startswith("diverges") for text in drawn[result.levels < 0])
    cell = result.cell(0.1, 0.3)
    first, *last = drawn[cell.u, cell.a].removeprefix("arrives after ").split("–")
    assert cell.reached is not None and int(first) <= cell.reached <= int((last or [first])[0])
    assert result.boundary is not None
    assert all(np.array_equal(line["x"], result.boundary[0]) for line in lines) and lines[-1]["line"]["dash"] == "dash"


def test_basins_are_drawn_in_their_minimums_colour() -> None:
    result = basins(Himmelblau(), 0.003, cells=30)
    figure = regimes_figure(result, WORDS)
    cells = figure["data"][0]
    drawn = names_drawn(cells)
    for i in range(4):
        assert (drawn[result.nearest == i] == f"ends in {i + 1}").all()
    shades = (TOP + 1) // 4
    assert np.array_equal(cells["z"][result.nearest >= 0] // shades, result.nearest[result.nearest >= 0])
    levels = [level for level, _ in cells["colorscale"]]
    assert levels == sorted(levels) and levels[0] == 0 and levels[-1] == 1
    assert [trace["type"] for trace in figure["data"]] == ["heatmap", "contour", "scatter"]


def test_starts_that_do_not_arrive_or_diverge_have_levels_of_their_own() -> None:
    bad = basins(Himmelblau(), 0.5, cells=20)
    assert (bad.nearest == -1).any()
    drawn = names_drawn(regimes_figure(bad, WORDS)["data"][0])
    assert (drawn[bad.nearest == -1] == "diverges").all()
    slow = basins(Himmelblau(), 1e-5, cells=20)
    drawn = names_drawn(regimes_figure(slow, WORDS)["data"][0])
    assert (slow.nearest == -2).any() and (drawn[slow.nearest == -2] == "neither").all()


def test_many_minima_share_colours_without_a_name() -> None:
    result = basins(Rastrigin(), 0.002, cells=20)
    cells = regimes_figure(result, WORDS)["data"][0]
    assert (names_drawn(cells) == "arrives").all() and cells["z"].max() <= TOP


def test_the_chosen_cell_is_marked() -> None:
    result = computed(RegimesScene(cells=20, steps=20))
    *_, mark = regimes_figure(result, WORDS, chosen=result.cell(0.3, 0.5))["data"]
    assert (mark["x"], mark["y"]) == ([pytest.approx(0.3, abs=0.02)], [pytest.approx(0.5, abs=0.03)])


@pytest.mark.parametrize("narrow", [False, True])
def test_the_scale_says_what_it_counts_and_its_labels_stand_apart(narrow: bool) -> None:
    for steps in (5, 20, 50, 200, 500, 1000):
        cells = regimes_figure(computed(RegimesScene(cells=20, steps=steps)), WORDS, narrow=narrow)["data"][0]
        bar = cells["colorbar"]
        assert "steps until" in bar["title"]["text"]
        if narrow:
            assert "diverges" in bar["title"]["text"] and "arrives" in bar["title"]["text"]
        near = min(abs(value) for value in bar["tickvals"] if value)
        assert near > (0.24 if narrow else 0.04) * TOP, steps
    homes = regimes_figure(basins(Himmelblau(), 0.003, cells=20), WORDS, narrow=narrow)["data"][0]
    assert homes["colorbar"]["title"]["text"] == "minimum"
