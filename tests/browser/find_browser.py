"""Find a browser for the tests; run as a module, also fetch one when none is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)


def find_browser() -> str | None:
    """Path of the first Chromium-like browser here: LRVIZ_CHROMIUM, an installed one, Playwright's own, or None."""
    asked = os.environ.get("LRVIZ_CHROMIUM")
    if asked:
        return asked
    on_path = (shutil.which(name) for name in NAMES)
    installed = (place for place in PLACES if Path(place).is_file())
    return next(filter(None, on_path), None) or next(installed, None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if _runs(path, "--version") else None  # it may be there and lack the system's libraries


def install() -> bool:
    """Fetch a browser: Playwright's own first, else the system's package when we may install one."""
    return _runs(sys.executable, "-m", "playwright", "install", "chromium") and bool(_playwrights_own()) or _from_apt()


def _from_apt() -> bool:
    may_install = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None
    return (
        may_install
        and _runs("apt-get", "update")
        and _runs("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk")
    )


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, timeout=600, stdout=sys.stderr).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    """Print the browser's path, fetching one first when there is none; exit status 1 when that fails too."""
    browser = find_browser() or (find_browser() if install() else None)
    print(browser or "no browser: install Chrome, Chromium or Edge, or set LRVIZ_CHROMIUM to one")
    return 0 if browser else 1


if __name__ == "__main__":
    sys.exit(main())
