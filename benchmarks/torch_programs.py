"""Programs that a lesson's Code tab exports, run in a process that has torch: how long each took and where it ended.

Not a measurement by itself; `run_in_torch` starts the process, which runs every program once, on one core.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.running_server import ROOT


@dataclass(frozen=True)
class Run:
    """What became of one program: its seconds, and the last position it printed."""

    seconds: float
    end: list[float]


def run_in_torch(programs: Sequence[str]) -> list[Run]:
    """Run programs one after another in a process of its own. Raises: CalledProcessError where one fails."""
    command = (sys.executable, "-m", "benchmarks.torch_programs")
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(programs), stdout=subprocess.PIPE, text=True, check=True)
    return [Run(**found) for found in json.loads(done.stdout)]


def main() -> None:
    """Run what stands on the standard input."""
    import torch

    torch.set_num_threads(1)
    programs = json.load(sys.stdin)
    run(programs[0])  # the first step of all imports half of torch
    json.dump([run(program) for program in programs], sys.stdout)


def run(program: str) -> dict[str, Any]:
    """Run one program; what it prints is kept, not shown."""
    printed: list[tuple[Any, ...]] = []
    scope = {"__name__": "exported", "print": lambda *said: printed.append(said)}
    compiled = compile(program, "<exported>", "exec")
    started = time.perf_counter()
    exec(compiled, scope)
    return {"seconds": time.perf_counter() - started, "end": printed[-1][1:]}


if __name__ == "__main__":
    main()
