"""A sweep in chunks: every net is its training by itself, however the work is cut, short of memory, or interrupted."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrviz import jobs
from lrviz.jobs import Board, Chunk
from lrviz.schedules import Constant
from lrviz.train import sweep_job
from lrviz.train.engine import Batch, shape_of
from lrviz.train.kinds import ByNorm, ByOptimizer
from lrviz.train.models import MLP
from lrviz.train.numbers import unpacked
from lrviz.train.quantities import ByBatchSize, ByRate, BySeed, ByWidth
from lrviz.train.sweep import MEASURES, SweepScene
from lrviz.train.sweep_job import Sweeping, sweep
from lrviz.train.swept import Swept, swept
from lrviz.train.tasks import Moons, Sine
from lrviz.train.training import Training

ROOT = Path(__file__).resolve().parents[1]
TARGET = "lrviz.train.sweep_job:sweep"
BASE = Training(task=Moons(points=60), model=MLP(width=5), steps=60, batch_size=16, schedule=Constant(lr=0.1))
SMALL = SweepScene(
    training=BASE, across=ByRate(low=0.001, high=0.02, count=5), up=ByOptimizer(values=("sgd", "adam")),
    beside=ByNorm(values=("none", "layer")), seeds=3,
)  # fmt: skip
WILD = Training(task=Sine(points=40), model=MLP(width=6, activation="relu"), steps=80, schedule=Constant(lr=0.1))


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A worker that has prepared nothing yet."""
    sweep_job._prepared.cache_clear()
    sweep_job._batch.cache_clear()
    yield


def chunks(scene: SweepScene) -> list[Chunk]:
    """All chunks of a sweep, one after another."""
    found: list[Chunk] = []
    while not found or not found[-1].done:
        found.append(sweep(scene, found[-1].state if found else None, {}))
    return found


def ended(found: list[Chunk]) -> list[dict[str, Any]]:
    return [event for chunk in found for event in chunk.events]


def whole(scene: SweepScene) -> Swept:
    return swept(scene, ended(chunks(scene)))


def assert_same(one: Swept, other: Swept, rtol: float = 0.0) -> None:
    assert one.whole and other.whole
    for measure in MEASURES:
        np.testing.assert_allclose(one.values[measure], other.values[measure], rtol=rtol)
    np.testing.assert_array_equal(one.bad, other.bad)


def test_every_net_ends_where_its_training_ends_by_itself() -> None:
    result = whole(SMALL)
    nets = SMALL.trainings()
    for i in range(0, len(nets), 7):
        alone = Batch([nets[i]])
        alone.load(alone.start())
        alone.run(60)
        judged = alone.judge()
        for measure in MEASURES:
            ours = result.values[measure].ravel()[i]
            assert ours == pytest.approx(float(getattr(judged, measure)[0]), rel=2e-3), (i, measure)


def test_however_it_is_cut_the_numbers_are_the_same_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = whole(SMALL)
    monkeypatch.setattr(sweep_job, "BUDGET", -1.0)
    monkeypatch.setattr(sweep_job, "STRIDE", 7)
    cut = chunks(SMALL)
    assert len(cut) == 4 * 9, "four batches of sixty updates, seven at a time"
    assert_same(swept(SMALL, ended(cut)), at_once)


def test_cells_are_told_once_in_whole_with_their_middle_and_the_way_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_job, "LEAST", 4)
    found = chunks(SMALL)
    events = ended(found)
    cells = np.concatenate([unpacked(event["cells"]) for event in events])
    assert sorted(cells) == list(range(20)) and len(events) > 4
    assert [event["step"] for event in events] == sorted(event["step"] for event in events) and events[-1]["step"] == 60
    progress = [chunk.progress for chunk in found]
    assert progress == sorted(progress) and progress[-1] == pytest.approx(1.0)
    result = swept(SMALL, events)
    for event in events:
        places = np.unravel_index(unpacked(event["cells"]), SMALL.shape)
        for name in ("mid", "low", "high"):
            np.testing.assert_array_equal(
                unpacked(event[name]["loss_val"]), np.float32(getattr(result.middle, name)[places])
            )
    best = min(float(unpacked(event["mid"]["loss_val"]).min()) for event in events)
    assert events[-1]["best"]["loss_val"] == pytest.approx(best) and result.ends[0] == pytest.approx(best)
    assert events[-1]["scale"]["loss_val"] == pytest.approx(result.ends)


def test_what_is_told_of_numbers_can_travel_though_they_have_no_accuracy() -> None:
    events = ended(chunks(SMALL.on(WILD)))
    json.loads(json.dumps(events, allow_nan=False))
    assert set(events[-1]["scale"]) == {"loss", "loss_val"} and events[-1]["best"]["accuracy"] is None


def test_the_first_batches_come_from_all_shapes() -> None:
    scene = SweepScene(training=BASE, across=ByRate(count=20), up=ByWidth(low=4, high=16, count=3), seeds=10)
    batches, nets = sweep_job._prepared(scene).batches, scene.trainings()  # type: ignore[arg-type]
    assert len(batches) >= 6 and sorted(i for batch in batches for i in batch) == list(range(600))
    assert len({shape_of(nets[batch[0]]) for batch in batches[:3]}) == 3
    spread = {nets[i].schedule.base for i in batches[0]}
    assert len(spread) == 5 and max(spread) / min(spread) > 1e4, "each batch holds cells from everywhere in its row"
    assert all(batches[0].count(i - i % 10 + seed) == 1 for i in batches[0] for seed in range(10)), "and whole ones"


def test_a_run_that_diverges_is_a_value_with_its_update_and_leaves_the_others_alone() -> None:
    scene = SweepScene(training=WILD, across=ByRate(low=0.01, high=900.0, count=2), up=BySeed(count=3))
    result = whole(scene)
    calm = whole(scene.but(across=ByRate(low=0.01, high=0.02, count=2)))
    assert (result.bad[0, :, 1, 0] > 0).all() and (result.bad[0, :, 1, 0] <= 80).all()
    assert np.isnan(result.values["loss"][0, :, 1]).all() and (result.gone[0, :, 1] == 1).all()
    np.testing.assert_allclose(result.values["loss"][0, :, 0], calm.values["loss"][0, :, 0], rtol=1e-4)
    assert result.best is not None and result.best[2] == 0


# --- short of memory ---


def short(
    monkeypatch: pytest.MonkeyPatch, most: int, message: str = "DefaultCPUAllocator: can't allocate memory"
) -> None:
    """Let a batch of more nets than so many fail as torch fails when memory is short."""
    run = Batch.run

    def limited(self: Batch, count: int) -> Any:
        if len(self.trainings) > most:
            raise RuntimeError(message)
        return run(self, count)

    monkeypatch.setattr(Batch, "run", limited)


def test_short_of_memory_it_halves_its_batches_says_so_and_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    plenty = whole(SMALL)
    short(monkeypatch, most=5)
    events = ended(chunks(SMALL))
    assert [event["split"] for event in events if "split" in event] == [8, 4], "from 15 nets a batch"
    result = swept(SMALL, events)
    assert result.split == (8, 4)
    assert_same(result, plenty, rtol=1e-3)


def test_too_little_memory_for_one_net_is_an_error_by_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    short(monkeypatch, most=0)
    with pytest.raises(MemoryError):
        chunks(SMALL)


def test_any_other_error_goes_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    short(monkeypatch, most=0, message="shapes do not fit")
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        chunks(SMALL)


LIMITED = """
import resource, sys
sys.path.insert(0, {root!r})
import torch
torch.set_num_threads(1)
from lrviz.train import blocks, sweep_job
from lrviz.train.swept import swept
from tests.test_sweep_job import LARGE, ended, chunks
blocks.CACHE = 10**12  # as if caches had no end: all nets of a shape in one batch
sweep_job.LEAST = 10**6
sweep_job._prepared(LARGE), torch.zeros(1000) @ torch.zeros(1000)
used = int(next(line for line in open("/proc/self/status") if line.startswith("VmData")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + {room}, used + {room}))
result = swept(LARGE, ended(chunks(LARGE)))
print("split", *result.split, "whole", result.whole, "best", result.best)
"""
LARGE = SweepScene(
    training=BASE.but(model=MLP(width=64), batch_size=0, steps=8), across=ByRate(low=0.01, high=1.0, count=20),
    up=BySeed(count=30), seeds=1,
)  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much a process holds")
def test_under_a_real_small_limit_large_batches_are_split_and_the_sweep_ends() -> None:
    code = LIMITED.format(root=str(ROOT), room=40 * 2**20)
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2_000:]
    words = done.stdout.split()
    assert words[0] == "split" and words[1].isdigit() and int(words[1]) <= 300, done.stdout
    assert "whole True" in done.stdout and "best None" not in done.stdout


# --- on the board ---


def dies_once(scene: SweepScene, now: Sweeping | None, steering: dict[str, Any]) -> Chunk:
    """Sweep on, but the first time that half is done, die."""
    mark = Path(os.environ["SWEEP_MARK"])
    if now is not None and now.done >= 30 and not mark.exists():
        mark.touch()
        os._exit(3)
    sweep_job.BUDGET = -1.0
    return sweep(scene, now, steering)


def happens(job: Any, seconds: float = 90.0) -> bool:
    deadline = time.monotonic() + seconds
    while not job.ended and time.monotonic() < deadline:
        time.sleep(0.02)
    return job.ended


@pytest.fixture
def board() -> Iterator[Board]:
    yield Board(jobs.submit, lambda: 1)
    jobs.shutdown()


def test_a_worker_killed_in_the_middle_changes_no_number_and_what_it_brought_is_kept(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.shutdown()  # a worker inherits the mark only if it starts after this
    monkeypatch.setenv("SWEEP_MARK", str(tmp_path / "mark"))
    target = f"{__name__}:dies_once"
    job = board.find(board.start("ann", target, SMALL, keeps=True))
    assert job is not None
    board.watch(job.id)
    assert happens(job)
    assert (job.status, job.lost_workers, (tmp_path / "mark").exists()) == ("done", 1, True)
    assert_same(swept(SMALL, job.events), whole(SMALL), rtol=1e-3)
    kept = board.kept.get((target, SMALL))
    assert kept is not None and list(kept.events) == job.events and kept.size == job.size > 1_000


def test_batch_sizes_that_differ_share_a_batch() -> None:
    scene = SweepScene(training=BASE, across=ByRate(count=4), up=ByBatchSize(low=4, high=16, count=3), seeds=1)
    assert len({shape_of(cell) for cell in scene.cells}) == 1 and whole(scene).whole
