"""The pictures of the Stability lesson and the range test: how long each takes on one core, and what a map brings.

The map of trainability is the lesson's own, 64 x 64 cells of 100 steps in double precision, from its first tile to its
last, beside a loop of torch as anyone would write it, timed on some of its cells and counted up. Where there is a GPU
the map is made there too.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.report import verdict
from tests.running_server import ROOT

ROUNDS = 3
"""Each thing is timed so often; the quickest time counts, for the rest is what else went on."""
MAP_SECONDS, LIVE_MS = 5.0, 100.0
LOOPED = 32
"""So many cells are trained in the loop of torch, spread over the map."""


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    command = (sys.executable, "-m", "benchmarks.stability")
    found = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)
    for place, seconds in found["maps"].items():
        brought = f"{found['bytes'] / 1e3:.0f} kB in tiles"
        yield f"64 x 64 trainability map, {place:4}  {verdict(seconds, MAP_SECONDS, ' s')}, {brought}"
    loop, cpu = found["loop"], found["maps"]["cpu"]
    yield f"  a loop of torch, cell by cell  {loop:.0f} s, {loop / cpu:.0f} x as long"
    yield f"map without a net, turning       {verdict(found['draft'], LIVE_MS, ' ms')}; at rest {found['rest']:.0f} ms"
    yield f"catapult with its family         {verdict(found['catapult'], LIVE_MS, ' ms')}"
    yield f"the edge, 20,000 steps           {found['edge']:.2f} s"
    yield f"range test, 8 seeds of 200       {found['finder']:.2f} s"
    yield f"slice of 49 x 49 losses          {found['slice']:.2f} s, its training of 1,000 updates included"


# ------------------------------------------------------------------------------------------------- in this process


def measured() -> dict[str, Any]:
    """Measure what the workers do, in a process of its own, and what the pages do by themselves."""
    import torch

    from lrviz.train.catapult import Catapult, ends, flown
    from lrviz.train.edge import Edge
    from lrviz.train.finder import FinderScene
    from lrviz.train.landscape import sliced
    from lrviz.train.range_test import swept
    from lrviz.train.sharpness import rising
    from lrviz.train.slices import Landscape
    from lrviz.train.trainability import NetMap
    from lrviz.train.waves import CosineMap, cosine_map

    torch.set_num_threads(1)
    spec, flight = NetMap(cells="64"), Catapult(times=2.7)
    places = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    return {
        "maps": {place: quickest(lambda place=place: map_on(spec, place)) for place in places},
        "bytes": len(json.dumps(map_on(spec, places[-1]))),
        "loop": spec.side**2 * torch_loop(spec),
        "draft": 1e3 * quickest(lambda: cosine_map(CosineMap(), 120)),
        "rest": 1e3 * quickest(lambda: cosine_map(CosineMap(), 220)),
        "catapult": 1e3 * quickest(lambda: (flown(flight), ends(flight))),
        "edge": quickest(lambda: whole(rising, Edge())),
        "finder": quickest(lambda: whole(swept, FinderScene().trainings)),
        "slice": quickest(lambda: whole(sliced, Landscape())),
    }


def map_on(spec: Any, place: str) -> list[Any]:
    """Make a map on the CPU or the GPU, and return what is told of it."""
    from lrviz.train import boundary
    from lrviz.train.trainability import tiles

    return [boundary.computed(spec, tile, place) for tile in tiles(spec.side, boundary.at_once(spec, place))]


def whole(target: Callable[..., Any], spec: Any) -> None:
    """Run a job from its first chunk to its last, as a worker does."""
    state, done = None, False
    while not done:
        chunk = target(spec, state, {})
        state, done = chunk.state, chunk.done


def torch_loop(spec: Any) -> float:
    """Return the seconds of a cell in a loop as anyone would write it, over cells spread over the map."""
    import torch
    from torch import nn

    rows, targets = (torch.randn(spec.rows, size, dtype=torch.float64) for size in (spec.width, 1))

    def train(rate_in: float, rate_out: float) -> None:
        first, last = (nn.Linear(spec.width, size, bias=False, dtype=torch.float64) for size in (spec.width, 1))
        groups = [{"params": first.parameters(), "lr": rate_in}, {"params": last.parameters(), "lr": rate_out}]
        optimizer = torch.optim.SGD(groups)
        for _ in range(spec.steps):
            optimizer.zero_grad()
            nn.functional.mse_loss(last(torch.tanh(first(rows))) / spec.width, targets).backward()
            optimizer.step()

    powers = torch.linspace(spec.across_low, spec.across_high, LOOPED).tolist()
    rates = [(10**low, 10**high) for low, high in zip(powers, powers[::-1], strict=True)]
    return quickest(lambda: [train(*pair) for pair in rates]) / LOOPED


def quickest(act: Callable[[], Any]) -> float:
    """Return the fewest seconds that something takes, the first time not counted."""
    act()
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


if __name__ == "__main__":
    json.dump(measured(), sys.stdout)
