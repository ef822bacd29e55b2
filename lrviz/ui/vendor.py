"""The chart library, served from the plotly package that is installed, so that nothing is fetched from elsewhere."""

import gzip
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


@cache
def plotly_address() -> str:
    """Where a page finds plotly.js, relative to the page; the version in it lets browsers keep it for good."""
    return f"vendor/plotly.min.js?v={version('plotly')}"


def plotly_source() -> bytes:
    """The plotly.js inside the plotly package, read without importing the package.

    Raises: ModuleNotFoundError when plotly is not installed.
    """
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly")
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_bytes()


@cache
def plotly_gzipped() -> bytes:
    """The same, compressed once and kept: 4.8 MB become 1.5 MB."""
    return gzip.compress(plotly_source(), compresslevel=6, mtime=0)


def plotly_script(request: Request) -> Response:
    """Serve plotly.js, compressed for whoever can read that (no coroutine: Starlette runs it in a thread)."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(plotly_source(), media_type="text/javascript", headers=FOREVER)
    return Response(plotly_gzipped(), media_type="text/javascript", headers=FOREVER | {"Content-Encoding": "gzip"})
