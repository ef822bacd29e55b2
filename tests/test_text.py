"""Every word exists, in both languages, for every Spec, and the loader finds it."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any, Literal, get_args, get_origin

import pytest

from lrviz.backprop.losses import Loss
from lrviz.backprop.units import Unit
from lrviz.batches.counting import Counting
from lrviz.batches.growth import Growth
from lrviz.batches.quadratic import NoisyQuadratic
from lrviz.descend.racer import Racer
from lrviz.exercises.scene import ExercisesScene
from lrviz.handout import Handout, Sheet
from lrviz.optimizers import optimizer_kinds
from lrviz.schedules import Plateau, schedule_kinds
from lrviz.schedules.scene import BuiltInMetric, Curve, DrawnMetric, UploadedMetric
from lrviz.smoothing.connection import GradientStream
from lrviz.smoothing.series import Temperatures
from lrviz.smoothing.tradeoff import NoisySignal
from lrviz.spec import Problem, Spec, choices_of, fields_of, from_address, kind_of
from lrviz.surfaces import surface_kinds
from lrviz.text import LANGUAGES, Words, fill, merge, number, prose, words
from lrviz.train.axes import Axis
from lrviz.train.catapult import Catapult
from lrviz.train.edge import Edge
from lrviz.train.kinds import Alone
from lrviz.train.models import Model
from lrviz.train.rate_maps import RateMap
from lrviz.train.slices import Landscape
from lrviz.train.tasks import Own, Task
from lrviz.train.training import Training
from tests import lessons

SCHEDULES: tuple[type[Spec], ...] = (*schedule_kinds().values(), Plateau)
METRICS: tuple[type[Spec], ...] = (BuiltInMetric, DrawnMetric, UploadedMetric, Temperatures)
OPTIMIZERS: tuple[type[Spec], ...] = tuple(optimizer_kinds().values())
SURFACES: tuple[type[Spec], ...] = tuple(surface_kinds().values())
GROWTHS: tuple[type[Spec], ...] = choices_of(Growth)
UNITS_AND_ERRORS: tuple[type[Spec], ...] = (*choices_of(Unit), *choices_of(Loss))
LEARNING: tuple[type[Spec], ...] = (*choices_of(Task), *choices_of(Model))
MAPS_AND_AXES: tuple[type[Spec], ...] = (*choices_of(RateMap), *choices_of(Axis), Alone)
# what a learner picks from a list, by name
CHOSEN = (*SCHEDULES, *METRICS, *OPTIMIZERS, *SURFACES, *GROWTHS, *UNITS_AND_ERRORS, *LEARNING, *MAPS_AND_AXES)
SCENES: tuple[type[Spec], ...] = tuple(type(lesson.base) for lesson in lessons.LESSONS)
SMOOTHED: tuple[type[Spec], ...] = (NoisySignal, GradientStream)
SPECS: tuple[type[Spec], ...] = (
    *(*CHOSEN, Curve, Racer, Counting, NoisyQuadratic, *SMOOTHED),
    *(Training, Edge, Catapult, Landscape, ExercisesScene, *SCENES, Handout, Sheet),
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TRIED = tuple(lessons.BY_NAME)
LESSONS = ("home", *TRIED)


def flat(table: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """Every text of a table under its dotted key."""
    out: dict[str, str] = {}
    for name, value in table.items():
        out |= flat(value, f"{path}{name}.") if isinstance(value, Mapping) else {f"{path}{name}": value}
    return out


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


EN, ZH = (flat(words(language).table) for language in LANGUAGES)


# ------------------------------------------------------------------------------------------------- two languages


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(EN) == list(ZH)


@pytest.mark.parametrize("key", EN)
def test_both_languages_fill_the_same_placeholders(key: str) -> None:
    assert placeholders(EN[key]) == placeholders(ZH[key])


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_have_the_same_sections_and_placeholders(lesson: str) -> None:
    english, chinese = (prose(language, lesson) for language in LANGUAGES)
    assert list(english) == list(chinese)
    for section, body in english.items():
        assert body and chinese[section]
        assert placeholders(body) == placeholders(chinese[section])


def english_left_over(text: str) -> list[str]:
    """Runs of three or more English words: names of classes and formulas are shorter, or stand in backticks."""
    plain = re.sub(r"`[^`]*`|\{\w+\}|\(metric\)", " ", text)
    found = re.findall(r"(?:[A-Za-z’']+ ){2,}[A-Za-z’']+", plain)
    return [run for run in found if sum(word.islower() for word in run.split()) >= 3]


def test_the_chinese_is_chinese() -> None:
    # Proper names, numbers and punctuation: the names of the same thing are the same in both.
    names = {"language.en", "kind.noam.name", "grammar.comma", "page.guide.cited", "page.guide.answer"}
    same = {key for key, text in ZH.items() if EN[key] == text}
    names |= {key for key in same if key.endswith(".name")}
    names |= {key for key in same if re.match(r"kind[.]backprop[.](stage|chosen)[.]options[.]", key)}  # symbols
    names |= {f"page.schedules.code.{library}" for library in ("pytorch", "keras", "optax", "transformers")}
    names |= {f"field.activation.options.{name}" for name in ("tanh", "relu", "gelu")}
    names |= {f"field.init.options.{name}" for name in ("xavier", "he")}
    assert [key for key, text in ZH.items() if not CHINESE.search(text) and key not in names] == []
    assert {key: run for key, text in ZH.items() if (run := english_left_over(text))} == {}
    for lesson in LESSONS:
        for section, body in prose("zh", lesson).items():
            assert all(CHINESE.search(paragraph) for paragraph in body.split("\n\n")), section
            assert english_left_over(body) == [], section


def test_the_english_is_english() -> None:
    assert [key for key, text in EN.items() if CHINESE.search(text)] == ["language.zh"]
    assert not any(CHINESE.search(body) for lesson in LESSONS for body in prose("en", lesson).values())


def test_left_over_english_is_noticed() -> None:
    assert english_left_over("学习率 drops at every step 之后") and not english_left_over(
        "Keras 的 PiecewiseConstantDecay 和 Optax"
    )


# ------------------------------------------------------------------------------------------ everything has its words


def options_of(annotation: Any) -> tuple[str, ...]:
    """What a field may hold, or several of."""
    inner = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
    return get_args(inner) if get_origin(inner) is Literal else ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spec", SPECS, ids=kind_of)
def test_every_field_and_option_has_its_words(spec: type[Spec], language: str) -> None:
    w, kind = words(language), kind_of(spec)
    for name, info in fields_of(spec):
        assert w.label(kind, name) and w.help(kind, name)
        if spec in (*SCHEDULES, *OPTIMIZERS, *SURFACES, *LEARNING) and spec is not Own:
            assert w.label(kind, name).split(" · ")[0] == name
        labels = [w.option_or_kind(kind, name, option) for option in options_of(info.annotation)]
        assert len(set(labels)) == len(labels)


def test_shared_fields_are_used() -> None:
    own = flat(words("en").table["kind"])
    shared = {name for spec in SPECS for name, _ in fields_of(spec) if f"{kind_of(spec)}.{name}.label" not in own}
    assert set(words("en").table["field"]) == shared


def test_a_kind_says_nothing_of_fields_it_does_not_have() -> None:
    blocks = words("en").table["kind"]
    assert set(blocks) == {kind_of(spec) for spec in SPECS}
    for spec in SPECS:
        fields = {name: set(options_of(info.annotation)) for name, info in fields_of(spec)}
        for name, words_here in blocks[kind_of(spec)].items():
            assert name in ("name", "claim") or set(words_here.get("options", ())) <= fields[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_that_can_be_chosen_has_a_name_of_its_own(language: str) -> None:
    names = [words(language).kind(kind_of(spec)) for spec in CHOSEN]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spec", SCHEDULES, ids=kind_of)
def test_every_schedule_has_a_claim_a_section_and_a_source(spec: type[Spec], language: str) -> None:
    assert words(language).claim(kind_of(spec))
    section = prose(language, "schedules")[kind_of(spec)]
    assert section.split("\n\n")[-1].startswith({"en": "Source: ", "zh": "来源："}[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spec", (*OPTIMIZERS, *SURFACES), ids=kind_of)
def test_every_optimizer_and_surface_has_a_claim_and_a_section(spec: type[Spec], language: str) -> None:
    assert words(language).claim(kind_of(spec))
    section = prose(language, "rules" if spec in OPTIMIZERS else "race")[kind_of(spec)]
    source = section.split("\n\n")[-1].startswith({"en": "Source: ", "zh": "来源："}[language])
    assert source or spec in SURFACES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", TRIED)
def test_the_lesson_says_why_and_offers_four_to_six_tries(lesson: str, language: str) -> None:
    sections = prose(language, lesson)
    assert 3 <= len(sections["why"].split("\n\n")) <= 4
    tries = sections["try"].splitlines()
    assert 4 <= sum(line[:1].isdigit() for line in tries) <= 6
    assert all(re.search("[?？]$", item.strip()) for item in re.split(r"(?m)^\d\. ", sections["try"])[1:])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", TRIED)
def test_every_preset_has_a_name_and_a_story(lesson: str, language: str) -> None:
    w, group = words(language), f"page.{lesson}.preset"
    written = {name for name, text in w.table["page"][lesson]["preset"].items() if not isinstance(text, str)}
    assert written == set(lessons.BY_NAME[lesson].presets)
    assert all(w.w(f"{group}.{name}.name") and w.w(f"{group}.{name}.story") for name in written)


HOSTILE = ["", " ", "x", "nan", "1e400", "-1", "0", "-0.5", "1.5", "1e9", "9" * 5000, "true?", "5:1", "1:2:3", "3,2"]
HOSTILE += [
    "a\nb",
    "1,1",
    "0:0;9:1",
    "1,2,3,4,5",
    "__import__",
    "1/",
    "(" * 40 + "t" + ")" * 40,
    "1e999*t",
    "min(t)",
    "t" * 300,
    "7",
]


def problems_of(spec: type[Spec]) -> Iterator[Problem]:
    """What comes of giving every field of a Spec every hostile text."""
    for name, info in fields_of(spec):
        texts = [*HOSTILE, *options_of(info.annotation), ",".join(["1"] * 70)]
        for text in texts:
            yield from from_address({name: text}, spec())[1]


@pytest.mark.parametrize("spec", SPECS, ids=kind_of)
def test_every_wrong_value_is_answered_with_its_own_sentence(spec: type[Spec]) -> None:
    found = list(problems_of(spec))
    assert found or not list(fields_of(spec))
    for problem in found:
        for w in map(words, LANGUAGES):
            assert w.has(f"problem.{problem.code}"), problem
            said = w.problem(problem.code, **problem.values, field="gamma · factor", given=problem.given[:60])
            assert "{" not in said.replace(problem.given[:60], "") and "factor" not in said
            if w.language == "zh":
                ours = said.replace(f"“{problem.given[:60]}”", "")
                assert not re.search(r"\b(or|and|should|must|input)\b", ours)


# ----------------------------------------------------------------------------------------------------- the loader


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.1, "0.1"),
        (0.025, "0.025"),
        (0.0, "0"),
        (1e-5, "1e-05"),
        (1 / 3, "0.3333"),
        (12345.6, "12346"),
        (9999.96, "10000"),
    ]
    + [
        (-0.001, "-0.001"),
        (2.5e9, "2.5e+09"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (float("-inf"), "-∞"),
        (50, "50"),
    ],
)
def test_numbers_are_written_for_reading(value: float, said: str) -> None:
    assert number(value) == said


def test_digits_can_be_asked_for() -> None:
    assert number(1 / 3, 2) == "0.33" and number(100.0, 3) == "100"


def test_values_fill_placeholders_and_floats_are_rounded() -> None:
    assert fill("{name}: {rate} at {step}", name="{x}", rate=0.1 + 0.2, step=12) == "{x}: 0.3 at 12"


def test_without_values_words_stay_a_template() -> None:
    assert words("en").w("knob.type") == "{label}, typed value"
    assert words("en").w("knob.type", label="gamma") == "gamma, typed value"


@pytest.mark.parametrize("ask", [lambda w: w.w("no.such.key"), lambda w: w.w("frame"), lambda w: w.group("no.such")])
def test_a_missing_key_is_named(ask: Any) -> None:
    with pytest.raises(KeyError, match=r"no\.such|frame"):
        ask(words("zh"))


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="version"):
        words("en").w("frame.version", other=1)


def test_only_known_languages_and_lessons_open() -> None:
    for ask in (
        lambda: words("fr"),
        lambda: prose("fr", "home"),
        lambda: prose("en", "../en"),
        lambda: prose("en", "nothing"),
    ):
        with pytest.raises(KeyError):
            ask()


def test_the_kinds_own_words_come_before_the_shared_ones() -> None:
    table = {
        "kind": {"a": {"name": "A", "x": {"label": "own", "options": {"u": "own u"}}}},
        "field": {"x": {"label": "shared", "help": "help", "options": {"u": "u", "v": "v"}}},
    }
    w = Words("en", table)
    assert (w.label("a", "x"), w.label("b", "x"), w.help("a", "x")) == ("own", "shared", "help")
    assert (w.option("a", "x", "u"), w.option("a", "x", "v"), w.kind("a")) == ("own u", "v", "A")


def test_choices_are_listed_in_the_readers_language() -> None:
    said = [words(n).problem("literal_error", field="mode", given="up", expected="'min' or 'max'") for n in LANGUAGES]
    assert said == ["mode must be one of min, max, got “up”.", "mode 只能取 min、max，收到的是“up”。"]


def test_an_unknown_code_still_gets_a_sentence() -> None:
    assert words("en").problem("no_such_code", field="lr", given="x") == "lr cannot be “x”."


def test_words_that_two_files_give_are_noticed() -> None:
    table: dict[str, Any] = {"page": {"race": {"title": "Race"}}}
    merge(table, {"page": {"rules": {"title": "Rules"}}}, "")
    assert table == {"page": {"race": {"title": "Race"}, "rules": {"title": "Rules"}}}
    for again in ({"page": {"race": {"title": "Race"}}}, {"page": {"race": "x"}}, {"page": {"race": {"title": {}}}}):
        with pytest.raises(KeyError, match="page.race"):
            merge(table, again, "")
