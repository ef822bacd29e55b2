"""The PyTorch programs of the dropout lesson run, and give what the lesson shows."""

from typing import Any

import numpy as np
import pytest
import torch

from lrviz.export import csv
from lrviz.export.dropout import dropout_code
from lrviz.layers.dropout_scene import PRESETS, DropoutScene, average, depth, ensemble, layer
from lrviz.text import LANGUAGES, words


def run(scene: DropoutScene) -> dict[str, Any]:
    """Execute a program and return what it defines; torch's settings are put back."""
    scope: dict[str, Any] = {"__name__": "exported"}
    try:
        exec(compile(dropout_code(scene, lambda key: key), "<dropout>", "exec"), scope)
    finally:
        torch.set_default_dtype(torch.float32)
    return scope


LAYERS = [
    DropoutScene(), DropoutScene(scaling="evaluation", p=0.7, seed=3), DropoutScene(scaling="never"), DropoutScene(p=1),
    DropoutScene(p=0, values=(-1.5,)), PRESETS["output"],
]  # fmt: skip


@pytest.mark.parametrize("scene", LAYERS, ids=lambda scene: f"{scene.scaling} {scene.p}")
def test_a_layer(scene: DropoutScene) -> None:
    found = run(scene)
    np.testing.assert_allclose(found["output"].numpy(), layer(scene).output, rtol=1e-12)
    evaluated = layer(scene.but(mode="eval")).output
    np.testing.assert_allclose(found["evaluated"].numpy(), evaluated, rtol=1e-12)
    assert isinstance(found["dropout"], torch.nn.Dropout) and found["dropout"].p == scene.p


@pytest.mark.parametrize("name", ["average", "unscaled"])
def test_many_masks(name: str) -> None:
    scene = PRESETS[name]
    np.testing.assert_allclose(run(scene)["average"].numpy(), average(scene).averages[-1], rtol=1e-12)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_a_stack(p: float) -> None:
    scene = DropoutScene(view="depth", p=p, depth=5)
    times, found = np.array(run(scene)["times"]), depth(scene)
    np.testing.assert_allclose(times, np.array([found.unscaled, found.scaled])[:, 1:].T, rtol=1e-10)


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
@pytest.mark.parametrize("activation", ["identity", "relu", "tanh"])
@pytest.mark.parametrize("hidden", ["one", "two"])
def test_a_network(hidden: Any, activation: Any, output: Any) -> None:
    scene = DropoutScene(view="networks", hidden=hidden, activation=activation, output=output, p=0.3)
    found, mine = run(scene), ensemble(scene)
    np.testing.assert_allclose(found["outputs"].detach().numpy(), mine.outputs, rtol=1e-12)
    np.testing.assert_allclose(found["chances"].numpy(), mine.probabilities, rtol=1e-12)
    assert found["whole"] == pytest.approx(mine.whole, rel=1e-12)
    assert found["average"] == pytest.approx(mine.average, rel=1e-12)
    assert len([m for m in found["network"] if isinstance(m, torch.nn.Dropout)]) == {"one": 1, "two": 2}[hidden]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_comment_is_written_down(language: str) -> None:
    for scene in (*LAYERS, *PRESETS.values()):
        assert dropout_code(scene, lambda key: words(language).w(f"export_note.{key}"))


def test_rows_are_counted_from_where_they_begin() -> None:
    table = np.array([[0.5, 0.25]])
    assert csv(["y"], table, "unit", begin=1).split() == ["unit,y", "1,0.5", "2,0.25"]
    assert csv(["y"], table).split() == ["step,y", "0,0.5", "1,0.25"]
