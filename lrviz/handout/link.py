"""A handout as one part of an address: every field of it, packed, behind the version of the packing."""

import base64
import binascii
import json
import zlib
from typing import Any

import lrviz
from lrviz.exercises import BY_ID
from lrviz.handout import Handout
from lrviz.handout.paths import whole
from lrviz.handout.pins import pinned
from lrviz.spec import Problem, from_address

VERSION = "1"
LONGEST = 12_000
MOST_BYTES = 60_000
"""Bytes that a link may unpack to."""


class Unreadable(ValueError):
    """A link that holds no handout; `code` names the sentence that says why: "broken" or "newer"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def with_pins(handout: Handout) -> Handout:
    """Return the handout as this version makes it: with the print of every exercise's answer as it is today.

    An exercise that this version does not have stays as it is named.
    """
    exercises = tuple(pinned(id) if (id := one.partition("@")[0]) in BY_ID else one for one in handout.exercises)
    return handout.but(exercises=exercises, made_with=lrviz.__version__)


def packed(handout: Handout) -> str:
    """Write a handout as letters, digits, - and _: the version, then base64 of deflated JSON."""
    said = json.dumps(whole(handout), ensure_ascii=False, separators=(",", ":"))
    return VERSION + base64.urlsafe_b64encode(zlib.compress(said.encode(), 9)).decode().rstrip("=")


def unpacked(text: str) -> tuple[Handout, list[Problem]]:
    """Read a handout, and what in it could not be used. Raises Unreadable where it is none."""
    if text[:1].isdecimal() and text[:1] > VERSION:
        raise Unreadable("newer")
    if text[:1] != VERSION or len(text) > LONGEST:
        raise Unreadable("broken")
    return from_address(_address(text[1:]), Handout())


def _address(text: str) -> dict[str, str]:
    unpacker = zlib.decompressobj()
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found: Any = json.loads(unpacker.decompress(data, MOST_BYTES))
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise Unreadable("broken") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Unreadable("broken")
    return found
