"""A lesson that is handed out shows what its teacher chose and nothing else; what makes one makes just that."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lrviz.exercises import BY_ID, EXERCISES, of_lesson
from lrviz.handout import DRAFT, LONGEST_TEXT, Handout, Sheet, scene_of
from lrviz.handout.link import packed, unpacked, with_pins
from lrviz.spec import Spec, to_address
from lrviz.text import LANGUAGES, words
from lrviz.ui import frame
from lrviz.ui.handed import HANDOUT
from lrviz.ui.handout.address import address, code, is_only_here
from lrviz.ui.handout.knobs import value
from lrviz.ui.markdown import paragraphs, plain
from tests.lessons import BY_NAME
from tests.test_handout import HANDED, OLD
from tests.test_pages import opened, widget

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
PARABOLA = Handout(
    scene=BY_NAME["parabola"].base.but(steps=9),  # type: ignore[arg-type]
    free=("schedule.lr",),
    locked=("steps", "optimizer"),
    en=Sheet(title="One step <too> many", text="Turn **lr**.\nWhere is [2/λ](http://x)?"),
)


def handed(handout: Handout, language: str = "en", **more: str) -> AppTest:
    return opened(handout.lesson, {"lang": language, HANDOUT: packed(handout)} | more)


def knobs(app: AppTest) -> dict[str, Any]:
    """The knobs a page shows, by their labels: what each was given."""
    found = [element.proto for element in app.get("bidi_component") if element.proto.component_name == "lrviz_knob"]
    data = [json.loads(proto.json)[0] for proto in found]
    return {one["label"].partition(" · ")[0]: one for one in data}


def scene(app: AppTest) -> Spec:
    token = app.query_params[HANDOUT]
    return app.session_state[f"{unpacked(token)[0].lesson} scene {token}"]


def said(app: AppTest) -> list[str]:
    return [element.value for element in (*app.markdown, *app.caption, *app.warning)]


# ----------------------------------------------------------------------------------------------------- the lesson


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("lesson", HANDED)
def test_every_page_opens_as_a_lesson_that_was_handed_out(lesson: str, language: str) -> None:
    link = OLD["handouts"][lesson]["link"]
    app = opened(lesson, {"lang": language, HANDOUT: link})
    handout, _ = unpacked(link)
    assert [*app.exception] == [] and [*app.warning] == []
    assert [title.value for title in app.title] == [handout.sheet(language).title]
    assert app.markdown[0].value == paragraphs(handout.sheet(language).text)
    assert scene(app) == handout.scene and dict(app.query_params) == {"lang": language, HANDOUT: link}
    assert words(language).w("page.teach.origin", version=handout.made_with) in said(app)
    assert words(language).w("page.teach.task.number", index=1) in str(widget(app, f"task {language}").options)


def test_only_the_chosen_knobs_are_seen_and_the_locked_ones_cannot_be_turned() -> None:
    app = handed(PARABOLA)
    shown = knobs(app)
    assert set(shown) == {"lr", "Iterations", "weight_decay"}
    assert {name: one["disabled"] for name, one in shown.items()} == {
        "lr": False, "Iterations": True, "weight_decay": True,
    }  # fmt: skip
    assert shown["Iterations"]["value"] == 9
    assert [box.disabled for box in app.selectbox] == [True]


def test_no_knob_is_seen_where_none_was_chosen() -> None:
    assert knobs(handed(PARABOLA.but(free=(), locked=()))) == {}


def test_a_choice_that_was_left_brings_its_own_knobs() -> None:
    app = handed(PARABOLA.but(free=("optimizer",), locked=()))
    widget(app, "kind en optimizer parabola").set_value("momentum").run()
    assert [*app.exception] == [] and scene(app).optimizer.kind == "momentum"  # type: ignore[attr-defined]
    assert {"momentum", "dampening", "weight_decay"} <= set(knobs(app))


def test_worked_examples_are_offered_that_change_nothing_that_is_locked() -> None:
    presets = BY_NAME["parabola"].presets
    offered = [
        name for name, one in presets.items() if set(to_address(one, BY_NAME["parabola"].base)) <= {"schedule.lr"}
    ]
    app = handed(PARABOLA.but(scene=BY_NAME["parabola"].base, locked=()))
    labels = [words("en").w(f"page.parabola.preset.{name}.name") for name in offered]
    assert 0 < len(offered) < len(presets) and widget(app, "parabola preset en").options == labels
    closed = handed(PARABOLA.but(free=(), locked=()))
    assert "parabola preset en" not in [group.key for group in closed.button_group]


def test_a_link_that_names_what_is_locked_is_opened_without_it_and_says_so() -> None:
    app = handed(PARABOLA, steps="30", **{"schedule.lr": "0.2"})
    (warning,) = app.warning
    assert "Iterations is locked in this lesson" in warning.value and "30" in warning.value
    assert scene(app).steps == 9 and scene(app).schedule.lr == 0.2  # type: ignore[attr-defined]


def test_what_is_left_to_turn_goes_into_the_address_and_comes_back() -> None:
    app = handed(PARABOLA, **{"schedule.lr": "0.2"})
    assert app.query_params["schedule.lr"] == "0.2"
    assert [*app.warning] == [] and scene(app).schedule.lr == 0.2  # type: ignore[attr-defined]


def test_the_whole_page_is_as_it_was_beside_a_lesson_of_it() -> None:
    app = opened("parabola", {"steps": "7"})
    app.query_params[HANDOUT] = packed(PARABOLA)
    app.query_params.pop("steps")
    app.run()
    assert app.title[0].value == plain("One step <too> many") and "Iterations" in knobs(app)
    app.query_params.pop(HANDOUT)
    app.query_params["steps"] = "7"
    app.run()
    assert app.title[0].value == words("en").w("page.parabola.heading")
    assert app.session_state["parabola scene"].steps == 7 and not knobs(app)["Iterations"]["disabled"]


@pytest.mark.parametrize(("bent", "key"), [("hello", "broken"), ("2abc", "newer"), ("1abc", "broken")])
@IN_EACH_LANGUAGE
def test_a_link_that_holds_no_lesson_shows_the_page_and_says_why(bent: str, key: str, language: str) -> None:
    app = opened("parabola", {"lang": language, HANDOUT: bent})
    assert app.title[0].value == words(language).w("page.parabola.heading")
    assert [warning.value for warning in app.warning] == [plain(words(language).w(f"page.teach.link.{key}"))]


def test_a_lesson_of_another_page_is_not_shown_here() -> None:
    app = opened("dropout", {HANDOUT: packed(PARABOLA)})
    (warning,) = app.warning
    assert words("en").w("page.parabola.title") in warning.value
    assert app.title[0].value == words("en").w("page.dropout.heading")


def test_explanations_wait_under_a_lid_or_are_left_out() -> None:
    lid = words("en").w("page.teach.explanations")
    assert lid in [one.label for one in handed(PARABOLA).expander]
    assert lid not in [one.label for one in handed(PARABOLA.but(explained=False)).expander]


# ---------------------------------------------------------------------------------------------------------- tasks


def test_the_tasks_are_there_one_at_a_time_and_are_judged() -> None:
    ids = ("one_step", "largest_rate")
    app = handed(with_pins(PARABOLA.but(exercises=ids)))
    name = words("en").w("exercise.one_step.name")
    assert [head.value for head in app.subheader] == [name] and [*app.warning] == []
    widget(app, "exercise one_step number en").set_value("0.125")
    widget(app, "exercise one_step run en").click().run()
    assert [one.value for one in app.success] and [*app.exception] == []
    widget(app, "task en").set_value("largest_rate").run()
    assert [head.value for head in app.subheader] == [words("en").w("exercise.largest_rate.name")]


def test_an_exercise_that_has_changed_or_gone_is_told() -> None:
    app = handed(PARABOLA.but(exercises=("one_step@00000000", "the_moon@00000000"), made_with="0.0.9"))
    assert "has changed since this lesson was made with lrviz 0.0.9" in app.warning[0].value
    widget(app, "task en").set_value("the_moon").run()
    assert "the" in app.warning[0].value and "moon" in app.warning[0].value and len(app.subheader) == 0


def test_a_worksheet_leads_to_the_lesson_as_it_was_handed_out_and_leaves_out_what_has_gone() -> None:
    old = PARABOLA.but(exercises=("one_step@00000000", "the_moon@00000000"), made_with="0.0.9")
    app = handed(old, **{"as": "worksheet"})
    assert [*app.exception] == [] and [*app.error] == []
    (picture,) = [element.proto.body for element in app.get("html") if "<img" in element.proto.body]
    assert str(code(f"http://localhost:8501/parabola?{HANDOUT}={packed(old)}")) in picture


def test_a_draft_with_an_exercise_that_is_not_there_can_be_mended() -> None:
    app = opened("teach", {"exercises": "the_moon"})
    assert [*app.exception] == [] and [*app.error] == [] and draft(app).exercises == ("the_moon",)


@IN_EACH_LANGUAGE
def test_every_value_is_said_in_words(language: str) -> None:
    text, bare = words(language), {"True", "False"} | ({"none", "default", "relu"} if language == "zh" else set())
    for lesson in HANDED:
        for scene in (BY_NAME[lesson].base, *BY_NAME[lesson].presets.values()):
            said = {path: value(scene, path, text) for path in Handout(scene=scene).turnable}  # type: ignore[arg-type]
            assert not set(said.values()) & bare
            assert not any("_" in one for one in said.values())
    assert value(BY_NAME["stability"].base, "edge", text) == "" and value(scene_of("rules"), "steps", text) == "5"


def test_a_worksheet_tells_of_exercises_that_have_changed_or_gone() -> None:
    app = handed(
        PARABOLA.but(exercises=("one_step@00000000", "the_moon@00000000"), made_with="0.0.9"), **{"as": "worksheet"}
    )
    assert ["0.0.9" in one.value for one in app.warning] == [True, False] and [*app.exception] == []


@pytest.mark.parametrize("id", [one.id for one in EXERCISES])
def test_every_exercise_stands_beside_its_lesson_and_shows_its_solution_there(id: str) -> None:
    exercise = BY_ID[id]
    app = handed(Handout(scene=scene_of(exercise.lesson), free=(), exercises=(id,)))
    assert [*app.exception] == [] and len(app.subheader) == 1
    widget(app, f"exercise {id} give up en").click().run()
    assert [*app.exception] == []


# -------------------------------------------------------------------------------------------------------- the text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\n\nc", "a  \nb\n\nc"),
        ("**b** *i* $E[x] < 1$", "**b** *i* $E[x] < 1$"),
        ("[a](http://x)", "&#91;a&#93;(http&#58;//x)"),
        ("<b>", "&#60;b&#62;"),
        ("# h\n===\n---", "&#35; h  \n&#61;==  \n&#45;--"),
        ("\\[a](b)", "&#92;&#91;a&#93;(b)"),
        ("\\$[a](b)\\$", "&#92;$[a](b)\\$"),
        (":red[x] `y` &amp;", "&#58;red&#91;x&#93; &#96;y&#96; &#38;amp;"),
        ("5 $ and", "5 &#36; and"),
        ("", ""),
    ],
)
def test_a_teachers_text_makes_paragraphs_and_formulas_and_no_links(text: str, shown: str) -> None:
    assert paragraphs(text) == shown


# ------------------------------------------------------------------------------------------------------ making one


def draft(app: AppTest) -> Handout:
    return app.session_state["teach scene"]


@IN_EACH_LANGUAGE
def test_a_lesson_is_made_of_the_page_as_it_stands(language: str) -> None:
    app = opened("parabola", {"lang": language, "steps": "7", "schedule.lr": "0.2"})
    widget(app, "make a lesson").click().run()
    assert [*app.exception] == [] and app.title[0].value == words(language).w("page.teach.heading")
    made = draft(app)
    assert made.scene == scene_of("parabola").but(steps=7, schedule=made.scene.schedule)  # type: ignore[union-attr]
    assert made.scene.schedule.lr == 0.2 and made.free == ("schedule.lr",)  # type: ignore[union-attr]


def test_a_press_whose_run_was_cut_off_still_leads_on_and_only_once() -> None:
    app = opened("parabola", {"steps": "7"})
    app.session_state[frame.MADE] = "parabola"  # what the press noted, before another run came
    app.run()
    assert app.title[0].value == words("en").w("page.teach.heading") and draft(app).scene.steps == 7  # type: ignore[union-attr]
    app.switch_page("../../pages/parabola.py").run()
    assert app.title[0].value == words("en").w("page.parabola.heading")


def test_a_lesson_of_another_page_begins_with_that_pages_knob() -> None:
    app = opened("dropout", {"p": "0.7"})
    widget(app, "make a lesson").click().run()
    assert draft(app).lesson == "dropout" and draft(app).free == ("p",)


def test_what_was_said_stays_when_the_values_are_changed() -> None:
    app = opened("dropout", {"p": "0.7"})
    widget(app, "make a lesson").click().run()
    widget(app, "teach title en en").set_value("Seven of ten").run()
    app.switch_page("../../pages/dropout.py").run()
    app.session_state["dropout scene"] = app.session_state["dropout settled"] = scene_of("dropout").but(p=0.5)
    app.run()
    widget(app, "make a lesson").click().run()
    assert draft(app).en.title == "Seven of ten" and draft(app).scene.p == 0.5  # type: ignore[union-attr]


@IN_EACH_LANGUAGE
def test_every_choice_goes_into_the_lesson(language: str) -> None:
    app = opened("teach", {"lang": language})
    widget(app, f"teach lesson {language}").set_value("rules").run()
    widget(app, f"teach free {language} rules").set_value(["optimizer.beta1", "optimizer.beta2"]).run()
    widget(app, f"teach locked {language} rules").set_value(["steps"]).run()
    ids = [one.id for one in of_lesson("rules")][:2]
    widget(app, f"teach exercises {language} rules").set_value(ids).run()
    widget(app, f"teach title en {language}").set_value("Two memories").run()
    widget(app, f"teach text zh {language}").set_value("两个记忆\t\n\n看一看").run()
    widget(app, "teach explained").set_value(False).run()
    expected = Handout(
        scene=scene_of("rules"), free=("optimizer.beta1", "optimizer.beta2"), locked=("steps",), exercises=tuple(ids),
        explained=False, en=Sheet(title="Two memories"), zh=Sheet(text="两个记忆 \n\n看一看"),
    )  # fmt: skip
    assert draft(app) == expected and [*app.exception] == []
    assert (
        opened("teach", {name: "".join(text) for name, text in app.query_params.items()}).session_state["teach scene"]
        == expected
    )


def test_what_is_free_is_not_offered_to_be_locked_and_what_only_looks_is_not_offered() -> None:
    app = opened("teach", {"scene": "rules", "free": "steps"})
    steps = widget(app, "teach free en rules").format_func("steps")
    step = words("en").label("rules", "step")
    assert steps in widget(app, "teach free en rules").options
    assert steps not in widget(app, "teach locked en rules").options
    assert step not in widget(app, "teach free en rules").options


def test_a_change_is_undone() -> None:
    app = opened("teach")
    widget(app, "teach lesson en").set_value("dropout").run()
    widget(app, "teach undo").click().run()
    assert draft(app) == DRAFT


def test_a_broken_address_of_a_draft_is_said() -> None:
    app = opened("teach", {"scene": "sums", "free": "schedule.lr"})
    assert len(app.warning) == 1 and "sums" in app.warning[0].value and draft(app) == DRAFT
    app = opened("teach", {"free": "speed"})
    assert "speed" in app.warning[0].value and draft(app) == DRAFT


# -------------------------------------------------------------------------------------------------------- sharing


def test_a_link_longer_than_a_code_can_be_is_said_and_none_shorter() -> None:
    most = PARABOLA.but(exercises=tuple(one.id for one in EXERCISES[:6]), zh=Sheet(text="学" * 5))
    assert code(address(most)) is not None
    assert code("x" * 3_000) is None
    spoken = "".join(chr(0x4E00 + 37 * i) for i in range(LONGEST_TEXT))
    long = Handout(scene=BY_NAME["stability"].base, en=Sheet(text=spoken), zh=Sheet(text=spoken[::-1]))  # type: ignore[arg-type]
    assert code(address(long)) is None
    app = opened("teach", to_address(long, DRAFT))
    assert words("en").w("page.teach.share.no_code") in said(app)


def test_a_code_is_a_picture_that_a_page_can_hold() -> None:
    assert (code(address(PARABOLA)) or "").startswith("data:image/svg+xml")


def test_an_address_that_leads_to_the_readers_own_machine_is_known() -> None:
    assert is_only_here("http://localhost:8501/x") and is_only_here("http://127.0.0.1/x")
    assert not is_only_here("https://lrviz.school.example/x") and not is_only_here("http://192.168.1.7:8501/x")
