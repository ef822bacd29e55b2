"""Trainings: nets of 2-8-8-1 on batches of 32, alone and in batches, beside a plain loop of torch and others.

Everything runs on one thread of the processor; the quickest of some rounds is told. "Batched" is single precision, as
sweeps are; the live net runs in double, as the training page does. Where there is a GPU, batches run there too.
TensorFlow Playground's own step is timed where LRVIZ_PLAYGROUND names its nn as a JavaScript module (compile its nn.ts)
and there is a node. Last, a page's latency is told while another visitor's training runs flat out, and while none does.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser

from benchmarks.latency import Visit, lesson_at
from benchmarks.report import median, verdict
from benchmarks.visitor import chromium, new_page
from tests.running_server import ROOT, running

SIZES = (1, 16, 64, 256, 1_024, 4_096)
GPU_SIZES = (1_024, 4_096, 16_384)
ROUNDS, SECONDS = 5, 1.0
"""Each thing is timed at least so often and so long; the quickest time counts, for the rest is what else went on."""
STEPS = 100
TORCH_RATIO, GPU_RATIO = 60.0, 1_000.0
LATENCY_RATIO = 1.2
CHANGES = 20
PLAYGROUND = "LRVIZ_PLAYGROUND"
STEP_IN_NODE = """
const nn = await import(process.argv[1]);
const net = nn.buildNetwork([2, 8, 8, 1], nn.Activations.TANH, nn.Activations.TANH, null, ["x", "y"]);
const rows = Array.from({ length: 320 }, () => [Math.random() * 2 - 1, Math.random() * 2 - 1]);
const update = (t) => {
  for (let i = 0; i < 32; i++) {
    const row = rows[(32 * t + i) % 320];
    nn.forwardProp(net, row);
    nn.backProp(net, row[0] * row[1], nn.Errors.SQUARE);
  }
  nn.updateWeights(net, 0.03, 0);
};
for (let t = 0; t < 5000; t++) update(t);
const times = [];
for (let k = 0; k < 200; k++) {
  const began = performance.now();
  for (let t = 0; t < 100; t++) update(t);
  times.push(10 * (performance.now() - began));
}
console.log(Math.min(...times));
"""


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    command = (sys.executable, "-m", "benchmarks.train")
    found = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)
    yield from speed_rows(found)
    yield from latency_rows()


def speed_rows(found: dict[str, Any]) -> Iterator[str]:
    """Say what an update takes, in microseconds a net."""
    torch_loop = found["torch"]
    yield f"a plain loop of torch, SGD   {torch_loop['SGD']:.1f} us a step; Adam {torch_loop['Adam']:.1f} us"
    live = found["live"]
    yield f"one live net, SGD            {live['SGD']:.1f} us a step; Adam {live['Adam']:.1f} us; {live['whole']}"
    yield f"  TensorFlow Playground      {playground(live)}"
    for place, sizes in found["batched"].items():
        for size, micro in sizes.items():
            share = f", {found['shares'][size]}" if place == "cpu" else ""
            times = f"{torch_loop['SGD'] / micro:,.0f} x torch"
            yield f"{size:>6} nets on {place:4}       {micro:.3f} us a net and step, {times}{share}"
        goal = GPU_RATIO if place == "cuda" else TORCH_RATIO
        best = torch_loop["SGD"] / min(sizes.values())
        yield f"  best on {place}               {best:,.0f} x (goal {goal:,g} x: {'met' if best >= goal else 'MISSED'})"


def playground(live: dict[str, float]) -> str:
    """Say what TensorFlow Playground's own step takes."""
    module, node = os.environ.get(PLAYGROUND), which("node")
    if not module or not node:
        return f"not measured: {PLAYGROUND} names no JavaScript module of its nn, or there is no node"
    command = (node, "--input-type=module", "-e", STEP_IN_NODE, str(Path(module).resolve()))
    micro = float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return f"{micro:.1f} us a step, {micro / live['SGD']:.1f} x as long as ours with SGD, which is all it has"


# ------------------------------------------------------------------------------------------------- in this process


def measured() -> dict[str, Any]:
    """Measure what needs torch, in a process of its own."""
    import torch

    torch.set_num_threads(1)
    places = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    batched = {place: {n: batch_of(n, place) for n in (SIZES if place == "cpu" else GPU_SIZES)} for place in places}
    peaks = machine()
    live = {name: live_net(name) for name in ("SGD", "Adam")} | {"whole": whole_page()}
    shares = {n: share(micro, peaks) for n, micro in batched["cpu"].items()}
    return {"live": live, "batched": batched, "torch": {n: torch_loop(n) for n in ("SGD", "Adam")}, "shares": shares}


def training(rule: str = "SGD", seed: int = 0) -> Any:
    """Return a training of a 2-8-8-1 net on batches of 32."""
    import numpy as np

    from lrviz.optimizers import SGD, Adam
    from lrviz.schedules import Cosine
    from lrviz.train.models import MLP
    from lrviz.train.own import Columns
    from lrviz.train.tasks import Own
    from lrviz.train.training import Training

    values = np.random.default_rng(0).uniform(-1, 1, (457, 3))
    values[:, 2] = values[:, 0] * values[:, 1]
    table = Columns(("x", "y", "z"), ((), (), ()), values).packed()
    optimizer = {"SGD": SGD(), "Adam": Adam()}[rule]
    task, net = Own(column="z", table=table), MLP(width=8)
    plan = Cosine(lr=0.03 + 1e-5 * seed, T_max=100_000)
    return Training(task=task, model=net, optimizer=optimizer, schedule=plan, steps=100_000, seed=seed)


def live_net(rule: str) -> float:
    """Return the microseconds of one net's update, as the training page makes it."""
    import torch

    from lrviz.train.engine import Batch

    batch = Batch([training(rule)], dtype=torch.float64)
    batch.load(batch.start())
    return quickest(lambda: batch.run(STEPS)) / STEPS


def whole_page() -> str:
    """Return what the page's own training takes from its first update to its last, measuring and drawing included."""
    from lrviz.train.job import watched
    from lrviz.train.scene import TrainScene

    one = TrainScene().training

    def run() -> None:
        state, done = None, False
        while not done:
            chunk = watched((one,), state, {})
            state, done = chunk.state, chunk.done

    return f"the page's {one.steps} updates, measured and drawn, {quickest(run) / 1e6:.2f} s"


def batch_of(size: int, place: str) -> float:
    """Return the microseconds of an update, a net, of many nets of different rates and seeds at once."""
    import torch

    from lrviz.train.blocks import blocks, room
    from lrviz.train.engine import Batch

    device = torch.device(place)
    many = [training(seed=i) for i in range(size)]
    batches = [Batch([many[i] for i in block], device) for block in blocks(many, room(device))]
    for batch in batches:
        batch.load(batch.start())
    steps = max(4, STEPS // max(1, size // 16))

    def run() -> None:
        for batch in batches:
            batch.run(steps)

    return quickest(run) / steps / size


def torch_loop(rule: str) -> float:
    """Return the microseconds of an update in a loop as anyone would write it, for the same training."""
    import torch
    from torch import nn

    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = getattr(torch.optim, rule)(net.parameters(), lr=0.03)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100_000)
    x = torch.rand(320, 2) * 2 - 1
    y = x[:, :1] * x[:, 1:]

    def run() -> None:
        for _ in range(STEPS // 10):
            for rows in torch.randperm(len(x)).split(32):
                optimizer.zero_grad()
                nn.functional.mse_loss(net(x[rows]), y[rows]).backward()
                optimizer.step()
                scheduler.step()

    return quickest(run) / STEPS


def quickest(act: Callable[[], Any]) -> float:
    """Return the fewest microseconds that something takes, the first time not counted."""
    act()
    seconds, deadline = [], time.perf_counter() + SECONDS
    while len(seconds) < ROUNDS or time.perf_counter() < deadline:
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return 1e6 * min(seconds)


def machine() -> tuple[float, float]:
    """Return this core's peaks: products summed a second in a large matmul, bytes copied a second in memory."""
    import torch

    a = torch.rand(1_024, 1_024)
    products = 1_024**3 / (quickest(lambda: a @ a) / 1e6)
    large = torch.rand(32_000_000)
    return products, 2 * 4 * large.numel() / (quickest(large.clone) / 1e6)


def share(micro: float, peaks: tuple[float, float]) -> str:
    """Say which share of the core's peaks an update of one net reaches: of its products, of what it moves in memory."""
    from lrviz.train.blocks import bytes_of

    products = 3 * 32 * (2 * 8 + 8 * 8 + 8)
    of_products, of_bytes = products / micro * 1e6 / peaks[0], bytes_of(training(), 32) / micro * 1e6 / peaks[1]
    return f"{of_products:.1%} of the matmul's peak, {of_bytes:.0%} of the memory's"


# ------------------------------------------------------------------------------------------------------- latency


def latency_rows() -> Iterator[str]:
    """Say how long a change of another page takes while a training runs flat out, against while none does."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = stack.enter_context(running(ROOT / "app.py", Path(folder) / "log"))
        browser = stack.enter_context(chromium())
        visit = lesson_at(browser, server.url, "parabola")
        changed(visit)  # not counted
        quiet = changed(visit)
        stack.enter_context(begun(browser, server.url))
        busy = changed(visit)
    yield f"parabola, no training        p50 {median(quiet):.0f} ms; while another visitor trains {median(busy):.0f} ms"
    yield f"  ratio of medians           {verdict(median(busy) / median(quiet), LATENCY_RATIO)}"


def begun(browser: Browser, url: str) -> Any:
    """Start a long training and return what keeps it from being dropped: a watcher who draws nothing."""
    page = new_page(browser)
    page.goto(f"{url}/train?training.steps=100000&training.model.width=256")
    page.locator("[data-chart=train]").get_by_role("button", name="Train", exact=True).click(timeout=60_000)
    page.wait_for_selector("[data-chart=train][data-status=running]", timeout=60_000)
    job = page.locator("[data-chart=train]").get_attribute("data-job")
    watcher = urllib.request.urlopen(f"{url}/api/jobs/{job}/stream")
    page.context.close()
    return watcher


def changed(visit: Visit) -> list[float]:
    """Return how long some changes take, in milliseconds."""
    before = len(visit.latencies)
    for _ in range(CHANGES):
        visit.change("ArrowLeft")
    return visit.latencies[before:]


if __name__ == "__main__":
    json.dump(measured(), sys.stdout)
