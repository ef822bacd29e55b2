"""A handout as a YAML file that a teacher can read, keep and change; what is wrong in one is said with its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from lrviz.exercises import BY_ID
from lrviz.handout import SCENES, Handout
from lrviz.handout.paths import whole
from lrviz.spec import Problem, Spec, from_address, write_value

VERSION = "1"
MOST_BYTES = 20_000
PARTS = ("made_with", "free", "locked", "exercises", "explained", "en", "zh", "scene")
"""What a file holds of a handout, beside its head."""
NOTHING = "tag:yaml.org,2002:null"
HEAD = ("lrviz", "lesson")
LISTS = ("free", "locked", "exercises")
GROUPS = ("en", "zh", "scene")


class Wrong(ValueError):
    """Why a file is no handout: the line, counted from 1, and the problem; `handout` is what it was read against."""

    def __init__(self, line: int, problem: Problem, handout: Handout) -> None:
        super().__init__(line, problem)
        self.line, self.problem, self.handout = line, problem, handout


# ------------------------------------------------------------------------------------------------------------ write


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as such."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def written(handout: Handout) -> str:
    """Write a handout as YAML."""
    said: dict[str, Any] = {"lrviz": int(VERSION), "lesson": handout.lesson}
    for name in PARTS[:-1]:
        value = getattr(handout, name)
        said[name] = {n: v for n, v in value if n != "kind"} if isinstance(value, Spec) else _plain(value)
    said["scene"] = {path: _scalar(text) for path, text in whole(handout.scene).items()}
    return yaml.dump(said, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _scalar(text: str) -> Any:
    """Return a number that YAML writes as it stands there as one, so that it needs no quotes."""
    for read in (int, float):
        try:
            value = read(text)
        except ValueError:
            continue
        if yaml.safe_dump(value).partition("\n")[0] == text:
            return value
    return text


# ------------------------------------------------------------------------------------------------------------- read


@dataclass(frozen=True)
class _Said:
    """One value of a file: its text, and its line."""

    text: str
    line: int


def read(data: bytes) -> Handout:
    """Read such a file. Raises Wrong for the first thing in it that cannot be used."""
    if len(data) > MOST_BYTES:
        raise _wrong(1, "", "file_too_long", limit=MOST_BYTES // 1000)
    root = _root(data)
    _head(root)
    said = dict(_said(root))
    if (lesson := said["lesson"]).text not in SCENES:
        raise _wrong(lesson.line, "lesson", "no_such_lesson", given=lesson.text, expected=", ".join(SCENES))
    _exercises(said)
    given = {path: one.text for path, one in said.items() if path.partition(".")[0] not in HEAD + LISTS}
    handout, problems = from_address({"scene": said["lesson"].text} | given | _lists(said), Handout())
    if problems:
        first = min(problems, key=lambda problem: _line(said, problem))
        raise Wrong(_line(said, first), first, handout)
    return handout


class _Loader(yaml.SafeLoader):
    """Reads no halves of characters, which can be written in quotes and stand in no text."""

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        node.value.encode()
        return node


def _root(data: bytes) -> yaml.MappingNode:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(data[: error.start].count(b"\n") + 1, "", "not_utf8") from error
    root = _composed(text)
    if not isinstance(root, yaml.MappingNode):
        raise _wrong(1, "", "not_a_handout")
    return root


def _composed(text: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        raise _wrong(text[: error.position].count("\n") + 1, "", "bad_yaml") from error
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _wrong(mark.line + 1 if mark else 1, "", "bad_yaml") from error
    except (RecursionError, OverflowError, ValueError) as error:  # the last two: of an escape or a number beyond reason
        raise _wrong(loader.line + 1, "", "bad_yaml") from error


def _said(node: yaml.MappingNode, above: str = "", seen: frozenset[int] = frozenset()) -> Iterator[tuple[str, _Said]]:
    """Yield every value of a mapping with its dotted path; of a list its items, and its own line."""
    names: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _wrong(line, above, "bad_yaml")
        path = f"{above}{key.value}"
        if key.value in names:
            raise _wrong(line, path, "said_twice")
        names.add(key.value)
        if not above and path not in HEAD + PARTS:
            raise _wrong(line, path, "unknown_key", given=path, expected=", ".join(HEAD + PARTS))
        if id(value) in seen:
            raise _wrong(line, path, "bad_yaml")
        yield from _value(value, path, line, seen | {id(node)})


def _value(value: yaml.Node, path: str, line: int, seen: frozenset[int]) -> Iterator[tuple[str, _Said]]:
    if path in LISTS + GROUPS and isinstance(value, yaml.ScalarNode) and value.tag == NOTHING:
        return
    if isinstance(value, yaml.MappingNode) and path in GROUPS:
        yield from _said(value, f"{path}.", seen)
    elif isinstance(value, yaml.SequenceNode) and path in LISTS:
        yield path, _Said("", line)
        for i, item in enumerate(value.value):
            if not isinstance(item, yaml.ScalarNode):
                raise _wrong(item.start_mark.line + 1, path, "not_one_value")
            yield f"{path}.{i}", _Said(item.value, item.start_mark.line + 1)
    elif isinstance(value, yaml.ScalarNode) and path not in LISTS + GROUPS:
        yield path, _Said(value.value, line)
    else:
        raise _wrong(line, path, "wrong_shape")


def _head(root: yaml.MappingNode) -> None:
    """See to it that a file says which version of it this is, and of which lesson; before anything else is read."""
    found = {key.value: value for key, value in root.value if isinstance(key, yaml.ScalarNode)}
    version = found.get("lrviz")
    if not isinstance(version, yaml.ScalarNode) or not isinstance(found.get("lesson"), yaml.ScalarNode):
        raise _wrong(1, "", "not_a_handout")
    if version.value != VERSION:
        line = version.start_mark.line + 1
        raise _wrong(line, "lrviz", "newer_handout" if version.value.isdecimal() else "not_a_handout")


def _lists(said: Mapping[str, _Said]) -> dict[str, str]:
    """Return the lists as an address says them."""
    return {
        name: write_value(tuple(one.text for path, one in said.items() if path.startswith(f"{name}.")))
        for name in LISTS
        if name in said
    }


def _exercises(said: Mapping[str, _Said]) -> None:
    for path, one in said.items():
        if path.startswith("exercises.") and (id := one.text.partition("@")[0]) not in BY_ID:
            raise _wrong(one.line, "exercises", "no_such_exercise", given=id)


def _line(said: Mapping[str, _Said], problem: Problem) -> int:
    """Return the line of what a problem is about: of the item it names, else of the value, else of what is above it."""
    item = str(problem.values.get("knob", ""))
    for path, one in said.items():
        if item and path.startswith(f"{problem.path}.") and one.text == item:
            return one.line
    path = problem.path
    while path and path not in said:
        path = path.rpartition(".")[0]
    return said[path].line if path else 1


def _wrong(line: int, path: str, code: str, *, given: str = "", **values: object) -> Wrong:
    return Wrong(line, Problem(path, given, code, values), Handout())
