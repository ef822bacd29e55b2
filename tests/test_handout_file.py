"""A lesson that is handed out is a YAML file that comes back as it was, and whose mistakes are told with their line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.handout import LONGEST_TEXT, Handout, Sheet, scene_of
from lrviz.handout import file as files
from lrviz.handout.link import packed, unpacked, with_pins
from lrviz.spec import with_value
from tests.lessons import BY_NAME
from tests.test_handout import EACH, made


@EACH
def test_a_file_opens_as_what_it_was_written_from(lesson: str) -> None:
    for preset in BY_NAME[lesson].presets:
        handout = with_pins(made(lesson, preset))
        assert files.read(files.written(handout).encode()) == handout


LINES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff"), max_size=60
)


@given(title=LINES, lines=st.lists(LINES, max_size=5))
def test_whatever_is_said_comes_back(title: str, lines: list[str]) -> None:
    handout = Handout(en=Sheet(title=title, text="\n".join(lines)[:LONGEST_TEXT]))
    assert files.read(files.written(handout).encode()) == handout
    assert unpacked(packed(handout)) == (handout, [])


@pytest.mark.parametrize(
    "text", ["yes", "null", "1e3", "2026-11-27", "- a", "a: b", "# c", "'", '"', "&x", "*x", " a ", "\n\n"]
)
def test_a_text_that_yaml_would_read_otherwise_stays_a_text(text: str) -> None:
    handout = Handout(zh=Sheet(text=text))
    assert files.read(files.written(handout).encode()) == handout


@pytest.mark.parametrize("name", ["inf", "nan", "1e-08", "1e+16", "01", "1.0", "true", "null"])
def test_a_name_that_looks_like_a_number_stays_a_name(name: str) -> None:
    handout = Handout(scene=with_value(scene_of("schedules"), "curves.0.name", name))
    assert files.read(files.written(handout).encode()) == handout


def test_a_file_may_be_written_by_hand() -> None:
    typed = "lrviz: 1\nlesson: dropout\nfree: [p]\nscene: {p: 0.5}\nzh:\nen:\n  title: Half of them\n"
    handout = files.read(typed.encode())
    assert handout == Handout(scene=scene_of("dropout").but(p=0.5), free=("p",), en=Sheet(title="Half of them"))


WRITTEN = """\
lrviz: 1
made_with: 0.1.0
lesson: parabola
free:
  - schedule.lr
locked: []
exercises:
  - one_step
explained: true
en:
  title: Too big a step
  text: |-
    Turn it.

    What happens?
zh: {}
scene:
  surface: quadratic
  steps: 4
  schedule.lr: 0.3
"""
WRONG = {
    "a value out of range": ("steps: 4", "steps: 0", 19, "greater_than_equal"),
    "a value that is none": ("0.3", "quick", 20, "float_parsing"),
    "a kind that is none": ("quadratic", "cubic", 18, "unknown_kind"),
    "a field that is not there": ("steps: 4", "stops: 4", 19, "unknown_part"),
    "a knob that is not there": ("schedule.lr\n", "schedule.rate\n", 5, "no_such_knob"),
    "an exercise that is not there": ("one_step", "two_steps", 8, "no_such_exercise"),
    "a lesson that is not there": ("lesson: parabola", "lesson: sums", 3, "no_such_lesson"),
    "a newer file": ("lrviz: 1", "lrviz: 2", 1, "newer_handout"),
    "no version": ("lrviz: 1", "lrviz: one", 1, "not_a_handout"),
    "no head": ("lrviz: 1\n", "", 1, "not_a_handout"),
    "a word that is none": ("explained: true", "explained: perhaps", 9, "bool_parsing"),
    "a part that is none": ("explained", "explanied", 9, "unknown_key"),
    "a part of a sheet that is none": ("  title", "  titel", 11, "unknown_part"),
    "a title that is too long": ("Too big a step", "x" * 81, 11, "string_too_long"),
    "a value where a list belongs": ("locked: []", "locked: steps", 6, "wrong_shape"),
    "a list where a value belongs": ("explained: true", "explained: [true]", 9, "wrong_shape"),
    "a group where a value belongs": ("steps: 4", "steps: {a: 4}", 19, "wrong_shape"),
    "a value where a group belongs": ("zh: {}", "zh: hello", 16, "wrong_shape"),
    "a list in a list": ("  - one_step", "  - [one_step]", 8, "not_one_value"),
    "a name said twice": ("  steps: 4", "  steps: 4\n  steps: 5", 20, "said_twice"),
    "a broken indent": ("  steps: 4", " steps: 4", 19, "bad_yaml"),
    "a quote that does not end": ("quadratic", '"quadratic', 21, "bad_yaml"),
    "a tab": ("  steps", "\tsteps", 19, "bad_yaml"),
    "an anchor from nowhere": ("steps: 4", "steps: *four", 19, "bad_yaml"),
    "half a character": ("Too big a step", '"\\ud800"', 11, "bad_yaml"),
    "a character beyond all": ("Too big a step", '"\\UFFFFFFFF"', 11, "bad_yaml"),
    "a sign that no text holds": ("Turn it.", "Turn\x07 it.", 13, "bad_yaml"),
}


def line_and_code(text: bytes) -> tuple[int, str]:
    with pytest.raises(files.Wrong) as refused:
        files.read(text)
    return refused.value.line, refused.value.problem.code


def test_the_file_of_the_next_test_is_a_lesson() -> None:
    handout = files.read(WRITTEN.encode())
    assert handout.lesson == "parabola" and handout.en.text == "Turn it.\n\nWhat happens?"


@pytest.mark.parametrize("what", WRONG)
def test_a_file_with_a_mistake_is_refused_with_its_line(what: str) -> None:
    right, wrong, line, code = WRONG[what]
    assert WRITTEN.count(right) == 1
    assert line_and_code(WRITTEN.replace(right, wrong).encode()) == (line, code)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"- a\n- b\n",
        b"hello",
        b"{}",
        b"\x00",
        b"? [a]\n: b",
        b"lrviz: 1\nlesson: [x]\n",
        b"[" * 5_000,
        b"a: &a [*a]",
        b"%YAML 9",
        b"%YAML " + b"9" * 5_000 + b".1\n---\n",
    ],
)
def test_what_is_no_lesson_at_all_is_refused(text: bytes) -> None:
    line, code = line_and_code(text)
    assert line >= 1 and code in ("not_a_handout", "bad_yaml")


def test_text_in_another_encoding_is_refused_with_its_line() -> None:
    assert line_and_code(WRITTEN.replace("Turn it.", "Grüße").encode("latin-1")) == (13, "not_utf8")


def test_a_file_that_is_too_long_or_refers_to_itself_is_refused_at_once() -> None:
    assert line_and_code(b"#" * (files.MOST_BYTES + 1)) == (1, "file_too_long")
    bomb = WRITTEN + "a: &a [1, 2]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
    assert line_and_code(bomb.encode()) == (21, "unknown_key")
