"""The components' browser code, served once per version so that an update carries only its data."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.components import v2

from lrviz.figures.theme import DARK, LIGHT
from lrviz.ui.vendor import plotly_address

ROOM = Path(__file__).parent
NAMES = frozenset(path.stem for path in ROOM.glob("*.js"))
PLAYED = ("colours", "figure", "nodes", "clock")
SHARED = {
    "chain": ("colours", "nodes"),
    "chart": PLAYED,
    "demonstration": ("colours", "nodes", "shapes"),
    "gallery": ("colours", "nodes", "shapes"),
    "knob": ("colours", "quiet"),
    "network": ("colours", "nodes"),
    "presenter": ("nodes", "quiet"),
    "stage": (*PLAYED, "quiet"),
}
"""The parts that several components' scripts, and the style sheets in them, have in common."""
LOADER = """\
const code = import(new URL("%URL%", document.baseURI).href);
const bare = (data) => (Array.isArray(data) ? data[0] : data);
export default async (component) => (await code).default({ ...component, data: bare(component.data) });
"""


@cache
def code(name: str) -> str:
    """Return a component's JavaScript, all its parts (chart.js, chart_*.js, SHARED), style and palettes written in."""
    parts = (name, *SHARED.get(name, ()))
    sheets = (ROOM / f"{part}.css" for part in parts)
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())
    constants = {"STYLE": style, "PALETTES": {"light": LIGHT, "dark": DARK}, "PLOTLY": plotly_address()}
    files = [ROOM / f"{parts[0]}.js", *sorted(ROOM.glob(f"{name}_*.js")), *(ROOM / f"{part}.js" for part in parts[1:])]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for constant, value in constants.items():
        text = text.replace(f'"%{constant}%"', json.dumps(value))
    return text


def component(name: str, *, isolate_styles: bool = True) -> Callable[..., object]:
    """Register one component under a loader of a few lines, because Streamlit resends a component's code every time.

    Its data travel inside a list: in a bare mapping Streamlit looks for data frames, for which it imports pandas and
    pyarrow, half a second and 60 MB that nothing here needs.
    """
    mark = hashlib.sha256(code(name).encode()).hexdigest()[:12]
    loader = LOADER.replace("%URL%", f"scripts/{name}.js?v={mark}")
    mount = v2.component(f"lrviz_{name}", js=loader, isolate_styles=isolate_styles)
    return lambda *, data, **given: mount(data=data if isinstance(data, bytes) else [data], **given)


async def _script(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in NAMES:
        raise HTTPException(404)
    forever = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(code(name), media_type="text/javascript", headers=forever)


def routes() -> list[Route]:
    """Return the routes that app.py adds to its server so that browsers can fetch the components."""
    return [Route("/scripts/{name}.js", _script)]
