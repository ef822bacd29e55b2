"""What the batches lesson computes is what torch computes, and the programs it hands out print the same."""

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz import step_cost, verify
from lrviz.batches.counting import Count, cut
from lrviz.batches.growth import ByPerformance, GrowInSteps, Periodic
from lrviz.batches.noise import cloud, draws
from lrviz.batches.quadratic import MEASURED_AT, RULES, NoisyQuadratic, measured, walks
from lrviz.batches.scene import PRESETS, BatchesScene, View, cloud_of, growth_of, paths
from lrviz.batches.training import SAMPLES, orders
from lrviz.export import batches_code
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.verify import batches as theirs
from lrviz.verify.comparison import TOLERANCE

RATES = st.floats(0.001, 0.3)
SEEDS = st.integers(0, 1_000)


def asked(scene: BatchesScene) -> dict[str, Any]:
    """Ask as the page does."""
    return verify.check({"question": "batches"} | to_address(scene, BatchesScene()))


# --- random inputs ---


@given(samples=st.integers(1, 2_000), batch_size=st.integers(1, 3_000), drop_last=st.booleans())
def test_batches_are_counted_and_cut_as_a_real_loader_does(samples: int, batch_size: int, drop_last: bool) -> None:
    length, sizes = theirs.loaded(samples, batch_size, drop_last)
    starts, stops = cut(samples, batch_size, drop_last)
    assert length == Count(samples, batch_size, drop_last=drop_last).iterations
    np.testing.assert_array_equal(sizes, stops - starts)


@settings(max_examples=15)
@given(batch_size=st.integers(1, 500), lr=RATES, seed=SEEDS, epochs=st.integers(1, 2), drop_last=st.booleans())
def test_paths_are_those_of_torch(batch_size: int, lr: float, seed: int, epochs: int, drop_last: bool) -> None:
    scene = BatchesScene(batch_size=batch_size, lr=lr, seed=seed, epochs=epochs, drop_last=drop_last)
    ours = paths(scene).yours
    path = theirs.trained(orders(SAMPLES, epochs, [seed])[0], ours.sizes[0], ours.rates[0], drop_last)
    assert theirs.apart(ours.w[0], path).relative <= TOLERANCE


@settings(max_examples=10)
@given(batch_size=st.integers(1, 442), along=st.floats(0, 1), seed=SEEDS)
def test_clouds_are_those_of_autograd(batch_size: int, along: float, seed: int) -> None:
    result = cloud(along, batch_size, 0.1, seed)
    size = np.abs(result.gradients).max()
    found = theirs.gradients(result.w, draws(batch_size, seed))
    np.testing.assert_allclose(result.batches / size, found / size, rtol=0, atol=TOLERANCE)


@settings(max_examples=10)
@given(
    lr=RATES, curvature=st.floats(0.1, 5), noise=st.floats(0.1, 5), optimizer=st.sampled_from(["sgd", "adam"])
)  # fmt: skip
def test_walks_are_those_of_torch(lr: float, curvature: float, noise: float, optimizer: Any) -> None:
    spec = NoisyQuadratic(lr=lr, curvature=curvature, noise=noise, optimizer=optimizer)
    rates, sizes = np.concatenate([spec.rate(rule, MEASURED_AT) for rule in RULES]), np.tile(MEASURED_AT, len(RULES))
    ours = np.stack(list(walks(spec, rates, sizes, theirs.WALK, theirs.RUNS)))
    assert theirs.apart(ours, theirs.walked(spec, rates, sizes)).relative <= TOLERANCE


@settings(max_examples=8)
@given(
    growth=st.sampled_from([GrowInSteps(), GrowInSteps(factor=1.3, every=1), Periodic(factor=7), ByPerformance()]),
    batch_size=st.integers(2, 300),
    lr=RATES,
    seed=SEEDS,
)
def test_growing_batches_and_their_twins_are_those_of_torch(growth: Any, batch_size: int, lr: float, seed: int) -> None:
    scene = BatchesScene(view="growth", growth=growth, growth_epochs=4, batch_size=batch_size, lr=lr, seed=seed)
    assert asked(scene)["code"] == "grown"


# --- what is told ---


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_verified(name: str) -> None:
    codes: dict[View, str] = {"paths": "trained", "count": "counted", "noise": "cloud"}
    codes |= {"scaling": "walked", "growth": "grown"}
    found = asked(PRESETS[name])
    assert (found["code"], found["tone"]) == (codes[PRESETS[name].view], "ok")
    for language in LANGUAGES:
        assert words(language).w(f"verify.batches.{found['code']}", **found["values"])


@pytest.mark.parametrize(
    ("growth", "torch"),
    [
        (GrowInSteps(), "StepLR"),
        (GrowInSteps(factor=1.5), "LambdaLR"),  # 12.5 samples are rounded
        (GrowInSteps(factor=10), "LambdaLR"),  # the data ends before
        (Periodic(), "LambdaLR"),
        (ByPerformance(), "ReduceLROnPlateau"),
    ],
)
def test_the_twin_is_torchs_own_scheduler_where_there_is_one(growth: Any, torch: str) -> None:
    scene = BatchesScene(view="growth", growth=growth, growth_epochs=9, batch_size=25)
    assert asked(scene)["values"]["torch"] == torch


def test_a_divergence_is_verified_too() -> None:
    found = asked(BatchesScene(lr=1.0, batch_size=1, epochs=3))
    assert found["code"] == "trained" and float(found["values"]["relative"]) <= TOLERANCE


def test_so_many_samples_are_counted_but_not_gone_through() -> None:
    scene = BatchesScene(view="count", batch_size=7, counting=BatchesScene().counting.but(samples=10_000_000))
    found = asked(scene)
    assert found["code"] == "counted_length" and found["values"]["torch"] == str(scene.count.iterations)


def test_a_difference_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = theirs.trained
    monkeypatch.setattr(theirs, "trained", lambda *given: real(*given) + 1e-9)
    assert asked(BatchesScene())["code"] == "differs" == asked(PRESETS["grow"])["code"]
    monkeypatch.setattr(theirs, "loaded", lambda samples, batch_size, drop_last: (195, None))
    assert asked(PRESETS["cifar"])["code"] == "count_differs"
    monkeypatch.setattr(theirs, "gradients", lambda w, rows: np.zeros((len(rows), 2)))
    monkeypatch.setattr(theirs, "walked", lambda spec, rates, sizes: np.zeros((theirs.WALK, len(rates), theirs.RUNS)))
    assert {asked(PRESETS[name])["code"] for name in ("noisy", "linear")} == {"differs"}


def test_what_is_not_finite_in_both_counts_as_equal() -> None:
    walk = np.array([[1.0], [np.inf], [np.nan]])
    assert theirs.apart(walk, walk.copy()).relative == 0
    assert theirs.apart(walk, np.ones((3, 1))).relative == np.inf


# --- the programs ---


def printed(scene: BatchesScene) -> list[list[float]]:
    """Run the scene's program and return the numbers it prints, a list a line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(batches_code(scene, lambda key: key), "exported.py", "exec"), {"__name__": "exported"})
    return [[float(part) for part in line.split()] for line in out.getvalue().splitlines()]


@pytest.mark.usefixtures("scikit_learn")
@pytest.mark.parametrize("scene", [PRESETS["mini"], BatchesScene(batch_size=100, drop_last=True, lr=0.3, seed=4)])
def test_the_program_of_the_paths_prints_their_losses(scene: BatchesScene) -> None:
    ours = paths(scene).yours
    expected = np.stack([ours.updates[0, ours.ends[1:]], ours.excess[0, ours.ends[1:]]], axis=1)
    np.testing.assert_allclose(printed(scene), expected, rtol=1e-9)


@pytest.mark.usefixtures("scikit_learn")
@pytest.mark.parametrize("name", ["grow", "periodic", "plateau"])
def test_the_program_of_the_growing_batch_prints_its_losses(name: str) -> None:
    ours = growth_of(PRESETS[name]).grow.trained
    expected = np.stack([np.unique(ours.updates[0, ours.ends[1:]]), ours.excess[0, ours.ends[1:]]], axis=1)
    np.testing.assert_allclose(printed(PRESETS[name]), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["cifar", "divisible"])
def test_the_program_of_the_counting_prints_its_numbers(name: str) -> None:
    count = PRESETS[name].count
    assert printed(PRESETS[name]) == [[count.iterations, count.last, count.total]]


@pytest.mark.usefixtures("scikit_learn")
@pytest.mark.parametrize("name", ["noisy", "late"])
def test_the_program_of_the_noise_prints_estimate_and_exact_value(name: str) -> None:
    result = cloud_of(PRESETS[name])
    ((estimated, exact),) = printed(PRESETS[name])
    assert estimated == pytest.approx(result.estimated, rel=1e-8) and exact == pytest.approx(result.simple, rel=1e-8)


@pytest.mark.parametrize("name", ["linear", "adam"])
def test_the_program_of_the_scaling_prints_what_is_measured_and_exact(name: str) -> None:
    spec = PRESETS[name].quadratic
    scene = PRESETS[name].but(batch_size=16)
    ((found, exact),) = printed(scene)
    assert exact == pytest.approx(float(spec.variance(spec.promising, np.array(16.0))), rel=1e-12)
    assert found == pytest.approx(float(measured(spec).variance[spec.promising][2]), rel=1e-9)


def test_programs_are_laid_out_as_a_formatter_would(tmp_path: Path) -> None:
    for name, scene in PRESETS.items():
        note = words("en").group("export_note").__getitem__
        (tmp_path / f"{name}.py").write_text(batches_code(scene, note), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "100", str(tmp_path)]
    assert (done := subprocess.run(ruff, capture_output=True, text=True)).returncode == 0, done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_comment_has_its_words_and_every_word_its_use(language: str) -> None:
    asked: set[str] = set()
    for scene in PRESETS.values():
        batches_code(scene, lambda name: asked.add(name) or name)
    own = {key for key in words(language).group("export_note") if key.startswith("batches_")}
    assert asked == own | {"descent_float64"}


# --- what a step costs here ---


def test_a_step_is_measured_with_a_real_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_cost, "ENOUGH", 0.0)
    found = step_cost.measured()
    assert found["sizes"] == step_cost.SIZES and found["weights"] == 64 * 256 + 256 + 256 * 257 + 257 * 10
    assert all(seconds > 0 for seconds in found["seconds"])
    per_sample = np.array(found["bytes"]) / np.array(found["sizes"])
    # The inputs, two hidden layers kept once each (ReLU keeps its output), the log-probabilities, the target's number.
    kept = 4 * (step_cost.INPUTS + 2 * step_cost.HIDDEN + step_cost.CLASSES) + 8
    np.testing.assert_allclose(per_sample, kept, atol=4)
    assert step_cost.measured() is found
