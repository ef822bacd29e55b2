"""What the presets and the prose say of trainings is what these trainings do."""

from functools import cache

import numpy as np
import pytest
import torch

from lrviz.schedules import Cosine
from lrviz.schedules.rate import at_rate
from lrviz.train.anatomy import anatomy
from lrviz.train.engine import Batch, Judged
from lrviz.train.models import MLP
from lrviz.train.scene import PRESETS
from lrviz.train.training import Training


@cache
def trained(training: Training) -> Batch:
    batch = Batch([training], dtype=torch.float64)
    batch.load(batch.start())
    batch.run(training.steps)
    return batch


def judged(training: Training) -> Judged:
    return trained(training).judge()  # pyright: ignore[reportArgumentType]  (frozen, as its config says)


def right(training: Training) -> float:
    return float(judged(training).accuracy_val[0])


SPIRALS = PRESETS["spirals"].training


def test_the_spirals_come_apart_and_neither_with_a_tenth_of_the_rate_nor_with_three_times_of_it() -> None:
    assert right(SPIRALS) == 1.0
    assert right(SPIRALS.but(schedule=at_rate(SPIRALS.schedule, 0.01))) < 0.75
    assert PRESETS["too_large"].training == SPIRALS.but(schedule=at_rate(SPIRALS.schedule, 0.3))


def test_three_times_the_rate_ends_with_a_third_of_the_rows_wrong() -> None:
    assert right(PRESETS["too_large"].training) == pytest.approx(2 / 3, abs=0.05)


def test_the_warm_up_saves_the_deeper_net() -> None:
    saved = PRESETS["warmup"].training
    assert saved.schedule.kind == "warmup" and saved.schedule.steps == 300
    assert right(saved) > 0.98
    assert right(saved.but(schedule=Cosine(lr=0.2, T_max=2_000))) < 0.75


def test_by_heart_the_training_loss_falls_and_the_validation_loss_climbs() -> None:
    batch = Batch([PRESETS["by_heart"].training], dtype=torch.float64)
    batch.load(batch.start())
    losses = []
    for _ in range(30):
        batch.run(100)
        losses.append([float(batch.judge().loss[0]), float(batch.judge().loss_val[0])])
    training, validation = np.array(losses).T
    assert float(batch.judge().accuracy[0]) > 0.95 and training[-1] < 0.3 * training[0]
    assert validation[-1] > 2 * validation.min() and validation.argmin() < 5


def test_the_second_layer_dies_and_its_gradient_with_it() -> None:
    batch = trained(PRESETS["dead"].training)  # pyright: ignore[reportArgumentType]
    batch.judge()
    seen = anatomy(batch, batch.net.theta)
    assert seen.dead[1] == 1.0 and seen.gradient[1] == 0.0 and 0 < seen.dead[0] < 1


def test_a_dropout_of_a_half_keeps_the_two_losses_together() -> None:
    heart = PRESETS["by_heart"].training
    dropped = heart.but(model=MLP(width=64, dropout=0.5))
    gaps = [float(judged(one).loss_val[0] / judged(one).loss[0]) for one in (heart, dropped)]
    assert gaps[1] < gaps[0] / 5


def test_a_curve_is_laid_through_the_points() -> None:
    found = judged(PRESETS["curve"].training)
    assert float(found.loss[0]) < 0.04, "about the noise of 0.2, squared"
