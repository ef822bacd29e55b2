"""Where a lesson that is handed out is found: its address as a class opens it, and as a code to scan."""

from urllib.parse import urljoin, urlsplit

import segno
import streamlit as st

from lrviz.handout import Handout
from lrviz.handout.link import packed, with_pins
from lrviz.ui.handed import HANDOUT, handed_text

LONGEST_CODE = 2_900
"""Bytes that fit into one QR code."""
ONLY_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def way(handout: Handout) -> dict[str, str]:
    """Return the part of an address that hands a lesson out."""
    return {HANDOUT: packed(with_pins(handout))}


def address(handout: Handout) -> str:
    """Return the whole address of a lesson as it is handed out today, beside the page that is open."""
    return _beside(handout, way(handout)[HANDOUT])


def address_here(handout: Handout) -> str:
    """Return the whole address of the lesson that is open, as it was handed out, whatever has changed since."""
    return _beside(handout, handed_text())


def _beside(handout: Handout, text: str) -> str:
    here = (st.context.url or "http://localhost:8501/").partition("?")[0]
    return f"{urljoin(here, handout.lesson)}?{HANDOUT}={text}"


def is_only_here(address: str) -> bool:
    """Say whether an address leads to the machine that opens it, whichever that is."""
    return urlsplit(address).hostname in ONLY_HERE


def code(address: str) -> str | None:
    """Return the QR code of an address as the data of an SVG picture, black on white; None where it is too long."""
    if len(address) > LONGEST_CODE:
        return None
    return segno.make(address, error="l", micro=False).svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
