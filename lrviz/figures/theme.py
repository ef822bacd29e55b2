"""Every colour of the app, for light and dark; figures name them as "@token" and the chart puts them in.

The eight series colours keep at least 3:1 against their background and stay apart under protan, deutan and tritan
vision (tests/test_theme.py computes both); `.streamlit/config.toml` repeats the page's own colours and a test compares.
"""

from collections.abc import Mapping

SERIES = 8
"""How many curves can be told apart, and so overlaid."""

LIGHT: Mapping[str, str] = {
    "background": "#ffffff",
    "panel": "#f4f6f9",
    "text": "#0f1622",
    "muted": "#566170",
    "grid": "#e3e7ed",
    "line": "#8a94a3",
    "shade": "rgba(86, 97, 112, 0.10)",
    "accent": "#3c45d8",
    "warn": "#9a4a00",
    "ok": "#00684a",
    "series0": "#3c45d8",
    "series1": "#e14465",
    "series2": "#2f91aa",
    "series3": "#985300",
    "series4": "#664b85",
    "series5": "#aa9100",
    "series6": "#004a2f",
    "series7": "#601f53",
    "regime_slow": "#7690c8",
    "regime_good": "#2f62c9",
    "regime_swing": "#3f93b8",
    "regime_bad": "#c9600a",
    "arrives": "#123f8c",
    "arrives_mid": "#4f7fc6",
    "arrives_late": "#bcd0ec",
    "neither": "#eceff3",
    "diverges_late": "#f6d3ae",
    "diverges_mid": "#d9822f",
    "diverges": "#943f00",
    "below": "#7d4a9e",
    "zero": "#f4f5f7",
    "above": "#2b7d49",
}

DARK: Mapping[str, str] = {
    "background": "#0f1318",
    "panel": "#1a2028",
    "text": "#e8ecf1",
    "muted": "#a3aebb",
    "grid": "#29313b",
    "line": "#78838f",
    "shade": "rgba(163, 174, 187, 0.13)",
    "accent": "#8196ff",
    "warn": "#ffb169",
    "ok": "#5fd6a8",
    "series0": "#5977ff",
    "series1": "#ff819f",
    "series2": "#95faff",
    "series3": "#ffcfb3",
    "series4": "#ad92d2",
    "series5": "#e7f370",
    "series6": "#16c63d",
    "series7": "#b5699b",
    "regime_slow": "#5f77ad",
    "regime_good": "#6f9bff",
    "regime_swing": "#4fa8c9",
    "regime_bad": "#ff9b4a",
    "arrives": "#a9ccff",
    "arrives_mid": "#4d86d6",
    "arrives_late": "#1f3f6b",
    "neither": "#20262e",
    "diverges_late": "#5e3716",
    "diverges_mid": "#c6701d",
    "diverges": "#ffc48a",
    "below": "#8a5cb5",
    "zero": "#1c222a",
    "above": "#35834f",
}

ROLES: Mapping[str, str] = {
    "learning_rate": "@series0",
    "validation_loss": "@series1",
    "training_loss": "@series2",
    "batch": "@series3",
    "gradient": "@series5",
    "momentum": "@series7",
    "update": "@series6",
}
"""What a colour means in every lesson."""


def series(slot: int) -> str:
    """Return the token of a curve's colour slot, 0 to SERIES - 1."""
    return f"@series{slot % SERIES}"


def categorical(palette: Mapping[str, str]) -> list[str]:
    """Return the ten colours that Streamlit's own charts need: the series, then two greys."""
    return [*(palette[f"series{i}"] for i in range(SERIES)), palette["muted"], palette["line"]]
