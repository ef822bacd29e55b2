"""A lesson that is handed out opens as it was made, from its link and from its file, now and in later versions."""

import base64
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

import lrviz
from lrviz.exercises import EXERCISES, of_lesson
from lrviz.handout import DRAFT, LOOKS, MOST_EXERCISES, SCENES, Handout, Sheet, scene_of
from lrviz.handout import file as files
from lrviz.handout.link import LONGEST, MOST_BYTES, Unreadable, packed, unpacked, with_pins
from lrviz.handout.paths import changed, covered, named, paths_of, whole
from lrviz.handout.pins import pinned, task
from lrviz.spec import Spec, from_address, kind_of, to_address
from lrviz.ui.permalink import BESIDE
from tests.lessons import BY_NAME, LESSONS

HANDED = tuple(lesson.name for lesson in LESSONS if lesson.name in SCENES)
SCENES_TO_TRY = [(name, preset) for name in HANDED for preset in BY_NAME[name].presets]
OLD: dict[str, Any] = json.loads(Path(__file__).with_name("old_links.json").read_text(encoding="utf-8"))
EACH = pytest.mark.parametrize("lesson", HANDED)


def made(lesson: str, preset: str = "") -> Handout:
    """A lesson with something of everything in it."""
    presets = BY_NAME[lesson].presets
    handout = Handout(scene=presets[preset or next(iter(presets))])
    knobs = handout.turnable
    sheet = Sheet(title="Too big: a step?", text="Turn **lr** to 0.3.\n\n- Where?\n- Why? $y = 4x^2$")
    ids = tuple(one.id for one in of_lesson(lesson))[:MOST_EXERCISES]
    return handout.but(free=knobs[:3], locked=knobs[3:5], exercises=ids, en=sheet, zh=Sheet(title="一步跨得太大"))


def test_every_lesson_can_be_handed_out() -> None:
    assert set(SCENES) == {lesson.name for lesson in LESSONS} - {"guide"}
    assert all(SCENES[name] is type(BY_NAME[name].base) for name in HANDED)


# ------------------------------------------------------------------------------------------------------------ paths


@pytest.mark.parametrize(("lesson", "preset"), SCENES_TO_TRY)
def test_a_scene_written_whole_says_the_same_whatever_the_defaults_are(lesson: str, preset: str) -> None:
    presets = BY_NAME[lesson].presets
    for other in (BY_NAME[lesson].base, *presets.values()):
        assert from_address(whole(presets[preset]), other) == (presets[preset], [])


@EACH
def test_the_paths_of_a_scene_are_those_it_is_written_by(lesson: str) -> None:
    for scene in BY_NAME[lesson].presets.values():
        items = {path for path in whole(scene) if path.rpartition(".")[2].isdecimal()}
        assert set(paths_of(scene)) == set(whole(scene)) - items
        assert all(path in set(paths_of(scene)) for path in LOOKS.get(lesson, ()))


def test_a_path_stands_for_what_is_below_it_and_for_nothing_that_only_begins_alike() -> None:
    assert covered("schedule.lr", ["schedule"]) and covered("steps", ["steps"])
    assert not covered("steps_per_epoch", ["steps"]) and not covered("schedule", ["schedule.lr"])


def test_what_differs_between_scenes_is_found_in_both_directions() -> None:
    race = BY_NAME["race"].base
    fewer = race.but(racers=race.racers[:2], open=0)  # type: ignore[attr-defined]
    assert "racers" in changed(fewer, race) and "racers" in changed(race, fewer)
    assert changed(race, race) == set()


@EACH
def test_an_address_to_be_opened_is_never_empty(lesson: str) -> None:
    default = scene_of(lesson)
    assert named(default, default) and from_address(named(default, default), default) == (default, [])


def test_nothing_beside_a_scene_in_an_address_has_the_name_of_a_field() -> None:
    for lesson in LESSONS:
        assert not set(BESIDE) & set(type(lesson.base).model_fields)
    assert not set(BESIDE) & set(Handout.model_fields)


# ---------------------------------------------------------------------------------------------------- what is locked


def test_what_may_be_turned_is_what_was_left_and_what_only_looks() -> None:
    handout = Handout(scene=scene_of("rules"), free=("schedule",), locked=("steps",))
    assert handout.is_free("schedule") and handout.is_free("schedule.lr") and handout.is_free("step")
    assert not handout.is_free("steps") and not handout.is_free("optimizer.beta1")
    assert handout.is_seen("steps") and handout.is_seen("schedule.lr") and not handout.is_seen("step")
    assert handout.knobs == ("schedule", "steps")
    assert Handout(free=("steps",), locked=("steps",)).knobs == ("steps",)


def test_another_scene_keeps_what_still_fits() -> None:
    handout = made("parabola").but(free=("schedule.lr", "optimizer"))
    momentum = handout.scene.but(steps=9)
    assert handout.on(momentum).free == handout.free and handout.on(momentum).exercises == handout.exercises
    elsewhere = handout.on(scene_of("dropout"))
    assert (elsewhere.lesson, elsewhere.free, elsewhere.exercises) == ("dropout", (), ())
    assert elsewhere.en == handout.en
    halving = handout.but(free=("schedule.lr",)).scene
    assert handout.but(free=("schedule.lr",)).on(halving).free == ("schedule.lr",)


def test_a_knob_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError, match="no_such_knob"):
        Handout(free=("schedule.gamma",))


def test_a_draft_begins_with_the_knob_of_its_page() -> None:
    assert DRAFT.is_free("schedule.lr") and DRAFT.lesson == "parabola"


def test_what_is_said_falls_back_to_the_other_language() -> None:
    both = Handout(en=Sheet(title="A"), zh=Sheet(title="甲"))
    assert (both.sheet("en").title, both.sheet("zh").title) == ("A", "甲")
    one = Handout(zh=Sheet(text="甲"))
    assert one.sheet("en").text == "甲" and Handout().sheet("zh") == Sheet()


# ------------------------------------------------------------------------------------------------------------- link


@pytest.mark.parametrize(("lesson", "preset"), SCENES_TO_TRY)
def test_a_link_opens_what_was_packed(lesson: str, preset: str) -> None:
    handout = made(lesson, preset)
    link = packed(handout)
    assert unpacked(link) == (handout, [])
    assert len(link) < LONGEST and set(link) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def bent(link: str) -> Mapping[str, str]:
    deflated = zlib.compress(b'{"steps": "' + b"9" * MOST_BYTES * 50 + b'"}')
    return {
        "cut": link[: len(link) // 2],
        "turned": link[::-1],
        "other signs": link[:20] + "*" + link[20:],
        "no deflate": "1" + base64.urlsafe_b64encode(b"hello").decode(),
        "a list": "1" + base64.urlsafe_b64encode(zlib.compress(b"[1, 2]")).decode(),
        "numbers": "1" + base64.urlsafe_b64encode(zlib.compress(b'{"steps": 4}')).decode(),
        "deep": "1" + base64.urlsafe_b64encode(zlib.compress(b"[" * 50_000)).decode(),
        "a bomb": "1" + base64.urlsafe_b64encode(deflated).decode(),
        "long": "1" + "A" * LONGEST,
        "nothing": "",
        "words": "hello",
        "zero": "0abc",
    }


@pytest.mark.parametrize("what", bent("1abcdefghijklmnopqrstuvwxyz"))
def test_a_link_that_is_none_is_refused(what: str) -> None:
    with pytest.raises(Unreadable) as refused:
        unpacked(bent(packed(made("parabola")))[what])
    assert refused.value.code == "broken"


def test_a_link_of_a_newer_packing_says_so() -> None:
    with pytest.raises(Unreadable) as refused:
        unpacked("2" + packed(made("parabola"))[1:])
    assert refused.value.code == "newer"


def test_what_of_a_link_cannot_be_used_is_reported_and_the_rest_opens() -> None:
    said = whole(made("parabola")) | {"scene.steps": "many", "scene.colour": "red"}
    link = "1" + base64.urlsafe_b64encode(zlib.compress(json.dumps(said).encode())).decode()
    handout, problems = unpacked(link)
    assert {problem.path for problem in problems} == {"scene.steps", "scene.colour"}
    assert handout.free == made("parabola").free and handout.scene == made("parabola").scene


# ------------------------------------------------------------------------------------------------------------- pins


@pytest.mark.parametrize("id", [one.id for one in EXERCISES])
def test_an_exercise_that_is_as_it_was_has_its_print(id: str) -> None:
    assert task(pinned(id)).state == "same" and task(id).state == "same"
    assert task(f"{id}@00000000").state == "changed"
    assert task("the_moon@00000000").state == "gone"


def test_every_exercise_has_a_print_of_its_own() -> None:
    assert len({pinned(one.id).partition("@")[2] for one in EXERCISES}) == len(EXERCISES)


def test_pins_are_made_anew() -> None:
    handout = made("parabola")
    first = handout.exercises[0]
    again = with_pins(handout.but(exercises=(f"{first}@00000000",)))
    assert again.exercises == (pinned(first),) and with_pins(again) == again
    assert again.made_with == lrviz.__version__


def test_an_exercise_that_is_not_there_keeps_its_print() -> None:
    assert with_pins(Handout(exercises=("the_moon@00000000",))).exercises == ("the_moon@00000000",)


# -------------------------------------------------------------------------------------------- links of older versions


@pytest.mark.parametrize("lesson", OLD["handouts"])
def test_a_lesson_made_by_an_older_version_opens_as_it_was(lesson: str) -> None:
    old = OLD["handouts"][lesson]
    handout, problems = unpacked(old["link"])
    assert problems == [] and files.read(old["file"].encode()) == handout
    told = yaml.load(old["file"], Loader=yaml.BaseLoader)
    now = whole(handout.scene)
    assert {path: as_text(now[path]) for path in told["scene"]} == {p: as_text(v) for p, v in told["scene"].items()}
    assert [task(one).state for one in handout.exercises] == ["same"] * len(handout.exercises)
    assert (list(handout.free), handout.en.title) == (told["free"], told["en"]["title"])


def as_text(value: str) -> str:
    try:
        return repr(float(value))
    except ValueError:
        return value


@pytest.mark.parametrize("lesson", OLD["pages"])
def test_an_old_link_of_a_page_still_opens(lesson: str) -> None:
    base: Spec = BY_NAME[lesson].base
    for link in OLD["pages"][lesson]:
        scene, problems = from_address(link, base)
        assert problems == [] and kind_of(scene) == lesson
        assert to_address(scene, base) == link
