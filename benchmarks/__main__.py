"""Measure every speed we claim: `python -m benchmarks`, or one of them: `python -m benchmarks latency`."""

import sys
from collections.abc import Sequence
from importlib import import_module

TITLES = {
    "schedules": "A schedule over 1,000,000 steps, against stepping the torch scheduler",
    "descend": "A race of 8 optimizers x 500 steps and maps of 200 x 200 cells x 200 steps, against torch in a loop",
    "latency": "Knob to picture and bytes per change, every lesson against one slider and one text",
    "playback": "Playing the race in the browser: frames a second, and nothing to the server",
    "train": "Trainings of small nets, alone and batched, against torch in a loop; a page's latency while one runs",
    "stability": "A 64 x 64 map of trainability, against torch in a loop, and the other pictures of its lesson",
    "first_paint": "Launch of the server to the first picture, against an empty page",
}


def main(names: Sequence[str]) -> int:
    """Print the figures of the named measurements, all when none is named, as they come."""
    unknown = [name for name in names if name not in TITLES]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are {', '.join(TITLES)}")
        return 2
    for name in names or TITLES:
        print(f"\n{TITLES[name]}", flush=True)
        for row in import_module(f"benchmarks.{name}").rows():
            print(f"  {row}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
