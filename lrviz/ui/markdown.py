"""A visitor's own text where Streamlit reads Markdown."""

MARKS = frozenset("\\`*_{}[]<>#|~$:")


def plain(text: str) -> str:
    """Return text that Markdown shows as it stands, on one line."""
    return "".join(f"\\{c}" if c in MARKS else c if c.isprintable() else " " for c in text)
