"""The door: some bytes a learner gave become a log, by what they are and not by what their name says."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from lrviz.training_log.log import Log
from lrviz.training_log.table import read_log

SNIFFED = 256
"""Bytes that are looked at to tell what a file is."""


def read(data: bytes) -> Log:
    """Read a TensorBoard event file, or a CSV as text in UTF-8 or UTF-16. Raises LogError."""
    if may_be_events(data):
        from lrviz.training_log import event_file  # with torch in its train: only for those who need it

        if event_file.is_event_file(data):
            return event_file.read_events(data)
    return read_log(decoded(data))


def may_be_events(data: bytes) -> bool:
    """Say whether bytes may be an event file, by their first ones."""
    # A record begins with its length in eight bytes, and no first record is as long as four gigabytes.
    return len(data) > 8 and data[4:8] == bytes(4)


def decoded(data: bytes) -> str:
    """Return bytes as text; what is in neither encoding becomes U+FFFD."""
    return data.decode(_encoding(data[:SNIFFED]), "replace")


def _encoding(start: bytes) -> str:
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    # Plain figures in UTF-16 are half zeros, always on the same side; a mark is not always there to say so.
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > len(start) / 4 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(start) / 4 and not odd else "utf-8-sig"
