"""What the README says is true: its snippets run, its commands exist, its files are there."""

import re
import textwrap
from pathlib import Path

import pytest

from benchmarks.__main__ import TITLES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, without the indentation of the list they may stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", README, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(body) for _, body in found]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def floor_plan() -> list[str]:
    """Every path of the floor plan, from its indentation."""
    [plan] = (block for block in blocks("") if "app.py" in block)
    paths, room = [], ""
    for line in plan.splitlines():
        name = line.split()[0]
        room = room if line.startswith(" ") else name
        paths.append(room + name if line.startswith(" ") else name)
    return paths


@pytest.mark.parametrize("snippet", blocks("python"))
def test_a_snippet_runs(snippet: str) -> None:
    exec(compile(snippet, "README.md", "exec"), {"__name__": "readme"})


def test_there_are_snippets_to_run() -> None:
    assert len(blocks("python")) >= 2


def test_the_two_commands_come_first() -> None:
    assert [block.strip() for block in blocks("sh")] == ["make run", "make test"]
    assert README.index("make run") < README.index("make test") < README.index("pip install")


def test_every_command_named_is_in_the_makefile_and_the_other_way_round() -> None:
    assert set(re.findall(r"make ([a-z]+)(?=[`\s])", README.replace("no `make`", ""))) == targets()


def test_every_place_on_the_floor_plan_is_there() -> None:
    assert [path for path in floor_plan() if not (ROOT / path).exists()] == []


def test_every_file_named_is_there() -> None:
    named = re.findall(r"\]\(([\w./-]+)\)|`([\w./-]+(?:/|\.\w+))`", README)
    assert [path for pair in named if (path := "".join(pair)) and not (ROOT / path).exists()] == []


def test_every_lesson_is_listed() -> None:
    listed = re.findall(r"^- \*\*[^*]+\*\* \(`pages/(\w+)\.py`\)", README, re.MULTILINE)
    assert sorted(listed) == sorted({path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"})


def test_windows_runs_the_same_checks() -> None:
    by_make = set(re.findall(r"-m ([a-z]+(?:[.]\w+)*)", MAKEFILE.partition("\ntest:")[2].partition("\n\n")[0]))
    by_hand = {line.removeprefix("python -m ").split()[0] for line in blocks("bat")[1].splitlines()}
    assert by_make == by_hand - {"pip"}


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "exec make test"


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-zoo.txt", "requirements-cluster.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        packages = [re.split(r"[\[=]", line)[0] for line in lines if line and line[0] not in "#-"]
        assert [package for package in packages if package not in reasons] == []


def test_the_tests_have_all_the_app_can_use() -> None:
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    assert {"-r requirements.txt", "-r requirements-zoo.txt", "-r requirements-cluster.txt"} <= set(lines)


def test_every_benchmark_named_is_there() -> None:
    named = re.findall(r"python -m benchmarks (\w+)", README)
    assert named
    assert [name for name in named if name not in TITLES] == []
