"""A visitor's own text where Streamlit reads Markdown."""

import re

MARKS = frozenset("\\`*_{}[]<>#|~$:")


def plain(text: str) -> str:
    """Return text that Markdown shows as it stands, on one line."""
    return "".join(f"\\{c}" if c in MARKS else c if c.isprintable() else " " for c in text)


FORMULA = re.compile(r"(\$[^$\n]+\$)")
SIGNS = frozenset("\\`[]<>#|~$:&")
RULE = re.compile(r"(?m)^\s*([=-])(?=\1*\s*$)")


def paragraphs(text: str) -> str:
    """Return text of which Markdown reads paragraphs, lists, **bold**, *slanted* and $formulas$; all else as it stands.

    No link, picture, heading or HTML comes of it.
    """
    parts = FORMULA.split(text)
    said = "".join(part if i % 2 else _signs(part) for i, part in enumerate(parts))
    return re.sub(r"(?<!\n)\n(?!\n)", "  \n", said.strip())


def _signs(text: str) -> str:
    quiet = "".join(f"&#{ord(c)};" if c in SIGNS else c for c in text)
    return RULE.sub(lambda found: f"&#{ord(found[1])};", quiet)
