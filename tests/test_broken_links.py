"""What a link to the Schedules page got wrong is said, a sentence each, and the rest of it opens."""

import pytest

from lrviz.schedules import Formula
from lrviz.schedules.scene import SchedulesScene
from lrviz.spec import from_address
from lrviz.text import LANGUAGES
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, opened

FIRST = "curves.0.schedule"
BROKEN: dict[str, tuple[Address, list[tuple[str, str]]]] = {
    "step_size 0": ({FIRST: "step", f"{FIRST}.step_size": "0"}, [("step_size", "50")]),
    "gamma 1.5": ({FIRST: "step", f"{FIRST}.gamma": "1.5"}, [("gamma", "0.5")]),
    "gamma negative": ({FIRST: "exponential", f"{FIRST}.gamma": "-0.1"}, [("gamma", "0.95")]),
    "T_max 0": ({f"{FIRST}.T_max": "0"}, [("T_max", "200")]),
    "milestones unsorted": ({FIRST: "multi_step", f"{FIRST}.milestones": "80,50"}, [("50", "50, 125, 160")]),
    "milestones repeated": ({FIRST: "multi_step", f"{FIRST}.milestones": "50,50"}, [("50", "50, 125, 160")]),
    "pct_start 0": ({FIRST: "one_cycle", f"{FIRST}.pct_start": "0"}, [("pct_start", "0.3")]),
    "pct_start 1": ({FIRST: "one_cycle", f"{FIRST}.pct_start": "1"}, [("pct_start", "0.3")]),
    "steps beyond the limit": ({"steps": "1000001"}, [("1000000", "200")]),
    "steps without end": ({"steps": "9" * 5_000}, [("", "200")]),
    "NaN": ({f"{FIRST}.lr": "nan"}, [("nan", "0.1")]),
    "1e400": ({f"{FIRST}.lr": "1e400"}, [("1e400", "0.1")]),
    "import": ({FIRST: "formula", f"{FIRST}.expression": "__import__('os')"}, [("__import__", Formula().expression)]),
    "too many curves": ({"curves": "99"}, [("8", "4")]),
    "no such kind": ({FIRST: "wavelet"}, [("wavelet", "cosine")]),
    "no such part": ({"colour": "red", "steps": "300"}, [("colour", "")]),
    "no such curve": ({"open": "7"}, [("4", "0")]),
    "markup": ({f"{FIRST}.lr": "<b>*[x](javascript:1)"}, [("\\<b\\>\\*\\[x\\](javascript\\:1)", "0.1")]),
    "two at once": ({"steps": "x", f"{FIRST}.lr": "-1"}, [("x", "200"), ("-1", "0.1")]),
    "Plateau's factor 1": ({"view": "feedback", "plateau.factor": "1"}, [("factor", "0.1")]),
    "an axis unheard of": ({"axis": "years"}, [("years", "steps")]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, expected = BROKEN[name]
    assert_broken_parts_are_said("schedules", address, expected, language)


def test_every_address_called_broken_is_and_the_rest_of_it_opens() -> None:
    for address, expected in BROKEN.values():
        assert len(from_address(address, SchedulesScene())[1]) == len(expected)
    app = opened("schedules", BROKEN["no such part"][0])
    assert app.session_state["schedules scene"] == SchedulesScene(steps=300)
