"""A component's parts are served as one script, so no two of them may use a name twice."""

import re
from collections import Counter

import pytest

from lrviz.ui.scripts import NAMES, ROOM, SHARED, code

TOP_LEVEL = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:function|const|let|class) +(\w+)", re.MULTILINE)
COMPONENTS = sorted(name for name in NAMES if (ROOM / f"{name}.py").exists())


@pytest.mark.parametrize("name", COMPONENTS)
def test_no_name_is_declared_twice(name: str) -> None:
    declared = Counter(TOP_LEVEL.findall(code(name)))
    assert declared
    assert [word for word, times in declared.items() if times > 1] == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_no_constant_is_left_unwritten(name: str) -> None:
    assert re.findall(r'"%[A-Z]+%"', code(name)) == []


def test_what_is_shared_exists_and_is_shared_by_components() -> None:
    assert set(SHARED) <= set(COMPONENTS)
    assert {part for parts in SHARED.values() for part in parts} <= NAMES
