"""Take the README's picture of the app, in a real browser: `make screenshot`."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.find_browser import find_browser
from tests.running_server import ROOT, running

PICTURE = ROOT / "tests" / "browser" / "readme.png"
SCENE = "schedules"


def take(picture: Path = PICTURE, scene: str = SCENE) -> None:
    """Open a page of the app at 1440 x 900, wait for its chart to be drawn, and save what a visitor sees."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(ROOT / "app.py", Path(folder) / "log") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-US")
        with page.expect_response("**/api/check**", timeout=60_000):  # the last to arrive: a worker has to load torch
            page.goto(f"{server.url}/{scene}")
        page.wait_for_selector("[data-chart] .main-svg", timeout=30_000)
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        page.wait_for_timeout(500)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    take()
