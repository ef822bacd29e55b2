"""A range test beside the same training with torch.nn, torch.optim and a torch scheduler."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lrviz.optimizers.counterpart import Missing, torch_settings
from lrviz.train import reference
from lrviz.train.engine import Batch
from lrviz.train.finder import FinderScene
from lrviz.train.suggestions import stopped
from lrviz.train.training import data_of
from lrviz.verify.answers import Difference, difference, told
from lrviz.verify.comparison import Report, compare

MOST_WORK = 2e10
"""Rows times parameters times updates that a check from the web compares at most: about five seconds of torch."""
AGREES = 1e-6
"""Relative; rounding grows as the rate does, and by then has made of 1e-16 up to this."""


@dataclass(frozen=True)
class FinderReport:
    """How far the first sweep's losses are from torch's over so many updates, and its rates from torch's scheduler.

    Both losses are in double precision; `single`: how far those of the picture, in single precision, are from ours.
    """

    updates: int
    losses: Difference
    single: Difference
    rates: Report


def compare_finder(scene: FinderScene) -> FinderReport | Missing:
    """Train the first seed's sweep with torch, up to where a finder stops; Missing where torch has no such rule."""
    training = scene.trainings[0]
    settings = torch_settings(training.optimizer)
    if isinstance(settings, Missing):
        return settings
    ours, single = (_losses(scene, dtype) for dtype in (torch.float64, torch.float32))
    updates = _updates(scene, ours)
    theirs = reference.train(training, updates).losses
    rates = compare(scene.test, scene.test.num_iter)
    assert rates is not None, "torch has both sweeps"
    kept = ours[:updates]
    return FinderReport(updates, difference(kept, theirs), difference(single[:updates], kept), rates)


def _losses(scene: FinderScene, dtype: torch.dtype) -> np.ndarray[Any, Any]:
    batch = Batch(scene.trainings[:1], dtype=dtype)
    batch.load(batch.start())
    return batch.run(scene.test.num_iter)[:, 0]


def _updates(scene: FinderScene, losses: np.ndarray[Any, Any]) -> int:
    """Return how many updates are compared: up to the stop, none that is not finite, no more than takes seconds."""
    training, data = scene.trainings[0], data_of(scene.training.task)
    (stop,) = stopped(losses[:, None], 4.0)
    finite = np.flatnonzero(~np.isfinite(losses))
    parameters = sum(p.numel() for p in reference.net_of(training).parameters())
    work = min(training.rows_per_batch, data.rows) * parameters
    return max(1, min(int(stop) if stop > 0 else len(losses), *finite[:1].tolist(), len(losses), int(MOST_WORK / work)))


def answer(scene: FinderScene) -> dict[str, Any]:
    """Answer whether a range test is what torch makes of it."""
    report = compare_finder(scene)
    if isinstance(report, Missing):
        return told("no_class", "note")
    found = {"absolute": report.losses.absolute, "relative": report.losses.relative, "updates": report.updates}
    found |= {"single": report.single.absolute, "torch": scene.training.optimizer.torch}
    scheduler = {"scheduler": report.rates.torch, "rates": report.rates.relative}
    agrees = report.losses.relative <= AGREES and report.rates.agrees
    return told("verified" if agrees else "differs", "ok" if agrees else "warn", **found, **scheduler)
