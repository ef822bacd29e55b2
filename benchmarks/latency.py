"""Knob to picture, and bytes per change, in Chromium: every lesson beside a page of one slider and one text.

Both servers run here at the same time, with this repository's .streamlit/config.toml. Each lesson and the other page
are asked in turn, one key press each, always downwards: no value comes twice, so nothing is remembered. Latency runs by
the browser's own clock from the key press until two animation frames after the change is in the page: for ours the
picture's `data-revision`, set that late after it is drawn; for the other the text. The regime map's first picture is
its coarse one; the bytes hold the whole one too.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page, WebSocket

from benchmarks.report import median, p95, spread, verdict
from benchmarks.visitor import IDLE, chromium, new_page
from tests.running_server import ROOT, running

CHANGES = 30
WARM_UP = 5
LATENCY_RATIO = 1.5
LATENCY_P95 = 150.0  # ms
BYTES = 60_000
PICTURES = {
    "schedules": "[data-chart=rates]",
    "parabola": "[data-chart=walk]",
    "rules": "[data-chart=weights]",
    "race": "[data-stage=race]",
    "regimes": "[data-chart=regimes]",
    "smoothing": "[data-chart=average]",
    "batches": "[data-chart=batches]",
    "backprop": "[data-chart=errors]",
    "dropout": "[data-chart=bars]",
    "batchnorm": "[data-chart=batchnorm]",
    "train": "[data-chart=train]",
    "sweep": "[data-chart=sweep]",
    "finder": "[data-chart=finder]",
    "stability": "[data-chart=edge]",
}
"""The picture of every lesson that answers its headline knob."""
STARTS: Mapping[str, Mapping[str, str]] = {"batches": {"batch_size": "400"}, "sweep": {"tolerance": "0.5"}}
"""Where a lesson is opened whose knob has fewer values below its own than are turned."""
KNOB = ".knob.headline input[type=range]"
PENDING = "[data-ask][data-tone=pending]"
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
    """One open page whose knob is turned: how long each change took (ms), what it brought (bytes), messages so far."""

    page: Page
    knob: Locator
    latencies: list[float] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    bytes_now: int = 0
    messages: int = 0

    def change(self, key: str) -> None:
        """Press a key on the knob, wait until all of its consequences are in, and note what they cost."""
        self.page.bring_to_front()
        self.knob.focus()
        known, self.bytes_now = self.page.evaluate("window.latencies.length"), 0
        self.page.keyboard.press(key)
        self.page.wait_for_function("n => window.latencies.length > n", arg=known)
        self.page.wait_for_timeout(100)  # a turn that is let go of is sent once more, as settled
        self.settle()
        self.page.wait_for_timeout(400)  # the check against PyTorch begins a quarter of a second after the last turn
        self.settle()
        self.latencies.append(self.page.evaluate("window.latencies.at(-1)"))
        self.received.append(self.bytes_now)

    def settle(self) -> None:
        """Wait until the server is idle and no question waits for its answer."""
        self.page.wait_for_selector(IDLE)
        self.page.wait_for_selector(PENDING, state="detached")

    def listen(self, socket: WebSocket) -> None:
        """Count what a websocket brings, and every message either way."""

        def received(payload: str | bytes) -> None:
            self.bytes_now += len(payload)
            self.messages += 1

        def sent(payload: str | bytes) -> None:
            self.messages += 1

        socket.on("framereceived", received)
        socket.on("framesent", sent)


def rows() -> Iterator[str]:
    """Measure, and say what was found, a table with one line a lesson."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        apps = [ROOT / "app.py", ROOT / "benchmarks" / "one_slider.py"]
        urls = [stack.enter_context(running(app, Path(folder) / app.stem)).url for app in apps]
        for name in PICTURES:
            yield from against(urls, name)


def against(urls: Sequence[str], name: str) -> Iterator[str]:
    """Measure one lesson and the page of one slider and one text in turn, in a browser of their own."""
    with chromium() as browser:
        visit, theirs = lesson_at(browser, urls[0], name, STARTS.get(name)), reference_at(browser, urls[1])
        in_turn([visit, theirs])
    yield f"{name:16} {spread(visit.latencies)}; slider and text {spread(theirs.latencies)}"
    yield f"  ratio of medians {verdict(median(visit.latencies) / median(theirs.latencies), LATENCY_RATIO)}"
    yield f"  p95              {verdict(p95(visit.latencies), LATENCY_P95, ' ms')}"
    yield f"  bytes a change   {verdict(median(visit.received), BYTES, ' B')}, largest {max(visit.received):,} B"


def in_turn(visits: Sequence[Visit]) -> None:
    """Change one after another, so that whatever else this machine does meets all; the first are not counted."""
    for _ in range(WARM_UP + CHANGES):
        for visit in visits:
            visit.change("ArrowLeft")
    for visit in visits:
        del visit.latencies[:WARM_UP], visit.received[:WARM_UP]


def lesson_at(browser: Browser, url: str, name: str, address: Mapping[str, str] | None = None) -> Visit:
    """Open a lesson, or a scene of it, and find its headline knob."""
    page = new_page(browser)
    visit = Visit(page, page.locator(KNOB))
    page.on("websocket", visit.listen)
    page.goto(f"{url}/{name}?{urlencode(address or {})}")
    page.wait_for_selector(f"{PICTURES[name]}[data-revision]", timeout=60_000)
    page.wait_for_selector(PENDING, state="detached", timeout=60_000)
    page.evaluate(WATCH, [PICTURES[name], 0])
    return visit


def reference_at(browser: Browser, url: str) -> Visit:
    """Open the page of one slider and one text."""
    page = new_page(browser)
    visit = Visit(page, page.locator("[data-testid=stSlider] input[type=range]"))
    page.on("websocket", visit.listen)
    page.goto(url)
    page.wait_for_selector("[data-testid=stText]", timeout=60_000)
    page.evaluate(WATCH, ["[data-testid=stText]", 2])
    return visit
