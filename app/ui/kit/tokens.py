"""Every number and colour of the look, in one place. Nothing else in `app.ui` may name a colour.

Contrast of every pair in use is held to WCAG 2.2 by `tests/ui/test_tokens.py` (text 4.5, edges and icons 3).
"""

from __future__ import annotations

LIGHT: dict[str, str] = {
    "window": "#F5F6F8",
    "surface": "#FFFFFF",
    "sunken": "#EEF0F3",
    "raised": "#FFFFFF",
    "hover": "#ECEEF2",
    "pressed": "#E1E4EA",
    "selected": "#E6ECFC",
    "border": "#E1E4E9",
    "border_input": "#808895",
    "text": "#1A1E26",
    "muted": "#525A68",
    "faint": "#626A78",
    "disabled": "#828A97",
    "accent": "#3355CC",
    "accent_hover": "#2A48B3",
    "accent_pressed": "#233C96",
    "on_accent": "#FFFFFF",
    "link": "#2F50C4",
    "focus": "#3355CC",
    "accent_soft": "#E6ECFC",
    "accent_soft_text": "#2743A6",
    "ok": "#1C7A4A",
    "ok_soft": "#E2F3E9",
    "ok_text": "#17603A",
    "warn": "#B4690E",
    "warn_soft": "#FCF0DB",
    "warn_text": "#7D4607",
    "bad": "#C0332B",
    "bad_soft": "#FBE8E6",
    "bad_text": "#A3261F",
    "infer": "#7A4DB8",
    "infer_soft": "#F0E9F9",
    "infer_text": "#63399C",
    "neutral": "#6A7280",
    "neutral_soft": "#EAECF0",
    "neutral_text": "#4A5160",
    "series_1": "#3355CC",
    "series_2": "#C4701A",
}
DARK: dict[str, str] = {
    "window": "#131519",
    "surface": "#1A1D22",
    "sunken": "#101216",
    "raised": "#23272E",
    "hover": "#23272E",
    "pressed": "#2B3038",
    "selected": "#232D4D",
    "border": "#2D3139",
    "border_input": "#717A89",
    "text": "#E9EBEF",
    "muted": "#AAB1BD",
    "faint": "#929AA8",
    "disabled": "#6E7683",
    "accent": "#4668E8",
    "accent_hover": "#4061DE",
    "accent_pressed": "#3C5BD0",
    "on_accent": "#FFFFFF",
    "link": "#94ABFF",
    "focus": "#8AA2FF",
    "accent_soft": "#232D4D",
    "accent_soft_text": "#AFC0FF",
    "ok": "#4CBF86",
    "ok_soft": "#16311F",
    "ok_text": "#7FD9A8",
    "warn": "#E2A047",
    "warn_soft": "#372710",
    "warn_text": "#F0BE74",
    "bad": "#F0736A",
    "bad_soft": "#3C1B19",
    "bad_text": "#FF9F97",
    "infer": "#B08AE8",
    "infer_soft": "#2B2040",
    "infer_text": "#CDB2F5",
    "neutral": "#8E96A4",
    "neutral_soft": "#2A2E36",
    "neutral_text": "#BCC3CE",
    "series_1": "#7D97FF",
    "series_2": "#E39A4F",
}
SCHEMES: dict[str, dict[str, str]] = {"light": LIGHT, "dark": DARK}

# role: (pixel size, weight, line height)
TYPE: dict[str, tuple[int, int, int]] = {
    "display": (24, 600, 32),
    "title": (20, 600, 28),
    "heading": (15, 600, 22),
    "strong": (13, 600, 20),
    "body": (13, 400, 20),
    "medium": (13, 500, 20),
    "letter": (14, 400, 22),
    "small": (12, 400, 16),
    "small_strong": (12, 600, 16),
    "caption": (11, 500, 16),
    "mono": (12, 400, 18),
}
FAMILIES = ["Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans"]
MONO_FAMILIES = ["JetBrains Mono", "DejaVu Sans Mono", "Menlo", "Consolas", "monospace"]

# spacing
S1, S2, S3, S4, S5, S6, S8 = 4, 8, 12, 16, 20, 24, 32
# radii
R_CONTROL, R_CARD = 6, 8
# heights and icon sizes
H_FEED_ROW, H_DAY_ROW, H_BAR = 56, 36, 60
ICON_SMALL, ICON, ICON_NAV, ICON_HERO = 14, 16, 18, 32
# widths
W_NAV, W_DETAIL, W_SIDE, W_SUBNAV, W_SETTINGS, W_NARROW = 224, 360, 312, 208, 768, 1100
W_LEAN, W_NAV_LEAN, W_SUBNAV_LEAN = 900, 184, 184  # in a window that is less wide than the first


def contrast(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio of two #RRGGBB colours, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b_ = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * r + 0.7152 * g + 0.0722 * b_

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)
