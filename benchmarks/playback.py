"""The race of 8 optimizers x 500 steps on its page in Chromium: what a change brings, and how it plays.

Frames are counted in turns, a few seconds each: those the browser draws while the race rests, and those the stage draws
while it plays, 3-D surface and all. What goes over the websocket is counted while it plays, and for single changes of
the open racer's rate.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, WebSocket

from benchmarks.descend import RACE
from benchmarks.latency import BYTES, Lesson, Visit, lesson_at
from benchmarks.report import judged, median, verdict
from benchmarks.visitor import chromium
from lrviz.descend.race import RaceScene
from lrviz.spec import to_address
from tests.running_server import ROOT, running

ROUNDS = 3
CHANGES = 10
SECONDS = 3
SHARE = 0.95  # of the frames that the browser draws anyway
COUNT = """(ms) => new Promise((done) => {
  const began = performance.now();
  let frames = 0;
  const count = () => {
    frames += 1;
    const passed = performance.now() - began;
    passed < ms ? requestAnimationFrame(count) : done(1000 * frames / passed);
  };
  requestAnimationFrame(count);
})"""
DRAWN = "() => [Number(document.querySelector('[data-stage]').dataset.frames ?? 0), performance.now()]"


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    with tempfile.TemporaryDirectory() as folder, running(ROOT / "app.py", Path(folder) / "log") as server:
        with chromium() as browser:
            visit = opened(browser, server.url)
            for _ in range(CHANGES):
                visit.change("ArrowLeft")
            yield f"bytes a change          {verdict(median(visit.received), BYTES, ' B')}"
            yield from playing(visit.page, visit.frames)
