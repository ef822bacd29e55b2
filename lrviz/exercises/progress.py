"""What a learner has done: which exercises are solved, and of which the solution was shown; as a small file, too."""

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard, get_args

from lrviz.exercises import BY_ID

Mark = Literal["shown", "solved"]
Progress = Mapping[str, Mark]
"""A mark for every exercise that has one, by its id."""
NAME = "lrviz-exercises"
VERSION = 1
MOST_BYTES = 20_000
MOST_MARKS = 1_000


class Unreadable(ValueError):
    """A file that holds no progress; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def merged(one: Progress, other: Progress) -> Progress:
    """Return both together: solved stays solved."""
    return {**one, **{id: mark for id, mark in other.items() if one.get(id) != "solved"}}


def cleaned(marks: object) -> Progress:
    """Return the marks in what a browser or a file sent that are of exercises there are; anything else counts as none.

    Marks of exercises that this version does not know are left out.
    """
    if not isinstance(marks, Mapping) or len(marks) > MOST_MARKS:
        return {}
    return {id: mark for id, mark in marks.items() if id in BY_ID and _is_mark(mark)}


def _is_mark(mark: object) -> TypeGuard[Mark]:
    return isinstance(mark, str) and mark in get_args(Mark)


def written(progress: Progress) -> bytes:
    """Write progress as a small JSON file."""
    return json.dumps({"file": NAME, "version": VERSION, "marks": dict(progress)}, indent=1).encode()


def read(data: bytes) -> Progress:
    """Read such a file. Raises Unreadable: "not_json", "not_progress", "newer" for a version there is not yet."""
    if len(data) > MOST_BYTES:
        raise Unreadable("not_progress")
    try:
        found: Any = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json") from error
    if not isinstance(found, dict) or found.get("file") != NAME or not isinstance(found.get("marks"), dict):
        raise Unreadable("not_progress")
    if found.get("version") != VERSION:
        raise Unreadable("newer")
    return cleaned(found["marks"])
