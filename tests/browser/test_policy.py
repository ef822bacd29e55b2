"""The Content-Security-Policy in a real browser: nothing of the app is refused, nothing comes from elsewhere."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from lrviz.ui.vendor import plotly_address

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.browser


def test_the_app_works_under_its_policy_and_fetches_plotly_once(page: Page, serve: Callable[[Path], str]) -> None:
    url = serve(ROOT / "app.py")
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/schedules")
    page.wait_for_selector("[data-chart] .main-svg", timeout=30_000)
    page.wait_for_timeout(4_000)  # Chromium reports a preload nobody used some seconds after the page has loaded
    assert [text for text in said if "Content Security Policy" in text or "preload" in text] == []
    assert len([address for address in asked if address.endswith(plotly_address())]) == 1
    strangers = {urlsplit(address).netloc for address in asked} - {urlsplit(url).netloc, ""}
    assert strangers == set()


def test_a_script_from_elsewhere_is_refused(page: Page, serve: Callable[[Path], str]) -> None:
    page.goto(serve(ROOT / "app.py"))
    refused = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.intruder = 1";
            document.head.append(script);
            setTimeout(() => done("nothing"), 15000);
        })"""
    )
    assert refused == "script-src-elem"
    assert page.evaluate("window.intruder") is None
