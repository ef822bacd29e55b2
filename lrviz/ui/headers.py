"""The headers that tell a browser what our pages never do, so that it can refuse it."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from lrviz.ui.vendor import plotly_address

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_policy() -> str:
    """The Content-Security-Policy: everything comes from this server; no inline script but Streamlit's own.

    `blob:` scripts are how Streamlit loads a component's module; inline styles are how its widgets get theirs;
    `ws:` stays because not every browser counts a websocket to the same host as 'self'.
    """
    hashes = " ".join(f"'sha256-{digest}'" for digest in inline_script_hashes())
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' ws: wss:",
            "worker-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def inline_script_hashes() -> list[str]:
    """Hash of each script written inside Streamlit's own index.html (one, today), read from the installed version."""
    page = Path(get_static_dir(), "index.html").read_text(encoding="utf-8")
    digests = [hashlib.sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(page)]
    return [base64.b64encode(digest).decode() for digest in digests]


class SafeHeaders:
    """ASGI middleware that adds the headers to every HTTP answer, and to a page the hint to fetch plotly.js early.

    Written on bare ASGI: Starlette's BaseHTTPMiddleware would route every streamed byte through a task of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.safe = {
            "Content-Security-Policy": content_policy(),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
        }
        self.preload = f"<{plotly_address()}>; rel=preload; as=script"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.add_to(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def add_to(self, headers: MutableHeaders) -> None:
        """Set the headers; whatever the answer said before about the same thing is replaced."""
        for name, value in self.safe.items():
            headers[name] = value
        if headers.get("content-type", "").startswith("text/html"):
            headers.append("Link", self.preload)
