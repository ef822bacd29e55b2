"""Epochs and batches that grow: each row once an epoch, cut as a plain loop would cut it, trained as torch does."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrviz.optimizers import Adam, Momentum
from lrviz.schedules import Constant
from lrviz.train import reference
from lrviz.train.batches import orders_of
from lrviz.train.engine import Batch
from lrviz.train.epochs import Epochs
from lrviz.train.models import MLP
from lrviz.train.tasks import Moons
from lrviz.train.training import Training


def looped(one: Epochs, updates: int) -> list[tuple[int, int, int, int]]:
    """Epoch, place, full size and rows held of every update, as anyone would write it."""
    found, epoch = [], 0
    while len(found) < updates:
        size = min(one.rows, round(one.size * one.growth ** (epoch // one.every)))
        for begin in range(0, one.rows, size):
            held = min(size, one.rows - begin)
            if held == size or not one.drop_last:
                found.append((epoch, begin, size, held))
        epoch += 1
    return found[:updates]


CUTS = st.builds(
    Epochs,
    rows=st.integers(1, 60),
    size=st.integers(1, 80),
    drop_last=st.booleans(),
    growth=st.sampled_from([1.0, 1.5, 2.0, 10.0]),
    every=st.integers(1, 4),
).filter(lambda one: one.size <= one.rows)


@given(one=CUTS, updates=st.integers(1, 90))
def test_updates_are_cut_as_a_plain_loop_cuts_them(one: Epochs, updates: int) -> None:
    expected = looped(one, updates)
    assert [tuple(map(int, row)) for row in zip(*one.at(np.arange(updates)), strict=True)] == [e[:3] for e in expected]
    assert one.widest(updates) == max(size for _, _, size, _ in expected)
    assert one.narrowest(updates) <= min(held for *_, held in expected)


@given(one=CUTS, epochs=st.integers(1, 12))
def test_so_many_epochs_make_so_many_updates(one: Epochs, epochs: int) -> None:
    updates = one.updates(epochs)
    epoch, _, _ = one.at(np.arange(updates + 1))
    assert epoch[updates - 1] == epochs - 1 and epoch[updates] == epochs


def test_growth_that_takes_for_ever_costs_nothing() -> None:
    slow = Epochs(2_000, 1, False, 1.0001, 100_000)
    assert [int(part[0]) for part in slow.at(np.array([99_999]))] == [49, 1_999, 1]


def test_every_epoch_of_a_growing_batch_sees_every_row_once() -> None:
    one = Training(task=Moons(points=50), batch_size=4, batch_growth=2.0, growth_epochs=2, steps=60)
    rows = orders_of([one], torch.device("cpu")).drawn(0, 60)
    epochs, _, sizes = one.epochs.at(np.arange(60))
    assert sorted(set(sizes.tolist())) == [4, 8, 16, 32, 35]
    for epoch in range(8):
        seen = [rows.index[t, 0][rows.share[t, 0] > 0] for t in np.flatnonzero(epochs == epoch)]
        assert sorted(torch.cat(seen).tolist()) == list(range(35))


@pytest.mark.parametrize("rule", [Momentum(), Adam()])
def test_a_growing_batch_trains_as_torch_does_beside_runs_whose_batch_does_not(rule: Momentum | Adam) -> None:
    model = MLP(width=5, norm="batch", dropout=0.2)
    grows = Training(
        task=Moons(points=60), model=model, optimizer=rule, schedule=Constant(lr=0.01), batch_size=6, batch_growth=2.0,
        growth_epochs=2, steps=50, weight_decay=0.01,
    )  # fmt: skip
    trainings = [grows.but(batch_growth=1.0), grows, grows.but(batch_growth=3.0, seed=2)]
    batch = Batch(trainings, dtype=torch.float64)
    batch.load(batch.start())
    losses = batch.run(50)
    for r, one in enumerate(trainings):
        theirs = reference.train(one, 50)
        np.testing.assert_allclose(losses[:, r], theirs.losses, 1e-9)
        np.testing.assert_allclose(batch.says(reference.data_of(one.task).x_val)[r], theirs.said, 1e-8)
