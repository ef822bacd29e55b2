"""The desk keeps a scene and its address together, whoever changes which first."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.descend.parabola import ParabolaScene
from lrviz.descend.race import RaceScene
from lrviz.schedules import Cosine, Step
from lrviz.schedules.scene import PRESETS, SchedulesScene
from lrviz.spec import kind_of
from lrviz.ui import permalink
from lrviz.ui.permalink import MOST_UNDO, Desk
from tests.strategies import specs

Address = dict[str, str]
BASE = SchedulesScene()
DESK = Desk("schedules", BASE)
LONGER, LONGEST = BASE.but(steps=300), BASE.but(steps=400)


class Query(dict[str, str]):
    """Stands in for st.query_params."""

    def to_dict(self) -> Address:
        return dict(self)

    def from_dict(self, values: Mapping[str, str]) -> None:
        self.clear()
        self.update(values)


class Visitor:
    """One visitor's session: what it holds, the address its browser shows, and every address it was sent."""

    def __init__(self, address: Address | None = None, desk: Desk[Any] | None = None) -> None:
        self.desk = desk or DESK
        self.session_state: dict[str, Any] = {}
        self.query_params = Query(address or {})
        self.sent: list[Address] = []

    def run(self, turn: Callable[[], None] | None = None, *, seeing: Address | None = None, page: str = "") -> Address:
        """Run frame and page as Streamlit does, callback first; `seeing` is the address the browser sends along."""
        if seeing is not None:
            self.query_params.from_dict(seeing)
        before = self.query_params.to_dict()
        if turn is not None:
            turn()
        permalink.begin_run()
        self.session_state.update({"came from": self.session_state.get("page"), "page": page or self.desk.lesson})
        if page not in ("", self.desk.lesson):
            return before
        self.desk.open()
        self.desk.write()
        if self.query_params != before:
            self.sent.append(self.query_params.to_dict())
        return self.query_params.to_dict()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Visitor]:
    """Let a new visitor come, with the address they bring."""

    def come(**address: str) -> Visitor:
        visitor = Visitor(address)
        monkeypatch.setattr(permalink, "st", SimpleNamespace(**vars(visitor)))
        return visitor

    return come


Visit = Callable[..., Visitor]


def put(scene: SchedulesScene, *, settled: bool = True) -> Callable[[], None]:
    return lambda: DESK.put(scene, settled=settled)


# --- opening and writing ---


def test_an_empty_address_is_the_base_and_stays_empty(visit: Visit) -> None:
    visitor = visit()
    assert visitor.run() == {}
    assert DESK.scene == BASE and visitor.sent == []


def test_a_link_opens_its_scene_and_is_left_as_it_is(visit: Visit) -> None:
    visitor = visit(steps="300", lang="zh")
    assert visitor.run() == {"steps": "300", "lang": "zh"}
    assert DESK.scene == LONGER and visitor.sent == [] and not DESK.can_undo


def test_a_change_is_written_and_the_language_stays(visit: Visit) -> None:
    visitor = visit(lang="zh")
    visitor.run()
    assert visitor.run(put(LONGER)) == {"lang": "zh", "steps": "300"}
    assert visitor.run(put(BASE)) == {"lang": "zh"}


def test_a_knob_still_turning_reaches_neither_address_nor_undo(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    for steps in (210, 220, 230):
        assert visitor.run(put(BASE.but(steps=steps), settled=False)) == {}
        assert DESK.scene.steps == steps and not DESK.can_undo
    assert visitor.run(put(LONGER)) == {"steps": "300"}
    assert len(visitor.sent) == 1
    DESK.undo()
    assert DESK.scene == BASE


def test_a_turn_drawn_in_parts_is_written_when_it_rests(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    for steps in (210, 220):
        DESK.put(BASE.but(steps=steps), settled=False)  # while it turns, the page does not run as a whole
    assert visitor.run(put(LONGER)) == {"steps": "300"}
    assert visitor.run(seeing={}) == {} and DESK.scene == BASE


@pytest.mark.parametrize("base", [BASE, ParabolaScene(), RaceScene()], ids=kind_of)
@given(data=st.data())
def test_any_scene_opens_again_from_the_address_it_was_given(base: Any, data: st.DataObject) -> None:
    scene, desk = data.draw(specs(type(base))), Desk(kind_of(base), base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(permalink, "st", one := Visitor(desk=desk))
        one.run()
        address = one.run(lambda: desk.put(scene))
        patch.setattr(permalink, "st", other := Visitor(address, desk))
        assert other.run() == address
        assert desk.scene == scene and desk.problems == []


# --- who changed the address? ---


def test_an_address_the_browser_has_not_caught_up_with_undoes_nothing(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    assert visitor.run(put(LONGEST), seeing={}) == {"steps": "400"}
    assert DESK.scene == LONGEST
    visitor.run(put(BASE.but(steps=410), settled=False), seeing={"steps": "300"})
    assert DESK.scene.steps == 410


def test_back_and_forward_are_taken(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    visitor.run(put(LONGEST))
    assert visitor.run(seeing={"steps": "300"}) == {"steps": "300"} and DESK.scene == LONGER
    assert visitor.run(seeing={}) == {} and DESK.scene == BASE
    assert visitor.run(seeing={"steps": "400"}) == {"steps": "400"} and DESK.scene == LONGEST


def test_a_change_after_back_starts_from_what_back_showed(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    visitor.run(seeing={})
    assert visitor.run(lambda: DESK.type("axis", "epochs")) == {"axis": "epochs"}


def test_a_run_without_a_change_keeps_the_scene(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    assert visitor.run() == {"steps": "300"} and DESK.scene == LONGER


def test_coming_back_by_the_menu_finds_the_scene_as_it_was_left(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    visitor.run(page="home", seeing={})
    visitor.run(seeing={})
    assert DESK.scene == LONGER and visitor.query_params == {"steps": "300"}


def test_coming_back_with_a_link_opens_the_link(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    visitor.run(page="home", seeing={})
    visitor.run(seeing={"steps": "400"})
    assert DESK.scene == LONGEST


def test_two_lessons_keep_their_scenes_apart(visit: Visit) -> None:
    visit()
    other = Desk("other", BASE)
    DESK.put(LONGER)
    assert (DESK.scene, other.scene, other.can_undo) == (LONGER, BASE, False)


# --- what could not be used ---


def test_what_a_link_got_wrong_is_said_until_the_first_change_and_the_link_kept_till_then(visit: Visit) -> None:
    broken = {"steps": "0", "open": "1", "nothing": "x"}
    visitor = visit(**broken)
    for _ in range(2):
        assert visitor.run() == broken
        assert {problem.path for problem in DESK.problems} == {"steps", "nothing"}
        assert DESK.scene == BASE.but(open=1)
    visitor.run(put(DESK.scene.but(steps=210), settled=False))
    assert DESK.problems
    assert visitor.run(put(DESK.scene.but(steps=220))) == {"steps": "220", "open": "1"}
    assert DESK.problems == []


def test_a_wrong_text_changes_nothing_but_its_own_error(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    assert visitor.run(lambda: DESK.type("curves.1.schedule.step_size", "0")) == {"steps": "300"}
    problem = DESK.error("curves.1.schedule.step_size")
    assert problem and (problem.code, problem.given) == ("greater_than_equal", "0")
    assert DESK.scene == LONGER and DESK.error("steps") is None
    visitor.run(lambda: DESK.type("steps", "many"))
    assert DESK.error("steps") and DESK.error("curves.1.schedule.step_size")
    visitor.run(lambda: DESK.type("curves.1.schedule.step_size", "7"))
    assert DESK.error("curves.1.schedule.step_size") is None
    assert DESK.scene.curves[1].schedule == Step(step_size=7)


@pytest.mark.parametrize("text", ["", "nan", "1e400", "-inf", "９" * 300, "__import__('os')", "\0", "1;2;3"])
def test_no_text_can_break_the_desk(visit: Visit, text: str) -> None:
    visit().run()
    DESK.type("curves.0.schedule.T_max", text)
    assert DESK.scene == BASE and DESK.error("curves.0.schedule.T_max")


# --- undo ---


def test_undo_takes_changes_back_one_by_one_and_writes_each_address(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    for scene in (LONGER, LONGEST, PRESETS["cosine30"]):
        visitor.run(put(scene))
    assert visitor.run(DESK.undo) == {"steps": "400"} and DESK.scene == LONGEST
    assert visitor.run(DESK.undo) == {"steps": "300"}
    assert visitor.run(DESK.undo) == {} and DESK.scene == BASE
    assert not DESK.can_undo
    assert visitor.run(DESK.undo) == {}


def test_undo_forgets_the_oldest_first(visit: Visit) -> None:
    visit().run()
    for steps in range(2, 2 + MOST_UNDO + 5):
        DESK.put(BASE.but(steps=steps))
    undone = 0
    while DESK.can_undo:
        DESK.undo()
        undone += 1
    assert undone == MOST_UNDO and DESK.scene.steps == 2 + 4


def test_the_same_scene_again_is_no_change(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    visitor.run(put(LONGER))
    visitor.run(put(BASE.but(steps=300)))
    DESK.undo()
    assert DESK.scene == BASE and len(visitor.sent) == 1


def test_a_composed_scene_is_undone_whole(visit: Visit) -> None:
    visit().run()
    DESK.put(BASE.without_item(0))
    DESK.put(DESK.scene.with_item(BASE.curves[0].but(schedule=Cosine(T_max=3))))
    DESK.undo()
    DESK.undo()
    assert DESK.scene == BASE


def test_a_run_that_is_cut_short_does_not_make_the_next_one_our_own(visit: Visit) -> None:
    visitor = visit()
    visitor.run()
    put(LONGER)()  # a change, whose run is cut short before it reaches the page's end
    permalink.begin_run()
    visitor.run(seeing={"steps": "400"})  # and Back arrives
    assert DESK.scene == LONGEST
