"""Contrast of every pair of colours that is in use (WCAG 2.2), and the style sheet that is made of them."""

from __future__ import annotations

import pytest

from app.ui.kit.style import SHEET, style_sheet
from app.ui.kit.tokens import DARK, LIGHT, TYPE, contrast

TEXT, SHAPE = 4.5, 3.0
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("text", "muted", "faint", "link") for ground in ("surface", "window")],
    *[(f"{tone}_text", f"{tone}_soft", TEXT) for tone in ("ok", "warn", "bad", "infer", "neutral")],
    ("accent_soft_text", "accent_soft", TEXT),
    ("accent_soft_text", "surface", TEXT),
    ("muted", "selected", TEXT),
    ("text", "selected", TEXT),
    ("faint", "sunken", TEXT),
    ("muted", "sunken", TEXT),
    ("faint", "hover", TEXT),
    ("text", "warn_soft", TEXT),
    ("text", "bad_soft", TEXT),
    ("text", "ok_soft", TEXT),
    ("bad_text", "surface", TEXT),
    ("warn_text", "surface", TEXT),
    ("warn_text", "window", TEXT),
    ("bad_text", "window", TEXT),
    ("ok_text", "surface", TEXT),
    ("on_accent", "accent", TEXT),
    ("on_accent", "accent_hover", TEXT),
    ("on_accent", "accent_pressed", TEXT),
    *[(edge, "surface", SHAPE) for edge in ("border_input", "focus", "ok", "warn", "bad", "infer", "neutral")],
    ("border_input", "sunken", SHAPE),
    ("focus", "window", SHAPE),
    ("series_1", "surface", SHAPE),
    ("series_2", "surface", SHAPE),
    ("warn", "warn_soft", SHAPE),
    *[("disabled", ground, SHAPE) for ground in ("surface", "window", "sunken", "raised")],
]


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(scheme: dict[str, str], ink: str, ground: str, least: float) -> None:
    assert contrast(scheme[ink], scheme[ground]) >= least


def test_schemes_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)


def test_style_sheet_names_only_known_tokens_and_scales() -> None:
    sheet = style_sheet(LIGHT, 1.0, lambda name, color: f"/{name}.svg")
    large = style_sheet(LIGHT, 1.25, lambda name, color: f"/{name}.svg")
    assert "$" not in sheet
    assert "@" not in sheet
    assert "min-height: 30px" in sheet
    assert "min-height: 38px" in large
    assert "font-size" not in SHEET  # sizes are set on widgets, so that they scale


def test_line_heights_leave_room_for_the_text() -> None:
    assert all(line > size for size, _, line in TYPE.values())
