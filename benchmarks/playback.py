"""The race of 8 optimizers x 500 steps on its page in Chromium: what a change brings, and how it plays.

Frames are counted in turns of a few seconds: those the browser draws while the race rests, and those the stage draws
while it plays, at its own speed and with the 3-D surface. While it plays nothing may go over the websocket, either way.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.descend import RACE
from benchmarks.latency import BYTES, PICTURES, Visit, lesson_at
from benchmarks.report import judged, median, verdict
from benchmarks.visitor import chromium
from lrviz.descend.race import RaceScene
from lrviz.spec import to_address
from tests.running_server import ROOT, running

ROUNDS = 3
CHANGES = 10
SECONDS = 3.0
SHARE = 0.95  # of the frames that the browser draws anyway
FRAMES = """([stage, seconds]) => new Promise((done) => {
  const drawn = () => Number(document.querySelector(stage).dataset.frames ?? 0);
  const began = performance.now(), before = drawn();
  let frames = 0;
  const count = () => {
    frames += 1;
    const passed = (performance.now() - began) / 1000;
    if (passed < seconds) requestAnimationFrame(count);
    else done([frames / passed, (drawn() - before) / passed]);
  };
  requestAnimationFrame(count);
})"""


def rows() -> Iterator[str]:
    """Measure, and say what was found, one line a figure."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = stack.enter_context(running(ROOT / "app.py", Path(folder) / "log"))
        visit = opened(stack.enter_context(chromium()), server.url)
        for _ in range(CHANGES):
            visit.change("ArrowLeft")
        yield f"bytes a change   {verdict(median(visit.received), BYTES, ' B')}"
        yield from played(visit)


def opened(browser: Browser, url: str) -> Visit:
    """Open the race and wait until its 3-D surface is drawn too."""
    visit = lesson_at(browser, url, "race", to_address(RACE, RaceScene()))
    visit.page.wait_for_selector("[data-stage][data-solid]", timeout=60_000)
    return visit


def played(visit: Visit) -> Iterator[str]:
    """Let it rest and play in turns, and say how many frames each gives and what was said meanwhile."""
    page, resting, playing, messages = visit.page, [], [], 0
    for _ in range(ROUNDS):
        page.wait_for_timeout(1_000)
        resting.append(frames(page)[0])
        known = visit.messages
        page.get_by_role("button", name="Play", exact=True).click()
        playing.append(frames(page)[1])
        page.get_by_role("button", name="Pause", exact=True).click()
        messages += visit.messages - known
    rest, play = median(resting), median(playing)
    budget = judged(play >= SHARE * rest, f"at least {SHARE:g} of it")
    yield f"frames a second  {rest:.1f} at rest, {play:.1f} while it plays: {play / rest:.2f} ({budget})"
    yield f"messages         {messages} while it plays ({judged(messages == 0, 'none')})"
    cost = page.locator(PICTURES["race"]).get_attribute("data-cost")
    yield f"a frame costs    {cost} ms of script, the 3-D surface aside"


def frames(page: Page) -> tuple[float, float]:
    """Return the frames a second that the browser draws now, and those that the stage draws."""
    anyway, drawn = page.evaluate(FRAMES, [PICTURES["race"], SECONDS])
    return anyway, drawn
