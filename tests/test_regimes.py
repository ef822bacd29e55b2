"""The regime map's scene: zooming, changing what is varied, and what no link can have."""

import math

import numpy as np
import pytest

from lrviz.descend.regime_map import computed
from lrviz.descend.regimes import MOST_WORK, PRESETS, RegimesScene
from lrviz.descend.work import weight
from lrviz.formula import MAX_LENGTH
from lrviz.optimizers import Adam, rule_kinds
from lrviz.schedules import Constant
from lrviz.spec import from_address, kind_of, to_address
from lrviz.surfaces import surface_kinds
from lrviz.surfaces.classics import Himmelblau
from lrviz.surfaces.regression import LogisticRegression


def test_zooming_recomputes_at_full_resolution_and_the_way_back_is_the_whole() -> None:
    whole = RegimesScene(cells=50)
    part = whole.zoomed({"across": (0.24, 0.26), "up": (0.0, 0.1)})
    result = computed(part)
    assert part.is_zoomed and len(result.across) == 50
    assert 0.24 < result.across[0] < result.across[-1] < 0.26 and 0 < result.up[0] < result.up[-1] < 0.1
    assert len(np.unique(result.levels)) > 5
    assert part.zoomed(None) == whole and not whole.is_zoomed


def test_a_zoom_deep_into_a_border_keeps_its_ends_apart() -> None:
    scene = RegimesScene(surface=Himmelblau(), schedule=Constant(lr=0.003), across="x", up="y")
    for scale in (1e-2, 1e-5, 1e-9):
        part = scene.zoomed({"across": (1.234567891, 1.234567891 + scale), "up": (-1.0, -1.0 + scale)})
        low, high = part.span("across")
        assert math.isclose(high - low, scale, rel_tol=0.05)


def test_the_counted_axes_of_a_map_are_log_where_their_knob_is() -> None:
    scene = RegimesScene(optimizer=Adam(), across="lr", up="eps", lr_scale="log", cells=10, steps=2)
    result = computed(scene)
    for values in (result.across, result.up):
        assert np.allclose(np.diff(np.log(values)), np.log(values[1] / values[0]))


# -------------------------------------------------------------------------------------------------------- changes


def test_axes_change_places_when_one_takes_what_the_other_varies() -> None:
    scene = RegimesScene(across_high=0.3, up_low=0.2)
    assert scene.varying("across", "momentum") == scene.swapped()
    swapped = scene.swapped()
    assert (swapped.across, swapped.up, swapped.up_high, swapped.across_low) == ("momentum", "lr", 0.3, 0.2)
    assert swapped.swapped() == scene
    assert scene.varying("up", "noise") == scene.but(up="noise", up_low=None)


def test_the_swapped_map_is_the_map_turned() -> None:
    scene = RegimesScene(cells=20, steps=50)
    assert np.array_equal(computed(scene).levels, computed(scene.swapped()).levels.T)


def test_a_log_rate_axis_forgets_a_range_from_zero() -> None:
    scene = RegimesScene(across_low=0.0, across_high=0.5, up_high=0.5)
    assert scene.scaled("log").span("across") == (1e-4, 10.0) and scene.scaled("log").up_high == 0.5


@pytest.mark.parametrize("kind", rule_kinds())
def test_a_map_of_every_rule_runs(kind: str) -> None:
    scene = PRESETS["momentum_map"].but(cells=10, steps=5).with_optimizer(rule_kinds()[kind]())  # type: ignore[arg-type]
    assert kind_of(scene.optimizer) == kind and scene.across == "lr" and scene.up in scene.axes
    assert computed(scene).levels.shape == (10, 10)


@pytest.mark.parametrize("kind", surface_kinds())
def test_a_map_of_every_surface_runs_and_can_be_varied_in_all_it_offers(kind: str) -> None:
    scene = PRESETS["basins"].but(steps=5).on(surface_kinds()[kind]())  # type: ignore[arg-type]
    assert kind_of(scene.surface) == kind
    for varied in scene.axes:
        if varied != scene.up:
            assert computed(scene.varying("across", varied).but(cells=10)).levels.shape == (10, 10)


def test_work_is_bounded_where_a_step_is_summed_over_rows() -> None:
    scene = RegimesScene().on(LogisticRegression(batch_size=0))
    assert scene.cells**2 * scene.steps * weight(scene.surface) <= MOST_WORK
    assert scene.most_cells >= scene.cells and RegimesScene().most_steps == 250


def test_what_changes_nothing_is_idle() -> None:
    assert {"start_y", "seed"} <= RegimesScene().idle and "start_x" not in RegimesScene().idle
    assert {"start_x", "start_y", "lr_scale"} <= PRESETS["basins"].idle
    assert "noise" in PRESETS["noise_map"].idle and "seed" not in PRESETS["noise_map"].idle


# ------------------------------------------------------------------------------------------------------ bad input

LONG_FORMULA = f"0.1{' + 0 * t' * 70}"[: MAX_LENGTH - MAX_LENGTH % 8 - 5]
"""One that is as long as can be, so that there is no room left to scale it by a rate."""
REFUSED = {
    "an empty range": ({"across_low": "0.5", "across_high": "0.1"}, ["empty_range"]),
    "the same axis twice": ({"across": "momentum"}, ["same_axis"]),
    "an axis the rule does not have": ({"up": "beta2"}, ["no_such_axis"]),
    "an axis the surface does not have": ({"up": "y"}, ["no_such_axis"]),
    "an axis unheard of": ({"up": "batch"}, ["literal_error"]),
    "too many cells": ({"cells": "100000"}, ["less_than_equal"]),
    "too large a map": ({"steps": "1000"}, ["map_too_large"]),
    "a billion steps": ({"steps": "1000000000"}, ["less_than_equal"]),
    "a log axis from 0": ({"lr_scale": "log", "across_low": "0"}, ["empty_range"]),
    "momentum of 3": ({"up_high": "3"}, ["range_outside"]),
    "a negative rate": ({"across_low": "-1"}, ["range_outside"]),
    "a rate of 1e5": ({"across_high": "1e5"}, ["range_outside"]),
    "a start outside": ({"up": "x", "up_low": "-100"}, ["range_outside"]),
    "a place outside": ({"start_x": "99"}, ["start_outside"]),
    "no rates to scale": ({"schedule": "formula", "schedule.expression": LONG_FORMULA}, ["range_outside"]),
    "not a number": ({"across_low": "nan"}, ["finite_number"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_link_cannot_have_is_named_once_and_the_map_still_runs(name: str) -> None:
    address, codes = REFUSED[name]
    scene, problems = from_address(address, RegimesScene())
    assert [problem.code for problem in problems] == codes
    assert computed(scene.but(cells=10, steps=2)).levels.shape == (10, 10)


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_address_reads_back(name: str) -> None:
    assert from_address(to_address(PRESETS[name], RegimesScene()), RegimesScene()) == (PRESETS[name], [])
