"""The losses on real data are those of the textbooks, and the gradients of their batches average to the whole one."""

from typing import Any

import numpy as np
import pytest
import torch

from lrviz.surfaces import surface_kinds
from lrviz.surfaces.data import SIZES, data
from tests.test_surfaces import KINDS, named, somewhere

STOCHASTIC = tuple(cls for cls in KINDS if "batch_size" in cls.model_fields)


def test_the_data_are_whole_and_standardised() -> None:
    for name, size in SIZES.items():
        for column in data(name).columns[:2]:
            assert column.shape == (size,)
            assert column.mean() == pytest.approx(0, abs=1e-13) and column.std() == pytest.approx(1, rel=1e-13)
    assert data("breast_cancer").target.sum() == 212  # malignant
    assert np.corrcoef(data("diabetes").first, data("diabetes").second)[0, 1] == pytest.approx(0.8966629578, rel=1e-9)


def test_linear_regression_is_half_the_mean_squared_error() -> None:
    spec, part = surface_kinds()["linear_regression"](), data("diabetes")
    x = somewhere(spec)
    errors = x[:, :1] * part.first + x[:, 1:] * part.second - part.target
    np.testing.assert_allclose(spec(x), np.square(errors).mean(-1) / 2, rtol=1e-12)
    solved, *_ = np.linalg.lstsq(np.stack([part.first, part.second], -1), part.target, rcond=None)
    assert spec.minima[0].x == pytest.approx(tuple(solved), rel=1e-11)


def test_logistic_regression_is_torchs_mean_log_loss() -> None:
    spec, part = surface_kinds()["logistic_regression"](), data("breast_cancer")
    x = somewhere(spec)
    scores = torch.tensor(x[:, :1] * part.first + x[:, 1:] * part.second)
    targets = torch.tensor(part.target).expand_as(scores)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction="none").mean(-1)
    np.testing.assert_allclose(spec(x), loss.numpy(), rtol=1e-12)


@pytest.mark.parametrize("cls", STOCHASTIC, ids=named)
@pytest.mark.parametrize("size", [1, 13, 32])
def test_the_gradients_of_batches_average_to_the_full_one(cls: Any, size: int) -> None:
    spec, count = cls(batch_size=size), SIZES[_set(cls)]
    steps = count // np.gcd(count, size)
    rows = spec.draws(steps, seed=3)
    assert rows.shape == (steps, size)
    assert np.array_equal(np.bincount(rows.ravel()), np.full(count, steps * size // count))
    x = somewhere(spec, 3)
    mean = np.mean([spec.grad(x, batch) for batch in rows], axis=0)
    np.testing.assert_allclose(mean, spec.grad(x), rtol=1e-10, atol=1e-12)
    assert np.ptp([spec.grad(x, batch)[0, 0] for batch in rows[:5]]) > 1e-3


@pytest.mark.parametrize("cls", STOCHASTIC, ids=named)
def test_one_epoch_takes_every_row_once(cls: Any) -> None:
    count = SIZES[_set(cls)]
    rows = cls(batch_size=1).draws(2 * count, seed=0).ravel()
    assert sorted(rows[:count]) == sorted(rows[count:]) == list(range(count))
    assert not np.array_equal(rows[:count], rows[count:])
    assert not np.array_equal(rows, cls(batch_size=1).draws(2 * count, seed=1).ravel())
    assert np.array_equal(rows, cls(batch_size=1).draws(2 * count, seed=0).ravel())


@pytest.mark.parametrize("cls", STOCHASTIC, ids=named)
def test_batches_of_many_runs_are_the_same_one_by_one_bit_for_bit(cls: Any) -> None:
    spec = cls(batch_size=17)
    x, (rows,) = np.asfortranarray(somewhere(spec, 300)), spec.draws(1, seed=0)
    together = spec.grad(x, rows)
    assert together.flags.f_contiguous
    for i in (0, 5, 299):
        assert np.array_equal(spec.grad(x[i : i + 1], rows)[0], together[i])
    weights = torch.tensor(x[:5], requires_grad=True)
    np.testing.assert_allclose(spec.grad(weights.detach(), rows).numpy(), together[:5], rtol=1e-12)


def _set(cls: Any) -> Any:
    return "diabetes" if cls.__name__ == "LinearRegression" else "breast_cancer"
