"""What leads through a presentation: the slide's name and story in large type, and the bar to the others."""

from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from lrviz.spec import Spec
from lrviz.text import Words
from lrviz.ui import mode
from lrviz.ui.frame import ENTRIES, LANGUAGE_TAGS, PAGES
from lrviz.ui.handed import handed_here, handed_text
from lrviz.ui.handout import sheet
from lrviz.ui.handout.examples import offered
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import LANGUAGE, MODE, Desk, is_own_run, touch
from lrviz.ui.scripts import component
from lrviz.ui.slides import OWN, Slides, resumed

KEY = "presenter"
WAY = "way to another lesson"
LESSONS = tuple(entry.name for entry in ENTRIES if entry.is_lesson)

_presenter = component("presenter")


def show(desk: Desk[Any], words: Words, scenes: Mapping[str, Spec]) -> None:
    """Name the slide that is open, tell its story, and lead to the next and previous one, by keyboard too."""
    if (way := st.session_state.get(WAY)) and way[0] != desk.lesson:
        _travel(way[0])
    slides = _standing(desk, offered(desk, scenes))
    with st.container(key="presenter head"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.title(plain(_title(desk, words, slides)), anchor=False)
            with st.container(width="content"):
                _bar(desk, words, slides)
        st.markdown(_story(desk, words, slides))


def _title(desk: Desk[Any], words: Words, slides: Slides[Any]) -> str:
    """Return the lesson's name and the slide's; of a slide whose knob has been turned, that it was where one began."""
    name = _name(desk.lesson, words, slides)
    turned = slides.at != OWN and slides.scene != desk.settled
    called = words.w("frame.present.turned", name=name) if turned else name
    given = desk.handout.sheet(words.language).title if desk.handout else ""
    lesson = given or words.w(f"page.{desk.lesson}.heading")
    return lesson if desk.handout and slides.at == OWN else f"{lesson} · {called}"


def _name(lesson: str, words: Words, slides: Slides[Any]) -> str:
    own = words.w("frame.present.own")
    return own if slides.at == OWN else words.w(f"page.{lesson}.preset.{slides.at}.name")


def _story(desk: Desk[Any], words: Words, slides: Slides[Any]) -> str:
    """Return the slide's story as long as it is true of what is shown, else what a teacher says, or the claim."""
    if slides.at != OWN and slides.scene == desk.settled:
        return words.w(f"page.{desk.lesson}.preset.{slides.at}.story")
    return sheet.text(desk.lesson, words) or words.w(f"page.{desk.lesson}.claim")


# ----------------------------------------------------------------------------------------------- which slide is open


def _standing(desk: Desk[Any], scenes: Mapping[str, Spec]) -> Slides[Any]:
    """Return the slides as they stand, and remember them; who comes from another lesson begins at the near end."""
    kept = st.session_state.setdefault(mode.SLIDES, {})
    slides = resumed(kept.get(_place(desk)), scenes, desk.settled, turned=is_own_run())
    if way := st.session_state.pop(WAY, None):
        slides = slides.to(way[1])
    kept[_place(desk)] = slides
    if way and slides.scene != desk.settled:
        desk.put(slides.scene)
        st.rerun()  # what the page did before this point, it did for another scene
    return slides


def _place(desk: Desk[Any]) -> str:
    """Return where a lesson's slides are remembered; one that is handed out has slides of its own."""
    return f"{desk.lesson} {handed_text()}" if desk.handout else desk.lesson


def _travel(lesson: str) -> NoReturn:
    kept = {name: st.query_params[name] for name in (LANGUAGE, MODE) if name in st.query_params}
    st.switch_page(PAGES / f"{lesson}.py", query_params=kept)


def _beyond(lesson: str, step: int) -> str:
    """Return the lesson that many after this one, or nothing where there is none; one handed out stands alone."""
    if handed_here():
        return ""
    at = LESSONS.index(lesson) + step
    return LESSONS[at] if 0 <= at < len(LESSONS) else ""


# ---------------------------------------------------------------------------------------------------------- the bar


def _bar(desk: Desk[Any], words: Words, slides: Slides[Any]) -> None:
    n, of, (echo, *_) = slides.number, len(slides.scenes), _sent(st.session_state.get(KEY))
    data = {
        "lesson": desk.lesson, "at": slides.index, "many": len(slides.names), "echo": echo,
        "before": bool(_beyond(desk.lesson, -1)), "after": bool(_beyond(desk.lesson, 1)),
        "lang": LANGUAGE_TAGS[words.language], "count": f"{n} / {of}", "words": words.group("frame.present.bar"),
        "said": words.w("frame.present.said", n=n, of=of, name=_name(desk.lesson, words, slides)),
    }  # fmt: skip
    _presenter(key=KEY, data=data, on_go_change=lambda: _go(desk, slides))


def _go(desk: Desk[Any], slides: Slides[Any]) -> None:
    """Open the slide the browser asked for, the near end of the next lesson beyond them, or the usual page."""
    _, lesson, to = _sent(st.session_state.get(KEY))
    if lesson != desk.lesson:
        return
    if to == "leave":
        mode.leave()
    elif isinstance(to, int) and 0 <= to < len(slides.names):
        opened = slides.to(to)
        st.session_state[mode.SLIDES][_place(desk)] = opened
        desk.put(opened.scene)
    elif to in (-1, len(slides.names)) and (other := _beyond(lesson, -1 if to == -1 else 1)):
        touch()
        st.session_state[WAY] = (other, -1 if to == -1 else 0)


def _sent(state: Any) -> tuple[int, str, int | str]:
    """Read the browser's last wish; whatever is not of the expected form counts as none."""
    sent = state.get("go") if isinstance(state, Mapping) else None
    match sent:
        case {"n": int(n), "lesson": str(lesson), "to": (int() | "leave") as to} if not isinstance(to, bool):
            return n, lesson, to
    return 0, "", 0
