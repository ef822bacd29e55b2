"""A sweep's program, executed: every net ends where the engine's does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.export.rows import FILE, rows_csv
from lrviz.export.sweep import sweep_code, without_code
from lrviz.optimizers import Adam, Lion, Momentum, ScheduleFree
from lrviz.schedules import Constant, Cosine
from lrviz.train.blocks import blocks
from lrviz.train.engine import Batch
from lrviz.train.kinds import ByNorm, ByOptimizer, ByPenalty, ByScaling, BySchedule, ByStages
from lrviz.train.models import CNN, MLP, Linear
from lrviz.train.quantities import (
    ByBatchSize,
    ByDecay,
    ByDepth,
    ByDropout,
    ByRate,
    ByRows,
    BySeed,
    ByWarmup,
    ByWidth,
)
from lrviz.train.sweep import PRESETS, SweepScene
from lrviz.train.tasks import Diabetes, Digits, Moons, Sine, Wine
from lrviz.train.training import Training

SMALL = Training(task=Moons(points=40), model=MLP(width=4), steps=24, batch_size=8, schedule=Constant(lr=0.05))
RATES = ByRate(low=0.01, high=0.1, count=2)
CASES: dict[str, SweepScene] = {
    "optimizers, one of them not torch's": SweepScene(
        training=SMALL, across=RATES, up=ByOptimizer(values=("sgd", "adam", "lion")), seeds=2
    ),
    "schedules after a warmup": SweepScene(
        training=SMALL, across=ByWarmup(count=2),
        up=BySchedule(values=("constant", "step", "cosine", "one_cycle", "wsd")),
    ),
    "warmup of a cosine": SweepScene(
        training=SMALL.but(schedule=Cosine(lr=0.1, T_max=24)), across=RATES, up=ByWarmup(count=3), seeds=1
    ),
    "batch sizes, equal epochs": SweepScene(
        training=SMALL, across=RATES, up=ByBatchSize(high=30, count=3), budget="epochs"
    ),
    "stages": SweepScene(training=SMALL, across=RATES, up=ByStages(every=2, factor=3.0), budget="epochs", seeds=1),
    "dropout and few rows": SweepScene(
        training=Training(task=Wine(), model=MLP(width=5, activation="relu"), optimizer=Adam(), steps=20, batch_size=8),
        across=ByDropout(high=0.5, count=2),
        up=ByRows(low=12, high=60, count=2),
        measure="accuracy_val",
    ),
    "wrong labels, few rows": SweepScene(
        training=Training(task=Wine(label_noise=0.3), model=MLP(width=5), steps=12), across=RATES,
        up=ByRows(low=12, high=60, count=2),
    ),
    "numbers to predict, few rows": SweepScene(
        training=Training(task=Diabetes(), model=Linear(), steps=20), across=RATES, up=ByRows(low=30, high=90, count=2)
    ),
    "norms": SweepScene(training=SMALL, across=RATES, up=ByNorm(), measure="accuracy"),
    "penalties": SweepScene(
        training=SMALL, across=ByDecay(low=0.01, high=0.1, count=2), up=ByPenalty(), measure="loss"
    ),
    "width in both scalings, two rules": SweepScene(
        training=SMALL.but(model=MLP(base_width=4)), across=ByWidth(low=4, high=12, count=2), up=ByScaling(),
        beside=ByOptimizer(values=("momentum", "adam")), seeds=1,
    ),
    "depth and seed": SweepScene(training=SMALL, across=ByDepth(high=2), up=BySeed(count=2)),
    "images": SweepScene(
        training=Training(
            task=Digits(subset=24), model=CNN(channels=2, norm="batch", dropout=0.2, init="he"), steps=6, batch_size=8,
            clip_norm=0.5, optimizer=Momentum(),
        ),
        across=RATES, up=BySeed(count=2),
    ),
    "squared error of classes, and all else": SweepScene(
        training=Training(
            task=Wine(subset=30), model=MLP(width=4, init="xavier", norm="layer", dropout=0.2), loss="mse",
            l1=0.01, l2=0.02, weight_decay=0.1,
            clip_norm=0.3, drop_last=True, batch_size=8, batch_growth=1.5, growth_epochs=2, steps=20,
            optimizer=Lion(), seed=3,
        ),
        across=RATES, up=BySchedule(values=("linear", "exponential")), measure="accuracy",
    ),
    "a net over a line": SweepScene(
        training=Training(task=Sine(points=30), model=MLP(width=4, activation="gelu"), steps=20), across=RATES,
        up=BySchedule(values=("cosine",)),
    ),
}  # fmt: skip


def ours(scene: SweepScene) -> np.ndarray[Any, Any]:
    """What every net ends at in double precision, (cells, seeds)."""
    nets = scene.trainings()
    found = np.empty(len(nets))
    for places in blocks(nets, 10**9):
        batch = Batch([nets[i] for i in places], dtype=torch.float64)
        batch.load(batch.start())
        batch.run(batch.trainings[0].steps)
        found[places] = getattr(batch.judge(), scene.measure)
    return found.reshape(-1, scene.each)


@pytest.mark.parametrize("case", CASES)
def test_the_program_trains_every_net_to_the_same_end(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = CASES[case]
    monkeypatch.chdir(tmp_path)
    Path(FILE).write_text(rows_csv(scene))
    scope: dict[str, Any] = {"__name__": "exported"}
    try:
        exec(compile(sweep_code(scene, lambda key: key), "<sweep>", "exec"), scope)
    finally:
        torch.set_default_dtype(torch.float32)
    assert len(scope["ends"]) == len(scene.cells)
    theirs = np.array(list(scope["ends"].values()))
    np.testing.assert_allclose(theirs, ours(scene), rtol=1e-8, atol=1e-10)


def test_an_optimizer_that_hands_over_an_average_has_no_program() -> None:
    scene = SweepScene(training=SMALL.but(optimizer=ScheduleFree()), across=RATES, up=BySeed(count=2))
    assert without_code(scene) == "no_average" and without_code(PRESETS["mup"]) == ""
    with pytest.raises(ValueError, match="no_average"):
        sweep_code(scene, lambda key: key)


@pytest.mark.parametrize("name", PRESETS)
def test_every_ready_made_experiment_has_a_program_that_compiles(name: str) -> None:
    compile(sweep_code(PRESETS[name], lambda key: key), name, "exec")
