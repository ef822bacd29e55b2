"""What the code says by identifiers has its words, and no sentence lives anywhere but in lrviz/text."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from lrviz.export import LIBRARIES, Library, code
from lrviz.guide.rules import rules
from lrviz.schedules import Plateau, schedule_kinds
from lrviz.schedules.base import ScheduleSpec
from lrviz.spec import kind_of
from lrviz.text import LANGUAGES, words
from tests.test_text import CHINESE, EN, placeholders

ROOT = Path(__file__).resolve().parents[1]

# ---------------------------------------------------------------------------------------- what the code asks for


def sources() -> list[Path]:
    """Every Python file of the app but the text's own."""
    found = [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("lrviz/**/*.py"))]
    return [path for path in found if path.exists() and path.parent.name != "text"]


@lru_cache(maxsize=256)
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def pattern_of(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    """A regular expression for the strings an expression can be; None where that is not known."""
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.Name(id=name) if name in constants:
            return re.escape(constants[name])
        case ast.JoinedStr(values=parts):
            return "".join(pattern_of(part, constants) or "([^.]+)" for part in parts)
        case ast.FormattedValue(value=value):
            return pattern_of(value, constants)
        case ast.IfExp(body=body, orelse=orelse):
            options = [pattern_of(body, constants), pattern_of(orelse, constants)]
            return f"(?:{'|'.join(o for o in options if o)})"
    return None


def constants_of(tree: ast.Module) -> dict[str, str]:
    """The strings that a file names at its top."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def calls(names: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """For every call of one of the names: (name, pattern of the argument at its position)."""
    for path in sources():
        tree = tree_of(path)
        for node in ast.walk(tree):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and len(node.args) > names.get(name, 99):
                pattern = pattern_of(node.args[names[name]], constants_of(tree))
                if pattern is not None:
                    yield name, pattern


GROUPS = {
    "refuse": "problem",
    "_wrong": "problem",
    "FormulaError": "problem",
    "Problem": "problem",
    "report": "problem",
}
GROUPS |= {"LogError": "upload[.]error", "Finding": "finding"}
GROUPS |= {"Limit": "verify[.]schedule", "Missing": "verify[.]descent", "refusal": "verify(?:[.]schedule)?"}
POSITIONS = {"Problem": 2, "report": 2, "Limit": 1, "_wrong": 2}


@pytest.mark.parametrize("name", GROUPS)
def test_every_code_in_the_source_has_its_sentence(name: str) -> None:
    found = [pattern for _, pattern in calls({name: POSITIONS.get(name, 0)})]
    if name not in ("Problem", "report"):
        assert found, "nothing calls this any more"
    missing = [p for p in found if not any(re.fullmatch(f"{GROUPS[name]}[.]{p}", key) for key in EN)]
    assert missing == []


def test_every_finding_can_be_filled_by_what_finds_it() -> None:
    needed = {"first_rate_zero": {"name"}, "rises_again": {"name", "step"}, "negative": {"name", "step", "rate"}}
    needed |= {"never_reaches_floor": {"name", "floor", "lowest"}, "not_finite": {"name", "step"}}
    needed |= {"keras_boundary": {"name", "step"}}
    for finding, names in needed.items():
        assert placeholders(EN[f"finding.{finding}"]) == names


def answers() -> Iterator[str]:
    """The codes of the answers that workers and the server give to a page."""
    for path in sources():
        for node in ast.walk(tree_of(path)):
            for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
                if isinstance(key, ast.Constant) and key.value == "code" and isinstance(value, ast.Constant):
                    yield str(value.value)
    yield from (re.sub(r"\\(.)", r"\1", pattern) for _, pattern in calls({"told": 0}) if "(" not in pattern)


def test_every_answer_has_its_sentence() -> None:
    codes = {*answers()}
    assert {"device", "no_counterpart", "bad_address", "verified"} <= codes
    told = {key.rpartition(".")[2] for key in EN if key.startswith(("verify.", "frame.device."))}
    assert codes <= told


# ---------------------------------------------------------------------------------------- what nothing asks for

KEYS = {"w": 0, "_act": 1}  # where a call takes a key
TESTED_ELSEWHERE = ("kind.", "field.", "finding.", "export_note.")  # by the Specs, the findings, the exports


@lru_cache(maxsize=1)
def strings() -> frozenset[str]:
    """Every whole string of the Python files, and every rule's name: what a variable in a key can stand for."""
    nodes = [node for path in sources() for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant)]
    return frozenset(node.value for node in nodes if isinstance(node.value, str)) | {rule.id for rule in rules()}


@lru_cache(maxsize=1)
def taken_from_groups() -> frozenset[str]:
    """The names taken from a group of words: by a subscript, by a component's script, by an answer's code."""
    nodes = [node.slice for path in sources() for node in ast.walk(tree_of(path)) if isinstance(node, ast.Subscript)]
    names = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    for path in (ROOT / "lrviz" / "ui").glob("*.js"):
        script = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"(?<=words[.])\w+", script))
        names |= set(re.findall(r'(?<=")\w+(?=")', script)) if "words[" in script else set()
    return frozenset(names | {*answers()})


@lru_cache(maxsize=1)
def patterns() -> tuple[str, ...]:
    """What calls ask for one by one; of a key that begins with a variable, what `remembered` is given for it."""
    keys = [pattern for _, pattern in calls(KEYS) if not pattern.startswith("(")]
    choices = [pattern for _, pattern in calls({"remembered": 3})]
    codes = [f"{GROUPS[name]}[.]{pattern}" for name in GROUPS for _, pattern in calls({name: POSITIONS.get(name, 0)})]
    return (*keys, *codes, *(f"{p}[.]title" for p in choices), *(f"{p}[.]([^.]+)" for p in choices))


@lru_cache(maxsize=1)
def group_patterns() -> tuple[str, ...]:
    """What calls ask for as a group, with the name of one of its words."""
    return tuple(f"{pattern}[.]([^.]+)" for _, pattern in calls({"group": 0}))


def asked(key: str) -> bool:
    """Say whether some code can ask for a key: the variable parts of it must occur in the code too."""
    one_by_one = (re.fullmatch(pattern, key) for pattern in patterns())
    in_groups = (re.fullmatch(pattern, key) for pattern in group_patterns())
    return any(found and {text for text in found.groups() if text} <= strings() for found in one_by_one) or any(
        found and set(found.groups()[:-1]) <= strings() and found.groups()[-1] in taken_from_groups()
        for found in in_groups
    )


def test_every_key_the_pages_ask_for_exists() -> None:
    assert len(patterns()) > 20 and group_patterns()
    asking = (*patterns(), *group_patterns())
    assert [pattern for pattern in asking if not any(re.fullmatch(pattern, key) for key in EN)] == []


def test_every_key_is_asked_for() -> None:
    by_pydantic = {f"problem.{code}" for code in get_args(ErrorType)} | {"problem.default"}
    by_loader = {"grammar.comma"} | by_pydantic
    mine = [key for key in EN if not key.startswith(TESTED_ELSEWHERE) and key not in by_loader]
    assert [key for key in mine if not asked(key)] == []


@pytest.mark.parametrize(
    "key", ["page.schedules.readout.mean_hint", "frame.no_such", "verify.title", "sketch.label", "problem.unasked"]
)
def test_a_key_that_nothing_asks_for_is_noticed(key: str) -> None:
    assert not asked(key)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("spec", (*schedule_kinds().values(), Plateau), ids=kind_of)
def test_exported_code_says_only_what_is_written_down(spec: type[ScheduleSpec | Plateau], library: Library) -> None:
    for w in map(words, LANGUAGES):
        assert code(spec(), library, lambda key, w=w: w.w(f"export_note.{key}"))


def test_every_note_is_one_that_an_export_makes() -> None:
    exports = [tree_of(path) for path in sources() if path.parent.name == "export"]
    used = {node.value for tree in exports for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {key for key in EN if key.startswith("export_note.")} <= {f"export_note.{name}" for name in used}


# ------------------------------------------------------------------------------------------- no words elsewhere

SENTENCE = re.compile(r"[A-Z][a-z’']*(?: [A-Za-z’',;-]+){2,}")
PROGRAMMERS = {"ValueError", "TypeError", "AssertionError", "RuntimeError"}


def quiet(tree: ast.Module) -> set[ast.AST]:
    """The nodes no visitor ever reads: docstrings, and what is raised for a programmer's mistake."""
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        for statement in getattr(node, "body", []) if isinstance(getattr(node, "body", []), list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                silent.add(statement.value)
        raised = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(raised, ast.Call) and getattr(raised.func, "id", "") in PROGRAMMERS:
            silent |= set(ast.walk(raised))
    return silent


def sentences_in(source: str) -> list[str]:
    """String literals that read like something for a visitor."""
    tree = ast.parse(source)
    silent = quiet(tree)
    texts = [text for node in ast.walk(tree) if node not in silent and (text := text_of(node))]
    return [text for text in texts if CHINESE.search(text) or SENTENCE.search(text)]


def text_of(node: ast.AST) -> str:
    """The text of a string literal, `x` standing for what an f-string fills in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


# Code that is exported is Python, not prose; it is read by ruff and run by the export tests.
NOT_PROSE = frozenset({"except ValueError as error:"})


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_stands_outside_the_text(path: Path) -> None:
    assert [text for text in sentences_in(path.read_text(encoding="utf-8")) if text not in NOT_PROSE] == []


@pytest.mark.parametrize("source", ['st.write("Turn the knob now")', 'x = f"Rate is {r} at step"', 'st.text("学习率")'])
def test_a_sentence_outside_the_text_is_noticed(source: str) -> None:
    assert sentences_in(source)
