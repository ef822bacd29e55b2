"""How a lesson is handed out: its link, a code to scan, a worksheet, and a file to keep it in."""

import streamlit as st

from lrviz.handout import Handout, file
from lrviz.handout.link import with_pins
from lrviz.text import Words
from lrviz.ui.handout.address import address, code, is_only_here, way
from lrviz.ui.link import copy_link
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import MODE, Desk, touch
from lrviz.ui.problems import sentence
from lrviz.ui.upload import upload

PAGE = "page.teach"
ERROR = "handout file error"
CODE_WIDTH = 260


def show(desk: Desk[Handout], words: Words, lang: str) -> None:
    """Draw every way to hand the lesson out as it stands."""
    handout, here = desk.scene, address(desk.scene)
    with st.container(border=True, gap="small"):
        st.markdown(f"**{words.w(f'{PAGE}.share.title')}**")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _open(handout, words, "open", ":material/open_in_new:", {})
            _open(handout, words, "present", ":material/present_to_all:", {MODE: "present"})
            _open(handout, words, "worksheet", ":material/print:", {MODE: "worksheet"})
        copy_link(key="copy handout", lang=lang, words=words.group(f"{PAGE}.copy"), href=here)
        if is_only_here(here):
            st.caption(f":material/lan: {words.w(f'{PAGE}.share.only_here')}")
        _code(here, words)
    with st.container(border=True, gap="small"):
        _file(desk, words)


def _open(handout: Handout, words: Words, name: str, icon: str, beside: dict[str, str]) -> None:
    st.page_link(
        PAGES / f"{handout.lesson}.py",
        label=words.w(f"{PAGE}.share.{name}"),
        icon=icon,
        query_params=beside | way(handout),
    )


def _code(here: str, words: Words) -> None:
    if (picture := code(here)) is None:
        st.caption(words.w(f"{PAGE}.share.no_code"))
        return
    alt = words.w(f"{PAGE}.share.code")
    st.html(f'<img alt="{alt}" src="{picture}" width="{CODE_WIDTH}" height="{CODE_WIDTH}">')
    st.caption(words.w(f"{PAGE}.share.scan", count=len(here)))


def _file(desk: Desk[Handout], words: Words) -> None:
    st.markdown(f"**{words.w(f'{PAGE}.file.title')}**")
    handout = desk.scene
    st.download_button(
        words.w(f"{PAGE}.file.save"),
        lambda: file.written(with_pins(handout)),
        file_name=f"lrviz-{handout.lesson}.yaml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
        key="handout yaml",
    )

    def load(_: str, data: bytes) -> None:
        touch()
        st.session_state.pop(ERROR, None)
        try:
            desk.put(file.read(data))
        except file.Wrong as wrong:
            st.session_state[ERROR] = wrong

    upload(
        words.w(f"{PAGE}.file.load"),
        key="handout load",
        limit_bytes=file.MOST_BYTES,
        accept=".yaml,.yml",
        on_file=load,
        words=words.group("upload") | words.group(f"{PAGE}.file.upload"),
        error=_error(words),
    )


def _error(words: Words) -> str:
    wrong: file.Wrong | None = st.session_state.get(ERROR)
    if wrong is None:
        return ""
    return words.w(f"{PAGE}.file.line", line=wrong.line, sentence=sentence(words, wrong.problem, wrong.handout))
