"""Knob to picture, and bytes per change, in Chromium: the Schedules page beside a page of one slider and one text.

Both servers run here at the same time, with this repository's .streamlit/config.toml, and are asked in turn, one key
press each. Latency runs by the browser's own clock from the key press until two animation frames after the change is in
the page: for ours the chart's `data-revision`, set that late after Plotly's redraw; for the other the text.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, WebSocket

from benchmarks.report import median, p95, spread, verdict
from benchmarks.visitor import IDLE, chromium, new_page
from tests.running_server import ROOT, running

CHANGES = 60
WARM_UP = 5
LATENCY_RATIO = 1.5
LATENCY_P95 = 150.0  # ms
BYTES = 60_000
ANSWERED = "[data-ask=check]:not([data-tone=pending])"
WATCH = """([target, frames]) => {
  const node = () => document.querySelector(target);
  const state = () => node()?.dataset.revision ?? node()?.textContent;
  let pressed = 0, known = state();
  window.latencies = [];
  addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  const after = (frames, from) => frames
    ? requestAnimationFrame(() => after(frames - 1, from))
    : window.latencies.push(performance.now() - from);
  new MutationObserver(() => {
    if (state() === known) return;
    known = state();
    if (pressed) after(frames, pressed);
    pressed = 0;
  }).observe(document.body, {
    attributeFilter: ["data-revision"], characterData: true, childList: true, subtree: true
  });
}"""


@dataclass
class Visit:
    """One open page whose knob is turned: how long each change took (ms) and how many bytes it brought."""

    page: Page
    knob: Locator
    settled: str
    latencies: list[float] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    bytes_now: int = 0

    def change(self, key: str) -> None:
        """Press a key on the knob, wait until all of its consequences are in, and note what they cost."""
        self.page.bring_to_front()
        self.knob.focus()
        known, self.bytes_now = self.page.evaluate("window.latencies.length"), 0
        self.page.keyboard.press(key)
        self.page.wait_for_function("n => window.latencies.length > n", arg=known)
        self.page.wait_for_timeout(100)  # a turn that is let go of is sent once more, as settled
        self.page.wait_for_selector(IDLE)
        self.page.wait_for_selector(self.settled)
        self.page.wait_for_timeout(400)  # the check against PyTorch begins a quarter of a second after the last turn
        self.page.wait_for_selector(self.settled)
        self.latencies.append(self.page.evaluate("window.latencies.at(-1)"))
        self.received.append(self.bytes_now)

    def listen(self, socket: WebSocket) -> None:
        """Count what a websocket brings."""

        def count(payload: str | bytes) -> None:
            self.bytes_now += len(payload)

        socket.on("framereceived", count)


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        apps = [ROOT / "app.py", ROOT / "benchmarks" / "one_slider.py"]
        urls = [stack.enter_context(running(app, Path(folder) / app.stem)).url for app in apps]
        browser = stack.enter_context(chromium())
        ours, theirs = ours_at(browser, urls[0]), reference_at(browser, urls[1])
        alternate(ours, theirs)
    ratio = median(ours.latencies) / median(theirs.latencies)
    yield f"schedules page    {spread(ours.latencies)}"
    yield f"slider and text   {spread(theirs.latencies)}"
    yield f"ratio of medians  {verdict(ratio, LATENCY_RATIO)}"
    yield f"schedules p95     {verdict(p95(ours.latencies), LATENCY_P95, ' ms')}"
    yield f"bytes a change    {verdict(median(ours.received), BYTES, ' B')}, largest {max(ours.received):,} B"


def alternate(ours: Visit, theirs: Visit) -> None:
    """Change one, then the other, so that whatever else this machine does meets both; the first are not counted."""
    for i in range(WARM_UP + CHANGES):
        key = "ArrowRight" if i < CHANGES // 2 else "ArrowLeft"
        ours.change(key)
        theirs.change(key)
    for visit in (ours, theirs):
        del visit.latencies[:WARM_UP], visit.received[:WARM_UP]


def ours_at(browser: Browser, url: str, scene: str = "schedules") -> Visit:
    """Open a scene of the Schedules page and find its headline knob."""
    page = new_page(browser)
    visit = Visit(page, page.locator(".knob.headline input[type=range]"), ANSWERED)
    page.on("websocket", visit.listen)
    page.goto(f"{url}/{scene}")
    page.wait_for_selector("[data-chart=rates][data-revision]", timeout=60_000)
    page.wait_for_selector(ANSWERED, timeout=60_000)
    page.evaluate(WATCH, ["[data-chart=rates]", 0])
    return visit


def reference_at(browser: Browser, url: str) -> Visit:
    """Open the page of one slider and one text."""
    page = new_page(browser)
    visit = Visit(page, page.locator("[data-testid=stSlider] input[type=range]"), IDLE)
    page.on("websocket", visit.listen)
    page.goto(url)
    page.wait_for_selector("[data-testid=stText]", timeout=60_000)
    page.evaluate(WATCH, ["[data-testid=stText]", 2])
    return visit
