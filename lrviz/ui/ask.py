"""A one-line status that fetches its own answer, so that slow answers never hold up a picture."""

from collections.abc import Mapping
from urllib.parse import urlencode

from lrviz.text import Words
from lrviz.ui.mode import bare
from lrviz.ui.scripts import component

_ask = component("ask")


def ask(url: str, *, key: str, words: Mapping[str, str], pending: str, failed: str) -> None:
    """Show ``pending``, fetch the JSON at ``url``, then show its sentence; never rerun the page.

    ``url`` is relative to the app. The answer is ``{"code", "tone", "values"}``: shown is ``words[code]``, with its
    ``{placeholders}`` filled from ``values``, behind the icon of ``tone`` (``ok``, ``note`` or ``warn``). ``failed`` is
    shown when no such answer came within a minute.
    """
    _ask(key=key, data={"key": key, "url": url, "words": dict(words), "pending": pending, "failed": failed})


def proof(question: Mapping[str, str], words: Words, key: str, about: str = "schedule") -> None:
    """Have a worker compare what is shown with PyTorch itself, after the picture; say what it found in a line.

    `question` is one of lrviz.verify's, written as an address; what can be said of it are the words of verify.<about>.
    Where nobody would see the line, no worker is asked.
    """
    if bare():
        return
    said = words.group("verify") | words.group(f"verify.{about}")
    waiting = {name: said.pop(name) for name in ("pending", "failed")}
    ask(f"api/check?{urlencode(question, safe=',')}", key=key, words=said, **waiting)
