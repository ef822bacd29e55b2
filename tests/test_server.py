"""The server as started by `streamlit run`: each part of the recipe that makes it quick, safe and free of torch."""

import asyncio
import gzip
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lrviz import jobs
from lrviz.ui import server as room
from lrviz.ui.headers import content_policy, inline_script_hashes
from lrviz.ui.vendor import plotly_address, plotly_source
from tests.running_server import ROOT, Server, running

HEAVY = {"torch", "jax", "keras", "pytorch_optimizer", "pandas", "pyarrow", "scipy"}
"""What would slow every visitor down, and only workers or nobody may load."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log"
    with running(ROOT / "tests" / "server_probe.py", log, "--server.enableAgentApi", "true") as started:
        yield started


def fetch(url: str, headers: dict[str, str] | None = None, body: object = None) -> tuple[int, Message, bytes]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} | (headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read()


def probe(server: Server) -> dict[str, Any]:
    return json.loads(fetch(f"{server.url}/probe")[2])


def visit(server: Server, page: str | None = None) -> dict[str, Any]:
    """Open a page as a visitor without a browser: Streamlit runs the script and answers with the finished page."""
    status, _, answer = fetch(f"{server.url}/_stcore/agent/interact", body={"page": page} if page else {})
    assert status == 200, answer
    return json.loads(answer)


def finish(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine in a thread of its own, because Playwright keeps a loop running in the tests' thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result(timeout=60)


# --- quick ---


def test_every_part_of_the_quick_server_is_in_place(server: Server) -> None:
    inside = probe(server)
    assert inside["options"]["runner.postScriptGC"] is False
    assert inside["frozen"] > 50_000
    if sys.platform != "win32":
        assert inside["loop"].startswith("uvloop")
    assert "httptools" in inside["modules"]
    assert find_spec("orjson")  # Streamlit loads it with the first chart of its own


def test_what_the_pages_import_is_there_before_the_first_visitor(tmp_path: Path) -> None:
    with running(ROOT / "tests" / "server_probe.py", tmp_path / "log") as fresh:
        loaded = set(probe(fresh)["modules"])
    scripts = [ROOT / "lrviz" / "ui" / "main.py", *(ROOT / "pages").glob("*.py")]
    assert {name for script in scripts for name in room.imported_by(script)} <= loaded


def test_a_page_comes_without_torch_and_so_do_the_answers_that_need_it(server: Server) -> None:
    home = visit(server)
    pages = [page["url_path"] for page in home.get("pages", []) if page["url_path"]]
    assert set(pages) == {path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"}
    for page in pages:
        assert visit(server, page)["status"] == "ready", page
    for question in ("check?schedule=cosine", "check?question=descent", "surface?surface=rosenbrock", "device"):
        assert fetch(f"{server.url}/api/{question}")[0] == 200, question
    loaded = {name.partition(".")[0] for name in probe(server)["modules"]}
    assert not loaded & HEAVY
    maps = Path(f"/proc/{server.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text()


# --- answers from workers ---


def test_the_device_has_a_name(server: Server) -> None:
    status, headers, answer = fetch(f"{server.url}/api/device")
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    assert json.loads(answer)["code"] == "device"
    assert json.loads(answer)["values"]["name"]


def test_a_check_answers_with_a_code_values_and_a_tone(server: Server) -> None:
    answer = json.loads(fetch(f"{server.url}/api/check?schedule=cosine")[2])
    assert set(answer) == {"code", "values", "tone"}


def test_an_address_too_long_is_refused_before_any_worker_sees_it(server: Server) -> None:
    status, _, answer = fetch(f"{server.url}/api/check?points={'1,' * 20_000}")
    assert (status, json.loads(answer)["code"]) == (414, "too_long")


def test_more_questions_than_may_wait_are_refused_and_the_rest_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)

    async def three() -> list[tuple[int, Any]]:
        questions = room.Questions()
        answers = await asyncio.gather(*(questions._ask("operator:add", 1, 1) for _ in range(3)))
        again = await questions._ask("operator:add", 1, 2)
        return [(answer.status_code, json.loads(bytes(answer.body))) for answer in (*answers, again)]

    answers = finish(three)
    assert answers[0] == answers[1] == (200, 2)
    assert (answers[2][0], answers[2][1]["code"]) == (503, "busy")
    assert answers[3] == (200, 3)


def test_patience_ends_while_the_job_still_counts_and_the_loop_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.2)
    jobs.submit("os:getpid").result(timeout=30)  # a worker is up: what is measured is the waiting

    async def ask() -> tuple[int, float, int]:
        questions = room.Questions()
        start = time.monotonic()
        question = asyncio.create_task(questions._ask("time:sleep", 1.0))
        await asyncio.sleep(0)
        noticed = time.monotonic() - start
        answer = await question
        return answer.status_code, noticed, questions._waiting

    status, noticed, waiting = finish(ask)
    assert (status, waiting) == (503, 1)
    assert noticed < 0.5


def test_a_job_that_fails_is_an_answer_too() -> None:
    answer = finish(lambda: room.Questions()._ask("operator:truediv", 1, 0))
    assert (answer.status_code, json.loads(bytes(answer.body))["code"]) == (500, "failed")


# --- safe ---


@pytest.mark.parametrize(
    "path", ["/", "/_stcore/health", "/vendor/plotly.min.js", "/vendor/nothing.js", "/api/nothing"]
)
def test_every_answer_carries_the_safe_headers(server: Server, path: str) -> None:
    headers = fetch(server.url + path)[1]
    assert headers["Content-Security-Policy"] == content_policy()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_policy_allows_no_inline_script_but_the_one_streamlit_has(server: Server) -> None:
    allowed = {part.split()[0]: part.split()[1:] for part in content_policy().split("; ")}
    hashes = [f"'sha256-{digest}'" for digest in inline_script_hashes()]
    assert len(hashes) == fetch(server.url)[2].count(b"<script>") == 1
    assert allowed["script-src"] == ["'self'", "blob:", *hashes]
    assert allowed["frame-ancestors"] == ["'self'"]
    assert allowed["object-src"] == ["'none'"]


def test_visitors_upload_little_see_no_internals_and_are_not_counted(server: Server) -> None:
    assert probe(server)["options"] | {"runner.postScriptGC": False} == {
        "runner.postScriptGC": False,
        "server.maxUploadSize": 1,
        "server.maxMessageSize": 8,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "viewer",
        "browser.gatherUsageStats": False,
    }


# --- the chart library ---


def test_plotly_travels_compressed_and_is_kept_for_good(server: Server) -> None:
    status, headers, sent = fetch(f"{server.url}/{plotly_address()}", {"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in headers["Cache-Control"]
    assert len(sent) < len(plotly_source()) / 3
    assert gzip.decompress(sent) == plotly_source()


def test_plotly_travels_as_it_is_to_whoever_cannot_decompress(server: Server) -> None:
    _, headers, sent = fetch(f"{server.url}/{plotly_address()}", {"Accept-Encoding": "identity"})
    assert headers["Content-Encoding"] is None
    assert sent == plotly_source()


@pytest.mark.parametrize("name", ["widgetbundle.js", "nothing.js", "../__init__.py", "%2e%2e/__init__.py", ""])
def test_nothing_else_is_served_beside_plotly(server: Server, name: str) -> None:
    assert fetch(f"{server.url}/vendor/{name}")[0] in (400, 404)


def test_a_page_asks_for_plotly_at_once_and_other_answers_do_not(server: Server) -> None:
    assert fetch(server.url)[1]["Link"] == f"<{plotly_address()}>; rel=preload; as=script"
    assert fetch(f"{server.url}/api/device")[1]["Link"] is None
