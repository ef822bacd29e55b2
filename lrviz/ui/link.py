"""The button that copies the address of what is on the screen."""

from collections.abc import Mapping

from lrviz.ui.scripts import component

_link = component("link")


def copy_link(*, key: str, lang: str, words: Mapping[str, str], href: str = "") -> None:
    """Show a button that copies an address, the page's own unless ``href`` is one, and tell the browser the language.

    ``lang`` is a language tag such as ``en`` or ``zh-CN``. ``words`` holds ``copy``, ``copied`` and ``failed``.
    """
    _link(key=key, data={"key": key, "lang": lang, "words": dict(words), "href": href})
