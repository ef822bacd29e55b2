"""From the launch of `streamlit run` to something to see: our first chart beside an empty page's one line of text.

Every round starts both servers anew, one after the other, and opens each the moment it answers, in a running Chromium
with an empty cache. The clock runs from the launch of the process until two animation frames after the chart, or the
text, is in the page. The first round is not counted: it brings the files into the disk cache.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.report import median, spread, verdict
from benchmarks.visitor import chromium, new_page
from tests.running_server import ROOT, running

ROUNDS = 5
RATIO = 1.5
CHART = "[data-chart=rates] .main-svg .scatterlayer path"
TEXT = "[data-testid=stText]"
PAINTED = """(target) => new Promise((done) => {
  const look = () => document.querySelector(target)
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.timeOrigin + performance.now())))
    : requestAnimationFrame(look);
  look();
})"""


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    chart, text = [], []
    with chromium() as browser:
        for _ in range(1 + ROUNDS):
            chart.append(launch(browser, ROOT / "app.py", "/schedules", CHART))
            text.append(launch(browser, ROOT / "benchmarks" / "one_text.py", "", TEXT))
    chart, text = chart[1:], text[1:]
    yield f"first chart       {spread(chart, 'ms')}"
    yield f"empty page        {spread(text, 'ms')}"
    yield f"ratio of medians  {verdict(median(chart) / median(text), RATIO)}"


def launch(browser: Browser, app: Path, path: str, target: str) -> float:
    """Start a server, open a page of it, and return the milliseconds until `target` is painted."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.time()
        with running(app, Path(folder) / "log") as server:
            page = new_page(browser)
            page.goto(f"{server.url}{path}", wait_until="commit")
            painted = page.evaluate(PAINTED, target)
            page.context.close()
    return painted - 1000 * started
