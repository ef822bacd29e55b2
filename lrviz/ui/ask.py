"""A one-line status that fetches its own answer, so that slow answers never hold up a picture."""

from collections.abc import Mapping

from lrviz.ui.scripts import component

_ask = component("ask")


def ask(url: str, *, key: str, words: Mapping[str, str], pending: str, failed: str) -> None:
    """Show ``pending``, fetch the JSON at ``url``, then show its sentence; never rerun the page.

    ``url`` is relative to the app. The answer is ``{"code", "tone", "values"}``: shown is ``words[code]``, with its
    ``{placeholders}`` filled from ``values``, behind the icon of ``tone`` (``ok``, ``note`` or ``warn``). ``failed`` is
    shown when no such answer came within 30 seconds.
    """
    _ask(key=key, data={"key": key, "url": url, "words": dict(words), "pending": pending, "failed": failed})
