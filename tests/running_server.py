"""Start a real server for a while: `streamlit run` on a free port, as a visitor would find it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
IDLE = "LRVIZ_SLOTS"
"""The variable by which tests/conftest.py keeps pages from setting workers going."""


@dataclass(frozen=True)
class Server:
    """A server that answers: where, as which process, and what it has printed."""

    url: str
    pid: int
    log: Path


@contextmanager
def running(app: Path, log: Path, *flags: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Serve `app` until the block ends; it prints into `log`. Raises: RuntimeError when it does not start.

    Its workers work, even where those of the test itself do not; `environment` is set for it besides.
    """
    url = f"http://127.0.0.1:{free_port()}"
    address = ("--server.address", "127.0.0.1", "--server.port", url.rpartition(":")[2])
    with log.open("wb") as out:
        command = (sys.executable, "-m", "streamlit", "run", str(app), *address, *flags)
        given = {name: value for name, value in os.environ.items() if name != IDLE} | dict(environment or {})
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=given)
    try:
        wait_until_up(url, process, log)
        yield Server(url, process.pid, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for the health check; a server that ends or stays silent raises RuntimeError with what it printed."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text(errors="replace"))
