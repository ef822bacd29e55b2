"""The house stays as the floor plan says: who may import whom, what lies where, how long a file may be."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrviz.figures.theme import DARK, LIGHT, categorical

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 350
TOP_LEVEL = {
    *("app.py", "pages", "lrviz", "tests", "benchmarks", ".streamlit", ".ci", ".gitignore", "Makefile"),
    *(
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-zoo.txt",
        "requirements-cluster.txt",
        "pyproject.toml",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ),
}

# A room may import from the floors below its own, and nothing from its neighbours. A new room is written in here.
FLOORS = (
    {"arrays"},
    {"spec", "text", "formula", "jobs", "sources"},
    {"schedules", "optimizers", "surfaces", "layers", "backprop", "training_log"},
    {"descend", "train", "device"},
    {"smoothing", "batches", "step_cost", "guide"},
    {"verify", "zoo"},
    {"figures", "exercises", "export"},
    {"handout"},
    {"ui"},
    {"pages"},
    {"app"},
)
# Libraries that only some rooms may know.
ONLY_IN = {
    "streamlit": {"ui", "pages", "app"},
    "starlette": {"ui", "app"},
    "plotly": {"figures"},
    "torch": {"verify", "zoo", "train", "device", "step_cost"},
    "pytorch_optimizer": {"zoo"},
    "tensorboardX": {"training_log"},
    "google": {"training_log"},
    "loky": {"jobs"},
    "yaml": {"handout"},
    "segno": {"ui"},
    "dask": {"jobs"},
    "keras": set(),
    "jax": set(),
    "optax": set(),
    "transformers": set(),
}


def shipped() -> list[Path]:
    """Every Python file of the app itself."""
    return [ROOT / "app.py", *sorted(ROOT.glob("pages/**/*.py")), *sorted(ROOT.glob("lrviz/**/*.py"))]


def room_of(module: str) -> str:
    """The room of a module: lrviz.ui.chart -> ui, pages.schedules -> pages, app -> app, lrviz itself -> ""."""
    parts = module.split(".")
    return parts[0] if parts[0] != "lrviz" else (*parts, "")[1]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(source: str) -> Iterator[str]:
    """Full names of what a file imports, wherever in it: `from lrviz import jobs` gives lrviz.jobs."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide the room"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(room: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


def forbidden(module: str, source: str) -> list[str]:
    """The imports of a module that the floor plan does not allow."""
    room = room_of(module)
    return [name for name in imports_of(source) if not allowed(room, name)]


def allowed(room: str, name: str) -> bool:
    library = name.partition(".")[0]
    if library not in ("lrviz", "pages", "app"):
        return room in ONLY_IN.get(library, {room})
    other = room_of(name)
    if other in (room, "", "__version__"):
        return other != "pages"
    return bool(room) and other != "pages" and floor_of(other) < floor_of(room)


@pytest.mark.parametrize("path", shipped(), ids=module_of)
def test_a_room_imports_only_from_the_floors_below(path: Path) -> None:
    assert forbidden(module_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("lrviz.schedules.shapes", "import streamlit as st"),
        ("lrviz.ui.frame", "def f():\n    import torch"),
        ("lrviz.ui.chart", "import plotly.graph_objects"),
        ("lrviz.spec", "from lrviz.schedules import Cosine"),
        ("lrviz.schedules.shapes", "from lrviz import surfaces"),
        ("lrviz.figures.curves", "from lrviz.export import code"),
        ("lrviz.ui.main", "from pages import schedules"),
        ("pages.race", "import pages.schedules"),
        ("pages.race", "import app"),
    ],
)
def test_the_test_above_notices_a_wrong_import(module: str, source: str) -> None:
    assert forbidden(module, source)


def test_every_room_stands_on_one_floor() -> None:
    rooms = {room_of(module_of(path)) for path in shipped()} - {""}
    placed = [room for rooms_here in FLOORS for room in rooms_here]
    assert len(placed) == len(set(placed))
    assert rooms <= set(placed)


def tracked() -> list[Path]:
    """Every file that is or could be committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so nothing tells our files from others")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def test_the_top_level_holds_what_the_floor_plan_lists() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_no_file_of_code_is_long() -> None:
    code = [path for path in tracked() if path.suffix in (".py", ".js", ".css")]
    lengths = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in code}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_room_is_called_by_what_it_lacks() -> None:
    assert not [path for path in tracked() if path.stem in ("utils", "util", "helpers", "helper", "manager", "misc")]


@pytest.mark.parametrize(("name", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_streamlits_own_colours_are_the_themes(name: str, palette: dict[str, str]) -> None:
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        theme = tomllib.load(file)["theme"][name]
    assert theme == {
        "primaryColor": palette["accent"],
        "linkColor": palette["accent"],
        "backgroundColor": palette["background"],
        "secondaryBackgroundColor": palette["panel"],
        "textColor": palette["text"],
        "borderColor": palette["grid"],
        "chartCategoricalColors": categorical(palette),
    }
