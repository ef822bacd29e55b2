"""What stands around every page: navigation, language, copy link, footer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

import lrviz
from lrviz.handout import DRAFT, SCENES, scene_of
from lrviz.handout.paths import named
from lrviz.text import LANGUAGES, Words
from lrviz.text import words as words_of
from lrviz.ui import mode
from lrviz.ui.ask import ask
from lrviz.ui.handed import handed_here
from lrviz.ui.handout import sheet, worksheet
from lrviz.ui.link import copy_link
from lrviz.ui.markdown import plain
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import LANGUAGE, Desk, begin_run, is_own_run, touch

SHEETS = Path(__file__).parent
MADE = "lesson made"
LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}


@dataclass(frozen=True)
class Entry:
    """One page of the navigation: its file in pages/, its group in the menu, its icon."""

    name: str
    group: str
    icon: str

    @property
    def is_lesson(self) -> bool:
        """Whether it shows a scene with a knob, and not the way there."""
        return self.group != "guide"


ENTRIES = (
    Entry("home", "guide", ":material/home:"),
    Entry("guide", "guide", ":material/explore:"),
    Entry("exercises", "guide", ":material/quiz:"),
    Entry("teach", "guide", ":material/co_present:"),
    Entry("schedules", "learning_rate", ":material/show_chart:"),
    Entry("parabola", "descent", ":material/stacked_line_chart:"),
    Entry("rules", "descent", ":material/function:"),
    Entry("race", "descent", ":material/sports_score:"),
    Entry("regimes", "descent", ":material/grid_on:"),
    Entry("smoothing", "data", ":material/blur_on:"),
    Entry("batches", "data", ":material/layers:"),
    Entry("backprop", "network", ":material/account_tree:"),
    Entry("dropout", "network", ":material/hide_source:"),
    Entry("batchnorm", "network", ":material/equalizer:"),
    Entry("train", "training", ":material/model_training:"),
    Entry("finder", "training", ":material/search:"),
    Entry("sweep", "training", ":material/apps:"),
    Entry("stability", "training", ":material/landscape:"),
    Entry("sources", "guide", ":material/menu_book:"),
)


def words() -> Words:
    """Return the words of this visitor's language."""
    return words_of(st.session_state["language"])


def show(below: Callable[[], None]) -> None:
    """Run the frame and the page in it, and under the page what stands `below`."""
    st.set_page_config(page_title="lrviz", page_icon="📉", layout="wide", initial_sidebar_state=230)
    begin_run()
    _take_language()
    page, entry = _navigation()
    _keep_language()
    _lead_on(entry.name)
    _say_unknown_language(words())
    st.html(SHEETS / mode.style())
    if mode.mode() == "worksheet":
        worksheet.head(entry.name, words())
    elif not mode.bare():
        _head(entry)
    page.run()
    if mode.mode() == "worksheet":
        worksheet.foot(words())
    elif not mode.bare():
        below()
        _foot(entry)
    st.session_state.pop(MADE, None)


def apologise() -> None:
    """Say that something went wrong on our side, and what can be done."""
    st.error(words_of(st.session_state.get("language", LANGUAGES[0])).w("frame.broke"), icon=":material/error:")


def _navigation() -> tuple[st.Page, Entry]:
    text = words()
    menu: dict[str, list[st.Page]] = {}
    entries = {}
    for entry in ENTRIES:
        page = st.Page(
            PAGES / f"{entry.name}.py",
            title=text.w(f"page.{entry.name}.title"),
            icon=entry.icon,
            url_path=None if entry.name == "home" else entry.name,
            default=entry.name == "home",
        )
        menu.setdefault(text.w(f"nav.{entry.group}"), []).append(page)
        entries[page.url_path] = entry
    page = st.navigation(menu, position="hidden" if mode.asked() else "sidebar")
    entry = entries[page.url_path]
    mode.begin_page(is_lesson=entry.is_lesson)
    st.session_state.update({"came from": st.session_state.get("page"), "page": entry.name})
    return page, entry


def _head(entry: Entry) -> None:
    text = words()
    title, tools = st.columns([1, 1], vertical_alignment="center")
    with title:
        st.title(sheet.title(entry.name, text) or text.w(f"page.{entry.name}.heading"), anchor=False)
    with tools, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if not mode.on_phone():
            _make(entry.name, text)
        _language_switch(text)
        if entry.is_lesson:
            label, tip = text.w("frame.present.begin"), text.w("frame.present.help")
            st.button(label, key="present", icon=":material/slideshow:", help=tip, on_click=mode.present)
        with st.container(width="content"):
            copy_link(key="copy link", lang=LANGUAGE_TAGS[text.language], words=text.group("frame.link"))
    st.markdown(sheet.text(entry.name, text) or text.w(f"page.{entry.name}.claim"))
    if handout := handed_here():
        sheet.origin(handout, text)
    sheet.notices(text)


def _make(lesson: str, text: Words) -> None:
    """Offer to make a lesson of this page as it stands."""
    if lesson in SCENES and not handed_here():
        note = partial(st.session_state.update, {MADE: lesson})
        st.button(text.w("page.teach.make"), key="make a lesson", icon=":material/co_present:", on_click=note)


def _lead_on(here: str) -> None:
    """Go on to the page that makes a lesson, where that was asked for here; what was said there of this lesson stays.

    The wish is kept until another page is whole, since a run that a turning knob starts may cut this one off.
    """
    if st.session_state.get(MADE) != here:
        return
    desk, draft = Desk(here, scene_of(here)), Desk("teach", DRAFT).scene
    made = draft.on(desk.settled)
    if draft.lesson != here and desk.headline:
        made = made.but(free=(desk.headline,))
    st.switch_page(PAGES / "teach.py", query_params=named(made, DRAFT))


def _foot(entry: Entry) -> None:
    text = words()
    st.space("small")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(text.w("frame.version", version=lrviz.__version__), width="content")
        with st.container(width=320):
            ask(
                "api/device",
                key="device",
                words=text.group("frame.device"),
                pending=text.w("frame.device.pending"),
                failed=text.w("frame.device.failed"),
            )
        st.caption(text.w(f"language.{text.language}"), width="content")
        if mode.on_phone():  # at its head there is no room for it
            _make(entry.name, text)


# ---------------------------------------------------------------------------------------------------- language


def _take_language() -> None:
    """Take the language from an address that changed behind our back, else keep it, else guess it from the browser."""
    state, here = st.session_state, st.query_params.get(LANGUAGE)
    if here != state.get("language in address") and here in LANGUAGES:
        state.update({"language": here, "language chosen": True})
    state.setdefault("language", _guess(st.context.locale))
    if here is not None and here not in LANGUAGES:
        state["language problem"] = here


def _keep_language() -> None:
    """Keep a chosen language in the address, through the menu too; going back to before it was chosen unchooses it."""
    state, here = st.session_state, st.query_params.get(LANGUAGE)
    stayed = state.get("came from") == state["page"] and not is_own_run()
    if here is None and state.get("language in address") is not None and stayed:
        state.update({"language": _guess(st.context.locale), "language chosen": False, "language in address": None})
        st.rerun()
    if here != state["language"] and (here is not None or state.get("language chosen")):
        st.query_params[LANGUAGE] = state["language"]
    state["language in address"] = st.query_params.get(LANGUAGE)


def _guess(locale: str | None) -> str:
    return next((name for name in LANGUAGES if (locale or "").lower().startswith(name)), LANGUAGES[0])


def _language_switch(text: Words) -> None:
    st.session_state["language switch"] = text.language
    st.segmented_control(
        text.w("frame.language"),
        LANGUAGES,
        key="language switch",
        required=True,
        format_func=lambda name: text.w(f"language.{name}"),
        label_visibility="collapsed",
        on_change=_choose_language,
    )


def _say_unknown_language(text: Words) -> None:
    if unknown := st.session_state.pop("language problem", None):
        st.toast(text.w("frame.unknown_language", given=plain(str(unknown)[:20])), icon=":material/translate:")


def _choose_language() -> None:
    touch()
    chosen = st.session_state["language switch"]
    st.session_state.update({"language": chosen, "language chosen": True, "language in address": chosen})
    st.query_params[LANGUAGE] = chosen
