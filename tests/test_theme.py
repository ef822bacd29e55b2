"""The colours are legible and tell apart, for every common kind of colour vision."""

from collections.abc import Mapping
from itertools import combinations, pairwise

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


ARRIVES = ("arrives", "arrives_mid", "arrives_late", "neither")
DIVERGES = ("diverges", "diverges_mid", "diverges_late", "neither")


@THEMES
@pytest.mark.parametrize("end", [ARRIVES, DIVERGES], ids=["arrives", "diverges"])
def test_a_map_pales_from_its_ends_to_its_middle(palette: Mapping[str, str], end: tuple[str, ...]) -> None:
    contrasts = [contrast(palette, token, "background") for token in end]
    assert contrasts == sorted(contrasts, reverse=True) and contrasts[0] >= 6 and contrasts[1] >= 2.5
    steps = [Color(palette[one]).delta_e(palette[other], method="2000") for one, other in pairwise(end)]
    assert min(steps) >= NEAREST


@THEMES
@pytest.mark.parametrize("vision", ["normal", "protan", "deutan", "tritan"])
def test_arriving_and_diverging_tell_apart_however_late(palette: Mapping[str, str], vision: str) -> None:
    for one in ARRIVES[:-1]:
        for other in DIVERGES[:-1]:
            assert seen(palette[one], vision).delta_e(seen(palette[other], vision), method="2000") >= NEAREST


@THEMES
@pytest.mark.parametrize("vision", ["normal", "protan", "deutan", "tritan"])
def test_numbers_below_and_above_zero_tell_apart_and_stand_out(palette: Mapping[str, str], vision: str) -> None:
    below, zero, above = (seen(palette[token], vision) for token in ("below", "zero", "above"))
    assert min(one.delta_e(other, method="2000") for one, other in combinations((below, zero, above), 2)) >= NEAREST
    assert min(contrast(palette, token, "background") for token in ("below", "above")) >= 3.0


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
