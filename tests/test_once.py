"""What several parts of a page show is made once, until something else is asked."""

import pytest
import streamlit as st

from lrviz.ui.once import once


def test_it_is_made_anew_only_when_something_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    made: list[str] = []

    def make() -> int:
        made.append("made")
        return len(made)

    assert [once("a", asked, make) for asked in ("x", "x", "y", "x")] == [1, 1, 2, 3]
    assert once("b", "x", make) == 4 and once("a", "x", make) == 3


def test_nothing_is_remembered_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    once("a", 1, lambda: None)
    assert once("a", 1, lambda: "made again") is None
