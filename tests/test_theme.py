"""The colours are legible and tell apart, for every common kind of colour vision."""

from collections.abc import Mapping
from itertools import combinations

import pytest
from coloraide import Color

from lrviz.figures.theme import DARK, LIGHT, ROLES, SERIES, categorical, series

THEMES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
DRAWN = (*(f"series{slot}" for slot in range(SERIES)), "accent", "warn", "ok", "line")
READ = ("text", "muted", "accent", "warn", "ok")
CAPTION = 0.6
"""How opaque Streamlit writes its captions, in the text colour."""
NEAREST = 10.0
"""CIEDE2000; 1 is about the smallest difference that a trained eye sees side by side."""


def contrast(palette: Mapping[str, str], token: str, ground: str) -> float:
    return Color(palette[token]).contrast(Color(palette[ground]))


@THEMES
@pytest.mark.parametrize("token", DRAWN)
def test_what_is_drawn_stands_out_from_the_background(palette: Mapping[str, str], token: str) -> None:
    assert contrast(palette, token, "background") >= 3.0


@THEMES
@pytest.mark.parametrize("token", READ)
def test_what_is_read_can_be_read_on_page_and_panel(palette: Mapping[str, str], token: str) -> None:
    assert min(contrast(palette, token, "background"), contrast(palette, token, "panel")) >= 4.5


@THEMES
def test_streamlits_captions_can_be_read(palette: Mapping[str, str]) -> None:
    for ground in ("background", "panel"):
        caption = Color(palette["text"]).set("alpha", CAPTION)
        assert Color.layer([caption, palette[ground]], space="srgb").contrast(palette[ground]) >= 4.5


@THEMES
@pytest.mark.parametrize("vision", ["normal", "protan", "deutan", "tritan"])
def test_the_curves_tell_apart(palette: Mapping[str, str], vision: str) -> None:
    curves = [seen(palette[f"series{slot}"], vision) for slot in range(SERIES)]
    nearest = min(one.delta_e(other, method="2000") for one, other in combinations(curves, 2))
    assert nearest >= NEAREST


def seen(color: str, vision: str) -> Color:
    """Return a colour as an eye without the named cone sees it (Viénot et al. 1999 and Brettel et al. 1997)."""
    return Color(color) if vision == "normal" else Color(color).filter(vision)


def test_the_simulation_loses_what_such_an_eye_loses() -> None:
    red, green = "#c80000", "#5a6e00"
    assert seen(red, "normal").delta_e(seen(green, "normal"), method="2000") > 40
    assert seen(red, "deutan").delta_e(seen(green, "deutan"), method="2000") < 25


def test_both_themes_name_the_same_colours_and_every_role_is_one_of_them() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert {token.removeprefix("@") for token in ROLES.values()} <= LIGHT.keys()
    assert len(set(ROLES.values())) == len(ROLES)


def test_a_slot_has_a_colour_of_its_own_and_streamlit_gets_its_ten() -> None:
    assert len({series(slot) for slot in range(SERIES)}) == SERIES
    assert len(set(categorical(LIGHT))) == len(set(categorical(DARK))) == 10
